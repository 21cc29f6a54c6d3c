//! Generates pages of realistic size and text, in both shapes. The same arguments give the same bytes.

mod captions;
mod facts;
mod flat;
mod parts;
mod wrapped;

use std::fmt::Write;

use crate::random::Random;
use facts::Reel;
pub use facts::{Account, FETCHED_AT_SECONDS};
use parts::Answer;

/// The API's page size.
const REELS_A_PAGE: u64 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `items[].media{…}`, about 40 KB per reel.
    Wrapped,
    /// `items[]{…}`, about 10 KB per reel.
    Flat,
}

/// The accounts of a seed.
pub struct Generator {
    pub accounts: Vec<Account>,
    seed: u64,
    shape: Shape,
    reels: u64,
    views_percent: u64,
}

impl Generator {
    pub fn new(shape: Shape, accounts: u64, reels: u64, seed: u64) -> Self {
        let accounts = (0..accounts).map(|number| Account::of(seed, number)).collect();
        Self { accounts, seed, shape, reels, views_percent: 100 }
    }

    /// The same reels with this share of their views, likes and comments, as another crawl sees them.
    pub fn with_views(self, views_percent: u64) -> Self {
        Self { views_percent, ..self }
    }

    pub fn pages(&self) -> u64 {
        self.reels.div_ceil(REELS_A_PAGE)
    }

    /// The cursor at the end of a page; the last page has none.
    pub fn cursor(&self, account: &Account, page: u64) -> Option<String> {
        (page < self.pages()).then(|| Random::of(&[self.seed, account.number, 5, page]).new_token(118) + "==")
    }

    /// Appends the page to `out`, as one line without a line break. Page 1 is the newest.
    pub fn page(&self, out: &mut String, account: &Account, page: u64) {
        let answer = Answer::of(self.seed, account.number, page);
        out.push_str(r#"{"items":["#);
        let newest = (page - 1) * REELS_A_PAGE;
        for newness in newest..(newest + REELS_A_PAGE).min(self.reels) {
            if newness > newest {
                out.push(',');
            }
            let reel = Reel::of(self.seed, account, newness, self.reels, &self.accounts, self.views_percent);
            let owner = reel.owner.map_or(account, |owner| &self.accounts[owner as usize]);
            match self.shape {
                Shape::Flat => flat::item(out, &reel, owner, &answer),
                Shape::Wrapped => wrapped::item(out, &reel, account, owner, &self.accounts, &answer),
            }
        }
        let cursor = self.cursor(account, page);
        let written = match (self.shape, cursor) {
            (Shape::Flat, Some(cursor)) => write!(out, r#"],"max_id":"{cursor}"}}"#),
            (Shape::Flat, None) => write!(out, "]}}"),
            (Shape::Wrapped, Some(cursor)) => {
                write!(out, r#"],"paging_info":{{"max_id":"{cursor}","more_available":true}},"status":"ok"}}"#)
            }
            (Shape::Wrapped, None) => write!(out, r#"],"paging_info":{{"more_available":false}},"status":"ok"}}"#),
        };
        written.expect("a string takes it");
    }
}
