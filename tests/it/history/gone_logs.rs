//! What of a store is gone or changed since it was published: `verify` names it and changes nothing, and no run is
//! published on top of lost page logs unless that is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{after_days, contents, copy, in_one_go, latest, replay, store};
use crate::harness::{Output, Reelframe};
use crate::tables::tree;

/// Everything below a folder, folders included, with what a change of it moves.
fn times(dir: &Path) -> BTreeMap<PathBuf, (SystemTime, u64)> {
    let mut found = BTreeMap::new();
    let mut next = vec![dir.to_owned()];
    while let Some(path) = next.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        if metadata.is_dir() {
            next.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        found.insert(path, (metadata.modified().expect("a time"), metadata.ino()));
    }
    found
}

fn first_log(output: &Output, account: &str) -> PathBuf {
    store(output).logs(account).expect("raw/ can be listed").remove(0)
}

/// The name of a log, which stands in the path that is said.
fn name(log: &Path) -> String {
    log.file_name().expect("a log has a name").to_string_lossy().into_owned()
}

#[test]
fn lost_page_logs_are_named_and_stop_a_run_until_that_is_accepted() {
    let template = after_days(2);
    for is_removed in [true, false] {
        let output = copy(&template).args(["lint", "reels"]).run();
        let log = first_log(&output, "maple");
        let bytes = fs::read(&log).unwrap();
        if is_removed {
            fs::remove_file(&log).unwrap();
        } else {
            fs::write(&log, &bytes[..bytes.len() - 1]).unwrap();
        }
        output.then().arg("verify").status(4).stderr_has(&name(&log)).stdout_has("1 difference\n").run();
        let before = latest(&output);
        let commands: [&dyn Fn(Reelframe) -> Reelframe; 3] =
            [&|command| replay(command, 3), &|command| command.arg("rebuild"), &|command| {
                command.args(["forget", "willow", "--yes"])
            }];
        for command in commands {
            let refused = command(output.then()).status(4).stderr_has(&name(&log)).stderr_has("--accept-loss").run();
            assert!(refused.stderr.contains("are gone"), "{}", refused.stderr);
            assert_eq!(latest(&output), before);
        }
        fs::write(&log, &bytes).unwrap();
        output.then().arg("verify").stdout_has("0 differences").run();
        fs::remove_file(&log).unwrap();
        replay(output.then(), 3).arg("--accept-loss").stderr_has(&name(&log)).run();
        // It is said once: the run that accepted it is made of what is there.
        output.then().arg("verify").stdout_has("0 differences").run();
        replay(output.then(), 4).stderr_lacks(&name(&log)).run();
    }
}

#[test]
fn page_logs_that_grow_and_whose_account_is_forgotten_are_no_loss() {
    let output = after_days(2);
    output.then().args(["forget", "willow", "--yes"]).run();
    replay(output.then(), 3).arg("maple").run();
    output.then().arg("verify").stdout_has("0 differences").run();
    // Every run lists each log that it is made of.
    let run = fs::canonicalize(output.path("reels/latest")).unwrap();
    let text = zstd::decode_all(fs::File::open(run.join("_state/logs.zst")).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let listed: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let expected: Vec<Vec<String>> = store(&output)
        .logs("maple")
        .unwrap()
        .into_iter()
        .map(|log| {
            let bytes = fs::read(&log).unwrap();
            let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
            vec!["maple".to_owned(), name(&log), bytes.len().to_string(), hash]
        })
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn verify_sees_every_kept_run_and_changes_nothing() {
    let template = after_days(3);
    let runs = super::run_folders(&template.path("reels"));
    let trees: Vec<String> = store(&template)
        .runs()
        .unwrap()
        .into_iter()
        .filter_map(|run| run.manifest().unwrap().observations.first().map(|file| file.path.clone()))
        .filter(|path| template.path("reels").join(path).exists())
        .collect();
    assert_eq!(trees.len(), 2, "those of the newest run and of the one before");
    let tmp = template.path("tmp");
    fs::create_dir(&tmp).unwrap();
    fs::remove_file(template.path("reels/.lock")).unwrap();
    let before = times(&template.path("reels"));
    let healthy = template.then().env("TMPDIR", &tmp.to_string_lossy()).arg("verify").stdout_has("0 differences").run();
    assert_eq!(times(&template.path("reels")), before, "{}", healthy.stderr);
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0);
    let (first, last) = (&runs[0], &runs[2]);
    let places = [
        format!("runs/{first}/manifest.json"),
        format!("runs/{first}/reels.csv"),
        format!("runs/{first}/_state/state.parquet"),
        format!("runs/{last}/manifest.json"),
        trees[0].clone(),
        trees[1].clone(),
    ];
    for place in &places {
        for is_removed in [true, false] {
            let output = copy(&template).args(["lint", "runs"]).any_status(&[0, 2, 4]).run();
            let path = output.path("reels").join(place);
            let mut bytes = fs::read(&path).unwrap();
            // A second name of the same bytes, in another tree, stays as it is.
            fs::remove_file(&path).unwrap();
            if !is_removed {
                bytes[10] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
            let before = tree(&output.path("reels"));
            output.then().arg("verify").status(4).stderr_has(place).run();
            assert_eq!(tree(&output.path("reels")), before, "{place}");
        }
    }
}

#[test]
fn a_run_after_a_loss_that_was_accepted_has_what_is_left() {
    let output = after_days(2);
    for account in ["maple", "willow"] {
        fs::remove_file(store(&output).logs(account).unwrap().remove(1)).unwrap();
    }
    output.then().args(["rebuild", "--accept-loss"]).stderr_has("leave the tables").run();
    assert_eq!(contents(&output), in_one_go(1));
}
