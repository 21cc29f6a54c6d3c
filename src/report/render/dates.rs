//! Days and months in words.

use chrono::{Datelike, NaiveDate};

/// 22 September to 19 October 2026; 1 to 28 May 2026; 20 December 2025 to 16 January 2026; 19 October 2026
pub(crate) fn span(first: NaiveDate, last: NaiveDate) -> String {
    let whole = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    let start = match (first == last, first.year() == last.year(), first.month() == last.month()) {
        (true, ..) => return whole(last),
        (_, true, true) => first.format("%-d").to_string(),
        (_, true, false) => first.format("%-d %B").to_string(),
        _ => whole(first),
    };
    format!("{start} to {}", whole(last))
}

/// 10 Oct, or 10 Oct 2025 in a report of another year.
pub(crate) fn short(day: NaiveDate, this_year: i32) -> String {
    day.format(if day.year() == this_year { "%-d %b" } else { "%-d %b %Y" }).to_string()
}

/// The first day of a month such as 2026-10.
pub(crate) fn month(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()
}

/// The parts of the day, and their hours.
pub(crate) const DAYPARTS: [(&str, &str); 4] = [
    ("night", "0\u{a0}to\u{a0}6\u{a0}h"),
    ("morning", "6\u{a0}to\u{a0}12\u{a0}h"),
    ("afternoon", "12\u{a0}to\u{a0}18\u{a0}h"),
    ("evening", "18\u{a0}to\u{a0}24\u{a0}h"),
];

/// Saturday mornings; Saturdays between midnight and 6 a.m. ("Saturday nights" would be taken for the evening.)
pub(crate) fn slot(weekday: &str, daypart: &str) -> String {
    match daypart {
        "night" => format!("{weekday}s between midnight and 6\u{a0}a.m."),
        part => format!("{weekday} {part}s"),
    }
}

/// Monday for 1.
pub(crate) fn weekday(number: Option<i64>) -> Option<&'static str> {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    days.get(usize::try_from(number? - 1).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_span_names_what_its_days_share_once() {
        assert_eq!(span(day(2026, 9, 22), day(2026, 10, 19)), "22 September to 19 October 2026");
        assert_eq!(span(day(2026, 5, 1), day(2026, 5, 28)), "1 to 28 May 2026");
        assert_eq!(span(day(2025, 12, 20), day(2026, 1, 16)), "20 December 2025 to 16 January 2026");
        assert_eq!(span(day(2025, 5, 20), day(2026, 5, 16)), "20 May 2025 to 16 May 2026");
        assert_eq!(span(day(2026, 10, 19), day(2026, 10, 19)), "19 October 2026");
    }

    #[test]
    fn a_day_of_another_year_says_so() {
        assert_eq!(short(day(2026, 10, 1), 2026), "1 Oct");
        assert_eq!(short(day(2025, 10, 1), 2026), "1 Oct 2025");
        assert_eq!(month("2026-10"), Some(day(2026, 10, 1)));
        assert_eq!(month("soon"), None);
    }
}
