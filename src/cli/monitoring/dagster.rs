//! Dagster Pipes (protocol 0.1): where Dagster has started the program, it reports what was materialized.
//!
//! `DAGSTER_PIPES_CONTEXT` and `DAGSTER_PIPES_MESSAGES` are base64 of zlib of JSON with the path of a file. An asset that
//! is named like a table gets the rows of this table, any other asset those of all tables. Checks are reported as `extras`
//! ask for them: `{"reelframe_checks": {"lint": "reels"}}` has the check `lint` on the asset `reels`.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::read::ZlibDecoder;
use serde_json::{Map, Value, json};

use crate::cli::monitoring::finished::{Finished, Outcome, statuses};
use crate::error::{Error, Result};
use crate::fs::{self, DiskFile};
use crate::lint;
use crate::pipeline::freshness::findings;
use crate::schema::values::AccountStatus;
use crate::store::manifest::Manifest;

/// Findings that mean that something of the pages did not reach the tables.
const LOSSES: [&str; 3] = ["reject", "unreadable_page", "unreadable_value"];

/// What Dagster asks for, and where it reads the answer.
#[derive(Debug)]
pub(crate) struct Pipes {
    context: Value,
    messages: PathBuf,
}

impl Pipes {
    /// `None` where Dagster did not start the program. A context that is not understood is a warning.
    pub(crate) fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let (context, messages) = (variable("DAGSTER_PIPES_CONTEXT")?, variable("DAGSTER_PIPES_MESSAGES")?);
        Self::read(&context, &messages)
            .inspect_err(|what| tracing::warn!("nothing is reported to Dagster: {what}"))
            .ok()
    }

    fn read(context: &str, messages: &str) -> std::result::Result<Self, String> {
        let path = |text: &str, name: &str| {
            let params = decoded(text).map_err(|error| format!("{name} is not understood: {error}"))?;
            let path = params.get("path").and_then(Value::as_str).map(PathBuf::from);
            path.ok_or_else(|| format!("{name} has no path: only messages in files are supported"))
        };
        let (context, messages) = (path(context, "DAGSTER_PIPES_CONTEXT")?, path(messages, "DAGSTER_PIPES_MESSAGES")?);
        let text = fs::text_of(&context).map_err(|error| format!("{}: {error}", context.display()))?;
        let context = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", context.display()))?;
        Ok(Self { context, messages })
    }

    /// Writes the messages of a run that has ended.
    ///
    /// # Errors
    /// `Disk`, and where the run's tables cannot be read.
    pub(crate) fn report(&self, run: &Finished) -> Result<()> {
        let mut text = message("opened", json!({"extras": {}}));
        let published = run.facts.get("published").and_then(Value::as_str).map(PathBuf::from);
        if let Some(dir) = published.as_deref().filter(|_| run.outcome == Outcome::Succeeded) {
            let manifest = Manifest::published(dir)?.unwrap_or_default();
            let keys = self.context["asset_keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for key in keys {
                text += &materialization(key, dir, run.facts, &manifest);
            }
            for (check, key) in self.context["extras"]["reelframe_checks"].as_object().into_iter().flatten() {
                text += &self.check(check, key, dir, run)?;
            }
        }
        let closed = run.cause.filter(|_| run.outcome != Outcome::Succeeded).map_or(json!({}), |cause| {
            json!({"exception": {"message": cause, "stack": [], "name": "reelframe", "cause": null, "context": null}})
        });
        text += &message("closed", closed);
        let mut file = DiskFile::open_or_create(&self.messages)?;
        let to_end = file.file().seek(SeekFrom::End(0));
        to_end.map_err(|error| Error::disk("append to", &self.messages, error))?;
        file.write_bytes(text.as_bytes())
    }

    fn check(&self, name: &str, key: &Value, dir: &Path, run: &Finished) -> Result<String> {
        let (passed, metadata) = match name {
            "lint" => {
                let mut violations = 0;
                for file in fs::list(dir)?.iter().filter(|file| file.extension().is_some_and(|is| is == "parquet")) {
                    violations += lint::lint(file)?.len();
                }
                (violations == 0, json!({"violations": int(violations as u64)}))
            }
            "complete" => {
                let count = |status| statuses(run.facts).filter(|other| *other == status).count() as u64;
                let counts = AccountStatus::ALL.into_iter().map(|status| (status, count(status)));
                let passed = statuses(run.facts).all(AccountStatus::is_success);
                (passed, counts.filter(|(_, n)| *n > 0).map(|(status, n)| (status.to_string(), int(n))).collect())
            }
            "data_quality" => {
                let counts = findings(dir)?;
                let passed = counts.keys().all(|finding| !LOSSES.contains(&finding.as_str()));
                (passed, counts.into_iter().map(|(finding, n)| (finding, int(n))).collect())
            }
            _ => {
                let known = "lint, complete and data_quality";
                tracing::warn!("Dagster asks for the check {name}, which does not exist: there are {known}");
                return Ok(String::new());
            }
        };
        let severity = if name == "lint" { "ERROR" } else { "WARN" };
        let params =
            json!({"asset_key": key, "check_name": name, "passed": passed, "metadata": metadata, "severity": severity});
        Ok(message("report_asset_check", params))
    }
}

fn materialization(key: &str, dir: &Path, facts: &Map<String, Value>, manifest: &Manifest) -> String {
    let table = key.rsplit('/').next().unwrap_or(key);
    let files = manifest.files.iter().filter(|file| file.rows.is_some() && file.path.ends_with(".parquet"));
    let rows_of = |table: &str| match table {
        "observations" => Some(manifest.observations.iter().filter_map(|file| file.rows).sum()),
        _ => files.clone().find(|file| file.path == format!("{table}.parquet")).and_then(|file| file.rows),
    };
    let mut metadata = Map::new();
    let mut add = |name: &str, value: Value| drop(metadata.insert(name.to_owned(), value));
    match rows_of(table) {
        Some(rows) => add("dagster/row_count", int(rows)),
        None => {
            for file in files.clone() {
                add(file.path.trim_end_matches(".parquet"), int(file.rows.unwrap_or_default()));
            }
        }
    }
    add("run_id", json!({"raw_value": manifest.run_id, "type": "text"}));
    add("report", json!({"raw_value": dir.join("report.html"), "type": "path"}));
    for name in ["new_reels", "calls"] {
        if let Some(number) = facts.get(name).and_then(Value::as_u64) {
            add(name, int(number));
        }
    }
    if let Some(cost) = facts.get("cost_usd").and_then(Value::as_f64) {
        add("cost_usd", json!({"raw_value": cost, "type": "float"}));
    }
    let params = json!({"asset_key": key, "data_version": manifest.run_id, "metadata": metadata});
    message("report_asset_materialization", params)
}

fn int(number: u64) -> Value {
    json!({"raw_value": number, "type": "int"})
}

fn message(method: &str, params: Value) -> String {
    format!("{}\n", json!({"__dagster_pipes_version": "0.1", "method": method, "params": params}))
}

fn decoded(text: &str) -> std::result::Result<Value, String> {
    /// Paths are short; nothing else belongs there.
    const MOST_BYTES: u64 = 1 << 20;
    let packed = BASE64_STANDARD.decode(text.trim()).map_err(|error| error.to_string())?;
    let mut json = String::new();
    ZlibDecoder::new(packed.as_slice())
        .take(MOST_BYTES)
        .read_to_string(&mut json)
        .map_err(|error| error.to_string())?;
    serde_json::from_str(&json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dagster_sends_is_understood_and_anything_else_is_not() {
        // zlib and base64 of {"path": "/tmp/x"}, by Python.
        assert_eq!(decoded("eJyrVipILMlQslJQ0i/JLdCvUKoFADYYBa8=").unwrap()["path"], "/tmp/x");
        for text in ["", "x", "eJyrVipILMlQ", "AAAA"] {
            assert!(decoded(text).is_err(), "{text}");
        }
    }
}
