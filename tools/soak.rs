//! Kills crawls of 40 accounts × 25 pages a thousand times, resumes each to its end, and prints what that costs.
//!
//! `cargo build --release && cargo run --release -p tools --bin soak -- 1000`

use testkit::soak::{Counts, Size, Soak};

/// Kills per store before a run may finish.
const KILLS_A_STORE: usize = 25;

fn main() {
    let kills: usize = std::env::args().nth(1).map_or(1000, |text| text.parse().expect("a number of kills"));
    let size = Size { accounts: 40, pages: 25, concurrency: 5 };
    let binary = std::env::current_exe().expect("its own path").with_file_name("reelframe");
    assert!(binary.is_file(), "{} is missing: build it first", binary.display());
    let soak = Soak::new(&binary, size);
    let mut counts = Counts::default();
    let mut seed = 1;
    while counts.kills < kills {
        soak.kill(KILLS_A_STORE.min(kills - counts.kills), seed, &mut counts);
        println!("{} kills: {counts:?}", counts.kills);
        seed += 1;
    }
    println!(
        "{} kills, {} stores: {} stored pages lost, {} duplicate rows, {} reels missing, {} different values; paid \
         twice per kill: {:.2} on average, {} at most, with {} requests in flight",
        counts.kills,
        seed - 1,
        counts.lost_pages,
        counts.duplicate_rows,
        counts.missing_reels,
        counts.different_values,
        counts.paid_twice as f64 / counts.kills as f64,
        counts.largest_paid_twice,
        size.concurrency
    );
}
