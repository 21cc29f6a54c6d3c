//! The law of history: however readings were grouped into runs, folding run by run gives what a rebuild from raw/
//! gives, to the byte, and every reading is in the observations exactly once.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use crate::config::Settings;
use crate::formats::options::{Format, Options};
use crate::formats::read::AccountRows;
use crate::pipeline::publish::{Base, PublishRequest, on, seal, stage};
use crate::pipeline::summary::Summary;
use crate::schema::tables::Observation;
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::store::manifest::Manifest;
use crate::store::page_log::line::{End, Line, PageLine, Start};
use crate::store::page_log::writer::LogWriter;
use crate::store::page_log::{line, reader};
use crate::time::compact_time;

const ACCOUNTS: [&str; 2] = ["ash", "birch"];
const REELS: u64 = 5;

/// Something that happens to a store.
#[derive(Debug, Clone)]
enum Event {
    /// A walk that begins so many hours after the newest one (before it, where an old replay is imported late).
    Walk {
        account: usize,
        hours: i64,
        walk: Walk,
    },
    /// The newest log of an account grows: a run id was tried again.
    Retry {
        account: usize,
        walk: Walk,
    },
    /// The user says something else of an account.
    Configure {
        account: usize,
        zone: usize,
    },
    Run,
    Compact,
}

#[derive(Debug, Clone)]
struct Walk {
    /// `None` where it was killed.
    status: Option<AccountStatus>,
    trimmed: bool,
    /// A bit for each reel that is listed, and one for each that has views.
    listed: u64,
    viewed: u64,
    /// A reel that stands on both pages.
    twice: bool,
    views: i64,
    /// Texts and owners change with it.
    text: u64,
    zone: usize,
    follow: Option<i64>,
    gone: bool,
    /// It asks for the account by another name.
    renamed: bool,
    /// Its log bears the name of a run id that sorts behind all others, whatever its readings' times.
    sorts_last: bool,
}

const ZONES: [&str; 3] = ["UTC", "Asia/Tokyo", "America/New_York"];

fn walk() -> impl Strategy<Value = Walk> {
    let status = prop_oneof![
        4 => Just(Some(AccountStatus::Complete)),
        1 => Just(Some(AccountStatus::Incremental)),
        1 => Just(Some(AccountStatus::Partial)),
        1 => Just(None),
    ];
    let reels = (0..1u64 << REELS, 0..1u64 << REELS, any::<bool>(), -500..5000i64, 0..3u64);
    (
        status,
        any::<bool>(),
        reels,
        0..3usize,
        proptest::option::of(1..9000i64),
        prop::bool::weighted(0.1),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
    )
        .prop_map(
            |(status, trimmed, (listed, viewed, twice, views, text), zone, follow, gone, (sorts_last, renamed))| {
                // Mostly everything is there: walks that show little would never tell a reel from a lost one.
                let listed = if text == 0 { listed } else { listed | 0b11110 };
                let viewed = viewed | 0b101;
                Walk { status, trimmed, listed, viewed, twice, views, text, zone, follow, gone, renamed, sorts_last }
            },
        )
}

fn event() -> impl Strategy<Value = Event> {
    let hours = prop_oneof![6 => 1..200i64, 1 => -100..0i64];
    prop_oneof![
        8 => (0..2usize, hours, walk()).prop_map(|(account, hours, walk)| Event::Walk { account, hours, walk }),
        1 => (0..2usize, walk()).prop_map(|(account, walk)| Event::Retry { account, walk }),
        1 => (0..2usize, 0..3usize).prop_map(|(account, zone)| Event::Configure { account, zone }),
        5 => Just(Event::Run),
        1 => Just(Event::Compact),
    ]
}

/// A store and the clock of what happens to it.
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

    fn live(&mut self, event: &Event) {
        self.steps += 1;
        match event {
            Event::Walk { account, hours, walk } => {
                let began = self.now + Duration::hours(*hours);
                self.now = self.now.max(began + Duration::minutes(1));
                let mut start = self.start(*account, began, walk.zone, walk.follow);
                if walk.renamed {
                    // Which sorts behind all others.
                    start.account.insert(0, 'z');
                }
                let name = if walk.sorts_last { format!("20270101T0{}", start.run_id) } else { name(&start) };
                let mut log = LogWriter::create(&self.store.account_dir(ACCOUNTS[*account]), &name).unwrap();
                log.append(&Line::Start(start)).unwrap();
                self.pages(log, *account, began, walk);
            }
            Event::Retry { account, walk } => {
                let Some(log) = self.store.logs(ACCOUNTS[*account]).unwrap().pop() else { return };
                self.now += Duration::minutes(1);
                let whole = reader::for_each_line(&log, |_| Ok(())).unwrap().whole_bytes.unwrap();
                self.pages(LogWriter::reopen(&log, whole).unwrap(), *account, self.now, walk);
            }
            Event::Configure { account, zone } => {
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

    fn start(&self, account: usize, began: DateTime<Utc>, zone: usize, followers: Option<i64>) -> Start {
        Start {
            account_id: (zone == 2).then(|| (900 + account).to_string()),
            label: (zone == 1).then(|| "client".to_owned()),
            timezone: ZONES[zone].to_owned(),
            followers,
            followers_as_of: followers.map(|_| "2026-02-28".to_owned()),
            ..Start::new(ACCOUNTS[account], &format!("step{}", self.steps), began.into())
        }
    }

    fn pages(&self, mut log: LogWriter, account: usize, began: DateTime<Utc>, walk: &Walk) {
        let items = |range: std::ops::Range<u64>| {
            let listed = range.filter(|reel| walk.listed & (1 << reel) != 0);
            listed.map(|reel| item(account, reel, walk)).collect::<Vec<_>>().join(",")
        };
        let split = if walk.twice { (0..3, 2..REELS) } else { (0..3, 3..REELS) };
        let pages = if walk.gone { Vec::new() } else { vec![items(split.0), items(split.1)] };
        for (number, items) in (1..).zip(&pages) {
            let body = format!(r#"{{"items":[{items}]}}"#);
            log.append(&Line::Page(PageLine {
                page: number,
                cursor: None,
                fetched_at: (began + Duration::seconds(number.into())).into(),
                status: 200,
                request_id: None,
                attempts: 1,
                blake3: line::hash(&body).into(),
                received_blake3: None,
                body: &body,
            }))
            .unwrap();
        }
        let Some(status) = walk.status else { return };
        let (reason, ended_at) = (None, began.into());
        log.append(&Line::End(End { status, reason, attempts: 0, ended_at })).unwrap();
        log.finish().unwrap();
    }

    fn newest(&self) -> Option<(std::path::PathBuf, Manifest)> {
        self.store.latest().unwrap()
    }

    /// One run on top of the one before.
    fn publish(&self, compact: bool) {
        let newest = self.newest();
        let run_id = format!("run{}", newest.as_ref().map_or(1, |(_, manifest)| manifest.sequence + 1));
        let base = newest.map_or(Base::Anew, |(dir, manifest)| {
            let base = on(&self.store, &dir, manifest);
            assert!(matches!(base, Base::On(_)), "not what was published");
            base
        });
        self.publish_on(base, &run_id, compact);
    }

    fn publish_on(&self, base: Base, run_id: &str, compact: bool) {
        let plan =
            PublishRequest { store: &self.store, settings: &self.settings, run_id, requested: Vec::new(), compact };
        let made = stage(&plan, base).unwrap();
        seal(&plan, made, &Summary::new(run_id), None).unwrap();
        self.store.remove_old_runs(2).unwrap();
        let tree = self.newest().and_then(|(_, manifest)| manifest.observation_tree);
        self.store.remove_trees_but(&[tree.expect("a tree")]).unwrap();
    }

    /// The hash of every table, and all observations with how often each is there.
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

fn name(start: &Start) -> String {
    format!("{}_{}", compact_time(start.started_at.at()), start.run_id)
}

/// A reel as a walk shows it, in either shape.
fn item(account: usize, reel: u64, walk: &Walk) -> String {
    let pk = 3_850_000_000_000_000_000 + reel * 400_000_000_000_000 + account as u64;
    let views = match walk.viewed & (1 << reel) {
        0 => String::new(),
        // Two ways of counting, as answers have them.
        _ if walk.text == 1 => format!(r#""play_count":{},"#, walk.views.max(0) + reel as i64 * 900),
        _ => format!(r#""play_count":9,"ig_play_count":{},"#, walk.views.max(0) + reel as i64 * 1000),
    };
    let caption = match (walk.text, reel % 3) {
        (2, 1) => String::new(),
        (text, _) => format!(r##""caption":{{"text":"No {text} of #moss{reel} by @willow"}},"##),
    };
    // One that somebody else owns, and one that changes hands.
    let is_own = reel < 3 || reel == 3 && walk.text != 1;
    let (owner, owner_id) = if is_own { (ACCOUNTS[account], 900 + account) } else { ("someone", 77) };
    let taken_at = 1_772_000_000 + reel * 90_000;
    let common = format!(
        r#"{views}{caption}"pk":"{pk}","taken_at":{taken_at},"like_count":{},"comment_count":{},"user":{{"pk":{owner_id},"username":"{owner}"}}"#,
        walk.views / 10,
        walk.text
    );
    if walk.trimmed {
        return format!("{{{common}}}");
    }
    let coauthors = if walk.text == 2 { "" } else { r#"{"pk":5,"username":"willow"}"# };
    format!(
        r#"{{"media":{{{common},"video_duration":{}.5,"coauthor_producers":[{coauthors}],"is_paid_partnership":false,"new_key":1}}}}"#,
        10 + reel
    )
}

/// As many as are quick; `PROPTEST_CASES` takes more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn folding_run_by_run_is_rebuilding(events in prop::collection::vec(event(), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let mut world = World::new(dir.path());
        for event in &events {
            world.live(event);
        }
        world.publish(false);
        let folded = world.tables();
        world.publish_on(Base::Anew, "rebuilt", false);
        let rebuilt = world.tables();
        prop_assert_eq!(&folded.0, &rebuilt.0);
        prop_assert_eq!(&folded.1, &rebuilt.1);
        prop_assert!(folded.1.values().all(|times| *times == 1), "{:?}", folded.1);
    }
}
