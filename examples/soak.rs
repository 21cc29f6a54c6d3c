//! A thousand kills over walks of 40 accounts × 25 pages, each walk taken up to its end; prints what they cost.
//!
//! `cargo build --release && cargo run --release --example soak -- 1000`

#![allow(clippy::disallowed_methods)]
// The test kit has more than this program needs.
#![allow(dead_code)]

#[path = "../tests/it/fake_api/mod.rs"]
mod fake_api;
#[path = "../tests/it/pages.rs"]
mod pages;
#[path = "../tests/it/kills/soak.rs"]
mod soak;
#[path = "../tests/it/tables.rs"]
mod tables;

use soak::{Precision, Size, Soak};

/// So many kills hit one store before it is let run to its end.
const KILLS_A_STORE: usize = 25;

fn main() {
    let kills: usize = std::env::args().nth(1).map_or(1000, |text| text.parse().expect("a number of kills"));
    let size = Size { accounts: 40, pages: 25, concurrency: 5 };
    // target/<profile>/examples/soak stands beside target/<profile>/reelframe
    let here = std::env::current_exe().expect("a path of its own");
    let binary = here.ancestors().nth(2).expect("the profile's folder").join("reelframe");
    assert!(binary.is_file(), "{} is missing: build it first", binary.display());
    let soak = Soak::new(&binary, size);
    let mut figures = Precision::default();
    let mut seed = 1;
    while figures.kills < kills {
        soak.kill(KILLS_A_STORE.min(kills - figures.kills), seed, &mut figures);
        println!("{} kills: {figures:?}", figures.kills);
        seed += 1;
    }
    println!(
        "{} kills, {} stores: {} stored pages lost, {} duplicate rows, {} reels missing, {} different values; bought \
         twice at a kill: {:.2} in the mean, {} at the most, with {} requests in flight",
        figures.kills,
        seed - 1,
        figures.lost_pages,
        figures.duplicate_rows,
        figures.missing_reels,
        figures.different_values,
        figures.bought_twice as f64 / figures.kills as f64,
        figures.largest_bought_twice,
        size.concurrency
    );
}
