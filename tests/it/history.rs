//! Day after day: each run adds a reading, and a reader meets one whole run at any moment.

mod damage;
mod delta;
mod folders;
mod foreign;
mod forgetting;
mod gone_logs;
mod housekeeping;
mod losses;
mod publishing;
mod raw;
mod reads;
mod rollback;
mod torn;
mod updates;

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::percent_decode_str;
use testkit::page_log::{Start, end_line, page_line};
use testkit::pages::{Reel, reel, wrapped_page};
use testkit::store::{Manifest, Store};
use testkit::tables::{Row, read_parquet};

use crate::harness::{Output, Reelframe};
use crate::stores::built_once;

/// Reels a day and a bit apart; a higher number is an older reel.
fn numbered(number: u64) -> Reel {
    reel(3_840_000_000_000_000_000 - number * 900_000_000_000_000)
}

/// The log of one crawl: `pages` at six o'clock on a day of March 2026, a second apart.
struct Crawl<'a> {
    account: &'a str,
    day: u32,
    pages: &'a [Vec<Reel>],
    /// `None` where it was killed.
    status: Option<&'a str>,
    zone: &'a str,
}

impl Crawl<'_> {
    fn log(&self) -> String {
        let time = |second: usize| format!("2026-03-{:02}T06:00:{second:02}.000Z", self.day);
        let (run_id, started_at) = (format!("202603{:02}T060000000Z", self.day), time(0));
        let (account, timezone) = (self.account, self.zone);
        let start =
            Start { account, timezone, run_id: &run_id, version: "0.1.0", started_at: &started_at, ..Start::default() };
        let mut log = start.line();
        for (number, reels) in (1..).zip(self.pages) {
            log += &page_line(number, None, &time(number), &wrapped_page(reels, None));
        }
        if let Some(status) = self.status {
            log += &end_line(status, &time(50));
        }
        log
    }
}

/// The crawls of `maple` and `willow` on a day: each has a reel more than the day before, and more views.
pub(crate) fn day(day: u32) -> Vec<(String, String)> {
    let log = |account: &str, id: &str, offset: u64| {
        let newest = 20 - u64::from(day);
        let reel = |number: u64| {
            numbered(number + offset)
                .owner(id, account)
                .views(1000 * u64::from(day) + number)
                .caption(&format!("Day {number} #moss #No{number} with @fern"))
        };
        let pages = [vec![reel(newest), reel(newest + 1)], (newest + 2..23).map(reel).collect()];
        let crawl = Crawl { account, day, pages: &pages, status: Some("complete"), zone: "UTC" };
        (format!("day{day}/{account}.ndjson"), crawl.log())
    };
    vec![log("maple", "5005", 0), log("willow", "6006", 100)]
}

/// `run --replay` of a day, in a directory that may hold a store already.
pub(crate) fn replay(command: Reelframe, number: u32) -> Reelframe {
    let command = day(number).into_iter().fold(command, |command, (path, log)| command.file(&path, log));
    command.args(["run", "--replay"]).arg(format!("day{number}"))
}

/// A store after the first days, with a run for each.
fn after_days(days: u32) -> Output {
    built_once(&format!("after {days} days"), || match days {
        1 => replay(Reelframe::new(), 1).run(),
        _ => replay(after_days(days - 1).then(), days).run(),
    })
}

fn store(output: &Output) -> Store {
    Store::new(output.path("reels"))
}

/// The manifest of the run that a reader finds.
fn latest(output: &Output) -> Manifest {
    store(output).latest().1
}

/// The files that `observations/observed_month=*/*.parquet` matches, and whose they are: exactly those that a published
/// run lists, byte by byte, and exactly those of the Delta log.
fn folder(output: &Output) -> Vec<String> {
    let root = output.path("reels");
    let tree = std::fs::read_link(root.join("observations")).expect("observations lead somewhere");
    let mut matched = Vec::new();
    for month in std::fs::read_dir(root.join(&tree)).expect("the link leads to a folder").flatten() {
        if month.file_name() == "_delta_log" {
            continue;
        }
        for file in std::fs::read_dir(month.path()).expect("a month is a folder").flatten() {
            let path = file.path();
            let bytes = std::fs::read(&path).expect("a file can be read");
            matched
                .push((path.strip_prefix(&root).expect("in the store").to_owned(), blake3::hash(&bytes).to_string()));
        }
    }
    matched.sort();
    let is_whole = |manifest: &Manifest| {
        let listed = manifest.observations.iter().map(|file| (file.path.clone().into(), file.blake3.clone()));
        manifest.observation_tree.as_deref() == tree.to_str() && listed.collect::<Vec<_>>() == matched
    };
    let is_listed = store(output).runs().iter().any(|(_, manifest)| is_whole(manifest));
    assert!(is_listed, "{} is of no run: {matched:?}", tree.display());
    if let Some(delta) = testkit::delta::snapshot(&root.join(&tree)) {
        let within =
            |(path, _): &(std::path::PathBuf, _)| path.strip_prefix(&tree).expect("in the tree").display().to_string();
        let listed = delta.files.keys().map(|path| percent_decode_str(path).decode_utf8_lossy().into_owned());
        assert_eq!(listed.collect::<Vec<_>>(), matched.iter().map(within).collect::<Vec<_>>());
    }
    matched.into_iter().map(|(path, _)| path.display().to_string()).collect()
}

/// Links, `latest.json` and folder say the same, and nothing half made lies about.
fn agrees(output: &Output) {
    let (manifest, root) = (latest(output), output.path("reels"));
    let listed: Vec<&str> = manifest.observations.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(folder(output), listed);
    let json = std::fs::read(root.join("latest.json")).expect("latest.json");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json["run_id"], manifest.run_id);
    assert_eq!(json["path"], format!("runs/{}", manifest.run_id));
    assert_eq!(json["observations"], manifest.observation_tree.expect("a tree"));
    assert_eq!(
        (&json["sequence"], &json["schema_version"]),
        (&manifest.sequence.into(), &manifest.schema_version.into())
    );
    for dir in ["", "raw", "runs", ".observations", "rejected"] {
        for entry in std::fs::read_dir(root.join(dir)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_half = [".partial", ".going"].iter().any(|end| name.ends_with(end));
            assert!(!is_half && !name.starts_with(".reelframe-"), "{dir}/{name}");
        }
    }
}

/// Tables by their hashes, and how often each observation is there.
type Contents = (BTreeMap<String, String>, BTreeMap<String, usize>);

/// Every table of the newest run by its hash (the report names its run), and every observation with how often it is
/// there.
fn contents(output: &Output) -> Contents {
    let manifest = latest(output);
    let tables = manifest.files.into_iter().filter(|file| file.rows.is_some());
    let mut observations = BTreeMap::new();
    for file in &manifest.observations {
        for row in read_parquet(&output.path("reels").join(&file.path)) {
            *observations.entry(serde_json::Value::from(row).to_string()).or_insert(0) += 1;
        }
    }
    (tables.map(|file| (file.path, file.blake3)).collect(), observations)
}

/// The contents of a store that is built from the logs of the first days in one run.
fn in_one_go(days: u32) -> Contents {
    contents(&built_once(&format!("{days} days in one go"), || {
        let files = (1..=days).flat_map(day);
        let command = files.fold(Reelframe::new(), |command, (path, log)| command.file(&format!("all/{path}"), log));
        command.args(["run", "--replay", "all"]).run()
    }))
}

fn run_folders(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("runs")).expect("runs/ is there").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_day_adds_a_reading_and_growth_since_the_one_before() {
    let store = after_days(3);
    assert_eq!(contents(&store), in_one_go(3));
    let reels = store.table("reels");
    let of = |reel_id: String| -> &Row { reels.iter().find(|row| row["reel_id"] == reel_id).expect("a row") };
    let id = |number: u64| (3_840_000_000_000_000_000 - number * 900_000_000_000_000).to_string();
    // There on all three days: 1020, 2020, 3020 views.
    let old = of(id(20));
    assert_eq!((&old["views"], &old["views_gained"]), (&3020.into(), &1000.into()));
    // On the first page of the first day, on the second one since.
    assert_eq!(old["first_observed_at"], "2026-03-01T06:00:01Z");
    assert_eq!(old["previous_observed_at"], "2026-03-02T06:00:02Z");
    assert_eq!(old["views_per_hour_recent"], 1000.0 / 24.0);
    // New on the third day.
    let new = of(id(17));
    assert_eq!((&new["views"], &new["views_gained"]), (&3017.into(), &serde_json::Value::Null));
    // 2 accounts; 4, 5 and 6 reels of each on the three days.
    assert_eq!(latest(&store).observation_rows(), 2 * (4 + 5 + 6));
}

#[test]
#[ignore = "slow"]
fn slow_an_old_replay_that_comes_late_takes_its_place() {
    let first = replay(Reelframe::new(), 1).run();
    let third = replay(first.then(), 3).run();
    let late = replay(third.then(), 2).run();
    assert_eq!(contents(&late), in_one_go(3));
    // What its rows took the place of goes with the next run.
    replay(late.then(), 4).run();
    assert_eq!(contents(&late), in_one_go(4));
    let listed = latest(&late).observations.len();
    assert_eq!(folder(&late).len(), listed);
}

#[test]
#[ignore = "slow"]
fn slow_another_zone_moves_the_clocks_of_all_observations_at_the_next_run() {
    let first = replay(Reelframe::new(), 1).run();
    let zoned = |command: Reelframe| command.file("accounts.csv", "handle,timezone\nmaple,Asia/Tokyo\n");
    let second = replay(zoned(first.then()), 2).args(["--accounts", "accounts.csv"]).run();
    let reels = second.table("reels");
    let zones = |account: &str| {
        let mut zones: Vec<&serde_json::Value> =
            reels.iter().filter(|row| row["account"] == account).map(|row| &row["timezone"]).collect();
        zones.dedup();
        zones.into_iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!((zones("maple"), zones("willow")), (vec!["Asia/Tokyo".into()], vec!["UTC".into()]));
    let rebuilt = second.then().args(["rebuild"]).run();
    assert_eq!(contents(&rebuilt).0, contents(&second).0);
}
