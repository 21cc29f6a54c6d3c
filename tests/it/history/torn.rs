//! Page logs that a kill, a power cut or a bad disk has damaged: the account reports it, and the others continue.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::mock_api::{At, Fault, KEY, MockApi, Script};
use testkit::page_log;

use super::{Crawl, after_days, contents, day, in_one_go, latest, numbered, replay, store};
use crate::fetch::{RETRY_ARGS, maple, on, pks, published, run, willow};
use crate::harness::{Output, Reelframe, step};

fn frame(text: &str) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Where each frame of a log ends.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![];
    while let Some(rest) = bytes.get(ends.last().copied().unwrap_or(0)..).filter(|rest| !rest.is_empty()) {
        let size = zstd::zstd_safe::find_frame_compressed_size(rest).expect("whole frames");
        ends.push(ends.last().copied().unwrap_or(0) + size);
    }
    ends
}

fn only_log(output: &Output, account: &str) -> PathBuf {
    store(output).logs(account).remove(0)
}

/// `maple` crawled up to its second page, as a kill leaves the log; and what stands in its log.
fn killed_after_two_pages(api: &MockApi) -> (Output, PathBuf, Vec<u8>) {
    let command = Reelframe::new().args(["fetch", "maple"]).args(RETRY_ARGS.iter().copied()).api(api).key(KEY);
    let first = command.status(7).run();
    let whole = only_log(&first, "maple");
    let bytes = fs::read(&whole).unwrap();
    let mut partial = whole.clone();
    partial.as_mut_os_string().push(".partial");
    fs::rename(&whole, &partial).unwrap();
    // Start line and two pages.
    let bytes = bytes[..ends(&bytes)[2]].to_vec();
    (first, partial, bytes)
}

#[test]
fn a_torn_tail_is_cut_and_only_its_page_is_paid_for_again() {
    tear_tails(step(3));
}

#[test]
#[ignore = "slow"]
fn slow_a_torn_tail_in_all_its_shapes_is_cut_and_only_its_page_is_paid_for_again() {
    tear_tails(1);
}

fn tear_tails(step: usize) {
    let page = frame(&format!("{{\"line\":\"page\",\"body\":{{\"items\":[{}]}}}}\n", "5,".repeat(500)));
    let tails: [(&str, Vec<u8>); 6] = [
        ("zeros", vec![0; 5000]),
        ("garbage", (0..4000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("half a frame", page[..page.len() / 2].to_vec()),
        ("a frame of garbage", frame("\u{1}\u{2} no line\n")),
        ("half a line in a whole frame", frame("{\"line\":\"page\",\"page\":3,")),
        ("a frame, then zeros", [frame("{\"line\":"), vec![0; 64]].concat()),
    ];
    for (shape, tail) in tails.into_iter().step_by(step) {
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::PaymentRequired));
        let (first, log, bytes) = killed_after_two_pages(&api);
        fs::write(&log, [bytes.as_slice(), &tail].concat()).unwrap();
        // Who only reads says so and reads the pages before.
        let exported =
            first.then().args(["export", "--out", "tables"]).status(3).stderr_has("the log ends within a line").run();
        let pages: Vec<Value> =
            exported.table_at("tables", "accounts").iter().map(|row| row["pages"].clone()).collect();
        assert_eq!(pages, [2], "{shape}");
        api.end_faults();
        let calls = api.request_log().calls().len();
        let second = on(first.then(), &api, &["maple"]).stderr_has("the log ends within a line").run();
        assert_eq!(published(&second), pks(0..6), "{shape}");
        assert_eq!(api.request_log().pages_of("maple")[calls..], [3], "{shape}");
        second.then().arg("verify").stdout_has("0 differences").run();
    }
}

#[test]
fn a_damaged_log_is_never_cut_and_fails_its_account_alone() {
    let api = MockApi::start(Script::serving([maple(), willow()]).always(At::Page("maple", 3), Fault::PaymentRequired));
    let (first, log, mut bytes) = killed_after_two_pages(&api);
    api.end_faults();
    // In the first page, with the second one whole behind it.
    let at = ends(&bytes)[0] + 60;
    bytes[at] ^= 4;
    fs::write(&log, &bytes).unwrap();
    let name = log.file_name().unwrap().to_string_lossy().into_owned();
    let second = on(first.then(), &api, &["maple", "willow"]).status(3).stderr_has(&name).run();
    assert_eq!(fs::read(&log).unwrap(), bytes);
    let accounts = second.table("accounts");
    let of = |name: &str| accounts.iter().find(|row| row["account"] == name).expect("a row");
    assert_eq!((&of("maple")["status"], &of("willow")["status"]), (&json!("failed"), &json!("complete")));
    assert!(of("maple")["status_reason"].as_str().unwrap().contains(&name), "{accounts:?}");
    second.then().arg("verify").status(4).stderr_has(&name).run();
    // Other pages that were paid for are there once the log is gone.
    let forget = second.then().args(["forget", "maple", "--log", &name, "--yes"]);
    let third = forget.stdout_has("maple is without").run();
    assert!(!log.exists());
    assert_eq!(third.table("accounts")[0]["status"], "complete");
    assert_eq!(published(&third).len(), 8);
    third.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
#[ignore = "slow"]
fn slow_an_account_with_a_damaged_log_keeps_its_rows_in_every_command() {
    let output = after_days(2);
    let before = contents(&output);
    let log = only_log(&output, "willow");
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, &bytes).unwrap();
    let name = log.file_name().unwrap().to_string_lossy().into_owned();
    output.then().arg("verify").status(4).stderr_has(&name).stdout_has("1 difference\n").run();
    let is_kept = |output: &Output, reels: usize| {
        let accounts = output.table("accounts");
        assert_eq!((&accounts[1]["account"], &accounts[1]["status"]), (&json!("willow"), &json!("failed")));
        let of_willow = output.table("reels").iter().filter(|row| row["account"] == "willow").count();
        assert_eq!(of_willow, reels);
    };
    output.then().arg("rebuild").status(3).stderr_has(&name).stderr_has("backup").run();
    is_kept(&output, 5);
    assert_eq!(contents(&output).1, before.1);
    assert_eq!(contents(&output).0["reels.parquet"], before.0["reels.parquet"]);
    output.then().args(["export", "--out", "tables"]).status(3).stderr_has(&name).run();
    output.then().args(["export", "willow", "--out", "of_willow"]).status(4).stderr_has(&name).run();
    // Its rows of before need not be read again: the next day comes in all the same.
    replay(output.then(), 3).run();
    assert_eq!(contents(&output), in_one_go(3));
    output.then().arg("rebuild").status(3).stderr_has(&name).run();
    is_kept(&output, 6);
    // From the backup, everything is as it should be.
    bytes[middle] ^= 1;
    fs::write(&log, &bytes).unwrap();
    output.then().arg("rebuild").run();
    assert_eq!(contents(&output), in_one_go(3));
}

#[test]
#[ignore = "slow"]
fn slow_an_account_whose_log_cannot_be_used_fails_alone_before_it_enters_the_store() {
    let good = || day(1).remove(1).1;
    let maple = day(1).remove(0).1;
    let lines: Vec<&str> = maple.lines().collect();
    let without_start = lines[1..].join("\n");
    let bare = format!("{}\n{{\"items\":[]}}\n", lines[0]);
    for (what, log) in [
        ("timezone 'Mars/Base'", maple.replace("\"UTC\"", "\"Mars/Base\"")),
        (
            "'soon' is not a time",
            maple.replacen("\"started_at\":\"2026-03-01T06:00:00.000Z\"", "\"started_at\":\"soon\"", 1),
        ),
        (
            "'then' is not a time",
            maple.replacen("\"fetched_at\":\"2026-03-01T06:00:02.000Z\"", "\"fetched_at\":\"then\"", 1),
        ),
        ("before Instagram existed", maple.replace("\"fetched_at\":\"2026", "\"fetched_at\":\"0001")),
        ("followers_as_of", maple.replace("\"followers_as_of\":null", "\"followers_as_of\":\"May\"")),
        ("account \"\"", maple.replace("\"account\":\"maple\"", "\"account\":\"\"")),
        ("invalid type", maple.replacen("\"cursor\":null", "\"cursor\":5", 1)),
        ("checksum mismatch", maple.replacen("moss", "mess", 1)),
        ("begins with a line of kind 'start'", without_start),
        ("a bare page among", bare),
    ] {
        let command = Reelframe::new().file("in/maple.ndjson", log).file("in/willow.ndjson", good());
        let output =
            command.args(["run", "--replay", "in"]).status(3).stderr_has("in/maple.ndjson").stderr_has(what).run();
        assert_eq!(store(&output).accounts(), ["willow"], "{what}");
        assert_eq!(output.table("accounts").len(), 1, "{what}");
    }
    // Alone it is exit 4, and nothing is made.
    let log = maple.replacen("moss", "mess", 1);
    let alone = Reelframe::new().file("in/maple.ndjson", log).args(["run", "--replay", "in"]).status(4).run();
    assert!(!alone.path("reels/latest").exists());
}

#[test]
fn a_log_that_somebody_put_into_the_store_fails_its_account_alone() {
    let output = after_days(1);
    let pages = [vec![numbered(3)]];
    let log = Crawl { account: "willow", day: 2, pages: &pages, status: Some("complete"), zone: "Mars/Base" }.log();
    let path = "reels/raw/willow/20260302T060000000Z.ndjson";
    let output = output.then().file(path, log).arg("rebuild").status(3).stderr_has("Mars/Base").stderr_has(path).run();
    assert_eq!(latest(&output).accounts[1].status, "failed");
    assert_eq!(output.table("reels").len(), 8);
    // What lies elsewhere is no log of the account.
    for wrong in ["20260309T060000000Z.ndjson", "reels/raw/maple/20260302T060000000Z.ndjson"] {
        let forget = output.then().args(["forget", "willow", "--log", wrong, "--yes"]);
        forget.status(2).stderr_has("no page log of willow").run();
    }
    output.then().args(["forget", "willow", "--log", path]).status(2).stderr_has("--yes").run();
    output.then().args(["forget", "willow", "--log", path, "--yes"]).run();
    assert!(!Path::new(&output.path(path)).exists());
    assert_eq!(contents(&output), in_one_go(1));
}

#[test]
fn bytes_behind_a_whole_log_are_no_difference_and_half_a_page_is_one() {
    let output = after_days(1);
    let log = only_log(&output, "willow");
    let bytes = fs::read(&log).unwrap();
    let half_a_page = frame(&"a page".repeat(50));
    for (tail, is_whole) in [(&[0; 512][..], true), (b"\xC3garbage", true), (&half_a_page[..20], false)] {
        fs::write(&log, [&bytes, tail].concat()).unwrap();
        let verify = output.then().arg("verify");
        if is_whole {
            let said = format!("all its 2 pages are whole; {} bytes after its end line are ignored", tail.len());
            verify.stdout_has("0 differences").stderr_has(&said).run();
        } else {
            verify.status(4).stderr_has("its last 20 bytes are not a whole line").run();
        }
    }
}

#[test]
fn a_log_that_cannot_be_used_stops_no_crawl_and_lends_no_number() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple"]).run();
    let log = Crawl { account: "maple", day: 2, pages: &[], status: Some("complete"), zone: "UTC" }.log();
    let log = log.replace("\"version\":", "\"sequence\":18446744073709551615,\"version\":");
    let next = first.then().file("reels/raw/maple/20991231T000000000Z.ndjson", log);
    let second = on(next, &api, &["maple"]).status(3).stderr_has("sequence 18446744073709551615").run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 1, 2, 3]);
    let logs = store(&second).logs("maple");
    let mut numbers: Vec<u64> = logs.iter().filter_map(|log| page_log::lines(log)[0]["sequence"].as_u64()).collect();
    numbers.sort_unstable();
    // The third is that of the log that cannot be used.
    assert_eq!(numbers.pop(), Some(u64::MAX));
    assert_eq!(numbers, [1, 2]);
}
