//! The account's profiles: one row for each that the API returned, and the follower counts that they give.

use chrono_tz::Tz;

use crate::instagram::profile;
use crate::schema::cell::{Day, MICROS_PER_DAY, UtcMicros};
use crate::schema::tables::Profile;
use crate::transform::account::AccountBuilder;
use crate::transform::account::followers::FollowerHistory;
use crate::transform::days::local_day;
use crate::transform::flatten;

/// The finding of a crawl that was to fetch the profile and got none.
const PROFILE_MISSING: &str = "profile_missing";

/// What a request for the account's profile brought: its body and hash, or why there is none.
#[derive(Debug, Clone, Copy)]
pub struct ProfileInput<'a> {
    pub answer: Result<(&'a str, &'a str), &'a str>,
    pub fetched_at: UtcMicros,
    pub was_changed: bool,
    /// Requests that it took.
    pub attempts: i32,
}

impl AccountBuilder {
    /// Adds what the current crawl's request for the profile brought.
    pub fn profile(&mut self, profile: ProfileInput) {
        let Some(crawl) = self.crawls.get_mut(self.current) else { return };
        crawl.calls = crawl.calls.saturating_add(profile.attempts);
        let read = profile.answer.map_err(str::to_owned).and_then(|(body, blake3)| {
            profile::classify(body).map(|contents| (contents, blake3)).map_err(|wrong| wrong.reason())
        });
        let (contents, blake3) = match read {
            Ok(read) => read,
            Err(reason) => return self.remark(PROFILE_MISSING, reason, None, None),
        };
        let mut row = Profile {
            account: self.account.clone(),
            fetched_at: profile.fetched_at,
            fetched_date: Day::default(),
            user_id: contents.user_id,
            username: contents.username,
            full_name: contents.full_name,
            biography: contents.biography,
            category: contents.category,
            account_type: contents.account_type,
            followers: contents.followers,
            following: contents.following,
            media_count: contents.media_count,
            is_private: contents.is_private,
            is_verified: contents.is_verified,
            is_business: contents.is_business,
            followers_gained: None,
            followers_gained_days: None,
            run_id: Default::default(),
            profile_blake3: blake3.into(),
        };
        let mut remarks = Vec::new();
        flatten::check_row(&mut row, "profiles.", profile.was_changed, &mut remarks);
        for (finding, detail) in remarks {
            self.remark(finding, detail, None, None);
        }
        if row.followers.is_none() {
            self.remark(PROFILE_MISSING, "the profile has no follower count".to_owned(), None, None);
        }
        self.new_profiles.push((self.current, row));
    }

    /// The follower counts by all crawls so far, and whether the new ones change what applied to earlier observations.
    pub(crate) fn follower_history(&self, zone: Tz) -> (FollowerHistory, bool) {
        let earlier = self.checkpoint.as_ref().map(|checkpoint| &checkpoint.followers);
        let mut history = earlier.cloned().unwrap_or_default();
        for (number, crawl) in self.crawls_by_age() {
            history.add_given(&crawl.start, zone);
            for (_, profile) in self.new_profiles.iter().filter(|(of, _)| *of == number) {
                if let Some(followers) = profile.followers {
                    history.add_profile(&crawl.start, followers, local_day(profile.fetched_at, zone));
                }
            }
        }
        let observed_until = self.checkpoint.as_ref().and_then(|checkpoint| checkpoint.newest_page_at);
        let has_other_past =
            earlier.zip(observed_until).is_some_and(|(earlier, until)| history.differs_until(earlier, until));
        (history, has_other_past)
    }

    /// The rows, earlier ones included, oldest first. Their days are those of the zone.
    pub(crate) fn profile_rows(&mut self, zone: Tz) -> Vec<Profile> {
        let mut rows = std::mem::take(&mut self.profiles);
        for (crawl, mut row) in std::mem::take(&mut self.new_profiles) {
            row.run_id.clone_from(&self.crawls[crawl].start.run_id);
            rows.push(row);
        }
        rows.sort_by(|a, b| (a.fetched_at, &a.profile_blake3).cmp(&(b.fetched_at, &b.profile_blake3)));
        let mut counted: Option<(i64, UtcMicros)> = None;
        for row in &mut rows {
            row.fetched_date = local_day(row.fetched_at, zone).unwrap_or_default();
            let Some(followers) = row.followers else { continue };
            if let Some((before, at)) = counted {
                row.followers_gained = Some(followers - before);
                row.followers_gained_days = Some((row.fetched_at.0 - at.0) as f64 / MICROS_PER_DAY as f64);
            }
            counted = Some((followers, row.fetched_at));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::account::crawl::CrawlStart;

    #[test]
    fn the_day_of_a_profile_is_that_of_the_account() {
        let mut builder = AccountBuilder::new("ana");
        // 01:00 UTC of the second day is still the first in Los Angeles.
        let fetched_at = UtcMicros(MICROS_PER_DAY + MICROS_PER_DAY / 24);
        let timezone = "America/Los_Angeles".into();
        builder.start(CrawlStart { timezone, started_at: fetched_at, ..CrawlStart::default() });
        let body = r#"{"pk":"1","username":"ana","follower_count":7}"#;
        builder.profile(ProfileInput { answer: Ok((body, "hash")), fetched_at, was_changed: false, attempts: 1 });
        let rows = builder.finish().unwrap().profiles;
        assert_eq!((rows[0].fetched_date, rows[0].followers), (Day(0), Some(7)));
    }
}
