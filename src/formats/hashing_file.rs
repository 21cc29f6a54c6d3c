//! The files that formats write, hashed while they are written, and the stream that one table can be written to instead.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::RecordBatch;

use crate::error::{Error, Result};
use crate::fs::DiskFile;

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// The file's name inside the directory, such as `reels.parquet`.
    pub name: String,
    pub bytes: u64,
    pub rows: u64,
    /// Hex of the hash of the file's content.
    pub blake3: String,
}

/// What a format does. Its blocks do not depend on how the caller cut the rows into batches.
pub(crate) trait FormatWriter: Send {
    fn write(&mut self, block: &RecordBatch) -> Result<()>;
    /// Writes what is still buffered and returns the file.
    fn finish(self: Box<Self>) -> Result<HashingFile>;
}

/// Where the bytes go.
enum Target {
    Disk(BufWriter<DiskFile>),
    Stream(Box<dyn Write + Send>),
}

/// A file that is written from start to end and hashed on the way.
pub(crate) struct HashingFile {
    path: PathBuf,
    target: Target,
    hasher: blake3::Hasher,
    bytes: u64,
    disk_failed: Arc<AtomicBool>,
}

impl HashingFile {
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let file = DiskFile::create(&path)?;
        Ok(Self::to(path, Target::Disk(BufWriter::new(file))))
    }

    /// A stream under a name for messages; it is flushed at the end and never synced.
    pub(crate) fn stream(name: &str, stream: Box<dyn Write + Send>) -> Self {
        Self::to(name.into(), Target::Stream(stream))
    }

    fn to(path: PathBuf, target: Target) -> Self {
        Self { path, target, hasher: blake3::Hasher::new(), bytes: 0, disk_failed: Arc::default() }
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|cause| Error::disk("write", &self.path, cause))
    }

    /// What turns the errors of this file's writer into ours.
    pub(crate) fn faults(&self) -> WriteFaults {
        WriteFaults { path: self.path.clone(), disk_failed: Arc::clone(&self.disk_failed) }
    }

    pub(crate) fn close(mut self, rows: u64) -> Result<WrittenFile> {
        self.flush().map_err(|cause| Error::disk("write", &self.path, cause))?;
        if let Target::Disk(file) = &self.target {
            file.get_ref().sync()?;
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(WrittenFile { name, bytes: self.bytes, rows, blake3: self.hasher.finalize().to_hex().to_string() })
    }
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Target::Disk(file) => file.write(buffer),
            Target::Stream(stream) => stream.write(buffer),
        };
        let taken = written.inspect_err(|_| self.disk_failed.store(true, Ordering::Relaxed))?;
        self.hasher.update(&buffer[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.target {
            Target::Disk(file) => file.flush(),
            Target::Stream(stream) => stream.flush(),
        };
        flushed.inspect_err(|_| self.disk_failed.store(true, Ordering::Relaxed))
    }
}

/// Tells errors of the disk from errors of the program: a format's writer may turn both into text.
#[derive(Clone)]
pub(crate) struct WriteFaults {
    path: PathBuf,
    /// Whether the disk refused a write.
    disk_failed: Arc<AtomicBool>,
}

impl WriteFaults {
    pub(crate) fn error(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let cause = cause.into();
        if self.disk_failed.load(Ordering::Relaxed) {
            return Error::disk("write", &self.path, cause);
        }
        Error::unexpected(format!("could not write {}: {cause}", self.path.display()))
    }
}
