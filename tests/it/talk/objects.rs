//! `--log-format json`: every command ends with one object, whatever becomes of it.

use serde_json::{Value, json};
use testkit::mock_api::{KEY, MockApi, Script};

use super::{object, store};
use crate::fetch::{maple, on, run, willow};
use crate::harness::Reelframe;

const JSON: [&str; 2] = ["--log-format", "json"];

#[test]
#[ignore = "slow"]
fn slow_every_command_ends_with_one_object() {
    let (api, store) = store();
    let end = |command: Reelframe, has_data: bool| object(&command.args(JSON).run(), has_data);
    for (words, has_data) in [
        (&["export", "--out", "tables"][..], false),
        (&["rebuild"], false),
        (&["compact"], false),
        (&["verify"], false),
        (&["lint", "reels"], false),
        (&["status"], false),
        (&["status", "--format", "csv"], true),
        (&["report"], true),
        (&["report", "--format", "json"], true),
        (&["report", "--out", "report.txt"], false),
        (&["report", "--per-account", "--format", "html", "--out", "clients"], false),
        (&["query"], true),
        (&["query", "overview"], true),
        (&["query", "overview", "--out", "overview.txt"], false),
        (&["schema"], true),
        (&["completions", "bash"], true),
        (&["man", "run"], true),
        (&["forget", "willow", "--yes"], false),
    ] {
        assert_eq!(end(store.then().args(words.iter().copied()), has_data)["command"], words[0]);
    }
    let doctor = end(store.then().args(["doctor", "maple"]).api(&api).key(KEY), false);
    let names: Vec<&Value> = doctor["checks"].as_array().expect("checks").iter().map(|check| &check["name"]).collect();
    assert_eq!(names, ["settings", "accounts", "key", "store", "latest run", "host"]);
    let dry = end(on(store.then(), &api, &["maple", "oak", "--dry-run"]), false);
    assert_eq!((&dry["dry_run"], &dry["calls_known"], &dry["accounts_unknown"]), (&json!(true), &json!(3), &json!(1)));
    assert_eq!((&dry["accounts"][0]["account"], &dry["accounts"][0]["calls"]), (&json!("oak"), &Value::Null));
    let status = end(store.then().arg("status"), false);
    assert_eq!(status["accounts"][0]["account"], "maple");
    let written = end(store.then().args(["report", "--out", "report.txt"]), false);
    assert_eq!(written["files"], json!(["report.txt"]));
    let size = std::fs::metadata(store.path("report.txt")).expect("written").len();
    assert_eq!(written["bytes"], size);
}

#[test]
fn the_summary_of_a_run_has_its_calls_and_what_is_new() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let end = |command: Reelframe| object(&command.args(JSON).arg("-q").run(), false);
    let first = run(&api, &["maple", "--max-pages", "1", "--resume-within", "1s"]).args(JSON).run();
    let summary = object(&first, false);
    assert_eq!((&summary["command"], &summary["new_reels"]), (&json!("run"), &json!(2)));
    assert_eq!(summary["published"], format!("reels/runs/{}", summary["run_id"].as_str().expect("an id")));
    // `-q` does not drop it. Of maple two reels are known; the crawl continues after them.
    let calls = api.request_log().calls().len();
    let second = end(on(first.then(), &api, &["maple", "willow", "--run-id", "two"]));
    let paid = api.request_log().calls().len() - calls;
    assert_eq!((&second["calls"], &second["pages"], &second["retries"]), (&json!(paid), &json!(paid), &json!(0)));
    assert_eq!((&second["new_reels"], &second["rows"]), (&json!(6), &json!(8)));
    let accounts: Vec<(&Value, &Value, &Value, &Value)> = second["accounts"]
        .as_array()
        .expect("accounts")
        .iter()
        .map(|account| (&account["account"], &account["status"], &account["reels"], &account["new_reels"]))
        .collect();
    let complete = json!("complete");
    let (maple, willow) = (json!("maple"), json!("willow"));
    let numbers = [6, 4, 2, 2].map(|number| json!(number));
    assert_eq!(
        accounts,
        [(&maple, &complete, &numbers[0], &numbers[1]), (&willow, &complete, &numbers[2], &numbers[3])]
    );
    // What was written is at least what lies in the run.
    let files = std::fs::read_dir(first.path("reels/runs/two")).expect("the run").flatten();
    let in_run: u64 = files.map(|file| file.metadata().expect("its size").len()).sum();
    assert!(second["bytes"].as_u64() >= Some(in_run), "{second}");
    // The same run once more costs nothing and brings nothing.
    let again = end(on(first.then(), &api, &["maple", "willow", "--run-id", "two"]));
    assert_eq!((&again["calls"], &again["new_reels"], &again["was_published"]), (&json!(0), &json!(0), &json!(true)));
    assert_eq!(api.request_log().calls().len(), calls + paid);
}

#[test]
fn what_is_wrong_with_a_command_line_is_an_object_too() {
    let (_, store) = store();
    let end = |words: &[&str], has_data: bool| {
        let output = store.then().args(words.iter().copied()).args(JSON).status(2).run();
        let end = object(&output, has_data);
        // The log has it too.
        assert!(output.stderr.contains(&end["error"]["message"].to_string()), "{}", output.stderr);
        end
    };
    let unknown = end(&["run", "maple", "--no-such-flag"], false);
    assert_eq!((&unknown["command"], &unknown["exit_code"]), (&json!("run"), &json!(2)));
    assert_eq!(unknown["error"]["message"], "unexpected argument '--no-such-flag' found");
    assert_eq!(end(&[], false)["command"], Value::Null);
    assert_eq!(end(&["crawl"], false)["error"]["message"], "unrecognized subcommand 'crawl'");
    assert_eq!(end(&["query", "--no-such-flag"], true)["command"], "query");
    assert!(end(&["run", "maple", "--concurrency", "many"], false)["error"]["message"].to_string().contains("many"));
    assert!(end(&["query", "no_such_query"], true)["error"]["hint"].to_string().contains("top_reels"));
    assert_eq!(end(&["status", "--store", "nowhere"], false)["command"], "status");
}

#[test]
fn the_log_format_applies_wherever_it_is_set_also_beside_a_mistake() {
    let usage = |command: Reelframe| object(&command.status(2).run(), false);
    let by_variable = Reelframe::new().env("REELFRAME_LOG_FORMAT", "json").args(["run", "--no-such-flag"]);
    assert_eq!(usage(by_variable)["command"], "run");
    let file = "log_format = 'json'\ncolour = 'red'\n";
    let by_file = Reelframe::new().file("reelframe.toml", file).args(["run", "maple"]);
    assert!(usage(by_file)["error"]["message"].to_string().contains("colour"));
    let broken = Reelframe::new().file("own.toml", "concurrency = \nlog_format = 'json'\n");
    assert!(
        usage(broken.args(["--config", "own.toml", "verify"]))["error"]["message"].to_string().contains("own.toml")
    );
}

#[test]
fn help_and_version_are_data() {
    for (words, text) in [(&["--version"][..], "reelframe "), (&["run", "--help"], "Usage: reelframe run")] {
        let output = Reelframe::new().args(words.iter().copied()).args(JSON).stdout_has(text).run();
        object(&output, true);
    }
}
