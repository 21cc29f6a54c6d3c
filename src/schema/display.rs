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
    /// US dollars, of which a call costs about a cent: not rounded to cents.
    Dollars,
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
        // A z score compares rates and is none.
        _ if column.ends_with("_z") => Display::Plain,
        _ if counted_by(column).is_some() => Display::Plain,
        _ if has("_rate") || has("_share") || has("engagement_per_follower") => Display::Percent,
        _ if has("_multiple") => Display::Multiple,
        _ if column.ends_with("_s") => Display::Seconds,
        _ if column.ends_with("_usd") => Display::Dollars,
        _ => Display::Plain,
    }
}

/// Values based on fewer reels than this are not interpreted.
pub(crate) const FEW: i64 = 3;

/// The column whose number of values the column of that name gives, if it gives one.
pub(crate) fn counted_by(column: &str) -> Option<&str> {
    column.strip_suffix("_n").filter(|counted| *counted != "baseline")
}

/// Columns of tables that programs join, trace and rank by. A workbook hides them; nobody reads a reel by its key.
const TECHNICAL: [&str; 21] = [
    "reel_key",
    "reel_id",
    "media_id",
    "shortcode",
    "account_id",
    "owner_id",
    "user_id",
    "audio_id",
    "owner_account_type",
    "product_type",
    "media_type",
    "posted_at_source",
    "views_source",
    "equal_age_rank",
    "equal_age_n",
    "views_robust_z",
    "run_id",
    "page_blake3",
    "page_number",
    "page_position",
    "source_shape",
];

pub(crate) fn is_technical(column: &str) -> bool {
    TECHNICAL.contains(&column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::column::Table;

    #[test]
    fn technical_columns_are_columns() {
        let columns = || Table::ALL.into_iter().flat_map(Table::columns);
        for name in TECHNICAL {
            assert!(columns().any(|column| column.name == name), "{name}");
        }
        assert!(Table::ALL.into_iter().all(|table| table.columns().iter().any(|column| !is_technical(column.name))));
    }

    #[test]
    fn a_name_says_how_its_values_are_shown() {
        for (column, expected) in [
            ("engagement_rate", Display::Percent),
            ("engagement_rate_low", Display::Percent),
            ("median_engagement_rate_n", Display::Plain),
            ("engagement_rate_z", Display::Plain),
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
