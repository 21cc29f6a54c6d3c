//! Statistics of a table's Parquet file, from its footer, as the log of a Delta table has them.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::fs;
use crate::schema::column::{Column, Table};

/// Counts of rows and nulls. There are no least and greatest values: where only some columns have them, as must be (Delta cuts
/// times to milliseconds), deltalake's datasets take the others for null and leave out all rows of a file.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileStatistics {
    num_records: i64,
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
        if column.name == "observed_at" {
            let newest = |of: &&Statistics| if let Statistics::Int64(of) = of { of.max_opt().copied() } else { None };
            self.newest_at = all.iter().filter_map(newest).max().map(|micros| micros.div_euclid(1000));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::cell::UtcMicros;
    use crate::schema::column::Row;
    use crate::schema::tables::Observation;

    #[test]
    fn rows_and_nulls_are_counted_and_the_newest_observation_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(&[Format::Parquet]);
        let mut writer = TableWriter::create(dir.path(), "rows", Table::Observations, &options).unwrap();
        let row =
            |at: i64, views: Option<i64>| Observation { observed_at: UtcMicros(at), views, ..Observation::default() };
        let rows = [row(5_999, Some(30)), row(7_000, None), row(1_000, Some(-4))];
        writer.write(&Observation::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        writer.finish().unwrap();
        let path = dir.path().join("rows.parquet");
        let found = FileStatistics::of(Table::Observations, &path, &["likes_hidden"]).unwrap();
        assert_eq!((found.num_records, found.newest_at), (3, Some(7)));
        assert_eq!((found.null_count["views"], found.null_count["account"]), (1, 0));
        assert!(!found.null_count.contains_key("likes_hidden"));
        let json = found.to_json().unwrap();
        assert!(json.starts_with(r#"{"numRecords":3,"nullCount":{"#) && !json.contains("Values"), "{json}");
    }
}
