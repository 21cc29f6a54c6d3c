//! History: an account's readings folded into the newest known state of every reel.

use std::collections::HashMap;

use crate::columns::{Person, Row};

use super::flatten::Reading;

/// Folds readings, oldest first, into one reading a reel. Counts, pins and flags are the newest reading's; facts that
/// an answer does not carry keep their last known value.
pub fn fold(readings: &[Reading]) -> Vec<Reading> {
    let mut newest: Vec<Reading> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for reading in readings {
        match index.get(reading.reel.reel_id.as_str()) {
            Some(&at) => {
                let folded = step(&newest[at], reading);
                newest[at] = folded;
            }
            None => {
                let mut first = reading.clone();
                first.reel.first_observed_at = first.reel.observed_at;
                first.reel.last_listed_at = first.reel.observed_at;
                index.insert(&reading.reel.reel_id, newest.len());
                newest.push(first);
            }
        }
    }
    newest
}

fn step(known: &Reading, reading: &Reading) -> Reading {
    let mut next = reading.clone();
    // A flat answer has no video renditions: what it says of the size is the cover's, a poorer source.
    if next.reel.source_shape == "flat" {
        let mut facts = known.reel.clone();
        facts.keep_facts(&next.reel);
        next.reel.clear_facts();
        next.reel.keep_facts(&facts);
    } else {
        next.reel.keep_facts(&known.reel);
    }
    next.reel.first_observed_at = known.reel.first_observed_at;
    next.reel.last_listed_at = next.reel.observed_at;
    let kept: Vec<Person> =
        known.people.iter().filter(|person| !next.roles.contains(&person.role.as_str())).cloned().collect();
    next.people.extend(kept);
    next.roles.extend(known.roles.iter().filter(|role| !reading.roles.contains(role)));
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Reel, UtcMicros};

    fn reading(hour: i64, shape: &str) -> Reading {
        let reel =
            Reel { reel_id: "1".into(), observed_at: UtcMicros(hour), source_shape: shape.into(), ..Reel::default() };
        Reading { reel, ..Reading::default() }
    }

    fn person(role: &str, username: &str) -> Person {
        Person { role: role.into(), username: username.into(), ..Person::default() }
    }

    #[test]
    fn a_trimmed_reading_keeps_facts_and_never_counts() {
        let mut full = reading(1, "wrapped");
        full.reel.width = Some(720);
        full.reel.duration_s = Some(30.0);
        full.reel.is_pinned = Some(true);
        full.reel.like_count = Some(5);
        full.people = vec![person("coauthor", "a")];
        full.roles = vec!["coauthor", "tagged"];
        let mut flat = reading(2, "flat");
        flat.reel.width = Some(1206);
        flat.reel.audio_title = Some("only here".into());
        let folded = &fold(&[full.clone(), flat.clone()])[0];
        assert_eq!((folded.reel.width, folded.reel.duration_s), (Some(720), Some(30.0)));
        assert_eq!((folded.reel.is_pinned, folded.reel.like_count), (None, None));
        assert_eq!(folded.reel.audio_title.as_deref(), Some("only here"));
        assert_eq!(folded.people, [person("coauthor", "a")]);
        assert_eq!((folded.reel.first_observed_at, folded.reel.last_listed_at), (UtcMicros(1), UtcMicros(2)));
        // A full answer after a trimmed one brings its own facts, and an empty list is known to be empty.
        let mut again = full.clone();
        again.people.clear();
        let folded = &fold(&[flat, again])[0];
        assert_eq!((folded.reel.width, folded.people.len()), (Some(720), 0));
    }
}
