//! Lint on files with one deliberate violation each, and on everything that we write.

use std::fs::File;

use super::*;
use crate::error::ErrorKind;
use crate::formats::options::{Compression, Format, Options};
use crate::formats::writer::TableWriter;
use crate::schema::{column::Row, tables::Hashtag};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, FixedSizeBinaryArray, Int8Array, Int64Array,
    ListArray, NullArray, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt32Array, new_empty_array, new_null_array,
};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;
use tempfile::TempDir;

/// A file's violations as `rule` or `rule column`.
fn violations(path: &Path) -> Vec<String> {
    let words = |violation: Violation| match violation.column {
        Some(column) => format!("{} {column}", violation.rule),
        None => violation.rule.to_owned(),
    };
    lint(path).unwrap().into_iter().map(words).collect()
}

fn good() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Codec::SNAPPY)
}

/// The violations of a file with this batch, written under this stem.
fn violations_of(stem: &str, batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(format!("{stem}.parquet"));
    let file = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    violations(&path)
}

/// The violations of a file of nobody's table with this one column.
fn violations_of_column(name: &str, array: impl Array + 'static, properties: WriterPropertiesBuilder) -> Vec<String> {
    let batch = RecordBatch::try_from_iter([(name, Arc::new(array) as ArrayRef)]).unwrap();
    violations_of("other", &batch, properties)
}

/// The violations of a file without rows whose schema is written out.
fn violations_of_schema(columns: &str) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("other.parquet");
    let schema = parse_message_type(&format!("message other {{ {columns} }}")).unwrap();
    let properties = Arc::new(good().build());
    SerializedFileWriter::new(File::create(&path).unwrap(), Arc::new(schema), properties).unwrap().close().unwrap();
    violations(&path)
}

#[test]
fn everything_that_we_write_passes() {
    let dir = TempDir::new().unwrap();
    for table in Table::ALL {
        for compression in Compression::ALL {
            for rows in [0, 1, 3] {
                let options = Options { compression, ..Options::new(&[Format::Parquet]) };
                let mut writer = TableWriter::create(dir.path(), "any", table, &options).unwrap();
                writer.write(&blank_rows(table, rows)).unwrap();
                writer.finish().unwrap();
                let violations = violations(&dir.path().join("any.parquet"));
                assert!(violations.is_empty(), "{} {rows} rows: {violations:?}", table.name());
            }
        }
    }
}

/// Rows with null where a column may be null, and an empty text, a zero or false elsewhere.
fn blank_rows(table: Table, rows: usize) -> RecordBatch {
    let schema = table.schema();
    let arrays = schema.fields().iter().map(|field| {
        let nulls = new_null_array(field.data_type(), rows);
        if field.is_nullable() {
            return nulls;
        }
        // The same buffers without their null mask are the blank values.
        arrow_array::make_array(nulls.to_data().into_builder().nulls(None).build().unwrap())
    });
    RecordBatch::try_new(schema.clone(), arrays.collect()).unwrap()
}

#[test]
fn types_of_the_profile_pass_small_signed_integers_too() {
    assert_eq!(violations_of_column("a", Int8Array::from(vec![1]), good()), [""; 0]);
    assert_eq!(violations_of_schema("optional int32 a (INTEGER(16, true)); required double b;"), [""; 0]);
    // As older writers say it: by the converted type alone.
    assert_eq!(violations_of_schema("optional binary a (UTF8); optional int32 b (DATE);"), [""; 0]);
}

#[test]
fn an_unsigned_integer_is_named() {
    assert_eq!(violations_of_column("a", UInt32Array::from(vec![1]), good()), ["unsigned a"]);
    assert_eq!(violations_of_schema("optional int32 a (UINT_16);"), ["unsigned a"]);
}

#[test]
fn a_timestamp_of_nanoseconds_or_milliseconds_is_named() {
    assert_eq!(violations_of_column("a", TimestampNanosecondArray::from(vec![1]), good()), ["timestamp_unit a"]);
    assert_eq!(violations_of_column("a", TimestampMillisecondArray::from(vec![1]), good()), ["timestamp_unit a"]);
    assert_eq!(violations_of_schema("optional int64 a (TIMESTAMP_MILLIS);"), ["timestamp_unit a"]);
}

#[test]
fn an_int96_is_named() {
    assert_eq!(violations_of_schema("optional int96 a;"), ["int96 a"]);
}

#[test]
fn a_decimal_is_named() {
    assert_eq!(violations_of_column("a", Decimal128Array::from(vec![1]), good()), ["decimal a"]);
}

#[test]
fn bytes_that_are_not_said_to_be_text_are_named() {
    assert_eq!(violations_of_column("a", BinaryArray::from(vec![&b"x"[..]]), good()), ["binary a"]);
    let fixed = FixedSizeBinaryArray::try_from_iter([[1_u8, 2]].into_iter()).unwrap();
    assert_eq!(violations_of_column("a", fixed, good()), ["binary a"]);
    assert_eq!(violations_of_schema("optional binary a (JSON);"), ["binary a"]);
}

#[test]
fn a_column_of_type_null_is_named() {
    assert_eq!(violations_of_column("a", NullArray::new(3), good()), ["null_type a"]);
}

#[test]
fn any_other_type_is_named() {
    assert_eq!(violations_of_column("a", Time64MicrosecondArray::from(vec![1]), good()), ["type a"]);
}

#[test]
fn a_nested_column_is_named() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), Some(2)])]);
    assert_eq!(violations_of_column("a", list, good()), ["nested a"]);
}

#[test]
fn a_repeated_column_is_named() {
    assert_eq!(violations_of_schema("repeated int32 a;"), ["repeated a"]);
}

#[test]
fn a_name_that_is_not_snake_case_is_named() {
    for name in ["playCount", "Views", "play count", "2nd", "_hidden", "größe", ""] {
        assert_eq!(violations_of_column(name, Int64Array::from(vec![1]), good()), [format!("name {name}")]);
    }
}

#[test]
fn a_name_that_stands_twice_is_named() {
    assert_eq!(violations_of_schema("optional int32 a; optional int64 a;"), ["duplicate_column a"]);
}

#[test]
fn an_encoding_outside_the_profile_is_named() {
    let delta = || good().set_dictionary_enabled(false).set_encoding(Encoding::DELTA_BINARY_PACKED);
    assert_eq!(violations_of_column("a", Int64Array::from(vec![1]), delta()), ["encoding a"]);
    let split = || good().set_dictionary_enabled(false).set_encoding(Encoding::BYTE_STREAM_SPLIT);
    assert_eq!(violations_of_column("a", Int64Array::from(vec![1]), split()), ["encoding a"]);
}

#[test]
fn data_pages_v2_are_named_and_so_is_the_file_version_that_comes_with_them() {
    let version_2 = good().set_writer_version(WriterVersion::PARQUET_2_0);
    assert_eq!(violations_of_column("a", Int64Array::from(vec![1]), version_2), ["file_version", "data_page a"]);
}

#[test]
fn a_compression_outside_the_profile_is_named() {
    let none = good().set_compression(Codec::UNCOMPRESSED);
    assert_eq!(violations_of_column("a", Int64Array::from(vec![1]), none), ["compression a"]);
}

#[test]
fn a_row_group_that_is_too_large_is_named() {
    let array = BooleanArray::from(vec![true; 1_000_001]);
    let large = good().set_max_row_group_row_count(Some(2_000_000));
    assert_eq!(violations_of_column("a", array, large), ["row_group_rows"]);
}

#[test]
fn a_missing_page_index_is_named() {
    let without = good().set_statistics_enabled(EnabledStatistics::Chunk).set_offset_index_disabled(true);
    assert_eq!(violations_of_column("a", Int64Array::from(vec![1]), without), ["page_index a"]);
}

#[test]
fn a_damaged_page_is_named() {
    let dir = TempDir::new().unwrap();
    let path = written_tags(dir.path());
    let mut content = std::fs::read(&path).unwrap();
    // Behind the magic number stands the header of the first column's first page.
    content[4..40].fill(0xFF);
    std::fs::write(&path, content).unwrap();
    assert_eq!(violations(&path), ["unreadable reel_key"]);
}

// From here on: files that hold one of our tables.

fn tags() -> RecordBatch {
    let tag = |reel_id: &str, position| Hashtag { reel_id: reel_id.into(), position, ..Hashtag::default() };
    let tags = [tag("1", 1), tag("1", 2), tag("2", 1)];
    Hashtag::batch(&tags.iter().collect::<Vec<_>>())
}

fn written_tags(dir: &Path) -> std::path::PathBuf {
    let options = Options { compression: Compression::Snappy, ..Options::new(&[Format::Parquet]) };
    let mut writer = TableWriter::create(dir, "tags", Table::Hashtags, &options).unwrap();
    writer.write(&tags()).unwrap();
    writer.finish().unwrap();
    dir.join("tags.parquet")
}

/// What a hashtags file has beside its columns.
fn good_tags() -> WriterPropertiesBuilder {
    good()
        .set_sorting_columns(Some(crate::formats::parquet::profile::sorting_columns(Table::Hashtags)))
        .set_column_bloom_filter_enabled("reel_id".into(), true)
}

/// Hashtags with other columns: whatever `change` makes of them.
fn changed_tags(change: impl FnOnce(&mut Vec<(Field, ArrayRef)>)) -> RecordBatch {
    let batch = tags();
    let fields = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect::<Vec<_>>();
    let mut columns = fields.into_iter().zip(batch.columns().iter().cloned()).collect();
    change(&mut columns);
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

#[test]
fn the_table_is_known_by_the_files_own_word_and_else_by_its_name() {
    assert_eq!(violations_of("hashtags", &tags(), good_tags()), [""; 0]);
    let other = violations_of("people", &tags(), good_tags());
    assert!(other.contains(&"missing_column role".to_owned()), "{other:?}");
    let pairs = |table: &str, version: &str| {
        let pairs = [(TABLE_KEY, table), (SCHEMA_VERSION_KEY, version)];
        Some(pairs.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned())).to_vec())
    };
    let version = SCHEMA_VERSION.to_string();
    let said = good_tags().set_key_value_metadata(pairs("hashtags", &version));
    assert_eq!(violations_of("people", &tags(), said), [""; 0]);
    let old = good_tags().set_key_value_metadata(pairs("hashtags", "0"));
    assert_eq!(violations_of("people", &tags(), old), ["schema_version"]);
    let unknown = good_tags().set_key_value_metadata(pairs("stories", &version));
    assert_eq!(violations_of("hashtags", &tags(), unknown), ["table"]);
}

#[test]
fn a_missing_column_is_named() {
    let batch = changed_tags(|columns| drop(columns.remove(4)));
    let sorting = [(1, false), (2, false), (4, false)].map(|(column_idx, descending)| SortingColumn {
        column_idx,
        descending,
        nulls_first: false,
    });
    let properties = good_tags().set_sorting_columns(Some(sorting.to_vec()));
    assert_eq!(violations_of("hashtags", &batch, properties), ["missing_column hashtag_as_written"]);
}

#[test]
fn an_extra_column_is_named() {
    let extra = (Field::new("colour", DataType::Utf8, true), Arc::new(StringArray::from(vec!["red"; 3])) as ArrayRef);
    let batch = changed_tags(|columns| columns.push(extra));
    assert_eq!(violations_of("hashtags", &batch, good_tags()), ["extra_column colour"]);
}

#[test]
fn a_wrong_order_is_named_by_the_first_column_that_is_out_of_place() {
    let batch = changed_tags(|columns| columns.swap(3, 4));
    assert_eq!(violations_of("hashtags", &batch, good_tags()), ["column_order hashtag_as_written"]);
}

#[test]
fn a_wrong_type_is_named() {
    let numbers = (Field::new("hashtag", DataType::Int64, false), Arc::new(Int64Array::from(vec![1; 3])) as ArrayRef);
    let batch = changed_tags(|columns| columns[3] = numbers);
    assert_eq!(violations_of("hashtags", &batch, good_tags()), ["column_type hashtag"]);
}

#[test]
fn a_column_that_may_be_null_and_never_should_is_named() {
    let batch = changed_tags(|columns| columns[3].0 = columns[3].0.clone().with_nullable(true));
    assert_eq!(violations_of("hashtags", &batch, good_tags()), ["nullable hashtag"]);
}

#[test]
fn a_missing_bloom_filter_is_named() {
    let without = good_tags().set_column_bloom_filter_enabled("reel_id".into(), false);
    assert_eq!(violations_of("hashtags", &tags(), without), ["bloom_filter reel_id"]);
}

#[test]
fn a_missing_or_wrong_sort_order_is_named() {
    assert_eq!(violations_of("hashtags", &tags(), good_tags().set_sorting_columns(None)), ["sort_order"]);
    // An index that points nowhere is a wrong order and no panic.
    let nowhere = SortingColumn { column_idx: -1, descending: false, nulls_first: false };
    let wrong = good_tags().set_sorting_columns(Some(vec![nowhere]));
    assert_eq!(violations_of("hashtags", &tags(), wrong), ["sort_order"]);
}

#[test]
fn rows_that_are_not_in_the_order_that_the_file_says_are_named() {
    let batch = tags();
    let turned = [batch.slice(2, 1), batch.slice(0, 1)];
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("hashtags.parquet");
    let properties = good_tags().build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    turned.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let found = lint(&path).unwrap();
    assert_eq!((found.len(), found[0].rule), (1, "row_order"));
    assert!(found[0].message.starts_with("row 2 "), "{}", found[0].message);
}

#[test]
fn a_file_that_is_missing_or_no_parquet_is_an_error_that_names_it() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("missing.parquet");
    let error = lint(&missing).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Disk);
    assert!(error.message.contains("missing.parquet"), "{error}");
    assert_eq!(lint(dir.path()).unwrap_err().kind, ErrorKind::Disk);

    for content in ["", "reel_id,views\n1,2\n", "PAR1 and then something that is no footer PAR1"] {
        let path = dir.path().join("text.parquet");
        std::fs::write(&path, content).unwrap();
        let error = lint(&path).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidData, "{error}");
        assert!(error.message.contains("text.parquet"), "{error}");
    }
}

#[test]
fn a_file_that_was_cut_off_is_not_understood() {
    let dir = TempDir::new().unwrap();
    let path = written_tags(dir.path());
    let content = std::fs::read(&path).unwrap();
    std::fs::write(&path, &content[..content.len() / 2]).unwrap();
    assert_eq!(lint(&path).unwrap_err().kind, ErrorKind::InvalidData);
}

#[test]
fn a_table_without_rows_still_has_to_have_its_columns() {
    let batch = tags();
    let empty = batch.columns().iter().map(|column| new_empty_array(column.data_type())).skip(1).collect();
    let fields = batch.schema().fields().iter().skip(1).cloned().collect::<Vec<_>>();
    let empty = RecordBatch::try_new(Arc::new(Schema::new(fields)), empty).unwrap();
    assert_eq!(violations_of("hashtags", &empty, good_tags()), ["missing_column reel_key"]);
}
