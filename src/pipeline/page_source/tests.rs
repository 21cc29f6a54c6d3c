//! Every log that the reader accepts can be transformed, whatever is in its lines.

use serde_json::{Value, json};

use super::*;

/// A log as values, its page without a hash, so that any value can be put in any place.
fn log() -> Vec<Value> {
    let reel = json!({"pk": "3800000000000000000", "code": "DK", "taken_at": 1_780_000_000, "play_count": 5});
    vec![
        json!({
            "line": "start", "account": "maple", "account_id": null, "label": null, "timezone": "UTC", "followers": 7,
            "followers_as_of": "2026-03-01", "run_id": "20260301T060000000Z", "version": "0.1.0",
            "started_at": "2026-03-01T06:00:00.000Z", "configures_only": false,
        }),
        json!({
            "line": "page", "page": 1, "cursor": null, "fetched_at": "2026-03-01T06:00:01.000Z", "status": 200,
            "request_id": null, "attempts": 1, "body": {"items": [reel], "paging_info": {"more_available": false}},
        }),
        json!({"line": "end", "status": "complete", "reason": null, "attempts": 0, "ended_at": "2026-03-01T06:00:02.000Z"}),
    ]
}

fn values() -> Vec<Value> {
    let texts = ["", " ", "x", "UTC", "Mars/Base", "..", "a/b", "0000-01-01", "9999-12-31T23:59:59Z", "+262142-12-31"];
    let mut values: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    values.extend([json!("y".repeat(5000)), json!(null), json!(true), json!([]), json!({}), json!([{"pk": 1}])]);
    values.extend([json!(0), json!(-1), json!(1.5), json!(u32::MAX), json!(i64::MAX), json!(u64::MAX)]);
    values
}

#[test]
fn every_log_that_the_reader_accepts_can_be_transformed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.ndjson");
    let (mut accepted, mut refused) = (0, 0);
    let mut check = |lines: &[Value], what: &str| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).unwrap();
        let read = crate::store::page_log::reader::for_each_line(&path, |_| Ok(()));
        let rebuilt = rebuild("maple", std::slice::from_ref(&path), None, |_| {});
        match read {
            Ok(_) => {
                assert!(rebuilt.is_ok(), "{what}: {:?}", rebuilt.err());
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::InvalidData, "{what}");
                assert!(error.message.contains("log.ndjson, line "), "{what}: {error}");
                assert_eq!(rebuilt.err().map(|error| error.message), Some(error.message), "{what}");
                refused += 1;
            }
        }
    };
    let whole = log();
    for number in 0..whole.len() {
        let names: Vec<String> = whole[number].as_object().unwrap().keys().cloned().collect();
        for name in &names {
            for value in values() {
                let mut lines = whole.clone();
                lines[number][name] = value.clone();
                check(&lines, &format!("line {number}, {name}: {value}"));
            }
            let mut lines = whole.clone();
            lines[number].as_object_mut().unwrap().remove(name);
            check(&lines, &format!("line {number} without {name}"));
        }
        let mut lines = whole.clone();
        lines.remove(number);
        check(&lines, &format!("without line {number}"));
        lines.insert(0, whole[number].clone());
        check(&lines, &format!("line {number} first"));
    }
    assert!(accepted > 100 && refused > 100, "{accepted} accepted, {refused} refused");
}
