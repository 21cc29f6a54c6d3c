//! What each step costs by itself, through the crate's public entry points: `cargo bench --bench micro`, or with a word
//! behind `--` only what bears it in its name.
//!
//! The steps in the order in which a page passes through them: it is parsed and flattened ([`page`]), the account is
//! folded ([`fold`], with the parts of it that can be told apart), its rows become columns ([`columns`]) and files
//! ([`file`]).

#[path = "../examples/generate/made/mod.rs"]
mod made;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use made::{Made, READ_AT_SECONDS, Shape};
use reelframe::columns::{Reel, Row, Table, UtcMicros};
use reelframe::sink::{Format, Options, TableWriter};
use reelframe::transform::{Builder, PageInput, WalkStart};
use serde_json::Value;

/// Of the account that is folded and written.
const REELS: u64 = 600;
const SHAPES: [Shape; 2] = [Shape::Flat, Shape::Wrapped];

fn main() {
    divan::main();
}

/// What is known of an account beside its pages.
struct Asked {
    handle: String,
    followers: i64,
}

/// An account and its pages. (There is another account, which owns some of its reels.)
fn account(shape: Shape, reels: u64) -> (Asked, Vec<String>) {
    let made = Made::new(shape, 2, reels, 1);
    let account = &made.accounts[0];
    let page = |number| {
        let mut page = String::new();
        made.page(&mut page, account, number);
        page
    };
    let asked = Asked { handle: account.handle.clone(), followers: account.followers as i64 };
    (asked, (1..=made.pages()).map(page).collect())
}

fn builder(asked: &Asked) -> Builder {
    let mut builder = Builder::new(&asked.handle);
    let (timezone, followers) = ("Europe/Berlin".to_owned(), Some(asked.followers));
    builder.start(WalkStart { run_id: "run".into(), timezone, followers, ..WalkStart::default() });
    builder
}

fn read(builder: &mut Builder, number: i32, body: &str) {
    let fetched_at = UtcMicros((READ_AT_SECONDS as i64 + i64::from(number)) * 1_000_000);
    builder.page(PageInput { body, number, fetched_at, blake3: "", attempts: 1 });
}

fn read_all(asked: &Asked, pages: &[String]) -> Builder {
    let mut builder = builder(asked);
    for (number, page) in (1..).zip(pages) {
        read(&mut builder, number, page);
    }
    builder.end("complete", None, 0);
    builder
}

fn reels(shape: Shape) -> Vec<Reel> {
    let (asked, pages) = account(shape, REELS);
    read_all(&asked, &pages).finish().expect("a known time zone").reels
}

/// JSON of one page to its readings.
#[divan::bench(args = SHAPES)]
fn page(bencher: Bencher, shape: Shape) {
    let (asked, pages) = account(shape, 12);
    bencher
        .counter(BytesCount::of_str(&pages[0]))
        .with_inputs(|| builder(&asked))
        .bench_local_refs(|builder| read(builder, 1, &pages[0]));
}

/// What of the account's reels is left to fold.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Everything,
    /// Caption features cost the difference to everything.
    NoCaptions,
    /// Ids, owner and posting time: local time and the reels before cost nearly all of it.
    IdsAndTimes,
}

/// Readings to rows: caption features, local posting time, rates and baselines.
#[divan::bench(args = [Kept::Everything, Kept::NoCaptions, Kept::IdsAndTimes])]
fn fold(bencher: Bencher, kept: Kept) {
    let keep = |page: String| -> String {
        let mut page: Value = serde_json::from_str(&page).expect("a page is JSON");
        for item in page["items"].as_array_mut().expect("a page has items") {
            let item = item.as_object_mut().expect("an item is an object");
            item.retain(|key, _| match kept {
                Kept::Everything => true,
                Kept::NoCaptions => key != "caption",
                Kept::IdsAndTimes => ["id", "code", "taken_at", "user"].contains(&key.as_str()),
            });
        }
        page.to_string()
    };
    let (asked, pages) = account(Shape::Flat, REELS);
    let pages: Vec<String> = pages.into_iter().map(keep).collect();
    bencher
        .counter(ItemsCount::new(REELS))
        .with_inputs(|| read_all(&asked, &pages))
        .bench_local_values(|builder| builder.finish().expect("a known time zone"));
}

/// Rows to Arrow columns.
#[divan::bench(args = SHAPES)]
fn columns(bencher: Bencher, shape: Shape) {
    let reels = reels(shape);
    let rows: Vec<&Reel> = reels.iter().collect();
    bencher.counter(ItemsCount::new(REELS)).bench_local(|| Reel::batch(&rows));
}

/// Columns to a file that is whole and on the disk, twenty accounts of them.
#[divan::bench(args = [Format::Parquet, Format::Csv, Format::Jsonl, Format::Arrow], sample_count = 20)]
fn file(bencher: Bencher, format: Format) {
    const ACCOUNTS: u64 = 20;
    let reels = reels(Shape::Wrapped);
    let batch = Reel::batch(&reels.iter().collect::<Vec<_>>());
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let options = Options::new(&[format]);
    bencher.counter(ItemsCount::new(ACCOUNTS * REELS)).bench_local(|| {
        let mut writer = TableWriter::create(dir.path(), "reels", Table::Reels, &options).expect("a file can be made");
        for _ in 0..ACCOUNTS {
            writer.write(&batch).expect("rows can be written");
        }
        writer.finish().expect("a file can be finished")
    });
}
