//! Writing a page log: one frame per line, no file is overwritten, and the log gets its final name once it is complete.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs::{self, DiskFile};
use crate::store::page_log::{frames, name};
use crate::store::{layout, page_log::line::Line, page_log::name::ZST};

/// The extension of a log that is imported, until it is whole: no reader takes it for a log.
const IMPORTING: &str = ".importing";

/// Writes one log; the file is `.partial` until [`LogWriter::finish`].
#[derive(Debug)]
pub(crate) struct LogWriter {
    file: DiskFile,
    /// The log's path once it is whole.
    done: PathBuf,
}

impl LogWriter {
    /// Creates `<dir>/<stem>.ndjson.zst.partial` for a crawl. An existing log is never overwritten: a run id that is used
    /// again gets a new log, `<stem>~2`.
    pub(crate) fn create(dir: &Path, stem: &str) -> Result<Self> {
        fs::create_dir(dir)?;
        loop {
            let done = name::first_free(dir, stem, ZST)?;
            // If the name was taken in between, the next one.
            if let Some(file) = DiskFile::create_new(&fs::partial_of(&done))? {
                fs::sync_dir(dir)?;
                return Ok(Self { file, done });
            }
        }
    }

    /// Creates a log that is imported, under a name that no reader takes for a log until it is whole: what an interrupted
    /// import leaves behind is imported again.
    pub(crate) fn import(dir: &Path, stem: &str) -> Result<Self> {
        fs::create_dir(dir)?;
        for number in 1_u32.. {
            let importing = match number {
                1 => format!("{stem}{IMPORTING}"),
                _ => format!("{stem}~{number}{IMPORTING}"),
            };
            if let Some(file) = DiskFile::create_new(&dir.join(importing))? {
                return Ok(Self { file, done: name::first_free(dir, stem, ZST)? });
            }
        }
        Err(Error::unexpected(format!("{} has no free name to import into", dir.display())))
    }

    /// Reopens a log to append after its last whole line; a torn last frame is cut off, with a warning. A log that another
    /// store has by a hard link becomes a file of its own first.
    pub(crate) fn reopen(path: &Path, whole_bytes: u64) -> Result<Self> {
        if fs::is_shared(path)? {
            let dir = path.parent().unwrap_or(Path::new(""));
            // Beside the folders of accounts, where the next command removes what a killed one left behind.
            let own = layout::staged_in(dir.parent().unwrap_or(dir), &name::without_partial(path));
            fs::copy(path, &own)?;
            fs::rename(&own, path)?;
            fs::sync_dir(dir)?;
        }
        let file = DiskFile::append_to(path)?;
        let size = fs::size(path)?;
        if let torn @ 1.. = size.saturating_sub(whole_bytes) {
            tracing::warn!(log = %path.display(), bytes = torn, "the log ends within a line: the bytes after its last whole line are removed");
            file.truncate(whole_bytes)?;
            file.sync()?;
        }
        let done = if fs::is_partial(path) { path.with_extension("") } else { path.to_owned() };
        Ok(Self { file, done })
    }

    /// Finishes the log of an imported crawl that had not ended: it stays `.partial`.
    pub(crate) fn finish_partial(mut self) -> Result<PathBuf> {
        self.done = fs::partial_of(&self.done);
        self.finish()
    }

    /// Where the log is until it is whole.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Appends a line as one frame.
    pub(crate) fn append(&mut self, line: &Line) -> Result<()> {
        let mut json = line.to_json();
        debug_assert!(!json.contains('\n'), "a line break would end the line early");
        json.push('\n');
        let frame =
            frames::encode(json.as_bytes()).map_err(|error| Error::disk("compress a line of", self.path(), error))?;
        self.file.write_bytes(&frame)
    }

    /// Makes what was appended durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync()
    }

    /// A function that makes the lines so far durable, to be called on another thread while the crawl continues.
    pub(crate) fn syncing(&self) -> Result<impl FnOnce() -> Result<()> + Send + 'static> {
        let file = self.file.try_clone()?;
        Ok(move || file.sync())
    }

    /// Finishes the log of a crawl that has ended: the log gets its name.
    pub(crate) fn finish(self) -> Result<PathBuf> {
        self.sync()?;
        if self.path() == self.done {
            return Ok(self.done);
        }
        let (dir, is_partial) = (self.done.parent().unwrap_or(Path::new("")), fs::is_partial(&self.done));
        let file_name = self.done.file_name().unwrap_or_default().to_string_lossy();
        let mut done = self.done.clone();
        // If the name was taken in between, the next one: no log is overwritten.
        while !fs::rename_new(self.path(), &done)? {
            done = name::first_free(dir, name::split(&file_name).0, ZST)?;
            if is_partial {
                done = fs::partial_of(&done);
            }
            tracing::warn!("{} already exists: this log is {}", self.done.display(), done.display());
        }
        fs::sync_dir(dir)?;
        Ok(done)
    }
}

/// Removes what a killed import left behind: its pages are still at their source, and are imported again.
pub(crate) fn remove_imports(dir: &Path) -> Result<()> {
    for path in fs::list(dir)? {
        if path.to_string_lossy().ends_with(IMPORTING) {
            tracing::info!("removing {}, left behind by a killed import", path.display());
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
