//! How crawls ended, and which of them count for listed reels and as a base for incremental crawls.

use compact_str::format_compact;

use crate::schema::{cell::UtcMicros, values::AccountStatus};
use crate::transform::account::crawl::{Crawl, Example, crawl_order};
use crate::transform::{account::AccountBuilder, account::checkpoint::AccountCheckpoint, history::ShrunkCrawl};

const CUT_OFF: &str = "the last page says that there is more and gives no cursor for it";

impl Crawl {
    /// Status and reason. A crawl whose last page promises more but has no cursor is partial, whatever its log says.
    pub(crate) fn outcome(&self) -> Option<(AccountStatus, Option<&str>)> {
        let (status, reason) = self.end.as_ref()?;
        let is_an_end = *status == AccountStatus::Complete || status.has_no_reels();
        if self.lacks_cursor && is_an_end {
            return Some((AccountStatus::Partial, Some(CUT_OFF)));
        }
        Some((*status, reason.as_deref()))
    }

    fn ended_as(&self, statuses: &[AccountStatus]) -> bool {
        self.outcome().is_some_and(|(status, _)| statuses.contains(&status))
    }
}

impl AccountBuilder {
    /// The complete crawls, with the time of their last page.
    pub(crate) fn complete_crawls(&self) -> Vec<(usize, UtcMicros)> {
        let crawls = self.crawls.iter().enumerate();
        let complete = crawls.filter(|(_, crawl)| crawl.ended_as(&[AccountStatus::Complete]));
        complete.filter_map(|(number, crawl)| Some((number, crawl.last_page_at?))).collect()
    }

    /// The newest crawl with one of these statuses that did not shrink.
    fn newest(&self, statuses: &[AccountStatus], shrunk: &[ShrunkCrawl]) -> Option<&Crawl> {
        let is_shrunk = |number: usize| shrunk.iter().any(|shrunk| shrunk.crawl == number);
        let ended = |(number, crawl): &(usize, &Crawl)| crawl.ended_as(statuses) && !is_shrunk(*number);
        let crawls = self.crawls.iter().enumerate().filter(ended).map(|(_, crawl)| crawl);
        crawls.max_by_key(|crawl| crawl_order(&crawl.start))
    }

    /// Records which crawls are a base for incremental ones. Every crawl that shrank is a finding, and the newest one a
    /// warning.
    pub(crate) fn record_ends(&mut self, checkpoint: &mut AccountCheckpoint, shrunk: &[ShrunkCrawl]) -> Vec<String> {
        if let Some(complete) = self.newest(&[AccountStatus::Complete], shrunk) {
            checkpoint.last_complete_at = Some(complete.start.started_at);
            checkpoint.complete_pages = Some(complete.pages);
        }
        if let Some(refreshed) = self.newest(&[AccountStatus::Complete, AccountStatus::Incremental], shrunk) {
            checkpoint.last_refreshed_at = Some(refreshed.start.started_at);
        }
        let crawls = self.crawls.iter().enumerate().filter(|(_, crawl)| !crawl.start.configures_only);
        let newest = crawls.max_by_key(|(_, crawl)| crawl_order(&crawl.start)).map(|(number, _)| number);
        let mut warnings = Vec::new();
        for ShrunkCrawl { crawl, shown, listed } in shrunk {
            let run_id = &self.crawls[*crawl].start.run_id;
            let example = Example::Text(format_compact!("run {run_id}: {shown} of {listed} reels"));
            let detail = "a full crawl showed under half of the reels listed before it";
            self.findings.entry(("crawl_shrank".into(), detail.into())).or_insert((0, example)).0 += 1;
            if newest == Some(*crawl) {
                warnings.push(format!(
                    "the newest full crawl shows {shown} of the {listed} reels that were listed before it: its pages are \
                     kept, no reel counts as gone because of it, and it is no base for incremental crawls; look at the profile (after a week \
                     of such crawls, what none of them showed counts as no longer listed)"
                ));
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::cell::MICROS_PER_DAY;
    use crate::transform::account::{checkpoint::AccountTables, crawl::CrawlStart};

    /// Crawls a day apart: the reels of each, the end of its page, and its status in the log.
    fn tables(crawls: &[(std::ops::Range<u64>, &str, &str)]) -> AccountTables {
        let mut builder = AccountBuilder::new("maple");
        for (day, (reels, tail, status)) in (1..).zip(crawls) {
            let started_at = UtcMicros(1_790_000_000_000_000 + day * MICROS_PER_DAY);
            let start = CrawlStart { run_id: format_compact!("day{day}"), started_at, ..CrawlStart::default() };
            let item = |number: u64| {
                let pk = 3_800_000_000_000_000_000 + number;
                format!(r#"{{"pk":"{pk}","play_count":{day}}}"#)
            };
            let body = format!(r#"{{"items":[{}]{tail}}}"#, reels.clone().map(item).collect::<Vec<_>>().join(","));
            builder.crawl(start, &body, AccountStatus::named(status).unwrap());
        }
        builder.finish().unwrap()
    }

    const MORE: &str = r#","paging_info":{"more_available":true,"max_id":""}"#;

    #[test]
    fn a_log_that_calls_more_without_a_cursor_complete_is_partial() {
        let full = tables(&[(0..2, "", "complete"), (0..2, MORE, "complete")]);
        assert_eq!((full.account.status.as_str(), full.account.status_reason.as_deref()), ("partial", Some(CUT_OFF)));
        let first = Some(UtcMicros(1_790_000_000_000_000 + MICROS_PER_DAY));
        assert_eq!((full.checkpoint.last_complete_at, full.checkpoint.last_refreshed_at), (first, first));
        assert_eq!(tables(&[(0..0, MORE, "empty_or_private")]).account.status, "partial");
        // A crawl that was to stop there is complete as requested.
        for status in ["limited", "incremental", "failed"] {
            assert_eq!(tables(&[(0..2, MORE, status)]).account.status, status);
        }
        let flat = r#","more_available":1,"max_id":null"#;
        assert_eq!(tables(&[(0..2, flat, "complete")]).account.status, "partial");
        for end in ["", r#","paging_info":{"more_available":true},"max_id":"a=""#, r#","more_available":false"#] {
            assert_eq!(tables(&[(0..2, end, "complete")]).account.status, "complete", "{end}");
        }
    }

    #[test]
    fn a_crawl_that_shrank_is_a_finding_and_no_base() {
        let full = tables(&[(0..9, "", "complete"), (0..4, "", "complete")]);
        let first = Some(UtcMicros(1_790_000_000_000_000 + MICROS_PER_DAY));
        assert_eq!((full.checkpoint.last_complete_at, full.checkpoint.last_refreshed_at), (first, first));
        assert!(full.reels.iter().all(|reel| reel.is_listed == Some(true)));
        let found: Vec<_> =
            full.findings.iter().map(|row| (row.finding.as_str(), row.count, row.example.as_str())).collect();
        assert_eq!(found, [("crawl_shrank", 1, "run day2: 4 of 9 reels")]);
        assert!(full.warnings.len() == 1 && full.warnings[0].contains("4 of the 9 reels"), "{:?}", full.warnings);
        // The next whole one is a base again; the finding stays, without a warning.
        let whole = tables(&[(0..9, "", "complete"), (0..4, "", "complete"), (0..9, "", "complete")]);
        assert_eq!(whole.checkpoint.last_complete_at, Some(UtcMicros(1_790_000_000_000_000 + 3 * MICROS_PER_DAY)));
        assert_eq!((whole.findings.len(), whole.warnings.len()), (1, 0));
        let none = tables(&[(0..9, "", "complete"), (0..5, "", "complete")]);
        assert_eq!((none.findings.len(), none.warnings.len()), (0, 0));
    }
}
