//! A disk that cannot be read: what is there and cannot be read is never taken for what is not there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use testkit::tables::tree;

use super::{Contents, after_days, agrees, contents, folder, in_one_go, latest, replay, run_folders};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

const VARIABLE: &str = "REELFRAME_FAIL_READ";

/// Everything in a store but the lock.
fn content(output: &Output) -> BTreeMap<PathBuf, String> {
    let mut files = tree(&output.path("reels"));
    files.retain(|path, _| !path.ends_with(".lock"));
    files
}

/// Fails one read of a command after the other: that is an error, or is reported by what continues without it; nothing that
/// was there is lost; and the command comes to the same end once the disk can be read.
fn failed_at_each_read(template: &Output, command: impl Fn(Reelframe) -> Reelframe, after: &Contents, step: usize) {
    let (before, files) = (latest(template), content(template));
    // The first one looks for a config file, which says it in its own way.
    for number in (2..).step_by(step) {
        let failing = command(copy_of(template)).env(VARIABLE, &format!("{number}:EIO"));
        let failed = failing.any_status(&[0, 3, 4, 9]).run();
        let Some(failed_change) = failed.stderr.lines().find_map(|line| line.strip_prefix(&format!("{VARIABLE}: ")))
        else {
            assert!(number > 60, "only {number} reads: does the module fs count them all?");
            eprintln!("EIO: {} of {number} reads", number / step);
            return;
        };
        let case = format!("read {number} ({failed_change}):\n{}", failed.stderr);
        let path = failed_change.rsplit(' ').next().expect("a last word");
        let says = |line: &str| !line.starts_with(VARIABLE) && line.contains(path);
        assert!(failed.stderr.lines().any(says), "unsaid: {case}");
        if path.starts_with("day") {
            // A file of the replay is not part of the store and is skipped.
            continue;
        }
        if latest(&failed).run_id == before.run_id {
            // What is there is as it was; what is new is pages that the next run publishes.
            let now = content(&failed);
            assert!(files.iter().all(|(path, hash)| now.get(path) == Some(hash)), "{case}");
        } else {
            assert_eq!(&contents(&failed), after, "{case}");
        }
        folder(&failed);
        assert_eq!(&contents(&command(failed.then()).run()), after, "{case}");
        agrees(&failed);
        assert!(run_folders(&template.path("reels")).iter().all(|run| failed.path("reels/runs").join(run).is_dir()));
    }
}

fn fail_a_run(step: usize) {
    failed_at_each_read(&after_days(2), |command| replay(command, 3), &in_one_go(3), step);
}

/// A command that leaves the tables as they are.
fn fail(command: &str, step: usize) {
    let template = after_days(2);
    failed_at_each_read(&template, |run| run.arg(command), &contents(&template), step);
}

#[test]
fn a_read_of_a_run_that_fails_loses_nothing() {
    fail_a_run(step(300));
}

#[test]
fn a_read_of_a_verification_that_fails_is_said() {
    fail("verify", step(300));
}

#[test]
#[ignore = "slow"]
fn slow_a_read_that_fails_loses_nothing() {
    fail_a_run(step(10));
    for command in ["rebuild", "compact", "verify"] {
        fail(command, step(10));
    }
}

#[test]
fn what_cannot_be_read_is_not_taken_for_what_is_not_there() {
    read_no_place(step(5));
}

#[test]
#[ignore = "slow"]
fn slow_what_cannot_be_read_is_not_taken_for_what_is_not_there() {
    read_no_place(1);
}

/// Places that a command goes by to know what it may remove.
fn read_no_place(step: usize) {
    let template = after_days(2);
    let before = content(&template);
    let commands: [&[&str]; 4] =
        [&["run", "--replay", "day2"], &["compact"], &["rebuild"], &["forget", "maple", "--yes"]];
    let places =
        ["/_SUCCESS", "/manifest.json", "reels/runs", "reels/latest", "reels/latest.json", "reels/.observations"];
    let errors = ["EIO", "EACCES", "ESTALE"];
    // Every command at some place, and every place with some command.
    let step = step.min(commands.len());
    for (at, place) in places.into_iter().enumerate() {
        let fault = format!("{place}:{}", errors[at % errors.len()]);
        for args in commands.into_iter().skip(at % step).step_by(step) {
            let days =
                super::day(2).into_iter().fold(copy_of(&template), |command, (path, log)| command.file(&path, log));
            let failed = days.args(args.iter().copied()).env(VARIABLE, &fault).status(9).stderr_has(place).run();
            assert_eq!(content(&failed), before, "{args:?}, {fault}");
        }
    }
}
