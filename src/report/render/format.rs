//! How values and column names are written for people. The name of a column decides its format: see `schema::display`.

use chrono::DateTime;
use unicode_segmentation::UnicodeSegmentation;

use crate::schema::cell::{LocalMicros, UtcMicros};
use crate::schema::display::{Display, display};
use crate::schema::value::Value;

/// Shown for null.
pub(crate) const NOTHING: &str = "–";

/// How many letters of a text are shown.
pub(crate) const LETTERS: usize = 140;

/// How precisely large counts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 1,685,367
    Exact,
    /// 1.69 M
    Short,
    /// 1.7 M, 24 k: where space is short
    Tiny,
}

/// A value of the named column as text; text is cleaned but not cut.
pub(crate) fn format_value(column: &str, value: &Value, precision: Precision) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::Text(text) if display(column) == Display::SecondsRange => seconds(text),
        Value::Text(text) if precision != Precision::Exact => match code_words(column, text) {
            Some(words) => words.to_owned(),
            None => clean(text),
        },
        Value::Text(text) => clean(text),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Int(number) => match display(column) {
            Display::Percent | Display::Multiple => ratio(display(column), *number as f64, precision),
            Display::Weekday => weekday(*number).map_or_else(|| count(*number, precision), str::to_owned),
            _ => count(*number, precision),
        },
        Value::Float(number) if number.is_infinite() => if *number > 0.0 { "∞" } else { "-∞" }.to_owned(),
        Value::Float(number) if number.is_nan() => "not a number".to_owned(),
        Value::Float(number) => ratio(display(column), *number, precision),
        Value::Utc(UtcMicros(micros)) => clock(*micros).map_or(NOTHING.to_owned(), |text| text + " UTC"),
        Value::Local(LocalMicros(micros)) => clock(*micros).unwrap_or(NOTHING.to_owned()),
        Value::Day(day) => day.date().map_or(NOTHING.to_owned(), |date| date.to_string()),
    }
}

fn clock(micros: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(micros)?.format("%Y-%m-%d %H:%M").to_string())
}

/// Plain words for the codes of the tables.
fn code_words(column: &str, code: &str) -> Option<&'static str> {
    Some(match (column, code) {
        ("maturity", "immature") => "under 2 days",
        ("maturity", "settling") => "2–7 days",
        ("maturity", "settled") => "7–30 days",
        ("maturity", "mature") => "over 30 days",
        ("status", "incremental") => "recent reels only",
        ("status", "empty") => "no reels",
        ("status", "empty_or_private") => "empty or private",
        ("followers_source", "accounts_file") => "accounts file",
        ("status", "partial") => "incomplete",
        ("status", "not_found") => "not found",
        _ => return None,
    })
}

/// ≤15, 15–30, >180
fn seconds(bucket: &str) -> String {
    clean(bucket).replace("<=", "≤").replace('-', "–")
}

fn weekday(number: i64) -> Option<&'static str> {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    days.get(usize::try_from(number - 1).ok()?).copied()
}

fn ratio(display: Display, number: f64, precision: Precision) -> String {
    // Around 1, where it turns, the second decimal of a multiple is what tells slots apart.
    let is_near_one = (0.995..1.995).contains(&number);
    match display {
        Display::Percent => format!("{}\u{a0}%", two_figures(number * 100.0)),
        Display::Multiple if is_near_one => format!("{number:.2}×"),
        Display::Multiple => format!("{}×", two_figures(number)),
        Display::Seconds => format!("{}\u{a0}s", plain(number, precision)),
        Display::Dollars => dollars(number),
        _ => plain(number, precision),
    }
}

/// 3.60, 0.024
fn dollars(number: f64) -> String {
    let exact = format!("{number:.6}");
    let short = exact.trim_end_matches('0');
    let decimals = short.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    format!("{short}{}", "0".repeat(2_usize.saturating_sub(decimals)))
}

/// 120, 23.4, 4.3, 0.35, <0.01
fn two_figures(number: f64) -> String {
    let size = number.abs();
    match size {
        0.0 => "0".to_owned(),
        _ if size < 0.005 => if number < 0.0 { ">-0.01" } else { "<0.01" }.to_owned(),
        _ if size < 0.995 => format!("{number:.2}"),
        _ if size < 99.95 => format!("{number:.1}"),
        _ => grouped(number.round() as i64),
    }
}

/// A number without a unit in its column name: whole from 100 on, one decimal below.
fn plain(number: f64, precision: Precision) -> String {
    let size = number.abs();
    if size >= 1e15 {
        return format!("{number:e}");
    }
    match number.fract() == 0.0 || size >= 99.95 {
        true => count(number.round() as i64, precision),
        false if size < 0.995 => two_figures(number),
        false => format!("{number:.1}"),
    }
}

fn count(number: i64, precision: Precision) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let (smallest, decimals) = match precision {
        Precision::Exact => (f64::INFINITY, 0),
        Precision::Short => (1e6, 2),
        Precision::Tiny => (1e3, 1),
    };
    let size = number.unsigned_abs() as f64;
    // 999,500 and more would be rounded to 1,000 thousand.
    let step = STEPS.into_iter().find(|(step, _)| *step >= smallest && size >= step * 0.9995);
    let Some((step, letter)) = step else { return grouped(number) };
    let scaled = number as f64 / step;
    let decimals = match scaled.abs() {
        scaled if scaled < 9.995 => decimals,
        scaled if scaled < 99.95 => decimals - 1,
        _ => 0,
    };
    format!("{scaled:.decimals$}\u{a0}{letter}")
}

/// 1,685,367
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 1 reel, 1,234 reels
pub(crate) fn plural(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// ana, bob and 3 more
pub(crate) fn named(names: &[String], most: usize) -> String {
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Headings of columns whose name says it less well.
const HEADINGS: [(&str, &str); 88] = [
    ("url", "Link"),
    ("account_label", "Label"),
    ("posted_weekday", "Weekday"),
    ("posted_hour", "Hour"),
    ("posted_daypart", "Part of day"),
    ("posted_date", "Posted"),
    ("posted_month", "Month"),
    ("duration_s", "Duration"),
    ("duration_bucket", "Length in seconds"),
    ("maturity", "Age"),
    ("place", "#"),
    ("in_all", "of"),
    ("own_reels", "Own posts"),
    ("reels_posted_before", "Reels posted, period before"),
    ("views_gained_days", "Days with known gains"),
    ("views_gained_change_rate", "Change in views gained per day"),
    ("followers_as_of", "Followers counted on"),
    ("followers_source", "Followers by"),
    ("followers_since", "Followers compared with"),
    ("followers_gained_rate", "Change in followers"),
    ("followers_gained_days", "Days between"),
    ("followers_per_day", "Gained per day"),
    ("growth_rate", "Growth since the first count"),
    ("z", "z score"),
    ("z_needed", "z needed to stand out"),
    ("reels_per_week_4w", "Reels per week, last 4 weeks"),
    ("reels_per_week_12w", "Reels per week, last 12 weeks"),
    ("expected_views_7d", "Expected at 7 days"),
    ("expected_views_7d_low", "Expected at 7 days, low"),
    ("expected_views_7d_high", "Expected at 7 days, high"),
    ("expected_views_30d", "Expected at 30 days"),
    ("expected_views_30d_low", "Expected at 30 days, low"),
    ("expected_views_30d_high", "Expected at 30 days, high"),
    ("compared_views", "Views compared"),
    ("compared_at", "Compared at"),
    ("most_views_7d", "Most views at 7 days"),
    ("most_views_7d_before", "Most views at 7 days, before"),
    ("crawl_started_at", "Updated on"),
    ("previous_observation", "Previously updated on"),
    ("reels_read", "Reels updated"),
    ("found_reels", "First seen"),
    ("immature_reels", "Under 2 days old"),
    ("last_listed_at", "Last listed"),
    ("above_share", "Above 1.5×"),
    ("outlier_multiple", "vs usual"),
    ("rated_multiple", "vs usual"),
    ("median_multiple", "Median vs usual"),
    ("mean_multiple", "Mean vs usual"),
    ("cautious_multiple", "Adjusted vs usual"),
    ("momentum_multiple", "Momentum"),
    ("without_multiple", "Other reels"),
    ("others_multiple", "Other reels"),
    ("lift_multiple", "With vs without"),
    ("mean_to_median_multiple", "Mean ÷ median"),
    ("compared", "Compared at"),
    ("baseline_views", "Usual views"),
    ("baseline_n", "Reels behind usual"),
    ("day_share", "Growth a day"),
    ("same_day_share", "Same-day posts"),
    ("top_reel_share", "Top reel's share"),
    ("first_day_share", "First day's share"),
    ("first_week_share", "First week's share"),
    ("views_per_hour_recent", "Views/hour now"),
    ("median_views_per_hour", "Median views/hour"),
    ("median_views_24h", "Median views at 24 hours"),
    ("median_views_7d", "Median views at 7 days"),
    ("median_views_last_known", "Median views, last known"),
    ("total_views_last_known", "Total views, last known"),
    ("median_age_days", "Median age, days"),
    ("median_gap_hours", "Median gap, hours"),
    ("longest_gap_days", "Longest gap, days"),
    ("times", "Count"),
    ("choice", "Group"),
    ("what", "Issue"),
    ("accounts_whole", "Accounts with a whole day"),
    ("is_whole", "Whole day"),
    ("median_views_7d_low", "Median views at 7 days, low"),
    ("median_views_7d_high", "Median views at 7 days, high"),
    ("median_views_7d_before", "Median views at 7 days, period before"),
    ("views_7d_z", "z score of views at 7 days"),
    ("median_engagement_rate_before", "Median engagement rate, period before"),
    ("engagement_rate_z", "z score of engagement rate"),
    ("median_multiple_low", "Median vs usual, low"),
    ("median_multiple_high", "Median vs usual, high"),
    ("is_paid_partnership", "Paid partnership"),
    ("coauthor_count", "Coauthors"),
    ("age_days", "Age in days"),
    ("n", "n"),
];

/// The heading of a column. The `n` of a median is next to it and just called n. (The column names of a user's own SQL
/// are untrusted text.)
pub(crate) fn heading(column: &str) -> String {
    let known = HEADINGS.iter().find(|(name, _)| *name == column);
    let words = match known {
        Some((_, words)) => *words,
        None if column.ends_with("_n") && column != "baseline_n" => "n",
        None => column,
    };
    let words = cut(&clean(&words.replace('_', " ")), 60);
    match words.chars().next() {
        Some(first) if !matches!(words.as_str(), "n" | "of" | "vs usual") => {
            first.to_uppercase().chain(words.chars().skip(1)).collect()
        }
        _ => words,
    }
}

/// The text on one line, without control characters or changes of writing direction.
pub(crate) fn clean(text: &str) -> String {
    let kept = text.chars().filter_map(|letter| match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        letter if letter.is_control() => None,
        // Marks, embeddings, overrides and isolates of direction; interlinear marks; the byte order mark.
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        '\u{fff9}'..='\u{fffb}' | '\u{feff}' => None,
        letter => Some(letter),
    });
    kept.collect::<String>().trim().to_owned()
}

/// At most this many letters (graphemes); a cut is marked by an ellipsis.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    // A letter may carry thousands of combining marks: text is cut before such a one.
    let fit = |text: &str, letters: usize| -> String {
        text.graphemes(true).take(letters).take_while(|letter| letter.len() <= 64).collect()
    };
    let head = fit(text, letters);
    if head.len() == text.len() { head } else { fit(&head, letters - 1) + "…" }
}

/// A text for display: cleaned and cut.
pub(crate) fn display_text(text: &str) -> String {
    cut(&clean(text), LETTERS)
}

/// The text if it is the address of a reel: no other text of the data becomes a link.
pub(crate) fn reel_url(text: &str) -> Option<&str> {
    let code = text.strip_prefix("https://www.instagram.com/reel/")?;
    let code = code.strip_suffix('/').unwrap_or(code);
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_code.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::cell::Day;

    fn short(column: &str, value: Value) -> String {
        format_value(column, &value, Precision::Short).replace('\u{a0}', " ")
    }

    #[test]
    fn a_column_name_implies_the_format() {
        assert_eq!(short("engagement_rate", Value::Float(0.043_233)), "4.3 %");
        assert_eq!(short("comment_rate", Value::Float(0.000_650)), "0.07 %");
        assert_eq!(short("share", Value::Float(1.0)), "100 %");
        assert_eq!(short("share", Value::Int(1)), "100 %");
        assert_eq!(short("outlier_multiple", Value::Float(2.44)), "2.4×");
        assert_eq!(short("outlier_multiple", Value::Float(1.137)), "1.14×");
        assert_eq!(short("outlier_multiple", Value::Float(0.351)), "0.35×");
        assert_eq!(short("outlier_multiple", Value::Float(0.0001)), "<0.01×");
        assert_eq!(short("outlier_multiple", Value::Float(1234.4)), "1,234×");
        assert_eq!(short("views", Value::Int(1_685_367)), "1.69 M");
        assert_eq!(short("views", Value::Int(999_499)), "999,499");
        assert_eq!(short("views", Value::Int(999_500)), "1.00 M");
        assert_eq!(short("views", Value::Int(-16_853_670)), "-16.9 M");
        assert_eq!(format_value("views", &Value::Int(1_685_367), Precision::Exact), "1,685,367");
        let dollars =
            [3.6, 0.024, 12.0, 0.00376].map(|usd| format_value("cost_usd", &Value::Float(usd), Precision::Exact));
        assert_eq!(dollars, ["3.60", "0.024", "12.00", "0.00376"]);
        let tiny = |number| format_value("views", &Value::Int(number), Precision::Tiny).replace('\u{a0}', " ");
        assert_eq!([942, 9_515, 23_600, 109_624, 1_685_367].map(tiny), ["942", "9.5 k", "24 k", "110 k", "1.7 M"]);
        assert_eq!(short("median_views", Value::Float(1234.5)), "1,235");
        assert_eq!(short("reels_per_week", Value::Float(3.04)), "3.0");
        assert_eq!(short("duration_s", Value::Float(91.383)), "91.4 s");
        assert_eq!(short("posted_weekday", Value::Int(7)), "Sun");
        assert_eq!(short("posted_weekday", Value::Int(8)), "8");
        assert_eq!(short("last_post", Value::Day(Day(20235))), "2025-05-27");
        assert_eq!(short("x", Value::Utc(UtcMicros(1_748_371_310_000_000))), "2025-05-27 18:41 UTC");
        assert_eq!(short("x", Value::Float(1.0 / 0.0)), "∞");
        assert_eq!(short("x", Value::Null), "–");
    }

    #[test]
    fn headings_are_words() {
        assert_eq!(heading("median_engagement_rate"), "Median engagement rate");
        assert_eq!(heading("median_engagement_rate_n"), "n");
        assert_eq!(heading("baseline_n"), "Reels behind usual");
        assert_eq!(["place", "in_all", "outlier_multiple"].map(heading), ["#", "of", "vs usual"]);
        assert_eq!(heading("url"), "Link");
    }

    #[test]
    fn text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\r\nd\u{7}"), "a[31mbc  d");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }

    #[test]
    fn only_reels_become_links() {
        assert!(reel_url("https://www.instagram.com/reel/DKKtpqaxg0C/").is_some());
        for other in [
            "javascript:alert(1)",
            "https://www.instagram.com/reel/",
            "https://www.instagram.com/reel/a/../../x",
            "https://www.instagram.com/reel/a\"onclick",
            "https://www.instagram.com.evil.example/reel/abc/",
            "http://www.instagram.com/reel/abc/",
        ] {
            assert!(reel_url(other).is_none(), "{other}");
        }
    }
}
