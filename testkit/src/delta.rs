//! Reads the log of a Delta table as any reader of Delta would: version after version, action after action.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The files of the newest version, each with its rows by the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub version: usize,
    pub files: BTreeMap<String, u64>,
    /// How often a file was added and removed, over all versions.
    pub adds: usize,
    pub removes: usize,
}

/// `None` where there is no log.
///
/// # Panics
/// If the log breaks a rule of Delta: versions count from 0, and the first says protocol and schema.
pub fn snapshot(table_dir: &Path) -> Option<Snapshot> {
    let log = table_dir.join("_delta_log");
    let mut snapshot = Snapshot::default();
    let mut version = 0;
    while let Ok(text) = fs::read_to_string(log.join(format!("{version:020}.json"))) {
        let actions: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let has = |name: &str| actions.iter().any(|action| action.get(name).is_some());
        assert_eq!(has("protocol"), version == 0, "{text}");
        assert!(version > 0 || has("metaData"), "{text}");
        let txn: Vec<&Value> = actions.iter().filter_map(|action| action.get("txn")).collect();
        assert!(txn.len() == 1 && txn[0]["version"] == version, "{text}");
        for action in &actions {
            if let Some(remove) = action.get("remove") {
                snapshot.removes += 1;
                assert!(snapshot.files.remove(path(remove)).is_some(), "removed, and not there: {remove}");
            }
            if let Some(add) = action.get("add") {
                snapshot.adds += 1;
                snapshot.files.insert(path(add).to_owned(), rows(add));
            }
        }
        snapshot.version = version;
        version += 1;
    }
    let names = fs::read_dir(&log).map_or(0, |names| {
        names.flatten().filter(|name| name.file_name().to_string_lossy().ends_with(".json")).count()
    });
    assert_eq!(names, version, "a gap in {}", log.display());
    (version > 0).then_some(snapshot)
}

fn path(action: &Value) -> &str {
    action["path"].as_str().expect("a path")
}

fn rows(add: &Value) -> u64 {
    let stats: Option<Value> = add["stats"].as_str().map(|stats| serde_json::from_str(stats).expect("JSON"));
    stats.map_or(0, |stats| stats["numRecords"].as_u64().expect("a number of rows"))
}
