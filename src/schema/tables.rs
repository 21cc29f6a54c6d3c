//! THE TABLES: every output column once, with its type, unit, null rule, source and meaning.
//!
//! The lines below generate the row structs that `transform` fills, the Arrow schemas, the CSV headers, the Parquet
//! field metadata, the data dictionary and `reelframe schema`. A new column is one line here and the code that computes
//! it. `Option` marks a column that may be null; `kept` marks a column that responses with `trim=true` lack: it keeps
//! its last known value.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use compact_str::CompactString;

use crate::schema::cell::{Cell, Day, LocalMicros, UtcMicros};
use crate::schema::column::{Column, Row, Table};
use crate::schema::values::{FollowersSource, PostedAtSource, Role, SourceShape, ViewsSource};

impl Table {
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Reels => Reel::COLUMNS,
            Self::Observations => Observation::COLUMNS,
            Self::Hashtags => Hashtag::COLUMNS,
            Self::People => Person::COLUMNS,
            Self::Accounts => Account::COLUMNS,
            Self::Profiles => Profile::COLUMNS,
            Self::Days => AccountDay::COLUMNS,
            Self::Findings => Finding::COLUMNS,
            Self::ReelState => ReelState::COLUMNS,
        }
    }

    /// The Arrow schema; each field carries unit, source and meaning in its metadata.
    pub fn schema(self) -> SchemaRef {
        // Built once: every batch of every account has it.
        static SCHEMAS: [OnceLock<SchemaRef>; Table::ALL.len() + 1] = [const { OnceLock::new() }; _];
        SCHEMAS[self as usize].get_or_init(|| self.build_schema()).clone()
    }

    fn build_schema(self) -> SchemaRef {
        let field = |column: &Column| {
            let metadata = [("unit", column.unit), ("source", column.source), ("meaning", column.meaning)]
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .collect::<HashMap<_, _>>();
            Field::new(column.name, column.column_type.arrow(), column.nullable).with_metadata(metadata)
        };
        Arc::new(Schema::new(self.columns().iter().map(field).collect::<Vec<_>>()))
    }
}

impl Observation {
    /// How the observations of one account are sorted.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.observed_at, &self.reel_id).cmp(&(other.observed_at, &other.reel_id))
    }
}

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

            fn read(batch: &RecordBatch, index: usize) -> Result<Self, String> {
                let mut columns = batch.columns().iter();
                Ok(Self { $($name: <$type as Cell>::read(columns.next().expect("a column each"), index)?,)* })
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
        reel_key: CompactString, "", "account + \":\" + reel_id", "Join key across tables; a collab reel has one row per account";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk, as text (19 digits do not fit a double)";
        media_id: Option<CompactString>, "", "id | reel_id + \"_\" + owner_id", "Full media id, pk_owner; null when the owner is unknown";
        shortcode: CompactString, "", "code | encoded reel_id", "Code in the reel's web address";
        url: CompactString, "", "built from shortcode", "Web address of the reel: https://www.instagram.com/reel/<shortcode>/";
        account: CompactString, "", "request", "Account the reel was fetched for: the handle as requested, or the user id";
        account_id: Option<CompactString>, "", "request | owner_id of reels whose owner_username is the account", "User id of the account the reel was fetched for";
        account_label: Option<CompactString>, "", "accounts file", "Group or client name that the user gave the account";
        owner_id: Option<CompactString>, "", "user.pk | owner.pk | tail of id", "User id of the reel's owner (not the account's on collab reels of others)";
        owner_username: Option<CompactString>, "", "user.username | owner.username", "Handle of the owner at the time of the observation";
        owner_full_name: Option<CompactString>, "", "user.full_name | owner.full_name", "Display name of the owner at the time of the observation";
        owner_is_verified: Option<bool>, "", "user.is_verified | owner.is_verified", "Whether the owner has a verified badge";
        owner_is_private: Option<bool>, "", "user.is_private | owner.is_private", "Whether the owner is a private account";
        owner_account_type: Option<i32>, "", "user.account_type | owner.account_type", "Account type of the owner: 1 personal, 2 business, 3 creator";
        is_own: Option<bool>, "", "owner_username = account, or owner_id = account_id", "Whether the account owns the reel; false if another account owns it and this one is a coauthor; null when the owner is unknown";
        coauthor_count kept: Option<i32>, "count", "length of coauthor_producers", "Number of coauthors; null when the response does not carry the field (trimmed)";
        is_pinned: Option<bool>, "", "clips_tab_pinned_user_ids | timeline_pinned_user_ids not empty", "Whether the reel is pinned to the profile; null when absent (trimmed)";
        is_paid_partnership kept: Option<bool>, "", "is_paid_partnership", "Instagram's own paid-partnership flag; null when absent (trimmed)";
        product_type kept: Option<CompactString>, "", "product_type", "Kind of media; clips for a reel; null when absent (trimmed)";
        media_type kept: Option<i32>, "", "media_type", "Type of media: 1 image, 2 video, 8 carousel";
        posted_at: UtcMicros, "UTC", "taken_at (s) | created_at (ISO) | id clock", "When the reel was published";
        posted_at_source: PostedAtSource, "", "taken_at | created_at | id clock", "The field that posted_at comes from: taken_at | created_at | media_id";
        upload_lead_s: Option<f64>, "s", "posted_at - ((reel_id >> 23) + 1314220021721 ms)", "Seconds between the start of the upload and publishing; large values hint at drafts or scheduling";
        has_impossible_time: bool, "", "posted_at, observed_at, upload_lead_s", "True if the reel would have been posted after its own observation, or over 30 days before its upload; its age is then null and it is left out of all time-based figures";
        timezone: CompactString, "", "account's zone | --timezone | UTC", "IANA time zone of the posted_* columns";
        posted_local: LocalMicros, "local", "posted_at in timezone", "Local wall-clock time of publishing (no time zone attached)";
        posted_date: Day, "local", "posted_local", "Local calendar day of publishing";
        posted_month: CompactString, "local", "posted_local", "Local month of publishing, YYYY-MM";
        posted_week: CompactString, "local", "posted_local", "Local ISO week of publishing, YYYY-Www";
        posted_weekday: i32, "local", "posted_local", "Local ISO weekday of publishing, 1 Monday to 7 Sunday";
        posted_hour: i32, "local", "posted_local", "Local hour of publishing, 0 to 23";
        posted_daypart: CompactString, "local", "posted_hour", "Local part of the day: night 0-5, morning 6-11, afternoon 12-17, evening 18-23";
        is_weekend: bool, "", "posted_weekday", "Whether the reel was published on a local Saturday or Sunday";
        hours_since_previous: Option<f64>, "h", "posted_at - posted_at of the account's previous own reel", "Hours since the account's previous own reel; null for the first one and where has_impossible_time; reels with an impossible time are skipped";
        reels_same_day: i32, "count", "own reels of the account on posted_date", "Own reels that the account posted on the same day, this one included; reels with an impossible time are not counted and have 0";
        observed_at: UtcMicros, "UTC", "fetched_at of the page", "When these numbers were fetched";
        age_hours: Option<f64>, "h", "observed_at - posted_at", "Age of the reel at observed_at; null where has_impossible_time";
        maturity: Option<CompactString>, "", "age_hours", "Age class at observed_at: immature under 48 h, settling under 7 d, settled under 30 d, else mature; null where has_impossible_time";
        play_count: Option<i64>, "count", "play_count", "Plays as the app shows them: Instagram plus cross-posted Facebook plays where the API adds them";
        ig_play_count: Option<i64>, "count", "ig_play_count", "Instagram plays as the API reports them";
        fb_play_count: Option<i64>, "count", "fb_play_count", "Cross-posted Facebook plays as the API reports them";
        views: Option<i64>, "count", "ig_play_count | play_count - fb_play_count | play_count", "Plays on Instagram, as far as views_source can separate them; the denominator of every rate in this table";
        views_source: Option<ViewsSource>, "", "ig_play_count | play_count - fb_play_count | play_count", "The fields that views comes from: ig (ig_play_count) | play_minus_fb (play_count - fb_play_count) | play (play_count alone, which may include Facebook plays)";
        like_count: Option<i64>, "count", "like_count", "Likes as the API reports them; null when the owner hides them (flag set, or negative)";
        likes_hidden: Option<bool>, "", "like_and_view_counts_disabled or like_count < 0", "Whether the owner hides the likes; null when unknown (flag absent and count not negative)";
        likes_suspect: bool, "", "flag absent and like_count = 3 and views >= 1000", "True if the like count may be a placeholder: in some sessions the API returns 3 for hidden likes";
        comment_count: Option<i64>, "count", "comment_count", "Comments as the API reports them";
        reshare_count: Option<i64>, "count", "reshare_count", "Shares as the API reports them; absent is null, never 0";
        repost_count: Option<i64>, "count", "media_repost_count", "Reposts as the API reports them; absent is null, never 0";
        engagement_count: Option<i64>, "count", "like_count + comment_count", "Likes plus comments; null when either is null or likes_suspect";
        engagement_rate: Option<f64>, "ratio", "engagement_count / views", "Engagement per view; null when views is null or 0, or engagement_count > views";
        engagement_rate_low: Option<f64>, "ratio", "95 % Wilson score interval of engagement_rate", "Lower bound, z = 1.959964; sampling error of this reel only, not a comparison between reels; null when engagement_count > views";
        engagement_rate_high: Option<f64>, "ratio", "95 % Wilson score interval of engagement_rate", "Upper bound, z = 1.959964; sampling error of this reel only, not a comparison between reels; null when engagement_count > views";
        like_rate: Option<f64>, "ratio", "like_count / views", "Likes per view; null when likes_suspect, views is null or 0, or like_count > views";
        comment_rate: Option<f64>, "ratio", "comment_count / views", "Comments per view; null when views is null or 0, or comment_count > views";
        share_rate: Option<f64>, "ratio", "reshare_count / views", "Shares per view; null when views is null or 0, or reshare_count > views";
        comments_per_like: Option<f64>, "ratio", "comment_count / like_count", "Comments per like, a sign of discussion; null when like_count is 0 or likes_suspect";
        followers: Option<i64>, "count", "profile | accounts file", "Follower count of the account when this was observed: the newest known one that is not later; a profile counts from the start of its crawl";
        followers_as_of: Option<Day>, "local", "fetched_at of the profile | accounts file", "Local day on which the followers were counted; null where the accounts file does not say";
        followers_source: Option<FollowersSource>, "", "profile | accounts file", "Where followers comes from: profile | accounts_file";
        engagement_per_follower: Option<f64>, "ratio", "engagement_count / followers", "Engagement per follower; null when followers is null or 0";
        views_per_follower: Option<f64>, "ratio", "views / followers", "Views per follower; null when followers is null or 0";
        views_per_hour: Option<f64>, "views/h", "views / age_hours", "Mean views per hour since publishing; null where has_impossible_time";
        first_observed_at: UtcMicros, "UTC", "observations", "When the reel was first observed for this account";
        previous_observed_at: Option<UtcMicros>, "UTC", "observations", "When the reel was last observed before observed_at; null on its first observation";
        previous_age_hours: Option<f64>, "h", "observations", "Age of the reel at previous_observed_at";
        views_gained: Option<i64>, "count", "views - views of the last earlier observation that had views", "Views gained since the last earlier observation that had views; may be negative, since Instagram corrects counts; null when only one of the two has views_source play";
        views_gained_hours: Option<f64>, "h", "observations", "Hours over which views_gained was gained; longer than since previous_observed_at if views were missing in between";
        likes_gained: Option<i64>, "count", "like_count - like_count of the last earlier observation that had likes", "Likes gained since the last earlier observation that had likes; hidden and suspect likes do not count";
        likes_gained_hours: Option<f64>, "h", "observations", "Hours over which likes_gained was gained";
        comments_gained: Option<i64>, "count", "comment_count - comment_count of the last earlier observation that had comments", "Comments gained since the last earlier observation that had comments";
        comments_gained_hours: Option<f64>, "h", "observations", "Hours over which comments_gained was gained";
        views_per_hour_recent: Option<f64>, "views/h", "views_gained / views_gained_hours", "Views per hour since the last earlier observation that had views; null when the two are less than 1 h apart";
        last_known_views: Option<i64>, "count", "observations", "Views of the latest observation that had views; equal to views unless views is missing now";
        last_known_views_at: Option<UtcMicros>, "UTC", "observations", "When last_known_views was observed";
        views_24h: Option<i64>, "count", "observations", "Views at 24 hours of age: interpolated on the logarithm of age between the two observations around it, rounded half up; null if they are more than 30 hours apart or missing, or only one of them has views_source play";
        views_7d: Option<i64>, "count", "observations", "Views at 7 days of age: interpolated on the logarithm of age between the two observations around it, rounded half up; null if they are more than 8 days apart or missing, or only one of them has views_source play";
        views_30d: Option<i64>, "count", "observations", "Views at 30 days of age: interpolated on the logarithm of age between the two observations around it, rounded half up; null if they are more than 15 days apart or missing, or only one of them has views_source play";
        last_listed_at: UtcMicros, "UTC", "observations", "When the account's list of reels last included this one";
        is_listed: Option<bool>, "", "full crawls", "False after two full crawls without the reel, each of which showed at least 80 % of the reels listed before it, until the reel is seen again; null if either of the two showed fewer; one crawl without it changes nothing; says nothing about why";
        caption_changed_at: Option<UtcMicros>, "UTC", "observations", "When the caption was last seen to have changed";
        baseline_views: Option<f64>, "count", "median views of up to 20 earlier own reels at least 48 h old when observed", "The account's usual lifetime views before this reel (not age-matched); null with fewer than 3 such reels, where has_impossible_time, and on reels that are not own";
        baseline_n: i32, "count", "number of reels behind baseline_views", "How many earlier own reels qualify for the baseline, at most 20; baseline_views needs 3";
        outlier_multiple: Option<f64>, "ratio", "views / baseline_views", "Views relative to the account's usual: 2 is twice as many";
        baseline_views_7d: Option<f64>, "count", "median views_7d of up to 20 earlier own reels", "The account's usual views at 7 days of age before this reel; null with fewer than 5 such reels";
        baseline_n_7d: i32, "count", "number of reels behind baseline_views_7d", "How many earlier own reels have views_7d, at most 20; baseline_views_7d needs 5";
        outlier_multiple_7d: Option<f64>, "ratio", "views_7d / baseline_views_7d", "Views at 7 days relative to the account's usual at 7 days: compared at equal age";
        equal_age_multiple: Option<f64>, "ratio", "outlier_multiple_7d | outlier_multiple / usual share of the 30-day views at age_hours", "Views relative to the account's usual at equal age: at 7 days where that is known, else the latest views scaled to 30 days by the account's median shares of the 30-day views at 24 hours and 7 days (at least 8 reels), straight between these ages over the logarithm of age; unscaled from 30 days on; null under 7 days of age and where the shares are not known";
        equal_age_rank: Option<f64>, "", "equal_age_multiple", "Rank of equal_age_multiple among the account's reels that have one, from 1, the lowest; equal ones share the mean of their ranks";
        equal_age_n: i32, "count", "equal_age_multiple", "How many reels of the account have equal_age_multiple, and so a rank";
        expected_views_7d: Option<i64>, "count", "views_24h / median of views_24h / views_7d", "Views to expect at 7 days, by the share of them that the account's own reels had at 24 hours; at least views; null from 7 days of age on, without views_24h, and with fewer than 8 own reels that have both";
        expected_views_7d_low: Option<i64>, "count", "the same, by the 90th percentile of the shares", "Lower end of the 80 % range of expected_views_7d";
        expected_views_7d_high: Option<i64>, "count", "the same, by the 10th percentile of the shares", "Upper end of the 80 % range of expected_views_7d; null where that share is 0";
        expected_views_30d: Option<i64>, "count", "views_7d / median of views_7d / views_30d | views_24h / median of views_24h / views_30d", "Views to expect at 30 days, by the share of them that the account's own reels had at 7 days, or at 24 hours where views_7d is not known; at least views; null from 30 days of age on, without views at either age, and with fewer than 8 own reels that have both";
        expected_views_30d_low: Option<i64>, "count", "the same, by the 90th percentile of the shares", "Lower end of the 80 % range of expected_views_30d";
        expected_views_30d_high: Option<i64>, "count", "the same, by the 10th percentile of the shares", "Upper end of the 80 % range of expected_views_30d; null where that share is 0";
        views_robust_z: Option<f64>, "", "0.6745 (x - median) / MAD over log10(views + 1) of the reels behind baseline_views", "Robust z-score of the views against the account's usual; null when MAD is 0 or baseline_views is null";
        views_percentile: Option<f64>, "ratio", "(own reels with fewer views + half the ties) / (n - 1), among own reels at least 48 h old", "Rank among the account's own reels, 0 to 1; null with n under 5, on immature reels, where has_impossible_time, and on reels that are not own";
        performance: Option<CompactString>, "", "outlier_multiple, views_robust_z, baseline_n", "breakout (outlier_multiple >= 5, views_robust_z >= 3 and baseline_n >= 8), above (>= 1.5 and z >= 1), below (< 0.5 and z <= -1), else typical; where views_robust_z is null the multiple alone decides; null under 7 days of age, with baseline_n < 5, where has_impossible_time, and on reels that are not own";
        performance_7d: Option<CompactString>, "", "outlier_multiple_7d, baseline_n_7d, robust z of views_7d", "performance by the views at 7 days, against the reels behind baseline_views_7d; null where outlier_multiple_7d is null";
        is_new_breakout: Option<bool>, "", "performance, observations", "Whether the reel is a breakout and was not one at previous_observed_at: not yet observed, under 7 days old, or no breakout by its views then; null when performance is null or the earlier views are unknown";
        caption: Option<CompactString>, "", "caption.text | caption | caption_text", "Caption as published, with line breaks and emoji";
        caption_chars: Option<i32>, "count", "caption", "Length of the caption in Unicode scalar values";
        caption_words: Option<i32>, "count", "caption", "Number of Unicode words in the caption";
        hook: Option<CompactString>, "", "first non-blank line of caption", "First line of the caption, up to 125 characters: what the app shows before 'more'";
        caption_language: Option<CompactString>, "", "caption", "ISO 639-1 code of the caption's language, by script and common words outside hashtags, mentions and addresses; null where the caption is too short or mixed, or the language is not known";
        hashtag_count: Option<i32>, "count", "caption", "Number of distinct hashtags, case-folded; each is a row of the hashtags table";
        mention_count: Option<i32>, "count", "caption", "Number of distinct mentions; each is a row of the people table with role mention";
        emoji_count: Option<i32>, "count", "caption", "Number of emoji in the caption, counted as grapheme clusters: a family or a flag is one";
        url_count: Option<i32>, "count", "caption", "Number of web addresses written in the caption";
        has_question: Option<bool>, "", "caption", "Whether the caption has a question mark, in any script or as emoji, outside web addresses";
        has_call_to_action: Option<bool>, "", "caption", "Whether the caption asks for something in English, Spanish, Portuguese, Hindi, Indonesian, French, German, Italian, Turkish or Japanese: comment, follow, save, share, link in bio, DM …; only imperative phrases count, in a caption of any language; null without one where caption_language is none of these ten, but false where the caption has no words";
        discloses_ad: Option<bool>, "", "caption", "Whether the caption discloses an ad, by a label of the ten languages of has_call_to_action: #ad, #sponsored, #gifted, #publi, #werbung, #adv, #reklam, #広告, paid partnership …; #pub in French and Portuguese only, #PR in Japanese or without other words";
        duration_s kept: Option<f64>, "s", "video_duration | scrubber video_length | original sound ms", "Length of the video, rounded to 3 decimals; 0 counts as missing";
        duration_bucket kept: Option<CompactString>, "", "duration_s", "Length class of the video in seconds: <=15, 15-30, 30-60, 60-90, 90-180, >180";
        width kept: Option<i32>, "px", "largest of video_versions | original_width | largest image candidate", "Width of the largest known rendition";
        height kept: Option<i32>, "px", "largest of video_versions | original_height | largest image candidate", "Height of the largest known rendition";
        aspect_ratio kept: Option<f64>, "ratio", "width / height", "Width divided by height; the usual 9:16 is 0.5625";
        has_audio kept: Option<bool>, "", "has_audio", "Whether the reel has sound; null when absent (trimmed)";
        audio_type kept: Option<CompactString>, "", "clips_metadata.audio_type", "Kind of sound: original_sounds | licensed_music";
        audio_id kept: Option<CompactString>, "", "clips_metadata music or original sound", "Id of the sound; the same sound has the same id across reels";
        audio_title kept: Option<CompactString>, "", "clips_metadata music or original sound", "Title of the sound";
        audio_artist kept: Option<CompactString>, "", "clips_metadata music or original sound", "Artist of the licensed track, or handle of the creator of the original sound";
        location_name kept: Option<CompactString>, "", "location.name", "Name of the place that the owner tagged";
        location_lat kept: Option<f64>, "deg", "location.lat", "Latitude of the tagged place";
        location_lng kept: Option<f64>, "deg", "location.lng", "Longitude of the tagged place";
        video_url: Option<CompactString>, "", "largest of video_versions", "Address of the video file; it expires";
        video_url_expires_at: Option<UtcMicros>, "UTC", "oe= of video_url (hex seconds)", "When video_url stops working";
        cover_url: Option<CompactString>, "", "largest of image_versions2.candidates | display_uri", "Address of the cover image; it expires";
        cover_url_expires_at: Option<UtcMicros>, "UTC", "oe= of cover_url (hex seconds)", "When cover_url stops working";
        run_id: CompactString, "", "run", "Run that made this observation";
        page_blake3: CompactString, "", "blake3 of the stored page body", "Hash that identifies the exact page in raw/";
        page_number: i32, "", "request", "Number of the page in its crawl, from 1";
        page_position: i32, "", "request", "Position of the reel on its page, from 1";
        source_shape: SourceShape, "", "response", "Shape of the response: wrapped (items[].media) | flat (trim=true)";
    }
    Observation = Observations {
        reel_key: CompactString, "", "account + \":\" + reel_id", "Join key across tables; one row per reel and observation";
        account: CompactString, "", "request", "Account the reel was fetched for: the handle as requested, or the user id";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk, as text (19 digits do not fit a double)";
        observed_at: UtcMicros, "UTC", "fetched_at of the page", "When these numbers were fetched";
        age_hours: Option<f64>, "h", "observed_at - posted_at", "Age of the reel at observed_at; null where its posting time is impossible (reels.has_impossible_time)";
        views: Option<i64>, "count", "ig_play_count | play_count - fb_play_count | play_count", "Plays on Instagram, as far as views_source can separate them";
        views_source: Option<ViewsSource>, "", "ig_play_count | play_count - fb_play_count | play_count", "The fields that views comes from: ig (ig_play_count) | play_minus_fb (play_count - fb_play_count) | play (play_count alone, which may include Facebook plays)";
        play_count: Option<i64>, "count", "play_count", "Plays as the app shows them: Instagram plus cross-posted Facebook plays where the API adds them";
        ig_play_count: Option<i64>, "count", "ig_play_count", "Instagram plays as the API reports them";
        fb_play_count: Option<i64>, "count", "fb_play_count", "Cross-posted Facebook plays as the API reports them";
        like_count: Option<i64>, "count", "like_count", "Likes as the API reports them; null when the owner hides them (flag set, or negative)";
        likes_hidden: Option<bool>, "", "like_and_view_counts_disabled or like_count < 0", "Whether the owner hides the likes; null when unknown (flag absent and count not negative)";
        comment_count: Option<i64>, "count", "comment_count", "Comments as the API reports them";
        reshare_count: Option<i64>, "count", "reshare_count", "Shares as the API reports them; absent is null, never 0";
        repost_count: Option<i64>, "count", "media_repost_count", "Reposts as the API reports them; absent is null, never 0";
        followers: Option<i64>, "count", "profile | accounts file", "Follower count of the account when this was observed: the newest known one that is not later; a profile counts from the start of its crawl";
        followers_as_of: Option<Day>, "local", "fetched_at of the profile | accounts file", "Local day on which the followers were counted; null where the accounts file does not say";
        followers_source: Option<FollowersSource>, "", "profile | accounts file", "Where followers comes from: profile | accounts_file";
        run_id: CompactString, "", "run", "Run that made this observation";
        page_blake3: CompactString, "", "blake3 of the stored page body", "Hash that identifies the exact page in raw/";
    }
    Hashtag = Hashtags {
        reel_key: CompactString, "", "account + \":\" + reel_id", "Join key across tables; one row per reel and hashtag";
        account: CompactString, "", "request", "Account the reel was fetched for: the handle as requested, or the user id";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk, as text (19 digits do not fit a double)";
        hashtag: CompactString, "", "caption", "Hashtag, case-folded and without the #";
        hashtag_as_written: CompactString, "", "caption", "Hashtag as written in the caption, without the #";
        position: i32, "", "caption", "Position of the hashtag in the caption, from 1";
    }
    Person = People {
        reel_key: CompactString, "", "account + \":\" + reel_id", "Join key across tables; one row per reel, person and role";
        account: CompactString, "", "request", "Account the reel was fetched for: the handle as requested, or the user id";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk, as text (19 digits do not fit a double)";
        role: Role, "", "response", "How the person is related to the reel: mention | coauthor | tagged | sponsor";
        username: CompactString, "", "response", "Handle of the person, without the @";
        user_id: Option<CompactString>, "", "response", "User id of the person; null for a mention";
    }
    Account = Accounts {
        account: CompactString, "", "request", "Handle as requested, or user id; one row per account in the store";
        account_id: Option<CompactString>, "", "request | owner_id of reels whose owner_username is the account", "User id of the account";
        account_label: Option<CompactString>, "", "accounts file", "Group or client name that the user gave the account";
        followers: Option<i64>, "count", "profile | accounts file", "Newest known follower count of the account";
        followers_as_of: Option<Day>, "local", "fetched_at of the profile | accounts file", "Local day on which the followers were counted; null where the accounts file does not say";
        followers_source: Option<FollowersSource>, "", "profile | accounts file", "Where followers comes from: profile | accounts_file";
        timezone: CompactString, "", "account's zone | --timezone | UTC", "IANA time zone of the posted_* columns of the account's reels";
        status: CompactString, "", "end line of the latest page log", "How the latest crawl ended: complete | incremental | limited | private | empty | empty_or_private | partial | not_found | failed";
        status_reason: Option<CompactString>, "", "end line of the latest page log", "Why the crawl is not complete";
        crawl_started_at: UtcMicros, "UTC", "start line of the latest page log", "When the latest crawl started";
        previous_observed_at: Option<UtcMicros>, "UTC", "observations", "When the account's own reels were last observed before the latest crawl; null after the first crawl";
        pages: i32, "count", "page log", "Pages stored by the latest crawl";
        calls: i32, "count", "page log", "Requests made by the latest crawl, retries included";
        reels: i64, "count", "reels", "Distinct reels of the account in the reels table";
        first_posted_at: Option<UtcMicros>, "UTC", "reels", "When the account's oldest known reel was published";
        last_posted_at: Option<UtcMicros>, "UTC", "reels", "When the account's newest known reel was published";
        observed_at: Option<UtcMicros>, "UTC", "fetched_at of the page", "When the last page of the latest crawl was fetched";
        reels_per_week_4w: Option<f64>, "reels/week", "reels", "Own reels posted in the 28 days before the account's newest page, per week; null where older reels may be missing";
        reels_per_week_12w: Option<f64>, "reels/week", "reels", "Own reels posted in the 84 days before the account's newest page, per week; null where older reels may be missing";
        days_since_last_post: Option<f64>, "d", "reels", "Days from the account's newest own reel to its newest page";
        observed_date: Option<Day>, "local", "fetched_at of the page", "Local calendar day of the account's newest page";
        finished_month: Option<CompactString>, "local", "observed_date", "The month before that of the account's newest page, YYYY-MM: the last one that is over";
        finished_month_before: Option<CompactString>, "local", "observed_date", "The month before finished_month, YYYY-MM";
        run_id: CompactString, "", "run", "Run that made the latest crawl";
    }
    Profile = Profiles {
        account: CompactString, "", "request", "Handle as requested, or user id; one row per account and profile that the API returned";
        fetched_at: UtcMicros, "UTC", "profile", "When the profile was fetched";
        fetched_date: Day, "local", "fetched_at in the account's time zone", "Local calendar day on which the profile was fetched";
        user_id: Option<CompactString>, "", "pk | id", "User id in the profile";
        username: Option<CompactString>, "", "username", "Handle in the profile";
        full_name: Option<CompactString>, "", "full_name", "Display name";
        biography: Option<CompactString>, "", "biography", "Biography; null where it is empty";
        category: Option<CompactString>, "", "category | category_name", "Category that the account gave itself; null where it is empty";
        account_type: Option<i32>, "", "account_type", "Account type: 1 personal, 2 business, 3 creator";
        followers: Option<i64>, "count", "follower_count | edge_followed_by.count", "Followers";
        following: Option<i64>, "count", "following_count | edge_follow.count", "Accounts that it follows";
        media_count: Option<i64>, "count", "media_count | edge_owner_to_timeline_media.count", "Posts of every kind";
        is_private: Option<bool>, "", "is_private", "Whether the account is private";
        is_verified: Option<bool>, "", "is_verified", "Whether the account has a verified badge";
        is_business: Option<bool>, "", "is_business | is_business_account", "Whether it is a business account";
        followers_gained: Option<i64>, "count", "followers - followers of the last earlier profile that had them", "Followers gained since the last earlier profile that had them; may be negative";
        followers_gained_days: Option<f64>, "d", "profiles", "Days over which followers_gained was gained";
        run_id: CompactString, "", "run", "Run that fetched the profile";
        profile_blake3: CompactString, "", "blake3 of the stored body", "Hash that identifies the exact response in raw/";
    }
    AccountDay = Days {
        account: CompactString, "", "request", "Handle as requested, or user id; one row per account and day with a reel posted or a change of views";
        day: Day, "local", "posted_at, observed_at in the account's zone", "Local calendar day";
        reels_posted: i32, "count", "reels", "Own reels posted on this day; reels with an impossible time are not counted";
        own_reels: i32, "count", "reels", "Own reels posted until the end of this day, as far as they are known; reels with an impossible time are not counted";
        views_gained_under_48h: Option<i64>, "count", "observations", "Views that own reels gained on this day at an age under 48 hours; a gain is spread evenly over the time between its two observations, and the first views of a reel posted after the account's first observation over the time since posting; null where no gain is known";
        views_gained_under_30d: Option<i64>, "count", "observations", "Views gained on this day at an age of 48 hours to 30 days";
        views_gained_older: Option<i64>, "count", "observations", "Views gained on this day at an age of 30 days or more";
        views_gained_n: i32, "count", "observations", "Own reels whose gain on this day is known: far fewer than own_reels where only the newest reels have been updated since";
        views_gained: Option<i64>, "count", "the three age bands", "Views that own reels gained on this day, of any age";
        is_whole: bool, "", "views_gained_n, own_reels, observations", "Whether the day can be compared: it lies between the first and the newest observed day, which are observed in part, and the gains of at least 80 % of own_reels are known";
    }
    Finding = Findings {
        account: CompactString, "", "request", "Account in whose pages or rows this was found";
        finding: CompactString, "", "pages and rows", "Kind of finding. In pages: reject | unreadable_page | unknown_page_key | unknown_item_key | id_mismatch | unreadable_value | negative_count | line_separator | lone_surrogate | nul_in_text. In crawls: crawl_shrank | profile_missing. In the reels as they stand: metric_missing | stale | engagement_above_views | impossible_time. In the account: renamed | owner_changed | no_own_reels";
        detail: CompactString, "", "pages and rows", "Reason of the reject, name of the key or field, or what is wrong with the reels or the account";
        count: i64, "count", "pages and rows", "How often this occurs in the stored pages, or how many reels (for stale: pages) it applies to";
        example: CompactString, "", "pages and rows", "First occurrence: run, page and position; or the address of one of the reels";
    }
    ReelState = ReelState {
        account: CompactString, "", "request", "Account the reel was fetched for: the handle as requested, or the user id";
        reel_id: CompactString, "", "pk | head of id | decoded code", "Instagram media pk, as text";
        caption: Option<CompactString>, "", "observations", "Last caption that a response carried, where the latest carried none";
        caption_at: Option<UtcMicros>, "UTC", "observations", "When a caption was last observed";
        duration_at: Option<UtcMicros>, "UTC", "observations", "When a duration was last observed";
        views_age_us: Option<i64>, "us", "observations", "Age of the reel at last_known_views_at; null where it was impossible";
        views_is_play: Option<bool>, "", "observations", "Whether last_known_views may hold Facebook plays";
        likes: Option<i64>, "count", "observations", "Likes of the latest observation that had likes which are not suspect";
        likes_at: Option<UtcMicros>, "UTC", "observations", "When those likes were observed";
        comments: Option<i64>, "count", "observations", "Comments of the latest observation that had comments";
        comments_at: Option<UtcMicros>, "UTC", "observations", "When those comments were observed";
        is_past_24h: bool, "", "observations", "Whether an observation with views exists at 24 h of age or later, so that views_24h is final";
        is_past_7d: bool, "", "observations", "Whether an observation with views exists at 7 d of age or later, so that views_7d is final";
        is_past_30d: bool, "", "observations", "Whether an observation with views exists at 30 d of age or later, so that views_30d is final";
        missed_crawls: i32, "count", "full crawls", "Full crawls without this reel since it was last listed";
        missed_wide_crawls: i32, "count", "full crawls", "Full crawls without this reel since it was last listed that showed at least 80 % of the reels listed before";
        same_page_since: UtcMicros, "UTC", "observations", "First of the latest consecutive observations that came from a page with the same bytes";
        gained_until: Option<UtcMicros>, "UTC", "observations", "When the latest gain of views in the days table ended";
        same_counts_since: UtcMicros, "UTC", "observations", "First of the latest consecutive observations with the same views, likes and comments";
    }
}

/// [`Table::schema`] has one place for each table: those of `ALL` in their order, then the state.
const _: () = {
    let mut index = 0;
    while index < Table::ALL.len() {
        assert!(Table::ALL[index] as usize == index);
        index += 1;
    }
    assert!(Table::ReelState as usize == Table::ALL.len());
};
