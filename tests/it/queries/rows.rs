//! Hand-made rows for tests of queries and reports, written as Parquet and loaded like the tables of a run.

use std::ops::Deref;
use std::path::PathBuf;

use chrono::{Datelike, NaiveDateTime, Timelike};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use reelframe::internals::{
    Account, AccountDay, Day, Finding, Hashtag, LocalMicros, Person, PostedAtSource, Profile, QueryEngine, Reel, Row,
    UtcMicros, ViewsSource,
};
use reelframe::{Scope, Table};

/// Rows of the tables that the queries read.
#[derive(Default)]
pub(crate) struct TestRows {
    pub reels: Vec<Reel>,
    pub hashtags: Vec<Hashtag>,
    pub accounts: Vec<Account>,
    pub people: Vec<Person>,
    pub profiles: Vec<Profile>,
    pub days: Vec<AccountDay>,
    pub findings: Vec<Finding>,
    /// The whole calendar where it names no days.
    pub scope: Scope,
}

impl TestRows {
    pub(crate) fn tables(&self) -> TestTables {
        let folder = TempDir::new().unwrap();
        let Scope { from, to, last_days, .. } = self.scope;
        let (first, last) = if last_days.is_some() { (None, None) } else { (Some(Day(0)), Some(Day(30_000))) };
        let scope = Scope { from: from.or(first), to: to.or(last), ..self.scope.clone() };
        TestTables { engine: QueryEngine::new(self.write(&folder)).within(scope), _folder: folder }
    }

    pub(crate) fn write(&self, folder: &TempDir) -> Vec<(Table, Vec<PathBuf>)> {
        vec![
            file(folder, &self.reels),
            file(folder, &self.hashtags),
            file(folder, &self.people),
            file(folder, &self.accounts),
            file(folder, &self.profiles),
            file(folder, &self.days),
            file(folder, &self.findings),
        ]
    }
}

/// The rows as tables, whose files go with it.
pub(crate) struct TestTables {
    engine: QueryEngine,
    _folder: TempDir,
}

impl Deref for TestTables {
    type Target = QueryEngine;

    fn deref(&self) -> &QueryEngine {
        &self.engine
    }
}

fn file<R: Row>(folder: &TempDir, rows: &[R]) -> (Table, Vec<PathBuf>) {
    let path = folder.path().join(format!("{}.parquet", R::TABLE.name()));
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), R::TABLE.schema(), None).unwrap();
    writer.write(&R::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
    writer.close().unwrap();
    (R::TABLE, vec![path])
}

/// An own, mature reel with no missing or doubtful values; each test sets what it needs.
pub(crate) fn reel(account: &str, id: &str, posted: &str) -> Reel {
    let clock = NaiveDateTime::parse_from_str(posted, "%Y-%m-%d %H:%M").unwrap();
    let micros = clock.and_utc().timestamp_micros();
    Reel {
        reel_key: format!("{account}:{id}").into(),
        reel_id: id.into(),
        shortcode: format!("code{id}").into(),
        url: format!("https://www.instagram.com/reel/code{id}/").into(),
        account: account.into(),
        is_own: Some(true),
        is_pinned: Some(false),
        posted_at: UtcMicros(micros),
        posted_at_source: PostedAtSource::TakenAt,
        timezone: "UTC".into(),
        posted_local: LocalMicros(micros),
        posted_date: Day(i32::try_from(micros.div_euclid(86_400_000_000)).unwrap()),
        posted_month: posted[..7].into(),
        posted_weekday: i32::try_from(clock.weekday().number_from_monday()).unwrap(),
        posted_hour: i32::try_from(clock.hour()).unwrap(),
        posted_daypart: ["night", "morning", "afternoon", "evening"][clock.hour() as usize / 6].into(),
        first_observed_at: UtcMicros(1_740_000_000_000_000),
        observed_at: UtcMicros(1_748_757_600_000_000),
        maturity: Some("mature".into()),
        views_source: Some(ViewsSource::Ig),
        likes_hidden: Some(false),
        caption: Some("A caption".into()),
        caption_chars: Some(9),
        hook: Some("A caption".into()),
        duration_s: Some(30.0),
        ..Default::default()
    }
}

pub(crate) fn account(account: &str, status: &str, reels: i64) -> Account {
    Account { account: account.into(), status: status.into(), timezone: "UTC".into(), reels, ..Default::default() }
}

fn with_views(mut reel: Reel, views: i64, rate: Option<f64>, gap: Option<f64>) -> Reel {
    reel.views = Some(views);
    reel.engagement_rate = rate;
    reel.hours_since_previous = gap;
    reel
}

fn against(mut reel: Reel, baseline: f64, n: i32, performance: Option<&str>) -> Reel {
    reel.baseline_views = Some(baseline);
    reel.baseline_n = n;
    reel.outlier_multiple = reel.views.map(|views| views as f64 / baseline);
    reel.equal_age_multiple = reel.outlier_multiple;
    reel.performance = performance.map(Into::into);
    reel
}

fn tag(account: &str, reel_id: &str, hashtag: &str) -> Hashtag {
    Hashtag {
        reel_key: format!("{account}:{reel_id}").into(),
        account: account.into(),
        reel_id: reel_id.into(),
        hashtag: hashtag.into(),
        hashtag_as_written: hashtag.into(),
        position: 1,
    }
}

/// Three accounts: ana with nine reels, one of them owned by bob; bob with two, partially crawled; cid not found.
pub(crate) fn three_accounts() -> TestRows {
    let mut hidden = with_views(reel("ana", "103", "2025-01-13 09:00"), 300, None, Some(144.0));
    hidden.likes_hidden = Some(true);
    let fresh = with_views(reel("ana", "108", "2025-03-05 10:00"), 5000, Some(0.5), Some(518.0));
    let mut fresh = against(fresh, 300.0, 7, None);
    (fresh.maturity, fresh.equal_age_multiple) = (Some("immature".into()), None);
    let mut not_hers = with_views(reel("ana", "900", "2025-01-10 23:00"), 7000, None, None);
    not_hers.is_own = Some(false);
    not_hers.likes_suspect = true;
    let mut bare = reel("bob", "902", "2025-06-10 12:00");
    bare.hours_since_previous = Some(3613.0);
    bare.posted_at_source = PostedAtSource::CreatedAt;
    (bare.views_source, bare.hook, bare.duration_s) = (None, None, None);
    (bare.caption, bare.caption_chars) = (None, None);
    let reels = vec![
        with_views(reel("ana", "101", "2025-01-06 09:00"), 100, Some(0.10), None),
        with_views(reel("ana", "102", "2025-01-07 09:00"), 200, Some(0.20), Some(24.0)),
        hidden,
        against(with_views(reel("ana", "104", "2025-01-20 09:30"), 400, Some(0.04), Some(168.5)), 200.0, 3, None),
        against(with_views(reel("ana", "105", "2025-02-03 19:00"), 1000, Some(0.05), Some(345.5)), 250.0, 4, None),
        against(
            with_views(reel("ana", "106", "2025-02-10 09:00"), 1800, Some(0.06), Some(158.0)),
            300.0,
            5,
            Some("breakout"),
        ),
        against(
            with_views(reel("ana", "107", "2025-02-11 20:00"), 70, Some(0.03), Some(35.0)),
            350.0,
            6,
            Some("below"),
        ),
        fresh,
        not_hers,
        with_views(reel("bob", "900", "2025-01-10 23:00"), 6900, Some(0.01), None),
        bare,
    ];
    let hashtags = vec![
        tag("ana", "104", "food"),
        tag("ana", "105", "food"),
        tag("ana", "106", "food"),
        tag("ana", "107", "new"),
        tag("ana", "108", "new"),
        tag("ana", "900", "together"),
    ];
    let mut accounts =
        vec![account("ana", "complete", 9), account("bob", "partial", 2), account("cid", "not_found", 0)];
    accounts[0].followers = Some(10_000);
    accounts[1].status_reason = Some("HTTP 500".into());
    accounts[1].timezone = "Europe/Berlin".into();
    let findings = vec![Finding {
        account: "ana".into(),
        finding: "unknown_item_key".into(),
        detail: "foo".into(),
        count: 3,
        example: "r1, page 1, position 2".into(),
    }];
    TestRows { reels, hashtags, accounts, findings, ..Default::default() }
}
