//! The weeks of the tiles, and what is drawn of days that are not known.

use super::*;

fn days(known: &[(i32, i64, Option<f64>)]) -> Days {
    let period = Period {
        first: Some(Day(1_000)),
        last: Some(Day(1_027)),
        before_first: Some(Day(972)),
        before_last: Some(Day(999)),
        days: Some(28),
        newest: Some(Day(1_027)),
    };
    Days { period, by_day: known.iter().map(|&(day, reels, views)| (day, DayOf { reels, views })).collect() }
}

#[test]
fn weeks_end_with_the_period_and_need_six_known_days() {
    let all: Vec<_> = (944..=1_027).map(|day| (day, 1, Some(10.0))).collect();
    let whole = days(&all);
    assert_eq!(whole.weeks(), vec![(Some(7), Some(70.0)); 12]);
    assert_eq!(whole.weeks_of_period(), 4);
    // Six known days of seven count as a week of their mean; five do not.
    let mut six = all.clone();
    six[83].2 = None;
    assert_eq!(days(&six).weeks()[11], (Some(7), Some(70.0)));
    six[82].2 = None;
    assert_eq!(days(&six).weeks()[11], (Some(7), None));
    // Days without a row are not days without reels.
    let late = days(&all[70..]);
    assert_eq!(late.weeks()[..10], [(None, None); 10]);
    assert_eq!(late.weeks()[10..], [(Some(7), Some(70.0)); 2]);
}

#[test]
fn a_chart_needs_four_known_days_and_begins_at_the_first() {
    let known: Vec<_> = (1_020..=1_027).map(|day| (day, 0, Some(f64::from(day)))).collect();
    let svg = days(&known).chart().unwrap().svg;
    assert!(!svg.contains("period before") && svg.contains(">this period<"), "{svg}");
    assert!(days(&known[..3]).chart().is_none());
    assert!(days(&[]).chart().is_none());
}

#[test]
fn a_small_line_needs_three_values_that_are_not_all_0() {
    assert!(spark(&[Some(0.0); 12], 4, "").is_none());
    assert!(spark(&[None, Some(1.0), Some(2.0)], 1, "").is_none());
    let line = spark(&[None, Some(1.0), None, Some(2.0), Some(4.0)], 1, "Weeks").unwrap().svg;
    // Of four values from the first known one on: the last in the colour of the period.
    assert!(line.contains(r#"class="line-now" d="M98 3L98.3 3""#), "{line}");
    assert!(line.contains(r#"aria-label="Weeks""#));
}
