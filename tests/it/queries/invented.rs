//! Invented accounts, made into tables by the program itself: pages in, rows out.

use reelframe::internals::{AccountBuilder, AccountTables, CrawlStart, PageInput, UtcMicros};
use serde_json::json;
use testkit::pages::{Reel, reel, wrapped_page};
use testkit::random::Random;

use crate::queries::rows::TestRows;

pub(crate) const DAY_S: i64 = 86_400;
/// Monday, 2025-01-27: 66 reels end with the month of June.
pub(crate) const FIRST_DAY_S: i64 = 1_737_936_000;

/// A standard normal number (Box and Muller, 1958).
pub(crate) fn normal(random: &mut Random) -> f64 {
    let mut uniform = || (random.below(1 << 30) as f64 + 0.5) / (1_u64 << 30) as f64;
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// A reel of which everything but the views is drawn at random.
pub(crate) fn any_reel(pk: u64, posted_at_s: i64, random: &mut Random) -> Reel {
    let mut caption =
        random.of_list(&["Bread", "A look along the old harbour wall", "Rain again, and we love it"]).to_owned();
    caption += if random.percent(30) { "? " } else { ". " };
    caption += if random.percent(50) { "Save this for later. " } else { "We had a good day here with the team. " };
    (0..random.below(6)).for_each(|_| caption += "🍞");
    for tag in 0..20 {
        if random.percent(60 / (tag + 1)) {
            caption += &format!(" #tag{tag}");
        }
    }
    let audio = random.of_list(&["original_sounds", "original_sounds", "licensed_music"]);
    let reel = reel(pk)
        .taken_at(posted_at_s)
        .caption(&caption)
        .set("video_duration", random.of_list(&[12.0, 20.0, 25.0, 40.0, 55.0, 75.0]))
        .set("is_paid_partnership", random.percent(15))
        .set("clips_metadata", json!({"audio_type": audio}));
    if random.percent(20) { reel.coauthor("77", "friend") } else { reel }
}

/// The tables of an account after crawls at these times, in seconds, each with its reels.
pub(crate) fn tables(name: &str, crawls: &[(i64, Vec<Reel>)]) -> AccountTables {
    let mut builder = AccountBuilder::new(name);
    for (number, (at_s, reels)) in crawls.iter().enumerate() {
        let at = UtcMicros(at_s * 1_000_000);
        let run_id = format!("run{number}").into();
        let start = CrawlStart { run_id, timezone: "UTC".into(), started_at: at, ..CrawlStart::default() };
        builder.start(CrawlStart { sequence: number as u64 + 1, ..start });
        let items: Vec<Reel> = reels.iter().map(|reel| reel.clone().owner("5005", name)).collect();
        let body = wrapped_page(&items, None);
        let blake3 = format!("{number}");
        builder.page(PageInput {
            body: &body,
            number: 1,
            fetched_at: at,
            blake3: &blake3,
            was_changed: false,
            attempts: 1,
        });
        builder.end(reelframe::AccountStatus::Complete, None, 1);
    }
    builder.finish().expect("the pages can be read")
}

/// Adds an account's rows.
pub(crate) fn add(rows: &mut TestRows, tables: AccountTables) {
    rows.reels.extend(tables.reels);
    rows.hashtags.extend(tables.hashtags);
    rows.people.extend(tables.people);
    rows.accounts.push(tables.account);
    rows.days.extend(tables.days);
    rows.findings.extend(tables.findings);
}
