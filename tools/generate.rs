//! Generates pages of realistic size for benchmarks: plain ones as the API returns them, or page logs.
//!
//! `cargo run --release -p tools --bin generate -- --shape flat --accounts 40 --reels 1000 --out DIR` writes about 450 MB.
//! The same arguments give the same bytes. `reelframe export --replay DIR` reads them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat};
use clap::{Parser, ValueEnum};
use testkit::generator::{Account, FETCHED_AT_SECONDS, Generator, Shape};
use testkit::page_log::{Start, end_line, frame, page_line};

#[derive(Parser)]
#[command(about = "Generates pages of realistic size")]
struct Arguments {
    #[arg(long, value_enum)]
    shape: ShapeName,
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    accounts: u64,
    /// Reels of each account
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    reels: u64,
    /// Full crawls of each account, a day apart; each finds 3 % more views
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    crawls: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One page per line, or page logs as crawls write them
    #[arg(long, value_enum, default_value_t = Kind::Pages)]
    kind: Kind,
    /// A missing or empty folder; each account gets a folder in it
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum ShapeName {
    Wrapped,
    Flat,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    Pages,
    Logs,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let out = &arguments.out;
    std::fs::create_dir_all(out).map_err(|error| format!("--out {}: {error}", out.display()))?;
    if std::fs::read_dir(out)?.next().is_some() {
        return Err(format!("--out {}: the folder is not empty", out.display()).into());
    }
    let shape = match arguments.shape {
        ShapeName::Wrapped => Shape::Wrapped,
        ShapeName::Flat => Shape::Flat,
    };
    if arguments.crawls > 1 && arguments.kind == Kind::Pages {
        return Err("--crawls needs --kind logs: pages do not say of which crawl they are".into());
    }
    let crawl = |number: u64| {
        let generator = Generator::new(shape, arguments.accounts, arguments.reels, arguments.seed);
        generator.with_views(100 + 3 * number)
    };
    let crawls: Vec<Generator> = (0..arguments.crawls).map(crawl).collect();
    let generator = &crawls[0];
    let (next, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
    let write_accounts = || -> Result<()> {
        while let Some(account) = generator.accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let dir = out.join(&account.handle);
            let written = match arguments.kind {
                Kind::Pages => write_pages(generator, account, &dir)?,
                Kind::Logs => {
                    std::fs::create_dir_all(&dir)?;
                    let logs = (0..).zip(&crawls).map(|(day, crawl)| write_log(crawl, account, &dir, day));
                    logs.sum::<Result<u64>>()?
                }
            };
            bytes.fetch_add(written, Ordering::Relaxed);
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(write_accounts)).collect();
        running.into_iter().try_for_each(|thread| thread.join().expect("a writer does not panic"))
    })?;
    let observed = arguments.accounts * arguments.crawls;
    let (pages, reels) = (generator.pages() * observed, arguments.reels * observed);
    let bytes = bytes.into_inner();
    println!("{reels} reels in {pages} pages: {:.1} MB of JSON, {} bytes per reel", bytes as f64 / 1e6, bytes / reels);
    Ok(())
}

/// Writes one page per line and returns the bytes of JSON. The file's time is that of the pages, like a saved answer's.
fn write_pages(generator: &Generator, account: &Account, dir: &Path) -> Result<u64> {
    std::fs::create_dir_all(dir)?;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(dir.join("pages.ndjson"))?);
    let (mut page, mut bytes) = (String::new(), 0);
    for number in 1..=generator.pages() {
        page.clear();
        generator.page(&mut page, account, number);
        bytes += page.len() as u64;
        page.push('\n');
        file.write_all(page.as_bytes())?;
    }
    let file = file.into_inner()?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(FETCHED_AT_SECONDS))?;
    Ok(bytes)
}

/// Writes one full crawl, this many days after the first, and returns the bytes of JSON in its pages.
fn write_log(generator: &Generator, account: &Account, dir: &Path, day: u64) -> Result<u64> {
    let second = day * 86_400;
    let run_id: String = time(second).chars().filter(char::is_ascii_alphanumeric).collect();
    let mut log = BufWriter::new(File::create_new(dir.join(format!("{run_id}.ndjson.zst")))?);
    let start = Start {
        account: &account.handle,
        account_id: Some(account.id.to_string()),
        label: Some(format!("group {}", account.number % 7)),
        timezone: "Europe/Berlin",
        followers: Some(account.followers),
        followers_as_of: Some("2026-10-01"),
        run_id: &run_id,
        version: env!("CARGO_PKG_VERSION"),
        started_at: &time(second),
    };
    log.write_all(&frame(&start.line()))?;
    let (mut body, mut bytes) = (String::new(), 0);
    for number in 1..=generator.pages() {
        body.clear();
        generator.page(&mut body, account, number);
        bytes += body.len() as u64;
        let cursor = (number > 1).then(|| generator.cursor(account, number - 1)).flatten();
        log.write_all(&frame(&page_line(usize::try_from(number)?, cursor.as_deref(), &time(second + number), &body)))?;
    }
    log.write_all(&frame(&end_line("complete", &time(second + generator.pages() + 1))))?;
    log.into_inner()?.sync_all()?;
    Ok(bytes)
}

/// The time this many seconds after the start of the crawl.
fn time(seconds: u64) -> String {
    let at = DateTime::from_timestamp((FETCHED_AT_SECONDS + seconds) as i64, 0).expect("a time of our days");
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
