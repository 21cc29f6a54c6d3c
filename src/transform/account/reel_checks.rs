//! Findings about the current reels: missing metrics, counts that do not change, impossible values. They are made again
//! from the rows each time; only findings of pages are added up.

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use chrono::DateTime;
use compact_str::{CompactString, format_compact};

use crate::schema::tables::{Finding, Reel, ReelState};
use crate::schema::{cell::MICROS_PER_DAY, cell::UtcMicros, values::SourceShape};
use crate::transform::engagement::is_above_views;
use crate::transform::posting_time::age_us;

/// The findings that this file makes.
pub(crate) const FINDINGS: [&str; 4] = ["metric_missing", "stale", "engagement_above_views", "impossible_time"];

/// Reels up to this age, with this many views, gain views within a day; so do at least some of this many reels.
const MOVING_US: i64 = 30 * MICROS_PER_DAY;
const MOVING_VIEWS: i64 = 1000;
const MOVING_REELS: i64 = 20;

const METRICS: [&str; 5] = ["views", "likes", "comments", "captions", "durations"];

/// A number of reels, and one of them.
#[derive(Debug, Default)]
struct Tally {
    count: i64,
    example: CompactString,
}

impl Tally {
    fn add(&mut self, example: &str) {
        if self.count == 0 {
            self.example = example.into();
        }
        self.count += 1;
    }
}

/// Reels of the newest crawl that had a metric before, and those of them that lack it now.
#[derive(Debug, Default)]
struct MissingMetric {
    had: i64,
    lack: Tally,
    /// When one of these last had it.
    last_at: UtcMicros,
}

/// Reels of the newest crawl whose counts should have changed, and those whose counts did not.
#[derive(Debug, Default)]
struct Moving {
    reels: i64,
    still: Tally,
    /// None of these has changed since then.
    since: UtcMicros,
}

/// The findings of the reels so far, in the order of their ids.
#[derive(Debug, Default)]
pub(crate) struct ReelChecks {
    newest_run: Option<CompactString>,
    missing: [MissingMetric; METRICS.len()],
    moving: Moving,
    /// Pages of the newest crawl that were the same a day earlier: since when, and where.
    same_pages: BTreeMap<CompactString, (UtcMicros, CompactString)>,
    above_views: Tally,
    after_observation: Tally,
    before_upload: Tally,
}

impl ReelChecks {
    /// Reels with this run id are those of the newest crawl.
    pub(crate) fn new(newest_run: Option<CompactString>) -> Self {
        Self { newest_run, ..Self::default() }
    }

    /// Checks a reel with all its rates.
    pub(crate) fn add(&mut self, reel: &Reel, state: &ReelState) {
        if is_above_views(reel) {
            self.above_views.add(&reel.url);
        }
        match reel.has_impossible_time {
            true if age_us(reel) < 0 => self.after_observation.add(&reel.url),
            true => self.before_upload.add(&reel.url),
            false => {}
        }
        if self.newest_run.as_ref() == Some(&reel.run_id) {
            self.check_missing(reel, state);
            self.check_stale(reel, state);
        }
    }

    fn check_missing(&mut self, reel: &Reel, state: &ReelState) {
        if reel.previous_observed_at.is_none() {
            return;
        }
        // Hidden likes are not missing, and a trimmed response never has a duration.
        let likes_at = state.likes_at.filter(|_| reel.likes_hidden != Some(true) && !reel.likes_suspect);
        let duration_at = state.duration_at.filter(|_| reel.source_shape != SourceShape::Flat);
        let last = [reel.last_known_views_at, likes_at, state.comments_at, state.caption_at, duration_at];
        for (missing, last_at) in self.missing.iter_mut().zip(last) {
            let Some(last_at) = last_at else { continue };
            missing.had += 1;
            if last_at < reel.observed_at {
                missing.lack.add(&reel.url);
                missing.last_at = missing.last_at.max(last_at);
            }
        }
    }

    fn check_stale(&mut self, reel: &Reel, state: &ReelState) {
        let for_a_day = |since: UtcMicros| reel.observed_at.0 - since.0 >= MICROS_PER_DAY;
        if for_a_day(state.same_page_since) {
            let place = || format_compact!("run {}, page {}", reel.run_id, reel.page_number);
            let page = self.same_pages.entry(reel.page_blake3.clone());
            let (since, _) = page.or_insert_with(|| (state.same_page_since, place()));
            *since = (*since).min(state.same_page_since);
        }
        let is_recent = !reel.has_impossible_time && age_us(reel) <= MOVING_US;
        if is_recent && reel.views >= Some(MOVING_VIEWS) && for_a_day(reel.first_observed_at) {
            self.moving.reels += 1;
            if for_a_day(state.same_counts_since) {
                self.moving.still.add(&reel.url);
                self.moving.since = self.moving.since.max(state.same_counts_since);
            }
        }
    }

    /// The findings, and the warnings among them.
    pub(crate) fn finish(self, account: &str) -> (Vec<Finding>, Vec<String>) {
        let (mut findings, mut warnings) = (Vec::new(), Vec::new());
        let mut found = |finding: &str, detail: String, tally: Tally| {
            findings.push(Finding {
                account: account.into(),
                finding: finding.into(),
                detail: detail.into(),
                count: tally.count,
                example: tally.example,
            });
        };
        for (metric, missing) in METRICS.into_iter().zip(self.missing) {
            let MissingMetric { had, lack, last_at } = missing;
            if 2 * lack.count > had {
                let (of, rest) = match (had - lack.count, had) {
                    (0, 1) => ("the 1 reel".to_owned(), "there is no other"),
                    (0, _) => (format!("all {had} reels"), "there are no others"),
                    _ => (format!("{} of {had} reels", lack.count), "figures rest on the others"),
                };
                let detail = format!("{metric}: missing on {of} that had them on {}", day(last_at));
                warnings.push(format!("{detail}: the API may have changed; {rest}"));
                found("metric_missing", detail, lack);
            }
        }
        let mut stale = |detail: String, tally: Tally| {
            warnings.push(format!("{detail}: the API may have answered from a cache"));
            found("stale", detail, tally);
        };
        if let Some((since, place)) = self.same_pages.values().min() {
            let (count, example) = (self.same_pages.len() as i64, place.clone());
            let pages = if count == 1 { "1 page is".to_owned() } else { format!("{count} pages are") };
            stale(format!("{pages} the same to the byte as on {}", day(*since)), Tally { count, example });
        }
        let Moving { reels, still, since } = self.moving;
        if reels >= MOVING_REELS && still.count == reels {
            let detail =
                format!("{reels} reels of the last 30 days with 1,000 views or more stand still since {}", day(since));
            stale(detail, still);
        }
        for (finding, detail, tally) in [
            ("engagement_above_views", "more likes, comments or shares than views", self.above_views),
            ("impossible_time", "posted after its own observation", self.after_observation),
            ("impossible_time", "posted over 30 days before its upload", self.before_upload),
        ] {
            if tally.count > 0 {
                found(finding, detail.to_owned(), tally);
            }
        }
        (findings, warnings)
    }
}

fn day(at: UtcMicros) -> String {
    DateTime::from_timestamp_micros(at.0).map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default()
}
