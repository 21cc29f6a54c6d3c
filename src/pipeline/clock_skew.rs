//! Impossible times: a crawl ends before its account's next one begins. If its own times are later than that, the clock
//! was ahead.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Result;
use crate::store::{page_log::line::Start, page_log::reader};

/// For each log the latest time that its crawl can have been at; `None` where it is not limited.
pub(crate) fn bounds(logs: &[PathBuf]) -> Result<Vec<Option<DateTime<Utc>>>> {
    let mut starts = Vec::new();
    for log in logs {
        starts.push(reader::start_of(log)?);
    }
    let bounds = bounds_of(&starts);
    for ((log, start), bound) in logs.iter().zip(&starts).zip(&bounds) {
        if let (Some(start), Some(bound)) = (start, bound) {
            tracing::warn!(
                log = %log.display(),
                "this crawl is dated {}, after the start of the next one: the clock was ahead; its pages count as \
                 observed at {bound}",
                start.started_at
            );
        }
    }
    Ok(bounds)
}

/// The sequence numbers give the order of crawls where one store made them all.
fn bounds_of(starts: &[Option<Start>]) -> Vec<Option<DateTime<Utc>>> {
    let mut crawls: BTreeMap<u64, (&Start, Vec<usize>)> = BTreeMap::new();
    let mut bounds = vec![None; starts.len()];
    for (at, start) in starts.iter().enumerate() {
        let Some(start) = start.as_ref().filter(|start| start.sequence > 0) else { continue };
        let (first, logs) = crawls.entry(start.sequence).or_insert_with(|| (start, Vec::new()));
        // One crawl may be in several logs, but two crawls with one number come from two stores.
        if !first.is_same_crawl(start) {
            return bounds;
        }
        logs.push(at);
    }
    let mut next_began: Option<DateTime<Utc>> = None;
    for (start, logs) in crawls.into_values().rev() {
        let began = start.started_at.at();
        let latest = next_began.and_then(|next| next.checked_sub_signed(TimeDelta::milliseconds(1)));
        let bound = latest.filter(|latest| *latest < began);
        logs.into_iter().for_each(|at| bounds[at] = bound);
        next_began = bound.or(Some(began));
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(crawls: &[(u64, &str)]) -> Vec<Option<String>> {
        let start = |(sequence, began): &(u64, &str)| {
            let json = format!(
                r#"{{"account":"maple","account_id":null,"label":null,"timezone":"UTC","followers":null,"followers_as_of":null,
                    "run_id":"r","version":"0","started_at":"{began}","sequence":{sequence}}}"#
            );
            serde_json::from_str(&json).ok()
        };
        let starts: Vec<Option<Start>> = crawls.iter().map(start).collect();
        assert!(starts.iter().all(Option::is_some));
        bounds_of(&starts).into_iter().map(|bound| bound.map(|at| at.to_rfc3339())).collect()
    }

    #[test]
    fn crawls_with_a_clock_ahead_are_limited_by_the_next_correct_one() {
        const WRONG: &str = "2040-01-01T00:00:00Z";
        let found = bounds(&[(1, "2026-11-25T06:00:00Z"), (2, WRONG), (3, WRONG), (4, "2026-11-27T06:00:00Z")]);
        let bound = |text: &str| Some(text.to_owned());
        assert_eq!(found, [None, bound("2026-11-27T05:59:59.998+00:00"), bound("2026-11-27T05:59:59.999+00:00"), None]);
        let twice = bounds(&[(1, WRONG), (1, WRONG), (2, "2026-11-27T06:00:00Z")]);
        assert_eq!(twice[0], bound("2026-11-27T05:59:59.999+00:00"));
        assert_eq!(twice[0], twice[1]);
        // Nothing is limited in order, nor where numbers are missing or of two stores.
        assert_eq!(bounds(&[(1, "2026-11-25T06:00:00Z"), (2, "2026-11-25T06:00:01Z"), (3, WRONG)]), [None, None, None]);
        assert_eq!(bounds(&[(0, WRONG), (1, "2026-11-25T06:00:00Z")]), [None, None]);
        assert_eq!(bounds(&[(1, WRONG), (1, "2026-11-24T06:00:00Z"), (2, "2026-11-25T06:00:00Z")]), [None, None, None]);
    }
}
