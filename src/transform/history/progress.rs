//! One reel while observations are added to it, and its history between updates.

use crate::schema::cell::{MICROS_PER_DAY, MICROS_PER_HOUR, UtcMicros};
use crate::schema::column::Row;
use crate::schema::tables::{Reel, ReelState};
use crate::schema::values::{SourceShape, ViewsSource};
use crate::transform::days::Gain;
use crate::transform::flatten::ObservedReel;
use crate::transform::posting_time::{age_us, hours};

/// A reel after the observations so far: the newest one, with its history in it, and what the next update needs besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReelHistory {
    pub observation: ObservedReel,
    pub state: ReelState,
    /// The crawl that last showed it; `None` where that was in an earlier update.
    pub last_crawl: Option<usize>,
    /// The views gained in this update.
    pub gains: Vec<Gain>,
    /// Whether it was an own reel in an earlier update; `None` where it is new.
    pub was_own: Option<bool>,
    /// Whether it was listed, as far as was known, before the crawl that last showed it.
    pub was_listed: bool,
}

/// The last known views of a reel.
struct ViewsPoint {
    at: UtcMicros,
    /// `None` where the posting time is impossible.
    age_us: Option<i64>,
    views: i64,
    from_play: bool,
}

impl ViewsPoint {
    fn last(reel: &Reel, state: &ReelState) -> Option<Self> {
        Some(Self {
            at: reel.last_known_views_at?,
            age_us: state.views_age_us,
            views: reel.last_known_views?,
            from_play: state.views_is_play?,
        })
    }

    /// Views at an age that this is the first point to reach: on the line from the previous point over the logarithm of
    /// age, where the two are at most `widest_us` apart; rounded half up. Ages are whole microseconds: as floating-point
    /// hours, two observations 8 days apart could be a little more than that.
    fn views_at(&self, age_us: i64, before: Option<&Self>, widest_us: i64) -> Option<i64> {
        let age = self.age_us?;
        if age == age_us {
            return Some(self.views);
        }
        let before = before.filter(|before| before.from_play == self.from_play)?;
        let age_before = before.age_us.filter(|before| *before < age_us && age - before <= widest_us)?;
        let log_since = |age: i64| libm::log(age as f64 / age_before.max(1) as f64);
        let gained = (self.views - before.views) as f64 * log_since(age_us) / log_since(age);
        Some(before.views + (gained + 0.5).floor() as i64)
    }
}

impl ReelHistory {
    /// The account is observed `since` then.
    pub(crate) fn first(observation: ObservedReel, since: Option<UtcMicros>) -> Self {
        let at = observation.reel.observed_at;
        let state = ReelState { same_page_since: at, same_counts_since: at, ..ReelState::default() };
        let mut history = Self { last_crawl: Some(observation.crawl), observation, state, ..Self::default() };
        history.observation.reel.first_observed_at = at;
        history.record_gain(None, since);
        history.record_metrics(None);
        history
    }

    pub(crate) fn add(&mut self, next: ObservedReel, since: Option<UtcMicros>) {
        let mut previous = std::mem::replace(&mut self.observation, next);
        let (next, before, state) = (self.observation.reel.as_mut(), previous.reel.as_mut(), &mut self.state);
        let last_views = ViewsPoint::last(before, state);
        fill_gains(next, before, last_views.as_ref(), state);
        if next.page_blake3 != before.page_blake3 {
            state.same_page_since = next.observed_at;
        }
        if counts(next) != counts(before) {
            state.same_counts_since = next.observed_at;
        }
        let caption = before.caption.take().or(state.caption.take());
        next.caption_changed_at = before.caption_changed_at;
        match &next.caption {
            Some(now) if caption.as_ref().is_some_and(|earlier| earlier != now) => {
                next.caption_changed_at = Some(next.observed_at);
            }
            Some(_) => {}
            None => state.caption = caption,
        }
        next.first_observed_at = before.first_observed_at;
        (next.last_known_views, next.last_known_views_at) = (before.last_known_views, before.last_known_views_at);
        (next.views_24h, next.views_7d, next.views_30d) = (before.views_24h, before.views_7d, before.views_30d);
        self.record_gain(last_views.as_ref(), since);
        // Before facts of earlier observations are filled in: only what this observation has.
        self.record_metrics(last_views.as_ref());
        keep_facts(&mut self.observation, &previous);
        self.was_listed = is_listed(&self.state) != Some(false);
        self.last_crawl = Some(self.observation.crawl);
        (self.state.missed_crawls, self.state.missed_wide_crawls) = (0, 0);
    }

    /// Records what the reel gained since its last known views; where it had none, since it was posted, if the account
    /// was observed then.
    fn record_gain(&mut self, last_views: Option<&ViewsPoint>, since: Option<UtcMicros>) {
        let reel = &self.observation.reel;
        let Some(views) = reel.views.filter(|_| !reel.has_impossible_time) else { return };
        let (from, views) = match last_views {
            Some(point) if point.from_play == is_play(reel) => (point.at, views - point.views),
            None if since.is_some_and(|since| reel.posted_at >= since) => (reel.posted_at, views),
            _ => return,
        };
        let (posted_at, to, counted_until) = (reel.posted_at, reel.observed_at, self.state.gained_until);
        self.gains.push(Gain { posted_at, from, to, views, counted_until });
        self.state.gained_until = Some(to);
    }

    /// Records the metrics of the newest observation.
    fn record_metrics(&mut self, last_views: Option<&ViewsPoint>) {
        let (reel, state) = (self.observation.reel.as_mut(), &mut self.state);
        let at = reel.observed_at;
        if let Some(likes) = sure_likes(reel) {
            (state.likes, state.likes_at) = (Some(likes), Some(at));
        }
        if let Some(comments) = reel.comment_count {
            (state.comments, state.comments_at) = (Some(comments), Some(at));
        }
        state.caption_at = reel.caption.as_ref().map(|_| at).or(state.caption_at);
        state.duration_at = reel.duration_s.map(|_| at).or(state.duration_at);
        let Some(views) = reel.views else { return };
        let age_us = (!reel.has_impossible_time).then(|| age_us(reel));
        let point = ViewsPoint { at, age_us, views, from_play: is_play(reel) };
        for (is_past, views, age, widest) in [
            (&mut state.is_past_24h, &mut reel.views_24h, MICROS_PER_DAY, 30 * MICROS_PER_HOUR),
            (&mut state.is_past_7d, &mut reel.views_7d, 7 * MICROS_PER_DAY, 8 * MICROS_PER_DAY),
            (&mut state.is_past_30d, &mut reel.views_30d, 30 * MICROS_PER_DAY, 15 * MICROS_PER_DAY),
        ] {
            if !*is_past && age_us >= Some(age) {
                (*is_past, *views) = (true, point.views_at(age, last_views, widest));
            }
        }
        (reel.last_known_views, reel.last_known_views_at) = (Some(views), Some(at));
        (state.views_age_us, state.views_is_play) = (age_us, Some(point.from_play));
    }

    pub(crate) fn finish(&mut self) {
        let reel = &mut self.observation.reel;
        reel.last_listed_at = reel.observed_at;
        reel.is_listed = is_listed(&self.state);
        (self.state.account, self.state.reel_id) = (reel.account.clone(), reel.reel_id.clone());
    }
}

/// One full crawl that missed the reel changes nothing. After two wide ones it is gone until it is seen again; after two
/// of which one was not wide it is unknown.
pub(crate) fn is_listed(state: &ReelState) -> Option<bool> {
    match (state.missed_crawls, state.missed_wide_crawls) {
        (0 | 1, _) => Some(true),
        (_, 0 | 1) => None,
        _ => Some(false),
    }
}

fn is_play(reel: &Reel) -> bool {
    reel.views_source == Some(ViewsSource::Play)
}

fn sure_likes(reel: &Reel) -> Option<i64> {
    reel.like_count.filter(|_| !reel.likes_suspect)
}

fn counts(reel: &Reel) -> [Option<i64>; 3] {
    [reel.views, reel.like_count, reel.comment_count]
}

/// Facts that this observation lacks keep their last known value. A flat item has no video renditions: its size is the
/// cover's, a poorer source, so that a known size stays.
fn keep_facts(next: &mut ObservedReel, known: &ObservedReel) {
    if next.reel.source_shape == SourceShape::Flat {
        let mut facts = known.reel.clone();
        facts.keep_facts(&next.reel);
        next.reel.clear_facts();
        next.reel.keep_facts(&facts);
    } else {
        next.reel.keep_facts(&known.reel);
    }
    let kept = known.people.iter().filter(|person| !next.roles.contains(&person.role));
    next.people.extend(kept.cloned());
    let roles = known.roles.iter().filter(|role| !next.roles.contains(role)).copied();
    next.roles.extend(roles.collect::<Vec<_>>());
}

/// What was gained since the last observation that had the metric, and over how many hours.
fn fill_gains(reel: &mut Reel, previous: &Reel, last_views: Option<&ViewsPoint>, state: &ReelState) {
    reel.previous_observed_at = Some(previous.observed_at);
    reel.previous_age_hours = previous.age_hours;
    let now = reel.observed_at;
    let gain = |count: Option<i64>, then: Option<i64>, at: Option<UtcMicros>| Some((count? - then?, now.0 - at?.0));
    // No gain between two ways of counting: plays with Facebook's, and plays without.
    let last_views = last_views.filter(|point| point.from_play == is_play(reel));
    let views = gain(reel.views, last_views.map(|point| point.views), last_views.map(|point| point.at));
    let likes = gain(sure_likes(reel), state.likes, state.likes_at);
    let comments = gain(reel.comment_count, state.comments, state.comments_at);
    let paced = views.filter(|(_, elapsed)| *elapsed >= MICROS_PER_HOUR);
    reel.views_per_hour_recent = paced.map(|(gained, elapsed)| gained as f64 / hours(elapsed));
    let split = |gain: Option<(i64, i64)>| (gain.map(|gain| gain.0), gain.map(|gain| hours(gain.1)));
    (reel.views_gained, reel.views_gained_hours) = split(views);
    (reel.likes_gained, reel.likes_gained_hours) = split(likes);
    (reel.comments_gained, reel.comments_gained_hours) = split(comments);
}
