//! Checks a Parquet file, ours or another program's, against the portable profile and names each violation.
//!
//! The rules here apply to any file; `lint/own_tables.rs` has those for files that hold one of our tables. A file
//! written by `formats/parquet.rs` has no violation; the tests here make sure of it.

pub(crate) mod own_tables;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod violations;

use std::io;
use std::path::Path;

use parquet::basic::{
    Compression as Codec, ConvertedType, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical,
};
use parquet::column::page::Page;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, FileMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::Type;

use crate::error::{Error, Result};
use crate::formats::parquet::profile::{SCHEMA_VERSION_KEY, TABLE_KEY};
use crate::fs;
use crate::lint::violations::{Violation, Violations};
use crate::schema::column::{SCHEMA_VERSION, Table};

/// The profile's limit. Our own row groups are smaller, to save memory.
const MAX_ROW_GROUP_ROWS: i64 = 1_000_000;

/// All violations of the profile.
pub(crate) fn lint(path: &Path) -> Result<Vec<Violation>> {
    let file = fs::open(path)?;
    let reader = SerializedFileReader::new(file).map_err(|cause| unreadable(path, cause))?;
    let file = reader.metadata().file_metadata();
    let mut violations = Violations::default();

    if file.version() != 1 {
        violations.add("file_version", None, format!("the file is of format version {}, not 1", file.version()));
    }
    check_columns(file, &mut violations);
    for (number, group) in reader.metadata().row_groups().iter().enumerate() {
        if group.num_rows() > MAX_ROW_GROUP_ROWS {
            let message = format!("row group {number} has {} rows; {MAX_ROW_GROUP_ROWS} are allowed", group.num_rows());
            violations.add("row_group_rows", None, message);
        }
        let group = reader.get_row_group(number).map_err(|cause| unreadable(path, cause))?;
        for (position, chunk) in group.metadata().columns().iter().enumerate() {
            check_chunk(chunk, &mut violations);
            check_first_page(group.as_ref(), position, &mut violations);
        }
    }
    if let Some(table) = table_of(path, file, &mut violations) {
        own_tables::check(path, reader.metadata(), table, &mut violations);
    }
    Ok(violations.into_list())
}

/// A file that cannot be read is an error of the disk; one that can be read and is not Parquet is bad data.
fn unreadable(path: &Path, cause: ParquetError) -> Error {
    let is_disk = |source: &(dyn std::error::Error + Send + Sync + 'static)| {
        source.downcast_ref::<io::Error>().is_some_and(|disk| disk.kind() != io::ErrorKind::UnexpectedEof)
    };
    let cause = match cause {
        ParquetError::External(source) if is_disk(&*source) => return Error::disk("read", path, source),
        cause => cause,
    };
    Error::invalid_data(format!("{} is not a Parquet file, or is truncated: {cause}", path.display()))
}

/// Which of our tables the file holds, by its metadata or else its name.
fn table_of(path: &Path, file: &FileMetaData, violations: &mut Violations) -> Option<Table> {
    let value = |key: &str| {
        let pair = file.key_value_metadata()?.iter().find(|pair| pair.key == key)?;
        Some(pair.value.clone().unwrap_or_default())
    };
    let Some(name) = value(TABLE_KEY) else {
        return path.file_stem().and_then(|stem| stem.to_str()).and_then(Table::named);
    };
    let version = value(SCHEMA_VERSION_KEY);
    if version != Some(SCHEMA_VERSION.to_string()) {
        let version = version.as_deref().unwrap_or("unknown");
        let message = format!("the file is of schema version {version}, this program knows {SCHEMA_VERSION}");
        violations.add("schema_version", None, message);
    }
    let table = Table::named(&name);
    if table.is_none() {
        violations.add("table", None, format!("the file says that it holds {name:?}, which is none of our tables"));
    }
    table
}

fn check_columns(file: &FileMetaData, violations: &mut Violations) {
    let mut seen: Vec<&str> = Vec::new();
    for field in file.schema().get_fields() {
        let name = field.name();
        if seen.contains(&name) {
            violations.add("duplicate_column", Some(name), "two columns have this name");
        }
        seen.push(name);
        if !is_snake_case(name) {
            violations.add("name", Some(name), "the name is not lower snake_case");
        }
        if let Some((rule, message)) = type_violation(field) {
            violations.add(rule, Some(name), message);
        }
    }
}

fn is_snake_case(name: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(part) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// What is wrong with a column's type. Only the profile's types pass, so that future types of Parquet do not. Older files
/// declare their types by the converted type alone.
fn type_violation(field: &Type) -> Option<(&'static str, &'static str)> {
    const UNSIGNED: (&str, &str) = ("unsigned", "an unsigned integer; many readers know signed ones only");
    const TIMESTAMP: (&str, &str) = ("timestamp_unit", "a timestamp that is not in microseconds");
    const DECIMAL: (&str, &str) = ("decimal", "a decimal");
    const NULL_TYPE: (&str, &str) = ("null_type", "a column of type null; give it the type its values would have");
    const INT96: (&str, &str) = ("int96", "an INT96, the timestamp that Parquet gave up");
    const BINARY: (&str, &str) = ("binary", "bytes that do not say that they are UTF-8 text");
    const OTHER: (&str, &str) = ("type", "a type that the profile does not have");

    if field.is_group() {
        return Some(("nested", "a nested column (list, map or struct)"));
    }
    let info = field.get_basic_info();
    if info.has_repetition() && info.repetition() == Repetition::REPEATED {
        return Some(("repeated", "a repeated column"));
    }
    let physical = field.get_physical_type();
    let bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
    use ConvertedType as Converted;
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::String | LogicalType::Date), _) => None,
        (Some(LogicalType::Timestamp(stamp)), _) => (stamp.unit != TimeUnit::MICROS).then_some(TIMESTAMP),
        (Some(LogicalType::Integer(integer)), _) => (!integer.is_signed).then_some(UNSIGNED),
        (Some(LogicalType::Decimal(_)), _) | (None, Converted::DECIMAL) => Some(DECIMAL),
        (Some(LogicalType::Unknown), _) => Some(NULL_TYPE),
        (None, Converted::UTF8 | Converted::DATE | Converted::TIMESTAMP_MICROS) => None,
        (None, Converted::INT_8 | Converted::INT_16 | Converted::INT_32 | Converted::INT_64) => None,
        (None, Converted::UINT_8 | Converted::UINT_16 | Converted::UINT_32 | Converted::UINT_64) => Some(UNSIGNED),
        (None, Converted::TIMESTAMP_MILLIS) => Some(TIMESTAMP),
        (None, Converted::NONE) if physical == Physical::INT96 => Some(INT96),
        (None, Converted::NONE) if !bytes => None,
        _ if bytes => Some(BINARY),
        _ => Some(OTHER),
    }
}

/// The rules for a column's metadata in one row group.
fn check_chunk(chunk: &ColumnChunkMetaData, violations: &mut Violations) {
    let name = chunk.column_path().string();
    let column = Some(name.as_str());
    // BIT_PACKED is not an encoding of values: older writers list it for levels, even for absent ones.
    #[expect(deprecated, reason = "files still name it")]
    let allowed =
        [Encoding::PLAIN, Encoding::PLAIN_DICTIONARY, Encoding::RLE, Encoding::RLE_DICTIONARY, Encoding::BIT_PACKED];
    if let Some(encoding) = chunk.encodings().find(|encoding| !allowed.contains(encoding)) {
        violations.add("encoding", column, format!("encoded as {encoding}; the profile has PLAIN and dictionaries"));
    }
    if !matches!(chunk.compression(), Codec::ZSTD(_) | Codec::SNAPPY) {
        let message = format!("compressed as {}; the profile has zstd and snappy", chunk.compression());
        violations.add("compression", column, message);
    }
    if chunk.column_index_offset().is_none() || chunk.offset_index_offset().is_none() {
        violations.add("page_index", column, "no page index: readers cannot skip pages of this column");
    }
}

/// The version of data pages stands only in the pages; a writer uses one version, so that the first page is enough.
/// (This also finds a damaged file.)
fn check_first_page(group: &dyn RowGroupReader, position: usize, violations: &mut Violations) {
    let chunk = group.metadata().column(position);
    let name = chunk.column_path().string();
    let column = Some(name.as_str());
    // A page with another compression cannot be opened here; that violation is already listed.
    if violations.has("compression", column) && chunk.compression() != Codec::UNCOMPRESSED {
        return;
    }
    // The reader below does not check these and would panic.
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    if start < 0 || chunk.compressed_size() < 0 {
        return violations.add("unreadable", column, "cannot be read: its place in the file is negative");
    }
    let first_data_page = || -> std::result::Result<Option<Page>, ParquetError> {
        let mut pages = group.get_column_page_reader(position)?;
        while let Some(page) = pages.get_next_page()? {
            if !matches!(page, Page::DictionaryPage { .. }) {
                return Ok(Some(page));
            }
        }
        Ok(None)
    };
    match first_data_page() {
        Ok(Some(Page::DataPageV2 { .. })) => {
            violations.add("data_page", column, "data pages v2; some readers know v1 only");
        }
        Ok(_) => {}
        Err(cause) => violations.add("unreadable", column, format!("cannot be read: {cause}")),
    }
}
