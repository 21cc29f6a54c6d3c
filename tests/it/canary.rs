//! Secret-leak test: a unique API key goes through every failure mode, and is then in no file, on no stream and in no
//! argument. (Streams and arguments are the harness's to check, at every command of every test.)

use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::reel;
use testkit::tables::files_with;

use crate::harness::{Output, Reelframe};

const CANARY: &str = "canary-4vQ9-yellow-never-print";

const HUMAN: [&str; 2] = ["-v", "-v"];
const JSON: [&str; 2] = ["--log-format", "json"];

fn maple() -> Account {
    let item = |number: u64| reel(3_800_000_000_000_000_000 - number * 1_000_000_000_000_000);
    Account::wrapped("maple", "5005", &[vec![item(0)], vec![item(1)], vec![item(2)]])
}

/// Every kind of trouble, and vendors who repeat the key in their errors.
fn troubles() -> Vec<Fault> {
    let echo = |status: u16| {
        let body = format!(r#"{{"error":{{"code":"c-{CANARY}","message":"Bearer {CANARY} is not welcome"}}}}"#);
        Fault::Status(status, body, Vec::new()).header("location", format!("http://127.0.0.1:1/?key={CANARY}"))
    };
    let lie = |name: &'static str, value: &str| Fault::Headers(vec![(name, value.to_owned())]);
    let mut troubles: Vec<Fault> = [200, 302, 400, 401, 402, 403, 404, 429, 500].map(echo).into();
    troubles.extend([
        Fault::HtmlInstead,
        Fault::SuccessFalse200,
        Fault::ErrorNotFound200,
        Fault::CutBody,
        Fault::Reset,
        Fault::ResetHard,
        Fault::ResetInBody,
        Fault::GarbageJson,
        Fault::EmptyItems,
        Fault::RetryAfter(0),
        Fault::QuotaExceeded,
        Fault::PaymentRequired,
        Fault::Status(200, format!("{CANARY} is no JSON"), Vec::new()),
        Fault::Gzip(CANARY.as_bytes().to_vec()),
        lie("content-length", "10"),
        lie("content-encoding", "gzip"),
        lie("content-type", "text/html"),
        lie("content-type", &format!("text/{CANARY}")),
        lie("x-request-id", &format!("req {CANARY}")),
        Fault::error(500, "busy").header("x-request-id", CANARY),
        Fault::Status(200, format!(r#"{{"echo":"Bearer {CANARY}","items":[]}}"#), Vec::new()),
    ]);
    troubles
}

fn run(command: Reelframe, api: &MockApi, talk: [&str; 2]) -> Reelframe {
    self::command("run", command, api, talk)
}

fn command(name: &str, command: Reelframe, api: &MockApi, talk: [&str; 2]) -> Reelframe {
    let args = [name, "maple", "--retry-wait-ms", "1", "--requests-per-minute", "60000"];
    command.args(args).args(talk).api(api).key(CANARY)
}

#[track_caller]
fn assert_silent(output: &Output, what: &str) {
    let found = files_with(output.dir(), CANARY);
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// Trouble on page 2 that does not pass; then a run in good health, whose tables hold the vendor's words.
fn through(troubles: impl Iterator<Item = Fault>, talk: [&str; 2]) {
    for trouble in troubles {
        let is_status = matches!(trouble, Fault::Status(400.., ..));
        let what = format!("{trouble:?} {talk:?}");
        let api = MockApi::start(Script::serving([maple()]).key(CANARY).always(At::Page("maple", 2), trouble));
        let output = command("fetch", Reelframe::new(), &api, talk).any_status(&[0, 3, 5, 6, 7]).run();
        assert_silent(&output, &what);
        if is_status {
            api.end_faults();
            assert_silent(&run(output.then(), &api, talk).any_status(&[0, 3]).run(), &what);
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_the_key_shows_in_no_trouble_reported_to_people_and_to_machines() {
    through(troubles().into_iter(), HUMAN);
    through(troubles().into_iter(), JSON);
}

#[test]
fn the_key_shows_nowhere_when_the_program_is_refused_killed_or_has_no_disk() {
    let api = MockApi::start(Script::serving([maple()]).key("another"));
    assert_silent(&run(Reelframe::new(), &api, HUMAN).status(6).run(), "refused");

    let api = MockApi::start(Script::serving([maple()]).key(CANARY).always(At::Page("maple", 2), Fault::Hang));
    let running = run(Reelframe::new(), &api, HUMAN).spawn();
    api.wait_for_calls(2);
    let left = running.kill();
    assert_silent(&left, "killed");

    let api = MockApi::start(Script::serving([maple()]).key(CANARY));
    for change in [3, 10, 20, 40] {
        let command = Reelframe::new().env("REELFRAME_FAIL_DISK", &format!("{change}:ENOSPC"));
        assert_silent(&run(command, &api, JSON).status(9).run(), "no disk");
    }
}

#[test]
#[ignore = "slow"]
fn slow_the_key_shows_in_nothing_that_is_made_of_a_store() {
    let api = MockApi::start(Script::serving([maple()]).key(CANARY));
    let first = run(Reelframe::new(), &api, HUMAN).run();
    let commands = [
        &["report", "--format", "html", "--out", "report.html"][..],
        &["report", "--format", "json"],
        &["query", "SELECT * FROM accounts", "--format", "json"],
        &["export", "--out", "tables"],
        &["run", "--replay", "reels/raw", "--store", "second"],
        &["run", "maple", "--dry-run"],
        &["run", "maple", "--base-url", "http://reels.invalid"],
    ];
    for args in commands {
        let status = if args.last() == Some(&"http://reels.invalid") { 2 } else { 0 };
        let output = first.then().args(args.iter().copied()).key(CANARY).status(status).run();
        assert_silent(&output, &args.join(" "));
    }
}
