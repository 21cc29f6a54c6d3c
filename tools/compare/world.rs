//! Random accounts that change from day to day, and the pages that crawls of them return.

use serde_json::{Value, json};
use testkit::page_log::{Start, end_line, page_line};
use testkit::pages::{Reel, flat_page, reel, wrapped_page};
use testkit::random::Random;

const ZONES: [&str; 4] = ["UTC", "America/New_York", "Asia/Tokyo", "Europe/Berlin"];
const WORDS: [&str; 10] = [
    "bread",
    "#moss",
    "@willow",
    "link in bio",
    "🌿",
    "#Moss",
    "why?",
    "anzeige #ad",
    "朝ごはん",
    "line\nbreak, \"quoted\"",
];
const ODD: [&str; 6] = ["taken_at", "user", "play_count", "like_count", "video_versions", "code"];
const DAY: i64 = 86_400;
/// 2026-03-01T06:00:00Z
const FIRST_DAY: i64 = 1_772_344_800;
/// Where the milliseconds in a pk begin.
const PK_EPOCH_MILLIS: i64 = 1_314_220_021_721;

pub struct World {
    random: Random,
    accounts: Vec<Account>,
}

struct Account {
    handle: String,
    id: String,
    zone: &'static str,
    followers: Option<u64>,
    posts: Vec<Post>,
    /// A crawl that stops early needs a full one before it.
    was_crawled: bool,
}

#[derive(Clone)]
struct Post {
    pk: u64,
    posted_at: i64,
    level: u64,
    caption: Option<String>,
    is_pinned: bool,
    is_guest: bool,
    hides_likes: bool,
    is_paid: bool,
    odd: Option<&'static str>,
}

/// A file of one day's input, relative to its folder.
pub struct Input {
    pub path: String,
    pub content: String,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::of(&[seed, 41]);
        let accounts = (0..random.between(1, 4)).map(|number| Account::new(number, &mut random)).collect();
        Self { random, accounts }
    }

    /// Crawls of most accounts on a day, as page logs or bare pages.
    pub fn day(&mut self, day: i64) -> Vec<Input> {
        let (random, mut inputs) = (&mut self.random, Vec::new());
        for account in &mut self.accounts {
            account.change(day, random);
            if random.percent(85) || day == 0 {
                inputs.extend(account.crawl(day, random));
            }
        }
        inputs
    }
}

impl Account {
    fn new(number: u64, random: &mut Random) -> Self {
        let post = |at: u64, random: &mut Random| {
            let days = (at as i64 + 1) * random.between(1, 4) as i64;
            Post::new(FIRST_DAY - days * DAY - random.below(80_000) as i64, random)
        };
        let posts = (0..random.between(3, 60)).map(|at| post(at, random)).collect();
        Self {
            handle: format!("account{number}"),
            id: (7_000 + number).to_string(),
            zone: random.of_list(&ZONES),
            followers: random.percent(60).then(|| random.between(100, 90_000)),
            posts,
            was_crawled: false,
        }
    }

    /// New, removed and edited posts.
    fn change(&mut self, day: i64, random: &mut Random) {
        for _ in 0..random.below(3) {
            self.posts.push(Post::new(FIRST_DAY + day * DAY - random.between(60, 80_000) as i64, random));
        }
        self.posts.retain(|_| !random.percent(2));
        for post in &mut self.posts {
            if random.percent(4) {
                post.caption = caption(random);
            }
            if random.percent(2) {
                post.is_pinned = !post.is_pinned;
            }
        }
        self.posts.sort_by_key(|post| std::cmp::Reverse((post.is_pinned, post.posted_at)));
    }

    fn crawl(&mut self, day: i64, random: &mut Random) -> Vec<Input> {
        let items: Vec<Value> = self.posts.iter().map(|post| post.item(self, day, random)).collect();
        let mut pages: Vec<&[Value]> = items.chunks(12).collect();
        let status = match random.below(10) {
            0 | 1 if self.was_crawled => "windowed",
            2 => "partial",
            _ => "complete",
        };
        if status != "complete" {
            pages.truncate(random.between(1, 2) as usize);
        }
        self.was_crawled |= status == "complete";
        let page = if random.percent(25) { flat_page::<Value> } else { wrapped_page::<Value> };
        let cursor = |at: usize| (at < pages.len()).then(|| format!("{}+{day}/{at}==", self.handle));
        let bodies = (1..).zip(&pages).map(|(at, items)| page(items, cursor(at).as_deref()));
        if random.percent(15) {
            let path = |at| format!("{}/{at:03}.json", self.handle);
            return (1..).zip(bodies).map(|(at, content)| Input { path: path(at), content }).collect();
        }
        let began = FIRST_DAY + day * DAY + random.below(3_600) as i64;
        let (run_id, started_at) = (compact(began), time(began));
        let start = Start {
            account: &self.handle,
            account_id: random.percent(70).then(|| self.id.clone()),
            label: random.percent(30).then(|| "clients".to_owned()),
            timezone: self.zone,
            followers: self.followers,
            run_id: &run_id,
            version: "0.1.0",
            started_at: &started_at,
            ..Start::default()
        };
        let mut content = start.line();
        for (at, body) in (1..).zip(bodies) {
            content += &page_line(at, cursor(at - 1).filter(|_| at > 1).as_deref(), &time(began + at as i64), &body);
        }
        content += &end_line(status, &time(began + 50));
        vec![Input { path: format!("{}.ndjson", self.handle), content }]
    }
}

impl Post {
    fn new(posted_at: i64, random: &mut Random) -> Self {
        let upload_millis = posted_at * 1_000 - random.between(60_000, 900_000) as i64 - PK_EPOCH_MILLIS;
        Self {
            pk: ((upload_millis as u64) << 23) + random.below(1 << 23),
            posted_at,
            level: random.between(50, 40_000),
            caption: caption(random),
            is_pinned: random.percent(4),
            is_guest: random.percent(6),
            hides_likes: random.percent(5),
            is_paid: random.percent(8),
            odd: random.percent(4).then(|| random.of_list(&ODD)),
        }
    }

    fn item(&self, account: &Account, day: i64, random: &mut Random) -> Value {
        let age = (FIRST_DAY + day * DAY - self.posted_at).max(0) as u64;
        let views = self.level * (age + 3_600) / (age + 4 * DAY as u64);
        let (id, handle) =
            if self.is_guest { ("9009", "guest") } else { (account.id.as_str(), account.handle.as_str()) };
        let mut item: Reel = reel(self.pk)
            .owner(id, handle)
            .taken_at(self.posted_at)
            .views(views)
            .likes(if self.hides_likes { 3 } else { (views / 20) as i64 })
            .comments(views / 300)
            .set("like_and_view_counts_disabled", self.hides_likes)
            .set("video_duration", (self.pk % 90_000) as f64 / 1_000.0)
            .set("is_paid_partnership", self.is_paid);
        if let Some(caption) = &self.caption {
            item = item.caption(caption);
        }
        if self.is_pinned {
            item = item.pinned();
        }
        if self.is_guest || self.pk.is_multiple_of(7) {
            item = item.coauthor(&account.id, &account.handle);
        }
        if self.pk.is_multiple_of(3) {
            let sound = json!({"title": "Tide Tables", "artist_name": "The Low Harbours", "audio_cluster_id": "77"});
            item = item.set("clips_metadata", json!({"music_info": {"music_asset_info": sound}}));
        }
        match self.odd {
            Some("user") => item.without("user").into(),
            Some(field) if random.percent(50) => item.without(field).into(),
            Some(field) => item.set(field, json!("odd")).set("new_field", 1).into(),
            None => item.into(),
        }
    }
}

fn caption(random: &mut Random) -> Option<String> {
    let words: Vec<&str> = (0..random.below(9)).map(|_| random.of_list(&WORDS)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The moment at which bare pages of a day were fetched.
pub fn observed_at(day: i64) -> String {
    time(FIRST_DAY + day * DAY)
}

fn time(seconds: i64) -> String {
    let at = chrono::DateTime::from_timestamp(seconds, 0).expect("a time of our days");
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn compact(seconds: i64) -> String {
    time(seconds).replace(['-', ':', '.'], "")
}
