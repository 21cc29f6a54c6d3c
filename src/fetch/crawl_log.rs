//! The log that a crawl writes: one that it resumes, or a new one that sorts behind all others of its account.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::error::Result;
use crate::fetch::resume::ResumableCrawl;
use crate::fs;
use crate::replay::import::log_name;
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::writer::LogWriter;
use crate::time::Clock;
use crate::time::compact_time;
use crate::time::timestamp;

/// The newest log of an account, the newest moment in it, and the highest number of its crawls.
#[derive(Debug, Clone, Default)]
pub struct NewestLog {
    pub name: String,
    pub at: Option<DateTime<Utc>>,
    pub sequence: u64,
}

#[derive(Debug)]
pub struct CrawlLog {
    pub writer: LogWriter,
    pub start: Start,
    /// Of a new log that holds no page yet.
    unproven: Option<Unproven>,
}

/// A new log may have to begin again: what the time is, is known from the API's first answer.
#[derive(Debug)]
struct Unproven {
    dir: PathBuf,
    newest: NewestLog,
    corrections: u32,
}

impl CrawlLog {
    pub fn resume(unfinished: &ResumableCrawl) -> Result<Self> {
        let writer = LogWriter::reopen(&unfinished.log, unfinished.whole_bytes)?;
        Ok(Self { writer, start: unfinished.start.clone(), unproven: None })
    }

    /// Begins a log with its start line, which is durable before the first request. The line gets its time and number
    /// here.
    pub fn begin(dir: &Path, start: Start, newest: NewestLog, clock: &Clock) -> Result<Self> {
        let corrections = clock.corrections();
        let (started_at, sequence) = (timestamp(clock.after(newest.at)), newest.sequence.saturating_add(1));
        let start = Start { started_at, sequence, ..start };
        let mut writer = LogWriter::create(dir, &behind(&newest.name, log_name(&start)?))?;
        writer.append(&Line::Start(start.clone()))?;
        writer.sync()?;
        Ok(Self { writer, start, unproven: Some(Unproven { dir: dir.to_owned(), newest, corrections }) })
    }

    /// Before its first page or its end: begins the log again where the clock was put right since, and returns whether.
    pub fn correct(&mut self, clock: &Clock, run_id: String) -> Result<bool> {
        let Some(Unproven { dir, newest, corrections }) = self.unproven.take() else { return Ok(false) };
        if corrections == clock.corrections() {
            return Ok(false);
        }
        let start = Start { run_id, ..self.start.clone() };
        let wrong = std::mem::replace(self, Self::begin(&dir, start, newest, clock)?);
        self.unproven = None;
        fs::remove_file(wrong.writer.path())?;
        Ok(true)
    }
}

/// A name that sorts behind the newest log: whatever the clock says, logs lie in the order in which they were written.
fn behind(newest: &str, name: String) -> String {
    const TIME: &str = "%Y%m%dT%H%M%S%3fZ";
    const TIME_CHARS: usize = "20261123T060000123Z".len();
    if format!("{name}.ndjson.zst").as_str() > newest {
        return name;
    }
    let stem = newest.split(".ndjson").next().unwrap_or_default();
    let time = stem.get(..TIME_CHARS).and_then(|text| NaiveDateTime::parse_from_str(text, TIME).ok());
    match time.and_then(|time| time.checked_add_signed(TimeDelta::milliseconds(1))) {
        Some(next) => format!("{}_{name}", compact_time(next.and_utc())),
        None => format!("{stem}~2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_sorts_behind_the_newest_one_whatever_the_clock_says() {
        let now = "20261127T060000000Z";
        let newest = [
            "",
            "20261126T060000000Z.ndjson.zst",
            "20261127T060000000Z.ndjson.zst",
            "20261127T060000000Z~2.ndjson.zst",
            "20400101T000000000Z.ndjson.zst",
            "20400101T000000999Z_nightly.ndjson.zst",
            "20400101T000000001Z_20261127T060000000Z.ndjson.zst",
            "saved.ndjson",
            "saved~2.ndjson",
        ];
        for newest in newest {
            let name = format!("{}.ndjson.zst", behind(newest, now.to_owned()));
            assert!(name.as_str() > newest, "{name} behind {newest}");
        }
        assert_eq!(behind("20400101T000000999Z.ndjson.zst", now.into()), format!("20400101T000001000Z_{now}"));
        assert_eq!(behind("20261126T060000000Z.ndjson.zst", now.into()), now);
    }
}
