//! The log of a Delta table: one file of JSON lines a version, which says what files the table gains and loses.
//!
//! Reader version 1 and writer version 2, which every reader of Delta takes. There are no checkpoints. Nothing comes from a
//! clock, so that equal histories have equal logs but for the store's id.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::fs;
use crate::schema::column::{Column, ColumnType, Table};

/// The folder of the log, in that of the table.
pub(crate) const LOG_DIR: &str = "_delta_log";

/// What of a path is not escaped in a log.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'=').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    Protocol(Value),
    MetaData(Value),
    Remove(Value),
    Add(Add),
    Txn(Value),
    CommitInfo(Value),
}

/// A file that the table gains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Add {
    /// Within the table's folder, escaped.
    path: String,
    partition_values: BTreeMap<String, String>,
    size: u64,
    /// Of its newest observation.
    modification_time: i64,
    data_change: bool,
    /// Of the rows, as JSON; `None` of a file that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<String>,
    tags: BTreeMap<String, String>,
}

/// A file of the table as it should be.
pub(crate) struct DeltaFile {
    /// Within the table's folder.
    pub path: PathBuf,
    pub bytes: u64,
    pub blake3: String,
    pub partition: Option<(String, String)>,
}

impl DeltaFile {
    /// As the log names it.
    pub(crate) fn escaped_path(&self) -> String {
        escaped(&self.path)
    }
}

/// What the log is of.
pub(crate) struct DeltaTable<'a> {
    pub table: Table,
    /// The column whose value is in the name of the folder, and not in the files.
    pub partition_column: Option<&'a str>,
    /// Columns that the table leaves out.
    pub without: &'a [&'a str],
    pub store_id: &'a str,
    pub run_id: &'a str,
}

/// What the log says of a file's rows.
#[derive(Clone)]
pub(crate) struct Described {
    /// Statistics as JSON; `None` of a file that cannot be read.
    pub statistics: Option<String>,
    /// When the newest of them was observed, in milliseconds since 1970.
    pub newest_at: i64,
}

/// A log as it was read: whole versions from 0 on.
#[derive(Debug, Default)]
pub(crate) struct DeltaLog {
    versions: Vec<String>,
    files: BTreeMap<String, Add>,
    /// The version that removed each of the others.
    removed: BTreeMap<String, usize>,
    schema: Option<String>,
}

/// Whether a table has lost a file.
pub(crate) enum Gone {
    No,
    InVersion(usize),
    NeverThere,
}

impl DeltaLog {
    /// The log in the folder of a table, up to the first version that is missing or not understood, which is a warning;
    /// `None` where there is none.
    pub(crate) fn read(table_dir: &Path) -> Result<Option<Self>> {
        let mut log = Self::default();
        loop {
            let path = version_path(table_dir, log.versions.len());
            let Some(bytes) = fs::read_if_present(&path)? else { break };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Err(error) = log.apply(text) {
                tracing::warn!("{} is not understood, and is written again: {error}", path.display());
                break;
            }
        }
        Ok(Some(log).filter(|log| !log.versions.is_empty()))
    }

    fn apply(&mut self, text: String) -> serde_json::Result<()> {
        let actions: Vec<Action> = text.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?;
        for action in actions {
            match action {
                Action::Add(add) => drop(self.files.insert(add.path.clone(), add)),
                Action::Remove(remove) => {
                    let path = remove["path"].as_str().unwrap_or_default();
                    self.files.remove(path);
                    self.removed.insert(path.to_owned(), self.versions.len());
                }
                Action::MetaData(metadata) => self.schema = metadata["schemaString"].as_str().map(str::to_owned),
                Action::Protocol(_) | Action::Txn(_) | Action::CommitInfo(_) => {}
            }
        }
        self.versions.push(text);
        Ok(())
    }

    /// Whether the folder of the table has versions that this log lacks.
    pub(crate) fn is_broken(&self, table_dir: &Path) -> Result<bool> {
        let versions = fs::list(&table_dir.join(LOG_DIR))?.iter().filter(|path| version_of(path).is_some()).count();
        Ok(versions != self.versions.len())
    }

    /// How many versions it has.
    pub(crate) fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether its newest version has exactly these files.
    pub(crate) fn has(&self, files: &[DeltaFile]) -> bool {
        files.len() == self.files.len() && files.iter().all(|file| self.has_file(file))
    }

    /// Whether and since when its newest version lacks a file in the table's own folder.
    pub(crate) fn gone_since(&self, path: &Path) -> Gone {
        let name = escaped(Path::new(path.file_name().unwrap_or_default()));
        match self.removed.get(&name) {
            _ if self.files.contains_key(&name) => Gone::No,
            Some(version) => Gone::InVersion(*version),
            None => Gone::NeverThere,
        }
    }

    fn has_file(&self, file: &DeltaFile) -> bool {
        self.files.get(&file.escaped_path()).is_some_and(|add| add.tags.get("blake3") == Some(&file.blake3))
    }

    /// The log with one version more, where these files are not those of its newest one. `describe` is asked for the files
    /// that are new.
    pub(crate) fn with(
        mut self,
        table: &DeltaTable,
        files: &[DeltaFile],
        describe: impl Fn(&DeltaFile) -> Result<Described>,
    ) -> Result<Self> {
        let commit = self.commit(table, files, describe)?;
        self.versions.extend(commit);
        Ok(self)
    }

    fn commit(
        &self,
        table: &DeltaTable,
        files: &[DeltaFile],
        describe: impl Fn(&DeltaFile) -> Result<Described>,
    ) -> Result<Option<String>> {
        let schema = schema_string(table)?;
        let has_schema = self.schema.as_ref() == Some(&schema);
        if has_schema && self.has(files) {
            return Ok(None);
        }
        let mut adds = Vec::new();
        for file in files.iter().filter(|file| !self.has_file(file)) {
            let Described { statistics, newest_at } = describe(file)?;
            adds.push(Add {
                path: file.escaped_path(),
                partition_values: file.partition.iter().cloned().collect(),
                size: file.bytes,
                modification_time: newest_at,
                data_change: true,
                stats: statistics,
                tags: BTreeMap::from([("blake3".to_owned(), file.blake3.clone())]),
            });
        }
        // Of the data, and not of a clock.
        let at = self.files.values().chain(&adds).map(|add| add.modification_time).max().unwrap_or_default();
        let mut actions = Vec::new();
        if self.versions.is_empty() {
            actions.push(Action::Protocol(json!({"minReaderVersion": 1, "minWriterVersion": 2})));
        }
        if !has_schema {
            actions.push(metadata(table, &schema, at));
        }
        let stay: HashSet<String> = files.iter().map(DeltaFile::escaped_path).collect();
        let gone = self.files.values().filter(|add| !stay.contains(&add.path));
        actions.extend(gone.map(|add| {
            Action::Remove(json!({
                "path": add.path,
                "deletionTimestamp": at,
                "dataChange": true,
                "extendedFileMetadata": true,
                "partitionValues": add.partition_values,
                "size": add.size,
            }))
        }));
        actions.extend(adds.into_iter().map(Action::Add));
        let app_id = format!("reelframe:{}", table.store_id);
        actions.push(Action::Txn(json!({"appId": app_id, "version": self.versions.len(), "lastUpdated": at})));
        actions.push(Action::CommitInfo(json!({
            "timestamp": at,
            "operation": "WRITE",
            "operationParameters": {},
            "engineInfo": concat!("reelframe/", env!("CARGO_PKG_VERSION")),
            "runId": table.run_id,
        })));
        to_text(&actions).map(Some)
    }
}

impl DeltaLog {
    /// Writes the versions into the folder of a table, each in one step, and removes later ones. Those that are the same as
    /// in another table's folder are links to its files.
    pub(crate) fn write(&self, table_dir: &Path, other: Option<&Path>) -> Result<()> {
        let log = table_dir.join(LOG_DIR);
        if !fs::is_dir(&log)? {
            fs::create_dir(&log)?;
            fs::sync_dir(table_dir)?;
        }
        let holds = |path: &Path, text: &str| -> Result<bool> {
            Ok(fs::read_if_present(path)?.is_some_and(|bytes| bytes == text.as_bytes()))
        };
        let mut is_changed = false;
        for (version, text) in self.versions.iter().enumerate() {
            let path = version_path(table_dir, version);
            if holds(&path, text)? {
                continue;
            }
            is_changed = true;
            let same = other.map(|dir| version_path(dir, version));
            match same {
                Some(same) if !fs::exists(&path)? && holds(&same, text)? && fs::hard_link(&same, &path)? => {}
                _ => fs::write_whole(&path, text.as_bytes())?,
            }
        }
        for path in fs::list(&log)? {
            if version_of(&path).is_some_and(|version| version >= self.versions.len()) {
                fs::remove_file(&path)?;
                is_changed = true;
            }
        }
        if is_changed { fs::sync_dir(&log) } else { Ok(()) }
    }
}

/// Whether a folder is a log of ours: versions, what a killed command left of one, and what readers may leave beside them.
pub(crate) fn is_log(dir: &Path) -> Result<bool> {
    let is_of_readers =
        |path: &PathBuf| path.extension().is_some_and(|end| end == "crc") || path.ends_with("_last_checkpoint");
    let is_ours = |path: &PathBuf| version_of(path).is_some() || fs::is_partial(path) || is_of_readers(path);
    Ok(dir.ends_with(LOG_DIR) && fs::list(dir)?.iter().all(is_ours))
}

pub(crate) fn version_path(table_dir: &Path, version: usize) -> PathBuf {
    table_dir.join(LOG_DIR).join(format!("{version:020}.json"))
}

fn version_of(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    if name.len() == 20 { name.parse().ok() } else { None }
}

fn escaped(path: &Path) -> String {
    utf8_percent_encode(&path.to_string_lossy(), ESCAPED).to_string()
}

fn to_text(actions: &[Action]) -> Result<String> {
    let mut text = String::new();
    for action in actions {
        text.push_str(&serde_json::to_string(action).map_err(Error::unexpected)?);
        text.push('\n');
    }
    Ok(text)
}

fn metadata(table: &DeltaTable, schema: &str, at: i64) -> Action {
    Action::MetaData(json!({
        "id": uuid(&format!("{} {}", table.store_id, table.table.name())),
        "name": table.table.name(),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": schema,
        "partitionColumns": table.partition_column.iter().collect::<Vec<_>>(),
        "configuration": {},
        "createdTime": at,
    }))
}

/// The form of an id that Delta wants.
fn uuid(text: &str) -> String {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let part = |range| &hash[range];
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

fn schema_string(table: &DeltaTable) -> Result<String> {
    let field = |name: &str, kind: &str, nullable: bool| json!({"name": name, "type": kind, "nullable": nullable, "metadata": {}});
    let is_in = |column: &&Column| !table.without.contains(&column.name);
    let columns = table.table.columns().iter().filter(is_in);
    let mut fields: Vec<Value> = columns.map(|column| field(column.name, type_name(column), column.nullable)).collect();
    fields.extend(table.partition_column.map(|name| field(name, "string", false)));
    serde_json::to_string(&json!({"type": "struct", "fields": fields})).map_err(Error::unexpected)
}

fn type_name(column: &Column) -> &'static str {
    match column.column_type {
        ColumnType::String => "string",
        ColumnType::Bool => "boolean",
        ColumnType::Int32 => "integer",
        ColumnType::Int64 => "long",
        ColumnType::Float64 => "double",
        ColumnType::TimestampUtc => "timestamp",
        ColumnType::TimestampLocal => "timestamp_ntz",
        ColumnType::Date => "date",
    }
}
