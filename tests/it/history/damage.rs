//! Damage by time or by hand: it is repaired or reported, and nothing is lost.

use std::fs;
use std::path::Path;

use testkit::store::{MANIFEST, SUCCESS, publish};
use testkit::tables::tree;

use super::{after_days, contents, in_one_go, latest, replay};
use crate::harness::{Output, Reelframe};

/// Writes over a text in the newest run's manifest and, where `vouched`, has `_SUCCESS` say that this is right.
pub(super) fn replace_in_manifest(output: &Output, from: &str, to: &str, vouched: bool) {
    let dir = fs::canonicalize(output.path("reels/latest")).expect("latest leads to a run");
    let text = fs::read_to_string(dir.join(MANIFEST)).expect("a manifest");
    assert!(text.contains(from), "{text}");
    let text = text.replace(from, to);
    fs::write(dir.join(MANIFEST), &text).expect("written");
    if vouched {
        publish(&dir, &text);
    }
}

pub(super) fn count(output: &Output) -> Reelframe {
    output.then().args(["query", "--format", "csv", "SELECT COUNT(*) AS n FROM reels"])
}

#[test]
fn a_lost_latest_is_found_again() {
    let output = after_days(2);
    fs::remove_file(output.path("reels/latest")).unwrap();
    // The file beside it says the same.
    count(&output).stdout("n\n10\n").stderr_lacks("does not point to a published run").run();
    fs::remove_file(output.path("reels/latest.json")).unwrap();
    count(&output).stdout("n\n10\n").stderr_has("does not point to a published run").run();
    let next = replay(output.then(), 3).run();
    assert_eq!(contents(&next), in_one_go(3));
}

#[test]
fn a_run_folder_without_success_was_never_published() {
    let output = after_days(2);
    fs::remove_file(output.path("reels/latest").join(SUCCESS)).unwrap();
    // Readers go by the run before, which had 4 reels of each account.
    count(&output).stdout("n\n8\n").stderr_has("does not point to a published run").run();
    let next = replay(output.then(), 3).run();
    assert_eq!(contents(&next), in_one_go(3));
}

#[test]
fn a_manifest_that_was_changed_is_named_and_the_next_run_goes_by_the_one_before() {
    let output = after_days(2);
    replace_in_manifest(&output, "\"pages\": 2", "\"pages\": 3", false);
    count(&output).status(9).stderr_has("manifest.json was changed after the run was published").run();
    let next = replay(output.then(), 3).run();
    assert_eq!(contents(&next), in_one_go(3));
    count(&next).stdout("n\n12\n").run();
}

#[test]
fn a_store_whose_only_run_is_damaged_is_rebuilt() {
    for damaged in [SUCCESS, MANIFEST] {
        let output = after_days(1);
        fs::write(output.path("reels/latest").join(damaged), "{}").unwrap();
        let next = replay(output.then(), 2).run();
        assert_eq!(contents(&next), in_one_go(2), "{damaged}");
    }
}

#[test]
fn tables_that_are_not_what_was_published_are_not_built_upon() {
    for file in ["reels.parquet", "_state/reels.parquet"] {
        let output = after_days(2);
        let path = output.path("reels/latest").join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(&path, bytes).unwrap();
        let next = replay(output.then(), 3).stderr_has("rebuilding from raw/").stderr_has(file).run();
        assert_eq!(contents(&next), in_one_go(3), "{file}");
    }
    let output = after_days(2);
    fs::remove_file(output.path("reels").join(&latest(&output).observations[0].path)).unwrap();
    let next = replay(output.then(), 3).stderr_has("rebuilding from raw/").run();
    assert_eq!(contents(&next), in_one_go(3));
}

#[test]
fn a_store_of_a_newer_program_is_left_as_it_is() {
    let output = after_days(1);
    replace_in_manifest(&output, "\"schema_version\": 7", "\"schema_version\": 99", true);
    let without_lock = |output: &Output| {
        let mut files = tree(&output.path("reels"));
        files.retain(|path, _| !path.ends_with(".lock"));
        files
    };
    let before = without_lock(&output);
    replay(output.then(), 2).status(2).stderr_has("newer program").run();
    for command in ["rebuild", "compact", "verify", "status", "report"] {
        output.then().arg(command).status(2).stderr_has("newer program").run();
    }
    count(&output).status(2).stderr_has("newer program").run();
    output.then().args(["forget", "maple", "--yes"]).status(2).stderr_has("newer program").run();
    assert_eq!(without_lock(&output), before);
}

#[test]
fn a_table_that_the_pages_do_not_give_is_found_by_verify() {
    let output = after_days(1);
    let path = output.path("reels/latest/hashtags.csv");
    let text = fs::read_to_string(&path).unwrap();
    let old = blake3::hash(text.as_bytes()).to_hex().to_string();
    let text = text.replacen("moss", "mess", 1);
    fs::write(&path, &text).unwrap();
    output.then().arg("verify").status(4).stderr_has("hashtags.csv does not match its published checksum").run();
    // Even where the manifest was made to agree.
    replace_in_manifest(&output, &old, blake3::hash(text.as_bytes()).to_hex().as_str(), true);
    output.then().arg("verify").status(4).stderr_has("hashtags.csv differs from a rebuild of raw/").run();
    output.then().arg("rebuild").run();
    output.then().arg("verify").stdout_has("0 differences").run();
    assert!(!Path::new(&output.path("reels/runs/.verify.partial")).exists());
}
