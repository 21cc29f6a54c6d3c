//! Kills at any moment: what was stored is there, what was paid for is not paid for again but for what was in flight,
//! and reels and readings are, value for value, those of a run that nobody killed. `examples/soak.rs` does the same a thousand times.

pub mod soak;

use soak::{Precision, Size, Soak};

#[test]
fn twenty_five_kills_lose_nothing() {
    let mut figures = Precision::default();
    let size = Size { accounts: 6, pages: 8, concurrency: 4 };
    let soak = Soak::new(env!("CARGO_BIN_EXE_reelframe").as_ref(), size);
    let mut seed = 1;
    while figures.kills < 25 {
        soak.kill(5, seed, &mut figures);
        seed += 1;
    }
    let Precision { lost_pages, duplicate_rows, missing_reels, different_values, .. } = figures;
    assert_eq!((lost_pages, duplicate_rows, missing_reels, different_values), (0, 0, 0, 0), "{figures:?}");
    assert!(figures.largest_bought_twice <= size.concurrency, "{figures:?}");
}
