//! `--lineage-file`: OpenLineage run events (spec 2.0.2) with the tables that a run published and their columns.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::monitoring::finished::{Finished, Outcome};
use crate::error::{Error, Result};
use crate::fs::DiskFile;
use crate::schema::column::{Column, Table};
use crate::store::manifest::Manifest;
use crate::store::marker::random_id;
use crate::time;

const PRODUCER: &str = concat!("urn:reelframe:", env!("CARGO_PKG_VERSION"));
const SPEC: &str = "https://openlineage.io/spec";

/// The namespace and the name of what a run reads.
pub(crate) type Dataset = (String, String);

/// The events of one run.
#[derive(Debug)]
pub(crate) struct Lineage {
    run_id: String,
    job: String,
    inputs: Vec<Dataset>,
}

impl Lineage {
    pub(crate) fn new(command: &str, place: &str, inputs: Vec<Dataset>) -> Self {
        Self { run_id: uuid(&random_id()), job: format!("{command} {place}"), inputs }
    }

    pub(crate) fn started(&self) -> Value {
        self.event("START", json!({}), Vec::new())
    }

    pub(crate) fn ended(&self, run: &Finished) -> Value {
        let mut facets = json!({
            "reelframe_run": {
                "_producer": PRODUCER,
                "_schemaURL": format!("{SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet"),
                "runId": run.facts.get("run_id"),
                "exitCode": run.exit_code,
            },
        });
        let event_type = match run.outcome {
            Outcome::Succeeded => "COMPLETE",
            Outcome::Aborted => "ABORT",
            Outcome::Failed => "FAIL",
        };
        if let Some(cause) = run.cause {
            facets["errorMessage"] = json!({
                "_producer": PRODUCER,
                "_schemaURL": facet("1-0-1", "ErrorMessageRunFacet"),
                "message": cause,
                "programmingLanguage": "Rust",
            });
        }
        self.event(event_type, facets, outputs(run))
    }

    fn event(&self, event_type: &str, facets: Value, outputs: Vec<Value>) -> Value {
        let input = |(namespace, name): &Dataset| json!({"namespace": namespace, "name": name});
        json!({
            "eventType": event_type,
            "eventTime": time::timestamp(time::now()),
            "producer": PRODUCER,
            "schemaURL": format!("{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"),
            "run": {"runId": self.run_id, "facets": facets},
            "job": {"namespace": "reelframe", "name": self.job},
            "inputs": self.inputs.iter().map(input).collect::<Vec<_>>(),
            "outputs": outputs,
        })
    }
}

/// The tables of the run that was published.
fn outputs(run: &Finished) -> Vec<Value> {
    let is_new = run.facts.get("was_published") == Some(&Value::Bool(false));
    let published = run.facts.get("published").and_then(Value::as_str).filter(|_| is_new);
    let manifest = published.and_then(|dir| Manifest::published(Path::new(dir)).ok().flatten());
    let Some(manifest) = manifest else { return Vec::new() };
    let output = |table: Table| {
        let file_name = format!("{}.parquet", table.name());
        let own: Vec<_> = manifest.files.iter().filter(|file| file.path == file_name).collect();
        let (name, files) = match table {
            Table::Observations => ("observations".to_owned(), manifest.observations.iter().collect()),
            _ => (format!("latest/{file_name}"), own),
        };
        let rows: u64 = files.iter().filter_map(|file| file.rows).sum();
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        json!({
            "namespace": "file",
            "name": format!("{}/{name}", run.place),
            "facets": {
                "schema": {
                    "_producer": PRODUCER,
                    "_schemaURL": facet("1-1-1", "SchemaDatasetFacet"),
                    "fields": table.columns().iter().map(field).collect::<Vec<_>>(),
                },
                "version": {
                    "_producer": PRODUCER,
                    "_schemaURL": facet("1-0-1", "DatasetVersionDatasetFacet"),
                    "datasetVersion": manifest.run_id,
                },
            },
            "outputFacets": {
                "outputStatistics": {
                    "_producer": PRODUCER,
                    "_schemaURL": facet("1-0-2", "OutputStatisticsOutputDatasetFacet"),
                    "rowCount": rows,
                    "size": bytes,
                },
            },
        })
    };
    Table::ALL.into_iter().map(output).collect()
}

fn field(column: &Column) -> Value {
    json!({"name": column.name, "type": column.column_type.word(), "description": column.meaning})
}

fn facet(version: &str, name: &str) -> String {
    format!("{SPEC}/facets/{version}/{name}.json#/$defs/{name}")
}

/// 32 random hexadecimal digits as a UUID of version 4.
fn uuid(digits: &str) -> String {
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

/// Appends an event as one line.
///
/// # Errors
/// `Disk`.
pub(crate) fn append(path: &Path, event: &Value) -> Result<()> {
    let mut file = DiskFile::open_or_create(path)?;
    file.file().seek(SeekFrom::End(0)).map_err(|error| Error::disk("append to", path, error))?;
    file.write_bytes(format!("{event}\n").as_bytes())?;
    file.sync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid("00112233445566778899aabbccddeeff"), "00112233-4455-4677-a899-aabbccddeeff");
    }

    #[test]
    fn events_are_appended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let lineage = Lineage::new("run", "/srv/reels", vec![("file".into(), "/srv/pages".into())]);
        append(&path, &lineage.started()).unwrap();
        append(&path, &lineage.started()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0]["job"]["name"], "run /srv/reels");
        assert_eq!(events[1]["inputs"][0]["name"], "/srv/pages");
    }
}
