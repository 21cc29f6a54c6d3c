//! An API that loops: a crawl that would be billed forever stops, is `partial`, and keeps its pages.

use testkit::mock_api::{Account, At, Fault, MockApi, Script, cursor};
use testkit::pages::{Reel, reel, wrapped_page};

use super::{maple, pair, pk, pks, published, run, statuses};
use crate::harness::Output;

/// A page of reels by their numbers, with the cursor of the page `next`.
fn page(numbers: &[u64], next: Option<usize>) -> String {
    let reels: Vec<Reel> = numbers.iter().map(|number| reel(pk(*number))).collect();
    wrapped_page(&reels, next.map(|next| cursor("maple", next)).as_deref())
}

/// Crawls `maple` with these pages; returns what was published and the pages that were requested.
fn crawled(pages: impl IntoIterator<Item = String>, status: i32) -> (Output, Vec<usize>) {
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", pages)]));
    let output = run(&api, &["maple"]).status(status).run();
    let asked = api.request_log().pages_of("maple");
    (output, asked)
}

/// The crawl stopped at its last page: partial, with a reason that names the page.
#[track_caller]
fn assert_stopped_at(output: &Output, page: usize) {
    assert_eq!(statuses(output), [pair("maple", "partial")]);
    let reason = output.table("accounts")[0]["status_reason"].clone();
    let named = reason.as_str().is_some_and(|reason| reason.contains(&format!("page {page}")));
    assert!(named, "page {page} is not named in {reason}");
}

#[test]
fn a_cursor_that_leads_to_its_own_page_is_followed_once() {
    let pages = [page(&[0, 1], Some(2)), page(&[2, 3], Some(3)), page(&[4, 5], Some(3))];
    let (output, asked) = crawled(pages, 3);
    assert_eq!(asked, [1, 2, 3]);
    assert_stopped_at(&output, 3);
    assert_eq!(published(&output), pks(0..6));
}

#[test]
fn a_circle_of_two_cursors_is_seen() {
    // A, B, A, B: page 3 leads back to page 2.
    let pages = [page(&[0], Some(2)), page(&[1], Some(3)), page(&[2], Some(2))];
    let (output, asked) = crawled(pages, 3);
    assert_eq!(asked, [1, 2, 3]);
    assert_stopped_at(&output, 3);
    assert_eq!(published(&output), pks(0..3));
}

#[test]
fn page_one_again_under_a_new_cursor_is_seen() {
    let pages = [page(&[0, 1], Some(2)), page(&[2, 3], Some(3)), page(&[1, 0], Some(4)), page(&[4], None)];
    let (output, asked) = crawled(pages, 3);
    assert_eq!(asked, [1, 2, 3]);
    assert_stopped_at(&output, 3);
    assert_eq!(published(&output), pks(0..4));
}

#[test]
fn reels_that_come_again_among_new_ones_stop_nothing() {
    let pages = [page(&[9, 0, 1], Some(2)), page(&[9, 1, 2], Some(3)), page(&[9], None)];
    let (output, asked) = crawled(pages, 0);
    assert_eq!(asked, [1, 2, 3]);
    assert_eq!(statuses(&output), [pair("maple", "complete")]);
    assert_eq!(published(&output), pks([0, 1, 2, 9]));
}

#[test]
fn the_same_page_byte_for_byte_is_seen() {
    // Items that are no reels: nothing but the bytes tells that the page is an old one.
    let same = format!(r#"{{"items":[{{"media":{{}}}}],"paging_info":{{"max_id":"{}"}}}}"#, cursor("maple", 3));
    let (output, asked) = crawled([page(&[0], Some(2)), same.clone(), same, page(&[1], None)], 3);
    assert_eq!(asked, [1, 2, 3]);
    assert_stopped_at(&output, 3);
    assert_eq!(published(&output), pks(0..1));
}

#[test]
#[ignore = "slow"]
fn slow_up_to_three_empty_pages_in_a_row_are_skipped() {
    for empty in 0..=3 {
        let pages = (0..empty).map(|index| page(&[], Some(index + 3)));
        let pages = [page(&[0], Some(2))].into_iter().chain(pages).chain([page(&[1], None)]);
        let (output, asked) = crawled(pages, 0);
        assert_eq!(asked, (1..=empty + 2).collect::<Vec<_>>());
        assert_eq!(statuses(&output), [pair("maple", "complete")], "{empty} empty pages");
        assert_eq!(published(&output), pks(0..2));
    }
}

#[test]
fn a_fourth_empty_page_in_a_row_ends_the_crawl() {
    let pages = (0..5).map(|index| page(&[], Some(index + 3)));
    let (output, asked) = crawled([page(&[0], Some(2))].into_iter().chain(pages), 3);
    assert_eq!(asked, [1, 2, 3, 4, 5]);
    assert_stopped_at(&output, 5);
    assert_eq!(published(&output), pks(0..1));
}

#[test]
fn empty_pages_that_do_not_follow_each_other_are_not_counted_together() {
    let numbers = [&[0][..], &[], &[], &[1], &[], &[], &[2], &[], &[3]];
    let last = numbers.len();
    let pages =
        numbers.iter().enumerate().map(|(index, numbers)| page(numbers, Some(index + 2).filter(|n| *n <= last)));
    let (output, asked) = crawled(pages, 0);
    assert_eq!(asked.len(), last);
    assert_eq!(statuses(&output), [pair("maple", "complete")]);
    assert_eq!(published(&output), pks(0..4));
}

#[test]
fn an_account_that_goes_away_on_page_5_is_partial() {
    let pages = (1..=6).map(|number| page(&[number], Some(number as usize + 1).filter(|next| *next <= 6)));
    let script = Script::serving([Account::verbatim("maple", "5005", pages)]);
    let api = MockApi::start(script.always(At::Page("maple", 5), Fault::error(404, "not_found")));
    let output = run(&api, &["maple"]).status(3).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 4, 5]);
    assert_stopped_at(&output, 5);
    assert_eq!(published(&output), pks(1..5));
}

#[test]
fn an_empty_answer_without_a_cursor_is_the_end() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 3), Fault::EmptyItems));
    let output = run(&api, &["maple"]).run();
    assert_eq!(statuses(&output), [pair("maple", "complete")]);
    assert_eq!(published(&output), pks(0..4));
}
