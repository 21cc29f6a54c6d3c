//! How close a run comes to the ideal: 200 accounts × 10 pages at concurrency 20 against an API that takes 50 ms an
//! answer, without a rate limit. Prints the share of the ideal (pages × latency / concurrency), what a page takes of the
//! processor, and the peak memory.
//!
//! `cargo build --release && cargo run --release --example throughput -- [ACCOUNTS [LATENCY_MS]]`

#![allow(clippy::disallowed_methods)]
// The test kit has more than this program needs.
#![allow(dead_code)]

#[path = "../tests/it/fake_api/mod.rs"]
mod fake_api;
#[path = "../tests/it/pages.rs"]
mod pages;
#[path = "../benches/history/process.rs"]
mod process;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fake_api::{Account, FakeApi, KEY, Script};
use pages::reel;
use process::{cpu_time, peak_kib};

const PAGES: usize = 10;
const CONCURRENCY: usize = 20;

fn account(number: usize) -> Account {
    let (handle, id) = (format!("acc{number:04}"), (70_000 + number).to_string());
    let pk =
        |page: usize, item: usize| 3_800_000_000_000_000_000 - ((number * 100 + page) * 20 + item) as u64 * 1_000_000;
    let page = |page: usize| (0..12).map(|item| reel(pk(page, item)).owner(&id, &handle)).collect::<Vec<_>>();
    Account::wrapped(&handle, &id, &(0..PAGES).map(page).collect::<Vec<_>>())
}

fn main() {
    let argument = |at: usize, or: u64| {
        std::env::args().nth(at).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{text} is no number")))
    };
    let (accounts, latency) = (argument(1, 200) as usize, Duration::from_millis(argument(2, 50)));
    let here = std::env::current_exe().expect("a path of its own");
    let binary = here.ancestors().nth(2).expect("the profile's folder").join("reelframe");
    assert!(binary.is_file(), "{} is missing: build it first", binary.display());
    let api = FakeApi::start(Script::selling((0..accounts).map(account)).latency(latency));
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let begin = Instant::now();
    let mut child = Command::new(binary)
        .args(["fetch", "-q", "--requests-per-minute", "60000", "--concurrency", &CONCURRENCY.to_string()])
        .args((0..accounts).map(|number| format!("acc{number:04}")))
        .args(["--base-url", &api.base_url()])
        .current_dir(dir.path())
        .env("AISA_API_KEY", KEY)
        .stdout(Stdio::null())
        .spawn()
        .expect("reelframe can be started");
    let (mut peak, mut cpu) = (0, Duration::ZERO);
    while child.try_wait().expect("a child can be asked").is_none() {
        peak = peak.max(peak_kib(child.id()).unwrap_or(0));
        cpu = cpu.max(cpu_time(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = begin.elapsed();
    let pages = api.ledger().pages_sold();
    let ideal = latency * u32::try_from(pages / CONCURRENCY).expect("few pages");
    let share = ideal.as_secs_f64() / took.as_secs_f64();
    println!("{pages} pages in {took:.2?}, ideal {ideal:.2?}: {share:.2} of it");
    let page = cpu / u32::try_from(pages.max(1)).expect("few pages");
    println!("{cpu:.2?} of the processor, {page:.0?} a page; peak memory {} MB", peak / 1024);
}
