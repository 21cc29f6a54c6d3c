//! Tables back from their Parquet files: batches with the table's columns in table order, and rows account by account.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::columns::{Column, Row, Table};
use crate::error::{Error, Result};

/// The batches of one file, each with the wanted columns in table order.
pub struct Batches {
    reader: ParquetRecordBatchReader,
    path: PathBuf,
    /// Where each wanted column stands in the file's batches, which keep the file's order.
    order: Vec<usize>,
}

impl Batches {
    /// Opens a file once the names and types of its columns are found right.
    ///
    /// # Errors
    /// Exit 9 where the file cannot be opened, 4 where it is not of this table.
    pub fn open(table: Table, path: &Path, batch_rows: usize, wanted: impl Fn(&Column) -> bool) -> Result<Self> {
        Self::open_with(table, path, batch_rows, wanted, false)
    }

    /// The same with texts as views into the pages that were read.
    pub fn open_as_views(
        table: Table,
        path: &Path,
        batch_rows: usize,
        wanted: impl Fn(&Column) -> bool,
    ) -> Result<Self> {
        Self::open_with(table, path, batch_rows, wanted, true)
    }

    fn open_with(
        table: Table,
        path: &Path,
        batch_rows: usize,
        wanted: impl Fn(&Column) -> bool,
        as_views: bool,
    ) -> Result<Self> {
        let file = File::open(path).map_err(|cause| Error::disk("open", path, cause))?;
        let unreadable = |cause: &dyn std::fmt::Display| unreadable(path, cause);
        let metadata = ArrowReaderMetadata::load(&file, Default::default()).map_err(|cause| unreadable(&cause))?;
        let mut roots = Vec::new();
        for column in table.columns().iter().filter(|column| wanted(column)) {
            let wrong = |what: String| {
                Error::not_understood(format!("{}: the {} column {} {what}", path.display(), table.name(), column.name))
                    .hint("the file was written by another version: `reelframe rebuild` makes the tables anew")
            };
            let (root, field) =
                metadata.schema().fields().find(column.name).ok_or_else(|| wrong("is missing".to_owned()))?;
            if *field.data_type() != column.column_type.arrow() {
                return Err(wrong(format!("is {}, not {}", field.data_type(), column.column_type.word())));
            }
            roots.push(root);
        }
        let metadata = if as_views { with_views(&metadata).map_err(|cause| unreadable(&cause))? } else { metadata };
        let mut in_file = roots.clone();
        in_file.sort_unstable();
        let order = roots.iter().map(|root| in_file.partition_point(|other| other < root)).collect();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_projection(mask)
            .with_batch_size(batch_rows)
            .build()
            .map_err(|cause| unreadable(&cause))?;
        Ok(Self { reader, path: path.to_owned(), order })
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
        let batch = self.reader.next()?;
        Some(batch.and_then(|batch| batch.project(&self.order)).map_err(|cause| unreadable(&self.path, &cause)))
    }
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::not_understood(format!("{} is no readable Parquet file: {cause}", path.display()))
}

/// The rows of a file that is sorted by account, an account at a time.
pub struct AccountRows<R> {
    batches: Batches,
    batch: Option<(RecordBatch, ArrayRef)>,
    /// The next row of the batch.
    row: usize,
    of: std::marker::PhantomData<R>,
}

impl<R: Row> AccountRows<R> {
    /// As [`Batches::open`].
    pub fn open(path: &Path) -> Result<Self> {
        // A few accounts' worth: what is held does not grow with the file.
        const BATCH_ROWS: usize = 2_048;
        let batches = Batches::open(R::TABLE, path, BATCH_ROWS, |_| true)?;
        Ok(Self { batches, batch: None, row: 0, of: std::marker::PhantomData })
    }

    /// The account of the next row; `None` at the end.
    pub fn account(&mut self) -> Result<Option<&str>> {
        let column = R::COLUMNS.iter().position(|column| column.name == "account").expect("every table has accounts");
        while self.batch.as_ref().is_none_or(|(batch, _)| self.row == batch.num_rows()) {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            let accounts = batch.column(column).clone();
            (self.batch, self.row) = (Some((batch, accounts)), 0);
        }
        Ok(self.batch.as_ref().map(|(_, accounts)| accounts.as_string::<i32>().value(self.row)))
    }

    /// The rows of an account. Accounts are to be asked for in name order; those between are passed over.
    pub fn take(&mut self, account: &str) -> Result<Vec<R>> {
        let mut rows = Vec::new();
        while let Some(found) = self.account()? {
            match found.cmp(account) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Greater => break,
                std::cmp::Ordering::Equal => {
                    let (batch, _) = self.batch.as_ref().expect("it has the account");
                    rows.push(R::read(batch, self.row));
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
    use crate::columns::Hashtag;
    use crate::sink::{Format, Options, TableWriter};

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
        // One that is not asked for is passed over.
        assert_eq!(AccountRows::<Hashtag>::open(&path).unwrap().take("c").unwrap(), rows[1000..]);
        let error = AccountRows::<crate::columns::Person>::open(&path).err().unwrap();
        assert!(error.message.contains("people column role is missing"), "{error}");
    }
}
