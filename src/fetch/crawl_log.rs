//! The page log that a crawl writes: a resumed one, or a new one that sorts after all others of its account.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::fetch::resume::{NewestLog, ResumableCrawl};
use crate::fs;
use crate::store::page_log::line::{Line, Start};
use crate::store::{page_log::name, page_log::writer::LogWriter};
use crate::time::Clock;

#[derive(Debug)]
pub(crate) struct CrawlLog {
    pub writer: LogWriter,
    pub start: Start,
    /// Of a new log that holds no page yet.
    provisional: Option<Provisional>,
}

/// A new log may have to begin again: the API's first response can correct the clock.
#[derive(Debug)]
struct Provisional {
    dir: PathBuf,
    newest: NewestLog,
    corrections: u32,
}

impl CrawlLog {
    pub(crate) fn resume(crawl: &ResumableCrawl) -> Result<Self> {
        let writer = LogWriter::reopen(&crawl.log, crawl.whole_bytes)?;
        Ok(Self { writer, start: crawl.start.clone(), provisional: None })
    }

    /// Begins a log with its start line, which is durable before the first request. The line gets its time and number
    /// here.
    pub(crate) fn begin(dir: &Path, start: Start, newest: NewestLog, clock: &Clock) -> Result<Self> {
        let corrections = clock.corrections();
        let (started_at, sequence) = (clock.after(newest.at).into(), newest.sequence.saturating_add(1));
        let start = Start { started_at, sequence, ..start };
        let mut writer = LogWriter::create(dir, &name::after(&newest.name, name::of_crawl(&start)))?;
        writer.append(&Line::Start(start.clone()))?;
        writer.sync()?;
        Ok(Self { writer, start, provisional: Some(Provisional { dir: dir.to_owned(), newest, corrections }) })
    }

    /// To be called before the first page and before the end: begins the log again if the clock was corrected since, and
    /// returns whether it was.
    pub(crate) fn correct_clock(&mut self, clock: &Clock, run_id: String) -> Result<bool> {
        let Some(Provisional { dir, newest, corrections }) = self.provisional.take() else { return Ok(false) };
        if corrections == clock.corrections() {
            return Ok(false);
        }
        let start = Start { run_id, ..self.start.clone() };
        let wrong = std::mem::replace(self, Self::begin(&dir, start, newest, clock)?);
        self.provisional = None;
        fs::remove_file(wrong.writer.path())?;
        Ok(true)
    }
}
