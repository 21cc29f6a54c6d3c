//! How many followers the account had when something was observed: by its profiles, and by the accounts file.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::schema::cell::{Day, UtcMicros};
use crate::schema::tables::Reel;
use crate::schema::values::FollowersSource;
use crate::transform::account::crawl::CrawlStart;
use crate::transform::days::first_instant;

/// A follower count, and the instant from which it applies until the next one does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FollowerCount {
    pub from: UtcMicros,
    pub followers: i64,
    pub as_of: Option<Day>,
    pub source: FollowersSource,
}

/// The follower counts of an account, by the instant from which each applies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FollowerHistory {
    counts: Vec<FollowerCount>,
    /// What the accounts file said last: every crawl repeats it.
    given: Option<(i64, Option<Day>)>,
}

impl FollowerHistory {
    /// Adds what the accounts file says at the start of a crawl, if that is new. It applies from its day on, in this zone,
    /// and without a day from this crawl on. Crawls must be added oldest first.
    pub(crate) fn add_given(&mut self, start: &CrawlStart, zone: Tz) {
        let Some(followers) = start.followers else { return };
        let (given, as_of) = (Some((followers, start.followers_as_of)), start.followers_as_of);
        if self.given != given {
            self.given = given;
            let midnight = as_of.and_then(Day::date).and_then(|day| first_instant(day, zone));
            let from = midnight.map_or(start.started_at, UtcMicros);
            // What is said now about a day takes back what was said before about that day and later ones.
            self.counts.retain(|count| count.source == FollowersSource::Profile || count.from < from);
            self.add(FollowerCount { from, followers, as_of, source: FollowersSource::AccountsFile });
        }
    }

    /// Adds the count of a profile, with the local day on which it was fetched. It applies to all that its crawl observes.
    pub(crate) fn add_profile(&mut self, start: &CrawlStart, followers: i64, as_of: Option<Day>) {
        self.add(FollowerCount { from: start.started_at, followers, as_of, source: FollowersSource::Profile });
    }

    /// Of two counts from one instant on the profile's is the newer one, and then the one that was added later.
    fn add(&mut self, count: FollowerCount) {
        self.counts.push(count);
        self.counts.sort_by_key(|count| (count.from, count.source == FollowersSource::Profile));
    }

    /// The count that applies at an instant.
    pub(crate) fn at(&self, at: UtcMicros) -> Option<&FollowerCount> {
        self.counts.iter().rev().find(|count| count.from <= at)
    }

    /// The count that applies at an instant, or else the first one to come.
    pub(crate) fn at_or_next(&self, at: UtcMicros) -> Option<&FollowerCount> {
        self.at(at).or_else(|| self.counts.first())
    }

    /// Whether another count applies at some instant until `until` than in the earlier history.
    pub(crate) fn differs_until(&self, earlier: &Self, until: UtcMicros) -> bool {
        let past = |history: &Self| -> Vec<FollowerCount> {
            history.counts.iter().filter(|count| count.from <= until).cloned().collect()
        };
        past(self) != past(earlier)
    }

    /// Removes the counts that no longer apply at this instant or later.
    pub(crate) fn forget_before(&mut self, at: UtcMicros) {
        let applying = self.counts.iter().rposition(|count| count.from <= at).unwrap_or(0);
        self.counts.drain(..applying);
    }
}

/// Sets the followers of an observed reel.
pub(crate) fn fill(reel: &mut Reel, history: &FollowerHistory) {
    let count = history.at(reel.observed_at);
    reel.followers = count.map(|count| count.followers);
    reel.followers_as_of = count.and_then(|count| count.as_of);
    reel.followers_source = count.map(|count| count.source);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::cell::MICROS_PER_DAY;

    fn at(day: i64) -> UtcMicros {
        UtcMicros(day * MICROS_PER_DAY)
    }

    /// A crawl at noon.
    fn crawl(day: i64, followers: Option<i64>, as_of: Option<i32>) -> CrawlStart {
        let started_at = UtcMicros(at(day).0 + MICROS_PER_DAY / 2);
        CrawlStart { followers, followers_as_of: as_of.map(Day), started_at, ..CrawlStart::default() }
    }

    /// What applies at the beginning of each day.
    fn by_day(history: &FollowerHistory, days: std::ops::RangeInclusive<i64>) -> Vec<Option<i64>> {
        days.map(|day| history.at(at(day)).map(|count| count.followers)).collect()
    }

    #[test]
    fn a_count_with_a_day_applies_from_that_day_on_and_one_without_from_its_crawl_on() {
        let mut history = FollowerHistory::default();
        history.add_given(&crawl(10, Some(500), Some(8)), Tz::UTC);
        // Said again: nothing new.
        history.add_given(&crawl(11, Some(500), Some(8)), Tz::UTC);
        history.add_given(&crawl(12, Some(600), None), Tz::UTC);
        assert_eq!(by_day(&history, 7..=13), [None, Some(500), Some(500), Some(500), Some(500), Some(500), Some(600)]);
        assert_eq!(history.at(at(13)).unwrap().as_of, None);
        assert_eq!(history.counts.len(), 2);
        // A crawl for which the file says nothing changes nothing.
        history.add_given(&crawl(13, None, None), Tz::UTC);
        assert_eq!(history.at_or_next(at(14)).unwrap().followers, 600);
    }

    #[test]
    fn a_profile_applies_to_its_whole_crawl_and_is_newer_than_what_the_file_repeats() {
        let mut history = FollowerHistory::default();
        let second = crawl(11, Some(500), None);
        history.add_given(&crawl(10, Some(500), None), Tz::UTC);
        history.add_given(&second, Tz::UTC);
        // Fetched after midnight.
        history.add_profile(&second, 525, Some(Day(12)));
        history.add_given(&crawl(13, Some(500), None), Tz::UTC);
        assert_eq!(by_day(&history, 10..=14), [None, Some(500), Some(525), Some(525), Some(525)]);
        let of_profile = history.at(second.started_at).unwrap();
        assert_eq!((of_profile.followers, of_profile.as_of), (525, Some(Day(12))));
        assert_eq!(of_profile.source, FollowersSource::Profile);
        // A new number in the file is news.
        history.add_given(&crawl(14, Some(700), Some(14)), Tz::UTC);
        assert_eq!(by_day(&history, 13..=15), [Some(525), Some(700), Some(700)]);
    }

    #[test]
    fn counts_that_no_longer_apply_are_forgotten_and_those_to_come_are_kept() {
        let mut history = FollowerHistory::default();
        for (day, followers) in [(1, 10), (2, 20), (3, 30), (9, 90)] {
            history.add_given(&crawl(3, Some(followers), Some(day)), Tz::UTC);
        }
        let whole = history.clone();
        history.forget_before(at(4));
        assert_eq!(history.counts.iter().map(|count| count.followers).collect::<Vec<_>>(), [30, 90]);
        assert_eq!(by_day(&history, 4..=10), by_day(&whole, 4..=10));
        assert!(!history.differs_until(&history.clone(), at(4)));
        // Something said later about the past.
        let mut later = history.clone();
        later.add_given(&crawl(5, Some(40), Some(4)), Tz::UTC);
        assert!(later.differs_until(&history, at(4)) && !later.differs_until(&history, at(3)));
    }

    #[test]
    fn a_day_that_was_wrong_can_be_moved_back_and_a_day_to_come_waits() {
        let mut history = FollowerHistory::default();
        history.add_given(&crawl(10, Some(7000), Some(20)), Tz::UTC);
        assert_eq!(history.at_or_next(at(11)).unwrap().followers, 7000, "nothing else is known");
        let second = crawl(12, Some(700), Some(8));
        history.add_given(&second, Tz::UTC);
        assert_eq!(by_day(&history, 7..=9), [None, Some(700), Some(700)]);
        assert_eq!(by_day(&history, 20..=21), [Some(700), Some(700)]);
        history.add_profile(&second, 1000, Some(Day(12)));
        history.add_given(&crawl(13, Some(800), Some(30)), Tz::UTC);
        assert_eq!(history.at_or_next(at(14)).unwrap().followers, 1000, "the day is to come");
    }

    #[test]
    fn a_day_begins_at_the_accounts_own_midnight() {
        let mut history = FollowerHistory::default();
        history.add_given(&crawl(10, Some(500), Some(8)), Tz::Asia__Tokyo);
        let from = UtcMicros(at(8).0 - 9 * MICROS_PER_DAY / 24);
        assert!(history.at(from).is_some() && history.at(UtcMicros(from.0 - 1)).is_none());
    }
}
