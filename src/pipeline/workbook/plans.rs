//! Which sheets the report of a workbook has: their queries, their columns and what they say of themselves.

use crate::query::file;

/// A sheet that is filled by a built-in query.
pub(crate) struct SheetPlan {
    /// On its tab. Excel takes no two names that differ only in case, and `hashtags` is a table.
    pub name: &'static str,
    /// Without its number.
    pub query: &'static str,
    pub span: Span,
    pub line: &'static str,
    pub no_data: &'static str,
    /// The columns of the answer that are shown, in this order, and columns that are made of several of them.
    pub columns: &'static [&'static str],
}

/// Which reels a sheet is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Period,
    NewestReels,
    AllHistory,
}

/// The text of a reel with its address.
pub(crate) const REEL: &str = "reel";
/// Whether a row differs from what it is compared with by more than chance: `above`, `below` or `within chance`.
pub(crate) const STANDS_OUT: &str = "stands_out";
pub(crate) const AGAINST_MONTH_BEFORE: &str = "against_month_before";

pub(crate) const LEAGUE: &str = "League";
pub(crate) const BEST_TIMES: &str = "Best times";
pub(crate) const TREND: &str = "Trend";

pub(crate) const PLANS: [SheetPlan; 6] = [
    SheetPlan {
        name: "Overview",
        query: file::OVERVIEW,
        span: Span::Period,
        line: "How each account did. Views gained are of all reels, whenever posted; medians are of the n reels posted in \
               the period that are at least 48 hours old.",
        no_data: "No data: no account is known.",
        columns: &[
            "account",
            "status",
            "followers",
            "followers_as_of",
            "followers_gained",
            "followers_gained_rate",
            "followers_since",
            "reels_posted",
            "reels_posted_before",
            "views_gained",
            "views_gained_change_rate",
            "total_views",
            "total_views_last_known",
            "median_views",
            "median_views_n",
            "median_views_last_known",
            "median_engagement_rate",
            "median_engagement_per_follower",
            "reels_per_week_4w",
            "last_post",
        ],
    },
    SheetPlan {
        name: "Top reels",
        query: "top_reels",
        span: Span::Period,
        line: "The ten most viewed reels of each account that were posted in the period. Older ones have had more time; \
               they are rated from 7 days of age on.",
        no_data: "No data: no reel with views was posted in the period.",
        columns: &[
            "account",
            "place",
            REEL,
            "views",
            "outlier_multiple",
            "engagement_rate",
            "posted_date",
            "maturity",
            "duration_s",
            "listing",
        ],
    },
    SheetPlan {
        name: LEAGUE,
        query: file::LEAGUE_TABLE,
        span: Span::NewestReels,
        line: "The newest 20 reels (n) of each account that are at least 7 days old. Above and below: the 95 % interval of \
               the account's median excludes that of its group.",
        no_data: "No data: no account is known.",
        columns: &[
            "account",
            "account_label",
            "median_views",
            "n",
            "group_median_views",
            "views_standing",
            "median_engagement_rate",
            "engagement_standing",
            "momentum_multiple",
            "momentum_standing",
            "above_share",
            "follower_band",
            "band_median_views",
            "median_views_per_follower",
            "median_engagement_per_follower",
        ],
    },
    SheetPlan {
        name: BEST_TIMES,
        query: "best_times",
        span: Span::AllHistory,
        line: "Views relative to the account's usual at equal age, by when n reels were posted; few reels are pulled \
               towards 1. Blue (above) and orange (below) stand out; the rest may be chance.",
        no_data: "No data: no reel can be compared with its account's usual yet.",
        columns: &[],
    },
    SheetPlan {
        name: "Top hashtags",
        query: "hashtags",
        span: Span::AllHistory,
        line: "The twenty most used hashtags of each account, on n reels, and how these do at equal age. An association: \
               only what stands out is more than chance.",
        no_data: "No data: no reel has a hashtag.",
        columns: &[
            "account",
            "hashtag",
            "n",
            "share",
            "median_multiple",
            "without_multiple",
            "lift_multiple",
            STANDS_OUT,
        ],
    },
    SheetPlan {
        name: TREND,
        query: "monthly_trend",
        span: Span::AllHistory,
        line: "Reels by the month they were posted in; medians are of the n reels at least 48 hours old. The latest months \
               have had less time to gain views.",
        no_data: "No data: no reel with a possible time of posting.",
        columns: &[
            "account",
            "posted_month",
            "reels",
            "immature_reels",
            "median_views",
            "n",
            "median_views_7d",
            "median_engagement_rate",
            AGAINST_MONTH_BEFORE,
        ],
    },
];
