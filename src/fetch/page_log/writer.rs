//! Writing a log: create-only, a frame a line, its name only once it is whole.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store;

use super::{Line, frames};

/// Writes one log; the file is `.partial` until [`LogWriter::finish`].
#[derive(Debug)]
pub struct LogWriter {
    file: File,
    path: PathBuf,
    /// What the log is called once it is whole.
    done: PathBuf,
}

impl LogWriter {
    /// Creates `<dir>/<name>.ndjson.zst.partial` for a walk. A log that is there is never written over: a run id that
    /// is tried again gets a log of its own, `<name>~2`.
    pub fn create(dir: &Path, name: &str) -> Result<Self> {
        store::create_dir(dir)?;
        let done = free_log(dir, name);
        let path = partial(&done);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| Error::disk("create", &path, error))?;
        store::sync_dir(dir)?;
        Ok(Self { file, path, done })
    }

    /// Creates a log that is imported: under a name that no reader takes for a log until it is whole, since what an
    /// interrupted import leaves behind is imported again.
    pub fn import(dir: &Path, name: &str) -> Result<Self> {
        store::create_dir(dir)?;
        let path = dir.join(format!("{name}.importing"));
        let file = File::create(&path).map_err(|error| Error::disk("create", &path, error))?;
        Ok(Self { file, path, done: free_log(dir, name) })
    }

    /// The walk that is imported had not ended: the log is whole as far as it goes, and says so by its name.
    pub fn finish_partial(mut self) -> Result<PathBuf> {
        self.done = partial(&self.done);
        self.finish()
    }

    /// Where it lies until it is whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line as a frame of its own.
    pub fn append(&mut self, line: &Line) -> Result<()> {
        let mut json = line.to_json();
        json.push('\n');
        let frame =
            frames::encode(json.as_bytes()).map_err(|error| Error::disk("compress a line of", &self.path, error))?;
        self.file.write_all(&frame).map_err(|error| Error::disk("write", &self.path, error))
    }

    /// Makes what was appended durable.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|error| Error::disk("write", &self.path, error))
    }

    /// The walk has ended: the log takes its name.
    pub fn finish(self) -> Result<PathBuf> {
        self.sync()?;
        std::fs::rename(&self.path, &self.done).map_err(|error| Error::disk("rename to", &self.done, error))?;
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
