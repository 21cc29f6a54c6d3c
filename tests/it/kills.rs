//! Kills at any moment: what was stored is there, what was paid for is not paid for again but for what was in flight,
//! and the reels are those of a run that nobody killed. `examples/soak.rs` does the same a thousand times.

pub mod soak;

use soak::{Figures, Size};

#[test]
fn twenty_five_kills_lose_nothing() {
    let mut figures = Figures::default();
    let size = Size { accounts: 6, pages: 8, concurrency: 4 };
    let mut seed = 1;
    while figures.kills < 25 {
        soak::walk_with_kills(env!("CARGO_BIN_EXE_reelframe").as_ref(), size, 5, seed, &mut figures);
        seed += 1;
    }
    assert_eq!((figures.lost_pages, figures.duplicate_rows, figures.missing_reels), (0, 0, 0), "{figures:?}");
    assert!(figures.largest_bought_twice <= size.concurrency, "{figures:?}");
}
