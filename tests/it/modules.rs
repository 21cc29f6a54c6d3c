//! The layout of the sources: imports run one way between modules and in no circle inside one, and files stay short.
//!
//! [`MODULES`] lists what each module may import. A new import between modules is a new entry there, or a mistake.

mod imports;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules that it may import, the lowest first.
const MODULES: [(&str, &[&str]); 18] = [
    ("error", &[]),
    ("time", &[]),
    ("json", &[]),
    ("nearest", &[]),
    ("fs", &["error"]),
    ("schema", &[]),
    ("instagram", &["error", "json", "schema"]),
    ("formats", &["error", "fs", "json", "schema"]),
    ("lint", &["error", "formats", "fs", "schema"]),
    ("transform", &["error", "instagram", "json", "schema"]),
    ("config", &["error", "formats"]),
    ("store", &["error", "formats", "fs", "json", "schema", "time"]),
    ("query", &["error", "formats", "fs", "json", "nearest", "schema"]),
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
    (
        "cli",
        &[
            "config",
            "error",
            "fetch",
            "formats",
            "fs",
            "instagram",
            "json",
            "lint",
            "nearest",
            "pipeline",
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

/// The most lines of a file.
const MOST_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder, sorted.
pub(crate) fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a source can be read")
}

#[test]
fn imports_run_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MODULES.into_iter().collect();
    let first = |module: &str| module.split("::").next().unwrap_or_default().to_owned();
    let mut violations = Vec::new();
    for (file, imported) in imports::read(&root().join("src")) {
        let module = first(&file);
        let Some(may_import) = allowed.get(module.as_str()) else {
            violations.push(format!("{file}: {module} is not in the list"));
            continue;
        };
        for other in imported {
            let other_module = first(&other);
            if other_module != module && !may_import.contains(&other_module.as_str()) {
                violations.push(format!("{file} may not import {other}"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_list_itself_runs_one_way() {
    for (at, (module, imported)) in MODULES.iter().enumerate() {
        for other in *imported {
            assert!(MODULES[..at].iter().any(|(lower, _)| lower == other), "{module} comes before {other}");
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = imports::circles(&imports::read(&root().join("src")));
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn the_pure_modules_use_neither_disk_nor_network_nor_clock() {
    for module in ["transform", "instagram"] {
        for file in sources(&root().join("src").join(module)) {
            for word in ["std::fs", "std::net", "Utc::now", "SystemTime", "Instant::now", "reqwest", "tokio"] {
                assert!(!text(&file).contains(word), "{}: {word}", file.display());
            }
        }
    }
}

/// clippy.toml bans file system calls elsewhere: they could take what cannot be read for what is absent, and no test
/// could make them fail.
#[test]
fn only_the_fs_module_may_call_the_file_system() {
    let src = root().join("src");
    let mut files = sources(&src);
    files.retain(|file| text(file).contains("disallowed_methods"));
    assert_eq!(files, ["fs.rs", "lib.rs"].map(|name| src.join(name)));
    assert!(text(&src.join("lib.rs")).contains("#![cfg_attr(test, allow(clippy::disallowed_methods))]"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    for folder in ["src", "tests", "testkit", "tools", "benches", "examples"] {
        for file in sources(&root().join(folder)) {
            let text = text(&file);
            assert!(text.starts_with("//!"), "{} does not open with //!", file.display());
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
        }
    }
}

/// Output goes through one place, where nothing can control a terminal and a full stream is no panic. (The faults of
/// debug builds, in the module `fs`, are only for tests.)
#[test]
fn only_the_output_module_prints() {
    let src = root().join("src");
    let is_of_fs = |file: &Path| file.strip_prefix(&src).is_ok_and(|path| path.starts_with("fs"));
    for file in sources(&src).iter().filter(|file| !is_of_fs(file)) {
        for print in ["print!(", "println!(", "clap.exit()", "dbg!("] {
            assert!(!text(file).contains(print), "{}: {print}", file.display());
        }
    }
}
