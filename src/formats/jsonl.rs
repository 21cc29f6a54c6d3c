//! JSON lines: one object a row, its keys in the order of the table's columns, every key in every row.
//!
//! No line holds a line separator (U+2028, U+2029, U+0085) but as an escape, so that every reader finds the same lines.
//! A null is `null`; times and days are texts as in CSV, for JSON has no such type; ids are texts everywhere.

use std::io::Write as _;

use arrow_array::RecordBatch;

use crate::error::{Error, Result};
use crate::formats::text::{Cell, Cells};
use crate::formats::writer::{FormatWriter, HashingFile, Options};
use crate::json;
use crate::schema::column::{Column, Table};

pub(crate) fn open(file: HashingFile, table: Table, _: &Options) -> Result<Box<dyn FormatWriter>> {
    let writer = JsonlWriter { file, columns: table.columns(), lines: Vec::new(), cell: String::new() };
    Ok(Box::new(writer))
}

struct JsonlWriter {
    file: HashingFile,
    columns: &'static [Column],
    /// Finished text on its way to the file.
    lines: Vec<u8>,
    /// The time being printed; kept, so that a cell costs no allocation.
    cell: String,
}

impl FormatWriter for JsonlWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        let columns = Cells::of_block(self.columns, block);
        for row in 0..block.num_rows() {
            for (index, cells) in columns.iter().enumerate() {
                self.lines.extend_from_slice(if index == 0 { b"{\"" } else { b",\"" });
                // A column's name is made of letters that need no escape.
                self.lines.extend_from_slice(self.columns[index].name.as_bytes());
                self.lines.extend_from_slice(b"\":");
                self.put_value(self.columns[index].name, cells.at(row))?;
            }
            self.lines.extend_from_slice(b"}\n");
        }
        let written = self.file.write_all(&json::escape_separators(&self.lines));
        self.lines.clear();
        written.map_err(|cause| Error::disk("write", &self.file.path, cause))
    }

    fn finish(self: Box<Self>) -> Result<HashingFile> {
        Ok(self.file)
    }
}

impl JsonlWriter {
    fn put_value(&mut self, column: &str, cell: Option<Cell>) -> Result<()> {
        let lines = &mut self.lines;
        let put = match cell {
            None => serde_json::to_writer(lines, &()),
            Some(Cell::Text(text)) => serde_json::to_writer(lines, text),
            Some(Cell::Bool(flag)) => serde_json::to_writer(lines, &flag),
            Some(Cell::Int(number)) => serde_json::to_writer(lines, &number),
            // The shortest digits that read back as the same number. JSON has no word for what is no number, and null
            // would be another value.
            Some(Cell::Float(number)) if !number.is_finite() => {
                return Err(Error::unexpected(format!("column {column} holds {number}, which JSON cannot say")));
            }
            Some(Cell::Float(number)) => serde_json::to_writer(lines, &number),
            Some(time @ (Cell::Utc(_) | Cell::Local(_) | Cell::Day(_))) => {
                self.cell.clear();
                time.print(column, &mut self.cell)?;
                serde_json::to_writer(lines, &self.cell)
            }
        };
        put.map_err(Error::unexpected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::writer::{Format, TableWriter};
    use crate::schema::cell::{Day, LocalMicros, UtcMicros};
    use crate::schema::column::Row;
    use crate::schema::tables::{Hashtag, Reel};

    fn text<R: Row>(rows: &[&R]) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TableWriter::create(dir.path(), "table", R::TABLE, &Options::new(&[Format::Jsonl]))?;
        writer.write(&R::batch(rows))?;
        writer.finish()?;
        Ok(std::fs::read_to_string(dir.path().join("table.jsonl")).unwrap())
    }

    fn tag(hashtag: &str) -> Hashtag {
        Hashtag { account: "a".into(), reel_id: "1".into(), hashtag: hashtag.into(), position: 1, ..Hashtag::default() }
    }

    #[test]
    fn a_row_is_a_line_with_the_columns_in_table_order() {
        let written = text(&[&tag("x"), &tag("y")]).unwrap();
        let row = |hashtag: &str| {
            let (before, after) = (
                r#"{"reel_key":"","account":"a","reel_id":"1","hashtag":""#,
                r#"","hashtag_as_written":"","position":1}"#,
            );
            format!("{before}{hashtag}{after}\n")
        };
        assert_eq!(written, row("x") + &row("y"));
    }

    #[test]
    fn any_text_comes_back_and_stays_on_its_line() {
        let texts = [
            "=1+1",
            "say \"hi\" \\ there",
            "two\r\nlines\ttab",
            "\u{0}\u{1}\u{1b}\u{7f}",
            "مرحبا 🎬 \u{2028}",
            "\u{2029}\u{85}é",
            "",
        ];
        let tags = texts.map(tag);
        let written = text(&tags.iter().collect::<Vec<_>>()).unwrap();
        assert!(
            !written.contains(['\u{2028}', '\u{2029}', '\u{85}', '\0']) && !written.contains("\\u0000"),
            "{written}"
        );
        let lines: Vec<&str> = written.trim_end_matches('\n').split('\n').collect();
        assert_eq!(lines.len(), texts.len());
        for (line, text) in lines.iter().zip(texts) {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(row["hashtag"], text.replace('\0', ""));
        }
    }

    #[test]
    fn every_type_of_cell_is_what_it_should_be() {
        let reel = Reel {
            reel_id: "3641924023820356866".into(),
            is_weekend: true,
            views: Some(i64::MIN),
            age_hours: Some(0.1 + 0.2),
            engagement_rate: Some(12.0),
            views_per_hour: Some(1e300),
            posted_at: UtcMicros(1_748_371_310_000_007),
            observed_at: UtcMicros(1_748_371_310_000_000),
            posted_local: LocalMicros(1_748_349_710_120_000),
            posted_date: Day(-1),
            ..Reel::default()
        };
        let written = text(&[&reel]).unwrap();
        for expected in [
            r#""reel_id":"3641924023820356866","#,
            r#""is_weekend":true,"#,
            r#""views":-9223372036854775808,"#,
            r#""age_hours":0.30000000000000004,"#,
            r#""engagement_rate":12.0,"#,
            r#""views_per_hour":1e+300,"#,
            r#""posted_at":"2025-05-27T18:41:50.000007Z","#,
            r#""observed_at":"2025-05-27T18:41:50Z","#,
            r#""posted_local":"2025-05-27T12:41:50.120","#,
            r#""posted_date":"1969-12-31","#,
            r#""caption":null,"#,
            r#""like_count":null,"#,
            r#""previous_observed_at":null,"#,
        ] {
            assert!(written.contains(expected), "{expected} is missing: {written}");
        }
    }

    #[test]
    fn what_json_cannot_say_is_no_null() {
        let error = text(&[&Reel { age_hours: Some(f64::NAN), ..Reel::default() }]).unwrap_err();
        assert!(error.message.contains("age_hours holds NaN"), "{error}");
        let error = text(&[&Reel { posted_at: UtcMicros(i64::MAX), ..Reel::default() }]).unwrap_err();
        assert!(error.message.contains("posted_at"), "{error}");
    }
}
