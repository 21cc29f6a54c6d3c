//! What of a store is gone or changed since it was published: `verify` names it and changes nothing, and no run is
//! published on top of lost page logs unless that is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};
use testkit::store::{SUCCESS, edit_manifest};
use testkit::tables::tree;

use super::{after_days, contents, in_one_go, latest, replay, store};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

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
    store(output).logs(account).remove(0)
}

/// The name of a log, which stands in the path that is said.
fn name(log: &Path) -> String {
    log.file_name().expect("a log has a name").to_string_lossy().into_owned()
}

#[test]
#[ignore = "slow"]
fn slow_lost_page_logs_are_named_and_stop_a_run_until_that_is_accepted() {
    let template = after_days(2);
    for is_removed in [true, false] {
        let output = copy_of(&template).args(["lint", "reels"]).run();
        let log = first_log(&output, "maple");
        let bytes = fs::read(&log).unwrap();
        if is_removed {
            fs::remove_file(&log).unwrap();
        } else {
            fs::write(&log, &bytes[..bytes.len() - 1]).unwrap();
        }
        output.then().arg("verify").status(4).stderr_has(&name(&log)).stdout_has("1 difference\n").run();
        let before = latest(&output);
        let fetch = |command: Reelframe| command.args(["fetch", "maple", "--replay", "day3"]);
        let commands: [&dyn Fn(Reelframe) -> Reelframe; 5] = [
            &|command| replay(command, 3),
            &fetch,
            &|command| command.arg("rebuild"),
            &|command| command.arg("compact"),
            &|command| command.args(["forget", "willow", "--yes"]),
        ];
        // It is one check, which each command makes.
        for command in commands.into_iter().take(if is_removed { 5 } else { 1 }) {
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
    let listed: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: Vec<Value> = store(&output)
        .logs("maple")
        .into_iter()
        .map(|log| {
            let bytes = fs::read(&log).unwrap();
            let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
            json!(["maple", name(&log), bytes.len(), hash])
        })
        .collect();
    assert_eq!(listed, expected);
}

/// What takes a log away from its place, or bytes from it, of which none was in the tables.
#[test]
fn logs_that_move_and_lines_that_were_cut_off_are_no_loss() {
    let output = after_days(3);
    let partial = |log: &Path| {
        let mut partial = log.as_os_str().to_owned();
        partial.push(".partial");
        PathBuf::from(partial)
    };
    let renamed = |log: &Path, name: &str| log.with_file_name(self::name(log).replace(".ndjson", name));
    type Change<'a> = &'a dyn Fn(&Path);
    let append = |log: &Path| {
        let bytes = fs::read(log).unwrap();
        fs::write(log, [&bytes[..], &bytes[..20]].concat()).unwrap();
    };
    let cut = |log: &Path| {
        let bytes = fs::read(log).unwrap();
        fs::write(log, &bytes[..bytes.len() - 20]).unwrap();
    };
    // What is done before a run is published, and after it.
    let changes: [(Change, Change); 5] = [
        (&|log| fs::rename(log, partial(log)).unwrap(), &|log| fs::rename(partial(log), log).unwrap()),
        (&append, &cut),
        (
            &|log| {
                append(log);
                fs::rename(log, partial(log)).unwrap();
            },
            &|log| cut(&partial(log)),
        ),
        (&|_| {}, &|log| fs::rename(log, renamed(log, "~2.ndjson")).unwrap()),
        (&|_| {}, &|log| {
            let other = log.with_file_name("../grove");
            fs::create_dir(&other).unwrap();
            fs::rename(log, other.join(self::name(log))).unwrap();
        }),
    ];
    let logs: Vec<PathBuf> = ["maple", "willow"].into_iter().flat_map(|account| store(&output).logs(account)).collect();
    changes.iter().zip(&logs).for_each(|((before, _), log)| before(log));
    output.then().arg("rebuild").run();
    changes.iter().zip(&logs).for_each(|((_, after), log)| after(log));
    let verified = output.then().arg("verify").any_status(&[0, 4]).run();
    assert!(!verified.stderr.contains("bytes are left"), "{}", verified.stderr);
    assert!(!verified.stderr.contains("is missing"), "{}", verified.stderr);
    output.then().arg("rebuild").run();
    assert_eq!(contents(&output), in_one_go(3));
}

#[test]
#[ignore = "slow"]
fn slow_a_forgotten_account_is_no_loss_also_after_a_rollback() {
    // Forgotten from a run, and back to that run.
    let output = after_days(1);
    let first = latest(&output).run_id;
    output.then().args(["forget", "willow", "--yes"]).run();
    output.then().args(["rebuild", "--rollback", &first]).run();
    replay(output.then(), 2).arg("maple").run();
    // Not in the newest tables, but in those of a later run.
    let output = replay(Reelframe::new(), 1).arg("maple").run();
    let first = latest(&output).run_id;
    replay(output.then(), 2).run();
    output.then().args(["rebuild", "--rollback", &first]).run();
    output.then().args(["forget", "willow", "--yes"]).run();
    replay(output.then(), 3).arg("maple").run();
}

#[test]
fn an_account_without_any_log_left_is_a_loss_once() {
    let output = after_days(1);
    fs::remove_dir_all(output.path("reels/raw/willow")).unwrap();
    replay(output.then(), 1).arg("maple").status(4).stderr_has("willow").run();
    replay(output.then(), 1).args(["maple", "--accept-loss"]).stderr_has("are removed from the tables").run();
    assert_eq!(
        output.then().args(["query", "SELECT account FROM accounts", "--format", "csv"]).run().stdout,
        "account\nmaple\n"
    );
    output.then().arg("rebuild").stderr_lacks("willow").run();
}

#[test]
fn a_run_of_an_earlier_version_lists_no_logs_and_stops_nothing() {
    let output = after_days(2);
    for (run, _) in store(&output).runs() {
        fs::remove_file(run.join("_state/logs.zst")).unwrap();
        edit_manifest(&run, |manifest| {
            manifest["files"].as_array_mut().unwrap().retain(|file| file["path"] != "_state/logs.zst");
        });
    }
    output.then().arg("verify").stdout_has("0 differences").run();
    let gone = first_log(&output, "maple");
    fs::remove_file(&gone).unwrap();
    replay(output.then(), 3).run();
    // From now on they are listed.
    fs::remove_file(first_log(&output, "maple")).unwrap();
    replay(output.then(), 4).status(4).stderr_lacks(&name(&gone)).run();
}

#[test]
fn verify_sees_every_kept_run_and_changes_nothing() {
    harm_kept_runs(step(4));
}

#[test]
#[ignore = "slow"]
fn slow_verify_sees_every_kept_run_and_changes_nothing() {
    harm_kept_runs(1);
}

fn harm_kept_runs(step: usize) {
    let template = after_days(3);
    let runs = super::run_folders(&template.path("reels"));
    let trees: Vec<String> = store(&template)
        .runs()
        .into_iter()
        .filter_map(|(_, manifest)| manifest.observations.first().map(|file| file.path.clone()))
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
        format!("runs/{first}/_state/reels.parquet"),
        format!("runs/{last}/manifest.json"),
        format!("runs/{first}/{SUCCESS}"),
        trees[0].clone(),
        trees[1].clone(),
    ];
    for place in places.iter().step_by(step) {
        for is_removed in [true, false] {
            let output = copy_of(&template).args(["lint", "runs"]).any_status(&[0, 2, 4]).run();
            let path = output.path("reels").join(place);
            let mut bytes = fs::read(&path).unwrap();
            // A second name of the same bytes, in another tree, stays as it is.
            fs::remove_file(&path).unwrap();
            if !is_removed {
                bytes[10] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
            let before = tree(&output.path("reels"));
            let (dir, file) = place.rsplit_once('/').unwrap();
            output.then().arg("verify").status(4).stderr_has(dir).stderr_has(file).run();
            assert_eq!(tree(&output.path("reels")), before, "{place}");
        }
    }
}

#[test]
fn a_run_after_a_loss_that_was_accepted_has_what_is_left() {
    let output = after_days(2);
    for account in ["maple", "willow"] {
        fs::remove_file(store(&output).logs(account).remove(1)).unwrap();
    }
    output.then().args(["rebuild", "--accept-loss"]).stderr_has("are removed from the tables").run();
    assert_eq!(contents(&output), in_one_go(1));
}
