//! Complete answers that are no page: reported, kept, paid for twice at most, and read by nothing.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::{reel, wrapped_page};
use testkit::tables::tree;

use super::{maple, on, pair, pk, pks, published, run, statuses};
use crate::harness::Output;

const UTF_16: &[u8] = b"\xFF\xFE{\0}\0";

/// What comes, the words that name it, and the bytes that are kept of it.
fn answers() -> Vec<(Fault, &'static str, Vec<u8>)> {
    let page_2 = || maple().pages[1].clone().into_bytes();
    let lie = |value: &str| Fault::Headers(vec![("content-encoding", value.to_owned())]);
    let moved = r#"{"data":{"items":[]},"status":"ok"}"#;
    vec![
        (Fault::HtmlInstead, "the response is HTML", b"<!doctype html><title>Just a moment</title>".to_vec()),
        (
            Fault::SuccessFalse200,
            "`success: false`: Something went wrong",
            br#"{"success":false,"message":"Something went wrong"}"#.to_vec(),
        ),
        (Fault::Bytes(moved.into()), "no list of items", moved.into()),
        (lie("br"), "Content-Encoding: br is not supported", page_2()),
        (lie("zstd"), "Content-Encoding: zstd is not supported", page_2()),
        (lie("deflate"), "Content-Encoding: deflate is not supported", page_2()),
        (Fault::Bytes(UTF_16.to_vec()), "the response is not UTF-8", UTF_16.to_vec()),
        (Fault::Bytes(Vec::new()), "the response is empty", Vec::new()),
        (Fault::Bytes(b"[[]]".to_vec()), "the response is a list", b"[[]]".to_vec()),
    ]
}

/// The kept answers of `maple`, oldest first.
fn kept(output: &Output) -> Vec<PathBuf> {
    let dir = output.path("reels/rejected/maple");
    let mut bodies: Vec<PathBuf> = tree(&dir).into_keys().map(|path| dir.join(path)).collect();
    bodies.retain(|path| path.extension().is_some_and(|extension| extension == "body"));
    bodies
}

#[test]
#[ignore = "slow"]
fn slow_what_is_no_page_is_reported_kept_and_paid_for_twice_at_most() {
    for (fault, words, bytes) in answers() {
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), fault.clone()));
        let output = run(&api, &["maple"]).status(3).stderr_has(words).stderr_has("reels/rejected/maple/").run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2], "{fault:?}");
        assert_eq!(statuses(&output), [pair("maple", "partial")], "{fault:?}");
        let reason = output.table("accounts")[0]["status_reason"].clone();
        assert!(reason.as_str().is_some_and(|reason| reason.contains(words)), "{reason}");
        assert_eq!(published(&output), pks(0..2), "{fault:?}");
        let kept = kept(&output);
        assert_eq!(kept.len(), 2, "{kept:?}");
        for body in kept {
            assert_eq!(std::fs::read(&body).unwrap(), bytes, "{fault:?}");
            let note = std::fs::read_to_string(body.with_extension("txt")).unwrap();
            assert!(note.contains(words) && note.contains("status: 200\nrequested: page 2\n"), "{note}");
        }
    }
}

#[test]
fn the_next_run_resumes_where_no_page_came() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), Fault::HtmlInstead));
    let first = run(&api, &["maple"]).status(3).run();
    api.end_faults();
    let second = on(first.then(), &api, &["maple"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 2, 3]);
    assert_eq!(statuses(&second), [pair("maple", "complete")]);
    assert_eq!(published(&second), pks(0..6));
}

#[test]
fn cut_bodies_are_tried_as_often_as_before_also_among_others() {
    let script = Script::serving([maple()]).once(At::Call(2), Fault::HtmlInstead);
    let api = MockApi::start(script.always(At::Page("maple", 2), Fault::CutBody));
    let output = run(&api, &["maple"]).status(3).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 2, 2, 2]);
    assert_eq!(kept(&output).len(), 1, "what was cut off is not kept");
}

#[test]
#[ignore = "slow"]
fn slow_rejected_answers_are_read_by_nothing_and_go_with_their_account() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::HtmlInstead));
    let first = run(&api, &["maple"]).run();
    assert_eq!(kept(&first).len(), 1);
    first.then().arg("verify").stdout_has("0 differences").run();
    first.then().args(["rebuild", "--run-id", "again"]).run();
    first.then().args(["run", "--replay", "reels/rejected", "--store", "x"]).status(2).stderr_has("no pages").run();
    assert_eq!(kept(&first).len(), 1);
    first.then().args(["forget", "maple", "--yes"]).run();
    assert!(!first.path("reels/rejected/maple").exists());
}

#[test]
fn a_byte_order_mark_before_a_page_is_no_fault() {
    let page = format!("\u{FEFF}{}", maple().pages[1]);
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), Fault::Bytes(page.into_bytes())));
    let output = run(&api, &["maple"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
    assert_eq!(published(&output), pks(0..6));
    assert!(!output.path("reels/rejected").exists());
}

#[test]
#[ignore = "slow"]
fn slow_an_item_that_cannot_be_read_costs_no_other_reel() {
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let odd = |value: &str| {
        let items = [Value::from(reel(pk(0)).set("caption", "ODD")), reel(pk(1)).into(), json!("text"), Value::Null];
        wrapped_page(&items, None).replace("\"ODD\"", value)
    };
    for (value, is_read) in
        [(r#""\ud83d""#, true), (r#""\udc00\ud83d""#, true), (deep.as_str(), true), ("1e999", false)]
    {
        let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [odd(value)])]));
        let output = run(&api, &["maple"]).run();
        assert_eq!(api.request_log().pages_of("maple"), [1], "{}", &value[..6]);
        let first = if is_read { 0 } else { 1 };
        assert_eq!(published(&output), pks(first..2), "{}", &value[..5]);
    }
}
