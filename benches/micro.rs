//! What the single steps cost, from a page's JSON to the files, each through what the library shows to everybody.
//!
//! `cargo bench --bench micro`; `-- parse` runs what has that in its name. BENCHMARKS.md says what is measured and how.

#![allow(clippy::disallowed_methods)]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box_drop};
use reelframe::internals::{AccountBuilder, AccountTables, CrawlStart, PageInput, Reel, Row, TableWriter, UtcMicros};
use reelframe::{Format, Options, Table};
use testkit::generator::{Account, FETCHED_AT_SECONDS, Generator, Shape};

/// Reels of an account.
const REELS: u64 = 1_200;

/// Accounts whose reels are written.
const ACCOUNTS: u64 = 8;

fn main() {
    divan::main();
}

/// The pages of one account.
struct Pages {
    handle: String,
    bodies: Vec<String>,
}

impl Pages {
    fn of(shape: Shape) -> Self {
        let generator = Generator::new(shape, ACCOUNTS, REELS, 1);
        Self::of_account(&generator, &generator.accounts[0])
    }

    fn of_account(generator: &Generator, account: &Account) -> Self {
        let body = |number| {
            let mut body = String::new();
            generator.page(&mut body, account, number);
            body
        };
        Self { handle: account.handle.clone(), bodies: (1..=generator.pages()).map(body).collect() }
    }

    /// Nothing but what a reel cannot be without, and its caption where it is asked for: the rest of a page is no part
    /// of what is measured with these.
    fn bare(with_captions: bool) -> Self {
        let Self { handle, bodies } = Self::of(Shape::Flat);
        let page = |body: &String| {
            let page: serde_json::Value = serde_json::from_str(body).expect("the generator writes JSON");
            let items = page["items"].as_array().expect("a page has items").iter();
            let keys =
                if with_captions { &["id", "code", "taken_at", "caption"][..] } else { &["id", "code", "taken_at"] };
            let bare = |item: &serde_json::Value| {
                keys.iter().map(|key| (key.to_string(), item[key].clone())).collect::<serde_json::Map<_, _>>()
            };
            serde_json::json!({ "items": items.map(bare).collect::<Vec<_>>() }).to_string()
        };
        Self { bodies: bodies.iter().map(page).collect(), handle }
    }

    fn builder(&self) -> AccountBuilder {
        let mut builder = AccountBuilder::new(&self.handle);
        builder.start(CrawlStart { run_id: "run".into(), timezone: "Europe/Berlin".into(), ..CrawlStart::default() });
        builder
    }

    fn read(&self) -> AccountBuilder {
        let mut builder = self.builder();
        for (number, body) in (1..).zip(&self.bodies) {
            builder.page(page(number, body));
        }
        builder
    }

    fn tables(&self) -> AccountTables {
        let tables = self.read().finish().expect("the zone is one");
        assert_eq!(tables.reels.len() as u64, REELS);
        tables
    }
}

fn page(number: i32, body: &str) -> PageInput<'_> {
    let fetched_at = UtcMicros((FETCHED_AT_SECONDS as i64 + i64::from(number)) * 1_000_000);
    PageInput { body, number, fetched_at, blake3: "", was_changed: false, attempts: 1 }
}

/// A page of twelve reels, from its JSON to the columns that an item alone gives.
#[divan::bench(args = [Shape::Flat, Shape::Wrapped])]
fn parse_page(bencher: Bencher, shape: Shape) {
    let pages = Pages::of(shape);
    let body = &pages.bodies[1];
    let inputs = bencher.counter(BytesCount::of_str(body.as_str())).with_inputs(|| pages.builder());
    inputs.bench_local_values(|mut builder| {
        builder.page(page(2, body));
        builder
    });
}

/// An account's observations to its rows: features of captions and of posting times, rates, baselines, in their order.
#[divan::bench(args = [Shape::Flat, Shape::Wrapped], sample_count = 30, sample_size = 1)]
fn build_account(bencher: Bencher, shape: Shape) {
    build(bencher, &Pages::of(shape));
}

/// The same of reels that have a caption and nothing else; what it takes over `build_posting_times` is the captions'.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn build_captions(bencher: Bencher) {
    build(bencher, &Pages::bare(true));
}

/// The same of reels that have no more than a posting time.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn build_posting_times(bencher: Bencher) {
    build(bencher, &Pages::bare(false));
}

fn build(bencher: Bencher, pages: &Pages) {
    assert_eq!(pages.tables().findings, []);
    let inputs = bencher.counter(ItemsCount::new(REELS)).with_inputs(|| pages.read());
    inputs.bench_local_values(|builder| builder.finish().expect("the zone is one"));
}

/// The reels table into one file, which is on the disk at the end.
#[divan::bench(args = ["parquet", "csv"], sample_count = 30, sample_size = 1)]
fn write_reels(bencher: Bencher, format: &str) {
    let generator = Generator::new(Shape::Wrapped, ACCOUNTS, REELS, 1);
    let accounts: Vec<AccountTables> =
        generator.accounts.iter().map(|account| Pages::of_account(&generator, account).tables()).collect();
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let options = Options::new(&[Format::named(format).expect("a format")]);
    bencher.counter(ItemsCount::new(ACCOUNTS * REELS)).bench_local(|| {
        let writer = TableWriter::create(dir.path(), "reels", Table::Reels, &options);
        let mut writer = writer.expect("the directory is there");
        for tables in &accounts {
            let rows: Vec<&Reel> = tables.reels.iter().collect();
            writer.write(&Reel::batch(&rows)).expect("the disk is not full");
        }
        black_box_drop(writer.finish().expect("the disk is not full"));
    });
}
