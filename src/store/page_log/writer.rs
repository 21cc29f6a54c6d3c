//! Writing a log: create-only, a frame a line, its name only once it is whole.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::fs::DiskFile;
use crate::store::logs;
use crate::store::page_log::frames;
use crate::store::page_log::line::Line;

/// What the names of logs end with that are written here, and those of logs that are imported until they are whole.
const END: &str = ".zst";
const IMPORTING: &str = ".importing";

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
        fs::create_dir(dir)?;
        loop {
            let done = logs::free_log(dir, name, END)?;
            // Where somebody was quicker, the next name.
            if let Some(file) = DiskFile::create_new(&partial(&done))? {
                fs::sync_dir(dir)?;
                return Ok(Self { file, done });
            }
        }
    }

    /// Creates a log that is imported: under a name that no reader takes for a log until it is whole, since what an
    /// interrupted import leaves behind is imported again.
    pub fn import(dir: &Path, name: &str) -> Result<Self> {
        fs::create_dir(dir)?;
        for number in 1_u32.. {
            let importing = match number {
                1 => format!("{name}{IMPORTING}"),
                _ => format!("{name}~{number}{IMPORTING}"),
            };
            if let Some(file) = DiskFile::create_new(&dir.join(importing))? {
                return Ok(Self { file, done: logs::free_log(dir, name, END)? });
            }
        }
        Err(Error::unexpected(format!("{} has no free name to import into", dir.display())))
    }

    /// Takes a log up again to write behind its last whole line; a torn last frame is cut off, and that is said.
    pub fn reopen(path: &Path, whole_bytes: u64) -> Result<Self> {
        let file = DiskFile::append_to(path)?;
        let size = fs::size(path)?;
        if let torn @ 1.. = size.saturating_sub(whole_bytes) {
            tracing::warn!(log = %path.display(), bytes = torn, "the log was cut off in a line: what is behind the last whole line is removed");
            file.cut(whole_bytes)?;
            file.sync()?;
        }
        let done = if is_partial(path) { path.with_extension("") } else { path.to_owned() };
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
        let (dir, is_partial) = (self.done.parent().unwrap_or(Path::new("")), is_partial(&self.done));
        let mut done = self.done.clone();
        // Where the name was taken meanwhile, the next one: no log is written over.
        while !fs::rename_new(self.path(), &done)? {
            done = logs::free_log(dir, &stem(&self.done), END)?;
            if is_partial {
                done = partial(&done);
            }
            tracing::warn!("{} was there already: this log is {}", self.done.display(), done.display());
        }
        fs::sync_dir(dir)?;
        Ok(done)
    }
}

/// Removes what an import left that was killed: its pages are where they came from, and are imported again.
pub fn remove_imports(dir: &Path) -> Result<()> {
    for path in fs::list(dir)? {
        if path.to_string_lossy().ends_with(IMPORTING) {
            tracing::info!("{} was left by an import that was killed: removed", path.display());
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// What a log's name begins with.
fn stem(log: &Path) -> String {
    let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.split_once(".ndjson").map_or(name.clone(), |(stem, _)| stem.to_owned())
}

fn is_partial(log: &Path) -> bool {
    log.extension().is_some_and(|extension| extension == "partial")
}

fn partial(log: &Path) -> PathBuf {
    let mut path = log.to_owned();
    path.as_mut_os_string().push(".partial");
    path
}
