//! Settings as compose files and cron write them, from the variable or the line to what the program does.

use std::fs;

use testkit::mock_api::{KEY, MockApi, Script};
use testkit::pages::{reel, wrapped_page};
use testkit::tables::column;

use crate::fetch::{maple, on};
use crate::harness::Reelframe;

#[test]
fn what_a_compose_file_leaves_blank_is_not_set() {
    let api = MockApi::start(Script::serving([maple()]));
    let names =
        ["STORE", "ACCOUNTS", "MAX_PAGES", "SINCE", "REFRESH_WINDOW", "TRIM", "QUERIES", "API_KEY_FILE", "CONFIG"];
    let command = names.iter().fold(Reelframe::new(), |command, name| command.env(&format!("REELFRAME_{name}"), ""));
    let output = on(command, &api, &["maple"]).stderr_lacks("unknown setting").run();
    assert_eq!(output.table("reels").len(), 6);
}

#[test]
fn a_variable_that_is_no_setting_is_a_warning() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let command = command.env("REELFRAME_TIMEZON", "Europe/Berlin").env("REELFRAME_KEEP_RUNS", "3");
    command
        .args(["run", "--replay", "maple", "-q"])
        .stderr_has("unknown setting REELFRAME_TIMEZON: did you mean REELFRAME_TIMEZONE?")
        .stderr_lacks("KEEP_RUNS")
        .run();
}

#[test]
fn what_is_set_for_the_api_is_no_hindrance_to_pages_from_disk() {
    let page = wrapped_page(&[reel(100)], None);
    let command = || Reelframe::new().file("maple/1.json", &page).env("REELFRAME_REFRESH_WINDOW", "30d");
    command().env("REELFRAME_SINCE", "2026-01-01").args(["run", "--replay", "maple"]).run();
    let both = command().env("REELFRAME_REPLAY", "maple").args(["run", "--since", "2026-01-01"]);
    both.status(2).stderr_has("--since cannot be used with REELFRAME_REPLAY").run();
}

#[test]
fn paths_of_a_config_file_count_from_its_folder() {
    let command = Reelframe::new().file("clients/pages/maple/1.json", wrapped_page(&[reel(100)], None));
    let file = "# nightly\nstore = 'reels'\nreplay = 'pages'\naccounts = 'accounts.csv'\nquiet = 'yes'\n";
    let command =
        command.file("clients/reelframe.toml", file).file("clients/accounts.csv", "handle;label\nmaple;Tea\n");
    let output = command.args(["run", "--config", "clients/reelframe.toml"]).run();
    assert_eq!(column(&output.table_of("clients/reels", "accounts"), "account_label"), ["Tea"]);
    fs::remove_file(output.path("clients/accounts.csv")).expect("it is there");
    let again = output.then().args(["run", "--config", "clients/reelframe.toml"]).status(2);
    again.stderr_has("`accounts` (clients/reelframe.toml, line 4) clients/accounts.csv: ").run();
}

#[test]
fn a_wrong_setting_is_blamed_on_its_place_before_any_request() {
    let api = MockApi::start(Script::serving([maple()]));
    let run = || Reelframe::new().args(["run", "maple"]).api(&api).key(KEY).status(2);
    run().env("REELFRAME_CONCURRENCY", "many").stderr_has("REELFRAME_CONCURRENCY: 'many' is not a number").run();
    let file = "# nightly\n\nconcurrency = 'many'\n";
    run().file("reelframe.toml", file).stderr_has("reelframe.toml, line 3: concurrency 'many' is not a number").run();
    let near = run().file("reelframe.toml", "max_page = 3\n");
    near.stderr_has("reelframe.toml, line 1: unknown setting `max_page`").stderr_has("did you mean `max_pages`?").run();
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn the_form_of_a_report_is_a_setting_of_its_own() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let file = "format = 'jsonl'\nreport_format = 'markdown'\n";
    let output = command.file("reelframe.toml", file).args(["run", "--replay", "maple"]).run();
    assert!(output.path("reels/latest/reels.jsonl").exists());
    let report = output.then().arg("report").run().stdout;
    assert!(report.starts_with('#'), "{report}");
    let json = output.then().env("REELFRAME_QUERY_FORMAT", "json").args(["query", "SELECT reel_id FROM reels"]).run();
    assert_eq!(json.stdout, "[\n{\"reel_id\":\"100\"}\n]\n");
}

#[test]
fn a_config_file_that_was_only_found_decides_nothing_dangerous() {
    let api = MockApi::start(Script::serving([maple()]));
    let elsewhere = tempfile::tempdir().expect("a temporary directory can be made");
    let outside = elsewhere.path().join("taken");
    let lines = [
        format!("base_url = '{}'", api.base_url()),
        "api-key-file = 'key'".to_owned(),
        "store = '../taken'".to_owned(),
        format!("store = '{}'", outside.display()),
        "store = 'link/reels'".to_owned(),
        "store = 'gone'".to_owned(),
        "store = 'inside/../../taken'".to_owned(),
        format!("out = '{}'", outside.display()),
        "report_out = 'link/report.html'".to_owned(),
        "query_out = '../answer.csv'".to_owned(),
    ];
    let at = |line: &str| {
        let command = Reelframe::new().file("reelframe.toml", format!("# found\n{line}\n")).private_file("key", KEY);
        let link =
            |to: &std::path::Path, name| std::os::unix::fs::symlink(to, command.dir().join(name)).expect("a link");
        link(elsewhere.path(), "link");
        link(&outside, "gone");
        command
    };
    for line in &lines {
        let (name, _) = line.split_once(' ').expect("name = value");
        let name = format!("`{name}` (reelframe.toml, line 2)");
        let refused = at(line).args(["run", "maple"]).key(KEY).status(2);
        let output = refused.stderr_has(&name).stderr_has("--config reelframe.toml").run();
        // What is named is trusted, and no command needs more than its flag.
        output.then().args(["schema", "--table", "reels", "--config", "reelframe.toml"]).run();
        output.then().env("REELFRAME_CONFIG", "reelframe.toml").args(["schema", "--table", "reels"]).run();
    }
    assert_eq!((api.request_log().calls().len(), fs::read_dir(elsewhere.path()).expect("it is there").count()), (0, 0));
    // Within its folder it decides, also by an absolute path and by a link that stays inside.
    let page = wrapped_page(&[reel(100)], None);
    let command = Reelframe::new().file("maple/1.json", page).file("data/README", "");
    std::os::unix::fs::symlink("data", command.dir().join("inner")).expect("a link");
    let out = command.dir().join("tables").display().to_string();
    let file =
        format!("store = './inner/reels'\nout = '{out}'\nreplay = '{}'\n", command.dir().join("maple").display());
    let output = command.file("reelframe.toml", file).arg("run").run();
    assert_eq!(output.table_of("data/reels", "reels").len(), 1);
}

#[test]
fn the_users_own_config_file_stands_behind_all_others() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let own = "store = 'mine'\ntimezone = 'Europe/Berlin'\nreport_format = 'json'\n";
    let command = command.file(".config/reelframe/config.toml", own).file("reelframe.toml", "store = 'found'\n");
    let output = command.args(["run", "--replay", "maple"]).run();
    assert_eq!(column(&output.table_of("found", "reels"), "timezone"), ["Europe/Berlin"]);
    assert!(output.then().arg("report").run().stdout.starts_with('{'));
    let doctor = output.then().args(["doctor", "--base-url", "http://127.0.0.1:1"]).any_status(&[5, 6]).run();
    let (found, own) =
        (doctor.stdout.find("reelframe.toml (current folder)"), doctor.stdout.find("config.toml (user)"));
    assert!(found.is_some() && found < own, "{}", doctor.stdout);
    // Its paths count from its folder, and what is wrong with it is said of its place.
    fs::remove_file(output.path("reelframe.toml")).expect("it is there");
    let again = output.then().args(["run", "--replay", "maple"]).run();
    assert_eq!(again.table_of(".config/reelframe/mine", "reels").len(), 1);
    let wrong = again.then().file("xdg/reelframe/config.toml", "\nconcurrency = 'many'\n");
    let xdg = wrong.dir().join("xdg").display().to_string();
    wrong.env("XDG_CONFIG_HOME", &xdg).arg("run").status(2).stderr_has("config.toml, line 2: concurrency 'many'").run();
}
