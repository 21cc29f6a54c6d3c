//! Publishing: a run is there as a whole or not at all, and the last ones are kept.

use super::{Contents, after_days, agrees, contents, folder, in_one_go, latest, replay, run_folders};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

/// Kills a command at one change on the disk after the other: a reader of `latest` meets the run before or the run after,
/// whole, and so does a reader of the folder; and `again` repairs what is left.
fn killed_at_each_change(
    template: &Output,
    command: impl Fn(Reelframe) -> Reelframe,
    after: &Contents,
    again: impl Fn(&Output) -> Output,
    at_last: &Contents,
    step: usize,
) {
    let before = latest(template);
    for number in (1..).step_by(step) {
        let killing = command(copy_of(template)).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL"));
        let killed = killing.any_status(&[0, 137]).run();
        let Some(failed_change) = killed.stderr.lines().find_map(|line| line.strip_prefix("REELFRAME_FAIL_DISK: "))
        else {
            assert!(number > 40, "only {number} changes: does the module fs count them all?");
            return;
        };
        let case = format!("change {number} ({failed_change})");
        let met = latest(&killed);
        if met.run_id == before.run_id {
            assert_eq!(met, before, "{case}");
        } else {
            assert_eq!(&contents(&killed), after, "{case}");
        }
        folder(&killed);
        let next = again(&killed);
        assert_eq!(&contents(&next), at_last, "{case}");
        agrees(&next);
    }
}

#[test]
fn a_kill_at_any_change_of_a_run_shows_readers_one_whole_run() {
    kill_runs(step(110));
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_a_run_shows_readers_one_whole_run() {
    kill_runs(step(2));
}

fn kill_runs(step: usize) {
    let (run, after) = (|command| replay(command, 3), in_one_go(3));
    killed_at_each_change(&after_days(2), run, &after, |killed| run(killed.then()).run(), &after, step);
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_a_compaction_shows_readers_one_whole_run() {
    kill_compactions(step(2));
}

fn kill_compactions(step: usize) {
    let template = after_days(3);
    let compact = |command: Reelframe| command.arg("compact");
    let next = |killed: &Output| replay(killed.then(), 4).run();
    killed_at_each_change(&template, compact, &contents(&template), next, &in_one_go(4), step);
}

#[test]
fn a_kill_at_any_change_of_a_rollback_shows_readers_one_whole_run() {
    kill_rollbacks(step(9));
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_a_rollback_shows_readers_one_whole_run() {
    kill_rollbacks(1);
}

fn kill_rollbacks(step: usize) {
    let template = after_days(3);
    let first = run_folders(&template.path("reels")).remove(0);
    let back = |command: Reelframe| command.args(["rebuild", "--rollback", &first]);
    let (before, after) = (latest(&template), in_one_go(1));
    for number in (1..).step_by(step) {
        let killed =
            back(copy_of(&template)).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL")).any_status(&[0, 137]).run();
        let met = latest(&killed).run_id;
        assert!(met == before.run_id || met == first, "change {number}");
        folder(&killed);
        let next = back(killed.then()).run();
        assert_eq!((contents(&next), run_folders(&next.path("reels")).len()), (after.clone(), 3), "change {number}");
        agrees(&next);
        if killed.status == 0 {
            return;
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_the_first_run_on_an_old_store_loses_no_row() {
    kill_updates(step(4));
}

fn kill_updates(step: usize) {
    let (run, after) = (|command| replay(command, 3), in_one_go(3));
    let template = super::updates::first_layout(2);
    // Its rebuild is a run of its own before the new pages are in.
    killed_at_each_change_of_an_update(&template, run, &in_one_go(2), &after, step);
}

/// The same where two runs are published one after the other.
fn killed_at_each_change_of_an_update(
    template: &Output,
    command: impl Fn(Reelframe) -> Reelframe,
    rebuilt: &Contents,
    after: &Contents,
    step: usize,
) {
    let before = latest(template);
    for number in (1..).step_by(step) {
        let killed = command(copy_of(template)).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL"));
        let killed = killed.any_status(&[0, 137]).run();
        let met = latest(&killed);
        let has_met = met == before || [rebuilt, after].contains(&&contents(&killed));
        assert!(has_met, "change {number}: {}", killed.stderr);
        if killed.path("reels/observations").is_symlink() {
            folder(&killed);
        }
        let next = command(killed.then()).run();
        assert_eq!(&contents(&next), after, "change {number}: {}", killed.stderr);
        agrees(&next);
        if killed.status == 0 {
            return;
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_where_observations_come_late_loses_and_doubles_none() {
    kill_late_runs(step(2));
}

fn kill_late_runs(step: usize) {
    let first = replay(Reelframe::new(), 1).run();
    let template = replay(first.then(), 3).run();
    let command = |command| replay(command, 2).args(["--keep-runs", "2"]);
    let (before, after) = (contents(&template), in_one_go(3));
    for number in (4..).step_by(step) {
        let killing = command(copy_of(&template)).env("REELFRAME_FAIL_DISK", &format!("{number}:KILL"));
        let killed = killing.any_status(&[0, 137]).run();
        let met = contents(&killed);
        assert!(met == before || met == after, "change {number}: {}", killed.stderr);
        folder(&killed);
        if killed.status == 0 {
            return;
        }
        assert_eq!(contents(&command(killed.then()).run()), after, "change {number}: {}", killed.stderr);
    }
}

#[test]
fn the_last_runs_are_kept_and_pages_for_ever() {
    let store = after_days(2);
    let logs = |output: &Output| testkit::tables::tree(&output.path("reels/raw")).len();
    for number in 3..=5 {
        replay(store.then(), number).args(["--keep-runs", "3"]).run();
    }
    let runs = run_folders(&store.path("reels"));
    assert_eq!(runs.len(), 3, "{runs:?}");
    let days: Vec<&str> = runs.iter().map(|run| &run[..8]).collect();
    assert_eq!(days, ["20260303", "20260304", "20260305"]);
    assert_eq!(logs(&store), 10);
    assert_eq!(contents(&store), in_one_go(5));
    store.then().args(["run", "--replay", "day5", "--keep-runs", "1"]).status(2).stderr_has("--keep-runs").run();
}

#[test]
fn two_replays_give_the_same_bytes_whatever_the_threads_and_the_clock() {
    let run = |threads: &str, zone: &str| {
        let command = (1..=2).flat_map(super::day).fold(Reelframe::new(), |c, (path, log)| c.file(&path, log));
        let command = command.env("POLARS_MAX_THREADS", threads).env("RAYON_NUM_THREADS", threads).env("TZ", zone);
        let first = command.args(["run", "--replay", "day1"]).run();
        testkit::tables::tree_of_store(&first.then().args(["run", "--replay", "day2"]).run().path("reels"))
    };
    assert_eq!(run("1", "Asia/Tokyo"), run("2", "America/New_York"));
}

#[test]
fn a_second_replay_of_the_same_days_changes_nothing() {
    let store = after_days(2);
    let before = testkit::tables::tree(&store.path("reels"));
    for number in [2, 1] {
        let again = store.then().args(["run", "--replay"]).arg(format!("day{number}")).any_status(&[0]).run();
        assert!(again.stdout.contains("published already") || again.stdout.contains("nothing new"), "{}", again.stdout);
    }
    assert_eq!(testkit::tables::tree(&store.path("reels")), before);
}
