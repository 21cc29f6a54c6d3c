//! THE TABLE: every output column once, with its type, unit, null rule, source and meaning.
//!
//! From the lines below come the row structs that `transform` fills, the Arrow schemas, the CSV headers, the Parquet
//! field metadata, the data dictionary and `reelframe schema`. A new column is one line here and the code that works
//! it out. A type in `Option` is a column that may be null; `kept` marks a fact that an answer with `trim=true` cannot
//! carry: it keeps its last known value.

use arrow_array::{ArrayRef, RecordBatch};
use compact_str::CompactString;

use crate::schema::cell::{Cell, Day, LocalMicros, UtcMicros};
use crate::schema::column::{Column, Row, Table};

/// Whether a column line says `kept`.
macro_rules! is_kept {
    () => {
        false
    };
    (kept) => {
        true
    };
}

macro_rules! tables {
    ($($row:ident = $table:ident {
        $($name:ident $($kept:ident)? : $type:ty, $unit:literal, $source:literal, $meaning:literal;)*
    })*) => {$(
        #[doc = concat!("One row of the ", stringify!($table), " table; each field is documented in its column line.")]
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $row { $(#[doc = $meaning] pub $name: $type,)* }

        impl Row for $row {
            const TABLE: Table = Table::$table;
            const COLUMNS: &'static [Column] = &[$(Column {
                name: stringify!($name),
                column_type: <$type as Cell>::TYPE,
                unit: $unit,
                nullable: <$type as Cell>::NULLABLE,
                source: $source,
                meaning: $meaning,
                kept_when_trimmed: is_kept!($($kept)?),
            },)*];

            fn arrays(rows: &[&Self]) -> Vec<ArrayRef> {
                vec![$(<$type as Cell>::array(rows.iter().map(|row| &row.$name)),)*]
            }

            fn read(batch: &RecordBatch, index: usize) -> Self {
                let mut columns = batch.columns().iter();
                Self { $($name: <$type as Cell>::read(columns.next().expect("a column each"), index),)* }
            }

            fn keep_facts(&mut self, earlier: &Self) {
                $(if is_kept!($($kept)?) && <$type as Cell>::is_missing(&self.$name) {
                    self.$name.clone_from(&earlier.$name);
                })*
            }

            fn clear_facts(&mut self) {
                $(if is_kept!($($kept)?) { self.$name = Default::default(); })*
            }

            fn texts(&mut self, mut each: impl FnMut(&'static str, &mut CompactString)) {
                $(if let Some(text) = <$type as Cell>::text(&mut self.$name) { each(stringify!($name), text); })*
            }
        }
    )*};
}

tables! {
    Reel = Reels {
        reel_key: CompactString, "", "account + \":\" + reel_id", "One column to relate tables on; a collab reel stands once under each of its accounts";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk as text (19 digits do not fit a double)";
        media_id: Option<CompactString>, "", "id | reel_id + \"_\" + owner_id", "Full media id, pk_owner; null when the owner is unknown";
        shortcode: CompactString, "", "code | encoded reel_id", "The code in the reel's web address";
        url: CompactString, "", "built from shortcode", "https://www.instagram.com/reel/<shortcode>/";
        account: CompactString, "", "request", "The account this reel was fetched for (handle as configured or user id)";
        account_id: Option<CompactString>, "", "request | owner_id of reels whose owner_username is the account", "User id of that account";
        account_label: Option<CompactString>, "", "accounts file", "The user's own group or client name";
        owner_id: Option<CompactString>, "", "user.pk | owner.pk | tail of id", "Who owns the reel (differs from account on collab reels)";
        owner_username: Option<CompactString>, "", "user.username | owner.username", "Handle of the owner at the reading";
        owner_full_name: Option<CompactString>, "", "user.full_name | owner.full_name", "Display name of the owner at the reading";
        owner_is_verified: Option<bool>, "", "user.is_verified | owner.is_verified", "Whether the owner has a verified badge";
        owner_is_private: Option<bool>, "", "user.is_private | owner.is_private", "Whether the owner is a private account";
        owner_account_type: Option<i32>, "", "user.account_type | owner.account_type", "1 personal, 2 business, 3 creator";
        is_own: Option<bool>, "", "owner_username = account, or owner_id = account_id", "False on a reel that another account owns and this one co-authored";
        coauthor_count kept: Option<i32>, "count", "len coauthor_producers", "Null when the response does not carry the field (trimmed)";
        is_pinned: Option<bool>, "", "clips_tab_pinned_user_ids | timeline_pinned_user_ids not empty", "Null when absent (trimmed)";
        is_paid_partnership kept: Option<bool>, "", "is_paid_partnership", "The platform's own paid-partnership flag; null when absent (trimmed)";
        product_type kept: Option<CompactString>, "", "product_type", "clips for a reel; null when absent (trimmed)";
        media_type kept: Option<i32>, "", "media_type", "1 image, 2 video, 8 carousel";
        posted_at: UtcMicros, "UTC", "taken_at (s) | created_at (ISO) | id clock", "When the reel was published";
        posted_at_source: CompactString, "", "which of the three above", "taken_at | created_at | media_id";
        upload_lead_s: Option<f64>, "s", "posted_at - ((reel_id >> 23) + 1314220021721 ms)", "Seconds between upload start and publishing; large values hint at drafts or scheduling";
        has_impossible_time: bool, "", "posted_at, observed_at, upload_lead_s", "True where the reel would be posted after its own observation, or over 30 days before its upload: its age is null, and it is in no figure about time";
        timezone: CompactString, "", "account's zone | --timezone | UTC", "IANA zone of the posted_* columns below";
        posted_local: LocalMicros, "local", "posted_at in timezone", "Wall-clock time of publishing (no zone attached)";
        posted_date: Day, "local", "posted_local", "Calendar day of publishing";
        posted_month: CompactString, "local", "posted_local", "YYYY-MM";
        posted_week: CompactString, "local", "posted_local", "ISO week YYYY-Www";
        posted_weekday: i32, "local", "posted_local", "ISO: 1 Monday to 7 Sunday";
        posted_hour: i32, "local", "posted_local", "0 to 23";
        posted_daypart: CompactString, "local", "posted_hour", "night 0-5, morning 6-11, afternoon 12-17, evening 18-23";
        is_weekend: bool, "", "posted_weekday", "Saturday or Sunday";
        hours_since_previous: Option<f64>, "h", "previous own reel of the account", "Null for the first one and where has_impossible_time; reels with an impossible time are passed over";
        reels_same_day: i32, "count", "own reels of the account on posted_date", "Includes this one; 0 where has_impossible_time, and such reels are not counted";
        observed_at: UtcMicros, "UTC", "the page's fetched_at", "When these numbers were read";
        age_hours: Option<f64>, "h", "observed_at - posted_at", "Age of the reel at its observation; null where has_impossible_time";
        maturity: Option<CompactString>, "", "age_hours", "immature <48 h, settling <7 d, settled <30 d, mature; null where has_impossible_time";
        play_count: Option<i64>, "count", "play_count", "What the app shows: Instagram plus cross-posted Facebook where the API adds it";
        ig_play_count: Option<i64>, "count", "ig_play_count", "Instagram plays as the API gives them";
        fb_play_count: Option<i64>, "count", "fb_play_count", "Cross-posted Facebook plays as the API gives them";
        views: Option<i64>, "count", "ig_play_count | play_count - fb_play_count | play_count", "Instagram-only plays: the denominator of every rate here";
        views_source: Option<CompactString>, "", "which of the three above", "ig | play_minus_fb | play";
        like_count: Option<i64>, "count", "like_count", "Null when the owner hides it (flag set, or negative)";
        likes_hidden: Option<bool>, "", "like_and_view_counts_disabled or like_count < 0", "Null when unknown (flag absent and count not negative)";
        likes_suspect: bool, "", "flag absent and like_count = 3 and views >= 1000", "The API shows 3 for hidden likes in some sessions";
        comment_count: Option<i64>, "count", "comment_count", "Comments as the API gives them";
        reshare_count: Option<i64>, "count", "reshare_count", "Absent is null and never 0";
        repost_count: Option<i64>, "count", "media_repost_count", "Reposts as the API gives them; absent is null and never 0";
        engagement_count: Option<i64>, "count", "like_count + comment_count", "Null when either is null or likes_suspect";
        engagement_rate: Option<f64>, "ratio", "engagement_count / views", "Engagement per view; null when views is null or 0, or engagement_count > views";
        engagement_rate_low: Option<f64>, "ratio", "95 % Wilson score interval of engagement_rate", "z = 1.959964; counting noise of this one reel, no test between reels; null when engagement_count > views";
        engagement_rate_high: Option<f64>, "ratio", "95 % Wilson score interval of engagement_rate", "Likewise";
        like_rate: Option<f64>, "ratio", "like_count / views", "Likes per view; null when likes_suspect, views is null or 0, or like_count > views";
        comment_rate: Option<f64>, "ratio", "comment_count / views", "Comments per view; null when views is null or 0, or comment_count > views";
        share_rate: Option<f64>, "ratio", "reshare_count / views", "Shares per view; null when views is null or 0, or reshare_count > views";
        comments_per_like: Option<f64>, "ratio", "comment_count / like_count", "Discussion signal; null when like_count is 0 or likes_suspect";
        followers: Option<i64>, "count", "start line of the reading's walk", "Followers of the account as the user gave them";
        followers_as_of: Option<Day>, "", "start line of the reading's walk", "The day on which the follower count was taken";
        engagement_per_follower: Option<f64>, "ratio", "engagement_count / followers", "Null when followers is null or 0";
        views_per_follower: Option<f64>, "ratio", "views / followers", "Null when followers is null or 0";
        views_per_hour: Option<f64>, "views/h", "views / age_hours", "Lifetime mean; null where has_impossible_time";
        first_observed_at: UtcMicros, "UTC", "readings", "First time this reel was seen for this account";
        previous_observed_at: Option<UtcMicros>, "UTC", "readings", "The reading before this one (a reading is one reel in one walk)";
        previous_age_hours: Option<f64>, "h", "observations", "Age of the reel at previous_observed_at";
        views_gained: Option<i64>, "count", "views - views of the last observation before that had views", "Views since then; may be negative: the platform corrects counts; null when exactly one of the two has views_source play";
        views_gained_hours: Option<f64>, "h", "observations", "Over how many hours views_gained was gained; more than since previous_observed_at where views were missing in between";
        likes_gained: Option<i64>, "count", "like_count - like_count of the last observation before that had likes", "Likes since then; observations with hidden or suspect likes have none";
        likes_gained_hours: Option<f64>, "h", "observations", "Over how many hours likes_gained was gained";
        comments_gained: Option<i64>, "count", "comment_count - comment_count of the last observation before that had comments", "Comments since then";
        comments_gained_hours: Option<f64>, "h", "observations", "Over how many hours comments_gained was gained";
        views_per_hour_recent: Option<f64>, "views/h", "views_gained / views_gained_hours", "Null when the two observations are less than 1 h apart";
        last_known_views: Option<i64>, "count", "observations", "Views of the newest observation that had views: the same as views unless these are missing now";
        last_known_views_at: Option<UtcMicros>, "UTC", "observations", "The observation of last_known_views";
        views_24h: Option<i64>, "count", "observations", "Linear interpolation between the two observations that bracket that age, at most 36 h apart, rounded half up; else null; same views_source rule as views_gained";
        views_7d: Option<i64>, "count", "observations", "Views at 7 days: as views_24h, between two observations at most 4 days apart";
        last_listed_at: UtcMicros, "UTC", "readings", "The newest walk that showed this reel";
        is_listed: Option<bool>, "", "full crawls", "False after two full crawls without it, each of which showed at least 80 % of the reels listed before it; stays false until the reel is seen again; one crawl without it changes nothing; null after two of which not both showed so many; says nothing of why";
        caption_changed_at: Option<UtcMicros>, "UTC", "readings", "The reading at which the caption was last seen changed";
        baseline_views: Option<f64>, "count", "median views of up to 20 earlier own reels at least 48 h old at their reading", "The usual lifetime views of the account before this reel (not age-matched); null with fewer than 3, where has_impossible_time, and on reels that are not own";
        baseline_n: i32, "count", "reels behind baseline_views", "How many earlier own reels qualify for the baseline; it needs 3";
        outlier_multiple: Option<f64>, "ratio", "views / baseline_views", "How far above or below the account's usual";
        baseline_views_7d: Option<f64>, "count", "median views_7d of up to 20 earlier own reels", "Null with fewer than 5";
        outlier_multiple_7d: Option<f64>, "ratio", "views_7d / baseline_views_7d", "Compared at equal age";
        views_robust_z: Option<f64>, "", "0.6745 (x - median) / MAD over log10(views + 1) of the same reels", "Null when MAD is 0 or baseline_views is null";
        views_percentile: Option<f64>, "ratio", "(own reels with fewer views + half the ties) / (n - 1), among own reels at least 48 h old", "0 to 1; null under n = 5, on immature reels, where has_impossible_time, and on reels that are not own";
        performance: Option<CompactString>, "", "outlier_multiple", "breakout >= 5, above >= 1.5, typical, below < 0.5; null under 7 days of age, with baseline_n < 5, where has_impossible_time, and on reels that are not own";
        caption: Option<CompactString>, "", "caption.text | caption | caption_text", "As published; line breaks and emoji kept";
        caption_chars: Option<i32>, "count", "caption", "Unicode scalar values";
        caption_words: Option<i32>, "count", "caption", "Unicode words";
        hook: Option<CompactString>, "", "first non-blank line of caption", "Up to 125 characters: what the app shows before 'more'";
        hashtag_count: Option<i32>, "count", "caption", "Distinct hashtags, case-folded: the rows of the hashtags table";
        mention_count: Option<i32>, "count", "caption", "Distinct mentions: the rows of the people table with role mention";
        emoji_count: Option<i32>, "count", "caption", "Grapheme clusters: a family or a flag is one";
        url_count: Option<i32>, "count", "caption", "Web addresses written in the caption";
        has_question: Option<bool>, "", "caption", "A question mark in any script, outside web addresses";
        has_call_to_action: Option<bool>, "", "caption", "comment, follow, save, share, link in bio, DM …";
        discloses_ad: Option<bool>, "", "caption", "#ad, #sponsored, #gifted, paid partnership";
        duration_s kept: Option<f64>, "s", "video_duration | scrubber video_length | original sound ms", "Rounded to 3 decimals; 0 is missing";
        duration_bucket kept: Option<CompactString>, "", "duration_s", "<=15, 15-30, 30-60, 60-90, 90-180, >180";
        width kept: Option<i32>, "px", "largest of video_versions | original_width | largest image candidate", "Pixels of the largest rendition known";
        height kept: Option<i32>, "px", "likewise", "Likewise";
        aspect_ratio kept: Option<f64>, "ratio", "width / height", "0.5625 is the usual 9:16";
        has_audio kept: Option<bool>, "", "has_audio", "Null when absent (trimmed)";
        audio_type kept: Option<CompactString>, "", "clips_metadata.audio_type", "original_sounds | licensed_music";
        audio_id kept: Option<CompactString>, "", "clips_metadata music or original sound", "Id of the sound; the same sound has the same id across reels";
        audio_title kept: Option<CompactString>, "", "clips_metadata music or original sound", "Title of the sound";
        audio_artist kept: Option<CompactString>, "", "clips_metadata music or original sound", "Artist of the licensed track, or handle of who made the original sound";
        location_name kept: Option<CompactString>, "", "location.name", "The place the owner tagged";
        location_lat kept: Option<f64>, "deg", "location.lat", "Latitude of the place";
        location_lng kept: Option<f64>, "deg", "location.lng", "Longitude of the place";
        video_url: Option<CompactString>, "", "largest of video_versions", "Expires";
        video_url_expires_at: Option<UtcMicros>, "UTC", "oe= of video_url (hex seconds)", "After this moment the address no longer works";
        cover_url: Option<CompactString>, "", "largest of image_versions2.candidates | display_uri", "Expires";
        cover_url_expires_at: Option<UtcMicros>, "UTC", "oe= of cover_url (hex seconds)", "After this moment the address no longer works";
        run_id: CompactString, "", "run", "The run that made this reading";
        page_blake3: CompactString, "", "blake3 of the stored page body", "Points at the exact page in raw/";
        page_number: i32, "", "request", "1 is the first page of the walk";
        page_position: i32, "", "request", "1 is the first item of the page";
        source_shape: CompactString, "", "response", "wrapped (items[].media) | flat (trim=true)";
    }
    Observation = Observations {
        reel_key: CompactString, "", "account + \":\" + reel_id", "One row per reel and reading";
        account: CompactString, "", "as reels", "The account this reel was fetched for (handle as configured or user id)";
        reel_id: CompactString, "", "as reels", "Instagram media pk as text (19 digits do not fit a double)";
        observed_at: UtcMicros, "UTC", "as reels", "When these numbers were read";
        age_hours: Option<f64>, "h", "as reels", "Age of the reel at this observation; null where its posting time is impossible (reels.has_impossible_time)";
        views: Option<i64>, "count", "as reels", "Instagram-only plays: the denominator of every rate here";
        views_source: Option<CompactString>, "", "as reels", "ig | play_minus_fb | play";
        play_count: Option<i64>, "count", "as reels", "What the app shows: Instagram plus cross-posted Facebook where the API adds it";
        ig_play_count: Option<i64>, "count", "as reels", "Instagram plays as the API gives them";
        fb_play_count: Option<i64>, "count", "as reels", "Cross-posted Facebook plays as the API gives them";
        like_count: Option<i64>, "count", "as reels", "Null when the owner hides it (flag set, or negative)";
        likes_hidden: Option<bool>, "", "as reels", "Null when unknown (flag absent and count not negative)";
        comment_count: Option<i64>, "count", "as reels", "Comments as the API gives them";
        reshare_count: Option<i64>, "count", "as reels", "Absent is null and never 0";
        repost_count: Option<i64>, "count", "as reels", "Reposts as the API gives them; absent is null and never 0";
        run_id: CompactString, "", "as reels", "The run that made this reading";
        page_blake3: CompactString, "", "blake3 of the stored page body", "Points at the exact page in raw/";
    }
    Hashtag = Hashtags {
        reel_key: CompactString, "", "account + \":\" + reel_id", "One row per reel and tag";
        account: CompactString, "", "as reels", "The account this reel was fetched for (handle as configured or user id)";
        reel_id: CompactString, "", "as reels", "Instagram media pk as text (19 digits do not fit a double)";
        hashtag: CompactString, "", "caption", "Case-folded and without the #";
        hashtag_as_written: CompactString, "", "caption", "The tag as the caption has it, without the #";
        position: i32, "", "caption", "1 is the first tag of the caption";
    }
    Person = People {
        reel_key: CompactString, "", "account + \":\" + reel_id", "One row per reel, person and role";
        account: CompactString, "", "as reels", "The account this reel was fetched for (handle as configured or user id)";
        reel_id: CompactString, "", "as reels", "Instagram media pk as text (19 digits do not fit a double)";
        role: CompactString, "", "response", "mention | coauthor | tagged | sponsor";
        username: CompactString, "", "response", "Without the @";
        user_id: Option<CompactString>, "", "response", "Null for a mention";
    }
    Account = Accounts {
        account: CompactString, "", "request", "One row per account in the store";
        account_id: Option<CompactString>, "", "as reels", "User id of the account";
        account_label: Option<CompactString>, "", "accounts file", "The user's own group or client name";
        followers: Option<i64>, "count", "start line of the newest walk", "Followers as the user gave them for the newest walk";
        followers_as_of: Option<Day>, "", "start line of the newest walk", "The day on which the follower count was taken";
        timezone: CompactString, "", "as reels", "IANA zone of the account's posted_* columns";
        status: CompactString, "", "end line of the newest walk", "complete | windowed | limited | empty_or_private | partial | not_found | failed";
        status_reason: Option<CompactString>, "", "end line of the newest walk", "Why it is not complete";
        crawl_started_at: UtcMicros, "UTC", "start line of the newest walk", "When the newest walk began";
        pages: i32, "count", "run", "Pages held of the newest walk";
        calls: i32, "count", "page log", "Requests made for the newest walk (sum of attempts)";
        reels: i64, "count", "run", "Distinct reels of the account";
        first_posted_at: Option<UtcMicros>, "UTC", "reels", "Publishing time of the oldest reel held";
        last_posted_at: Option<UtcMicros>, "UTC", "reels", "Publishing time of the newest reel held";
        observed_at: Option<UtcMicros>, "UTC", "run", "Last page of the newest walk";
        run_id: CompactString, "", "run", "The run of the newest walk";
    }
    Finding = Findings {
        account: CompactString, "", "request", "The account in whose pages this was found";
        finding: CompactString, "", "pages and rows", "Of the pages: reject | unreadable_page | unknown_page_key | unknown_item_key | id_mismatch | unreadable_value | negative_count | line_separator | lone_surrogate | nul_in_text. Of the crawls: crawl_shrank. Of the reels as they stand: metric_missing | stale | engagement_above_views | impossible_time. Of the account: renamed | owner_changed | no_own_reels";
        detail: CompactString, "", "pages and rows", "The reason of the reject, the name of the key or field, or what is the matter with the reels or the account";
        count: i64, "count", "pages and rows", "How often it was met in the pages held, or how many reels (for stale pages: pages) it is true of";
        example: CompactString, "", "pages and rows", "Where it was first met: run, page and position; or the address of one of the reels";
    }
    ReelState = ReelState {
        account: CompactString, "", "as reels", "The account this reel was fetched for (handle as configured or user id)";
        reel_id: CompactString, "", "as reels", "Instagram media pk as text";
        caption: Option<CompactString>, "", "observations", "The last caption that an answer carried, where the newest carried none";
        caption_at: Option<UtcMicros>, "UTC", "observations", "The newest observation that carried a caption";
        duration_at: Option<UtcMicros>, "UTC", "observations", "The newest observation that carried a duration";
        views_age_us: Option<i64>, "us", "observations", "Age of the reel at last_known_views_at; null where it was impossible";
        views_is_play: Option<bool>, "", "observations", "Whether last_known_views may hold Facebook plays";
        likes: Option<i64>, "count", "observations", "Likes of the newest observation that had likes which are not suspect";
        likes_at: Option<UtcMicros>, "UTC", "observations", "That observation";
        comments: Option<i64>, "count", "observations", "Comments of the newest observation that had comments";
        comments_at: Option<UtcMicros>, "UTC", "observations", "That observation";
        is_past_24h: bool, "", "observations", "Whether an observation with views lies at 24 h of age or later: views_24h is settled";
        is_past_7d: bool, "", "observations", "Whether an observation with views lies at 7 d of age or later: views_7d is settled";
        missed_crawls: i32, "count", "full crawls", "Full crawls without this reel since it was last shown";
        missed_wide_crawls: i32, "count", "full crawls", "Those of them that showed at least 80 % of the reels listed before";
        same_page_since: UtcMicros, "UTC", "observations", "The first of the observations in a row that came from a page with these very bytes";
        same_counts_since: UtcMicros, "UTC", "observations", "The first of the observations in a row that had these views, likes and comments";
    }
}
