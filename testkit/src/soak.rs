//! Kills and resumes crawls over many accounts, counts what that costs, and compares the tables with those of a run that
//! was not killed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::mock_api::{Account, KEY, MockApi, Script};
use crate::page_log::{lines, page_numbers};
use crate::pages::reel;
use crate::random::Random;
use crate::store::Store;
use crate::tables::{Row, read_parquet};

const REELS_A_PAGE: usize = 3;

/// Columns with the run or the time of an observation, or computed from these.
const OF_THE_OBSERVATION: [&str; 9] = [
    "followers_as_of",
    "run_id",
    "observed_at",
    "first_observed_at",
    "last_listed_at",
    "last_known_views_at",
    "age_hours",
    "maturity",
    "views_per_hour",
];

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub accounts: usize,
    pub pages: usize,
    pub concurrency: usize,
}

/// The cost of the kills, over all crawls.
#[derive(Debug, Default)]
pub struct Counts {
    pub kills: usize,
    /// Runs that ended before the kill.
    pub ended_before: usize,
    /// Pages that were answered before the next request of their account, and were not in raw/ after the kill.
    pub lost_pages: usize,
    pub duplicate_rows: usize,
    pub missing_reels: usize,
    /// Cells that differ from a run that was not killed; a missing or additional row counts once.
    pub different_values: usize,
    /// Pages that were requested but not stored, and so had to be paid for twice: over all kills, and the maximum at one.
    pub paid_twice: usize,
    pub largest_paid_twice: usize,
}

/// The rows of a table and reel, without the columns of the observation.
type Rows = BTreeMap<(&'static str, String), Vec<Row>>;

pub struct Soak {
    binary: PathBuf,
    size: Size,
    /// The rows of a run that was not killed, and the time from its last call to its end.
    expected: Rows,
    tables_took: Duration,
}

impl Soak {
    pub fn new(binary: &Path, size: Size) -> Self {
        let mut soak = Self { binary: binary.to_owned(), size, expected: Rows::new(), tables_took: Duration::ZERO };
        let (api, dir) = (soak.api(), tempfile::tempdir().expect("a temporary directory can be made"));
        soak.run_to_the_end(dir.path(), &api);
        soak.tables_took = Instant::now() - api.request_log().calls().last().expect("calls").at;
        soak.expected = rows(dir.path());
        let reels = size.accounts * size.pages * REELS_A_PAGE;
        for table in ["reels", "observations", "hashtags", "people"] {
            assert_eq!(keys_of(&soak.expected, table), reels, "{table} has rows to compare");
        }
        soak
    }

    fn api(&self) -> MockApi {
        MockApi::start(Script::serving((0..self.size.accounts).map(|number| account(number, self.size.pages))))
    }

    /// Kills the runs of one store up to `kills` times, and then lets a run finish.
    pub fn kill(&self, kills: usize, seed: u64, counts: &mut Counts) {
        let (api, dir) = (self.api(), tempfile::tempdir().expect("a temporary directory can be made"));
        let mut random = Random::seeded(seed);
        let (needed, mut written_off) = (self.size.accounts * (self.size.pages + 1), 0);
        let is_published = || dir.path().join("reels/latest").exists();
        for _ in 0..kills {
            let calls = api.request_log().calls().len();
            let left = (needed + written_off).saturating_sub(calls);
            let mut child = self.start(dir.path(), &api);
            api.wait_for_calls(calls + random.below(left as u64 + 1) as usize);
            // Kills after the last call hit the building and publishing of tables, anywhere from start to end.
            let longest = if left == 0 { self.tables_took.mul_f64(1.3) } else { Duration::from_millis(4) };
            let longest_us = u64::try_from(longest.as_micros()).expect("not that long");
            std::thread::sleep(Duration::from_micros(random.below(longest_us.max(1))));
            child.kill().expect("the child can be killed");
            let status = child.wait().expect("the child can be waited for");
            if status.signal().is_none() {
                assert!(status.success(), "a run failed before it was killed: {status}");
                counts.ended_before += 1;
                break;
            }
            counts.kills += 1;
            settle(&api);
            let stored = stored_pages(dir.path());
            counts.lost_pages += lost(&api, &stored);
            let stored = stored.values().sum::<usize>() + stored_profiles(dir.path());
            let paid_twice = api.request_log().calls().len() - stored - written_off;
            written_off += paid_twice;
            counts.paid_twice += paid_twice;
            counts.largest_paid_twice = counts.largest_paid_twice.max(paid_twice);
            if is_published() {
                break;
            }
        }
        if !is_published() {
            self.run_to_the_end(dir.path(), &api);
        }
        self.compare(&rows(dir.path()), counts);
        let profiles = Store::new(dir.path().join("reels")).latest().0.join("profiles.parquet");
        counts.duplicate_rows += read_parquet(&profiles).len().abs_diff(self.size.accounts);
    }

    fn start(&self, dir: &Path, api: &MockApi) -> Child {
        let accounts = (0..self.size.accounts).map(|number| format!("acc{number:03}"));
        Command::new(&self.binary)
            .args(["run", "--profiles"])
            .args(accounts)
            .args(["--requests-per-minute", "60000", "--concurrency", &self.size.concurrency.to_string()])
            .args(["--base-url", &api.base_url()])
            .current_dir(dir)
            .env("AISA_API_KEY", KEY)
            // In debug builds a report of all sections takes most of the time.
            .env("REELFRAME_SECTIONS", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("reelframe can be started")
    }

    fn run_to_the_end(&self, dir: &Path, api: &MockApi) {
        let status = self.start(dir, api).wait().expect("it ends");
        assert!(status.success(), "a run that was not killed failed: {status}");
    }

    fn compare(&self, rows: &Rows, counts: &mut Counts) {
        let too_many = rows.iter().filter(|((table, _), _)| *table == "reels").map(|(_, rows)| rows.len() - 1);
        counts.duplicate_rows += too_many.sum::<usize>();
        counts.missing_reels += keys_of(&self.expected, "reels").saturating_sub(keys_of(rows, "reels"));
        let keys: BTreeSet<_> = self.expected.keys().chain(rows.keys()).collect();
        counts.different_values +=
            keys.into_iter().map(|key| different(self.expected.get(key), rows.get(key))).sum::<usize>();
    }
}

/// The rows of the latest run's tables and observations.
fn rows(dir: &Path) -> Rows {
    let root = dir.join("reels");
    let (run, manifest) = Store::new(&root).latest();
    let table = |name: &'static str| (name, run.join(format!("{name}.parquet")));
    let observations = manifest.observations.iter().map(|file| ("observations", root.join(&file.path)));
    let mut rows = Rows::new();
    for (table, path) in ["reels", "hashtags", "people"].map(table).into_iter().chain(observations) {
        for mut row in read_parquet(&path) {
            row.retain(|column, _| !OF_THE_OBSERVATION.contains(&column.as_str()));
            let key = row["reel_key"].as_str().expect("every row has its key").to_owned();
            rows.entry((table, key)).or_default().push(row);
        }
    }
    rows
}

fn keys_of(rows: &Rows, table: &str) -> usize {
    rows.keys().filter(|(of, _)| *of == table).count()
}

fn different(expected: Option<&Vec<Row>>, got: Option<&Vec<Row>>) -> usize {
    let (expected, got) = (expected.map_or(&[][..], Vec::as_slice), got.map_or(&[][..], Vec::as_slice));
    let cells =
        |(one, other): (&Row, &Row)| one.iter().filter(|(column, cell)| other.get(*column) != Some(cell)).count();
    expected.iter().zip(got).map(cells).sum::<usize>() + expected.len().abs_diff(got.len())
}

/// Waits for the requests that were in flight when the client died: they count for this kill.
fn settle(api: &MockApi) {
    loop {
        let calls = api.request_log().calls().len();
        std::thread::sleep(std::time::Duration::from_millis(30));
        if api.request_log().calls().len() == calls {
            return;
        }
    }
}

/// No two reels are alike.
fn account(number: usize, pages: usize) -> Account {
    let (handle, id) = (format!("acc{number:03}"), (70_000 + number).to_string());
    let item = |page: usize, item: usize| {
        let place = (number * 1000 + page) * 10 + item;
        let views = (place as u64 * 7919) % 100_000;
        reel(3_800_000_000_000_000_000 - place as u64 * 1_000_000_000_000)
            .owner(&id, &handle)
            .views(views)
            .likes(i64::try_from(views / 20).expect("a small number"))
            .comments(views / 300)
            .caption(&format!("Reel {place} #soak #no{page} with @willow"))
    };
    let page = |page: usize| (0..REELS_A_PAGE).map(|number| item(page, number)).collect::<Vec<_>>();
    Account::wrapped(&handle, &id, &(0..pages).map(page).collect::<Vec<_>>()).followers(1_000 + number as u64)
}

/// Whole pages in raw/, by account.
fn stored_pages(dir: &Path) -> HashMap<String, usize> {
    let mut stored = HashMap::new();
    let store = Store::new(dir.join("reels"));
    for account in store.accounts() {
        let pages = store.logs(&account).iter().map(|log| page_numbers(log).len()).sum();
        stored.insert(account, pages);
    }
    stored
}

/// Profiles in raw/, of all accounts.
fn stored_profiles(dir: &Path) -> usize {
    let store = Store::new(dir.join("reels"));
    let logs = store.accounts().into_iter().flat_map(|account| store.logs(&account));
    logs.flat_map(|log| lines(&log)).filter(|line| line["line"] == "profile").count()
}

/// A request for page n + 1 implies that page n was stored: the pages that should be there and are not.
fn lost(api: &MockApi, stored: &HashMap<String, usize>) -> usize {
    let mut requested: HashMap<String, usize> = HashMap::new();
    for call in api.request_log().calls() {
        if let (Some(account), Some(page)) = (&call.account, call.page) {
            let farthest = requested.entry(account.clone()).or_default();
            *farthest = (*farthest).max(page - 1);
        }
    }
    requested.iter().map(|(account, pages)| pages.saturating_sub(stored.get(account).copied().unwrap_or(0))).sum()
}
