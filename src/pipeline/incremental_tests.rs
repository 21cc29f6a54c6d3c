//! Incremental updates equal a rebuild: however crawls are grouped into runs, updating run by run gives what a rebuild
//! from raw/ gives, to the byte, and every observation is there exactly once.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::config::Settings;
use crate::formats::options::{Format, Options};
use crate::formats::read::AccountRows;
use crate::pipeline::publish::{Base, PublishRequest, base_on, commit, stage};
use crate::pipeline::summary::Summary;
use crate::schema::{tables::Observation, values::AccountStatus};
use crate::store::page_log::line::{End, Line, PageLine, ProfileAnswer, ProfileLine, Start};
use crate::store::page_log::{line, reader};
use crate::store::{layout::Store, manifest::Manifest, page_log::writer::LogWriter};
use crate::time::compact_time;

const ACCOUNTS: [&str; 2] = ["ash", "birch"];
const REELS: u64 = 5;

/// Something that happens to a store.
#[derive(Debug, Clone)]
enum Event {
    /// A crawl of an account that begins this many hours after the newest one (before it, where an old replay is imported
    /// late).
    Crawl(usize, i64, CrawlSpec),
    /// The newest log of an account grows: a run id was tried again.
    Retry(usize, CrawlSpec),
    /// The user changes an account's time zone.
    Configure(usize, usize),
    Run,
    Compact,
}

#[derive(Debug, Clone)]
struct CrawlSpec {
    /// `None` where it was killed.
    status: Option<AccountStatus>,
    trimmed: bool,
    /// A bit for each reel that is listed, and one for each that has views.
    listed: u64,
    viewed: u64,
    /// Whether a reel is on both pages.
    twice: bool,
    views: i64,
    /// Determines texts and owners.
    text: u64,
    zone: usize,
    /// What the accounts file says: followers, and whether it gives a day, which may be before earlier crawls.
    follow: Option<(i64, bool)>,
    /// The followers that its profile shows (`None` where that does not come), and whether the second page is before it.
    profile: Option<(Option<i64>, bool)>,
    gone: bool,
    /// The account is requested by another name.
    renamed: bool,
    /// The name of its log sorts last, whatever the times of its pages.
    sorts_last: bool,
}

const ZONES: [&str; 3] = ["UTC", "Asia/Tokyo", "America/New_York"];

fn any_status() -> impl Strategy<Value = Option<AccountStatus>> {
    prop_oneof![
        4 => Just(Some(AccountStatus::Complete)),
        1 => Just(Some(AccountStatus::Incremental)),
        1 => Just(Some(AccountStatus::Partial)),
        1 => Just(None),
    ]
}

prop_compose! {
    fn any_crawl()(
        (status, trimmed, gone) in (any_status(), any::<bool>(), prop::bool::weighted(0.1)),
        (listed, viewed, twice) in (0..1u64 << REELS, 0..1u64 << REELS, any::<bool>()),
        (views, text, zone) in (-500..5000i64, 0..3u64, 0..3usize),
        follow in proptest::option::of((1..3i64, any::<bool>())),
        profile in proptest::option::of((proptest::option::of(1..9000i64), any::<bool>())),
        (sorts_last, renamed) in (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
    ) -> CrawlSpec {
        // Mostly everything is listed: crawls that show little could not tell a listed reel from a lost one.
        let listed = if text == 0 { listed } else { listed | 0b11110 };
        let viewed = viewed | 0b101;
        CrawlSpec { status, trimmed, listed, viewed, twice, views, text, zone, follow, profile, gone, renamed, sorts_last }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let hours = prop_oneof![6 => 1..200i64, 1 => -100..0i64];
    prop_oneof![
        8 => (0..2usize, hours, any_crawl()).prop_map(|(account, hours, crawl)| Event::Crawl(account, hours, crawl)),
        1 => (0..2usize, any_crawl()).prop_map(|(account, crawl)| Event::Retry(account, crawl)),
        1 => (0..2usize, 0..3usize).prop_map(|(account, zone)| Event::Configure(account, zone)),
        5 => Just(Event::Run),
        1 => Just(Event::Compact),
    ]
}

/// A store, and the time of the events.
struct World {
    store: Store,
    settings: Settings,
    now: DateTime<Utc>,
    steps: u64,
}

impl World {
    fn new(dir: &Path) -> Self {
        let output = Options::new(&[Format::Parquet, Format::Csv]);
        let now = DateTime::parse_from_rfc3339("2026-03-01T06:00:00Z").unwrap().to_utc();
        Self { store: Store::new(dir), settings: Settings::new(output), now, steps: 0 }
    }

    fn apply(&mut self, event: &Event) {
        self.steps += 1;
        match event {
            Event::Crawl(account, hours, crawl) => {
                let began = self.now + Duration::hours(*hours);
                self.now = self.now.max(began + Duration::minutes(1));
                let mut start = self.start(*account, began, crawl.zone, crawl.follow);
                if crawl.renamed {
                    // It sorts last.
                    start.account.insert(0, 'z');
                }
                let name = if crawl.sorts_last { format!("20270101T0{}", start.run_id) } else { name(&start) };
                let mut log = LogWriter::create(&self.store.account_dir(ACCOUNTS[*account]), &name).unwrap();
                log.append(&Line::Start(start)).unwrap();
                self.pages(log, *account, began, crawl);
            }
            Event::Retry(account, crawl) => {
                let Some(log) = self.store.logs(ACCOUNTS[*account]).unwrap().pop() else { return };
                self.now += Duration::minutes(1);
                let whole = reader::for_each_line(&log, |_| Ok(())).unwrap().whole_bytes.unwrap();
                self.pages(LogWriter::reopen(&log, whole).unwrap(), *account, self.now, crawl);
            }
            Event::Configure(account, zone) => {
                self.now += Duration::minutes(1);
                let mut start = self.start(*account, self.now, *zone, None);
                start.configures_only = true;
                let mut log = LogWriter::create(&self.store.account_dir(ACCOUNTS[*account]), &name(&start)).unwrap();
                log.append(&Line::Start(start)).unwrap();
                log.finish().unwrap();
            }
            Event::Run => self.publish(false),
            Event::Compact => self.publish(true),
        }
    }

    fn start(&self, account: usize, began: DateTime<Utc>, zone: usize, follow: Option<(i64, bool)>) -> Start {
        Start {
            account_id: (zone == 2).then(|| (900 + account).to_string()),
            label: (zone == 1).then(|| "client".to_owned()),
            timezone: ZONES[zone].to_owned(),
            followers: follow.map(|(followers, _)| followers),
            // A later crawl may give a day before the earlier ones.
            followers_as_of: follow.filter(|(_, has_day)| *has_day).map(|(day, _)| format!("2026-03-0{day}")),
            ..Start::new(ACCOUNTS[account], &format!("step{}", self.steps), began.into())
        }
    }

    fn pages(&self, mut log: LogWriter, account: usize, began: DateTime<Utc>, crawl: &CrawlSpec) {
        let items = |range: std::ops::Range<u64>| {
            let listed = range.filter(|reel| crawl.listed & (1 << reel) != 0);
            listed.map(|reel| item(account, reel, crawl)).collect::<Vec<_>>().join(",")
        };
        let split = if crawl.twice { (0..3, 2..REELS) } else { (0..3, 3..REELS) };
        let pages = if crawl.gone { Vec::new() } else { vec![items(split.0), items(split.1)] };
        if crawl.gone {
            profile(&mut log, began, crawl);
        }
        for (number, items) in (1..).zip(&pages) {
            let body = format!(r#"{{"items":[{items}]}}"#);
            log.append(&Line::Page(PageLine {
                page: number,
                cursor: None,
                fetched_at: (began + Duration::seconds(number.into())).into(),
                status: 200,
                request_id: None,
                attempts: 1,
                billed: 1,
                blake3: line::hash(&body).into(),
                received_blake3: None,
                body: &body,
            }))
            .unwrap();
            if crawl.profile.is_some_and(|(_, is_late)| number == if is_late { 2 } else { 1 }) {
                profile(&mut log, began, crawl);
            }
        }
        let Some(status) = crawl.status else { return };
        let (reason, ended_at) = (None, began.into());
        log.append(&Line::End(End { status, reason, attempts: 0, billed: 0, ended_at })).unwrap();
        log.finish().unwrap();
    }

    fn newest(&self) -> Option<(std::path::PathBuf, Manifest)> {
        self.store.latest().unwrap()
    }

    /// One run on top of the one before.
    fn publish(&self, compact: bool) {
        let newest = self.newest();
        let run_id = format!("run{}", newest.as_ref().map_or(1, |(_, manifest)| manifest.sequence + 1));
        let base = newest.map_or(Base::Raw, |(dir, manifest)| {
            let base = base_on(&self.store, &dir, manifest);
            assert!(matches!(base, Base::PreviousRun(_)), "damaged");
            base
        });
        self.publish_on(base, &run_id, compact);
    }

    fn publish_on(&self, base: Base, run_id: &str, compact: bool) {
        let request =
            PublishRequest { store: &self.store, settings: &self.settings, run_id, requested: Vec::new(), compact };
        let written = stage(&request, base, self.newest().as_ref()).unwrap();
        commit(&request, written, &Summary::new(run_id), None).unwrap();
        self.store.remove_old_runs(2).unwrap();
        let tree = self.newest().and_then(|(_, manifest)| manifest.observation_tree);
        self.store.remove_trees_but(&[tree.expect("a tree")]).unwrap();
    }

    /// The hash of every table, and how often each observation is there.
    fn tables(&self) -> (BTreeMap<String, String>, BTreeMap<String, usize>) {
        let (_, manifest) = self.newest().expect("published");
        assert_eq!(self.store.unlisted_observations(&manifest).unwrap(), [""; 0].map(std::path::PathBuf::from));
        assert_eq!(self.store.observations_target().unwrap(), manifest.observation_tree);
        let mut observations = BTreeMap::new();
        for file in &manifest.observations {
            let mut rows = AccountRows::<Observation>::open(&self.store.root().join(&file.path)).unwrap();
            while let Some(account) = rows.account().unwrap().map(str::to_owned) {
                assert!(ACCOUNTS.contains(&account.trim_start_matches('z')), "{} has {account}", file.path);
                for row in rows.take(&account).unwrap() {
                    *observations.entry(format!("{row:?}")).or_insert(0) += 1;
                }
            }
        }
        (manifest.files.into_iter().map(|file| (file.path, file.blake3)).collect(), observations)
    }
}

/// The profile of a crawl, or why there is none.
fn profile(log: &mut LogWriter, began: DateTime<Utc>, crawl: &CrawlSpec) {
    let Some((followers, _)) = crawl.profile else { return };
    let body = format!(r#"{{"pk":"900","follower_count":{}}}"#, followers.unwrap_or_default());
    let profile =
        || ProfileAnswer::Profile { status: 200, blake3: line::hash(&body).into(), received_blake3: None, body: &body };
    let line = ProfileLine {
        endpoint: "basic-profile".into(),
        fetched_at: (began + Duration::milliseconds(1500)).into(),
        request_id: None,
        attempts: 1,
        billed: 1,
        answer: followers.map_or_else(|| ProfileAnswer::None("HTTP 404".into()), |_| profile()),
    };
    log.append(&Line::Profile(line)).unwrap();
}

fn name(start: &Start) -> String {
    format!("{}_{}", compact_time(start.started_at.at()), start.run_id)
}

/// A reel as a crawl shows it, in either shape.
fn item(account: usize, reel: u64, crawl: &CrawlSpec) -> String {
    let pk = 3_850_000_000_000_000_000 + reel * 400_000_000_000_000 + account as u64;
    let views = match crawl.viewed & (1 << reel) {
        0 => String::new(),
        // Two ways of counting, as in responses.
        _ if crawl.text == 1 => format!(r#""play_count":{},"#, crawl.views.max(0) + reel as i64 * 900),
        _ => format!(r#""play_count":9,"ig_play_count":{},"#, crawl.views.max(0) + reel as i64 * 1000),
    };
    let caption = match (crawl.text, reel % 3) {
        (2, 1) => String::new(),
        (text, _) => format!(r##""caption":{{"text":"No {text} of #moss{reel} by @willow"}},"##),
    };
    // One is owned by somebody else, and one changes its owner.
    let is_own = reel < 3 || reel == 3 && crawl.text != 1;
    let (owner, owner_id) = if is_own { (ACCOUNTS[account], 900 + account) } else { ("someone", 77) };
    let taken_at = 1_772_000_000 + reel * 90_000;
    let common = format!(
        r#"{views}{caption}"pk":"{pk}","taken_at":{taken_at},"like_count":{},"comment_count":{},"user":{{"pk":{owner_id},"username":"{owner}"}}"#,
        crawl.views / 10,
        crawl.text
    );
    if crawl.trimmed {
        return format!("{{{common}}}");
    }
    let coauthors = if crawl.text == 2 { "" } else { r#"{"pk":5,"username":"willow"}"# };
    format!(
        r#"{{"media":{{{common},"video_duration":{}.5,"coauthor_producers":[{coauthors}],"is_paid_partnership":false,"new_key":1}}}}"#,
        10 + reel
    )
}

/// `PROPTEST_CASES` sets another number.
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

fn updates_equal_a_rebuild(events: &[Event]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let mut world = World::new(dir.path());
    for event in events {
        world.apply(event);
    }
    world.publish(false);
    let updated = world.tables();
    world.publish_on(Base::Raw, "rebuilt", false);
    let rebuilt = world.tables();
    prop_assert_eq!(&updated.0, &rebuilt.0);
    prop_assert_eq!(&updated.1, &rebuilt.1);
    prop_assert!(updated.1.values().all(|times| *times == 1), "{:?}", updated.1);
    Ok(())
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn updating_run_by_run_equals_a_rebuild(events in prop::collection::vec(event(), 1..14)) {
        updates_equal_a_rebuild(&events)?;
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    #[ignore = "slow"]
    fn slow_updating_run_by_run_equals_a_rebuild(events in prop::collection::vec(event(), 1..14)) {
        updates_equal_a_rebuild(&events)?;
    }
}

/// A crawl that lists everything.
fn plain_crawl(follow: Option<(i64, bool)>) -> CrawlSpec {
    CrawlSpec {
        status: Some(AccountStatus::Complete),
        trimmed: false,
        listed: 0b11111,
        viewed: 0b11111,
        twice: false,
        views: 500,
        text: 0,
        zone: 0,
        follow,
        profile: None,
        gone: false,
        renamed: false,
        sorts_last: false,
    }
}

#[test]
fn followers_of_a_day_that_was_published_already_are_news_for_its_observations() {
    let given = Event::Crawl(0, 24, plain_crawl(Some((1, true))));
    updates_equal_a_rebuild(&[Event::Crawl(0, 1, plain_crawl(None)), Event::Run, given]).unwrap();
}
