//! Walks over many accounts, killed again and again and taken up each time, with an account of what that cost.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reelframe::fetch::page_log::{Line, for_each_line};
use reelframe::store::Store;

use crate::fake_api::{Account, FakeApi, KEY, Script};
use crate::pages::reel;

const REELS_A_PAGE: usize = 3;

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub accounts: usize,
    pub pages: usize,
    pub concurrency: usize,
}

/// What kills cost, over all walks.
#[derive(Debug, Default)]
pub struct Figures {
    pub kills: usize,
    /// Pages that had been answered before the next request of their account, and were not in raw/ after the kill.
    pub lost_pages: usize,
    pub duplicate_rows: usize,
    pub missing_reels: usize,
    /// Pages that were asked for, not stored, and so had to be bought again: over all kills, and the most at one.
    pub bought_twice: usize,
    pub largest_bought_twice: usize,
}

/// One store, killed up to `kills` times and then let run to its end.
pub fn walk_with_kills(binary: &Path, size: Size, kills: usize, seed: u64, figures: &mut Figures) {
    let api = FakeApi::start(Script::selling((0..size.accounts).map(|number| account(number, size.pages))));
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let mut chance = Chance(seed);
    let (pages, mut written_off) = (size.accounts * size.pages, 0);
    for _ in 0..kills {
        let calls = api.ledger().calls().len();
        let left = (pages + written_off).saturating_sub(calls);
        let mut child = start(binary, dir.path(), &api, size);
        // Kills after the last call hit the making and publishing of tables.
        api.wait_for_calls(calls + chance.below(left + 1));
        std::thread::sleep(std::time::Duration::from_micros(
            chance.below(if left == 0 { 120_000 } else { 4_000 }) as u64
        ));
        child.kill().expect("the child can be killed");
        child.wait().expect("the child can be waited for");
        figures.kills += 1;
        settle(&api);
        let stored = stored_pages(dir.path());
        figures.lost_pages += lost(&api, &stored);
        let bought_twice = api.ledger().calls().len() - stored.values().sum::<usize>() - written_off;
        written_off += bought_twice;
        figures.bought_twice += bought_twice;
        figures.largest_bought_twice = figures.largest_bought_twice.max(bought_twice);
        if dir.path().join("reels/latest").exists() {
            break;
        }
    }
    if !dir.path().join("reels/latest").exists() {
        assert!(start(binary, dir.path(), &api, size).wait().expect("it ends").success(), "the last run failed");
    }
    let (rows, keys) = counts(binary, dir.path());
    figures.duplicate_rows += rows - keys;
    figures.missing_reels += pages * REELS_A_PAGE - keys;
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

fn account(number: usize, pages: usize) -> Account {
    let (handle, id) = (format!("acc{number:03}"), (70_000 + number).to_string());
    let pk = |page: usize, item: usize| {
        3_800_000_000_000_000_000 - ((number * 1000 + page) * 10 + item) as u64 * 1_000_000_000_000
    };
    let item = |page: usize, item: usize| reel(pk(page, item)).owner(&id, &handle).caption("soak");
    let page = |page: usize| (0..REELS_A_PAGE).map(|number| item(page, number)).collect::<Vec<_>>();
    Account::wrapped(&handle, &id, &(0..pages).map(page).collect::<Vec<_>>())
}

fn start(binary: &Path, dir: &Path, api: &FakeApi, size: Size) -> Child {
    let accounts = (0..size.accounts).map(|number| format!("acc{number:03}"));
    Command::new(binary)
        .arg("run")
        .args(accounts)
        .args(["--requests-per-minute", "60000", "--concurrency", &size.concurrency.to_string()])
        .args(["--base-url", &api.base_url()])
        .current_dir(dir)
        .env("AISA_API_KEY", KEY)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("reelframe can be started")
}

/// Whole pages in raw/, by account.
fn stored_pages(dir: &Path) -> HashMap<String, usize> {
    let store = Store::new(&dir.join("reels"));
    let mut stored = HashMap::new();
    for account in store.accounts().expect("raw/ can be listed") {
        for log in store.logs(&account).expect("raw/ can be listed") {
            let count = |line: Line| {
                if matches!(line, Line::Page(_)) {
                    *stored.entry(account.clone()).or_default() += 1;
                }
                Ok(())
            };
            for_each_line(&log, count).expect("a log can be read up to where it was torn");
        }
    }
    stored
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

/// Rows of the newest run, and distinct keys among them.
fn counts(binary: &Path, dir: &Path) -> (usize, usize) {
    let sql = "SELECT COUNT(*) AS n, COUNT(DISTINCT reel_key) AS keys FROM reels";
    let answer =
        Command::new(binary).args(["query", sql, "--format", "csv"]).current_dir(dir).output().expect("started");
    let text = String::from_utf8(answer.stdout).expect("UTF-8");
    let line = text.lines().nth(1).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&answer.stderr)));
    let (rows, keys) = line.split_once(',').expect("two cells");
    (rows.parse().expect("a number"), keys.parse().expect("a number"))
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
