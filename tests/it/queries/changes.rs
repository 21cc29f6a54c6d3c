//! What is new in each account's latest crawl.

use reelframe::internals::{Account, Reel, UtcMicros};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines, whole_lines};

/// An hour of these tests: the crawl starts at hour 100, its page is of hour 101, the previous one of hour 50.
fn hour(hour: i64) -> UtcMicros {
    UtcMicros(1_740_000_000_000_000 + hour * 3_600_000_000)
}

/// An own reel first observed in this crawl.
fn first_seen(account: &str, id: &str, posted: i64) -> Reel {
    let mut reel = reel(account, id, "2025-02-19 21:00");
    reel.posted_at = hour(posted);
    (reel.first_observed_at, reel.observed_at, reel.last_listed_at) = (hour(101), hour(101), hour(101));
    reel.age_hours = Some((101 - posted) as f64);
    reel.is_listed = Some(true);
    reel
}

/// An own reel of ana, observed at hour 50 and again in this crawl, with a usual of 300 views.
fn read_again(id: &str, posted: i64, views: i64, gained: Option<i64>) -> Reel {
    let mut reel = first_seen("ana", id, posted);
    (reel.first_observed_at, reel.previous_observed_at) = (hour(0), Some(hour(50)));
    reel.previous_age_hours = Some((50 - posted) as f64);
    (reel.views, reel.views_gained) = (Some(views), gained);
    reel.views_per_hour_recent = gained.map(|gained| gained as f64 / 51.0);
    (reel.baseline_views, reel.outlier_multiple) = (Some(300.0), Some(views as f64 / 300.0));
    reel
}

fn breakout(is_new: impl Into<Option<bool>>, mut reel: Reel) -> Reel {
    (reel.performance, reel.is_new_breakout) = (Some("breakout".into()), is_new.into());
    reel
}

/// An account whose own reels were last observed at this hour before the crawl.
fn crawled(name: &str, status: &str, previous: Option<i64>) -> Account {
    Account { crawl_started_at: hour(100), previous_observed_at: previous.map(hour), ..account(name, status, 1) }
}

fn rows() -> TestRows {
    let mut new = first_seen("ana", "01", 60);
    (new.views, new.maturity) = (Some(500), Some("immature".into()));
    let mut older = breakout(true, first_seen("ana", "02", -500));
    (older.views, older.outlier_multiple) = (Some(1800), Some(6.0));
    let mut edited = read_again("07", -400, 995, Some(-5));
    edited.caption_changed_at = Some(hour(101));
    let mut gone = read_again("08", -400, 10, Some(1));
    (gone.observed_at, gone.last_listed_at, gone.previous_observed_at) = (hour(20), hour(20), Some(hour(10)));
    gone.is_listed = Some(false);
    let gone = breakout(true, gone);
    let mut gone_unread = gone.clone();
    (gone_unread.reel_key, gone_unread.reel_id, gone_unread.views) = ("ana:00".into(), "00".into(), None);
    let mut guest = breakout(true, first_seen("ana", "900", 60));
    guest.is_own = Some(false);
    let reels = vec![
        new,
        older,
        read_again("03", -400, 1000, Some(200)),
        // Over five times its usual since this gain.
        breakout(true, read_again("04", -300, 1600, Some(200))),
        // It was before, too; and the gain is under 1 %.
        breakout(false, read_again("05", -300, 3000, Some(20))),
        // 120 hours old at hour 50, and not rated then.
        breakout(true, read_again("06", -70, 2000, Some(51))),
        edited,
        gone,
        gone_unread,
        guest,
        // Counted differently than before: it has no gain, and whether it was a breakout is unknown.
        breakout(None, read_again("11", -300, 1600, None)),
        // 50 times its usual but not rated.
        read_again("12", -20, 15_000, Some(0)),
        first_seen("bob", "01", 60),
    ];
    let accounts =
        vec![crawled("ana", "complete", Some(50)), crawled("bob", "complete", None), crawled("cid", "not_found", None)];
    TestRows { reels, accounts, ..Default::default() }
}

#[test]
fn figures_since_the_last_run() {
    // Observed: all of ana's own but the two that are gone. Breakouts: 02, 04 and 06. Gained: 200 + 200 + 20 + 51 - 5 + 0.
    // bob was not observed before, and cid never.
    let times = |name: &str| format!("{name} 2025-02-24T01:20:00Z");
    assert_eq!(
        whole_lines("020_since_last_run", &rows()),
        [
            format!("{} 2025-02-21T23:20:00Z 9 1 1 3 1 466 6 2", times("ana complete")),
            format!("{} - 1 - - - - - 0 -", times("bob complete")),
            format!("{} - 0 - - - - - 0 -", times("cid not_found")),
        ]
    );
}

#[test]
fn a_crawl_without_pages_changes_nothing() {
    let mut rows = rows();
    rows.reels.retain(|reel| reel.reel_id == "00");
    rows.accounts[0] = crawled("ana", "failed", Some(20));
    assert_eq!(
        whole_lines("020_since_last_run", &rows)[0],
        "ana failed 2025-02-24T01:20:00Z 2025-02-20T17:20:00Z 0 0 0 0 0 - 0 1"
    );
}

#[test]
fn the_reels_behind_the_figures() {
    let answer = answer_of("030_changes", &rows());
    // Change, place, number of its kind, reel (by its link), views, gain.
    let found = lines(&answer, &["account", "change", "place", "in_all", "url", "views", "views_gained"]);
    let found: Vec<String> =
        found.iter().map(|line| line.replace("https://www.instagram.com/reel/code", "#")).collect();
    assert_eq!(
        found,
        [
            "ana new 1 1 #01/ 500 -",
            "ana first seen now 1 1 #02/ 1800 -",
            "ana breakout 1 3 #06/ 2000 51", // 6.67 times, 6 times, 5.33 times
            "ana breakout 2 3 #02/ 1800 -",
            "ana breakout 3 3 #04/ 1600 200",
            "ana gain 1 3 #03/ 1000 200", // tied: by the id
            "ana gain 2 3 #04/ 1600 200",
            "ana gain 3 3 #06/ 2000 51",
            "ana caption changed 1 1 #07/ 995 -5",
            "ana no longer listed 1 2 #08/ 10 1",
            "ana no longer listed 2 2 #08/ - 1", // a copy of the other but for its id and its unknown views
        ]
    );
    assert_eq!(
        whole_lines("030_changes", &rows())[5],
        "ana gain 1 3 1000 200 3.921569 3.333333 mature 2025-02-19 2025-02-24T02:20:00Z A caption \
         https://www.instagram.com/reel/code03/"
    );
}

#[test]
fn ten_of_a_kind_are_shown_and_all_are_counted() {
    let mut reels: Vec<Reel> = (0..12).map(|number| first_seen("ana", &format!("{number:02}"), 60 + number)).collect();
    reels.push(read_again("99", -400, 1000, Some(0)));
    let rows = TestRows { reels, accounts: vec![crawled("ana", "complete", Some(50))], ..Default::default() };
    let shown = lines(&answer_of("030_changes", &rows), &["place", "in_all", "url"]);
    assert_eq!(shown.len(), 10);
    assert_eq!(shown[0], "1 12 https://www.instagram.com/reel/code11/", "the newest first");
    assert_eq!(shown[9], "10 12 https://www.instagram.com/reel/code02/");
}
