//! What a long history costs: every account of a store is crawled once a day, and each day is one run of the program.
//!
//! `cargo bench --bench history` takes 400 accounts of 250 reels through 30 days; `-- --accounts N --reels N --days N`
//! takes fewer. With `--dir DIR` the store is made there and left there. BENCHMARKS.md says what is measured and how.

#![allow(clippy::disallowed_methods)]

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::daily::Accounts;
use testkit::process::{cpu_time, peak_kib};

struct Plan {
    accounts: Accounts,
    days: u64,
    dir: Option<PathBuf>,
}

impl Plan {
    fn of_arguments() -> Self {
        let mut plan = Self { accounts: Accounts { accounts: 3, reels: 20 }, days: 5, dir: None };
        let mut arguments: Vec<String> = std::env::args().skip(1).collect();
        // `cargo bench` says so behind everything else; a test run over all targets does not, and gets a small size.
        if let Some(at) = arguments.iter().position(|argument| argument == "--bench") {
            arguments.remove(at);
            plan = Self { accounts: Accounts { accounts: 400, reels: 250 }, days: 30, dir: None };
        }
        for pair in arguments.chunks(2) {
            let number = || -> u64 {
                let number = pair.get(1).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
                number.unwrap_or_else(|| panic!("{} wants a number", pair[0]))
            };
            match pair[0].as_str() {
                "--accounts" => plan.accounts.accounts = number(),
                "--reels" => plan.accounts.reels = number(),
                "--days" => plan.days = number(),
                "--dir" => plan.dir = Some(pair.get(1).expect("--dir wants a folder").into()),
                other => panic!("{other}: the arguments are --accounts N, --reels N, --days N and --dir DIR"),
            }
        }
        plan
    }
}

/// What one command took.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    /// Of all its threads, in user and system.
    cpu: Duration,
    peak_kib: u64,
}

fn main() {
    let plan = Plan::of_arguments();
    let temporary = tempfile::tempdir().expect("a temporary directory can be made");
    let dir = plan.dir.as_deref().unwrap_or(temporary.path());
    let (pages, store) = (dir.join("pages"), dir.join("store"));
    assert!(!store.exists(), "{} is there already", store.display());
    let Accounts { accounts, reels } = plan.accounts;
    println!("{accounts} accounts of {reels} reels, {} days\n", plan.days);
    println!(
        "| day | observations | JSON MB | wall s | CPU s | peak MB | store MB | raw/ MB | observations/ MB | newest run MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let (mut costs, mut observations) = (Vec::new(), 0);
    for day in 0..plan.days {
        let written = plan.accounts.write(day, &pages);
        observations += written.observations;
        let cost = reelframe(&["run", "--replay"], &[&pages, Path::new("--store"), &store]);
        std::fs::remove_dir_all(&pages).expect("the day's pages can be removed");
        let size = |path: &str| megabytes(bytes_of(&store.join(path)));
        println!(
            "| {} | {} | {:.0} | {} | {:.1} | {:.1} | {:.1} | {:.1} |",
            day + 1,
            written.observations,
            megabytes(written.bytes),
            cost.columns(),
            size(""),
            size("raw"),
            size("observations"),
            size("latest/"),
        );
        costs.push(cost);
    }
    sum_up(&costs, &store, observations);
    println!("\nOn this store:\n\n| command | wall s | CPU s | peak MB |\n|---|---|---|---|");
    // compact before rebuild, which leaves one file a month and so nothing to compact.
    for command in ["status", "verify", "compact", "rebuild"] {
        let cost = reelframe(&[command], &[Path::new("--store"), &store]);
        println!("| {command} | {} |", cost.columns());
    }
}

fn sum_up(costs: &[Cost], store: &Path, observations: u64) {
    let bytes_an_observation = |part: &str| bytes_of(&store.join(part)) as f64 / observations as f64;
    let peak = costs.iter().map(|cost| cost.peak_kib).max().unwrap_or_default();
    println!();
    println!("largest peak memory of a run: {} MB", peak / 1_024);
    println!(
        "bytes per observation: {:.0} in raw/, {:.1} in observations/",
        bytes_an_observation("raw"),
        bytes_an_observation("observations")
    );
    let [_, second, third, fourth, .., before, almost, last] = costs else {
        return println!("too few days to compare the first with the last: 7 are needed");
    };
    let median = |mut three: [Duration; 3]| {
        three.sort();
        three[1].as_secs_f64()
    };
    for (what, of) in [("wall", (|cost| cost.wall) as fn(&Cost) -> Duration), ("CPU", |cost| cost.cpu)] {
        let early = median([of(second), of(third), of(fourth)]);
        let late = median([of(before), of(almost), of(last)]);
        let single = of(last).as_secs_f64() / of(third).as_secs_f64();
        println!(
            "{what} time: run {} is {single:.2} of run 3; the median of the last three runs is {:.2} of that of runs 2 to 4 \
             ({late:.2} s, {early:.2} s)",
            costs.len(),
            late / early,
        );
    }
}

/// Runs the program to its end, watching its memory.
fn reelframe(words: &[&str], paths: &[&Path]) -> Cost {
    const EVERY: Duration = Duration::from_millis(5);
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_reelframe"))
        .arg("-q")
        .args(words)
        .args(paths)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("reelframe can be started");
    let mut cost = Cost { wall: Duration::ZERO, cpu: Duration::ZERO, peak_kib: 0 };
    let status = loop {
        cost.peak_kib = cost.peak_kib.max(peak_kib(child.id()).unwrap_or_default());
        cost.cpu = cost.cpu.max(cpu_time(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            break status;
        }
        std::thread::sleep(EVERY);
    };
    cost.wall = begin.elapsed();
    assert!(status.success(), "reelframe {words:?} ended with {status}");
    cost
}

impl Cost {
    fn columns(&self) -> String {
        let seconds = |time: Duration| time.as_secs_f64();
        format!("{:.2} | {:.2} | {}", seconds(self.wall), seconds(self.cpu), self.peak_kib / 1_024)
    }
}

/// The bytes of all files below a folder; links are not followed, but for the folder's own name.
/// A file with two names counts once.
fn bytes_of(dir: &Path) -> u64 {
    fn of(dir: &Path, seen: &mut HashSet<u64>) -> u64 {
        let mut bytes = 0;
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => bytes += of(&entry.path(), seen),
                Ok(metadata) if metadata.is_file() && seen.insert(metadata.ino()) => bytes += metadata.len(),
                _ => {}
            }
        }
        bytes
    }
    of(dir, &mut HashSet::new())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
