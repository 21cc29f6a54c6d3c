//! How reels are made, and how they do: durations, hashtags, captions, sounds, collabs and paid partnerships.

use reelframe::Value;
use reelframe::internals::{Hashtag, Reel};

use crate::queries::rows::{TestRows, reel};
use crate::queries::{answer_of, lines, whole_lines};

/// Seven own reels: multiples 1 to 5 with rates .01 to .05, then a fresh one that does not count, then one without
/// a multiple or a rate. The eighth is bob's and also listed by ana, where it is not rated.
fn eight() -> TestRows {
    let own = |number: i64| {
        let mut reel = reel("ana", &format!("10{number}"), &format!("2025-01-0{number} 09:00"));
        (reel.views, reel.equal_age_multiple) = (Some(100 * number), Some(number as f64));
        reel.engagement_rate = Some(number as f64 / 100.0);
        reel
    };
    let mut reels: Vec<Reel> = (1..=7).map(own).collect();
    (reels[5].maturity, reels[5].equal_age_multiple) = (Some("immature".into()), None);
    (reels[6].views, reels[6].equal_age_multiple, reels[6].engagement_rate) = (Some(70), None, None);
    let mut collab = reel("ana", "900", "2025-01-09 09:00");
    (collab.is_own, collab.views, collab.engagement_rate) = (Some(false), Some(7000), Some(0.9));
    // In reality it has none; here it would show.
    collab.equal_age_multiple = Some(9.0);
    reels.push(collab);
    TestRows { reels, ..Default::default() }
}

fn tag(account: &str, reel_id: &str, hashtag: &str) -> Hashtag {
    Hashtag {
        reel_key: format!("{account}:{reel_id}").into(),
        account: account.into(),
        reel_id: reel_id.into(),
        hashtag: hashtag.into(),
        hashtag_as_written: hashtag.into(),
        position: 1,
    }
}

// Below: account, group, reels, share, median multiple with n and its interval (nothing with fewer than eight reels), that of
// the others with z and the z needed (nothing with fewer than five reels on both sides), median engagement rate with n.

#[test]
fn durations_stand_in_order_and_unknown_is_last() {
    let mut rows = eight();
    let buckets = ["<=15", "<=15", "15-30", ">180", "", ">180", "90-180", "<=15"];
    for (reel, bucket) in rows.reels.iter_mut().zip(buckets) {
        reel.duration_bucket = Some(bucket.to_owned()).filter(|bucket| !bucket.is_empty()).map(Into::into);
    }
    assert_eq!(
        whole_lines("100_durations", &rows),
        [
            "ana <=15 2 0.285714 1.5 2 - - - - - 0.015 2",
            "ana 15-30 1 0.142857 3 1 - - - - - 0.03 1",
            "ana 90-180 1 0.142857 - 0 - - - - - - 0",
            "ana >180 2 0.285714 4 1 - - - - - 0.04 1", // the fresh one is in the share alone
            "ana unknown 1 0.142857 5 1 - - - - - 0.05 1",
        ]
    );
}

#[test]
fn hashtags_with_their_lift() {
    let mut rows = eight();
    let tags = [
        ("a", vec!["101", "104", "105", "106"]),
        ("b", vec!["102", "103"]),
        ("c", vec!["106"]),
        ("d", vec!["101", "102", "103", "104", "105"]),
        ("e", vec!["900"]),
    ];
    for (name, reels) in tags {
        rows.hashtags.extend(reels.into_iter().map(|reel_id| tag("ana", reel_id, name)));
    }
    // n and share of the 7; then with it, without it and the lift, each with its n.
    assert_eq!(
        whole_lines("110_hashtags", &rows),
        [
            "ana d 5 0.714286 3 5 - - - 0 - 0 - -", // no reel with a multiple is without it
            "ana a 4 0.571429 4 3 - - 2.5 2 1.6 2 - -", // 1 4 5 against 2 3
            "ana b 2 0.285714 2.5 2 - - 4 3 0.625 2 - -", // 2 3 against 1 4 5
            "ana c 1 0.142857 - 0 - - 3 5 - 0 - -", // a fresh reel alone
        ]
    );
}

#[test]
fn the_lift_is_right_for_every_choice_of_reels() {
    // All ways of tagging some of these, including ties: account number `mask` has the tag on the bits of `mask`.
    let multiples = [1.0, 1.0, 2.0, 3.0, 3.0, 7.0];
    let mut rows = TestRows::default();
    for mask in 1..64_usize {
        for (at, multiple) in multiples.into_iter().enumerate() {
            let account = format!("a{mask:02}");
            let mut one = reel(&account, &at.to_string(), "2025-01-06 09:00");
            one.equal_age_multiple = Some(multiple);
            rows.reels.push(one);
            if mask >> at & 1 == 1 {
                rows.hashtags.push(tag(&account, &at.to_string(), "t"));
            }
        }
    }
    let middle = |values: Vec<f64>| match values.len() {
        0 => Value::Null,
        n => Value::Float((values[(n - 1) / 2] + values[n / 2]) / 2.0),
    };
    let answer = answer_of("110_hashtags", &rows);
    let (with, without) = (answer.position("median_multiple").unwrap(), answer.position("without_multiple").unwrap());
    assert_eq!(answer.rows.len(), 63);
    for (mask, row) in (1..64_usize).zip(&answer.rows) {
        let of = |tagged: usize| (0..6).filter(|at| mask >> at & 1 == tagged).map(|at| multiples[at]).collect();
        assert_eq!((&row[with], &row[without]), (&middle(of(1)), &middle(of(0))), "{mask:06b}");
    }
}

#[test]
fn hashtags_are_twenty_an_account_in_the_order_of_their_names_where_tied() {
    let mut rows = eight();
    rows.hashtags = (0..22).rev().map(|number| tag("ana", "101", &format!("t{number:02}"))).collect();
    let expected: Vec<String> = (0..20).map(|number| format!("t{number:02}")).collect();
    assert_eq!(lines(&answer_of("110_hashtags", &rows), &["hashtag"]), expected);
}

#[test]
fn caption_habits() {
    let mut rows = eight();
    // Characters of the hook, question, call to action, emoji, hashtags. Letters of two bytes count once.
    let captions = [(40, true, true, 0, 0), (41, true, false, 3, 2), (80, false, false, 4, 5), (81, false, true, 1, 6)];
    let more = [(0, false, false, 0, 0), (0, false, false, 0, 0), (1, true, false, 1, 30)];
    for (reel, (chars, question, action, emoji, tags)) in rows.reels.iter_mut().zip(captions.into_iter().chain(more)) {
        let hook = "é".repeat(chars);
        reel.caption = Some(hook.clone().into());
        reel.hook = Some(hook).filter(|hook| !hook.is_empty()).map(Into::into);
        (reel.has_question, reel.has_call_to_action) = (Some(question), Some(action));
        (reel.emoji_count, reel.hashtag_count) = (Some(emoji), Some(tags));
    }
    // The response for the fresh one had no caption.
    let fresh = &mut rows.reels[5];
    (fresh.caption, fresh.caption_chars) = (None, None);
    (fresh.has_question, fresh.has_call_to_action) = (None, None);
    (fresh.emoji_count, fresh.hashtag_count) = (None, None);
    assert_eq!(
        whole_lines("120_captions", &rows),
        [
            "ana hook none 1 0.142857 5 1 - - - - - 0.05 1",
            "ana hook 1 to 40 characters 2 0.285714 1 1 - - - - - 0.01 1", // 1 and the one without a multiple
            "ana hook 41 to 80 characters 2 0.285714 2.5 2 - - - - - 0.025 2",
            "ana hook 81 characters and more 1 0.142857 4 1 - - - - - 0.04 1",
            "ana hook unknown 1 0.142857 - 0 - - - - - - 0",
            "ana question yes 3 0.428571 1.5 2 - - - - - 0.015 2", // 1 2 -
            "ana question no 3 0.428571 4 3 - - - - - 0.04 3",     // 3 4 5
            "ana question unknown 1 0.142857 - 0 - - - - - - 0",
            "ana call to action yes 2 0.285714 2.5 2 - - - - - 0.025 2", // 1 4
            "ana call to action no 4 0.571429 3 3 - - - - - 0.03 3",     // 2 3 5 -
            "ana call to action unknown 1 0.142857 - 0 - - - - - - 0",
            "ana emoji none 2 0.285714 3 2 - - - - - 0.03 2",   // 1 5
            "ana emoji 1 to 3 3 0.428571 3 2 - - - - - 0.03 2", // 2 4 -
            "ana emoji 4 and more 1 0.142857 3 1 - - - - - 0.03 1",
            "ana emoji unknown 1 0.142857 - 0 - - - - - - 0",
            "ana hashtags none 2 0.285714 3 2 - - - - - 0.03 2", // 1 5
            "ana hashtags 1 to 2 1 0.142857 2 1 - - - - - 0.02 1",
            "ana hashtags 3 to 5 1 0.142857 3 1 - - - - - 0.03 1",
            "ana hashtags 6 and more 2 0.285714 4 1 - - - - - 0.04 1", // 4 -
            "ana hashtags unknown 1 0.142857 - 0 - - - - - - 0",
        ]
    );
}

#[test]
fn audio_by_its_kind() {
    let mut rows = eight();
    let kinds = ["licensed_music", "licensed_music", "original_sounds", "original_sounds", "", "", "voice_over"];
    for (reel, kind) in rows.reels.iter_mut().zip(kinds) {
        reel.audio_type = Some(kind.to_owned()).filter(|kind| !kind.is_empty()).map(Into::into);
    }
    rows.reels[5].has_audio = Some(false);
    assert_eq!(
        whole_lines("130_audio", &rows),
        [
            "ana licensed 2 0.285714 1.5 2 - - - - - 0.015 2",
            "ana original 2 0.285714 3.5 2 - - - - - 0.035 2",
            "ana silent 1 0.142857 - 0 - - - - - - 0",
            "ana unknown 1 0.142857 5 1 - - - - - 0.05 1",
            "ana voice_over 1 0.142857 - 0 - - - - - - 0",
        ]
    );
}

#[test]
fn sounds_that_are_used_again() {
    let mut rows = eight();
    for (reel, sound) in rows.reels.iter_mut().zip(["b", "b", "a", "a", "once", "b", "", "a"]) {
        reel.audio_id = Some(sound.to_owned()).filter(|sound| !sound.is_empty()).map(Into::into);
    }
    rows.reels[0].audio_title = Some("Tide".into());
    rows.reels[5].audio_title = Some("Ebb".into());
    rows.reels[2].audio_type = Some("licensed_music".into());
    rows.reels[3].audio_artist = Some("The Waves".into());
    // Title, artist, kind, id, n, share, median multiple with n (without the fresh one), day of the last use.
    assert_eq!(
        whole_lines("140_sounds", &rows),
        ["ana Ebb - unknown b 3 0.428571 1.5 2 2025-01-06", "ana - The Waves licensed a 2 0.285714 3.5 2 2025-01-04",]
    );
    // Eleven sounds twice each: ten are shown, by their ids.
    let twice = (0..22).map(|number| {
        let mut one = reel("ana", &number.to_string(), "2025-01-06 09:00");
        one.audio_id = Some(format!("s{:02}", number / 2).into());
        one
    });
    let rows = TestRows { reels: twice.collect(), ..Default::default() };
    let expected: Vec<String> = (0..10).map(|number| format!("s{number:02} 2")).collect();
    assert_eq!(lines(&answer_of("140_sounds", &rows), &["audio_id", "n"]), expected);
}

#[test]
fn collabs_are_listed_for_both_accounts_and_rate_the_owner() {
    let mut rows = eight();
    for (reel, coauthors) in rows.reels.iter_mut().zip([0, 0, 1, 2, -1, 0, 0, 1]) {
        reel.coauthor_count = Some(coauthors).filter(|count| *count >= 0);
    }
    let mut unowned = reel("ana", "901", "2025-01-10 09:00");
    unowned.is_own = None;
    let mut of_bob = reel("bob", "900", "2025-01-09 09:00");
    (of_bob.views, of_bob.equal_age_multiple, of_bob.engagement_rate) = (Some(6900), Some(2.5), Some(0.01));
    of_bob.coauthor_count = Some(1);
    rows.reels.extend([unowned, of_bob]);
    // Of ana's nine: reels, share, median multiple, median views and median rate, each with its n.
    assert_eq!(
        whole_lines("150_collabs", &rows),
        [
            "ana solo 4 0.444444 1.5 2 - - - - - 100 3 0.015 2", // views 100 200 70
            "ana with coauthors 2 0.222222 3.5 2 - - - - - 350 2 0.035 2",
            "ana coauthors unknown 1 0.111111 5 1 - - - - - 500 1 0.05 1",
            "ana guest (owned by another account) 1 0.111111 - 0 - - - - - 7000 1 0.9 1",
            "ana owner unknown 1 0.111111 - 0 - - - - - - 0 - 0",
            "bob with coauthors 1 1 2.5 1 - - - - - 6900 1 0.01 1",
        ]
    );
}

#[test]
fn paid_by_the_flag_or_by_the_caption() {
    let mut rows = eight();
    let (yes, no) = (Some(true), Some(false));
    let said = [(yes, None), (yes, yes), (no, yes), (None, yes), (no, no), (no, None), (None, None), (yes, yes)];
    for (reel, said) in rows.reels.iter_mut().zip(said) {
        (reel.is_paid_partnership, reel.discloses_ad) = said;
    }
    assert_eq!(
        whole_lines("160_paid", &rows),
        [
            "ana paid partnership 2 0.285714 1.5 2 - - - - - 0.015 2",
            "ana disclosed in caption only 2 0.285714 3.5 2 - - - - - 0.035 2",
            "ana organic 2 0.285714 5 1 - - - - - 0.05 1", // 5 and the fresh one
            "ana unknown 1 0.142857 - 0 - - - - - - 0",
        ]
    );
}

#[test]
fn gaps_before_a_reel() {
    let mut rows = eight();
    let hours = [None, Some(23.9), Some(24.0), Some(72.0), Some(168.0), Some(1440.0), Some(1440.5), Some(1.0)];
    for (reel, hours) in rows.reels.iter_mut().zip(hours) {
        reel.hours_since_previous = hours;
    }
    assert_eq!(
        whole_lines("180_gaps", &rows),
        [
            "ana under 1 day 1 0.142857 2 1 0.02 1",
            "ana 1 to 3 days 1 0.142857 3 1 0.03 1",
            "ana 3 to 7 days 1 0.142857 4 1 0.04 1",
            "ana 7 to 60 days 2 0.285714 5 1 0.05 1",
            "ana over 60 days 1 0.142857 - 0 - 0",
            "ana unknown 1 0.142857 1 1 0.01 1",
        ]
    );
}

/// Twelve reels of ana: the first six with multiples 1 to 6, the others with 7 to 12.
fn low_and_high() -> TestRows {
    let own = |number: i64| {
        let mut reel = reel("ana", &format!("1{number:02}"), &format!("2025-01-{number:02} 09:00"));
        (reel.views, reel.equal_age_multiple) = (Some(100 * number), Some(number as f64));
        (reel.equal_age_rank, reel.equal_age_n) = (Some(number as f64), 12);
        reel
    };
    TestRows { reels: (1..=12).map(own).collect(), ..Default::default() }
}

/// The sum of the ranks of the six is 21 and 57, where 39 is expected: z = 18 / sqrt(6 x 6 x 13 / 12) = 2.882307. Two groups
/// share the level of 0.02: t = sqrt(-2 ln 0.005) = 3.255247, which needs a z of 2.577576.
#[test]
fn groups_that_stand_out_are_compared_with_the_other_reels() {
    let mut rows = low_and_high();
    for (at, reel) in rows.reels.iter_mut().enumerate() {
        let is_low = at < 6;
        reel.duration_bucket = Some(if is_low { "<=15" } else { "15-30" }.into());
        reel.audio_type = Some(if is_low { "original_sounds" } else { "licensed_music" }.into());
        (reel.is_paid_partnership, reel.discloses_ad) = (Some(is_low), Some(false));
        reel.coauthor_count = Some(i32::from(is_low));
        reel.has_question = Some(is_low);
        if is_low {
            rows.hashtags.push(tag("ana", &reel.reel_id, "low"));
        }
    }
    let low = "3.500000 6 9.500000 -2.882307 2.577576";
    let high = "9.500000 6 3.500000 2.882307 2.577576";
    let columns = ["median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"];
    let of = |name: &str, group: &str| {
        let names: Vec<&str> = [group].into_iter().chain(columns).collect();
        lines(&answer_of(name, &rows), &names)
    };
    assert_eq!(of("100_durations", "duration_bucket"), [format!("<=15 {low}"), format!("15-30 {high}")]);
    assert_eq!(of("130_audio", "audio"), [format!("licensed {high}"), format!("original {low}")]);
    assert_eq!(of("150_collabs", "kind"), [format!("solo {high}"), format!("with coauthors {low}")]);
    assert_eq!(of("160_paid", "kind"), [format!("paid partnership {low}"), format!("organic {high}")]);
    let questions = &of("120_captions", "habit")[1..3];
    assert_eq!(questions, [format!("question {low}"), format!("question {high}")]);
    let tags = lines(&answer_of("110_hashtags", &rows), &["hashtag", "median_multiple", "without_multiple", "z"]);
    assert_eq!(tags, ["low 3.500000 9.500000 -2.882307"]);
}

/// The ranks sum to 25: z is (25 - 39) / 6.244998 = -2.241794: not enough, and nothing to compare with.
#[test]
fn groups_within_what_chance_does_have_no_comparison() {
    let mut rows = low_and_high();
    for (at, reel) in rows.reels.iter_mut().enumerate() {
        // 1 2 3 4 7 8 against 5 6 9 10 11 12: the ranks of the first six sum to 25.
        let is_low = [0, 1, 2, 3, 6, 7].contains(&at);
        reel.duration_bucket = Some(if is_low { "<=15" } else { "15-30" }.into());
    }
    assert_eq!(lines(&answer_of("100_durations", &rows), &["others_multiple", "z"]), ["- -2.241794", "- 2.241794"]);
}
