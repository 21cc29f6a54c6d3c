//! The file system: every read and every change (create, write, sync, rename, remove, link, copy). Each error names its
//! path. clippy.toml keeps the other modules from using `std::fs`.
//!
//! A debug build can fail any single operation (`fault_injection.rs`), so that tests can show what a full or broken disk
//! leaves behind. A release build has none of that.

#![allow(clippy::disallowed_methods)]

mod atomic;
#[cfg(debug_assertions)]
mod fault_injection;
mod full;
mod names;
#[cfg(debug_assertions)]
mod pause;
#[cfg_attr(not(debug_assertions), path = "fs/no_power.rs")]
mod power;
mod read;
mod write;

pub(crate) use atomic::{move_files, move_files_into_folders, write_whole};
pub(crate) use full::was_full;
pub(crate) use names::{PARTIAL, is_hidden, is_partial, partial_of};
pub(crate) use read::{
    blake3_of, blake3_of_first, blake3_of_last, bytes_of, exists, files, first_free, is_dir, is_file, is_link,
    is_same_file, is_shared, kind, leads_nowhere, list, metadata_of, modified, not_a_file, open, open_to_lock, read,
    read_if_present, read_link, real_path, size, size_if_present, text_of,
};
pub(crate) use write::{
    DiskFile, copy, create_dir, hard_link, remove_dir, remove_file, rename, rename_new, symlink, sync_dir,
    written_bytes,
};
