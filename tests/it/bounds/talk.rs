//! What does not steer a terminal, what does not panic, and a stderr that nobody can write to.

use std::fs::File;
use std::process::Stdio;

use testkit::mock_api::{At, Fault, KEY, MockApi, Script};
use testkit::pages::{reel, wrapped_page};

use super::published;
use crate::fetch::maple;
use crate::harness::Reelframe;

/// Sets a terminal's title, clears it, and turns the direction of what follows.
const STEERING: &str = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}";

/// Each place that a text comes from on its way to stderr, or to a table for people.
#[test]
#[ignore = "slow"]
fn slow_no_text_from_outside_steers_a_terminal() {
    let at = || {
        let own = reel(100).caption(&format!("Day {STEERING}")).owner("5005", "maple");
        let page = wrapped_page(&[own], None).replacen("{", &format!("{{\"new{}\":1,", "\\u001b]0;y\\u202e"), 1);
        let accounts = format!("handle,label,{STEERING}\nmaple,{STEERING},\n");
        Reelframe::new().file("maple/1.json", page).file("accounts.csv", accounts)
    };
    let steering = format!("\u{1b}[31m{STEERING}");
    let commands: Vec<Vec<String>> = [
        vec!["run", "--replay", "maple", "--accounts", "accounts.csv", "-v"],
        vec!["status"],
        vec!["report"],
        vec!["query", "SELECT account_label, caption, account FROM reels"],
        vec!["query", "SELECT detail FROM findings"],
        vec!["query", &format!("SELECT '{STEERING}' AS \"{STEERING}\" FROM reels")],
        vec!["query", &format!("SELECT \"{STEERING}\" FROM reels")],
        vec!["query", &format!("SELECT {STEERING} FROM reels")],
        vec!["query", &steering],
        vec!["run", &steering],
        vec!["run", "maple", "--run-id", &steering],
        vec!["run", "maple", &format!("--{steering}")],
        vec!["run", "maple", "--timezone", &steering],
        vec!["run", "maple", "--config", &steering],
        vec!["run", "maple", "--accounts", &steering],
        vec!["run", "--replay", &steering],
        vec!["report", "--account", &steering],
        vec!["report", "--queries", &steering],
        vec!["lint", &steering],
        vec!["forget", &steering],
        vec!["verify", "--store", &steering],
    ]
    .into_iter()
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .collect();
    let first = at().args(commands[0].clone()).run();
    let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    for words in &commands {
        let output = first.then().args(words.clone()).any_status(&[0, 1, 2, 3, 4, 9]).run();
        for (stream, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            assert!(!text.contains(steers), "{words:?} {stream}: {text:?}");
        }
    }
    for words in &commands[6..10] {
        let output = first.then().args(words.clone()).args(["--log-format", "json"]).status(2).run();
        assert!(!output.stderr.contains(steers), "{words:?}: {:?}", output.stderr);
    }
    // Data keeps its bytes.
    let csv = first.then().args(["query", "SELECT caption FROM reels", "--format", "csv"]).run();
    assert!(csv.stdout.contains(STEERING), "{:?}", csv.stdout);
}

#[test]
fn the_words_of_the_api_steer_no_terminal() {
    let body = r#"{"error":{"message":"no \u202e\u001b]0;x"}}"#.to_owned();
    let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::Status(400, body, Vec::new())));
    let output = Reelframe::new().args(["run", "maple"]).api(&api).key(KEY).status(3).run();
    assert!(output.stderr.contains("no ") && !output.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", output.stderr);
}

#[test]
fn a_panic_of_the_sql_engine_is_an_error_and_silent() {
    let output = published();
    let asked = |sql: &str| output.then().args(["query", sql]).status(2);
    asked("SELECT COLUMNS('[') FROM reels").stderr_has("cannot execute this query").run();
    let long = vec!["1"; 20_000].join("+");
    asked(&format!("SELECT {long} FROM reels")).stderr_has("nested too deeply").run();
    let mixed = asked("SELECT account, AVG(views) FROM reels")
        .stderr_has("mixes the aggregate AVG with the plain column `account`");
    mixed.stderr_has("hint: add that column to GROUP BY").run();
}

#[test]
fn extreme_ages_are_refused_before_anything_is_done() {
    for command in ["run", "fetch", "status"] {
        for flag in ["--refresh-window", "--resume-within"] {
            let refused = Reelframe::new().args([command, flag, "99999999d"]).status(2);
            refused.stderr_has("at most 36500d").run();
        }
    }
    published().then().args(["status", "--refresh-window", "36500d", "--resume-within", "36500d"]).run();
}

/// Every write to a full or closed stream is an error or nothing, never a panic (which would be 101 or 134).
#[test]
#[ignore = "slow"]
fn slow_a_stream_that_cannot_be_written_to_is_no_panic() {
    let output = published();
    let full = || File::options().write(true).open("/dev/full").expect("every Linux has it");
    let commands = [
        (&["report"][..], 0),
        (&["status"], 0),
        (&["query", "overview"], 0),
        (&["query", "SELECT no_such FROM reels"], 2),
        (&["run", "--no-such-flag"], 2),
        (&["run", "--replay", "maple", "-v"], 0),
        (&["--help"], 0),
        (&["query", "overview", "--log-format", "json"], 0),
        (&["query", "SELECT COLUMNS('[') FROM reels"], 2),
    ];
    for (words, status) in commands {
        let mut command = output.then().args(words.to_vec()).command();
        let code = command.stdout(Stdio::null()).stderr(full()).status().expect("it can be started").code();
        assert_eq!(code, Some(status), "{words:?} with a full stderr");
        let mut command = output.then().args(words.to_vec()).command();
        let code = command.stdout(full()).stderr(Stdio::null()).status().expect("it can be started").code();
        let is_help = words == ["--help"];
        assert_eq!(code, Some(if status == 0 && !is_help { 9 } else { status }), "{words:?} with a full stdout");
    }
}

#[test]
fn no_core_file_is_left_at_a_crash() {
    let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::Hang));
    let running = Reelframe::new().args(["run", "maple"]).api(&api).key(KEY).spawn();
    api.wait_for_calls(1);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.process())).expect("it is running");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("Linux has it");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    running.kill();
}

/// Debug builds panic at a fault that is not understood, wherever the disk is used first.
#[test]
fn a_fault_of_the_program_is_one_sentence_and_what_to_do() {
    let page = wrapped_page(&[reel(1)], None);
    let run = || {
        let command = Reelframe::new().file("maple/1.json", &page).env("REELFRAME_FAIL_DISK", "nonsense");
        command.args(["run", "--replay", "maple"]).status(1)
    };
    let said = run().run().stderr;
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains(" INFO ") && !line.contains(" WARN ")).collect();
    let [error, hint] = lines[..] else { panic!("{said}") };
    assert!(error.starts_with("error: a bug in reelframe: REELFRAME_FAIL_DISK=nonsense is not"), "{said}");
    assert!(hint.starts_with("hint: please report it"), "{said}");
    let output = run().args(["--log-format", "json"]).run();
    let ending: serde_json::Value = serde_json::from_str(output.stdout.trim()).expect("one object");
    assert_eq!((ending["exit_code"].as_u64(), ending["ok"].as_bool()), (Some(1), Some(false)));
    assert!(ending["error"]["message"].as_str().is_some_and(|text| text.starts_with("a bug in reelframe")));
}
