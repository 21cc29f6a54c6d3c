//! How close a run comes to the ideal: 200 accounts × 10 pages at concurrency 20 against an API that takes 50 ms an
//! answer, without a rate limit. Prints the share of the ideal (pages × latency / concurrency) and the peak memory.
//!
//! `cargo build --release && cargo run --release --example throughput`

// The test kit has more than this program needs.
#![allow(dead_code)]

#[path = "../tests/it/fake_api/mod.rs"]
mod fake_api;
#[path = "../tests/it/pages.rs"]
mod pages;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fake_api::{Account, FakeApi, KEY, Script};
use pages::reel;

const ACCOUNTS: usize = 200;
const PAGES: usize = 10;
const CONCURRENCY: usize = 20;
const LATENCY: Duration = Duration::from_millis(50);

fn account(number: usize) -> Account {
    let (handle, id) = (format!("acc{number:03}"), (70_000 + number).to_string());
    let pk =
        |page: usize, item: usize| 3_800_000_000_000_000_000 - ((number * 100 + page) * 20 + item) as u64 * 1_000_000;
    let page = |page: usize| (0..12).map(|item| reel(pk(page, item)).owner(&id, &handle)).collect::<Vec<_>>();
    Account::wrapped(&handle, &id, &(0..PAGES).map(page).collect::<Vec<_>>())
}

/// Kilobytes that the process had in memory at the most, as far as seen.
fn peak_kilobytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

fn main() {
    let here = std::env::current_exe().expect("a path of its own");
    let binary = here.ancestors().nth(2).expect("the profile's folder").join("reelframe");
    assert!(binary.is_file(), "{} is missing: build it first", binary.display());
    let api = FakeApi::start(Script::selling((0..ACCOUNTS).map(account)).latency(LATENCY));
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let begin = Instant::now();
    let mut child = Command::new(binary)
        .args(["fetch", "-q", "--requests-per-minute", "60000", "--concurrency", &CONCURRENCY.to_string()])
        .args((0..ACCOUNTS).map(|number| format!("acc{number:03}")))
        .args(["--base-url", &api.base_url()])
        .current_dir(dir.path())
        .env("AISA_API_KEY", KEY)
        .stdout(Stdio::null())
        .spawn()
        .expect("reelframe can be started");
    let mut peak = 0;
    while child.try_wait().expect("a child can be asked").is_none() {
        peak = peak.max(peak_kilobytes(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = begin.elapsed();
    let pages = api.ledger().pages_sold();
    let ideal = LATENCY * u32::try_from(pages / CONCURRENCY).expect("few pages");
    let share = ideal.as_secs_f64() / took.as_secs_f64();
    println!("{pages} pages in {took:.2?}, ideal {ideal:.2?}: {share:.2} of it; peak memory {} MB", peak / 1024);
}
