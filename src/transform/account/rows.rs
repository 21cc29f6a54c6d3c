//! Rows of the smaller tables, from a folded reel.

use crate::schema::tables::{Hashtag, Observation, Person, Reel};
use crate::schema::values::Role;
use crate::transform::caption;
use crate::transform::flatten::Reading;

pub fn observation(reel: &Reel) -> Observation {
    Observation {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        observed_at: reel.observed_at,
        age_hours: reel.age_hours,
        views: reel.views,
        views_source: reel.views_source,
        play_count: reel.play_count,
        ig_play_count: reel.ig_play_count,
        fb_play_count: reel.fb_play_count,
        like_count: reel.like_count,
        likes_hidden: reel.likes_hidden,
        comment_count: reel.comment_count,
        reshare_count: reel.reshare_count,
        repost_count: reel.repost_count,
        run_id: reel.run_id.clone(),
        page_blake3: reel.page_blake3.clone(),
    }
}

pub fn add_hashtags(rows: &mut Vec<Hashtag>, reel: &Reel, parts: &caption::Parts) {
    rows.extend((1..).zip(&parts.hashtags).map(|(position, tag)| Hashtag {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        hashtag: tag.tag.clone(),
        hashtag_as_written: tag.written.clone(),
        position,
    }));
}

/// Sorted by role and name.
pub fn add_people(rows: &mut Vec<Person>, reading: &mut Reading, parts: &caption::Parts) {
    let first = rows.len();
    rows.append(&mut reading.people);
    rows.extend(parts.mentions.iter().map(|username| Person {
        reel_key: reading.reel.reel_key.clone(),
        account: reading.reel.account.clone(),
        reel_id: reading.reel.reel_id.clone(),
        role: Role::Mention,
        username: username.clone(),
        user_id: None,
    }));
    rows[first..].sort_by(|a, b| (a.role.text(), &a.username).cmp(&(b.role.text(), &b.username)));
}
