//! Statistics of a table's Parquet file, from its footer, as the log of a Delta table has them.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::fs;
use crate::schema::column::{Column, ColumnType, Table};

/// Counts of nulls for all columns; least and greatest values for whole numbers and the account. (Delta cuts times to
/// milliseconds, so that theirs would be wrong.)
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileStatistics {
    num_records: i64,
    min_values: BTreeMap<&'static str, Value>,
    max_values: BTreeMap<&'static str, Value>,
    null_count: BTreeMap<&'static str, u64>,
    /// When the newest row was observed, in milliseconds since 1970; `None` for a table without that.
    #[serde(skip)]
    pub newest_at: Option<i64>,
}

impl FileStatistics {
    /// Of all columns but these.
    ///
    /// # Errors
    /// `Disk` where the file cannot be opened, `InvalidData` where it is no Parquet file.
    pub(crate) fn of(table: Table, path: &Path, without: &[&str]) -> Result<Self> {
        let metadata = ArrowReaderMetadata::load(&fs::open(path)?, Default::default())
            .map_err(|cause| Error::invalid_data(format!("{} is no readable Parquet file: {cause}", path.display())))?;
        let groups = metadata.metadata().row_groups();
        let mut found = Self { num_records: metadata.metadata().file_metadata().num_rows(), ..Self::default() };
        for column in table.columns().iter().filter(|column| !without.contains(&column.name)) {
            let Some((place, _)) = metadata.schema().fields().find(column.name) else { continue };
            found.add(column, groups, place);
        }
        Ok(found)
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::unexpected)
    }

    /// What all row groups together say of a column; nothing where one of them says nothing.
    fn add(&mut self, column: &Column, groups: &[RowGroupMetaData], place: usize) {
        let all: Option<Vec<&Statistics>> = groups.iter().map(|group| group.column(place).statistics()).collect();
        let Some(all) = all else { return };
        if let Some(nulls) = all.iter().map(|statistics| statistics.null_count_opt()).sum() {
            self.null_count.insert(column.name, nulls);
        }
        // A row group of nulls alone has no least and greatest value.
        let with_values =
            || all.iter().zip(groups).filter(|(of, group)| of.null_count_opt() != Some(group.num_rows() as u64));
        let bounds: Option<Vec<(Value, Value)>> = with_values().map(|(of, _)| bounds(column, of)).collect();
        if column.name == "observed_at" {
            let newest = |of: &&&Statistics| if let Statistics::Int64(of) = of { of.max_opt().copied() } else { None };
            self.newest_at = all.iter().filter_map(|of| newest(&of)).max().map(|micros| micros.div_euclid(1000));
        }
        for (least, greatest) in bounds.unwrap_or_default() {
            let known = self.min_values.entry(column.name).or_insert_with(|| least.clone());
            if is_less(&least, known) {
                *known = least;
            }
            let known = self.max_values.entry(column.name).or_insert_with(|| greatest.clone());
            if is_less(known, &greatest) {
                *known = greatest;
            }
        }
    }
}

fn bounds(column: &Column, statistics: &Statistics) -> Option<(Value, Value)> {
    match (column.column_type, statistics) {
        (ColumnType::Int32, Statistics::Int32(of)) => Some(((*of.min_opt()?).into(), (*of.max_opt()?).into())),
        (ColumnType::Int64, Statistics::Int64(of)) => Some(((*of.min_opt()?).into(), (*of.max_opt()?).into())),
        (ColumnType::String, Statistics::ByteArray(of)) if column.name == "account" => {
            // A long text may have been cut.
            let is_exact = of.min_is_exact() && of.max_is_exact();
            let text = |bytes: &parquet::data_type::ByteArray| bytes.as_utf8().ok().map(Value::from);
            is_exact.then_some(())?;
            Some((text(of.min_opt()?)?, text(of.max_opt()?)?))
        }
        _ => None,
    }
}

fn is_less(a: &Value, b: &Value) -> bool {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a < b,
        _ => a.as_str() < b.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::column::Row;
    use crate::schema::tables::Observation;

    fn statistics(rows: &[Observation]) -> serde_json::Value {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(&[Format::Parquet]);
        let mut writer = TableWriter::create(dir.path(), "rows", Table::Observations, &options).unwrap();
        writer.write(&Observation::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        writer.finish().unwrap();
        let found = FileStatistics::of(Table::Observations, &dir.path().join("rows.parquet"), &[]).unwrap();
        serde_json::from_str(&found.to_json().unwrap()).unwrap()
    }

    #[test]
    fn nulls_are_counted_and_whole_numbers_and_the_account_have_bounds() {
        let row = |account: &str, views: Option<i64>| Observation {
            account: account.into(),
            views,
            ..Observation::default()
        };
        let found = statistics(&[row("bob", Some(30)), row("ana", None), row("cleo", Some(-4))]);
        assert_eq!(found["numRecords"], 3);
        assert_eq!((&found["minValues"]["views"], &found["maxValues"]["views"]), (&(-4).into(), &30.into()));
        assert_eq!((&found["minValues"]["account"], &found["maxValues"]["account"]), (&"ana".into(), &"cleo".into()));
        assert_eq!((&found["nullCount"]["views"], &found["nullCount"]["account"]), (&1.into(), &0.into()));
        // Neither times nor rates nor other texts.
        for column in ["observed_at", "engagement_rate", "reel_id", "reel_key"] {
            assert!(found["minValues"].get(column).is_none() && found["maxValues"].get(column).is_none(), "{column}");
        }
        assert_eq!(found["nullCount"].as_object().unwrap().len(), Observation::COLUMNS.len());
    }

    #[test]
    fn a_column_of_nulls_has_no_bounds() {
        let found = statistics(&[Observation::default(), Observation::default()]);
        assert_eq!(found["nullCount"]["views"], 2);
        assert!(found["minValues"].get("views").is_none() && found["maxValues"].get("views").is_none());
        assert_eq!(found["minValues"]["account"], "");
    }
}
