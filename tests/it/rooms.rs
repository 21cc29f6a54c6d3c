//! Imports run one way: each room uses only those that this list gives it. A new use is a new line here, or a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use, in the reading order of lib.rs.
const ROOMS: [(&str, &[&str]); 16] = [
    ("error", &[]),
    ("time", &[]),
    ("json", &[]),
    ("fs", &["error"]),
    ("schema", &[]),
    ("instagram", &["error", "json", "schema"]),
    ("formats", &["error", "fs", "json", "schema"]),
    ("lint", &["error", "formats", "fs", "schema"]),
    ("transform", &["error", "instagram", "json", "schema"]),
    ("config", &["error", "formats"]),
    ("store", &["error", "fs", "json", "schema", "time"]),
    ("query", &["error", "formats", "fs", "json", "schema"]),
    ("report", &["error", "formats", "fs", "json", "query", "schema"]),
    ("replay", &["config", "error", "fs", "instagram", "json", "schema", "store", "time"]),
    ("fetch", &["config", "error", "fs", "instagram", "json", "schema", "store", "time"]),
    (
        "pipeline",
        &[
            "config",
            "error",
            "fetch",
            "formats",
            "fs",
            "instagram",
            "query",
            "replay",
            "report",
            "schema",
            "store",
            "time",
            "transform",
        ],
    ),
];

fn sources(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The room a file belongs to, by its first name below src.
fn room(path: &Path, src: &Path) -> String {
    let first = path.strip_prefix(src).expect("below src").components().next().expect("a name");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names after `crate::`, also in a list: `crate::{error, sink::Format}`.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = &list[..list.find('}').expect("a list ends")];
                rooms.extend(list.split(',').map(|item| word(item.trim())));
            }
            None => {
                rooms.insert(word(rest));
            }
        }
    }
    rooms
}

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let mut breaches = Vec::new();
    for file in files {
        let room = room(&file, &src);
        if ["lib", "main", "cli"].contains(&room.as_str()) {
            continue;
        }
        let Some(may_use) = allowed.get(room.as_str()) else {
            breaches.push(format!("{}: '{room}' is no room of the list", file.display()));
            continue;
        };
        for other in used(&fs::read_to_string(&file).expect("a source can be read")) {
            if allowed.contains_key(other.as_str())
                && other != room
                && (room.as_str(), other.as_str()) != ("config", "cli")
                && !may_use.contains(&other.as_str())
            {
                breaches.push(format!("{}: {room} may not use {other}", file.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_list_itself_runs_one_way() {
    for (at, (room, uses)) in ROOMS.iter().enumerate() {
        for other in *uses {
            assert!(ROOMS[..at].iter().any(|(earlier, _)| earlier == other), "{room} comes before {other}");
        }
    }
}

#[test]
fn the_pure_rooms_touch_neither_disk_nor_network_nor_clock() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src.join("transform"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("a source can be read");
        for word in ["std::fs", "std::net", "Utc::now", "SystemTime", "Instant", "reqwest", "tokio"] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

/// clippy.toml keeps the program from reading and changing the disk elsewhere: such a read may take what cannot be read
/// for what is not there, and no test could fail it.
#[test]
fn only_the_disk_room_is_allowed_to_go_to_the_disk() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let allows =
        |file: &PathBuf| fs::read_to_string(file).expect("a source can be read").contains("disallowed_methods");
    files.retain(allows);
    files.sort();
    assert_eq!(files, ["fs.rs", "lib.rs"].map(|name| src.join(name)));
    let lib = fs::read_to_string(src.join("lib.rs")).expect("a source can be read");
    assert!(lib.contains("#![cfg_attr(test, allow(clippy::disallowed_methods))]"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_read_in_one_sitting() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "testkit", "tools", "benches"] {
        sources(&root.join(folder), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).expect("a source can be read");
        assert!(text.starts_with("//!"), "{} does not open with //!", file.display());
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines", file.display());
    }
}

/// What is said passes one place, where nothing steers a terminal and a stream that is full is no panic. (The faults of
/// debug builds, in the room of the disk, are for tests alone.)
#[test]
fn nobody_prints_but_the_room_for_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files.iter().filter(|file| room(file, &src) != "fs") {
        let text = fs::read_to_string(file).expect("a source can be read");
        for print in ["print!(", "println!(", "clap.exit()", "dbg!("] {
            assert!(!text.contains(print), "{}: {print}", file.display());
        }
    }
}
