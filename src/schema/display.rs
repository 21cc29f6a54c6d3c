//! How the values of a column are shown to people: in the report, on a terminal and in a workbook. The column's name
//! decides, so the SQL of queries needs no formatting.

/// What a column's name says of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// A ratio in per cent.
    Percent,
    /// How many times the usual: `2.4×`.
    Multiple,
    Seconds,
    /// Seconds from and to: `15-30`, `>180`.
    SecondsRange,
    /// 1 is Monday.
    Weekday,
    /// The address of a reel.
    Link,
    /// A text of several words, or the address of a reel.
    LinkOrText,
    /// A text of several words.
    LongText,
    Plain,
}

pub(crate) fn display(column: &str) -> Display {
    // `engagement_rate`, `engagement_rate_low`, but not the n that counts the values of a rate.
    let has = |word: &str| column.ends_with(word) || column.contains(&format!("{word}_"));
    match column {
        "weekday" | "posted_weekday" => Display::Weekday,
        "duration_bucket" => Display::SecondsRange,
        "url" => Display::Link,
        "example" => Display::LinkOrText,
        "hook" | "caption" | "question" | "what" => Display::LongText,
        "share" => Display::Percent,
        _ if counted_by(column).is_some() => Display::Plain,
        _ if has("_rate") || has("_share") || has("engagement_per_follower") => Display::Percent,
        _ if has("_multiple") => Display::Multiple,
        _ if column.ends_with("_s") => Display::Seconds,
        _ => Display::Plain,
    }
}

/// The column whose number of values the column of that name gives, if it gives one.
pub(crate) fn counted_by(column: &str) -> Option<&str> {
    column.strip_suffix("_n").filter(|counted| *counted != "baseline")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_its_values_are_shown() {
        for (column, expected) in [
            ("engagement_rate", Display::Percent),
            ("engagement_rate_low", Display::Percent),
            ("median_engagement_rate_n", Display::Plain),
            ("share", Display::Percent),
            ("top_share", Display::Percent),
            ("reshare_count", Display::Plain),
            ("outlier_multiple_7d", Display::Multiple),
            ("baseline_n", Display::Plain),
            ("duration_s", Display::Seconds),
            ("posted_weekday", Display::Weekday),
            ("views", Display::Plain),
        ] {
            assert_eq!(display(column), expected, "{column}");
        }
    }
}
