//! Successive observations of a reel.

use super::*;
use crate::schema::cell::MICROS_PER_HOUR as HOUR;
use crate::schema::tables::{Person, Reel};
use crate::schema::values::{Role, SourceShape, ViewsSource};

/// An observation of reel 1 in crawl number `crawl`, at `hour` of its life.
pub(super) fn observation(crawl: usize, hour: i64, views: i64) -> ObservedReel {
    let reel = Reel {
        reel_id: "1".into(),
        observed_at: UtcMicros(hour * HOUR),
        age_hours: Some(hour as f64),
        page_blake3: hour.to_string().into(),
        views: Some(views),
        views_source: Some(ViewsSource::Ig),
        like_count: Some(views / 10),
        comment_count: Some(views / 100),
        source_shape: SourceShape::Wrapped,
        ..Reel::default()
    };
    ObservedReel { reel: reel.into(), crawl, ..ObservedReel::default() }
}

/// The reels after these observations; each complete crawl ended with its last observation.
fn update(earlier: Vec<ReelHistory>, observations: Vec<ObservedReel>, complete: &[usize]) -> Vec<ReelHistory> {
    update_and_shrunk(earlier, observations, complete).0
}

fn update_and_shrunk(
    earlier: Vec<ReelHistory>,
    observations: Vec<ObservedReel>,
    complete: &[usize],
) -> (Vec<ReelHistory>, Vec<ShrunkCrawl>) {
    let last = |&number: &usize| {
        let of_crawl = observations.iter().filter(|observation| observation.crawl == number);
        (number, of_crawl.map(|observation| observation.reel.observed_at).max().expect("it showed something"))
    };
    let complete: Vec<_> = complete.iter().map(last).collect();
    crate::transform::history::update(earlier, observations, &complete, &mut None)
}

pub(super) fn only(observations: &[ObservedReel]) -> Reel {
    let mut histories = update(Vec::new(), observations.to_vec(), &[]);
    assert_eq!(histories.len(), 1);
    *histories.remove(0).observation.reel
}

#[test]
fn a_first_observation_has_no_history() {
    let reel = only(&[observation(0, 20, 1000)]);
    assert_eq!((reel.first_observed_at, reel.last_listed_at), (UtcMicros(20 * HOUR), UtcMicros(20 * HOUR)));
    assert_eq!((reel.previous_observed_at, reel.views_gained, reel.views_per_hour_recent), (None, None, None));
    assert_eq!((reel.views_24h, reel.views_7d, reel.caption_changed_at), (None, None, None));
}

#[test]
fn history_at_20_and_30_hours_and_6_and_8_days_by_hand() {
    let observations =
        [observation(0, 20, 1000), observation(1, 30, 2000), observation(2, 144, 5000), observation(3, 192, 5600)];
    let reel = only(&observations);
    // 24 h: 1000 + 1000 x ln(24/20) / ln(30/20) = 1000 + 449.7. 7 d = 168 h: 5000 + 600 x ln(168/144) / ln(192/144) =
    // 5000 + 321.5. Nothing at 30 d.
    assert_eq!((reel.views_24h, reel.views_7d, reel.views_30d), (Some(1450), Some(5322), None));
    assert_eq!((reel.views_gained, reel.likes_gained, reel.comments_gained), (Some(600), Some(60), Some(6)));
    assert_eq!(reel.views_per_hour_recent, Some(600.0 / 48.0));
    assert_eq!((reel.previous_observed_at, reel.previous_age_hours), (Some(UtcMicros(144 * HOUR)), Some(144.0)));
    assert_eq!((reel.last_known_views, reel.last_known_views_at), (Some(5600), Some(UtcMicros(192 * HOUR))));
    assert_eq!([reel.views_gained_hours, reel.likes_gained_hours, reel.comments_gained_hours], [Some(48.0); 3]);
    assert_eq!((reel.first_observed_at, reel.last_listed_at), (UtcMicros(20 * HOUR), UtcMicros(192 * HOUR)));
}

#[test]
fn brackets_too_wide_and_ages_without_a_bracket_give_null() {
    let two =
        |first: (i64, i64), then: (i64, i64)| only(&[observation(0, first.0, first.1), observation(1, then.0, then.1)]);
    assert_eq!(two((10, 1000), (41, 2000)).views_24h, None); // 31 h apart
    assert_eq!(two((11, 1000), (41, 2000)).views_24h, Some(1593)); // 30 h: ln(24/11) / ln(41/11) = .5930
    assert_eq!(two((100, 1000), (293, 2000)).views_7d, None); // 193 h apart
    assert_eq!(two((101, 1000), (293, 2000)).views_7d, Some(1478)); // 8 d: ln(168/101) / ln(293/101) = .4778
    assert_eq!(two((500, 1000), (861, 2000)).views_30d, None); // 361 h apart
    assert_eq!(two((500, 1000), (860, 2000)).views_30d, Some(1672)); // 15 d: ln(720/500) / ln(860/500) = .6724
    assert_eq!(only(&[observation(0, 30, 1000), observation(1, 40, 2000)]).views_24h, None); // nothing before
    assert_eq!(only(&[observation(0, 24, 777)]).views_24h, Some(777)); // at that very age
    // Observed when it was posted, with 5 views: 24 h is near the end on a logarithm.
    assert_eq!(two((0, 5), (25, 1005)).views_24h, Some(1003)); // ln(24 h in us) / ln(25 h in us) = .99838
    // Rounded half up: 36 h is half way from 18 to 72, and 12 to 48 around 24 likewise.
    assert_eq!(two((20, 1000), (29, 1001)).views_24h, Some(1000)); // 1000.49
    assert_eq!(two((20, 1000), (28, 1001)).views_24h, Some(1001)); // 1000.54
    assert_eq!(two((20, 1000), (28, 999)).views_24h, Some(999)); // 999.46
}

#[test]
fn an_impossible_age_gives_no_views_at_an_age() {
    let mut odd = observation(0, 30, 1000);
    odd.reel.has_impossible_time = true;
    odd.reel.age_hours = None;
    let reel = only(&[odd.clone()]);
    assert_eq!((reel.views_24h, reel.last_known_views), (None, Some(1000)));
    // The next observation has another posting time, and there is nothing before it to interpolate from.
    let reel = only(&[odd, observation(1, 40, 3000)]);
    assert_eq!((reel.views_24h, reel.views_gained, reel.previous_age_hours), (None, Some(2000), None));
}

#[test]
fn gains_bridge_the_observations_without_the_metric() {
    let mut blind = observation(1, 30, 0);
    (blind.reel.views, blind.reel.views_source) = (None, None);
    (blind.reel.like_count, blind.reel.comment_count) = (None, None);
    let reel = only(&[observation(0, 20, 1000), blind.clone()]);
    assert_eq!((reel.views, reel.views_gained, reel.views_gained_hours), (None, None, None));
    assert_eq!((reel.last_known_views, reel.last_known_views_at), (Some(1000), Some(UtcMicros(20 * HOUR))));
    let reel = only(&[observation(0, 20, 1000), blind.clone(), observation(2, 40, 3000)]);
    assert_eq!((reel.views_gained, reel.views_gained_hours), (Some(2000), Some(20.0)));
    assert_eq!((reel.likes_gained, reel.likes_gained_hours), (Some(200), Some(20.0)));
    assert_eq!((reel.comments_gained, reel.comments_gained_hours), (Some(20), Some(20.0)));
    assert_eq!((reel.views_per_hour_recent, reel.previous_observed_at), (Some(100.0), Some(UtcMicros(30 * HOUR))));
    // Each metric by itself: views alone were missing.
    let (mut half, whole) = (blind.clone(), observation(2, 30, 1500));
    (half.reel.like_count, half.reel.comment_count) = (whole.reel.like_count, whole.reel.comment_count);
    let reel = only(&[observation(0, 20, 1000), half, observation(2, 40, 3000)]);
    assert_eq!(
        (reel.views_gained_hours, reel.likes_gained, reel.likes_gained_hours),
        (Some(20.0), Some(150), Some(10.0))
    );
    // There is no gain between two ways of counting, across the gap either.
    let mut whole_plays = observation(2, 40, 3000);
    whole_plays.reel.views_source = Some(ViewsSource::Play);
    let reel = only(&[observation(0, 20, 1000), blind, whole_plays]);
    assert_eq!((reel.views_gained, reel.views_gained_hours, reel.likes_gained), (None, None, Some(200)));
}

#[test]
fn suspect_likes_are_bridged_as_well() {
    let mut suspect = observation(1, 30, 5000);
    (suspect.reel.like_count, suspect.reel.likes_suspect) = (Some(3), true);
    assert_eq!(only(&[observation(0, 20, 1000), suspect.clone()]).likes_gained, None);
    let reel = only(&[observation(0, 20, 1000), suspect.clone(), observation(2, 40, 6000)]);
    assert_eq!((reel.likes_gained, reel.likes_gained_hours), (Some(500), Some(20.0)));
    assert_eq!((reel.views_gained, reel.views_gained_hours), (Some(1000), Some(10.0)));
    assert_eq!(only(&[suspect, observation(2, 40, 6000)]).likes_gained, None);
}

#[test]
fn the_same_page_and_the_same_counts_are_known_by_their_first_observation() {
    let of = |crawl: usize, hour: i64, page: &str, views: i64| {
        let mut observation = observation(crawl, hour, views);
        observation.reel.page_blake3 = page.into();
        observation
    };
    let since = |observations: &[ObservedReel]| {
        let state = &update(Vec::new(), observations.to_vec(), &[])[0].state;
        (state.same_page_since.0 / HOUR, state.same_counts_since.0 / HOUR)
    };
    let row = [of(0, 1, "a", 10), of(1, 2, "b", 20), of(2, 3, "b", 20), of(3, 4, "b", 20), of(4, 5, "c", 20)];
    assert_eq!(since(&row[..1]), (1, 1));
    assert_eq!(since(&row[..4]), (2, 2));
    assert_eq!(since(&row), (5, 2));
    let mut liked = of(4, 5, "c", 20);
    liked.reel.like_count = Some(3);
    assert_eq!(since(&[row[3].clone(), liked]), (5, 5));
}

#[test]
fn another_way_of_counting_gives_no_gain() {
    let mut first = observation(0, 20, 1000);
    first.reel.views_source = Some(ViewsSource::Play);
    let reel = only(&[first.clone(), observation(1, 30, 2000)]);
    assert_eq!((reel.views_gained, reel.views_24h, reel.views_per_hour_recent), (None, None, None));
    assert_eq!(reel.likes_gained, Some(100));
    let mut second = observation(1, 30, 2000);
    second.reel.views_source = Some(ViewsSource::Play);
    assert_eq!(only(&[first, second]).views_gained, Some(1000));
}

#[test]
fn gains_may_be_negative_and_need_an_hour_for_a_pace() {
    let mut second = observation(1, 30, 900);
    second.reel.observed_at = UtcMicros(20 * HOUR + HOUR / 2);
    second.reel.like_count = None;
    let reel = only(&[observation(0, 20, 1000), second]);
    assert_eq!((reel.views_gained, reel.likes_gained, reel.views_per_hour_recent), (Some(-100), None, None));
}

#[test]
fn a_caption_changes_with_another_text_and_not_with_none() {
    let captioned = |crawl: usize, hour: i64, text: Option<&str>| {
        let mut observation = observation(crawl, hour, 1);
        observation.reel.caption = text.map(Into::into);
        observation
    };
    let observations = [captioned(0, 1, Some("a")), captioned(1, 2, None), captioned(2, 3, Some("a"))];
    assert_eq!(only(&observations).caption_changed_at, None);
    let observations =
        [captioned(0, 1, Some("a")), captioned(1, 2, None), captioned(2, 3, Some("b")), captioned(3, 4, Some("b"))];
    assert_eq!(only(&observations).caption_changed_at, Some(UtcMicros(3 * HOUR)));
}

/// Reels `ids` in crawl `crawl`, read at `hour`.
fn crawl(crawl: usize, hour: i64, ids: &[&str]) -> Vec<ObservedReel> {
    let named = |id: &&str| {
        let mut observation = observation(crawl, hour, 1);
        observation.reel.reel_id = (*id).into();
        observation
    };
    ids.iter().map(named).collect()
}

fn listed(crawls: &[Vec<ObservedReel>], complete: &[usize], id: &str) -> Option<bool> {
    let observations: Vec<ObservedReel> = crawls.concat();
    let histories = update(Vec::new(), observations, complete);
    histories.iter().find(|history| history.state.reel_id == id).expect("the reel").observation.reel.is_listed
}

#[test]
fn a_reel_is_unlisted_after_two_complete_crawls_without_it() {
    let all = ["1", "2", "3", "4", "5"];
    let rest = ["2", "3", "4", "5"];
    let crawls = [crawl(0, 10, &all), crawl(1, 20, &rest), crawl(2, 30, &rest)];
    assert_eq!(listed(&crawls[..1], &[0], "1"), Some(true));
    assert_eq!(listed(&crawls[..2], &[0, 1], "1"), Some(true)); // one miss changes nothing
    assert_eq!(listed(&crawls, &[0, 1, 2], "1"), Some(false));
    assert_eq!(listed(&crawls, &[0, 1, 2], "2"), Some(true));
    // A crawl that is not complete does not count.
    assert_eq!(listed(&crawls, &[0, 2], "1"), Some(true));
    // 3 of 5 listed reels are under 80 %: after two misses with such a crawl it is unknown; after two wide ones it is gone.
    let narrow = [crawl(0, 10, &all), crawl(1, 20, &rest[..3]), crawl(2, 30, &rest), crawl(3, 40, &rest)];
    assert_eq!(listed(&narrow[..2], &[0, 1], "1"), Some(true));
    assert_eq!(listed(&narrow[..3], &[0, 1, 2], "1"), None);
    assert_eq!(listed(&narrow, &[0, 1, 2, 3], "1"), Some(false));
    // It came back.
    let back = [crawl(0, 10, &all), crawl(1, 20, &rest), crawl(2, 30, &rest), crawl(3, 40, &all)];
    assert_eq!(listed(&back, &[0, 1, 2, 3], "1"), Some(true));
}

#[test]
fn reels_that_disappear_one_after_the_other_are_all_found() {
    // Every other crawl one disappears: 9 of the 10 that were listed are shown, 8 of 9, 7 of 8. Of all ten that is 70 %.
    let ids = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let crawls: Vec<Vec<ObservedReel>> =
        (0..7).map(|at| crawl(at, 10 * (1 + at as i64), &ids[at.div_ceil(2)..])).collect();
    let complete: Vec<usize> = (0..7).collect();
    let verdicts = |count: usize| ids[..4].iter().map(|id| listed(&crawls[..count], &complete[..count], id)).collect();
    let (yes, no) = (Some(true), Some(false));
    let after: [Vec<Option<bool>>; 3] = [verdicts(3), verdicts(5), verdicts(7)];
    assert_eq!(after, [vec![no, yes, yes, yes], vec![no, no, yes, yes], vec![no, no, no, yes]]);
}

#[test]
fn a_reel_stays_unlisted_until_it_is_seen_again() {
    let ids = ["0", "1", "2", "3", "4", "5"];
    let shown: [&[&str]; 5] = [&ids, &ids[1..], &ids[1..], &ids[1..4], &ids[1..4]];
    let mut crawls: Vec<Vec<ObservedReel>> =
        (0..).zip(shown).map(|(at, ids)| crawl(at, 10 * (1 + at as i64), ids)).collect();
    // After two narrow crawls the others are unknown; the one that was gone before stays gone.
    assert_eq!(listed(&crawls, &[0, 1, 2, 3, 4], "0"), Some(false));
    assert_eq!(listed(&crawls, &[0, 1, 2, 3, 4], "5"), None);
    crawls.push(crawl(5, 60, &ids));
    assert_eq!(listed(&crawls, &[0, 1, 2, 3, 4, 5], "0"), Some(true));
}

#[test]
fn a_crawl_is_measured_by_what_was_listed_before_it() {
    // New reels do not count: 3 of the 5 that were listed were shown, and in the second crawl 6 of 8.
    let old = ["1", "2", "3", "4", "5"];
    let new = ["3", "4", "5", "6", "7", "8"];
    let crawls = [crawl(0, 10, &old), crawl(1, 20, &new), crawl(2, 30, &new)];
    assert_eq!(listed(&crawls, &[0, 1, 2], "1"), None);
    // Nor does one that comes back: "1" was gone and is listed again when "5" is missing, 3 of the 4 that were listed.
    let (without_1, without_5) = (&old[1..], &old[..4]);
    let shown = [&old[..], without_1, without_1, without_5, without_5];
    let crawls: Vec<Vec<ObservedReel>> =
        (0..).zip(shown).map(|(at, ids)| crawl(at, 10 * (1 + at as i64), ids)).collect();
    assert_eq!(listed(&crawls[..3], &[0, 1, 2], "1"), Some(false));
    assert_eq!(listed(&crawls, &[0, 1, 2, 3, 4], "1"), Some(true));
    assert_eq!(listed(&crawls, &[0, 1, 2, 3, 4], "5"), None);
}

fn person(role: Role, username: &str) -> Person {
    Person { role, username: username.into(), ..Person::default() }
}

#[test]
fn a_trimmed_observation_keeps_facts_and_never_counts() {
    let mut full = observation(0, 1, 10);
    full.reel.width = Some(720);
    full.reel.duration_s = Some(30.0);
    full.reel.is_pinned = Some(true);
    full.reel.like_count = Some(5);
    full.people = vec![person(Role::Coauthor, "a")];
    full.roles = vec![Role::Coauthor, Role::Tagged];
    let mut flat = observation(1, 2, 10);
    flat.reel.source_shape = SourceShape::Flat;
    flat.reel.width = Some(1206);
    flat.reel.audio_title = Some("only here".into());
    flat.reel.like_count = None;
    let histories = &update(Vec::new(), vec![full.clone(), flat.clone()], &[])[0].observation;
    assert_eq!((histories.reel.width, histories.reel.duration_s), (Some(720), Some(30.0)));
    assert_eq!((histories.reel.is_pinned, histories.reel.like_count), (None, None));
    assert_eq!(histories.reel.audio_title.as_deref(), Some("only here"));
    assert_eq!(histories.people, [person(Role::Coauthor, "a")]);
    // A full item after a trimmed one has its own facts, and an empty list is known to be empty.
    let mut again = full.clone();
    again.people.clear();
    let histories = &update(Vec::new(), vec![flat, again], &[])[0].observation;
    assert_eq!((histories.reel.width, histories.people.len()), (Some(720), 0));
}

fn shrunk(crawls: &[Vec<ObservedReel>], complete: &[usize]) -> Vec<ShrunkCrawl> {
    update_and_shrunk(Vec::new(), crawls.concat(), complete).1
}

#[test]
fn a_full_crawl_with_under_half_of_the_listed_reels_counts_for_none() {
    let all = ["1", "2", "3", "4", "5"];
    let (few, half) = (["1", "2"], ["1", "2", "3"]);
    let crawls = [crawl(0, 10, &all), crawl(1, 20, &few), crawl(2, 30, &few)];
    // 2 of 5, twice: no reel counts as gone, not even as missed once.
    let expected = [1, 2].map(|crawl| ShrunkCrawl { crawl, shown: 2, listed: 5 });
    assert_eq!(shrunk(&crawls, &[0, 1, 2]), expected);
    assert_eq!(listed(&crawls, &[0, 1, 2], "5"), Some(true));
    // 3 of 5 are not under half, and neither are 2 of 4.
    assert_eq!(shrunk(&[crawl(0, 10, &all), crawl(1, 20, &half)], &[0, 1]), []);
    assert_eq!(shrunk(&[crawl(0, 10, &all[..4]), crawl(1, 20, &few)], &[0, 1]), []);
    assert_eq!(shrunk(&[crawl(0, 10, &all[..4]), crawl(1, 20, &few[..1])], &[0, 1]).len(), 1);
    // Three reels are too few, and a crawl that is not complete does not count.
    assert_eq!(shrunk(&[crawl(0, 10, &all[..3]), crawl(1, 20, &few[..1])], &[0, 1]), []);
    assert_eq!(shrunk(&crawls, &[0]), []);
}

#[test]
fn what_full_crawls_agree_on_for_a_week_counts() {
    let all = ["1", "2", "3", "4", "5"];
    let crawls =
        |last: i64| [crawl(0, 10, &all), crawl(1, 20, &["1", "2"]), crawl(2, 100, &["1", "3"]), crawl(3, last, &["1"])];
    // An hour under a week after the first of them, and a week after it.
    assert_eq!(shrunk(&crawls(187), &[0, 1, 2, 3]).len(), 3);
    let week = crawls(188);
    assert_eq!(shrunk(&week, &[0, 1, 2, 3]).len(), 2, "the third of them is a base again");
    let of = |reel: &str| listed(&week, &[0, 1, 2, 3], reel);
    // What any of them showed is not gone.
    assert_eq!(
        [of("1"), of("2"), of("3"), of("4"), of("5")],
        [Some(true), Some(true), Some(true), Some(false), Some(false)]
    );
    // A full crawl between them restarts the week.
    let broken = [&week[..2], &[crawl(2, 100, &all)], &week[3..]].concat();
    assert_eq!(shrunk(&broken, &[0, 1, 2, 3]).len(), 2);
}

#[test]
fn new_reels_do_not_replace_missing_ones() {
    let crawls = [crawl(0, 10, &["1", "2", "3", "4"]), crawl(1, 20, &["1", "6", "7", "8", "9"])];
    assert_eq!(shrunk(&crawls, &[0, 1]), [ShrunkCrawl { crawl: 1, shown: 1, listed: 4 }]);
}

#[test]
fn reels_that_were_not_listed_before_a_crawl_do_not_count_in_it() {
    let all: Vec<String> = (1..=10).map(|id| id.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    // 10, then twice 8: reels 9 and 10 are gone. Then 4 of the 8 that are listed: half.
    let crawls = [crawl(0, 10, &all), crawl(1, 20, &all[..8]), crawl(2, 30, &all[..8]), crawl(3, 40, &all[..4])];
    assert_eq!(listed(&crawls[..3], &[0, 1, 2], "10"), Some(false));
    assert_eq!(shrunk(&crawls, &[0, 1, 2, 3]), []);
    // One of the two comes back: it was not listed, so it does not count. 3 of 8.
    let back = [crawl(3, 40, &["1", "2", "3", "10"])];
    assert_eq!(shrunk(&[&crawls[..3], &back].concat(), &[0, 1, 2, 3]), [ShrunkCrawl { crawl: 3, shown: 3, listed: 8 }]);
}

#[test]
fn a_full_crawl_without_a_reel_shrank_and_counts_at_its_own_time() {
    let all = ["1", "2", "3", "4"];
    let observations = [crawl(0, 10, &all), crawl(2, 30, &["5", "1", "2", "3", "4"])].concat();
    let at = |hour: i64| UtcMicros(hour * HOUR);
    let complete = [(0, at(10)), (1, at(20)), (2, at(30))];
    let (histories, shrank) = crate::transform::history::update(Vec::new(), observations.clone(), &complete, &mut None);
    assert_eq!(shrank, [ShrunkCrawl { crawl: 1, shown: 0, listed: 4 }]);
    assert!(histories.iter().all(|history| history.observation.reel.is_listed == Some(true)));
    // Also as the last one.
    let complete = [(0, at(10)), (1, at(40)), (2, at(30))];
    let (_, shrank) = crate::transform::history::update(Vec::new(), observations, &complete, &mut None);
    assert_eq!(shrank, [ShrunkCrawl { crawl: 1, shown: 0, listed: 5 }]);
}
