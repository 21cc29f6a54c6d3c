//! Page logs: whole, torn and damaged.

use std::path::Path;

use super::line::{End, Line, PageLine, ProfileAnswer, ProfileLine, Start, hash, one_line};
use super::reader::for_each_line;
use super::writer::LogWriter;
use crate::schema::values::AccountStatus;

fn start() -> Line<'static> {
    Line::Start(Start {
        label: Some("a \"b\"".into()),
        followers: Some(5),
        followers_as_of: Some("2026-10-01".into()),
        ..Start::new("jane", "20261123T060000123Z", "2026-11-23T06:00:00.123Z".parse().unwrap())
    })
}

fn page(body: &str) -> Line<'_> {
    Line::Page(PageLine {
        page: 2,
        cursor: Some("a+/=\"".into()),
        fetched_at: "2026-11-23T06:00:01.000Z".parse().unwrap(),
        status: 200,
        request_id: None,
        attempts: 3,
        billed: 1,
        blake3: hash(body).into(),
        received_blake3: None,
        body,
    })
}

fn end(status: AccountStatus, reason: Option<String>) -> Line<'static> {
    Line::End(End { status, reason, attempts: 0, billed: 0, ended_at: "2026-11-23T06:00:02.000Z".parse().unwrap() })
}

fn read_all(path: &Path) -> (Vec<String>, bool) {
    let mut lines = Vec::new();
    let torn = for_each_line(path, |line| {
        lines.push(line.to_json());
        Ok(())
    });
    (lines, torn.unwrap().is_torn())
}

#[test]
fn lines_come_back_as_they_were_written() {
    for line in [start(), page(r#"{"items": [ 1e0 ]}"#), end(AccountStatus::Complete, None)] {
        assert_eq!(Line::parse(&line.to_json()).unwrap(), line);
    }
    let incremental = end(AccountStatus::Incremental, None);
    assert!(incremental.to_json().contains(r#""status":"windowed""#), "the word of the first versions");
    for word in ["windowed", "incremental"] {
        assert_eq!(Line::parse(&incremental.to_json().replace("windowed", word)).unwrap(), incremental);
    }
    let Line::Page(changed) = page(r#"{"items":[]}"#) else { panic!("a page") };
    let changed = Line::Page(PageLine { received_blake3: Some("came".into()), ..changed });
    assert_eq!(Line::parse(&changed.to_json()).unwrap(), changed);
    // The slow way too, as another program may write it.
    assert_eq!(Line::parse(&changed.to_json().replacen(':', ": ", 1)).unwrap(), changed);
    let bare = r#"{"status":"ok","billed":"much","items":[]}"#;
    assert_eq!(Line::parse(bare).unwrap(), Line::BarePage(bare));
    assert!(Line::parse(r#"{"line":"start"}"#).is_err());
    assert!(Line::parse("{").is_err());
    assert_eq!(one_line("{\r\n \"a\":\n1}"), "{ \"a\":1}");
}

fn profile(answer: ProfileAnswer<'_>) -> Line<'_> {
    Line::Profile(ProfileLine {
        endpoint: "basic-profile".into(),
        fetched_at: "2026-11-23T06:00:01.500Z".parse().unwrap(),
        request_id: Some("req-2".into()),
        attempts: 2,
        billed: 2,
        answer,
    })
}

#[test]
fn a_profile_comes_back_as_it_was_written_and_so_does_the_reason_why_there_is_none() {
    let body = r#"{"pk":"5005","follower_count":12}"#;
    let answer =
        |received_blake3| ProfileAnswer::Profile { status: 200, blake3: hash(body).into(), received_blake3, body };
    for answer in [answer(None), answer(Some("came".into())), ProfileAnswer::None("HTTP 404: \"gone\"".into())] {
        let line = profile(answer);
        assert_eq!(Line::parse(&line.to_json()).unwrap(), line);
    }
    let json = profile(answer(None)).to_json();
    let changed = Line::parse(&json.replace(":12}", ":13}")).unwrap_err();
    assert!(changed.what.contains("checksum mismatch") && !changed.is_garbage, "{changed:?}");
    let empty = json.split(",\"status\"").next().unwrap().to_owned() + "}";
    assert!(Line::parse(&empty).unwrap_err().what.contains("neither `body` nor `missing`"));
}

#[test]
fn lines_of_earlier_versions_are_written_again_to_the_byte() {
    let body = r#"{"items":[]}"#;
    let page = format!(
        r#"{{"line":"page","page":1,"cursor":null,"fetched_at":"2026-11-23T06:00:01.000Z","status":200,"request_id":"req-1","attempts":1,"blake3":"{}","body":{body}}}"#,
        hash(body)
    );
    for line in [
        r#"{"line":"start","account":"maple","account_id":"5005","label":null,"timezone":"UTC","followers":5,"followers_as_of":"2026-10-01","run_id":"one","version":"0.1.0","started_at":"2026-03-01T06:00:00.000Z","sequence":3}"#,
        &page,
        r#"{"line":"end","status":"empty_or_private","reason":"x","attempts":0,"ended_at":"2026-03-01T06:00:00.000Z"}"#,
        r#"{"line":"end","status":"windowed","reason":null,"attempts":2,"ended_at":"2026-03-01T06:00:00.000Z"}"#,
    ] {
        assert_eq!(Line::parse(line).unwrap().to_json(), line);
    }
}

#[test]
fn no_line_holds_a_line_separator() {
    let odd = "a\u{2028}b\u{2029}c\u{85}".to_owned();
    let Line::Start(start) = start() else { panic!("a start") };
    let Line::Page(page) = page("{}") else { panic!("a page") };
    for line in [
        Line::Start(Start { label: Some(odd.clone()), ..start }),
        Line::Page(PageLine { cursor: Some(odd.clone().into()), request_id: Some(odd.clone().into()), ..page }),
        end(AccountStatus::Partial, Some(odd)),
    ] {
        let json = line.to_json();
        assert!(!json.contains(['\u{2028}', '\u{2029}', '\u{85}']), "{json}");
        assert_eq!(Line::parse(&json).unwrap(), line);
    }
}

#[test]
fn every_cut_of_a_log_reads_as_its_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = LogWriter::create(dir.path(), "a").unwrap();
    let lines = [start(), page(r#"{"items":[]}"#), page(r#"{"items":[1]}"#)];
    let mut ends = vec![0];
    for line in &lines {
        log.append(line).unwrap();
        log.sync().unwrap();
        ends.push(std::fs::metadata(log.path()).unwrap().len() as usize);
    }
    let path = log.finish().unwrap();
    assert!(path.ends_with("a.ndjson.zst"));
    let bytes = std::fs::read(&path).unwrap();
    let cut_path = dir.path().join("cut.ndjson.zst");
    for cut in 0..=bytes.len() {
        std::fs::write(&cut_path, &bytes[..cut]).unwrap();
        let (read, torn) = read_all(&cut_path);
        let whole = ends.iter().filter(|&&end| end <= cut).count() - 1;
        assert!(read.len() == whole, "cut at {cut}: {} lines, {whole} whole", read.len());
        assert_eq!(torn, !ends.contains(&cut), "cut at {cut}");
    }
}

#[test]
fn a_page_is_read_by_its_hash_and_else_by_its_json() {
    let body = r#"{"items":[{"caption":",\"body\":"}]}"#;
    let stored = page(body).to_json();
    let Line::Page(read) = Line::parse(&stored).unwrap() else { panic!("a page") };
    assert_eq!(read.body, body);
    // Other JSON is not that page, and not garbage either.
    let fault = Line::parse(&stored.replace("items", "other")).map(drop).unwrap_err();
    assert!(fault.what.contains("page 2: checksum mismatch") && !fault.is_garbage, "{fault:?}");
    assert!(Line::parse(&stored.replace("]}", "")).is_err());
    assert!(Line::parse(&stored.replace(r#""attempts":3,"#, r#""attempts":"3","#)).is_err());
    // A line of another program: other spaces, another order, no hash.
    let foreign = format!(r#"{{ "body": {body}, "fetched_at": "2026-11-23T06:00:01Z" }}"#);
    let Line::Page(read) = Line::parse(&foreign).unwrap() else { panic!("a page") };
    assert_eq!((read.body, read.blake3), (body, hash(body).into()));
}

#[test]
fn every_cut_of_a_plain_log_reads_as_its_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    let lines = [start(), page(r#"{"items":[]}"#), page(r#"{"items":[{"a":"}"}]}"#)].map(|line| line.to_json());
    let text = lines.join("\n");
    let path = dir.path().join("cut.ndjson");
    for cut in 0..=text.len() {
        std::fs::write(&path, &text[..cut]).unwrap();
        let (read, torn) = read_all(&path);
        let whole = (0..=lines.len()).rev().find(|&count| lines[..count].join("\n").len() <= cut).unwrap();
        assert_eq!(read, lines[..whole], "cut at {cut}");
        let behind = cut.saturating_sub(lines[..whole].join("\n").len() + usize::from(whole > 0));
        assert_eq!(torn, behind > 0, "cut at {cut}");
    }
}

#[test]
fn a_flipped_byte_is_never_read_as_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = LogWriter::create(dir.path(), "a").unwrap();
    log.append(&page(r#"{"items":["abcdefghijklmnopqrstuvwxyz"]}"#)).unwrap();
    let path = log.finish().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(read_all(&path), (Vec::new(), true));
}

#[test]
fn a_log_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let first = LogWriter::create(dir.path(), "a").unwrap().finish().unwrap();
    let second = LogWriter::create(dir.path(), "a").unwrap().finish_partial().unwrap();
    let third = LogWriter::import(dir.path(), "a").unwrap().finish().unwrap();
    let names = [first, second, third].map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(names, ["a.ndjson.zst", "a~2.ndjson.zst.partial", "a~3.ndjson.zst"]);
}

mod damaged {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Damage {
        Flip(usize, u8),
        Cut(usize),
        Append(Vec<u8>),
        Zeros(usize),
    }

    fn damage() -> impl Strategy<Value = Damage> {
        prop_oneof![
            4 => (any::<usize>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
            2 => any::<usize>().prop_map(Damage::Cut),
            1 => prop::collection::vec(any::<u8>(), 1..200).prop_map(Damage::Append),
            1 => (1..300_usize).prop_map(Damage::Zeros),
        ]
    }

    /// The lines and bytes of a log with this many pages, and where each line ends.
    fn whole(pages: usize) -> (Vec<String>, Vec<u8>, Vec<usize>) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::create(dir.path(), "a").unwrap();
        let bodies: Vec<String> =
            (0..pages).map(|number| format!(r#"{{"items":[{number},"{number:>40}"]}}"#)).collect();
        let lines = std::iter::once(start()).chain(bodies.iter().map(|body| page(body)));
        let (mut ends, mut written) = (Vec::new(), Vec::new());
        for line in lines {
            log.append(&line).unwrap();
            ends.push(std::fs::metadata(log.path()).unwrap().len() as usize);
            written.push(line.to_json());
        }
        (written, std::fs::read(log.finish().unwrap()).unwrap(), ends)
    }

    proptest! {
        #[test]
        fn every_line_before_the_damage_is_read_and_none_is_altered(pages in 1..4_usize, damage in damage()) {
            let (lines, mut bytes, ends) = whole(pages);
            let at = match &damage {
                Damage::Flip(at, bit) => {
                    let at = at % bytes.len();
                    bytes[at] ^= 1 << bit;
                    at
                }
                Damage::Cut(at) => {
                    bytes.truncate(at % bytes.len());
                    bytes.len()
                }
                Damage::Append(tail) => {
                    bytes.extend(tail);
                    ends[pages]
                }
                Damage::Zeros(count) => {
                    bytes.resize(bytes.len() + count, 0);
                    ends[pages]
                }
            };
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("damaged.ndjson.zst");
            std::fs::write(&path, &bytes).unwrap();
            let mut read = Vec::new();
            let tail = for_each_line(&path, |line| {
                read.push(line.to_json());
                Ok(())
            });
            let before = ends.iter().filter(|&&end| end <= at).count();
            prop_assert!(read.len() >= before, "{} of {before} lines", read.len());
            prop_assert_eq!(&read[..], &lines[..read.len()]);
            match tail {
                Ok(tail) => {
                    // Truncated there, it is a whole log of these lines.
                    let whole = tail.whole_bytes.expect("a line a frame") as usize;
                    prop_assert_eq!(tail.is_torn(), whole < bytes.len());
                    std::fs::write(&path, &bytes[..whole]).unwrap();
                    prop_assert_eq!(read_all(&path), (read, false));
                }
                Err(error) => prop_assert!(error.message.contains("damaged.ndjson.zst"), "{}", error),
            }
        }
    }
}
