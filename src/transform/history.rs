//! History: an account's readings folded into the newest known state of every reel.

use std::collections::HashMap;

use compact_str::CompactString;

use crate::columns::{Fold, Reel, Row, UtcMicros};

use super::flatten::Reading;

/// What a reel's history needs of one reading with views.
#[derive(Debug, Clone)]
struct Point {
    age_hours: f64,
    views: i64,
    from_play: bool,
}

/// Views at a certain age: settled with the first reading at that age or later.
#[derive(Debug, Clone, Default)]
struct AtAge {
    is_past: bool,
    views: Option<i64>,
}

/// A reel as its readings so far have left it.
#[derive(Debug)]
struct State {
    newest: Reading,
    /// The newest reading with views.
    point: Option<Point>,
    at_24h: AtAge,
    at_7d: AtAge,
    /// The last caption that an answer carried, where the newest carries none.
    earlier_caption: Option<CompactString>,
    /// The walk that last showed it; `None` where that is folded already.
    last_walk: Option<usize>,
    missed_walks: i32,
    missed_were_wide: bool,
    /// Whether it was listed, as far as was known, before the crawl that last showed it.
    was_listed: bool,
}

/// A reel as a fold left it: its newest reading, with its history in it, and what the next fold needs besides.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    pub reading: Reading,
    pub fold: Fold,
}

/// A full crawl that showed under half of the reels that were listed before it: no evidence that the others are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    pub walk: usize,
    /// Of the reels that were listed before the crawl.
    pub shown: usize,
    pub listed: usize,
}

/// Folds readings, oldest first, into one reading a reel, going on from what an earlier fold left. Counts, pins and
/// flags are the newest reading's; facts that an answer does not carry keep their last known value. `complete_walks`
/// are the numbers of the walks that came to their end, with the time of their last page. Those that shrank mark nothing.
///
/// Every reading is newer than those that were folded before, and every walk another: then one fold over all of them
/// gives the same as one after the other.
pub fn fold(
    earlier: Vec<Folded>,
    readings: Vec<Reading>,
    complete_walks: &[(usize, UtcMicros)],
) -> (Vec<Folded>, Vec<Shrunk>) {
    let mut shrunk = Vec::new();
    let mut states: Vec<State> = earlier.into_iter().map(State::from).collect();
    let mut index: HashMap<CompactString, usize> =
        (0..).zip(&states).map(|(at, state)| (state.newest.reel.reel_id.clone(), at)).collect();
    let mut ends = ends(&readings, complete_walks).into_iter().peekable();
    let mut readings = readings.into_iter().peekable();
    while let Some(reading) = readings.next() {
        let moment = reading.reel.observed_at;
        // Only a crawl without reels ends between the moments of readings.
        while let Some(end) = ends.next_if(|end| end.read_at < moment) {
            shrunk.extend(end.mark(&mut states));
        }
        match index.get(&reading.reel.reel_id) {
            Some(&at) => states[at].take(reading),
            None => {
                index.insert(reading.reel.reel_id.clone(), states.len());
                states.push(State::first(reading));
            }
        }
        // What a walk could have shown is all that was read until its last page, and of the same moment as that.
        if readings.peek().is_none_or(|next| next.reel.observed_at > moment) {
            while let Some(end) = ends.next_if(|end| end.read_at <= moment) {
                shrunk.extend(end.mark(&mut states));
            }
        }
    }
    shrunk.extend(ends.filter_map(|end| end.mark(&mut states)));
    (states.into_iter().map(State::finish).collect(), shrunk)
}

/// A complete walk at its last page.
struct End {
    walk: usize,
    read_at: UtcMicros,
    reels: usize,
}

/// The ends of the complete walks, in the order of the last pages on which they showed anything.
fn ends(readings: &[Reading], complete_walks: &[(usize, UtcMicros)]) -> Vec<End> {
    let mut by_walk: HashMap<usize, End> = HashMap::new();
    for reading in readings {
        let (walk, read_at) = (reading.walk, reading.reel.observed_at);
        let end = by_walk.entry(walk).or_insert(End { walk, read_at, reels: 0 });
        end.read_at = end.read_at.max(read_at);
        end.reels += 1;
    }
    let end = |&(walk, read_at): &(usize, UtcMicros)| by_walk.remove(&walk).unwrap_or(End { walk, read_at, reels: 0 });
    let mut ends: Vec<End> = complete_walks.iter().map(end).collect();
    ends.sort_by_key(|end| (end.read_at, end.walk));
    ends
}

impl End {
    /// Notes on every reel that this walk did not show that it missed it, unless it shrank.
    fn mark(&self, states: &mut [State]) -> Option<Shrunk> {
        const WIDE: f64 = 0.8;
        let shrunk = self.shrunk(states);
        if shrunk.is_some() || self.reels == 0 {
            return shrunk;
        }
        let is_wide = self.reels as f64 >= WIDE * states.len() as f64;
        for state in states {
            if self.missed(state) {
                state.missed_walks += 1;
                state.missed_were_wide &= is_wide;
            }
        }
        None
    }

    fn missed(&self, state: &State) -> bool {
        state.last_walk != Some(self.walk) && state.newest.reel.observed_at < self.read_at
    }

    /// Whether this walk showed under half of the reels that were listed before it; of a handful, nothing can be told.
    fn shrunk(&self, states: &[State]) -> Option<Shrunk> {
        const HANDFUL: usize = 4;
        let is_shown = |state: &&State| state.last_walk == Some(self.walk) && state.was_listed;
        let is_gone = |state: &&State| self.missed(state) && state.is_listed() != Some(false);
        let shown = states.iter().filter(is_shown).count();
        let listed = shown + states.iter().filter(is_gone).count();
        (listed >= HANDFUL && 2 * shown < listed).then_some(Shrunk { walk: self.walk, shown, listed })
    }
}

impl State {
    fn first(mut newest: Reading) -> Self {
        newest.reel.first_observed_at = newest.reel.observed_at;
        let point = point(&newest.reel);
        let mut state = Self {
            earlier_caption: None,
            point: None,
            at_24h: AtAge::default(),
            at_7d: AtAge::default(),
            last_walk: Some(newest.walk),
            missed_walks: 0,
            missed_were_wide: true,
            was_listed: false,
            newest,
        };
        state.take_point(point);
        state
    }

    fn take(&mut self, mut next: Reading) {
        // Before facts of earlier answers come in: what this answer itself says.
        self.take_point(point(&next.reel));
        std::mem::swap(&mut self.newest, &mut next);
        let (next, mut known) = (&mut self.newest, next);
        let caption = known.reel.caption.take().or(self.earlier_caption.take());
        next.reel.caption_changed_at = known.reel.caption_changed_at;
        match &next.reel.caption {
            Some(now) if caption.as_ref().is_some_and(|before| before != now) => {
                next.reel.caption_changed_at = Some(next.reel.observed_at);
            }
            Some(_) => {}
            None => self.earlier_caption = caption,
        }
        keep_facts(next, &known);
        next.reel.first_observed_at = known.reel.first_observed_at;
        gains(&mut next.reel, &known.reel);
        self.was_listed = is_listed(self.missed_walks, self.missed_were_wide) != Some(false);
        (self.last_walk, self.missed_walks, self.missed_were_wide) = (Some(next.walk), 0, true);
    }

    fn take_point(&mut self, point: Option<Point>) {
        let Some(point) = point else { return };
        self.at_24h.take(self.point.as_ref(), &point, 24.0, 36.0);
        self.at_7d.take(self.point.as_ref(), &point, 7.0 * 24.0, 4.0 * 24.0);
        self.point = Some(point);
    }

    fn is_listed(&self) -> Option<bool> {
        is_listed(self.missed_walks, self.missed_were_wide)
    }

    fn finish(self) -> Folded {
        let is_listed = self.is_listed();
        let mut reading = self.newest;
        let reel = &mut reading.reel;
        reel.last_listed_at = reel.observed_at;
        (reel.views_24h, reel.views_7d) = (self.at_24h.views, self.at_7d.views);
        reel.is_listed = is_listed;
        let fold = Fold {
            account: reel.account.clone(),
            reel_id: reel.reel_id.clone(),
            caption: self.earlier_caption,
            age_hours: self.point.as_ref().map(|point| point.age_hours),
            views: self.point.as_ref().map(|point| point.views),
            is_play: self.point.as_ref().map(|point| point.from_play),
            is_past_24h: self.at_24h.is_past,
            is_past_7d: self.at_7d.is_past,
            missed_walks: self.missed_walks,
            missed_were_wide: self.missed_were_wide,
        };
        Folded { reading, fold }
    }
}

impl From<Folded> for State {
    fn from(Folded { reading, fold }: Folded) -> Self {
        let reel = &reading.reel;
        let point = |((age_hours, views), from_play)| Point { age_hours, views, from_play };
        Self {
            point: fold.age_hours.zip(fold.views).zip(fold.is_play).map(point),
            at_24h: AtAge { is_past: fold.is_past_24h, views: reel.views_24h },
            at_7d: AtAge { is_past: fold.is_past_7d, views: reel.views_7d },
            earlier_caption: fold.caption,
            last_walk: None,
            missed_walks: fold.missed_walks,
            missed_were_wide: fold.missed_were_wide,
            was_listed: true,
            newest: reading,
        }
    }
}

fn point(reel: &Reel) -> Option<Point> {
    let from_play = reel.views_source.as_deref() == Some("play");
    reel.views.map(|views| Point { age_hours: reel.age_hours, views, from_play })
}

/// Facts that this answer does not carry keep their last known value. A flat answer has no video renditions: what it
/// says of the size is the cover's, a poorer source, so that what is known already stays.
fn keep_facts(next: &mut Reading, known: &Reading) {
    if next.reel.source_shape == "flat" {
        let mut facts = known.reel.clone();
        facts.keep_facts(&next.reel);
        next.reel.clear_facts();
        next.reel.keep_facts(&facts);
    } else {
        next.reel.keep_facts(&known.reel);
    }
    let kept = known.people.iter().filter(|person| !next.roles.contains(&person.role.as_str()));
    next.people.extend(kept.cloned().collect::<Vec<_>>());
    let roles = known.roles.iter().filter(|role| !next.roles.contains(role)).copied();
    next.roles.extend(roles.collect::<Vec<_>>());
}

/// What was gained since the reading before.
fn gains(reel: &mut Reel, before: &Reel) {
    const MICROS_PER_HOUR: f64 = 3_600_000_000.0;
    let gained = |now: Option<i64>, then: Option<i64>| now.zip(then).map(|(now, then)| now - then);
    // Two ways of counting make no gain: plays with Facebook's in them, less plays without.
    let from_play = |reel: &Reel| reel.views_source.as_deref() == Some("play");
    let comparable = from_play(reel) == from_play(before);
    let likes_known = !reel.likes_suspect && !before.likes_suspect;
    reel.previous_observed_at = Some(before.observed_at);
    reel.views_gained = gained(reel.views, before.views).filter(|_| comparable);
    reel.likes_gained = gained(reel.like_count, before.like_count).filter(|_| likes_known);
    reel.comments_gained = gained(reel.comment_count, before.comment_count);
    let hours = (reel.observed_at.0 - before.observed_at.0) as f64 / MICROS_PER_HOUR;
    reel.views_per_hour_recent = reel.views_gained.filter(|_| hours >= 1.0).map(|gained| gained as f64 / hours);
}

impl AtAge {
    /// Settles the views at an age with the first point at that age or later: on the line from the point before it,
    /// where the two are at most `widest` hours apart; rounded half up.
    fn take(&mut self, before: Option<&Point>, point: &Point, age_hours: f64, widest: f64) {
        if self.is_past || point.age_hours < age_hours {
            return;
        }
        self.is_past = true;
        if point.age_hours == age_hours {
            self.views = Some(point.views);
            return;
        }
        let Some(before) = before else { return };
        let apart = point.age_hours - before.age_hours;
        if apart <= widest && before.from_play == point.from_play {
            let share = (age_hours - before.age_hours) / apart;
            self.views = Some((before.views as f64 + share * (point.views - before.views) as f64 + 0.5).floor() as i64);
        }
    }
}

/// True where no complete walk has missed the reel since it was shown, false after two that did; null between, and
/// where one of these walks showed too few reels to tell.
fn is_listed(missed_walks: i32, missed_were_wide: bool) -> Option<bool> {
    match missed_walks {
        0 => Some(true),
        1 => None,
        _ => missed_were_wide.then_some(false),
    }
}

#[cfg(test)]
mod tests;
