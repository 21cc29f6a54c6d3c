//! Page logs: JSON lines, each a zstd frame of its own once compressed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

/// The first line of a log.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Start<'a> {
    pub account: &'a str,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: &'a str,
    pub followers: Option<u64>,
    pub followers_as_of: Option<&'a str>,
    pub run_id: &'a str,
    pub version: &'a str,
    pub started_at: &'a str,
}

impl Start<'_> {
    /// The line, with its line break.
    pub fn line(&self) -> String {
        let fields = serde_json::to_string(self).expect("plain data");
        format!("{{\"line\":\"start\",{}\n", &fields[1..])
    }
}

/// The line of a page; `body` must be one line of JSON.
pub fn page_line(page: usize, cursor: Option<&str>, fetched_at: &str, body: &str) -> String {
    let (cursor, blake3) = (json!(cursor), hash(body));
    format!(
        "{{\"line\":\"page\",\"page\":{page},\"cursor\":{cursor},\"fetched_at\":\"{fetched_at}\",\"status\":200,\
         \"request_id\":null,\"attempts\":1,\"blake3\":\"{blake3}\",\"body\":{body}}}\n"
    )
}

/// The last line of a log.
pub fn end_line(status: &str, ended_at: &str) -> String {
    format!("{{\"line\":\"end\",\"status\":\"{status}\",\"reason\":null,\"attempts\":0,\"ended_at\":\"{ended_at}\"}}\n")
}

/// The hash by which a log knows a page body.
pub fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

/// A line as the zstd frame that a log holds.
pub fn frame(line: &str) -> Vec<u8> {
    let encoded = || {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(line.len() as u64))?;
        encoder.write_all(line.as_bytes())?;
        encoder.finish()
    };
    encoded().expect("memory takes every byte")
}

/// The text of a log, compressed or not, up to where it was cut off.
pub fn read(log: &Path) -> String {
    let mut file = File::open(log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
    let mut bytes = Vec::new();
    if log.to_string_lossy().contains(".zst") {
        // An error is a torn last frame, as a killed crawl leaves it.
        let _ = zstd::stream::Decoder::new(file).expect("memory for zstd").read_to_end(&mut bytes);
    } else {
        file.read_to_end(&mut bytes).expect("a log can be read");
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes.truncate(whole);
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{}: {error}", log.display()))
}

/// The whole lines of a log.
pub fn lines(log: &Path) -> Vec<Value> {
    read(log).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The numbers of the pages of a log, in order.
pub fn page_numbers(log: &Path) -> Vec<usize> {
    let lines = lines(log).into_iter().filter(|line| line["line"] == "page");
    lines.map(|line| line["page"].as_u64().expect("a page has a number") as usize).collect()
}

#[test]
fn a_log_is_read_up_to_where_it_was_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("1.ndjson.zst.partial");
    let start = Start { account: "maple", timezone: "UTC", ..Start::default() };
    let lines = [start.line(), page_line(1, None, "2026-03-01T06:00:01.000Z", r#"{"items":[]}"#)];
    let mut bytes: Vec<u8> = lines.iter().flat_map(|line| frame(line)).collect();
    bytes.extend(&frame(&end_line("complete", "2026-03-01T06:00:02.000Z"))[..20]);
    std::fs::write(&log, bytes).unwrap();
    assert_eq!(read(&log), lines.concat());
    assert_eq!(page_numbers(&log), [1]);
}
