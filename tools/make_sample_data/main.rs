//! Writes `sample_data/`: page logs of three invented accounts, each walked twice, a week apart.
//!
//! `cargo run -p tools --bin make_sample_data` writes the same bytes each time: every number comes from a small seeded
//! generator, and floating point uses only operations that are exact alike on every machine. No person, shop, song or
//! account in it exists. The files, in reading order:
//!
//! - `accounts.rs`  who the three accounts are, when they post and how they are walked
//! - `traps.rs`     THE TABLE of everything awkward that the API may answer, and where it stands in the sample
//! - `special.rs`   the awkward texts
//! - `captions.rs`  the plain ones, composed
//! - `posts.rs`     the reels behind the answers: when each was posted and how its counts grow
//! - `item.rs`      one reel as the API answers it, wrapped or flat
//!
//! A run ends by printing where each trap came to stand: account, walk, page and position.

mod accounts;
mod captions;
mod item;
mod posts;
mod special;
mod traps;

use std::fs;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use accounts::{ACCOUNTS, Account, BAKERY, FITNESS, TRAILS};
use item::Reading;
use posts::{Post, Rng};
use traps::Trap;

/// Both walks: their run ids are their start times.
const WALKS: [&str; 2] = ["2026-10-12T06:00:00.000Z", "2026-10-19T06:00:00.000Z"];

/// Items of each page of a walk; the API says about 12.
const PAGE_SIZES: [usize; 6] = [12, 12, 11, 12, 12, 12];

/// Where one item came to stand.
struct Place {
    account: usize,
    walk: usize,
    post: usize,
    page: usize,
    position: usize,
    shape: &'static str,
}

fn main() -> std::io::Result<()> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../sample_data"));
    let posts = posts::all();
    let traps = traps::all();
    let mut places = Vec::new();
    for (number, account) in ACCOUNTS.iter().enumerate() {
        fs::create_dir_all(folder.join(account.handle))?;
        for walk in 0..WALKS.len() {
            let log = page_log(number, walk, &posts[number], &traps, &mut places);
            let name = format!("{}/{}.ndjson", account.handle, run_id(walk));
            println!("{:>7} bytes  {name}", log.len());
            fs::write(folder.join(name), log)?;
        }
    }
    print_places(&traps, &places);
    Ok(())
}

/// One walk of one account as its log's text.
fn page_log(number: usize, walk: usize, posts: &[Post], traps: &[Trap], places: &mut Vec<Place>) -> String {
    let account = &ACCOUNTS[number];
    let mut rng = Rng::of(&[77, number as u64, walk as u64]);
    let run = instant(WALKS[walk]);
    let mut clock = run + TimeDelta::milliseconds(220 + 340 * number as i64 + rng.below(180) as i64);
    let mut log = start_line(account, walk, clock);
    let listed = listing(account, walk, posts);
    let mut rest = listed.as_slice();
    let mut cursor = None;
    for page in 1.. {
        let size = PAGE_SIZES[(page - 1) % PAGE_SIZES.len()].min(rest.len());
        let (here, later) = rest.split_at(size);
        rest = later;
        clock += TimeDelta::milliseconds(2_000 + rng.below(2_000) as i64);
        let next = (!rest.is_empty()).then(|| opaque_cursor(&mut rng));
        let flat = account.is_flat_page(walk, page);
        let items = here.iter().enumerate().map(|(index, post)| {
            let wrapped = !flat || traps::stays_wrapped(number, *post);
            let shape = if wrapped { "wrapped" } else { "flat" };
            places.push(Place { account: number, walk, post: *post, page, position: index + 1, shape });
            let pin = account.pin(walk, *post);
            let reading = Reading { number, post: *post, walk, read_at: clock.timestamp(), pin };
            let media = item::media(&posts[*post], &reading, traps);
            if wrapped { json!({ "media": media }) } else { item::trimmed(&media, account.flat) }
        });
        let items: Vec<Value> = items.collect();
        let body = page_body(account, walk, page, items, next.as_deref(), flat);
        log += &page_line(page, cursor.as_deref(), clock, &body, &mut rng);
        cursor = next;
        let stopped = account.stops_after(walk) == Some(page);
        if stopped || cursor.is_none() {
            // Five refused tries with their waits take about half a minute; a plain end takes a moment.
            clock += TimeDelta::milliseconds(if stopped { 31_400 } else { 35 });
            log += &end_line(stopped.then_some(page + 1), clock);
            break;
        }
    }
    log
}

/// The reels of a walk in the order of the profile's Reels tab: pinned ones first, then newest first.
fn listing(account: &Account, walk: usize, posts: &[Post]) -> Vec<usize> {
    let pins = account.pins[walk];
    let mut order: Vec<usize> = (0..posts.len())
        .filter(|index| posts[*index].taken_at < instant(WALKS[walk]).timestamp())
        .filter(|index| !(walk == 1 && account.gone_later == Some(*index)))
        .filter(|index| !pins.contains(index) || account.pin_seen_twice == Some(*index))
        .collect();
    order.sort_by_key(|index| std::cmp::Reverse((posts[*index].taken_at, *index)));
    pins.iter().copied().chain(order).collect()
}

fn page_body(account: &Account, walk: usize, page: usize, items: Vec<Value>, next: Option<&str>, flat: bool) -> String {
    let mut body = Map::new();
    body.insert("items".into(), items.into());
    if flat {
        // A flat walk ends with a null cursor in one walk and with none at all in the other.
        if next.is_some() || walk == 0 {
            body.insert("max_id".into(), json!(next));
        }
    } else {
        body.insert("status".into(), json!("ok"));
        let mut paging = json!({ "more_available": next.is_some() });
        if let Some(next) = next {
            paging["max_id"] = json!(next);
        }
        body.insert("paging_info".into(), paging);
    }
    if account.has_envelope(walk, page) {
        body.insert("success".into(), json!(true));
        body.insert("credits_charged".into(), json!(1));
        body.insert("credits_remaining".into(), json!(4_870 - 250 * walk - page));
    }
    if account.handle == ACCOUNTS[TRAILS].handle && (walk, page) == (1, 2) {
        body.insert("served_by".into(), json!({ "region": "eu", "cache": "miss" }));
    }
    Value::Object(body).to_string()
}

fn start_line(account: &Account, walk: usize, started_at: DateTime<Utc>) -> String {
    let (followers, as_of) = account.followers[walk].unzip();
    format!(
        concat!(
            r#"{{"line":"start","account":{},"account_id":{},"label":{},"timezone":{},"followers":{},"#,
            r#""followers_as_of":{},"run_id":"{}","version":"0.1.0","started_at":"{}"}}"#,
            "\n"
        ),
        json!(account.handle),
        json!(account.account_id),
        json!(account.label),
        json!(account.timezone),
        json!(followers),
        json!(as_of),
        run_id(walk),
        millis(started_at)
    )
}

/// Written by hand, so that the key order is the log's and `body` keeps the bytes that its hash is of.
fn page_line(page: usize, cursor: Option<&str>, fetched_at: DateTime<Utc>, body: &str, rng: &mut Rng) -> String {
    let request_id = (rng.below(4) > 0).then(|| format!("req_{:012x}", rng.next() >> 16));
    let attempts = if rng.below(9) == 0 { 2 } else { 1 };
    format!(
        concat!(
            r#"{{"line":"page","page":{},"cursor":{},"fetched_at":"{}","status":200,"request_id":{},"#,
            r#""attempts":{},"blake3":"{}","body":{}}}"#,
            "\n"
        ),
        page,
        json!(cursor),
        millis(fetched_at),
        json!(request_id),
        attempts,
        blake3::hash(body.as_bytes()).to_hex(),
        body
    )
}

/// `failed_page` is the page that the API would not give: the walk is then partial.
fn end_line(failed_page: Option<usize>, ended_at: DateTime<Utc>) -> String {
    let status = if failed_page.is_some() { "partial" } else { "complete" };
    let reason = failed_page.map(|page| format!("page {page}: the API answered 503 five times"));
    let attempts = if failed_page.is_some() { 5 } else { 0 };
    let reason = json!(reason);
    let ended_at = millis(ended_at);
    format!(
        concat!(r#"{{"line":"end","status":"{}","reason":{},"attempts":{},"ended_at":"{}"}}"#, "\n"),
        status, reason, attempts, ended_at
    )
}

/// Looks like the API's cursors; always holds the three characters that must be percent-encoded.
fn opaque_cursor(rng: &mut Rng) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut letters = |count: usize| -> String { (0..count).map(|_| char::from(*rng.pick(ALPHABET))).collect() };
    format!("QVFE{}+{}/{}==", letters(14), letters(11), letters(16))
}

fn print_places(traps: &[Trap], places: &[Place]) {
    println!("\nwhere each trap stands (account: walk/page/position, shape):");
    for trap in traps {
        let found = places.iter().filter(|at| (at.account, at.post) == (trap.account, trap.post));
        let found: Vec<String> = found
            .filter(|at| trap.walks[at.walk])
            .map(|at| format!("{}/{}/{} {}", at.walk + 1, at.page, at.position, at.shape))
            .collect();
        assert!(!found.is_empty(), "no walk shows the reel of the trap: {}", trap.what);
        println!("  {:24} {:64} {}", ACCOUNTS[trap.account].handle, trap.what, found.join(", "));
    }
    for (number, name) in [(BAKERY, "bakery"), (TRAILS, "trails"), (FITNESS, "fitness")] {
        let items = |walk| places.iter().filter(|at| (at.account, at.walk) == (number, walk)).count();
        println!("  {name}: {} items in walk 1, {} in walk 2", items(0), items(1));
    }
}

/// A walk's start as a run id, fit for a file name.
fn run_id(walk: usize) -> String {
    WALKS[walk].chars().filter(|c| !"-:.".contains(*c)).collect()
}

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a constant of this file").to_utc()
}

fn millis(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
