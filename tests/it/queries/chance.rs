//! What chance alone does: accounts in which nothing matters get almost no finding, and accounts in which a time of the
//! day matters get theirs. The figures of docs/metrics.md.

use reelframe::Value;
use reelframe::internals::{Hashtag, Reel};
use testkit::random::Random;

use crate::queries::answer_of;
use crate::queries::rows::{TestRows, reel};

/// The sections that compare groups of reels, and the column with the median of the other reels.
const SECTIONS: [(&str, &str); 7] = [
    ("080_best_times", "others_multiple"),
    ("100_durations", "others_multiple"),
    ("110_hashtags", "without_multiple"),
    ("120_captions", "others_multiple"),
    ("130_audio", "others_multiple"),
    ("150_collabs", "others_multiple"),
    ("160_paid", "others_multiple"),
];

/// A standard normal number (Box and Muller, 1958).
fn normal(random: &mut Random) -> f64 {
    let mut uniform = || (random.below(1 << 30) as f64 + 0.5) / (1_u64 << 30) as f64;
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

/// An account's reels, oldest first: everything about them is drawn at random, independent of their views. These are
/// log-normal with a standard deviation of 0.9, times `growth` from the first reel to the last, times `effect` on Tuesday
/// evenings.
fn account(rows: &mut TestRows, name: &str, reels: usize, growth: f64, effect: f64, random: &mut Random) {
    let mut all: Vec<Reel> = Vec::new();
    let mut earlier: Vec<f64> = Vec::new();
    for number in 0..reels {
        let mut one = reel(name, &format!("{number:03}"), "2025-01-06 09:00");
        one.posted_weekday = random.between(1, 7) as i32;
        one.posted_daypart = random.of_list(&["night", "morning", "afternoon", "evening"]).into();
        // A fifth of the reels of an account with an effect are on Tuesday evenings.
        let is_special = effect > 1.0 && (number == 0 || number % 6 == 5);
        if is_special {
            (one.posted_weekday, one.posted_daypart) = (2, "evening".into());
        }
        one.duration_bucket = Some(random.of_list(&["<=15", "15-30", "15-30", "30-60", "30-60", "60-90"]).into());
        one.audio_type = Some(random.of_list(&["original_sounds", "original_sounds", "licensed_music"]).into());
        one.is_paid_partnership = Some(random.percent(15));
        one.discloses_ad = Some(false);
        one.coauthor_count = Some(i32::from(random.percent(20)));
        (one.has_question, one.has_call_to_action) = (Some(random.percent(30)), Some(random.percent(50)));
        (one.emoji_count, one.hashtag_count) = (Some(random.below(6) as i32), Some(random.below(8) as i32));
        for tag in 0..20 {
            if random.percent(60 / (tag + 1)) {
                rows.hashtags.push(Hashtag {
                    reel_key: one.reel_key.clone(),
                    account: one.account.clone(),
                    reel_id: one.reel_id.clone(),
                    hashtag: format!("tag{tag}").into(),
                    ..Hashtag::default()
                });
            }
        }
        let grown = growth.powf(number as f64 / reels as f64) * if is_special { effect } else { 1.0 };
        let views = 10_000.0 * grown * (0.9 * normal(random)).exp();
        let window = &earlier[earlier.len().saturating_sub(20)..];
        one.views = Some(views as i64);
        one.equal_age_multiple = (window.len() >= 3).then(|| views / median(window.to_vec()));
        earlier.push(views);
        all.push(one);
    }
    let mut sorted: Vec<f64> = all.iter().filter_map(|reel| reel.equal_age_multiple).collect();
    sorted.sort_by(f64::total_cmp);
    for one in &mut all {
        one.equal_age_n = sorted.len() as i32;
        one.equal_age_rank =
            one.equal_age_multiple.map(|multiple| sorted.partition_point(|other| *other < multiple) as f64 + 1.0);
    }
    rows.reels.extend(all);
}

fn accounts(count: usize, reels: usize, growth: f64, effect: f64) -> TestRows {
    let mut rows = TestRows::default();
    let mut random = Random::of(&[19, effect as u64]);
    (0..count).for_each(|number| account(&mut rows, &format!("a{number:03}"), reels, growth, effect, &mut random));
    rows
}

/// The account, the group and the ratio of every row of a section that would be a finding.
fn found(name: &str, others: &str, rows: &TestRows) -> Vec<(String, String, f64)> {
    let answer = answer_of(name, rows);
    let finding = |at: usize| {
        let number = |column: &str| answer.value(at, column).as_number();
        let ratio = number("median_multiple")? / number(others)?;
        let is_found = number("z")?.abs() >= number("z_needed")? && (ratio >= 1.3 || ratio <= 1.0 / 1.3);
        let words: Vec<&str> = answer.rows[at].iter().filter_map(Value::as_text).collect();
        is_found.then(|| (words[0].to_owned(), words[1..].join(" "), ratio))
    };
    (0..answer.rows.len()).filter_map(finding).collect()
}

fn accounts_of(found: &[(String, String, f64)]) -> usize {
    found.iter().map(|(account, ..)| account).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn accounts_in_which_nothing_matters_get_almost_no_finding() {
    let rows = accounts(100, 66, 1.0, 1.0);
    let mut in_all = 0;
    for (name, others) in SECTIONS {
        let of_section = accounts_of(&found(name, others, &rows));
        assert!(of_section <= 5, "{name}: {of_section} of 100 accounts");
        in_all += of_section;
    }
    assert!(in_all <= 20, "{in_all} findings in 100 accounts");
}

#[test]
fn accounts_that_only_grow_get_no_best_time() {
    let rows = accounts(50, 66, 16.0, 1.0);
    let best = found("080_best_times", "others_multiple", &rows);
    assert!(accounts_of(&best) <= 3, "{best:?}");
}

/// Of 100 accounts, in how many a slot with 12 of 67 reels is found that multiplies views.
#[test]
fn strong_times_are_found() {
    let share = |effect: f64| {
        let rows = accounts(100, 67, 1.0, effect);
        let mut best = found("080_best_times", "others_multiple", &rows);
        best.retain(|(_, slot, ratio)| slot == "evening" && *ratio > 1.0);
        accounts_of(&best)
    };
    assert_eq!((share(2.0), share(3.0)), (29, 67));
}
