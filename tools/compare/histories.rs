//! Random histories: days come in, late or twice, and are updated, compacted, rebuilt and forgotten by both binaries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testkit::random::Random;

use crate::files::Comparison;
use crate::world::{World, observed_at};

const FORMATS: &str = "parquet,csv,jsonl,arrow,xlsx";

/// A command of a history, by its arguments; the paths in it are relative to the store's directory.
type Step = Vec<String>;

/// Makes the history of a seed with both binaries, and compares the stores after every step.
pub fn compare(comparison: &mut Comparison, binaries: &[PathBuf; 2], seed: u64, dir: &Path) {
    let dir = dir.join(format!("history{seed}"));
    let pages = dir.join("pages");
    let steps = steps(seed, &pages);
    let [old, new] = ["old", "new"].map(|name| dir.join(name));
    let files_before = comparison.files();
    for directory in [&old, &new] {
        fs::create_dir_all(directory).expect("a folder can be made");
        std::os::unix::fs::symlink(&pages, directory.join("pages")).expect("a link can be made");
    }
    for step in &steps {
        let [old_status, new_status] =
            [(&binaries[0], &old), (&binaries[1], &new)].map(|(binary, dir)| run(binary, dir, step));
        if old_status != new_status {
            comparison
                .differ(format!("{}: {step:?} ended with {new_status}, and with {old_status} before", new.display()));
        }
        comparison.stores(&old.join("reels"), &new.join("reels"));
        if step[0] == "export" {
            comparison.stores(&old.join("tables"), &new.join("tables"));
        }
    }
    update(comparison, &binaries[1], &old, &new);
    let files = comparison.files() - files_before;
    println!("history {seed}: {} steps, {files} files compared", steps.len());
}

/// A store that the old binary made is rebuilt by the new one, which must come to the tables of its own store.
fn update(comparison: &mut Comparison, binary: &Path, old: &Path, new: &Path) {
    let step = ["rebuild", "--run-id", "update", "--format", FORMATS].map(str::to_owned);
    for dir in [old, new] {
        run(binary, dir, &step);
    }
    comparison.stores(&old.join("reels"), &new.join("reels"));
}

/// Writes the pages of a seed, a folder for each day, and plans what is done with them.
fn steps(seed: u64, pages: &Path) -> Vec<Step> {
    let (mut world, mut random) = (World::new(seed), Random::of(&[seed, 42]));
    let mut days: Vec<i64> = (0..random.between(3, 6) as i64).collect();
    for day in &days {
        for input in world.day(*day) {
            let path = pages.join(format!("day{day}")).join(input.path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
            fs::write(path, input.content).expect("a page can be written");
        }
    }
    // A day comes late.
    if random.percent(40) {
        let last = days.len() - 1;
        days.swap(last - 1, last);
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Step>();
    let (mut steps, mut done) = (Vec::new(), Vec::new());
    for day in days {
        let number = steps.len();
        let replay = |day: i64, number: usize| {
            let at = observed_at(day);
            words(&format!("run --replay pages/day{day} --observed-at {at} --run-id step{number} --format {FORMATS}"))
        };
        steps.push(replay(day, number));
        done.push(day);
        match random.below(10) {
            0 => steps.push(words(&format!("rebuild --run-id step{} --format {FORMATS}", number + 1))),
            1 => steps.push(words("compact")),
            2 | 3 => steps.push(replay(random.of_list(&done), number + 1)),
            _ => {}
        }
    }
    if random.percent(20) {
        steps.push(words("forget account0 --yes"));
    }
    steps.push(words(&format!("export --out tables --format {FORMATS}")));
    steps
}

/// Runs a command in a directory of its own and returns how it ended.
fn run(binary: &Path, dir: &Path, step: &[String]) -> String {
    let binary = binary.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
    let status = Command::new(binary)
        .args(step)
        .current_dir(dir)
        .env("HOME", dir)
        // Run ids that a command chooses itself go by the clock; debug builds take the time from here.
        .env("REELFRAME_CLOCK", "2026-04-01T00:00:00Z")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a binary can be started");
    status.to_string()
}
