//! Compares a fetch with the ideal: 200 accounts × 10 pages at concurrency 20 from an API with a latency of 50 ms and no
//! rate limit. Prints the share of the ideal (pages × latency / concurrency), CPU time per page and peak memory.
//!
//! `cargo build --release && cargo run --release -p tools --bin throughput -- [ACCOUNTS [LATENCY_MS]]`

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::mock_api::{Account, KEY, MockApi, Script};
use testkit::pages::reel;
use testkit::process::{cpu_time, peak_kib};

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
        std::env::args().nth(at).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{text} is not a number")))
    };
    let (accounts, latency) = (argument(1, 200) as usize, Duration::from_millis(argument(2, 50)));
    let binary = std::env::current_exe().expect("its own path").with_file_name("reelframe");
    assert!(binary.is_file(), "{} is missing: build it first", binary.display());
    let api = MockApi::start(Script::serving((0..accounts).map(account)).latency(latency));
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
    let pages = api.request_log().pages_served();
    let ideal = latency * u32::try_from(pages / CONCURRENCY).expect("few pages");
    let share = ideal.as_secs_f64() / took.as_secs_f64();
    println!("{pages} pages in {took:.2?}, ideal {ideal:.2?}: a share of {share:.2}");
    let page = cpu / u32::try_from(pages.max(1)).expect("few pages");
    println!("{cpu:.2?} CPU time, {page:.0?} per page; peak memory {} MB", peak / 1024);
}
