//! The pages that benchmarks measure with: the parser finds nothing strange in them, and the same seed gives the same.

use reelframe::internals::{AccountBuilder, AccountTables, CrawlStart, PageInput, PostedAtSource, Reel, UtcMicros};
use testkit::generator::{FETCHED_AT_SECONDS, Generator, Shape};

const REELS: u64 = 100;

fn pages(shape: Shape, seed: u64, account: usize) -> Vec<String> {
    let generator = Generator::new(shape, 3, REELS, seed);
    let page = |number| {
        let mut page = String::new();
        generator.page(&mut page, &generator.accounts[account], number);
        page
    };
    (1..=generator.pages()).map(page).collect()
}

fn tables(shape: Shape) -> AccountTables {
    let generator = Generator::new(shape, 3, REELS, 1);
    let account = &generator.accounts[1];
    let mut builder = AccountBuilder::new(&account.handle);
    let followers = Some(account.followers as i64);
    builder.start(CrawlStart { run_id: "run".into(), timezone: "UTC".into(), followers, ..CrawlStart::default() });
    for (number, body) in (1..).zip(pages(shape, 1, 1)) {
        let fetched_at = UtcMicros((FETCHED_AT_SECONDS as i64 + i64::from(number)) * 1_000_000);
        builder.page(PageInput { body: &body, number, fetched_at, blake3: "", was_changed: false, attempts: 1 });
    }
    builder.end(reelframe::AccountStatus::Complete, None, 0);
    builder.finish().unwrap()
}

fn filled<T>(reels: &[Reel], column: impl Fn(&Reel) -> &Option<T>) -> usize {
    reels.iter().filter(|reel| column(reel).is_some()).count()
}

#[test]
fn generated_pages_hold_every_reel_once_and_nothing_that_the_parser_does_not_know() {
    for shape in [Shape::Flat, Shape::Wrapped] {
        let tables = tables(shape);
        assert_eq!(tables.findings, [], "{shape:?}");
        assert_eq!(tables.reels.len() as u64, REELS, "{shape:?}");
        assert!(tables.hashtags.len() > 100 && tables.people.len() > 10, "{shape:?}");
    }
}

#[test]
fn most_generated_reels_fill_the_columns_of_their_shape() {
    let (flat, wrapped) = (tables(Shape::Flat).reels, tables(Shape::Wrapped).reels);
    for reels in [&flat, &wrapped] {
        let most = [
            filled(reels, |reel| &reel.views),
            filled(reels, |reel| &reel.engagement_rate),
            filled(reels, |reel| &reel.views_per_follower),
            filled(reels, |reel| &reel.owner_username),
            filled(reels, |reel| &reel.caption),
            filled(reels, |reel| &reel.duration_s),
            filled(reels, |reel| &reel.cover_url_expires_at),
        ];
        assert!(most.iter().all(|&filled| filled > 80), "{most:?}");
        assert!(
            reels.iter().all(|reel| reel.posted_at_source == PostedAtSource::TakenAt && reel.upload_lead_s > Some(0.0))
        );
    }
    let most = [
        filled(&wrapped, |reel| &reel.reshare_count),
        filled(&wrapped, |reel| &reel.repost_count),
        filled(&wrapped, |reel| &reel.audio_artist),
        filled(&wrapped, |reel| &reel.video_url_expires_at),
        filled(&wrapped, |reel| &reel.is_pinned),
        filled(&wrapped, |reel| &reel.coauthor_count),
    ];
    assert!(most.iter().all(|&filled| filled > 80), "{most:?}");
    let some = [filled(&wrapped, |reel| &reel.fb_play_count), filled(&wrapped, |reel| &reel.location_name)];
    assert!(some.iter().all(|&filled| filled > 50), "{some:?}");
}

#[test]
fn generated_pages_follow_from_their_seed_and_are_as_large_as_real_ones() {
    assert_eq!(pages(Shape::Wrapped, 7, 2), pages(Shape::Wrapped, 7, 2));
    assert_ne!(pages(Shape::Wrapped, 7, 2), pages(Shape::Wrapped, 8, 2));
    for (shape, expected) in [(Shape::Flat, 9_000..13_000), (Shape::Wrapped, 36_000..45_000)] {
        let bytes = pages(shape, 1, 0).iter().map(String::len).sum::<usize>() / REELS as usize;
        assert!(expected.contains(&bytes), "{shape:?}: {bytes} bytes a reel");
    }
}
