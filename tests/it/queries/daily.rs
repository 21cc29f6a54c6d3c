//! What was posted and gained by day.

use reelframe::Scope;
use reelframe::internals::{AccountDay, Day};

use crate::queries::rows::{TestRows, account};
use crate::queries::whole_lines;

/// A day of an account. Only days with a gain can be whole.
fn day(account: &str, day: i32, posted: i32, gained: Option<i64>, is_whole: bool) -> AccountDay {
    AccountDay {
        account: account.into(),
        day: Day(day),
        reels_posted: posted,
        views_gained: gained,
        views_gained_n: i32::from(gained.is_some()),
        is_whole,
        ..AccountDay::default()
    }
}

/// The ten days up to 2025-04-19, which is day 20,197; charts begin twelve weeks before its end, on 2025-01-26.
fn rows() -> TestRows {
    let days = vec![
        day("ana", 20_113, 9, None, false),
        day("ana", 20_114, 2, None, false),
        day("ana", 20_196, 0, Some(60), true),
        day("ana", 20_197, 1, Some(65), true),
        day("ana", 20_198, 9, Some(900), true),
        day("bob", 20_194, 0, Some(0), true),
        day("bob", 20_195, 3, Some(5), false),
        day("bob", 20_196, 4, Some(7), false),
        day("bob", 20_197, 0, Some(6), true),
    ];
    TestRows {
        accounts: ["ana", "bob", "cid"].map(|name| account(name, "complete", 0)).into(),
        days,
        scope: Scope { from: Some(Day(20_188)), to: Some(Day(20_197)), ..Scope::default() },
        ..TestRows::default()
    }
}

#[test]
fn a_day_of_all_accounts_has_the_gains_of_those_whose_day_is_whole() {
    // Day, accounts, those with a whole day, reels posted, views gained. The days outside the charts are left out.
    let expected = [
        "2025-01-26 1 0 2 -",
        "2025-04-16 1 1 0 0",
        "2025-04-17 1 0 3 -", // known, and not of the whole day
        "2025-04-18 2 1 4 60",
        "2025-04-19 2 2 1 71",
    ];
    assert_eq!(whole_lines("006_daily", &rows()), expected);
    // Of more than 12 accounts as well.
    let mut many = rows();
    many.accounts.extend((0..10).map(|number| account(&format!("x{number}"), "complete", 0)));
    assert_eq!(whole_lines("006_daily", &many), expected);
}

#[test]
fn a_day_of_an_account_has_its_gains_where_some_are_known() {
    let mut rows = rows();
    rows.days[3].views_gained_n = 0;
    let expected = [
        "ana 2025-01-26 2 - false",
        "ana 2025-04-18 0 60 true",
        "ana 2025-04-19 1 - true", // in reality it has none; here it would show
        "bob 2025-04-16 0 0 true",
        "bob 2025-04-17 3 5 false",
        "bob 2025-04-18 4 7 false",
        "bob 2025-04-19 0 6 true",
    ];
    assert_eq!(whole_lines("007_daily_by_account", &rows), expected);
    // Of twelve accounts, and not of thirteen.
    rows.accounts.extend((0..9).map(|number| account(&format!("x{number}"), "complete", 0)));
    assert_eq!(whole_lines("007_daily_by_account", &rows).len(), 7);
    rows.accounts.push(account("y", "complete", 0));
    assert_eq!(whole_lines("007_daily_by_account", &rows), [""; 0]);
}

#[test]
fn days_begin_earlier_where_the_days_compared_do() {
    let mut rows = rows();
    // From 2025-01-29 on there are 81 days, and as many before them.
    rows.scope.from = Some(Day(20_117));
    assert_eq!(whole_lines("006_daily", &rows)[0], "2025-01-25 1 0 9 -");
    rows.scope.compares_nothing = true;
    assert_eq!(whole_lines("006_daily", &rows)[0], "2025-01-26 1 0 2 -");
}
