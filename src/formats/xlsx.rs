//! One workbook: the sheets of the report, then a sheet per table, made from the finished Parquet files.
//!
//! Nothing is cut or changed silently: rows beyond the end of a sheet continue on a second one and texts that are too
//! long end with a mark, both with a warning; whole numbers of more than 15 digits and days before March 1900 are
//! texts. Texts never run as formulas, even after their cell was edited. Rows of tables are buffered in unnamed files in
//! the workbook's folder, so that memory does not grow with the tables.

pub(crate) mod cells;
pub(crate) mod charts;
pub(crate) mod report;
pub(crate) mod report_sheet;
pub(crate) mod table_sheet;
#[cfg(test)]
pub(crate) mod tests;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook};

use crate::error::{Error, Result};
use crate::formats::hashing_file::{HashingFile, WrittenFile};
use crate::formats::xlsx::cells::{TEXT_UNITS, WORKBOOK};
use crate::formats::xlsx::report::ReportSheet;
use crate::formats::xlsx::table_sheet::{Heading, LIMITS, Sheet, SheetLimits, headings};
use crate::formats::{read::Batches, rebatch::BLOCK_ROWS};
use crate::schema::column::Table;
use crate::schema::value::ColumnValues;

/// Writes `reelframe.xlsx` into the folder that holds the Parquet files of these tables.
///
/// # Errors
/// `Disk` where a table cannot be read, or the disk takes no more.
pub(crate) fn write_workbook(dir: &Path, report: &[ReportSheet], tables: &[Table]) -> Result<WrittenFile> {
    write_within(LIMITS, dir, report, tables)
}

fn write_within(limits: SheetLimits, dir: &Path, report: &[ReportSheet], tables: &[Table]) -> Result<WrittenFile> {
    let mut file = HashingFile::create(dir.join(WORKBOOK))?;
    let rows = caught(dir, || {
        let mut book = Book::new(dir, limits)?;
        for sheet in report {
            book.book.push_worksheet(report_sheet::worksheet(sheet)?);
        }
        for &table in tables {
            book.put_table(dir, table)?;
        }
        book.save(&mut file)
    })?;
    file.close(rows)
}

/// The library panics if the disk is full while it buffers rows.
fn caught<T>(dir: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let is_disk = |panic: &Box<dyn Any + Send>| {
        panic.downcast_ref::<String>().filter(|text| text.starts_with("Couldn't write to xml file")).cloned()
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| match is_disk(&panic) {
        Some(cause) => Err(Error::disk("write the rows of the workbook into", dir, cause)),
        None => resume_unwind(panic),
    })
}

/// The workbook and its formats.
struct Book {
    book: Workbook,
    heading: Format,
    limits: SheetLimits,
    rows: u64,
}

impl Book {
    fn new(dir: &Path, limits: SheetLimits) -> Result<Self> {
        let mut book = Workbook::new();
        // A fixed time: the same tables give the same bytes.
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(Error::unexpected)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&created));
        book.set_tempdir(dir).map_err(|cause| Error::disk("create a file in", dir, cause))?;
        let heading = Format::new().set_bold().set_background_color(Color::RGB(0x00E7_E6E6));
        Ok(Self { book, heading, limits, rows: 0 })
    }

    fn put_table(&mut self, dir: &Path, table: Table) -> Result<()> {
        let name = table.name();
        let headings = || headings(&table.schema());
        let (mut sheets, mut texts_cut) = (1, 0);
        let mut sheet = self.begin(name, headings())?;
        for batch in Batches::open(table, &dir.join(format!("{name}.parquet")), BLOCK_ROWS, |_| true)? {
            let batch = batch?;
            let columns = ColumnValues::of_batch(&batch);
            for row in 0..batch.num_rows() {
                if sheet.is_full() {
                    sheets += 1;
                    texts_cut += sheet.texts_cut;
                    self.end(sheet)?;
                    sheet = self.begin(&format!("{name} ({sheets})"), headings())?;
                }
                sheet.put_row(&columns, row)?;
                self.rows += 1;
            }
        }
        texts_cut += sheet.texts_cut;
        self.end(sheet)?;
        if sheets > 1 {
            tracing::warn!(table = name, "xlsx: sheet is full; continued in sheets up to {name} ({sheets})");
        }
        if texts_cut > 0 {
            tracing::warn!(table = name, "xlsx: a cell holds {TEXT_UNITS} characters: {texts_cut} texts were cut off");
        }
        Ok(())
    }

    /// A new sheet with its headings.
    fn begin(&mut self, name: &str, headings: Vec<Heading>) -> Result<Sheet> {
        let sheet = self.book.new_worksheet_with_constant_memory().map_err(Error::unexpected)?;
        let mut sheet = Sheet::new(sheet, headings, self.limits);
        sheet.begin(name, &self.heading)?;
        Ok(sheet)
    }

    fn end(&mut self, mut sheet: Sheet) -> Result<()> {
        sheet.finish()?;
        self.book.push_worksheet(sheet.into_worksheet());
        Ok(())
    }

    /// Returns the number of rows of all tables.
    fn save(mut self, file: &mut HashingFile) -> Result<u64> {
        let faults = file.faults();
        self.book.save_to_writer(file).map_err(|cause| faults.error(cause))?;
        Ok(self.rows)
    }
}
