//! One reel while observations are added to it, and its history between updates.

use compact_str::CompactString;

use crate::schema::tables::{Reel, ReelState};
use crate::schema::values::{SourceShape, ViewsSource};
use crate::schema::{cell::UtcMicros, column::Row};
use crate::transform::history::views_at::{AtAge, ViewsPoint};
use crate::transform::posting_time::{HOUR_US, age_us, hours};
use crate::transform::{flat_reel::FlatReel, history::missed::Missed};

/// A count as the newest observation that had it gave it.
#[derive(Debug, Clone, Copy)]
struct KnownCount {
    value: i64,
    at: UtcMicros,
}

/// The last known value of each metric of a reel, from the newest observation that had it.
#[derive(Debug, Default)]
struct LastKnown {
    views: Option<ViewsPoint>,
    likes: Option<KnownCount>,
    comments: Option<KnownCount>,
    caption_at: Option<UtcMicros>,
    duration_at: Option<UtcMicros>,
}

/// A reel after the observations so far.
#[derive(Debug)]
pub(crate) struct ReelProgress {
    pub newest: FlatReel,
    known: LastKnown,
    at_24h: AtAge,
    at_7d: AtAge,
    /// The last known caption, where the newest observation has none.
    earlier_caption: Option<CompactString>,
    same_page_since: UtcMicros,
    same_counts_since: UtcMicros,
    /// The crawl that last showed it; `None` where that was in an earlier update.
    pub last_crawl: Option<usize>,
    pub missed: Missed,
    /// Whether it was listed, as far as was known, before the crawl that last showed it.
    pub was_listed: bool,
}

/// A reel between two updates: its newest observation, with its history in it, and what the next update needs besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReelHistory {
    pub observation: FlatReel,
    pub state: ReelState,
}

impl ReelProgress {
    pub(crate) fn first(mut newest: FlatReel) -> Self {
        let at = newest.reel.observed_at;
        newest.reel.first_observed_at = at;
        let mut state = Self {
            known: LastKnown::default(),
            at_24h: AtAge::default(),
            at_7d: AtAge::default(),
            earlier_caption: None,
            same_page_since: at,
            same_counts_since: at,
            last_crawl: Some(newest.crawl),
            missed: Missed::default(),
            was_listed: false,
            newest,
        };
        state.record_metrics();
        state
    }

    pub(crate) fn add(&mut self, mut next: FlatReel) {
        std::mem::swap(&mut self.newest, &mut next);
        let (next, mut previous) = (self.newest.reel.as_mut(), next);
        gains(next, &previous.reel, &self.known);
        if next.page_blake3 != previous.reel.page_blake3 {
            self.same_page_since = next.observed_at;
        }
        if counts(next) != counts(&previous.reel) {
            self.same_counts_since = next.observed_at;
        }
        let caption = previous.reel.caption.take().or(self.earlier_caption.take());
        next.caption_changed_at = previous.reel.caption_changed_at;
        match &next.caption {
            Some(now) if caption.as_ref().is_some_and(|earlier| earlier != now) => {
                next.caption_changed_at = Some(next.observed_at);
            }
            Some(_) => {}
            None => self.earlier_caption = caption,
        }
        next.first_observed_at = previous.reel.first_observed_at;
        // Before facts of earlier observations are filled in: only what this observation has.
        self.record_metrics();
        keep_facts(&mut self.newest, &previous);
        self.was_listed = self.missed.is_listed() != Some(false);
        (self.last_crawl, self.missed) = (Some(self.newest.crawl), Missed::default());
    }

    /// Records the metrics of the newest observation.
    fn record_metrics(&mut self) {
        let reel = &self.newest.reel;
        let at = reel.observed_at;
        let known = |value: i64| KnownCount { value, at };
        self.known.likes = sure_likes(reel).map(known).or(self.known.likes);
        self.known.comments = reel.comment_count.map(known).or(self.known.comments);
        self.known.caption_at = reel.caption.as_ref().map(|_| at).or(self.known.caption_at);
        self.known.duration_at = reel.duration_s.map(|_| at).or(self.known.duration_at);
        let Some(point) = point(reel) else { return };
        self.at_24h.take(self.known.views.as_ref(), &point, 24 * HOUR_US, 36 * HOUR_US);
        self.at_7d.take(self.known.views.as_ref(), &point, 7 * 24 * HOUR_US, 4 * 24 * HOUR_US);
        self.known.views = Some(point);
    }

    pub(crate) fn finish(self) -> ReelHistory {
        let mut observation = self.newest;
        let reel = &mut observation.reel;
        reel.last_listed_at = reel.observed_at;
        (reel.views_24h, reel.views_7d) = (self.at_24h.views, self.at_7d.views);
        let LastKnown { views, likes, comments, caption_at, duration_at } = self.known;
        reel.last_known_views = views.as_ref().map(|point| point.views);
        reel.last_known_views_at = views.as_ref().map(|point| point.at);
        reel.is_listed = self.missed.is_listed();
        let state = ReelState {
            account: reel.account.clone(),
            reel_id: reel.reel_id.clone(),
            caption: self.earlier_caption,
            caption_at,
            duration_at,
            views_age_us: views.as_ref().and_then(|point| point.age_us),
            views_is_play: views.as_ref().map(|point| point.from_play),
            likes: likes.map(|likes| likes.value),
            likes_at: likes.map(|likes| likes.at),
            comments: comments.map(|comments| comments.value),
            comments_at: comments.map(|comments| comments.at),
            is_past_24h: self.at_24h.is_past,
            is_past_7d: self.at_7d.is_past,
            missed_crawls: self.missed.crawls,
            missed_wide_crawls: self.missed.wide_crawls,
            same_page_since: self.same_page_since,
            same_counts_since: self.same_counts_since,
        };
        ReelHistory { observation, state }
    }
}

impl From<ReelHistory> for ReelProgress {
    fn from(ReelHistory { observation, state }: ReelHistory) -> Self {
        let reel = &observation.reel;
        let views = reel.last_known_views.zip(reel.last_known_views_at).zip(state.views_is_play);
        let point = |((views, at), from_play)| ViewsPoint { at, age_us: state.views_age_us, views, from_play };
        let known =
            |value: Option<i64>, at: Option<UtcMicros>| value.zip(at).map(|(value, at)| KnownCount { value, at });
        Self {
            known: LastKnown {
                views: views.map(point),
                likes: known(state.likes, state.likes_at),
                comments: known(state.comments, state.comments_at),
                caption_at: state.caption_at,
                duration_at: state.duration_at,
            },
            at_24h: AtAge { is_past: state.is_past_24h, views: reel.views_24h },
            at_7d: AtAge { is_past: state.is_past_7d, views: reel.views_7d },
            earlier_caption: state.caption,
            same_page_since: state.same_page_since,
            same_counts_since: state.same_counts_since,
            last_crawl: None,
            missed: Missed { crawls: state.missed_crawls, wide_crawls: state.missed_wide_crawls },
            was_listed: true,
            newest: observation,
        }
    }
}

fn point(reel: &Reel) -> Option<ViewsPoint> {
    let age_us = (!reel.has_impossible_time).then(|| age_us(reel));
    reel.views.map(|views| ViewsPoint { at: reel.observed_at, age_us, views, from_play: is_play(reel) })
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
fn keep_facts(next: &mut FlatReel, known: &FlatReel) {
    if next.reel.source_shape == SourceShape::Flat {
        let mut facts = known.reel.clone();
        facts.keep_facts(&next.reel);
        next.reel.clear_facts();
        next.reel.keep_facts(&facts);
    } else {
        next.reel.keep_facts(&known.reel);
    }
    let kept = known.people.iter().filter(|person| !next.roles.contains(&person.role));
    next.people.extend(kept.cloned().collect::<Vec<_>>());
    let roles = known.roles.iter().filter(|role| !next.roles.contains(role)).copied();
    next.roles.extend(roles.collect::<Vec<_>>());
}

/// What was gained since the last observation that had the metric, and over how many hours.
fn gains(reel: &mut Reel, previous: &Reel, known: &LastKnown) {
    reel.previous_observed_at = Some(previous.observed_at);
    reel.previous_age_hours = previous.age_hours;
    let since = |at: UtcMicros| reel.observed_at.0 - at.0;
    // No gain between two ways of counting: plays with Facebook's, and plays without.
    let views = reel.views.zip(known.views.as_ref().filter(|point| point.from_play == is_play(reel)));
    let views = views.map(|(now, point)| (now - point.views, since(point.at)));
    let gained = |now: Option<i64>, then: Option<KnownCount>| {
        now.zip(then).map(|(now, then)| (now - then.value, since(then.at)))
    };
    let likes = gained(sure_likes(reel), known.likes);
    let comments = gained(reel.comment_count, known.comments);
    let paced = views.filter(|(_, elapsed)| *elapsed >= HOUR_US);
    reel.views_per_hour_recent = paced.map(|(gained, elapsed)| gained as f64 / hours(elapsed));
    let split = |gain: Option<(i64, i64)>| (gain.map(|gain| gain.0), gain.map(|gain| hours(gain.1)));
    (reel.views_gained, reel.views_gained_hours) = split(views);
    (reel.likes_gained, reel.likes_gained_hours) = split(likes);
    (reel.comments_gained, reel.comments_gained_hours) = split(comments);
}
