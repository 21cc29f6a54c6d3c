//! Going back to an earlier run, and what the next run makes of that.

use testkit::tables::tree;

use super::{after_days, agrees, contents, in_one_go, latest, replay, run_folders, store};
use crate::harness::Output;
use crate::stores::copy;

fn rollback(output: &Output, run_id: &str) -> Output {
    output.then().args(["rebuild", "--rollback", run_id]).run()
}

/// The runs of a store, oldest first.
fn runs(output: &Output) -> Vec<String> {
    store(output).runs().into_iter().map(|(_, manifest)| manifest.run_id).collect()
}

#[test]
#[ignore = "slow"]
fn slow_a_rollback_leads_to_the_run_as_it_was_and_the_next_run_loses_nothing() {
    let output = after_days(4);
    let runs = runs(&output);
    // The run before, whose observations are there; and the first, whose are put together again.
    for (at, days) in [(2, 3), (0, 1)] {
        let back = rollback(&output, &runs[at]);
        assert!(back.stdout.contains(&format!("latest is run {}", runs[at])), "{}", back.stdout);
        assert!(back.stderr.contains("to go forward again: reelframe rebuild --rollback 2026030"), "{}", back.stderr);
        assert_eq!((latest(&output).run_id, contents(&output)), (runs[at].clone(), in_one_go(days)));
        assert_eq!(run_folders(&output.path("reels")), runs);
        agrees(&output);
    }
    // Forward.
    rollback(&output, &runs[3]);
    assert_eq!(contents(&output), in_one_go(4));
    agrees(&output);
    // And on from an old run: what came later is in raw/, and the runs before the rollback stay.
    rollback(&output, &runs[1]);
    let next = replay(output.then(), 5).run();
    assert_eq!(contents(&next), in_one_go(5));
    assert_eq!(latest(&next).sequence, 5);
    assert_eq!(run_folders(&next.path("reels")).len(), 5);
    agrees(&next);
}

#[test]
#[ignore = "slow"]
fn slow_a_run_whose_observations_are_gone_is_made_again_of_its_page_logs() {
    let output = after_days(3);
    let first = runs(&output).remove(0);
    output.then().arg("compact").run();
    // The tree before the compaction goes with this.
    replay(output.then(), 4).run();
    let back = rollback(&output, &first);
    assert!(back.stderr.contains(&format!("run {first} was made again as run {first}~2")), "{}", back.stderr);
    assert_eq!((latest(&output).run_id, contents(&output)), (format!("{first}~2"), in_one_go(1)));
    agrees(&output);
    replay(output.then(), 5).run();
    assert_eq!(contents(&output), in_one_go(5));
}

#[test]
fn a_run_that_cannot_be_made_again_is_refused_and_latest_stays() {
    let output = after_days(3);
    let first = runs(&output).remove(0);
    output.then().args(["forget", "willow", "--yes"]).run();
    replay(output.then(), 4).arg("maple").run();
    let before = latest(&output);
    let refused = output.then().args(["rebuild", "--rollback", &first]).status(2);
    refused.stderr_has("page logs of willow are no longer those of that run").run();
    output
        .then()
        .args(["rebuild", "--rollback", "none"])
        .status(2)
        .stderr_has("no such run in")
        .stderr_has(&first)
        .run();
    output.then().args(["rebuild", "--rollback", &first, "--from-run", &first]).status(2).run();
    assert_eq!(latest(&output), before);
    agrees(&output);
}

#[test]
fn a_rollback_to_a_run_with_a_forgotten_account_says_so_and_a_rebuild_is_without_it() {
    let output = after_days(2);
    let [first, second] = [0, 1].map(|at| runs(&output)[at].clone());
    assert!(!rollback(&output, &first).stderr.contains("forget"));
    assert!(!rollback(&output, &second).stderr.contains("forget"));
    output.then().args(["forget", "willow", "--yes"]).run();
    let back = rollback(&output, &second);
    let said =
        "willow was forgotten and has no pages in raw/, and is in the tables again; a rebuild makes tables without";
    assert!(back.stderr.contains(said), "{}", back.stderr);
    assert!(!back.stderr.contains("maple was"), "{}", back.stderr);
    assert!(output.table("reels").iter().any(|row| row["account"] == "willow"));
    output.then().arg("rebuild").run();
    assert!(output.table("reels").iter().all(|row| row["account"] == "maple"));
    agrees(&output);
}

#[test]
fn a_published_run_is_latest_again_only_where_it_is_made_of_the_same_page_logs() {
    let output = after_days(2);
    let [first, second] = [0, 1].map(|at| runs(&output)[at].clone());
    // Of fewer logs: latest stays, and the way back is said.
    let again = replay(output.then(), 1).stdout_has("published already").run();
    assert!(again.stderr.contains(&format!("latest stays at run {second}")), "{}", again.stderr);
    assert!(again.stderr.contains(&format!("reelframe rebuild --rollback {first}")), "{}", again.stderr);
    assert_eq!(latest(&output).run_id, second);
    // Latest itself: nothing to say.
    replay(output.then(), 2).stdout_has("published already").stderr_lacks("latest").run();
    // A rebuild is of the same logs, and the run asked for again leads back from it.
    output.then().args(["rebuild", "--run-id", "rebuilt"]).run();
    replay(output.then(), 2).stderr_has(&format!("latest is run {second} again")).stderr_lacks("stays").run();
    assert_eq!((latest(&output).run_id, contents(&output)), (second, in_one_go(2)));
    agrees(&output);
}

#[test]
fn a_hand_that_moved_latest_loses_no_run() {
    let output = after_days(3);
    let (runs, link) = (runs(&output), output.path("reels/latest"));
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(format!("runs/{}", runs[1]), &link).unwrap();
    assert_eq!(contents(&output), in_one_go(2));
    let next = replay(output.then(), 4).stderr_lacks("never published").run();
    assert_eq!(contents(&next), in_one_go(4));
    assert_eq!(run_folders(&next.path("reels")).len(), 4);
    agrees(&next);
}

#[test]
#[ignore = "slow"]
fn slow_a_published_run_that_a_restored_backup_does_not_know_is_neither_removed_nor_written_over() {
    let output = after_days(1);
    let (store, backup) = (output.path("reels"), output.path("backup"));
    copy(&store, &backup);
    replay(output.then(), 2).run();
    let run = latest(&output).run_id;
    let folder = tree(&store.join("runs").join(&run));
    copy(&backup, &store);
    assert_ne!(latest(&output).run_id, run);
    for command in [&["rebuild", "--run-id", &run][..], &["run", "--replay", "day2"], &["rebuild"]] {
        output.then().args(command.iter().copied()).run();
        assert_eq!(tree(&store.join("runs").join(&run)), folder, "{command:?}");
    }
    let next = replay(output.then(), 3).run();
    assert_eq!((tree(&store.join("runs").join(&run)), contents(&next)), (folder, in_one_go(3)));
    agrees(&next);
}
