//! Findings about the current reels, from successive updates and from one rebuild.

use super::*;
use crate::schema::values::AccountStatus;
use crate::transform::account::AccountBuilder;
use crate::transform::account::{checkpoint::AccountTables, crawl::CrawlStart};

/// 2026-11-01T00:00:00Z.
const NOVEMBER_S: i64 = 1_793_491_200;
const HOUR_S: i64 = 3600;

/// A crawl at that hour of November and its items.
type CrawlSpec = (i64, Vec<String>);

/// Reel number `number`, posted this many hours before November, with these fields.
fn posted(number: i64, hours_before: i64, fields: &str) -> String {
    let taken_at = NOVEMBER_S - hours_before * HOUR_S;
    let pk = ((taken_at * 1000 - 1_314_220_021_721) << 23) + number;
    format!(r#"{{"media":{{"pk":"{pk}","taken_at":{taken_at},"user":{{"pk":9,"username":"ana"}}{fields}}}}}"#)
}

fn counts(views: i64, likes: i64, comments: i64) -> String {
    format!(
        r#","ig_play_count":{views},"like_count":{likes},"comment_count":{comments},"like_and_view_counts_disabled":0"#
    )
}

/// Reel number `number` with everything, or without one count or fact.
fn reel(number: i64, views: i64, less: &str) -> String {
    let whole =
        posted(number, 100 + number, &(counts(views, 50, 5) + r#","caption":{"text":"a"},"video_duration":9.5"#));
    let without = whole.replace(&format!(r#""{less}""#), r#""taken_back""#);
    assert_eq!(without == whole, less.is_empty());
    without
}

fn builder(earlier: Option<AccountTables>) -> AccountBuilder {
    earlier.map_or_else(|| AccountBuilder::new("ana"), |tables| AccountBuilder::on("ana", tables))
}

fn feed(builder: &mut AccountBuilder, (hour, items): &CrawlSpec) {
    let started_at = UtcMicros((NOVEMBER_S + hour * HOUR_S) * 1_000_000);
    let start = CrawlStart { run_id: format_compact!("r{hour}"), started_at, ..CrawlStart::default() };
    builder.crawl(start, &format!(r#"{{"items":[{}]}}"#, items.join(",")), AccountStatus::Complete);
}

/// The tables after these crawls, one update each; a rebuild gives the same.
fn after(crawls: &[CrawlSpec]) -> AccountTables {
    let mut in_one_go = builder(None);
    crawls.iter().for_each(|crawl| feed(&mut in_one_go, crawl));
    let in_one_go = in_one_go.finish().unwrap();
    let one_by_one = crawls.iter().fold(None, |earlier, crawl| {
        let mut builder = builder(earlier);
        feed(&mut builder, crawl);
        assert!(builder.is_in_order());
        Some(builder.finish().unwrap())
    });
    let one_by_one = one_by_one.expect("a crawl");
    assert_eq!((&one_by_one.reels, &one_by_one.reel_states), (&in_one_go.reels, &in_one_go.reel_states));
    assert_eq!(one_by_one.findings, in_one_go.findings);
    one_by_one
}

/// Finding, detail and count of each, without unknown keys.
fn found(tables: &AccountTables) -> Vec<String> {
    let expected = tables.findings.iter().filter(|row| row.finding != "unknown_item_key");
    expected.map(|row| format!("{}: {} ({})", row.finding, row.detail, row.count)).collect()
}

/// Five reels, the first few of which lack something; their views change with the hour.
fn five(hour: i64, lacking: i64, less: &str) -> CrawlSpec {
    (hour, (0..5).map(|number| reel(number, 1000 + hour, if number < lacking { less } else { "" })).collect())
}

#[test]
fn a_metric_that_most_reels_lack_is_a_finding_and_a_warning() {
    for (less, metric) in [
        ("ig_play_count", "views"),
        ("like_count", "likes"),
        ("comment_count", "comments"),
        ("caption", "captions"),
        ("video_duration", "durations"),
    ] {
        let tables = after(&[five(0, 0, ""), five(30, 3, less)]);
        let detail = format!("{metric}: missing on 3 of 5 reels that had them on 2026-11-01");
        assert_eq!(found(&tables), [format!("metric_missing: {detail} (3)")]);
        assert_eq!(tables.warnings, [format!("{detail}: the API may have changed; figures rest on the others")]);
        assert!(tables.findings.iter().any(|row| row.example == tables.reels[2].url), "{less}");
        let all = after(&[five(0, 0, ""), five(30, 5, less)]);
        assert_eq!(
            all.warnings,
            [format!(
                "{metric}: missing on all 5 reels that had them on 2026-11-01: the API may have changed; there are no others"
            )]
        );
        // Two of five are under a half, and the first crawl has none before it.
        assert_eq!(found(&after(&[five(0, 0, ""), five(30, 2, less)])), [""; 0]);
        assert_eq!(found(&after(&[five(0, 5, less)])), [""; 0]);
    }
    let half = |hour: i64, less: &str| {
        (hour, (0..4).map(|number| reel(number, 1000 + hour, ["", less][number as usize % 2])).collect())
    };
    assert_eq!(found(&after(&[half(0, ""), half(30, "caption")])), [""; 0], "two of four are half");
}

#[test]
fn a_metric_is_missing_until_it_is_back() {
    let crawls = [five(0, 0, ""), five(30, 3, "ig_play_count"), five(60, 4, "ig_play_count"), five(90, 0, "")];
    let lost = after(&crawls[..3]);
    // Three had it last on the 1st, one on the 2nd.
    assert_eq!(found(&lost), ["metric_missing: views: missing on 4 of 5 reels that had them on 2026-11-02 (4)"]);
    let newest = &lost.reels[0];
    assert_eq!((newest.views, newest.engagement_rate, newest.last_known_views), (None, None, Some(1000)));
    // An update without a crawl keeps the finding and does not warn.
    let again = builder(Some(after(&crawls[..3]))).finish().unwrap();
    assert_eq!((found(&again), again.warnings), (found(&lost), Vec::new()));
    let back = after(&crawls);
    assert_eq!((found(&back).len(), back.warnings.len()), (0, 0));
    let gains: Vec<_> =
        back.reels.iter().map(|reel| (reel.views_gained.unwrap(), reel.views_gained_hours.unwrap())).collect();
    assert_eq!(gains, [(90, 90.0), (90, 90.0), (90, 90.0), (60, 60.0), (30, 30.0)]);
    assert_eq!(back.reels[0].views_per_hour_recent, Some(1.0));
    // A crawl without reels gives no finding.
    let nothing = after(&[crawls[..3].to_vec(), vec![(90, Vec::new())]].concat());
    assert_eq!(found(&nothing)[1..], found(&lost));
    assert!(found(&nothing)[0].starts_with("crawl_shrank: ") && !nothing.warnings.concat().contains("missing"));
}

#[test]
fn what_a_response_cannot_have_or_an_owner_hides_is_not_missing() {
    let hidden = |hour: i64, how: &str| -> CrawlSpec {
        let item = |number| reel(number, 1000 + hour, "").replace(r#""like_count":50,"#, how);
        (hour, (0..5).map(item).collect())
    };
    let flagged =
        hidden(30, "").1.iter().map(|item: &String| item.replace(r#"disabled":0"#, r#"disabled":1"#)).collect();
    for quiet in [hidden(30, r#""like_count":-1,"#), (30, flagged)] {
        assert_eq!(found(&after(&[five(0, 0, ""), quiet])), [""; 0]);
    }
    // The API shows 3 for hidden likes in some sessions.
    let suspect = hidden(30, r#""like_count":3,"#);
    let suspect =
        (30, suspect.1.iter().map(|item| item.replace(r#","like_and_view_counts_disabled":0"#, "")).collect());
    assert_eq!(found(&after(&[five(0, 0, ""), suspect])), [""; 0]);
    let trimmed = |number: i64| {
        let item = reel(number, 1030, "video_duration");
        item.replace(r#""taken_back":9.5"#, r#""display_uri":"c""#)[9..].strip_suffix('}').unwrap().to_owned()
    };
    let tables = after(&[five(0, 0, ""), (30, (0..5).map(trimmed).collect())]);
    assert!(tables.reels.iter().all(|reel| reel.source_shape == SourceShape::Flat && reel.duration_s == Some(9.5)));
    assert_eq!(found(&tables), [""; 0]);
    // Reels that never had a caption, and new ones, do not lack it.
    let (bare, new) = (five(0, 5, "caption"), (30, (0..9).map(|number| reel(number, 1030, "caption")).collect()));
    assert_eq!(found(&after(&[bare, new])), [""; 0]);
}

/// Reels with this many views, posted that many hours before November; a key differs from crawl to crawl.
fn quiet(hour: i64, reels: i64, views: i64, hours_before: i64) -> CrawlSpec {
    let item = |number| posted(number, hours_before, &format!(r#"{},"display_uri":"{hour}""#, counts(views, 50, 5)));
    (hour, (0..reels).map(item).collect())
}

#[test]
fn twenty_reels_without_a_change_for_a_day_are_stale() {
    let stale = after(&[quiet(0, 20, 1000, 100), quiet(12, 20, 1000, 100), quiet(24, 20, 1000, 100)]);
    let detail = "20 reels of the last 30 days with 1,000 views or more stand still since 2026-11-01";
    assert_eq!(found(&stale), [format!("stale: {detail} (20)")]);
    assert_eq!(stale.warnings, [format!("{detail}: the API may have answered from a cache")]);
    let moved = |by: (&str, &str)| {
        let mut then = quiet(24, 20, 1000, 100);
        then.1[7] = then.1[7].replace(by.0, by.1);
        assert_ne!(then, quiet(24, 20, 1000, 100));
        after(&[quiet(0, 20, 1000, 100), then])
    };
    // After less than a day; too few reels or views; reels that are too old; one that changed.
    for silent in [
        after(&[quiet(0, 20, 1000, 100), quiet(23, 20, 1000, 100)]),
        after(&[quiet(0, 19, 1000, 100), quiet(24, 19, 1000, 100)]),
        after(&[quiet(0, 20, 999, 100), quiet(24, 20, 999, 100)]),
        after(&[quiet(0, 20, 1000, 697), quiet(24, 20, 1000, 697)]),
        moved((r#""like_count":50"#, r#""like_count":51"#)),
        moved((r#""comment_count":5"#, r#""comment_count":6"#)),
        moved((r#""ig_play_count":1000"#, r#""ig_play_count":1001"#)),
        after(&[quiet(0, 20, 1000, 100)]),
    ] {
        assert_eq!((found(&silent), silent.warnings), (Vec::new(), Vec::new()));
    }
    // At 30 days to the hour they count; an additional new reel changes nothing.
    let mut then = quiet(24, 20, 1000, 696);
    then.1.push(reel(50, 7000, ""));
    assert_eq!(found(&after(&[quiet(0, 20, 1000, 696), then])).len(), 1);
}

#[test]
fn a_page_with_the_same_bytes_a_day_later_is_stale() {
    let same = |hour: i64| (hour, five(0, 0, "").1);
    let stale = after(&[same(0), same(24)]);
    let detail = "1 page is the same to the byte as on 2026-11-01";
    assert_eq!(found(&stale), [format!("stale: {detail} (1)")]);
    assert_eq!(stale.findings[0].example, "run r24, page 1");
    assert_eq!(stale.warnings, [format!("{detail}: the API may have answered from a cache")]);
    // Day by day in small steps; not within a day, nor where the bytes change.
    assert_eq!(found(&after(&[same(0), same(12), same(24)])).len(), 1);
    for fresh in [vec![same(0), same(23)], vec![same(0), five(24, 0, "")], vec![same(0), five(12, 0, ""), same(24)]] {
        assert_eq!(found(&after(&fresh)), [""; 0]);
    }
    // An account without reels always has the same empty page.
    assert_eq!(found(&after(&[(0, Vec::new()), (24, Vec::new())])), [""; 0]);
}

#[test]
fn impossible_values_are_counted_in_the_current_reels() {
    // Posted after its observation, over 30 days before its upload, and both again just below the limit.
    let early = |hours: i64| {
        let item = posted(7, 100, &counts(10, 1, 1));
        let taken_at = |hours: i64| format!(r#""taken_at":{}"#, NOVEMBER_S - hours * HOUR_S);
        item.replace(&taken_at(100), &taken_at(100 + hours))
    };
    let items = |hour: i64| {
        let mut items = vec![posted(1, -hour - 1, &counts(10, 1, 1)), early(30 * 24 + 1)];
        items.push(posted(2, 50, &counts(10, 9, 2)));
        items.push(posted(3, 50, &counts(10, 9, 1)));
        (hour, items)
    };
    let expected = [
        "engagement_above_views: more likes, comments or shares than views (1)",
        "impossible_time: posted after its own observation (1)",
        "impossible_time: posted over 30 days before its upload (1)",
    ];
    let tables = after(&[items(0)]);
    assert_eq!((found(&tables), tables.warnings), (expected.map(str::to_owned).to_vec(), Vec::new()));
    let possible: Vec<_> =
        tables.reels.iter().map(|reel| (reel.has_impossible_time, reel.age_hours.is_some())).collect();
    assert_eq!(possible, [(true, false), (false, true), (false, true), (true, false)]);
    assert_eq!(
        tables.account.last_posted_at, tables.account.first_posted_at,
        "of the two that have a time that can be"
    );
    // They are not added up over crawls, and go when the values are right again.
    let mut right = items(30);
    right.1[2] = posted(2, 50, &counts(12, 9, 2));
    right.1[0] = posted(1, -1, &counts(10, 1, 1));
    assert_eq!(found(&after(&[items(0), right])), [expected[2]]);
    assert_eq!(found(&after(&[(0, vec![early(30 * 24)])])), [""; 0]);
}

#[test]
fn negative_counts_are_reported_for_each_page() {
    let items = || vec![posted(1, 50, &counts(-5, -1, -2))];
    let tables = after(&[(0, items()), (1, items())]);
    assert_eq!(found(&tables), ["negative_count: comment_count (2)", "negative_count: ig_play_count (2)"]);
    assert_eq!((tables.reels[0].views, tables.reels[0].likes_hidden), (None, Some(true)));
}
