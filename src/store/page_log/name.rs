//! Names of page logs: `<crawl start>[_<run id>][~<number>].ndjson[.zst][.partial]`.

use std::path::{Path, PathBuf};

use chrono::{NaiveDateTime, TimeDelta};

use crate::error::Result;
use crate::fs::{self, PARTIAL};
use crate::store::page_log::line::Start;
use crate::time::{COMPACT_FORM, compact_time};

const EXTENSION: &str = ".ndjson";
/// The compression of the logs that are written here.
pub(crate) const ZST: &str = ".zst";

/// The name of a new log, without its extension: the start of its crawl, whatever the run is called.
pub(crate) fn of_crawl(start: &Start) -> String {
    let run_id: String = start.run_id.chars().map(|c| if c == '/' || c.is_control() { '_' } else { c }).collect();
    let is_time = run_id.len() >= 9 && run_id.as_bytes()[8] == b'T' && run_id[..8].bytes().all(|b| b.is_ascii_digit());
    if is_time { run_id } else { format!("{}_{run_id}", compact_time(start.started_at.at())) }
}

/// A name that sorts after the newest log: whatever the clock says, logs sort in the order in which they were written.
pub(crate) fn after(newest: &str, name: String) -> String {
    const TIME_CHARS: usize = "20261123T060000123Z".len();
    if format!("{name}{EXTENSION}{ZST}").as_str() > newest {
        return name;
    }
    let stem = split(newest).0;
    let time = stem.get(..TIME_CHARS).and_then(|text| NaiveDateTime::parse_from_str(text, COMPACT_FORM).ok());
    match time.and_then(|time| time.checked_add_signed(TimeDelta::milliseconds(1))) {
        Some(next) => format!("{}_{name}", compact_time(next.and_utc())),
        None => format!("{stem}~2"),
    }
}

/// Whether a file with this name in an account's folder is a page log.
pub(crate) fn is_log(name: &str) -> bool {
    let whole = name.strip_suffix(PARTIAL).unwrap_or(name);
    !name.starts_with('.') && (whole.ends_with(".ndjson.zst") || whole.ends_with(EXTENSION))
}

/// The name of a log as it is, or will be, once its crawl has ended.
pub(crate) fn without_partial(log: &Path) -> String {
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(PARTIAL).unwrap_or(&name).to_owned()
}

/// What stands before `.ndjson` in a name, and what stands after it.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.split_once(EXTENSION).unwrap_or((name, ""))
}

/// The first of `<stem>.ndjson<end>`, `<stem>~2.ndjson<end>` and so on that is neither a log nor a `.partial`.
pub(crate) fn first_free(dir: &Path, stem: &str, end: &str) -> Result<PathBuf> {
    let end = end.strip_suffix(PARTIAL).unwrap_or(end);
    let names = (1_u32..).map(|number| match number {
        1 => dir.join(format!("{stem}{EXTENSION}{end}")),
        _ => dir.join(format!("{stem}~{number}{EXTENSION}{end}")),
    });
    fs::first_free(names, |whole| Ok(fs::kind(whole)?.is_none() && fs::kind(&fs::partial_of(whole))?.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_sorts_after_the_newest_one_whatever_the_clock_says() {
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
            let name = format!("{}.ndjson.zst", after(newest, now.to_owned()));
            assert!(name.as_str() > newest, "{name} after {newest}");
        }
        assert_eq!(after("20400101T000000999Z.ndjson.zst", now.into()), format!("20400101T000001000Z_{now}"));
        assert_eq!(after("20261126T060000000Z.ndjson.zst", now.into()), now);
    }
}
