//! The minimum work of any reader of page logs: decompress every frame, hash every page and validate its JSON, on all
//! cores. An export's time beyond this is the cost of its tables.
//!
//! `cargo run --release -p tools --bin floor -- DIR` prints the bytes of JSON, the pages and the time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use serde::de::IgnoredAny;

#[derive(Default)]
struct Totals {
    bytes: AtomicU64,
    pages: AtomicU64,
}

fn main() {
    let dir = std::env::args_os().nth(1).expect("which folder of page logs?");
    let mut logs = Vec::new();
    list(Path::new(&dir), &mut logs);
    assert!(!logs.is_empty(), "{} holds no .ndjson.zst", dir.display());
    let (totals, next, begin) = (Totals::default(), AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(log) = logs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    read(log, &totals);
                }
            });
        }
    });
    let (bytes, pages, seconds) = (totals.bytes.into_inner(), totals.pages.into_inner(), begin.elapsed().as_secs_f64());
    println!("{bytes} bytes of JSON in {pages} pages, {seconds:.3} s: {:.0} MB/s", bytes as f64 / 1e6 / seconds);
}

fn list(dir: &Path, logs: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            list(&path, logs);
        } else if path.to_string_lossy().ends_with(".ndjson.zst") {
            logs.push(path);
        }
    }
}

/// Reads one log, frame by frame.
fn read(log: &Path, totals: &Totals) {
    let compressed = std::fs::read(log).expect("a log can be read");
    let mut decompressor = zstd::bulk::Decompressor::new().expect("memory for zstd");
    let (mut rest, mut line) = (compressed.as_slice(), Vec::new());
    while !rest.is_empty() {
        let length = zstd::zstd_safe::find_frame_compressed_size(rest).expect("a whole frame");
        let (frame, behind) = rest.split_at(length);
        let size = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten().expect("a frame has its size");
        line.clear();
        line.reserve(usize::try_from(size).expect("a page fits into memory"));
        // This also verifies the frame's checksum.
        decompressor.decompress_to_buffer(frame, &mut line).expect("an undamaged frame");
        page(&line, totals);
        rest = behind;
    }
}

/// Checks a page line: the hash, then the body up to the line's last brace.
fn page(line: &[u8], totals: &Totals) {
    const HASH: &[u8] = br#""blake3":""#;
    const BODY: &[u8] = br#","body":"#;
    if !line.starts_with(br#"{"line":"page""#) {
        return;
    }
    let find = |what: &[u8]| line.windows(what.len()).position(|window| window == what).map(|at| at + what.len());
    let (hash, body) = find(HASH).zip(find(BODY)).expect("a page has a hash and a body");
    let body = line[body..].trim_ascii_end().strip_suffix(b"}").expect("the line is an object");
    let expected = &line[hash..hash + 64];
    assert_eq!(blake3::hash(body).to_hex().as_bytes(), expected, "a page does not match its hash");
    serde_json::from_slice::<IgnoredAny>(body).expect("a page is JSON");
    totals.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    totals.pages.fetch_add(1, Ordering::Relaxed);
}
