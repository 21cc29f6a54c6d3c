//! The 95 % intervals of medians within groups, and what follows from a comparison of groups.

use reelframe::internals::{Hashtag, Reel};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines};

/// The reels with these numbers have the number as multiple and rank; the first twelve are of kind 0, the next eight of
/// kind 1, and the last seven of kind 2. Each kind also has one without a multiple.
fn three_kinds() -> Vec<(usize, Reel)> {
    let own = |number: usize| {
        let mut reel = reel("ana", &format!("{number:03}"), "2025-01-06 09:00");
        reel.equal_age_multiple = Some(number as f64).filter(|_| number <= 27);
        (reel.equal_age_rank, reel.equal_age_n) = (reel.equal_age_multiple, 27);
        let kind = match number {
            0..=12 | 28 => 0,
            13..=20 | 29 => 1,
            _ => 2,
        };
        (kind, reel)
    };
    (1..=30).map(own).collect()
}

const COLUMNS: [&str; 4] = ["median_multiple", "median_multiple_n", "median_multiple_low", "median_multiple_high"];

/// With the answers of a section about reels that are made different by their kind.
fn of(section: &str, group: &str, set: fn(&mut Reel, usize)) -> Vec<String> {
    let reel = |(kind, mut reel): (usize, Reel)| {
        set(&mut reel, kind);
        reel
    };
    let rows = TestRows { reels: three_kinds().into_iter().map(reel).collect(), ..TestRows::default() };
    let columns: Vec<&str> = [group].into_iter().chain(COLUMNS).collect();
    lines(&answer_of(section, &rows), &columns)
}

/// Of 12 the ends are at the places 6 - 3.39 and 7 + 3.39: the second and the eleventh. Of 8 they are the first and the
/// last (4 - 2.77 and 5 + 2.77), and of 7 there are none (3.5 - 2.59).
const KINDS: [&str; 3] = ["6.500000 12 2.000000 11.000000", "16.500000 8 13.000000 20.000000", "24.000000 7 - -"];

#[test]
fn groups_have_intervals_from_eight_reels_on() {
    let [first, second, third] = KINDS;
    assert_eq!(
        of("100_durations", "duration_bucket", |reel, kind| {
            reel.duration_bucket = ["<=15", "15-30", "30-60"].get(kind).map(|bucket| (*bucket).into());
        }),
        [format!("<=15 {first}"), format!("15-30 {second}"), format!("30-60 {third}")]
    );
    assert_eq!(
        of("130_audio", "audio", |reel, kind| {
            reel.audio_type = ["original_sounds", "licensed_music"].get(kind).map(|audio| (*audio).into());
        }),
        [format!("original {first}"), format!("licensed {second}"), format!("unknown {third}")]
    );
    assert_eq!(
        of("150_collabs", "kind", |reel, kind| reel.coauthor_count = [Some(0), Some(1), None][kind]),
        [format!("solo {first}"), format!("with coauthors {second}"), format!("coauthors unknown {third}")]
    );
    assert_eq!(
        of("160_paid", "kind", |reel, kind| reel.is_paid_partnership = [Some(true), Some(false), None][kind]),
        [format!("paid partnership {first}"), format!("organic {second}"), format!("unknown {third}")]
    );
    let captions = of("120_captions", "choice", |reel, kind| {
        (reel.has_question, reel.emoji_count) = ([Some(true), Some(false), None][kind], Some(kind as i32 * 2));
    });
    // All 27 have a short hook: of them the places 13.5 - 5.09 and 14.5 + 5.09.
    assert_eq!(captions[0], "1 to 40 characters 14.000000 27 8.000000 20.000000");
    assert_eq!(captions[1..4], [format!("yes {first}"), format!("no {second}"), format!("unknown {third}")]);
    let emoji = |at: usize| captions.iter().position(|line| line.ends_with(KINDS[at])).unwrap();
    assert_eq!([emoji(0), emoji(1), emoji(2)], [1, 2, 3]);
    assert_eq!(captions[5], format!("none {first}"));
    // Emoji of kind 1 are 2, and of kind 2 are 4.
    assert_eq!(captions[6..8], [format!("1 to 3 {second}"), format!("4 and more {third}")]);
}

#[test]
fn hashtags_that_stand_out_come_first_by_their_effect() {
    let mut rows = TestRows::default();
    for (kind, reel) in three_kinds() {
        let mut tags = vec![["low", "middle", "top"][kind]];
        tags.extend((reel.equal_age_multiple == Some(27.0)).then_some("once"));
        for hashtag in tags {
            rows.hashtags.push(Hashtag {
                reel_key: reel.reel_key.clone(),
                account: reel.account.clone(),
                reel_id: reel.reel_id.clone(),
                hashtag: hashtag.into(),
                hashtag_as_written: hashtag.into(),
                position: 1,
            });
        }
        rows.reels.push(reel);
    }
    let [low, middle, top] = KINDS;
    let of = |rows: &TestRows, columns: &[&str]| {
        let columns: Vec<&str> = ["hashtag", "n"].iter().chain(columns).copied().collect();
        lines(&answer_of("110_hashtags", rows), &columns)
    };
    assert_eq!(
        of(&rows, &COLUMNS),
        [
            format!("top 8 {top}"),
            format!("low 13 {low}"),
            format!("middle 9 {middle}"),
            "once 1 27.000000 1 - -".to_owned()
        ]
    );
    // The medians of the others are 10.5, 20 and the tenth of 1 to 12 and 21 to 27, which is 10. The ranks of 21 to 27 are
    // 168 together where 98 is expected: 70 / sqrt(7 x 20 x 28 / 12); those of 1 to 12 are 78 for 168, those of 13 to 20 are
    // 132 for 112. Three are compared: t = sqrt(-2 ln(0.01 / 3)) = 3.377507, less 3.221517 / 4.862637.
    assert_eq!(
        of(&rows, &["lift_multiple", "z", "z_needed"])[..3],
        [
            "top 8 2.285714 3.872983 2.715005",
            "low 13 0.325000 -4.391550 2.715005",
            "middle 9 1.650000 1.061988 2.715005"
        ]
    );
    // By use where nothing stands out.
    for reel in &mut rows.reels {
        reel.equal_age_rank = reel.equal_age_multiple.map(|_| 14.0);
    }
    assert_eq!(of(&rows, &[]), ["low 13", "middle 9", "top 8", "once 1"]);
}

#[test]
fn months_have_intervals_from_eight_reels_on() {
    let own = |at: i64| {
        let month = if at <= 12 { "2025-01" } else { "2025-02" };
        let mut reel = reel("ana", &format!("{at:02}"), &format!("{month}-06 09:00"));
        (reel.views, reel.views_7d) = (Some(10 * at), Some(at).filter(|at| *at <= 8));
        reel
    };
    let mut reels: Vec<Reel> = (1..=19).map(own).collect();
    // Medians of latest views leave fresh ones out, and all medians leave out reels without views.
    for (id, views) in [("x", Some(1)), ("y", None)] {
        let mut fresh = reel("ana", id, "2025-02-07 09:00");
        (fresh.views, fresh.maturity) = (views, Some("immature".into()));
        reels.push(fresh);
    }
    let rows = TestRows { reels, accounts: vec![account("ana", "complete", 21)], ..TestRows::default() };
    let columns = [
        "posted_month",
        "n",
        "median_views",
        "median_views_low",
        "median_views_high",
        "median_views_7d",
        "median_views_7d_n",
        "median_views_7d_low",
        "median_views_7d_high",
    ];
    assert_eq!(
        lines(&answer_of("090_monthly_trend", &rows), &columns),
        ["2025-01 12 65.000000 20 110 4.500000 8 1 8", "2025-02 7 160.000000 - - - 0 - -"]
    );
}
