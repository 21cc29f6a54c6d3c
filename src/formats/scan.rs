//! A table as record batches, from its Parquet files: only the columns and the accounts that are wanted are read.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::formats::read::{Batches, TableFile};
use crate::fs;
use crate::schema::column::{Column, Table};

/// Rows of a batch at most.
const BATCH_ROWS: usize = 65_536;

/// A table that was chosen and not yet read.
#[derive(Debug, Clone)]
pub struct TableScan {
    files: Vec<PathBuf>,
    table: Table,
    columns: Vec<&'static Column>,
    accounts: Option<Arc<BTreeSet<String>>>,
    schema: SchemaRef,
    batch_rows: usize,
}

impl TableScan {
    /// The table in these Parquet files, with these columns in this order, and the rows of these accounts: all without.
    ///
    /// # Errors
    /// `Usage` for a column that the table does not have, or that is named twice.
    pub fn new(
        table: Table,
        files: Vec<PathBuf>,
        columns: Option<&[String]>,
        accounts: Option<Vec<String>>,
    ) -> Result<Self> {
        let columns = match columns {
            None => table.columns().iter().collect(),
            Some(names) => chosen(table, names)?,
        };
        let whole = table.schema();
        let field = |column: &&Column| whole.fields().find(column.name).map(|(_, field)| field.clone());
        let schema = Arc::new(Schema::new(columns.iter().filter_map(field).collect::<Vec<_>>()));
        let accounts = accounts.map(|accounts| Arc::new(accounts.into_iter().collect()));
        Ok(Self { files, table, columns, accounts, schema, batch_rows: BATCH_ROWS })
    }

    /// Its first columns only, in batches of that size: for a look at it.
    pub fn preview(&self, columns: usize, rows: usize) -> Self {
        let columns = self.columns.len().min(columns);
        let fields: Vec<_> = self.schema.fields().iter().take(columns).cloned().collect();
        Self {
            columns: self.columns[..columns].to_vec(),
            schema: Arc::new(Schema::new(fields)),
            batch_rows: rows.clamp(1, BATCH_ROWS),
            ..self.clone()
        }
    }

    pub fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The rows, from the first one on, in batches of at most 65,536. Memory is that of a batch.
    ///
    /// # Errors
    /// `Usage` where a file is gone, `Disk` where it cannot be opened, `InvalidData` where it is not of this table; both also of a batch.
    pub fn batches(&self) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
        // All are opened before the first row is given, so that a missing file is an error at once.
        let files = self.files.iter().map(|path| {
            let is_wanted = |column: &Column| self.columns.iter().any(|wanted| wanted.name == column.name);
            let by_account = self.accounts.is_some();
            if !fs::exists(path)? {
                return Err(Error::usage(format!("{} is gone: a newer run has taken its place", path.display()))
                    .hint("open the store again"));
            }
            TableFile::open(self.table, path, |column| is_wanted(column) || (by_account && column.name == "account"))
        });
        let files: Vec<TableFile> = files.collect::<Result<_>>()?;
        let scan = self.clone();
        let of_file = move |file: TableFile| -> Box<dyn Iterator<Item = Result<RecordBatch>> + Send> {
            match scan.of_file(&file) {
                Ok(batches) => {
                    let scan = scan.clone();
                    Box::new(batches.map(move |batch| scan.in_order(&batch?)))
                }
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        };
        Ok(files
            .into_iter()
            .flat_map(of_file)
            .filter(|batch| batch.as_ref().map_or(true, |batch| batch.num_rows() > 0)))
    }

    fn of_file(&self, file: &TableFile) -> Result<Batches> {
        let Some(accounts) = self.accounts.clone() else { return file.batches(self.batch_rows) };
        let is_wanted = move |batch: RecordBatch| -> std::result::Result<BooleanArray, ArrowError> {
            let names = batch.column(0).as_string::<i32>();
            Ok(names.iter().map(|name| Some(name.is_some_and(|name| accounts.contains(name)))).collect())
        };
        file.batches_where("account", is_wanted, self.batch_rows)
    }

    /// The wanted columns of a batch, in the wanted order.
    fn in_order(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let column = |column: &&Column| batch.column_by_name(column.name).cloned();
        let arrays = self.columns.iter().filter_map(column).collect();
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(Error::unexpected)
    }
}

fn chosen(table: Table, names: &[String]) -> Result<Vec<&'static Column>> {
    let mut columns: Vec<&'static Column> = Vec::new();
    for name in names {
        let Some(column) = table.columns().iter().find(|column| column.name == *name) else {
            return Err(Error::usage(format!("{} has no column {name}", table.name()))
                .hint(format!("`reelframe schema --table {}` lists its columns", table.name())));
        };
        if columns.iter().any(|other| other.name == column.name) {
            return Err(Error::usage(format!("column {name} is named twice")));
        }
        columns.push(column);
    }
    if columns.is_empty() {
        return Err(Error::usage("no column is named").hint("leave the columns out to read all of them"));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::column::Row;
    use crate::schema::tables::Hashtag;

    fn write(dir: &std::path::Path, name: &str, accounts: &[&str]) -> PathBuf {
        let mut writer = TableWriter::create(dir, name, Table::Hashtags, &Options::new(&[Format::Parquet])).unwrap();
        let tag = |(number, account): (usize, &&str)| Hashtag {
            account: (*account).into(),
            reel_id: number.to_string().into(),
            hashtag: format!("{account}{number}").into(),
            position: number as i32,
            ..Hashtag::default()
        };
        let rows: Vec<Hashtag> = accounts.iter().enumerate().map(tag).collect();
        writer.write(&Hashtag::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        writer.finish().unwrap();
        dir.join(format!("{name}.parquet"))
    }

    /// Columns and rows, each row as one text.
    fn read(files: &[PathBuf], columns: &[&str], accounts: Option<&[&str]>) -> Result<Vec<String>> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let accounts = accounts.map(|accounts| accounts.iter().map(|&name| name.to_owned()).collect());
        let scan = TableScan::new(Table::Hashtags, files.to_vec(), Some(&columns), accounts)?;
        let mut rows = Vec::new();
        for batch in scan.batches()? {
            let batch = batch?;
            assert_eq!(batch.schema(), scan.schema());
            for row in 0..batch.num_rows() {
                let texts = batch.columns().iter().map(|column| column.as_string::<i32>().value(row).to_owned());
                rows.push(texts.collect::<Vec<_>>().join(" "));
            }
        }
        Ok(rows)
    }

    #[test]
    fn only_the_wanted_columns_and_accounts_are_given_and_in_the_wanted_order() {
        let dir = tempfile::tempdir().unwrap();
        let files = [write(dir.path(), "one", &["a", "a", "b"]), write(dir.path(), "two", &["b", "c"])];
        let all = ["a0 a", "a1 a", "b2 b", "b0 b", "c1 c"];
        assert_eq!(read(&files, &["hashtag", "account"], None).unwrap(), all);
        assert_eq!(read(&files, &["hashtag"], Some(&["b", "c"])).unwrap(), ["b2", "b0", "c1"]);
        assert_eq!(read(&files, &["account"], Some(&["nobody"])).unwrap(), [""; 0]);
        // A scan can be read again.
        let scan = TableScan::new(Table::Hashtags, files.to_vec(), None, None).unwrap();
        for _ in 0..2 {
            assert_eq!(scan.batches().unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 5);
        }
        assert_eq!(scan.schema(), Table::Hashtags.schema());
        let preview = scan.preview(2, 1);
        let first = preview.batches().unwrap().next().unwrap().unwrap();
        assert_eq!((first.num_rows(), first.num_columns()), (1, 2));
        assert_eq!(first.schema(), preview.schema());
    }

    #[test]
    fn columns_that_do_not_exist_and_files_that_cannot_be_read_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        let file = write(dir.path(), "one", &["a"]);
        let message = |files: &[PathBuf], columns: &[&str]| read(files, columns, None).unwrap_err().message;
        let whole = [file.clone()];
        assert_eq!(message(&whole, &["hashtags"]), "hashtags has no column hashtags");
        assert_eq!(message(&whole, &["account", "account"]), "column account is named twice");
        assert_eq!(message(&whole, &[]), "no column is named");
        std::fs::write(dir.path().join("torn.parquet"), b"PAR1").unwrap();
        for (name, says) in [("torn", "is no readable Parquet file"), ("gone", "gone.parquet is gone: a newer run")] {
            let files = [file.clone(), dir.path().join(format!("{name}.parquet"))];
            assert!(message(&files, &["account"]).contains(says));
        }
    }
}
