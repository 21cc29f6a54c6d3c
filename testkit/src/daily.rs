//! Accounts that are crawled once a day: the page logs of a day, as plain NDJSON.
//!
//! Everything is derived from the numbers of account, reel and day, so that the same sizes give the same pages. Reels
//! are small: about 1.5 KB of JSON, with two signed URLs that change every day, as real ones do.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use crate::page_log::{Start, end_line, page_line};
use crate::pages::{Reel, reel, wrapped_page};
use crate::random::mix;

/// The API's page size.
const REELS_A_PAGE: u64 = 12;
/// Days between an account's reels.
const DAYS_A_NEW_REEL: u64 = 4;
/// 2026-10-05T06:00:00Z, so that 30 days fall in two months.
const FIRST_CRAWL_SECONDS: i64 = 1_791_180_000;
/// The epoch of the milliseconds in a media id.
const MEDIA_ID_EPOCH_MILLIS: i64 = 1_314_220_021_721;

/// The number of accounts, and of the reels that each has on the first day.
#[derive(Clone, Copy)]
pub struct Accounts {
    pub accounts: u64,
    pub reels: u64,
}

/// The size of a day's pages.
pub struct Written {
    pub observations: u64,
    pub bytes: u64,
}

impl Accounts {
    /// Writes one log per account into `dir` and syncs it, so that no later sync pays for it.
    pub fn write(self, day: u64, dir: &Path) -> Written {
        let mut written = Written { observations: 0, bytes: 0 };
        for account in 0..self.accounts {
            let mut lines = String::new();
            written.observations += self.crawl(account, day, &mut lines);
            written.bytes += lines.len() as u64;
            let folder = dir.join(handle(account));
            std::fs::create_dir_all(&folder).expect("a folder can be made");
            let file = File::create(folder.join("crawl.ndjson")).expect("a file can be made");
            let mut writer = BufWriter::new(file);
            writer.write_all(lines.as_bytes()).expect("a log can be written");
            writer.into_inner().expect("it can be flushed").sync_all().expect("it can be made durable");
        }
        written
    }

    /// One full crawl, newest reel first; returns the number of its reels.
    fn crawl(self, account: u64, day: u64, lines: &mut String) -> u64 {
        // One crawl after the other, a page per second.
        let began = first_crawl() + TimeDelta::days(day as i64) + TimeDelta::seconds(30 * account as i64);
        let (account_name, run_id, started_at) = (handle(account), compact(began), written(began));
        let start = Start {
            account: &account_name,
            account_id: Some(account_id(account)),
            timezone: "Europe/Berlin",
            followers: Some(1_000 + random(account, 0, 1) % 90_000),
            followers_as_of: Some("2026-10-01"),
            run_id: &run_id,
            version: "0.1.0",
            started_at: &started_at,
            ..Start::default()
        };
        lines.push_str(&start.line());
        let reels = self.reels + new_reels(account, day);
        let newest_first: Vec<u64> = (0..reels).rev().collect();
        let pages: Vec<&[u64]> = newest_first.chunks(REELS_A_PAGE as usize).collect();
        for (number, numbers) in (1..).zip(&pages) {
            let items: Vec<Reel> = numbers.iter().map(|&number| self.reel(account, number, day)).collect();
            let cursor = (number < pages.len()).then(|| token(account, number as u64, 60));
            let body = wrapped_page(&items, cursor.as_deref());
            let fetched_at = written(began + TimeDelta::seconds(number as i64));
            let requested = (number > 1).then(|| token(account, number as u64 - 1, 60));
            lines.push_str(&page_line(number, requested.as_deref(), &fetched_at, &body));
        }
        lines.push_str(&end_line("complete", &written(began + TimeDelta::seconds(pages.len() as i64 + 1))));
        reels
    }

    /// A reel as of a day; number 0 is the account's oldest.
    fn reel(self, account: u64, number: u64, day: u64) -> Reel {
        let published = self.published(account, number);
        let millis = (published.timestamp_millis() - MEDIA_ID_EPOCH_MILLIS) as u64;
        let pk = (millis << 23) + random(account, number, 2) % (1 << 23);
        // Views grow quickly at first, then slowly, and never stop.
        let age = (first_crawl() + TimeDelta::days(day as i64) - published).num_minutes() as f64 / 1_440.0;
        let level = 2_000.0 + (random(account, 0, 3) % 50_000) as f64;
        let luck = 0.3 + (random(account, number, 4) % 400) as f64 / 100.0;
        let views = (level * luck * (1.0 - (-age / 4.0).exp() + age / 500.0)) as u64;
        let share = |salt: u64, of: u64| views * (1 + random(account, number, salt) % of) / 1_000;
        reel(pk)
            .owner(&account_id(account), &handle(account))
            .views(views)
            .likes(share(5, 60) as i64)
            .comments(share(6, 6))
            .caption(&caption(account, number))
            .set("video_duration", (random(account, number, 7) % 90_000) as f64 / 1_000.0)
            .set("reshare_count", share(8, 9))
            .set(
                "video_versions",
                json!([{"type": 101, "width": 720, "height": 1280,
                "url": signed("video", "mp4", account, number, day)}]),
            )
            .set(
                "image_versions2",
                json!({"candidates": [{"width": 640, "height": 1136,
                "url": signed("image", "jpg", account, number, day)}]}),
            )
    }

    /// The first reels are 29 hours apart, the last of them a day before the first crawl; later ones appear on their day.
    fn published(self, account: u64, number: u64) -> DateTime<Utc> {
        let before_crawl = TimeDelta::minutes((60 + random(account, number, 9) % 1_200) as i64);
        let at = if number < self.reels {
            first_crawl() - TimeDelta::hours(29 * (self.reels - number) as i64)
        } else {
            let nth = number - self.reels + 1;
            first_crawl() + TimeDelta::days((nth * DAYS_A_NEW_REEL - account % DAYS_A_NEW_REEL) as i64)
        };
        at - before_crawl
    }
}

/// The number of reels that an account published after the first day.
fn new_reels(account: u64, day: u64) -> u64 {
    (day + account % DAYS_A_NEW_REEL) / DAYS_A_NEW_REEL
}

fn first_crawl() -> DateTime<Utc> {
    DateTime::from_timestamp(FIRST_CRAWL_SECONDS, 0).expect("a time")
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn compact(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%S%3fZ").to_string()
}

fn handle(account: u64) -> String {
    format!("account{account:04}")
}

fn account_id(account: u64) -> String {
    (5_000_000 + account).to_string()
}

/// A few words, three to eight hashtags, and a mention in every third.
fn caption(account: u64, number: u64) -> String {
    const WORDS: [&str; 16] = [
        "bread", "morning", "slow", "river", "first", "light", "again", "kitchen", "small", "path", "winter", "hands",
        "open", "garden", "quiet", "table",
    ];
    let word = |salt: u64| WORDS[(random(account, number, salt) % 16) as usize];
    let mut text: Vec<String> = (100..110 + random(account, number, 10) % 10).map(|salt| word(salt).into()).collect();
    if number.is_multiple_of(3) {
        text.push(format!("with @{}", handle(random(account, number, 11) % 50)));
    }
    text.extend((200..203 + random(account, number, 12) % 6).map(|salt| format!("#{}{}", word(salt), word(salt + 50))));
    text.join(" ")
}

/// An address as long as a real one: the file stays, its signature is another every day.
fn signed(kind: &str, extension: &str, account: u64, number: u64, day: u64) -> String {
    let file = random(account, number, 13);
    let on_day = random(account, number, 14) ^ random(day, 0, 15);
    let expires = FIRST_CRAWL_SECONDS + (day as i64 + 4) * 86_400;
    format!(
        "https://{kind}.invalid/v/t51.2885-15/{file}_n.{extension}?_nc_cat=1&_nc_oc={}&_nc_gid={}&oh=00_{}&oe={expires:X}",
        token(on_day, 1, 56),
        token(on_day, 2, 22),
        token(on_day, 3, 34),
    )
}

/// Letters and digits that no compression makes shorter.
fn token(a: u64, b: u64, length: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..length).map(|place| char::from(DIGITS[(random(a, b, 300 + place) >> 58) as usize])).collect()
}

/// A pseudo-random number, always the same for the same three.
fn random(a: u64, b: u64, c: u64) -> u64 {
    mix(mix(mix(a) ^ b) ^ c)
}
