//! An account and a reel, before they are written in one of the shapes.

use super::captions;
use crate::pages::shortcode;
use crate::random::Random;

/// The epoch of the milliseconds in a media id.
const MEDIA_ID_EPOCH_MILLIS: u64 = 1_314_220_021_721;
/// The time of the pages: 2026-10-05T06:00:00Z.
pub const FETCHED_AT_SECONDS: u64 = 1_791_180_000;
/// An account publishes at this interval, or a shorter one if its reels would take more than eight years.
const SECONDS_A_REEL: u64 = 29 * 3_600;
const MOST_SECONDS: u64 = 8 * 365 * 86_400;

static PLACES: &[(&str, f64, f64)] = &[
    ("Pier Street Market", 40.704_93, -74.003_12),
    ("Estação Velha", -23.545_2, -46.638_6),
    ("Hafen-Café", 53.543_9, 9.966_4),
    ("古い港", 34.690_1, 135.195_6),
    ("ساحة الساعة", 33.513_8, 36.276_5),
];

static TITLES: &[(&str, &str)] = &[
    ("Tide Tables", "The Low Harbours"),
    ("Nur ein Umweg", "Lenz & Laube"),
    ("Maré Alta", "Duo Salina"),
    ("雨の台所", "みなと楽団"),
    ("Second Kettle", "Mira Oakes"),
];

pub struct Account {
    pub number: u64,
    pub handle: String,
    pub id: u64,
    pub full_name: String,
    pub is_verified: bool,
    pub account_type: u64,
    pub followers: u64,
    /// Its usual views.
    level: u64,
    /// Seeds the profile picture's file and URL, which are the same all over a page.
    pub picture: Random,
}

impl Account {
    pub fn of(seed: u64, number: u64) -> Self {
        const FIRST: &[&str] = &["harbor", "slow", "casa", "tiny", "nord", "monsoon", "blue", "studio"];
        const SECOND: &[&str] = &["kitchen", "trails", "atelier", "bakery", "garden", "moves", "notes", "films"];
        let mut random = Random::of(&[seed, number, 1]);
        let (first, second) = (random.of_list(FIRST), random.of_list(SECOND));
        let followers = 800 + random.below(1_000) * random.below(1_000);
        Self {
            number,
            handle: format!("{first}.{second}{number:04}"),
            id: 5_000_000_000 + number * 7_919 + random.below(7_919),
            full_name: format!("{first} {second} | N.º {number}"),
            is_verified: random.percent(20),
            account_type: random.between(1, 3),
            followers,
            level: 500 + followers / 4,
            picture: Random::of(&[seed, number, 2]),
        }
    }
}

pub struct Sound {
    pub id: u64,
    pub is_licensed: bool,
    pub title: &'static str,
    pub artist: &'static str,
}

pub struct Reel {
    pub pk: u64,
    pub code: String,
    pub taken_at: u64,
    pub caption: Option<String>,
    /// The owner, if it is another account; the requested account is then its coauthor.
    pub owner: Option<u64>,
    pub coauthor: Option<u64>,
    pub tagged: Option<u64>,
    pub sponsor: Option<u64>,
    pub ig_play_count: u64,
    pub fb_play_count: Option<u64>,
    pub like_count: u64,
    pub likes_hidden: bool,
    pub comment_count: u64,
    pub reshare_count: Option<u64>,
    pub repost_count: Option<u64>,
    pub duration_millis: u64,
    pub width: u64,
    pub height: u64,
    pub has_audio: bool,
    pub is_pinned: bool,
    pub sound: Sound,
    pub place: Option<(&'static str, f64, f64)>,
    /// Seeds its URLs and whatever else is drawn while it is written.
    pub random: Random,
}

impl Reel {
    /// `newness` 0 is the newest of the account's `reels`.
    pub fn of(
        seed: u64,
        account: &Account,
        newness: u64,
        reels: u64,
        accounts: &[Account],
        views_percent: u64,
    ) -> Self {
        let mut random = Random::of(&[seed, account.number, 3, newness]);
        let gap = SECONDS_A_REEL.min(MOST_SECONDS / reels);
        let taken_at = FETCHED_AT_SECONDS - 3_600 - newness * gap - random.below(gap);
        let lead_millis = 20_000 + random.below(400) * random.below(400);
        let upload_millis = taken_at * 1_000 - lead_millis - MEDIA_ID_EPOCH_MILLIS;
        let pk = (upload_millis << 23) + random.below(1 << 23);
        let other = |random: &mut Random, percent: u64| {
            let other = random.below(accounts.len() as u64);
            (random.percent(percent) && other != account.number).then_some(other)
        };
        // Some reels have far more views than the others.
        let luck = 20 + random.below(160) + if random.percent(4) { random.below(4_000) } else { 0 };
        let views = (account.level * luck / 100 + random.below(50)) * views_percent / 100;
        let share = |random: &mut Random, per_mille: u64| views * random.below(per_mille * 10) / 10_000;
        let handle = random.below(accounts.len() as u64) as usize;
        let (title, artist) = random.of_list(TITLES);
        let is_licensed = random.percent(40);
        let full_hd = random.percent(30);
        Self {
            pk,
            code: shortcode(pk),
            taken_at,
            caption: captions::caption(account.number, &mut random, &accounts[handle].handle),
            owner: other(&mut random, 5),
            coauthor: other(&mut random, 15),
            tagged: other(&mut random, 25),
            sponsor: other(&mut random, 3),
            ig_play_count: views,
            fb_play_count: random.percent(60).then(|| share(&mut random, 120)),
            like_count: share(&mut random, 90) + 4,
            likes_hidden: random.percent(2),
            comment_count: share(&mut random, 9),
            reshare_count: random.percent(90).then(|| share(&mut random, 30)),
            repost_count: random.percent(90).then(|| share(&mut random, 6)),
            duration_millis: 4_000 + random.below(86_000),
            width: if full_hd { 1_080 } else { 720 },
            height: if full_hd { 1_920 } else { 1_280 },
            has_audio: !random.percent(3),
            is_pinned: newness < 3 && account.number.is_multiple_of(2),
            sound: Sound { id: random.new_digits(15), is_licensed, title, artist },
            place: random.percent(65).then(|| random.of_list(PLACES)),
            random,
        }
    }
}
