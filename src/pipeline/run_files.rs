//! How the files in a run's folder are named and listed.

use crate::formats::hashing_file::WrittenFile;
use crate::schema::column::Table;
use crate::store::manifest::FileEntry;

/// Internal state for the next run: readers of folders skip names that begin with `_`.
pub(crate) const STATE_DIR: &str = "_state";
/// The file of [`Table::ReelState`] in it, without its ending.
pub(crate) const REEL_STATE: &str = "reels";

/// A table's Parquet file in the folder of a run.
pub(crate) fn name_of(table: Table) -> String {
    match table {
        Table::ReelState => format!("{STATE_DIR}/{REEL_STATE}.parquet"),
        _ => format!("{}.parquet", table.name()),
    }
}

pub(crate) fn entry(file: WrittenFile) -> FileEntry {
    FileEntry { path: file.name, bytes: file.bytes, rows: Some(file.rows), blake3: file.blake3 }
}
