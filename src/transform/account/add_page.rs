//! Adds the pages of an account's crawls, item by item.

use std::borrow::Cow;

use crate::instagram::{item, item::PageItem};
use crate::json;
use crate::schema::cell::UtcMicros;
use crate::transform::account::crawl::{CrawlStart, Example, PageInput};
use crate::transform::account::{AccountBuilder, identity};
use crate::transform::flatten::{self, ItemPlace, ObservedReel, Remark};

/// The most findings of an account; further ones are counted together, by kind.
const MAX_FINDINGS: usize = 2_000;
const MAX_DETAIL_CHARS: usize = 200;
const OTHERS: &str = "(others)";

impl AccountBuilder {
    /// Adds a page of the current crawl. What cannot be parsed becomes a finding.
    pub fn page(&mut self, page: PageInput) {
        let crawl = self.current;
        let Some(current) = self.crawls.get_mut(crawl) else { return };
        current.pages += 1;
        current.calls = current.calls.saturating_add(page.attempts);
        current.last_page_at = current.last_page_at.max(Some(page.fetched_at));
        let parsed = match item::parse_page(page.body) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.remark("unreadable_page", error.to_string(), Some(page.number), None);
                return;
            }
        };
        self.crawls[crawl].lacks_cursor = parsed.lacks_cursor();
        for key in parsed.unknown_keys {
            self.remark("unknown_page_key", key.into_owned(), Some(page.number), None);
        }
        for (position, item) in (1..).zip(parsed.items) {
            self.items += 1;
            let place = ItemPlace { account: &self.account, page, position };
            let mut remarks = Vec::new();
            let observation = read_item(item, &place, &mut remarks);
            for (finding, detail) in remarks {
                self.remark(finding, detail, Some(page.number), Some(position));
            }
            match observation {
                Ok(observation) => self.add(ObservedReel { crawl, ..observation }),
                Err(reason) => self.remark("reject", reason, Some(page.number), Some(position)),
            }
        }
    }

    fn add(&mut self, observation: ObservedReel) {
        let key = (observation.crawl, observation.reel.reel_id.clone());
        match self.seen.get(&key) {
            Some(&index) => self.observations[index] = observation,
            None => {
                self.seen.insert(key, self.observations.len());
                self.observations.push(observation);
            }
        }
    }

    /// Counts a finding. Their number is limited per account, so that pages with ever new keys do not add ever more
    /// rows.
    pub(crate) fn remark(&mut self, finding: &'static str, mut detail: String, page: Option<i32>, item: Option<i32>) {
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL_CHARS) {
            detail.truncate(end);
            detail.push('…');
        }
        let mut key = (finding.into(), detail.into());
        if self.findings.len() >= MAX_FINDINGS && !self.findings.contains_key(&key) {
            key.1 = OTHERS.into();
        }
        let example = Example::Place { crawl: self.current, page, item };
        self.findings.entry(key).or_insert((0, example)).0 += 1;
    }
}

fn read_item(item: PageItem, place: &ItemPlace, remarks: &mut Vec<Remark>) -> Result<ObservedReel, String> {
    let raw = match item {
        PageItem::Read(item) => return flatten::flatten(&*item::expect_object(item)?, place, remarks),
        PageItem::Raw(raw) => raw.get(),
    };
    match item::parse_item(raw) {
        Ok(item) => flatten::flatten(&item, place, remarks),
        // Logs of earlier versions have lone surrogates as they came, which cannot be decoded.
        Err(reason) => match json::without_lone_surrogates(raw) {
            Cow::Owned(repaired) => {
                let page = PageInput { was_changed: true, ..place.page };
                flatten::flatten(&*item::parse_item(&repaired)?, &ItemPlace { page, ..*place }, remarks)
            }
            Cow::Borrowed(_) => Err(reason),
        },
    }
}

/// The user id of the owner with this name, from the first reel of a page that has both.
pub(crate) fn owner_id_of(body: &str, name: &str) -> Option<String> {
    let mut builder = AccountBuilder::new(name);
    builder.start(CrawlStart::default());
    builder.page(PageInput { body, number: 1, fetched_at: UtcMicros(0), blake3: "", was_changed: false, attempts: 1 });
    let reels = builder.observations.iter().map(|observation| &observation.reel);
    reels.filter(|reel| identity::has_name(reel, name)).find_map(|reel| reel.owner_id.clone()).map(Into::into)
}
