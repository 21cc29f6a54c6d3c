//! Writes invented pages of realistic size, to measure with: plain ones as an API answers them, or page logs.
//!
//! `cargo run --release --example generate -- --shape flat --accounts 40 --reels 1000 --out DIR` writes about 450 MB. The
//! same arguments give the same bytes. `reelframe export --replay DIR` reads them.

#![allow(clippy::disallowed_methods)]

mod made;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat};
use clap::{Parser, ValueEnum};
use made::{Account, READ_AT_SECONDS, Shape, WrittenTables};
use reelframe::store::page_log::{
    line::{End, Line, PageLine, Start, hash},
    writer::LogWriter,
};

#[derive(Parser)]
#[command(about = "Writes invented pages of realistic size")]
struct Arguments {
    #[arg(long, value_enum)]
    shape: ShapeName,
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    accounts: u64,
    /// Reels of each account
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    reels: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Answers a line, or page logs as walks leave them
    #[arg(long, value_enum, default_value_t = Kind::Pages)]
    kind: Kind,
    /// A folder that is not there or empty; each account gets a folder in it
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
    let made = WrittenTables::new(shape, arguments.accounts, arguments.reels, arguments.seed);
    let (next, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
    let write_accounts = || -> Result<()> {
        while let Some(account) = made.accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let dir = out.join(&account.handle);
            let written = match arguments.kind {
                Kind::Pages => write_pages(&made, account, &dir)?,
                Kind::Logs => write_log(&made, account, &dir)?,
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
    let (pages, reels) = (made.pages() * arguments.accounts, arguments.reels * arguments.accounts);
    let bytes = bytes.into_inner();
    println!("{reels} reels in {pages} pages: {:.1} MB of JSON, {} bytes a reel", bytes as f64 / 1e6, bytes / reels);
    Ok(())
}

/// One answer a line; returns the bytes of JSON. The file's time is that of the reading, as a saved answer's would be.
fn write_pages(made: &WrittenTables, account: &Account, dir: &Path) -> Result<u64> {
    std::fs::create_dir_all(dir)?;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(dir.join("pages.ndjson"))?);
    let (mut page, mut bytes) = (String::new(), 0);
    for number in 1..=made.pages() {
        page.clear();
        made.page(&mut page, account, number);
        bytes += page.len() as u64;
        page.push('\n');
        file.write_all(page.as_bytes())?;
    }
    let file = file.into_inner()?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(READ_AT_SECONDS))?;
    Ok(bytes)
}

/// One complete walk; returns the bytes of JSON in its pages.
fn write_log(made: &WrittenTables, account: &Account, dir: &Path) -> Result<u64> {
    const RUN_ID: &str = "20261005T060000000Z";
    let mut log = LogWriter::create(dir, RUN_ID)?;
    log.append(&Line::Start(Start {
        account: account.handle.clone(),
        account_id: Some(account.id.to_string()),
        label: Some(format!("group {}", account.number % 7)),
        timezone: "Europe/Berlin".into(),
        followers: Some(account.followers as i64),
        followers_as_of: Some("2026-10-01".into()),
        run_id: RUN_ID.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        started_at: time(0),
        sequence: 0,
        configures_only: false,
    }))?;
    let (mut body, mut bytes) = (String::new(), 0);
    for number in 1..=made.pages() {
        body.clear();
        made.page(&mut body, account, number);
        bytes += body.len() as u64;
        log.append(&Line::Page(PageLine {
            page: u32::try_from(number)?,
            cursor: (number > 1).then(|| made.cursor(account, number - 1)).flatten().map(Into::into),
            fetched_at: time(number).into(),
            status: 200,
            request_id: None,
            attempts: 1,
            blake3: hash(&body).into(),
            received_blake3: None,
            body: &body,
        }))?;
    }
    let ended_at = time(made.pages() + 1);
    log.append(&Line::End(End { status: "complete".into(), reason: None, attempts: 0, ended_at }))?;
    log.finish()?;
    Ok(bytes)
}

/// So many seconds after the walk's begin.
fn time(seconds: u64) -> String {
    let at = DateTime::from_timestamp((READ_AT_SECONDS + seconds) as i64, 0).expect("a time of our days");
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
