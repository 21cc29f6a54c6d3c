//! Only what reelframe made is ever removed: a folder that is no store is refused, and whatever somebody puts into a store
//! stays there and stops nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use testkit::tables::tree;

use super::{after_days, agrees, latest, replay};
use crate::harness::Reelframe;
use crate::stores::copy_of;

/// What people, their tools and file systems leave in folders. Names with a slash are files in a folder.
const FILES: [&str; 15] = [
    ".DS_Store",
    ".nfs00000001",
    ".git/HEAD",
    ".venv/bin/python",
    ".x.partial",
    ".x.going",
    ".y.partial/half",
    ".y.going/half",
    ".probe",
    ".ipynb_checkpoints/a/b",
    "notes.txt",
    "Thumbs.db",
    "backup/old.bak",
    "photos 2026/observed_month=2026-01/a.jpg",
    "_tmp",
];

/// Puts them into a folder; returns their paths.
fn plant(dir: &Path, outside: &Path) -> Vec<PathBuf> {
    let mut planted = Vec::new();
    for name in FILES {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(&path, format!("somebody's {name}")).expect("a file can be written");
        planted.push(path);
    }
    for (name, target) in [("to a folder", outside), ("to nothing", Path::new("nowhere"))] {
        symlink(target, dir.join(name)).expect("a link can be made");
        planted.push(dir.join(name));
    }
    planted
}

fn holds(path: &Path) -> bool {
    match fs::read_link(path) {
        Ok(_) => true,
        Err(_) => fs::read_to_string(path).is_ok_and(|text| text.starts_with("somebody's ")),
    }
}

#[test]
#[ignore = "slow"]
fn slow_whatever_is_put_into_a_store_stays_there_and_stops_nothing() {
    let output = after_days(2);
    let root = output.path("reels");
    for account in ["maple", "willow"] {
        fs::create_dir_all(root.join("rejected").join(account)).unwrap();
    }
    let outside = output.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "somebody's file").unwrap();
    let tree_now = root.join(latest(&output).observation_tree.expect("a tree"));
    let month = tree_now.join("observed_month=2026-03");
    let mut folders: Vec<PathBuf> = [
        "",
        "raw",
        "raw/maple",
        "raw/willow",
        "runs",
        ".observations",
        "rejected",
        "rejected/maple",
        "rejected/willow",
    ]
    .into_iter()
    .map(|name| root.join(name))
    .chain([tree_now, month])
    .collect();
    folders.extend(fs::read_dir(root.join("runs")).unwrap().map(|run| run.unwrap().path()));
    let mut planted: Vec<PathBuf> = folders.iter().flat_map(|dir| plant(dir, &outside)).collect();
    // A copy of a run is somebody's own, too.
    let run = fs::canonicalize(root.join("latest")).unwrap();
    fs::create_dir(root.join("runs/before the update")).unwrap();
    for name in ["manifest.json", "_SUCCESS"] {
        fs::copy(run.join(name), root.join("runs/before the update").join(name)).unwrap();
    }
    planted.push(outside.join("file"));

    replay(output.then(), 3).args(["--keep-runs", "2"]).run();
    let commands: [&[&str]; 5] = [
        &["compact", "--keep-runs", "2"],
        &["rebuild", "--keep-runs", "2"],
        &["verify"],
        &["forget", "willow", "--yes", "--keep-runs", "2"],
        &["status"],
    ];
    for args in commands {
        let done = output.then().args(args.iter().copied()).run();
        for word in ["photos", "backup", "before the update"] {
            assert!(!done.stdout.contains(word), "{args:?}: {}", done.stdout);
        }
        let gone: Vec<&PathBuf> = planted.iter().filter(|path| !holds(path)).collect();
        assert!(gone.is_empty(), "{args:?}: {gone:?}");
    }
    assert_eq!(fs::read_dir(root.join("runs/before the update")).unwrap().count(), 2);
    assert_eq!(output.table("accounts").len(), 1);
    // The runs beyond those that are kept are gone but for what is not theirs.
    assert_eq!(super::store(&output).runs().len(), 2);
}

#[test]
fn a_folder_with_other_files_is_no_store_unless_it_is_asked_to_be_one() {
    let template = after_days(1);
    let mistyped = copy_of(&template);
    let dir = mistyped.dir().join("project");
    fs::create_dir(&dir).unwrap();
    let planted = ["", "raw", "runs", "observations"].iter().flat_map(|name| {
        fs::create_dir_all(dir.join(name)).unwrap();
        plant(&dir.join(name), &template.path("reels"))
    });
    let planted: Vec<PathBuf> = planted.collect();
    let mut output = mistyped.args(["lint", "reels"]).run();
    let before = tree(&dir);
    let commands: [&[&str]; 14] = [
        &["run", "maple"],
        &["run", "--replay", "reels/raw"],
        &["fetch", "maple"],
        &["fetch", "--replay", "reels/raw"],
        &["rebuild"],
        &["compact"],
        &["forget", "maple", "--yes"],
        &["verify"],
        &["status"],
        &["report"],
        &["query", "overview"],
        &["export", "--out", "tables"],
        &["run", "maple", "--dry-run"],
        &["doctor"],
    ];
    for args in commands {
        let command =
            output.then().env("AISA_API_KEY", "any-key-at-all").args(args.iter().copied()).args(["--store", "project"]);
        output = command.any_status(&[2]).run();
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("project"), "{args:?}: {said}");
        assert_eq!(tree(&dir), before, "{args:?}");
    }
    output.then().args(["run", "--replay", "reels/raw", "--store", "project"]).status(2).stderr_has("--init").run();
    output.then().args(["run", "--replay", "reels/raw", "--store", "project/raw", "--init"]).run();
    assert!(planted.iter().all(|path| holds(path)));
    assert!(dir.join("raw/.reelframe").is_file());
}

#[test]
fn a_store_that_is_not_there_is_made_by_no_command_but_those_that_bring_pages() {
    let commands: [&[&str]; 8] = [
        &["rebuild"],
        &["compact"],
        &["forget", "maple", "--yes"],
        &["verify"],
        &["status"],
        &["report"],
        &["query", "overview"],
        &["export", "--out", "tables"],
    ];
    for args in commands {
        let output =
            Reelframe::new().args(args.iter().copied()).args(["--store", "typo"]).status(2).stderr_has("typo").run();
        assert_eq!(fs::read_dir(output.dir()).unwrap().count(), 0, "{args:?}");
    }
    // Nor by one that cannot bring any.
    for args in [&["run", "maple"][..], &["fetch", "maple"], &["run", "--replay", "none"], &["run"]] {
        let output = Reelframe::new().args(args.iter().copied()).any_status(&[2, 6]).run();
        assert_eq!(fs::read_dir(output.dir()).unwrap().count(), 0, "{args:?}");
    }
}

#[test]
fn a_store_of_an_earlier_version_is_marked_once_and_a_newer_one_is_refused() {
    let output = after_days(1);
    let marker = output.path("reels/.reelframe");
    fs::remove_file(&marker).unwrap();
    output.then().arg("status").stderr_lacks(".reelframe").run();
    assert!(!marker.exists());
    replay(output.then(), 2).stderr_has("a store of an earlier version").run();
    replay(output.then(), 3).stderr_lacks("earlier version").run();
    agrees(&output);
    fs::write(&marker, r#"{"store_version": 2, "id": "later"}"#).unwrap();
    let before = tree(&output.path("reels"));
    for args in [&["rebuild"][..], &["status"], &["run", "maple"], &["verify"]] {
        output.then().args(args.iter().copied()).status(2).stderr_has("version 2").run();
    }
    assert_eq!(tree(&output.path("reels")), before);
}
