//! Forgetting, whole or not at all: what was begun is ended by the next command that writes, and nobody sees it until then.

use std::fs;

use testkit::tables::tree;

use super::{Contents, after_days, agrees, contents, latest, store};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

/// The accounts that a command shows which reads the newest run, one which reads raw/, and `status`.
fn shown(output: &Output) -> [String; 3] {
    let query = output.then().args(["query", "--format", "csv", "SELECT account FROM accounts ORDER BY account"]).run();
    output.then().args(["export", "--out", "exported", "--format", "csv"]).run();
    let exported = fs::read_to_string(output.path("exported/accounts.csv")).unwrap();
    let exported = exported.lines().map(|line| line.split(',').next().unwrap_or_default().to_owned() + "\n").collect();
    let status = output.then().args(["status", "--format", "csv"]).run().stdout;
    let status = status.lines().map(|line| line.split(',').next().unwrap_or_default().to_owned() + "\n").collect();
    [query.stdout, exported, status]
}

/// Kills a command that forgets at one change on the disk after the other: after the next command that writes, the store
/// is as it was or without what was to go, and in both cases the pages of others are as they were.
fn killed_at_each_change(
    template: &Output,
    forget: impl Fn(Reelframe) -> Reelframe,
    gone: &str,
    without: &Contents,
    step: usize,
) {
    let (before, run) = (contents(template), latest(template));
    let of_maple = tree(&template.path("reels/raw/maple"));
    for number in (2..).step_by(step) {
        let killing = forget(copy_of(template)).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL"));
        let killed = killing.any_status(&[0, 137]).run();
        let case = format!("change {number}: {}", killed.stderr);
        // Pages go last of all: as long as the run before is the newest, all of them are there.
        let has_pages = killed.path("reels/raw").join(gone).exists();
        assert!(has_pages || latest(&killed).run_id != run.run_id, "{case}");
        let is_begun = killed.path("reels/.forgetting").read_dir().is_ok_and(|mut files| {
            files.any(|file| file.unwrap().path().extension().is_some_and(|extension| extension == "json"))
        });
        if gone == "willow" {
            let accounts = if is_begun || !has_pages { "account\nmaple\n" } else { "account\nmaple\nwillow\n" };
            assert_eq!(shown(&killed), [accounts; 3], "{case}");
        }
        let next = killed.then().arg("rebuild").run();
        let goes = is_begun || !has_pages;
        assert_eq!(next.stderr.contains("was killed while removing"), is_begun, "{case}");
        assert_eq!(&contents(&next), if goes { without } else { &before }, "{case}");
        assert_eq!(next.path("reels/raw").join(gone).exists(), !goes, "{case}");
        assert_eq!(tree(&next.path("reels/raw/maple")), of_maple, "{case}");
        assert!(!next.path("reels/.forgetting").exists(), "{case}");
        agrees(&next);
        if killed.status == 0 {
            assert!(number > 40, "only {number} changes: does the module fs count them all?");
            eprintln!("KILL: up to {number} changes");
            return;
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_leaves_a_forgotten_account_there_or_gone() {
    kill_forgetting_of_an_account(step(3));
}

fn kill_forgetting_of_an_account(step: usize) {
    let template = after_days(2);
    let forget = |command: Reelframe| command.args(["forget", "willow", "--yes"]);
    let without = contents(&forget(copy_of(&template)).run());
    assert!(without.1.keys().all(|row| !row.contains("willow")));
    killed_at_each_change(&template, forget, "willow", &without, step);
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_leaves_a_forgotten_log_there_or_gone() {
    kill_forgetting_of_a_log(step(3));
}

fn kill_forgetting_of_a_log(step: usize) {
    let template = after_days(2);
    let log = store(&template).logs("willow").remove(1);
    let name = log.file_name().unwrap().to_string_lossy().into_owned();
    let forget = |command: Reelframe| command.args(["forget", "willow", "--yes", "--log", &name]);
    let without = contents(&forget(copy_of(&template)).run());
    killed_at_each_change(&template, forget, &format!("willow/{name}"), &without, step);
}

#[test]
fn what_was_begun_is_ended_by_whoever_asks_again() {
    let template = after_days(1);
    let forget = |command: Reelframe| command.args(["forget", "willow", "--yes"]);
    // Killed as the tables without it are written.
    let killed = forget(copy_of(&template)).env("REELFRAME_FAIL_DISK", "/hashtags.parquet:KILL").status(137).run();
    assert!(killed.path("reels/raw/willow").exists());
    let again = forget(killed.then()).stderr_has("was killed while removing").stdout_has("willow is forgotten").run();
    assert!(!again.path("reels/raw/willow").exists());
    forget(again.then()).status(2).stderr_has("no pages of willow in").run();
    // So is what was begun before a fetch.
    let killed = forget(copy_of(&template)).env("REELFRAME_FAIL_DISK", "/hashtags.parquet:KILL").status(137).run();
    let fetched = killed.then().file("day2/maple.ndjson", &super::day(2)[0].1);
    fetched.args(["fetch", "--replay", "day2"]).stderr_has("was killed while removing").run();
    assert_eq!(store(&killed).accounts(), ["maple"]);
    assert!(!killed.path("reels/raw/willow").exists());
}

#[test]
fn what_is_written_down_leads_to_pages_of_the_store_alone() {
    let output = after_days(1);
    let root = output.path("reels");
    let victim = output.path("victim/20260301T060000000Z.ndjson");
    fs::create_dir_all(victim.parent().unwrap()).unwrap();
    fs::write(&victim, "somebody's").unwrap();
    let of_maple = store(&output).logs("maple")[0].file_name().unwrap().to_string_lossy().into_owned();
    let (before, raw) = (contents(&output), tree(&root.join("raw")));
    let file = root.join(".forgetting/by hand.json");
    fs::create_dir(file.parent().unwrap()).unwrap();
    let write = |key: &str, log: Option<&str>| {
        let json = serde_json::json!({"account": "willow", "key": key, "log": log, "rejected": []});
        fs::write(&file, json.to_string()).unwrap();
    };
    for (key, log) in [
        ("willow", Some("../../../victim/20260301T060000000Z.ndjson")),
        ("willow", Some(victim.to_str().unwrap())),
        ("willow", Some(&*format!("../maple/{of_maple}"))),
        ("willow", Some("notes.txt")),
        ("willow", Some("")),
        ("", None),
        ("Willow", None),
    ] {
        write(key, log);
        for command in ["rebuild", "status"] {
            output.then().arg(command).status(9).stderr_has("by hand.json").stderr_has("nothing was removed").run();
        }
        assert_eq!(tree(&root.join("raw")), raw, "{key} {log:?}");
        assert!(victim.exists(), "{key} {log:?}");
    }
    fs::remove_file(&file).unwrap();
    output.then().arg("rebuild").run();
    assert_eq!(contents(&output), before);
    assert!(!root.join(".forgetting").exists());
    // Whatever the file's name is: it is removed with what it names.
    fs::create_dir(file.parent().unwrap()).unwrap();
    write("willow", None);
    output.then().arg("rebuild").stderr_has("was killed while removing").run();
    assert!(!root.join("raw/willow").exists() && !root.join(".forgetting").exists());
}

#[test]
fn what_was_not_written_down_whole_is_cleaned_up() {
    let output = after_days(1);
    let folder = output.path("reels/.forgetting");
    for change in ["/willow.json.partial:KILL", "/willow.json:KILL"] {
        output.then().args(["forget", "willow", "--yes"]).env("REELFRAME_FAIL_DISK", change).status(137).run();
        assert!(folder.exists(), "{change}");
        output.then().arg("rebuild").stderr_lacks("was killed while removing").run();
        assert!(!folder.exists() && output.path("reels/raw/willow").exists(), "{change}");
    }
}
