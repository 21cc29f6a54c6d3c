//! JSON lines: one object per row with every column as a key, in table order.
//!
//! Line separators (U+2028, U+2029, U+0085) are escaped, so that every reader finds the same lines. Times and days are
//! written as text, as in CSV, since JSON has no such types.

use arrow_array::RecordBatch;

use crate::error::{Error, Result};
use crate::formats::hashing_file::{FormatWriter, HashingFile};
use crate::json;
use crate::schema::column::Table;
use crate::schema::value::{ColumnValues, Value};

pub(crate) fn open(file: HashingFile, table: Table) -> Result<Box<dyn FormatWriter>> {
    let keys = keys(table.columns().iter().map(|column| column.name));
    Ok(Box::new(JsonlWriter { file, keys, lines: Vec::new() }))
}

/// The rows of an answer as a JSON list, one row per line. A value that JSON cannot represent, such as the infinity that
/// a query may compute, is null.
pub fn to_json(batch: &RecordBatch) -> Vec<u8> {
    let keys = keys(batch.schema_ref().fields().iter().map(|field| field.name().as_str()));
    let columns = ColumnValues::of_batch(batch);
    let mut list = b"[".to_vec();
    for row in 0..batch.num_rows() {
        list.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
        put_row(&keys, &columns, row, &mut list, |_, _| Ok(())).expect("nothing is refused");
    }
    list.extend_from_slice(if batch.num_rows() == 0 { b"]\n" } else { b"\n]\n" });
    json::escape_separators(&list).into_owned()
}

struct JsonlWriter {
    file: HashingFile,
    keys: Vec<String>,
    /// Finished text on its way to the file; kept, so that a block costs no allocation.
    lines: Vec<u8>,
}

impl FormatWriter for JsonlWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        let columns = ColumnValues::of_batch(block);
        self.lines.clear();
        for row in 0..block.num_rows() {
            put_row(&self.keys, &columns, row, &mut self.lines, |index, value| {
                let (column, mut text) = (block.schema_ref().field(index).name(), String::new());
                value.print(column, &mut text)?;
                Err(Error::unexpected(format!("column {column} holds {text}, which JSON cannot say")))
            })?;
            self.lines.push(b'\n');
        }
        self.file.put(&json::escape_separators(&self.lines))
    }

    fn finish(self: Box<Self>) -> Result<HashingFile> {
        Ok(self.file)
    }
}

/// The text before each value: bracket or comma, and the column name.
fn keys<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let key = |(index, name): (usize, &str)| {
        format!("{}{}:", if index == 0 { '{' } else { ',' }, serde_json::Value::from(name))
    };
    names.enumerate().map(key).collect()
}

/// Adds a row as an object. `on_null` gets each value that JSON cannot represent and that was written as null.
fn put_row(
    keys: &[String],
    columns: &[ColumnValues],
    row: usize,
    lines: &mut Vec<u8>,
    on_null: impl Fn(usize, Value<&str>) -> Result<()>,
) -> Result<()> {
    for (index, (key, values)) in keys.iter().zip(columns).enumerate() {
        lines.extend_from_slice(key.as_bytes());
        let (begin, value) = (lines.len(), values.at(row));
        serde_json::to_writer(&mut *lines, &value).map_err(Error::unexpected)?;
        if lines[begin..] == *b"null" && value != Value::Null {
            on_null(index, value)?;
        }
    }
    lines.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
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
