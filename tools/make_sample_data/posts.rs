//! The reels behind the answers: when each was posted, what it is about, and how its counts grow with age.

use testkit::random::Random;

use crate::accounts::{ACCOUNTS, Account, BAKERY, COACH, FITNESS, FLOUR_MILL, Person, TRAILS};
use crate::captions;

/// Monday 2026-05-18T00:00:00 on a clock without a zone: the first of 21 weeks before the first walk.
const FIRST_MONDAY: i64 = 1_779_062_400;
const WEEKS: i64 = 21;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Instagram's own epoch in Unix milliseconds: the clock within a media pk starts here.
const PK_EPOCH_MS: i64 = 1_314_220_021_721;

/// The sample's own numbers.
pub struct Rng(Random);

impl Rng {
    pub fn of(parts: &[u64]) -> Rng {
        let mut random = Random::seeded(20_261_012);
        for part in parts {
            random = Random::seeded(random.number() ^ part);
        }
        Rng(random)
    }

    pub fn next(&mut self) -> u64 {
        self.0.number()
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// About normal (a sum of twelve), without the logarithms that differ in their last bit from machine to machine.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// About log-normal around 1, for the same reason as a 16th power: four squarings.
    fn spread(&mut self, width: f64) -> f64 {
        let root = 1.0 + width * self.bell() / 16.0;
        let square = root * root;
        let fourth = square * square;
        let eighth = fourth * fourth;
        eighth * eighth
    }
}

/// One reel, apart from how an answer tells of it.
#[derive(Clone)]
pub struct Post {
    pub pk: u64,
    pub owner: Person,
    pub coauthors: Vec<Person>,
    pub taken_at: i64,
    pub caption: String,
    pub duration_ms: u32,
    pub tall: bool,
    /// A licensed track, shared by many reels, or none: original sound.
    pub track: Option<usize>,
    pub place: Option<(&'static str, f64, f64)>,
    views_at_last: f64,
    like_rate: f64,
    comment_rate: f64,
    share_rate: f64,
}

pub struct Counts {
    pub views: u64,
    pub likes: u64,
    pub comments: u64,
    pub shares: u64,
    pub reposts: u64,
}

impl Post {
    /// Growth saturates: half of all views within a day and a half, nearly all within weeks.
    pub fn counts(&self, at: i64) -> Counts {
        let age = (at - self.taken_at) as f64 / HOUR as f64;
        let views = self.views_at_last * age / (age + 36.0);
        let of = |rate: f64| (views * rate) as u64;
        Counts {
            views: views as u64,
            likes: of(self.like_rate),
            comments: of(self.comment_rate),
            shares: of(self.share_rate),
            reposts: of(self.share_rate * 0.3),
        }
    }
}

/// The reels of each account, oldest first; a trap names a reel by its index here.
pub fn all() -> [Vec<Post>; 3] {
    let mut all = [BAKERY, TRAILS, FITNESS].map(|number| {
        let times = schedule(number, &ACCOUNTS[number]);
        times.iter().enumerate().map(|(index, (time, factor))| post(number, index, *time, *factor)).collect::<Vec<_>>()
    });
    // Collabs: one that is listed by two of our accounts, and two that outsiders own.
    all[TRAILS][60].coauthors = vec![ACCOUNTS[BAKERY].person];
    let shared = all[TRAILS][60].clone();
    all[BAKERY].push(shared);
    all[BAKERY][59].owner = FLOUR_MILL;
    all[BAKERY][59].coauthors = vec![ACCOUNTS[BAKERY].person];
    all[BAKERY][58].coauthors = vec![FLOUR_MILL];
    all[BAKERY][42].coauthors = vec![FLOUR_MILL];
    all[FITNESS][52].owner = COACH;
    all
}

/// Local posting times turned to UTC, with the factor of each time.
fn schedule(number: usize, account: &Account) -> Vec<(i64, f64)> {
    let mut rng = Rng::of(&[1, number as u64]);
    let mut times = Vec::new();
    let mut add = |monday: i64, weekday: i64, hour: i64, factor: f64| {
        // Now and then a post is late by an hour or two.
        let late = if rng.below(6) == 0 { 1 + rng.below(2) as i64 } else { 0 };
        let minutes = late * 60 + rng.below(56) as i64;
        let seconds = rng.below(60) as i64;
        let local = monday + weekday * DAY + hour * HOUR + minutes * 60 + seconds;
        times.push((local - account.offset_minutes * 60, factor));
    };
    for week in 0..WEEKS {
        for turn in 0..3 {
            let slot = &account.slots[((week * 3 + turn) % 7) as usize];
            add(FIRST_MONDAY + week * 7 * DAY, slot.weekday, slot.hour, slot.factor);
        }
    }
    // The week between the walks: one reel early, three within 48 hours before the second walk.
    let last = FIRST_MONDAY + WEEKS * 7 * DAY;
    for (weekday, hour) in [(2, 17), (5, 14), (6, 9), (6, 18)] {
        add(last, weekday, hour, 1.0);
    }
    times.sort_by_key(|(time, _)| *time);
    times
}

fn post(number: usize, index: usize, taken_at: i64, time_factor: f64) -> Post {
    let account = &ACCOUNTS[number];
    let mut rng = Rng::of(&[2, number as u64, index as u64]);
    let text = captions::compose(number, index, &mut rng);
    let (from, to) =
        *rng.pick(&[(7_000, 15_000), (15_000, 30_000), (15_000, 30_000), (30_000, 60_000), (60_000, 96_000)]);
    let duration_ms = (from + rng.below(to - from)) as u32;
    // Most uploads are published within minutes; one in eight waits as a draft.
    let lead_ms = if rng.below(8) == 0 { 4 * HOUR * 1000 } else { 40_000 } + rng.below(300_000) as i64;
    let clock = (taken_at * 1000 - lead_ms - PK_EPOCH_MS) as u64;
    let pk = (clock << 23) | rng.below(1 << 23);

    let length_factor = match duration_ms {
        ..30_000 => 1.15,
        30_000..60_000 => 1.0,
        _ => 0.75,
    };
    let trend = 0.85 + 0.3 * index as f64 / 66.0;
    let factor = match (index + 5 * number) % 21 {
        7 => 8.0 * rng.spread(0.15),
        2 | 14 => 0.22 * rng.spread(0.15),
        _ => rng.spread(0.36) * time_factor * length_factor * text.factor,
    };
    let track = (rng.below(5) < 2).then(|| rng.below(4) as usize);
    let place = (rng.below(5) < 2).then(|| *rng.pick(account.voice.places));
    Post {
        pk,
        owner: account.person,
        coauthors: Vec::new(),
        taken_at,
        caption: text.caption,
        duration_ms,
        tall: rng.below(4) == 0,
        track,
        place,
        views_at_last: account.level * trend * factor,
        like_rate: (0.041 * rng.spread(0.34)).clamp(0.012, 0.078),
        comment_rate: (0.0026 * text.talk * rng.spread(0.5)).clamp(0.0006, 0.01),
        share_rate: 0.006 * text.share * rng.spread(0.5),
    }
}
