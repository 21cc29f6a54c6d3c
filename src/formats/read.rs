//! Reads tables from their Parquet files: batches with columns in table order, and rows account by account.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::errors::ParquetError;

use crate::error::{Error, Hint, Result};
use crate::fs;
use crate::schema::column::{Column, Row, Table};

/// A file of a table, whose footer is read once.
pub(crate) struct TableFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// The wanted columns in table order, with their positions in the file.
    roots: Vec<(&'static str, usize)>,
}

impl TableFile {
    /// Opens a file and checks the names and types of the wanted columns.
    ///
    /// # Errors
    /// `Disk` where the file cannot be opened, `InvalidData` where it is not of this table.
    pub(crate) fn open(table: Table, path: &Path, wanted: impl Fn(&Column) -> bool) -> Result<Self> {
        let file = open(path)?;
        let metadata =
            ArrowReaderMetadata::load(&file, Default::default()).map_err(|cause| unreadable(path, &cause))?;
        let mut roots = Vec::new();
        for column in table.columns().iter().filter(|column| wanted(column)) {
            let wrong = |what: String| {
                Error::invalid_data(format!("{}: the {} column {} {what}", path.display(), table.name(), column.name))
                    .hint(Hint::RebuildOfOtherVersion)
            };
            let (root, field) =
                metadata.schema().fields().find(column.name).ok_or_else(|| wrong("is missing".to_owned()))?;
            if *field.data_type() != column.column_type.arrow() {
                return Err(wrong(format!("is {}, not {}", field.data_type(), column.column_type.word())));
            }
            roots.push((column.name, root));
        }
        Ok(Self { path: path.to_owned(), metadata, roots })
    }

    /// The file with texts read as views into its pages.
    pub(crate) fn with_views(self) -> Result<Self> {
        let metadata = with_views(&self.metadata).map_err(|cause| unreadable(&self.path, &cause))?;
        Ok(Self { metadata, ..self })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The number of row groups, which can be read independently.
    pub(crate) fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// All rows.
    pub(crate) fn batches(&self, batch_rows: usize) -> Result<Batches> {
        self.read(self.roots.clone(), (0..self.row_groups()).collect(), batch_rows)
    }

    /// The rows of which the predicate says so, by the text of one of the wanted columns.
    pub(crate) fn batches_where(
        &self,
        name: &str,
        predicate: impl FnMut(RecordBatch) -> std::result::Result<BooleanArray, ArrowError> + Send + 'static,
        batch_rows: usize,
    ) -> Result<Batches> {
        let root = self.roots.iter().filter(|(other, _)| *other == name).map(|(_, root)| *root);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), root);
        let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, predicate))]);
        self.read_filtered(self.roots.clone(), (0..self.row_groups()).collect(), batch_rows, Some(filter))
    }

    /// One of the wanted columns in one row group.
    pub(crate) fn column(&self, name: &str, row_group: usize, batch_rows: usize) -> Result<Batches> {
        let root = self.roots.iter().filter(|(other, _)| *other == name).copied();
        self.read(root.collect(), vec![row_group], batch_rows)
    }

    fn read(&self, roots: Vec<(&str, usize)>, row_groups: Vec<usize>, batch_rows: usize) -> Result<Batches> {
        self.read_filtered(roots, row_groups, batch_rows, None)
    }

    fn read_filtered(
        &self,
        roots: Vec<(&str, usize)>,
        row_groups: Vec<usize>,
        batch_rows: usize,
        filter: Option<RowFilter>,
    ) -> Result<Batches> {
        // A handle of its own: duplicated handles share their position in the file.
        let file = open(&self.path)?;
        let mut in_file: Vec<usize> = roots.iter().map(|(_, root)| *root).collect();
        in_file.sort_unstable();
        let order = roots.iter().map(|(_, root)| in_file.partition_point(|other| other < root)).collect();
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), in_file);
        let rows_of = |group: &usize| self.metadata.metadata().row_group(*group).num_rows();
        let missing = filter.is_none().then(|| row_groups.iter().map(rows_of).sum());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(mask)
            .with_row_groups(row_groups)
            .with_batch_size(batch_rows);
        if let Some(filter) = filter {
            builder = builder.with_row_filter(filter);
        }
        let reader = builder.build().map_err(|cause| unreadable(&self.path, &cause))?;
        Ok(Batches { reader, path: self.path.clone(), order, missing })
    }
}

fn open(path: &Path) -> Result<File> {
    fs::open(path)
}

/// Rows of one file, with the wanted columns in table order.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    path: PathBuf,
    /// The position of each wanted column in the file's batches, which keep the file's order.
    order: Vec<usize>,
    /// How many rows are still to come, by the footer; `None` once that was found wrong, and where not all rows are wanted.
    missing: Option<i64>,
}

impl Batches {
    /// All rows of a file; errors as [`TableFile::open`].
    pub(crate) fn open(table: Table, path: &Path, batch_rows: usize, wanted: impl Fn(&Column) -> bool) -> Result<Self> {
        TableFile::open(table, path, wanted)?.batches(batch_rows)
    }
}

fn with_views(metadata: &ArrowReaderMetadata) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let viewed = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => field.clone(),
    };
    let fields: Vec<FieldRef> = metadata.schema().fields().iter().map(viewed).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone()));
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), ArrowReaderOptions::new().with_schema(schema))
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(batch) = self.reader.next() else {
            // The pages of a damaged column can look like the end.
            let missing = self.missing.take().filter(|missing| *missing != 0)?;
            return Some(Err(unreadable(&self.path, &format!("{missing} rows are missing in it"))));
        };
        if let (Some(missing), Ok(batch)) = (&mut self.missing, &batch) {
            *missing -= batch.num_rows() as i64;
        }
        Some(batch.and_then(|batch| batch.project(&self.order)).map_err(|cause| unreadable(&self.path, &cause)))
    }
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::invalid_data(format!("{} is no readable Parquet file: {cause}", path.display()))
}

/// The rows of a file that is sorted by account, an account at a time.
pub(crate) struct AccountRows<R> {
    batches: Batches,
    batch: Option<(RecordBatch, ArrayRef)>,
    /// The next row of the batch.
    row: usize,
    /// The account that was asked for last.
    last: Option<String>,
    of: std::marker::PhantomData<R>,
}

impl<R: Row> AccountRows<R> {
    /// As [`Batches::open`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // Some accounts' worth of rows, so that memory does not grow with the file.
        const BATCH_ROWS: usize = 2_048;
        let batches = Batches::open(R::TABLE, path, BATCH_ROWS, |_| true)?;
        Ok(Self { batches, batch: None, row: 0, last: None, of: std::marker::PhantomData })
    }

    /// The account of the next row; `None` at the end.
    pub(crate) fn account(&mut self) -> Result<Option<&str>> {
        let column = R::COLUMNS.iter().position(|column| column.name == "account").expect("every table has accounts");
        while self.batch.as_ref().is_none_or(|(batch, _)| self.row == batch.num_rows()) {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            let accounts = batch.column(column).clone();
            (self.batch, self.row) = (Some((batch, accounts)), 0);
        }
        Ok(self.batch.as_ref().map(|(_, accounts)| accounts.as_string::<i32>().value(self.row)))
    }

    /// The rows of an account. Accounts must be asked for in name order; those in between are skipped.
    ///
    /// # Errors
    /// An account that does not come after the last one: its rows were skipped or taken already.
    pub(crate) fn take(&mut self, account: &str) -> Result<Vec<R>> {
        if let Some(last) = self.last.as_ref().filter(|last| account <= last.as_str()) {
            let path = self.batches.path.display();
            return Err(Error::unexpected(format!("{path}: rows of {account} were asked for after those of {last}")));
        }
        self.last = Some(account.to_owned());
        let mut rows = Vec::new();
        while let Some(found) = self.account()? {
            match found.cmp(account) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Greater => break,
                std::cmp::Ordering::Equal => {
                    let (batch, _) = self.batch.as_ref().expect("it has the account");
                    let row = R::read(batch, self.row).map_err(|what| unreadable(&self.batches.path, &what))?;
                    rows.push(row);
                }
            }
            self.row += 1;
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::tables::Hashtag;

    fn tag(account: &str, number: i32) -> Hashtag {
        Hashtag { account: account.into(), reel_id: number.to_string().into(), position: number, ..Hashtag::default() }
    }

    #[test]
    fn rows_come_back_account_by_account() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(&[Format::Parquet]);
        let mut writer = TableWriter::create(dir.path(), "tags", Table::Hashtags, &options).unwrap();
        // More rows than a batch, so that an account lies across two.
        let rows: Vec<Hashtag> = (0..3000).map(|n| tag(if n < 1000 { "a" } else { "c" }, n)).collect();
        writer.write(&Hashtag::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        writer.finish().unwrap();
        let path = dir.path().join("tags.parquet");
        let mut by_account = AccountRows::<Hashtag>::open(&path).unwrap();
        assert_eq!(by_account.take("a").unwrap(), rows[..1000]);
        assert_eq!(by_account.take("b").unwrap(), []);
        assert_eq!(by_account.account().unwrap(), Some("c"));
        assert_eq!(by_account.take("c").unwrap(), rows[1000..]);
        assert_eq!(by_account.account().unwrap(), None);
        // An account that is not asked for is skipped.
        let mut from_c = AccountRows::<Hashtag>::open(&path).unwrap();
        assert_eq!(from_c.take("c").unwrap(), rows[1000..]);
        // A caller that goes back would find nothing, and take it for an account without rows.
        for earlier in ["a", "c"] {
            let error = from_c.take(earlier).unwrap_err();
            assert!(error.message.contains(&format!("rows of {earlier} were asked for after")), "{error}");
        }
        let error = AccountRows::<crate::schema::tables::Person>::open(&path).err().unwrap();
        assert!(error.message.contains("people column role is missing"), "{error}");
    }
}
