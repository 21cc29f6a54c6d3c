//! Reads what the program left behind: Parquet files as plain rows, folders as fingerprints.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Number, Value};

/// Column to value. Times are text: `2025-05-27T18:41:50Z`, without the `Z` on a local clock, with microseconds where
/// there are any; days are `2025-05-27`.
pub type Row = Map<String, Value>;

pub fn read_parquet(path: &Path) -> Vec<Row> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    let reader = reader.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.flat_map(|batch| rows(&batch.expect("the file can be read to its end"))).collect()
}

/// The rows of every Parquet file below a folder, in the order of the paths.
pub fn read_parquet_below(dir: &Path) -> Vec<Row> {
    let parquet = files(dir).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "parquet"));
    parquet.flat_map(|path| read_parquet(&path)).collect()
}

/// One column of all rows.
pub fn column(rows: &[Row], name: &str) -> Vec<Value> {
    let cell = |row: &Row| row.get(name).unwrap_or_else(|| panic!("there is no column {name}")).clone();
    rows.iter().map(cell).collect()
}

fn rows(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    let row = |index| {
        let cells = schema.fields().iter().zip(batch.columns());
        cells.map(|(field, array)| (field.name().clone(), cell(field.name(), array, index))).collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

/// A cell as JSON.
pub fn cell(column: &str, array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => day(array.as_primitive::<Date32Type>().value(row)).into(),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let text = instant(array.as_primitive::<TimestampMicrosecondType>().value(row));
            if zone.is_some() { text.into() } else { text.trim_end_matches('Z').into() }
        }
        other => panic!("column {column} is of type {other}, which no output has"),
    }
}

/// JSON has no NaN and no infinity; as text they stay visible.
fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number)
}

fn day(days: i32) -> String {
    let days = Days::new(u64::try_from(days).expect("no reel is older than 1970"));
    (NaiveDate::default() + days).to_string()
}

fn instant(micros: i64) -> String {
    let format = if micros % 1_000_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    DateTime::from_timestamp_micros(micros).expect("a year that has a name").to_rfc3339_opts(format, true)
}

/// Relative path to content hash, or to the target of a link: equal trees have equal files.
pub fn tree(dir: &Path) -> BTreeMap<PathBuf, String> {
    let entry = |path: PathBuf| {
        let content = match fs::read_link(&path) {
            Ok(target) => format!("-> {}", target.display()),
            Err(_) => blake3::hash(&fs::read(&path).expect("a file can be read")).to_string(),
        };
        (path.strip_prefix(dir).expect("found below it").to_owned(), content)
    };
    files(dir).into_iter().map(entry).collect()
}

/// The same of a store, without what differs from store to store: the lock, the marker, and the ids that its Delta logs
/// have from the marker.
pub fn tree_of_store(dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = tree(dir);
    all.retain(|path, _| !path.ends_with(".lock") && !path.ends_with(".reelframe"));
    for (path, hash) in all.iter_mut().filter(|(path, _)| path.iter().any(|part| part == "_delta_log")) {
        let text = fs::read_to_string(dir.join(path)).expect("a log can be read");
        let is_own = |line: &&str| !line.contains("\"txn\"");
        let lines: Vec<String> = text.lines().filter(is_own).map(without_id).collect();
        *hash = blake3::hash(lines.join("\n").as_bytes()).to_string();
    }
    all
}

/// A line of a Delta log without the id of its table.
fn without_id(line: &str) -> String {
    let mut action: serde_json::Value = serde_json::from_str(line).expect("JSON");
    if let Some(metadata) = action.get_mut("metaData") {
        metadata["id"] = serde_json::Value::Null;
    }
    action.to_string()
}

/// The files below a folder that hold a text, packed (`.zst`) and Parquet files also by what is in them.
pub fn files_with(dir: &Path, text: &str) -> Vec<PathBuf> {
    let contains = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let holds = |path: &PathBuf| contains(&fs::read(path).unwrap_or_default()) || contains(&unpacked(path));
    files(dir).into_iter().filter(holds).collect()
}

fn unpacked(path: &Path) -> Vec<u8> {
    let name = path.to_string_lossy();
    // A file that a full disk cut short holds what its bytes hold; so does one of a run that never came to its end.
    let is_whole = || fs::read(path).is_ok_and(|bytes| bytes.len() > 8 && bytes.ends_with(b"PAR1"));
    if name.ends_with(".parquet") && !name.contains(".partial/") && is_whole() {
        return format!("{:?}", read_parquet(path)).into_bytes();
    }
    let mut bytes = Vec::new();
    if name.ends_with(".zst") || name.ends_with(".zst.partial") {
        let file = File::open(path).expect("a file can be opened");
        // A torn end is what a killed crawl leaves behind; what comes before it is read.
        let _ = zstd::stream::Decoder::new(file).and_then(|mut decoder| decoder.read_to_end(&mut bytes));
    }
    bytes
}

/// Every file and link below a folder, sorted; links are not followed.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let entry = entry.expect("a folder can be listed");
        match entry.file_type().expect("an entry has a type").is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use parquet::arrow::ArrowWriter;
    use serde_json::json;

    use super::*;

    fn write_example(path: &Path) {
        let columns: [(&str, ArrayRef); 6] = [
            ("name", Arc::new(StringArray::from(vec![Some("pond"), None]))),
            ("views", Arc::new(Int64Array::from(vec![3_641_924_023_820_356_866, 1]))),
            ("rate", Arc::new(Float64Array::from(vec![0.25, f64::NAN]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_748_371_310_000_000, 1]).with_timezone("UTC"))),
            ("local", Arc::new(TimestampMicrosecondArray::from(vec![1_748_371_310_000_000, 250_000]))),
            ("day", Arc::new(Date32Array::from(vec![20_235, 0]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn a_parquet_file_becomes_plain_rows() {
        let dir = tempfile::tempdir().unwrap();
        write_example(&dir.path().join("example.parquet"));
        let rows = read_parquet_below(dir.path());
        assert_eq!(column(&rows, "name"), [json!("pond"), Value::Null]);
        assert_eq!(column(&rows, "views"), [json!(3_641_924_023_820_356_866_i64), json!(1)]);
        assert_eq!(column(&rows, "rate"), [json!(0.25), json!("NaN")]);
        assert_eq!(column(&rows, "at"), ["2025-05-27T18:41:50Z", "1970-01-01T00:00:00.000001Z"]);
        assert_eq!(column(&rows, "local"), ["2025-05-27T18:41:50", "1970-01-01T00:00:00.250000"]);
        assert_eq!(column(&rows, "day"), ["2025-05-27", "1970-01-01"]);
    }

    #[test]
    fn a_text_is_found_in_plain_packed_and_parquet_files() {
        let dir = tempfile::tempdir().unwrap();
        write_example(&dir.path().join("a.parquet"));
        fs::create_dir(dir.path().join("raw")).unwrap();
        fs::write(dir.path().join("raw/b.zst"), zstd::encode_all(&b"a pond in the park"[..], 3).unwrap()).unwrap();
        fs::write(dir.path().join("raw/c.txt"), "nothing here").unwrap();
        let found = files_with(dir.path(), "pond");
        assert_eq!(found, [dir.path().join("a.parquet"), dir.path().join("raw/b.zst")]);
    }

    #[test]
    fn a_tree_tells_every_change() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("runs")).unwrap();
        fs::write(dir.path().join("runs/a"), "1").unwrap();
        std::os::unix::fs::symlink("runs", dir.path().join("latest")).unwrap();
        let before = tree(dir.path());
        assert_eq!(before[Path::new("latest")], "-> runs");
        assert_eq!(before, tree(dir.path()));
        fs::write(dir.path().join("runs/a"), "2").unwrap();
        assert_ne!(before, tree(dir.path()));
    }
}
