//! Engagement: counts, as far as they can be trusted, and the rates over them.

use crate::instagram::item::Item;
use crate::schema::{tables::Reel, values::ViewsSource};

/// The 97.5 % quantile of the standard normal distribution, for a 95 % interval.
const Z: f64 = 1.959964;

/// A trillion: no real count of one reel is near it, and sums over millions of reels still fit.
const MOST: i64 = 1_000_000_000_000;

/// Below this many views a like count of 3 is plausible.
const SUSPECT_FROM_VIEWS: i64 = 1000;

/// Fills the counts, with `views` (Instagram only) and the flags of hidden and suspect likes.
///
/// Returns the impossible counts, which become null: a finding and a name each.
pub(crate) fn fill_counts(reel: &mut Reel, item: &Item) -> Vec<(&'static str, &'static str)> {
    // A negative count is never a number.
    let count = |field: Option<i64>| field.filter(|&count| (0..=MOST).contains(&count));
    reel.play_count = count(item.play_count.value());
    reel.ig_play_count = count(item.ig_play_count.value());
    reel.fb_play_count = count(item.fb_play_count.value());
    reel.comment_count = count(item.comment_count.value());
    reel.reshare_count = count(item.reshare_count.value());
    reel.repost_count = count(item.media_repost_count.value());
    let (views, source) = views(reel.play_count, reel.ig_play_count, reel.fb_play_count);
    reel.views = views;
    reel.views_source = source;

    let likes = item.like_count.value().filter(|&likes| likes <= MOST);
    let flag = item.like_and_view_counts_disabled.value();
    let marked = likes.is_some_and(|likes| likes < 0);
    reel.likes_hidden = if marked { Some(true) } else { flag };
    reel.like_count = if reel.likes_hidden == Some(true) { None } else { likes };
    let many_views = views.is_some_and(|views| views >= SUSPECT_FROM_VIEWS);
    reel.likes_suspect = flag.is_none() && likes == Some(3) && many_views;
    impossible_counts(item)
}

fn impossible_counts(item: &Item) -> Vec<(&'static str, &'static str)> {
    let finding = |name: &str, count: i64| match count {
        // The known marker of hidden likes.
        -1 if name == "like_count" => None,
        ..0 => Some("negative_count"),
        0..=MOST => None,
        _ => Some("unreadable_value"),
    };
    [
        ("play_count", &item.play_count),
        ("ig_play_count", &item.ig_play_count),
        ("fb_play_count", &item.fb_play_count),
        ("like_count", &item.like_count),
        ("comment_count", &item.comment_count),
        ("reshare_count", &item.reshare_count),
        ("media_repost_count", &item.media_repost_count),
    ]
    .into_iter()
    .filter_map(|(name, field)| Some((finding(name, field.value()?)?, name)))
    .collect()
}

/// Instagram-only plays and where they come from: `ig`, `play_minus_fb` or `play`.
fn views(play: Option<i64>, ig: Option<i64>, fb: Option<i64>) -> (Option<i64>, Option<ViewsSource>) {
    match (play, ig, fb) {
        (_, Some(ig), _) => (Some(ig), Some(ViewsSource::Ig)),
        // More Facebook plays than plays: play_count cannot contain them.
        (Some(play), None, Some(fb)) if fb <= play => (Some(play - fb), Some(ViewsSource::PlayMinusFb)),
        (Some(play), None, _) => (Some(play), Some(ViewsSource::Play)),
        (None, None, _) => (None, None),
    }
}

/// Fills engagement_count and every rate. Counts, `followers` and `age_hours` are set before.
pub(crate) fn fill_rates(reel: &mut Reel) {
    let likes = reel.like_count.filter(|_| !reel.likes_suspect);
    let views = reel.views;
    reel.engagement_count = likes.zip(reel.comment_count).map(|(likes, comments)| likes + comments);
    reel.engagement_rate = rate(reel.engagement_count, views);
    let interval = reel.engagement_count.zip(views).and_then(|(engaged, views)| wilson(engaged, views));
    reel.engagement_rate_low = interval.map(|(low, _)| low);
    reel.engagement_rate_high = interval.map(|(_, high)| high);
    reel.like_rate = rate(likes, views);
    reel.comment_rate = rate(reel.comment_count, views);
    reel.share_rate = rate(reel.reshare_count, views);
    reel.comments_per_like = ratio(reel.comment_count, likes);
    reel.engagement_per_follower = ratio(reel.engagement_count, reel.followers);
    reel.views_per_follower = ratio(views, reel.followers);
    let age_hours = reel.age_hours.filter(|hours| *hours > 0.0);
    reel.views_per_hour = views.zip(age_hours).map(|(views, hours)| views as f64 / hours);
}

/// Whether a reel has more likes, comments or shares than views, which is impossible: a count is wrong or late.
pub(crate) fn is_above_views(reel: &Reel) -> bool {
    let likes = reel.like_count.filter(|_| !reel.likes_suspect);
    let most = [reel.engagement_count, likes, reel.comment_count, reel.reshare_count].into_iter().flatten().max();
    most.zip(reel.views).is_some_and(|(most, views)| most > views)
}

/// A share of the views: null where it would be above 1.
fn rate(part: Option<i64>, views: Option<i64>) -> Option<f64> {
    ratio(part, views).filter(|rate| *rate <= 1.0)
}

fn ratio(part: Option<i64>, whole: Option<i64>) -> Option<f64> {
    match (part, whole) {
        (Some(part), Some(whole)) if whole > 0 => Some(part as f64 / whole as f64),
        _ => None,
    }
}

/// The 95 % Wilson score interval of `successes` in `trials` (E. B. Wilson, 1927): bounds that stay within 0 and 1 and
/// hold for small numbers. `None` without trials and where there are more successes than trials.
fn wilson(successes: i64, trials: i64) -> Option<(f64, f64)> {
    if trials <= 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instagram::item::parse_item;

    fn counts(json: &str) -> Reel {
        let mut reel = Reel { age_hours: Some(100.0), ..Reel::default() };
        let _ = fill_counts(&mut reel, &parse_item(json).unwrap());
        fill_rates(&mut reel);
        reel
    }

    #[test]
    fn rates_of_the_documents_example() {
        let reel = counts(r#"{"play_count":1685367,"ig_play_count":1685367,"like_count":71768,"comment_count":1096}"#);
        assert_eq!((reel.views, reel.views_source), (Some(1_685_367), Some(ViewsSource::Ig)));
        assert_eq!(reel.engagement_count, Some(72_864));
        assert_eq!(reel.engagement_rate, Some(72_864.0 / 1_685_367.0));
        let near = |rate: Option<f64>, by_hand: f64| (rate.unwrap() - by_hand).abs() < 1e-12;
        assert!(near(reel.engagement_rate, 0.043_233_313_575_0)); // 72,864 / 1,685,367
        assert!(near(reel.like_rate, 0.042_583_010_110_0)); // 71,768 / 1,685,367
        assert!(near(reel.comment_rate, 0.000_650_303_465_1)); // 1,096 / 1,685,367
        assert!(near(reel.comments_per_like, 0.015_271_430_163_9)); // 1,096 / 71,768
        assert_eq!((reel.likes_hidden, reel.likes_suspect, reel.share_rate), (None, false, None));
        assert_eq!(reel.views_per_hour, Some(16_853.67));
    }

    #[test]
    fn wilson_bounds_by_hand() {
        // 10 of 100: centre (0.1 + 3.841459/200) / 1.03841459 = 0.114797, half 0.057572 (textbook: 0.0552 to 0.1744)
        let (low, high) = wilson(10, 100).unwrap();
        assert!((low - 0.0552288).abs() < 1e-6 && (high - 0.1743657).abs() < 1e-6, "{low} {high}");
        let (low, high) = wilson(0, 10).unwrap();
        assert!(low.abs() < 1e-15 && (high - 0.2775328).abs() < 1e-6, "{low} {high}");
        assert_eq!((wilson(11, 10), wilson(0, 0)), (None, None));
        // At all of them the upper bound is 1.
        assert!((wilson(10, 10).unwrap().1 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn views_are_instagrams_own() {
        assert_eq!(views(Some(120), Some(100), Some(20)), (Some(100), Some(ViewsSource::Ig)));
        assert_eq!(views(Some(120), None, Some(20)), (Some(100), Some(ViewsSource::PlayMinusFb)));
        assert_eq!(views(Some(120), None, None), (Some(120), Some(ViewsSource::Play)));
        assert_eq!(views(Some(10), None, Some(20)), (Some(10), Some(ViewsSource::Play)));
        assert_eq!(views(None, None, Some(20)), (None, None));
    }

    #[test]
    fn hidden_and_suspect_likes_leave_like_metrics_alone() {
        let flagged =
            counts(r#"{"ig_play_count":5000,"like_count":3,"comment_count":4,"like_and_view_counts_disabled":true}"#);
        assert_eq!((flagged.like_count, flagged.likes_hidden, flagged.likes_suspect), (None, Some(true), false));
        assert_eq!((flagged.engagement_count, flagged.like_rate), (None, None));
        assert_eq!(flagged.comment_rate, Some(0.0008));
        let negative = counts(r#"{"ig_play_count":5000,"like_count":-1,"comment_count":4}"#);
        assert_eq!((negative.like_count, negative.likes_hidden), (None, Some(true)));
        let suspect = counts(r#"{"ig_play_count":1000,"like_count":3,"comment_count":4}"#);
        assert_eq!((suspect.like_count, suspect.likes_hidden, suspect.likes_suspect), (Some(3), None, true));
        assert_eq!((suspect.engagement_rate, suspect.like_rate, suspect.comments_per_like), (None, None, None));
        let few = counts(r#"{"ig_play_count":999,"like_count":3,"comment_count":4}"#);
        assert_eq!((few.likes_suspect, few.engagement_count), (false, Some(7)));
        let shown =
            counts(r#"{"ig_play_count":5000,"like_count":3,"comment_count":4,"like_and_view_counts_disabled":0}"#);
        assert_eq!((shown.likes_hidden, shown.likes_suspect, shown.engagement_count), (Some(false), false, Some(7)));
    }

    #[test]
    fn impossible_counts_are_null_and_named() {
        let json = r#"{"ig_play_count":9223372036854775807,"like_count":1000000000001,"comment_count":1000000000000}"#;
        let mut reel = Reel::default();
        let unreadable = ["ig_play_count", "like_count"].map(|name| ("unreadable_value", name));
        assert_eq!(fill_counts(&mut reel, &parse_item(json).unwrap()), unreadable);
        assert_eq!((reel.views, reel.like_count, reel.comment_count), (None, None, Some(1_000_000_000_000)));
    }

    #[test]
    fn negative_counts_are_null_and_named_but_for_the_marker_of_hidden_likes() {
        let json = r#"{"play_count":-5,"ig_play_count":0,"like_count":-1,"comment_count":-1,"reshare_count":-9}"#;
        let mut reel = Reel::default();
        let negative = ["play_count", "comment_count", "reshare_count"].map(|name| ("negative_count", name));
        assert_eq!(fill_counts(&mut reel, &parse_item(json).unwrap()), negative);
        assert_eq!((reel.play_count, reel.views, reel.comment_count, reel.reshare_count), (None, Some(0), None, None));
        assert_eq!((reel.like_count, reel.likes_hidden), (None, Some(true)));
        let other = fill_counts(&mut reel, &parse_item(r#"{"like_count":-7,"comment_count":0}"#).unwrap());
        assert_eq!((other.as_slice(), reel.like_count), (&[("negative_count", "like_count")][..], None));
    }

    #[test]
    fn counts_above_the_views_have_no_rate() {
        let above = counts(r#"{"ig_play_count":100,"like_count":90,"comment_count":11,"reshare_count":101}"#);
        assert_eq!((above.engagement_count, above.engagement_rate, above.share_rate), (Some(101), None, None));
        assert_eq!((above.engagement_rate_low, above.engagement_rate_high), (None, None));
        assert_eq!((above.like_rate, above.comment_rate, is_above_views(&above)), (Some(0.9), Some(0.11), true));
        let all = counts(r#"{"ig_play_count":100,"like_count":90,"comment_count":10,"reshare_count":100}"#);
        assert_eq!((all.engagement_rate, all.share_rate, is_above_views(&all)), (Some(1.0), Some(1.0), false));
        // Each alone is enough, also with 0 views; unknown counts are not above them.
        assert!(is_above_views(&counts(r#"{"ig_play_count":9,"like_count":1,"reshare_count":10}"#)));
        assert!(is_above_views(&counts(r#"{"ig_play_count":9,"comment_count":10}"#)));
        assert!(is_above_views(&counts(r#"{"ig_play_count":0,"like_count":1}"#)));
        assert!(!is_above_views(&counts(r#"{"like_count":1,"comment_count":10}"#)));
    }

    #[test]
    fn absent_is_null_and_nothing_is_divided_by_zero() {
        let bare = counts(r#"{"code":"a"}"#);
        assert_eq!((bare.views, bare.like_count, bare.reshare_count, bare.engagement_rate), (None, None, None, None));
        let zero = counts(r#"{"ig_play_count":0,"like_count":0,"comment_count":0}"#);
        assert_eq!((zero.engagement_count, zero.engagement_rate, zero.comments_per_like), (Some(0), None, None));
    }
}
