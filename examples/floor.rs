//! The least that any reader of page logs can do: decompress every frame, hash every page and see that it is JSON, on
//! all cores, and keep nothing. What an export takes beyond this is the price of its tables.
//!
//! `cargo run --release --example floor -- DIR` prints the bytes of JSON, the pages and the time.

#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use serde::de::IgnoredAny;

#[derive(Default)]
struct Seen {
    bytes: AtomicU64,
    pages: AtomicU64,
}

fn main() {
    let dir = std::env::args_os().nth(1).expect("which folder of page logs?");
    let mut logs = Vec::new();
    list(Path::new(&dir), &mut logs);
    assert!(!logs.is_empty(), "{} holds no .ndjson.zst", dir.display());
    let (seen, next, begin) = (Seen::default(), AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(log) = logs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    read(log, &seen);
                }
            });
        }
    });
    let (bytes, pages, seconds) = (seen.bytes.into_inner(), seen.pages.into_inner(), begin.elapsed().as_secs_f64());
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

/// One log, a frame a line.
fn read(log: &Path, seen: &Seen) {
    let compressed = std::fs::read(log).expect("a log can be read");
    let mut decompressor = zstd::bulk::Decompressor::new().expect("memory for zstd");
    let (mut rest, mut line) = (compressed.as_slice(), Vec::new());
    while !rest.is_empty() {
        let length = zstd::zstd_safe::find_frame_compressed_size(rest).expect("a whole frame");
        let (frame, behind) = rest.split_at(length);
        let size = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten().expect("frames say their size");
        line.clear();
        line.reserve(usize::try_from(size).expect("a page fits into memory"));
        // This checks the frame's checksum too.
        decompressor.decompress_to_buffer(frame, &mut line).expect("an undamaged frame");
        page(&line, seen);
        rest = behind;
    }
}

/// Pages as `page_log` writes them: the hash, and behind it the body up to the line's last brace.
fn page(line: &[u8], seen: &Seen) {
    const HASH: &[u8] = br#""blake3":""#;
    const BODY: &[u8] = br#","body":"#;
    if !line.starts_with(br#"{"line":"page""#) {
        return;
    }
    let find = |what: &[u8]| line.windows(what.len()).position(|window| window == what).map(|at| at + what.len());
    let (hash, body) = find(HASH).zip(find(BODY)).expect("a page has a hash and a body");
    let body = line[body..].trim_ascii_end().strip_suffix(b"}").expect("the line is an object");
    let expected = &line[hash..hash + 64];
    assert_eq!(blake3::hash(body).to_hex().as_bytes(), expected, "a page is not what its hash says");
    serde_json::from_slice::<IgnoredAny>(body).expect("a page is JSON");
    seen.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    seen.pages.fetch_add(1, Ordering::Relaxed);
}
