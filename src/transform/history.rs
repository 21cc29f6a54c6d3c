//! History: an account's observations folded into the newest known state of every reel.

pub mod listing;
#[cfg(test)]
pub mod tests;
pub mod views_at;

use std::collections::HashMap;

use compact_str::CompactString;

use crate::schema::cell::UtcMicros;
use crate::schema::column::Row;
use crate::schema::tables::{Reel, ReelState};
use crate::schema::values::{SourceShape, ViewsSource};
use crate::transform::flatten::Reading;
use crate::transform::history::listing::{Missed, Shrunk};
use crate::transform::history::views_at::{AtAge, Point};
use crate::transform::posting_time::{HOUR_US, age_us, hours};

/// A count as the newest observation that had it gave it.
#[derive(Debug, Clone, Copy)]
struct SeenReel {
    value: i64,
    at: UtcMicros,
}

/// What was last known of the metrics of a reel: of each, by the newest observation that had it.
#[derive(Debug, Default)]
struct LastKnown {
    views: Option<Point>,
    likes: Option<SeenReel>,
    comments: Option<SeenReel>,
    caption_at: Option<UtcMicros>,
    duration_at: Option<UtcMicros>,
}

/// A reel as its observations so far have left it.
#[derive(Debug)]
pub(crate) struct State {
    newest: Reading,
    known: LastKnown,
    at_24h: AtAge,
    at_7d: AtAge,
    /// The last caption that an answer carried, where the newest carries none.
    earlier_caption: Option<CompactString>,
    same_page_since: UtcMicros,
    same_counts_since: UtcMicros,
    /// The crawl that last showed it; `None` where that is folded already.
    last_walk: Option<usize>,
    missed: Missed,
    /// Whether it was listed, as far as was known, before the crawl that last showed it.
    was_listed: bool,
}

/// A reel as a fold left it: its newest observation, with its history in it, and what the next fold needs besides.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    pub reading: Reading,
    pub fold: ReelState,
}

/// Folds observations, oldest first, into one a reel, going on from what an earlier fold left. Counts, pins and flags
/// are the newest observation's; facts that an answer does not carry keep their last known value. `complete_walks` are
/// the numbers of the crawls that came to their end, with the time of their last page. Those that shrank mark nothing,
/// until they have agreed for a week; `shrunk_since` is when the row of them began.
///
/// Every observation is newer than those that were folded before, and every crawl another: then one fold over all of
/// them gives the same as one after the other.
pub fn fold(
    earlier: Vec<Folded>,
    readings: Vec<Reading>,
    complete_walks: &[(usize, UtcMicros)],
    shrunk_since: &mut Option<UtcMicros>,
) -> (Vec<Folded>, Vec<Shrunk>) {
    let mut shrunk = Vec::new();
    let mut states: Vec<State> = earlier.into_iter().map(State::from).collect();
    let mut index: HashMap<CompactString, usize> =
        (0..).zip(&states).map(|(at, state)| (state.newest.reel.reel_id.clone(), at)).collect();
    let mut ends = listing::ends(&readings, complete_walks).into_iter().peekable();
    let mut readings = readings.into_iter().peekable();
    while let Some(reading) = readings.next() {
        let moment = reading.reel.observed_at;
        // Only a crawl without reels ends between the moments of readings.
        while let Some(end) = ends.next_if(|end| end.read_at < moment) {
            shrunk.extend(end.mark(&mut states, shrunk_since));
        }
        match index.get(&reading.reel.reel_id) {
            Some(&at) => states[at].take(reading),
            None => {
                index.insert(reading.reel.reel_id.clone(), states.len());
                states.push(State::first(reading));
            }
        }
        // What a crawl could have shown is all that was read until its last page, and of the same moment as that.
        if readings.peek().is_none_or(|next| next.reel.observed_at > moment) {
            while let Some(end) = ends.next_if(|end| end.read_at <= moment) {
                shrunk.extend(end.mark(&mut states, shrunk_since));
            }
        }
    }
    shrunk.extend(ends.filter_map(|end| end.mark(&mut states, shrunk_since)));
    (states.into_iter().map(State::finish).collect(), shrunk)
}

impl State {
    fn first(mut newest: Reading) -> Self {
        let at = newest.reel.observed_at;
        newest.reel.first_observed_at = at;
        let mut state = Self {
            known: LastKnown::default(),
            at_24h: AtAge::default(),
            at_7d: AtAge::default(),
            earlier_caption: None,
            same_page_since: at,
            same_counts_since: at,
            last_walk: Some(newest.walk),
            missed: Missed::default(),
            was_listed: false,
            newest,
        };
        state.take_metrics();
        state
    }

    fn take(&mut self, mut next: Reading) {
        std::mem::swap(&mut self.newest, &mut next);
        let (next, mut before) = (self.newest.reel.as_mut(), next);
        gains(next, &before.reel, &self.known);
        if next.page_blake3 != before.reel.page_blake3 {
            self.same_page_since = next.observed_at;
        }
        if counts(next) != counts(&before.reel) {
            self.same_counts_since = next.observed_at;
        }
        let caption = before.reel.caption.take().or(self.earlier_caption.take());
        next.caption_changed_at = before.reel.caption_changed_at;
        match &next.caption {
            Some(now) if caption.as_ref().is_some_and(|before| before != now) => {
                next.caption_changed_at = Some(next.observed_at);
            }
            Some(_) => {}
            None => self.earlier_caption = caption,
        }
        next.first_observed_at = before.reel.first_observed_at;
        // Before facts of earlier answers come in: what this answer itself says.
        self.take_metrics();
        keep_facts(&mut self.newest, &before);
        self.was_listed = self.missed.is_listed() != Some(false);
        (self.last_walk, self.missed) = (Some(self.newest.walk), Missed::default());
    }

    /// Remembers what the newest answer says of each metric.
    fn take_metrics(&mut self) {
        let reel = &self.newest.reel;
        let at = reel.observed_at;
        let known = |value: i64| SeenReel { value, at };
        self.known.likes = sure_likes(reel).map(known).or(self.known.likes);
        self.known.comments = reel.comment_count.map(known).or(self.known.comments);
        self.known.caption_at = reel.caption.as_ref().map(|_| at).or(self.known.caption_at);
        self.known.duration_at = reel.duration_s.map(|_| at).or(self.known.duration_at);
        let Some(point) = point(reel) else { return };
        self.at_24h.take(self.known.views.as_ref(), &point, 24 * HOUR_US, 36 * HOUR_US);
        self.at_7d.take(self.known.views.as_ref(), &point, 7 * 24 * HOUR_US, 4 * 24 * HOUR_US);
        self.known.views = Some(point);
    }

    fn finish(self) -> Folded {
        let mut reading = self.newest;
        let reel = &mut reading.reel;
        reel.last_listed_at = reel.observed_at;
        (reel.views_24h, reel.views_7d) = (self.at_24h.views, self.at_7d.views);
        let LastKnown { views, likes, comments, caption_at, duration_at } = self.known;
        reel.last_known_views = views.as_ref().map(|point| point.views);
        reel.last_known_views_at = views.as_ref().map(|point| point.at);
        reel.is_listed = self.missed.is_listed();
        let fold = ReelState {
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
        Folded { reading, fold }
    }
}

impl From<Folded> for State {
    fn from(Folded { reading, fold }: Folded) -> Self {
        let reel = &reading.reel;
        let views = reel.last_known_views.zip(reel.last_known_views_at).zip(fold.views_is_play);
        let point = |((views, at), from_play)| Point { at, age_us: fold.views_age_us, views, from_play };
        let known = |value: Option<i64>, at: Option<UtcMicros>| value.zip(at).map(|(value, at)| SeenReel { value, at });
        Self {
            known: LastKnown {
                views: views.map(point),
                likes: known(fold.likes, fold.likes_at),
                comments: known(fold.comments, fold.comments_at),
                caption_at: fold.caption_at,
                duration_at: fold.duration_at,
            },
            at_24h: AtAge { is_past: fold.is_past_24h, views: reel.views_24h },
            at_7d: AtAge { is_past: fold.is_past_7d, views: reel.views_7d },
            earlier_caption: fold.caption,
            same_page_since: fold.same_page_since,
            same_counts_since: fold.same_counts_since,
            last_walk: None,
            missed: Missed { crawls: fold.missed_crawls, wide_crawls: fold.missed_wide_crawls },
            was_listed: true,
            newest: reading,
        }
    }
}

fn point(reel: &Reel) -> Option<Point> {
    let age_us = (!reel.has_impossible_time).then(|| age_us(reel));
    reel.views.map(|views| Point { at: reel.observed_at, age_us, views, from_play: is_play(reel) })
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

/// Facts that this answer does not carry keep their last known value. A flat answer has no video renditions: what it
/// says of the size is the cover's, a poorer source, so that what is known already stays.
fn keep_facts(next: &mut Reading, known: &Reading) {
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
fn gains(reel: &mut Reel, before: &Reel, known: &LastKnown) {
    reel.previous_observed_at = Some(before.observed_at);
    reel.previous_age_hours = before.age_hours;
    let since = |at: UtcMicros| reel.observed_at.0 - at.0;
    // Two ways of counting make no gain: plays with Facebook's in them, less plays without.
    let views = reel.views.zip(known.views.as_ref().filter(|point| point.from_play == is_play(reel)));
    let views = views.map(|(now, point)| (now - point.views, since(point.at)));
    let gained =
        |now: Option<i64>, then: Option<SeenReel>| now.zip(then).map(|(now, then)| (now - then.value, since(then.at)));
    let likes = gained(sure_likes(reel), known.likes);
    let comments = gained(reel.comment_count, known.comments);
    let paced = views.filter(|(_, elapsed)| *elapsed >= HOUR_US);
    reel.views_per_hour_recent = paced.map(|(gained, elapsed)| gained as f64 / hours(elapsed));
    let split = |gain: Option<(i64, i64)>| (gain.map(|gain| gain.0), gain.map(|gain| hours(gain.1)));
    (reel.views_gained, reel.views_gained_hours) = split(views);
    (reel.likes_gained, reel.likes_gained_hours) = split(likes);
    (reel.comments_gained, reel.comments_gained_hours) = split(comments);
}
