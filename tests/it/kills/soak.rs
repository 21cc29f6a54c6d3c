//! Walks over many accounts, killed again and again and taken up each time, with an account of what that cost and of
//! how what came of it differs from what a run brings that nobody killed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reelframe::store::layout::Store;
use reelframe::store::page_log::{line::Line, reader::for_each_line};

use crate::fake_api::{Account, FakeApi, KEY, Script};
use crate::pages::reel;
use crate::tables::{Row, read_parquet};

const REELS_A_PAGE: usize = 3;

/// What names the run or the moment of a reading, and what is worked out from that.
const OF_THE_READING: [&str; 8] = [
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

/// What kills cost, over all walks.
#[derive(Debug, Default)]
pub struct Precision {
    pub kills: usize,
    /// Runs that had ended before they were to be killed.
    pub ended_before: usize,
    /// Pages that had been answered before the next request of their account, and were not in raw/ after the kill.
    pub lost_pages: usize,
    pub duplicate_rows: usize,
    pub missing_reels: usize,
    /// Cells of the tables that are not as in a run that nobody killed; a row that is missing or too many counts once.
    pub different_values: usize,
    /// Pages that were asked for, not stored, and so had to be bought again: over all kills, and the most at one.
    pub bought_twice: usize,
    pub largest_bought_twice: usize,
}

/// The rows of a table and reel, without what is of the reading.
type Rows = BTreeMap<(&'static str, String), Vec<Row>>;

pub struct Soak {
    binary: PathBuf,
    size: Size,
    /// What a run brings that nobody killed, and how long it took from its last call to its end.
    expected: Rows,
    tables_took: Duration,
}

impl Soak {
    pub fn new(binary: &Path, size: Size) -> Self {
        let mut soak = Self { binary: binary.to_owned(), size, expected: Rows::new(), tables_took: Duration::ZERO };
        let (api, dir) = (soak.api(), tempfile::tempdir().expect("a temporary directory can be made"));
        soak.run_to_its_end(dir.path(), &api);
        soak.tables_took = Instant::now() - api.ledger().calls().last().expect("calls").at;
        soak.expected = rows(dir.path());
        let reels = size.accounts * size.pages * REELS_A_PAGE;
        for table in ["reels", "observations", "hashtags", "people"] {
            assert_eq!(keys_of(&soak.expected, table), reels, "{table} has rows to compare");
        }
        soak
    }

    fn api(&self) -> FakeApi {
        FakeApi::start(Script::selling((0..self.size.accounts).map(|number| account(number, self.size.pages))))
    }

    /// One store, killed up to `kills` times and then let run to its end.
    pub fn kill(&self, kills: usize, seed: u64, figures: &mut Precision) {
        let (api, dir) = (self.api(), tempfile::tempdir().expect("a temporary directory can be made"));
        let mut chance = Chance(seed);
        let (pages, mut written_off) = (self.size.accounts * self.size.pages, 0);
        let is_published = || dir.path().join("reels/latest").exists();
        for _ in 0..kills {
            let calls = api.ledger().calls().len();
            let left = (pages + written_off).saturating_sub(calls);
            let mut child = self.start(dir.path(), &api);
            api.wait_for_calls(calls + chance.below(left + 1));
            // Kills after the last call hit the making and publishing of tables, from the start of the process to its end.
            let longest = if left == 0 { self.tables_took.mul_f64(1.3) } else { Duration::from_millis(4) };
            let longest_us = usize::try_from(longest.as_micros()).expect("not that long");
            std::thread::sleep(Duration::from_micros(chance.below(longest_us) as u64));
            child.kill().expect("the child can be killed");
            let status = child.wait().expect("the child can be waited for");
            if status.signal().is_none() {
                assert!(status.success(), "a run failed before it was killed: {status}");
                figures.ended_before += 1;
                break;
            }
            figures.kills += 1;
            settle(&api);
            let stored = stored_pages(dir.path());
            figures.lost_pages += lost(&api, &stored);
            let bought_twice = api.ledger().calls().len() - stored.values().sum::<usize>() - written_off;
            written_off += bought_twice;
            figures.bought_twice += bought_twice;
            figures.largest_bought_twice = figures.largest_bought_twice.max(bought_twice);
            if is_published() {
                break;
            }
        }
        if !is_published() {
            self.run_to_its_end(dir.path(), &api);
        }
        self.compare(&rows(dir.path()), figures);
    }

    fn start(&self, dir: &Path, api: &FakeApi) -> Child {
        let accounts = (0..self.size.accounts).map(|number| format!("acc{number:03}"));
        Command::new(&self.binary)
            .arg("run")
            .args(accounts)
            .args(["--requests-per-minute", "60000", "--concurrency", &self.size.concurrency.to_string()])
            .args(["--base-url", &api.base_url()])
            .current_dir(dir)
            .env("AISA_API_KEY", KEY)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("reelframe can be started")
    }

    fn run_to_its_end(&self, dir: &Path, api: &FakeApi) {
        let status = self.start(dir, api).wait().expect("it ends");
        assert!(status.success(), "a run that nobody killed failed: {status}");
    }

    fn compare(&self, rows: &Rows, figures: &mut Precision) {
        let too_many = rows.iter().filter(|((table, _), _)| *table == "reels").map(|(_, rows)| rows.len() - 1);
        figures.duplicate_rows += too_many.sum::<usize>();
        figures.missing_reels += keys_of(&self.expected, "reels").saturating_sub(keys_of(rows, "reels"));
        let keys: BTreeSet<_> = self.expected.keys().chain(rows.keys()).collect();
        figures.different_values +=
            keys.into_iter().map(|key| different(self.expected.get(key), rows.get(key))).sum::<usize>();
    }
}

/// The rows of the newest run's tables and of the readings that it counts.
fn rows(dir: &Path) -> Rows {
    let store = Store::new(&dir.join("reels"));
    let (latest, manifest) = store.latest().expect("its manifest is the one published").expect("it is published");
    let table = |name: &'static str| (name, latest.join(format!("{name}.parquet")));
    let readings = manifest.observations.iter().map(|file| ("observations", store.root().join(&file.path)));
    let mut rows = Rows::new();
    for (table, path) in ["reels", "hashtags", "people"].map(table).into_iter().chain(readings) {
        for mut row in read_parquet(&path) {
            row.retain(|column, _| !OF_THE_READING.contains(&column.as_str()));
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

/// Waits until the server has taken in the requests that were on their way when the client died: they are this kill's.
fn settle(api: &FakeApi) {
    loop {
        let calls = api.ledger().calls().len();
        std::thread::sleep(std::time::Duration::from_millis(30));
        if api.ledger().calls().len() == calls {
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
    Account::wrapped(&handle, &id, &(0..pages).map(page).collect::<Vec<_>>())
}

/// Whole pages in raw/, by account.
fn stored_pages(dir: &Path) -> HashMap<String, usize> {
    let store = Store::new(&dir.join("reels"));
    let mut stored = HashMap::new();
    for account in store.accounts().expect("raw/ can be listed") {
        for log in store.logs(&account).expect("raw/ can be listed") {
            *stored.entry(account.clone()).or_default() += page_numbers(&log).len();
        }
    }
    stored
}

/// The whole pages of a log, up to where it was torn.
pub fn page_numbers(log: &Path) -> Vec<usize> {
    let mut numbers = Vec::new();
    let number = |line: Line| {
        if let Line::Page(page) = line {
            numbers.push(page.page as usize);
        }
        Ok(())
    };
    for_each_line(log, number).expect("a log can be read up to where it was torn");
    numbers
}

/// A request for page n + 1 says that page n was stored: the pages that must be there and are not.
fn lost(api: &FakeApi, stored: &HashMap<String, usize>) -> usize {
    let mut asked: HashMap<String, usize> = HashMap::new();
    for call in api.ledger().calls() {
        if let (Some(account), Some(page)) = (&call.account, call.page) {
            let farthest = asked.entry(account.clone()).or_default();
            *farthest = (*farthest).max(page - 1);
        }
    }
    asked.iter().map(|(account, pages)| pages.saturating_sub(stored.get(account).copied().unwrap_or(0))).sum()
}

/// splitmix64: the same kills for the same seed, as far as the machine lets them be.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}
