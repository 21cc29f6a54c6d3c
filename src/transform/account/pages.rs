//! Pages in: what an account's walks showed, item by item.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};

use crate::instagram::item;
use crate::instagram::item::PageItem;
use crate::json;
use crate::transform::account::{Builder, Crawl, PageInput};
use crate::transform::flatten;
use crate::transform::flatten::{Place, Reading};

/// Findings of an account that are told apart; each further one is counted as others of its kind.
const MAX_FINDINGS: usize = 2_000;
const MAX_DETAIL_CHARS: usize = 200;
const OTHERS: &str = "(others)";

/// Where something was met first.
#[derive(Debug)]
pub(crate) enum Example {
    /// In the words of an earlier fold.
    ImportedLogs(CompactString),
    /// By the number of the walk, and of the page and the item in it.
    Met { walk: usize, page: i32, item: Option<i32> },
}

impl Example {
    pub(crate) fn in_words(&self, walks: &[Crawl]) -> CompactString {
        match self {
            Self::ImportedLogs(words) => words.clone(),
            Self::Met { walk, page, item } => {
                let item = item.map(|item| format!(", item {item}")).unwrap_or_default();
                format_compact!("run {}, page {page}{item}", walks[*walk].start.run_id)
            }
        }
    }
}

impl Builder {
    /// Reads a page of the current walk. What cannot be read is counted and named, never lost in silence.
    pub fn page(&mut self, page: PageInput) {
        let walk = self.current;
        let Some(current) = self.walks.get_mut(walk) else { return };
        current.pages += 1;
        current.calls = current.calls.saturating_add(page.attempts);
        current.last_page_at = current.last_page_at.max(Some(page.fetched_at));
        let (followers, followers_as_of) = (current.start.followers, current.start.followers_as_of);
        let parsed = match item::parse_page(page.body) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.remark("unreadable_page", error.to_string(), page.number, None);
                return;
            }
        };
        self.walks[walk].lacks_cursor = parsed.lacks_cursor();
        for key in parsed.unknown_keys {
            self.remark("unknown_page_key", key.into_owned(), page.number, None);
        }
        for (position, item) in (1..).zip(parsed.items) {
            self.items += 1;
            let place = Place {
                account: &self.account,
                followers,
                followers_as_of,
                observed_at: page.fetched_at,
                page_blake3: page.blake3,
                was_changed: page.was_changed,
                page_number: page.number,
                page_position: position,
            };
            let mut remarks = Vec::new();
            let reading = read_item(item, &place, &mut remarks);
            for (finding, detail) in remarks {
                self.remark(finding, detail, page.number, Some(position));
            }
            match reading {
                Ok(reading) => self.add(Reading { walk, ..reading }),
                Err(reason) => self.remark("reject", reason, page.number, Some(position)),
            }
        }
    }

    fn add(&mut self, reading: Reading) {
        let key = (reading.walk, reading.reel.reel_id.clone());
        match self.seen.get(&key) {
            Some(&index) => self.readings[index] = reading,
            None => {
                self.seen.insert(key, self.readings.len());
                self.readings.push(reading);
            }
        }
    }

    /// Counts a finding. What an account can have of different ones is bounded, so that pages of ever new keys are no
    /// more than one row.
    fn remark(&mut self, finding: &'static str, mut detail: String, page: i32, item: Option<i32>) {
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL_CHARS) {
            detail.truncate(end);
            detail.push('…');
        }
        let mut key = (finding.into(), detail.into());
        if self.findings.len() >= MAX_FINDINGS && !self.findings.contains_key(&key) {
            key.1 = OTHERS.into();
        }
        let example = Example::Met { walk: self.current, page, item };
        self.findings.entry(key).or_insert((0, example)).0 += 1;
    }
}

fn read_item(item: PageItem, place: &Place, remarks: &mut Vec<flatten::Remark>) -> Result<Reading, String> {
    let raw = match item {
        PageItem::Read(item) => return flatten::flatten(&*item::expect_object(item)?, place, remarks),
        PageItem::Raw(raw) => raw.get(),
    };
    match item::parse_item(raw) {
        Ok(item) => flatten::flatten(&item, place, remarks),
        // A log of an earlier version has half a surrogate pair as it came, which no text can hold.
        Err(reason) => match json::without_lone_surrogates(raw) {
            Cow::Owned(mended) => {
                flatten::flatten(&*item::parse_item(&mended)?, &Place { was_changed: true, ..*place }, remarks)
            }
            Cow::Borrowed(_) => Err(reason),
        },
    }
}
