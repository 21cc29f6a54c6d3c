//! Writing a log: create-only, a frame a line, its name only once it is whole.

use std::path::{Path, PathBuf};

use crate::disk::{self, DiskFile};
use crate::error::{Error, Result};
use crate::store;

use super::{Line, frames};

/// Writes one log; the file is `.partial` until [`LogWriter::finish`].
#[derive(Debug)]
pub struct LogWriter {
    file: DiskFile,
    /// What the log is called once it is whole.
    done: PathBuf,
}

impl LogWriter {
    /// Creates `<dir>/<name>.ndjson.zst.partial` for a walk. A log that is there is never written over: a run id that
    /// is tried again gets a log of its own, `<name>~2`.
    pub fn create(dir: &Path, name: &str) -> Result<Self> {
        store::create_dir(dir)?;
        let done = free_log(dir, name);
        let file = DiskFile::create_new(&partial(&done))?;
        store::sync_dir(dir)?;
        Ok(Self { file, done })
    }

    /// Creates a log that is imported: under a name that no reader takes for a log until it is whole, since what an
    /// interrupted import leaves behind is imported again.
    pub fn import(dir: &Path, name: &str) -> Result<Self> {
        store::create_dir(dir)?;
        let file = DiskFile::create(&dir.join(format!("{name}.importing")))?;
        Ok(Self { file, done: free_log(dir, name) })
    }

    /// Takes a log up again to write behind its last whole line; a torn last frame is cut off, and that is said.
    pub fn reopen(path: &Path, whole_bytes: u64) -> Result<Self> {
        let file = DiskFile::append_to(path)?;
        let size = file.file().metadata().map_err(|error| Error::disk("read the size of", path, error))?.len();
        if let torn @ 1.. = size.saturating_sub(whole_bytes) {
            tracing::warn!(log = %path.display(), bytes = torn, "the last line was cut off by a kill: it is removed");
            file.cut(whole_bytes)?;
            file.sync()?;
        }
        let done = if path.extension().is_some_and(|extension| extension == "partial") {
            path.with_extension("")
        } else {
            path.to_owned()
        };
        Ok(Self { file, done })
    }

    /// The walk that is imported had not ended: the log is whole as far as it goes, and says so by its name.
    pub fn finish_partial(mut self) -> Result<PathBuf> {
        self.done = partial(&self.done);
        self.finish()
    }

    /// Where it lies until it is whole.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Appends a line as a frame of its own.
    pub fn append(&mut self, line: &Line) -> Result<()> {
        let mut json = line.to_json();
        json.push('\n');
        let frame =
            frames::encode(json.as_bytes()).map_err(|error| Error::disk("compress a line of", self.path(), error))?;
        self.file.put(&frame)
    }

    /// Makes what was appended durable.
    pub fn sync(&self) -> Result<()> {
        self.file.sync()
    }

    /// What makes the lines so far durable, to be called on another thread while the walk goes on.
    pub fn syncing(&self) -> Result<impl FnOnce() -> Result<()> + Send + 'static> {
        let file = self.file.another()?;
        Ok(move || file.sync())
    }

    /// The walk has ended: the log takes its name.
    pub fn finish(self) -> Result<PathBuf> {
        self.sync()?;
        if self.path() == self.done {
            return Ok(self.done);
        }
        disk::rename(self.path(), &self.done)?;
        self.done.parent().map_or(Ok(()), store::sync_dir)?;
        Ok(self.done)
    }
}

/// The name of a log that is not there yet, neither whole nor partial.
fn free_log(dir: &Path, name: &str) -> PathBuf {
    let candidate = |number: u32| match number {
        1 => dir.join(format!("{name}.ndjson.zst")),
        _ => dir.join(format!("{name}~{number}.ndjson.zst")),
    };
    (1..).map(candidate).find(|path| !path.exists() && !partial(path).exists()).expect("one of the numbers is free")
}

fn partial(log: &Path) -> PathBuf {
    let mut path = log.to_owned();
    path.as_mut_os_string().push(".partial");
    path
}
