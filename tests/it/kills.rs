//! Kills at any moment: stored pages are kept, only pages in flight are paid for twice, and reels and observations have
//! the values of a run that was not killed. The tool `soak` does the same a thousand times.

use testkit::soak::{Counts, Size, Soak};

#[test]
#[ignore = "slow"]
fn slow_fifty_kills_lose_nothing() {
    kill(50);
}

fn kill(times: usize) {
    let mut counts = Counts::default();
    let size = Size { accounts: 6, pages: 8, concurrency: 4 };
    let soak = Soak::new(env!("CARGO_BIN_EXE_reelframe").as_ref(), size);
    let mut seed = 1;
    while counts.kills < times {
        soak.kill(5, seed, &mut counts);
        seed += 1;
    }
    let Counts { lost_pages, duplicate_rows, missing_reels, different_values, .. } = counts;
    assert_eq!((lost_pages, duplicate_rows, missing_reels, different_values), (0, 0, 0, 0), "{counts:?}");
    assert!(counts.largest_paid_twice <= size.concurrency, "{counts:?}");
}
