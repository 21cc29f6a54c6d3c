//! Rows of the smaller tables, from a reel.

use crate::schema::tables::{Hashtag, Observation, Person, Reel};
use crate::schema::values::Role;
use crate::transform::{caption, flat_reel::FlatReel};

pub(crate) fn observation_row(reel: &Reel) -> Observation {
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

pub(crate) fn add_hashtags(rows: &mut Vec<Hashtag>, reel: &Reel, parts: &caption::Parts) {
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
pub(crate) fn add_people(rows: &mut Vec<Person>, observation: &mut FlatReel, parts: &caption::Parts) {
    let first = rows.len();
    rows.append(&mut observation.people);
    rows.extend(parts.mentions.iter().map(|username| Person {
        reel_key: observation.reel.reel_key.clone(),
        account: observation.reel.account.clone(),
        reel_id: observation.reel.reel_id.clone(),
        role: Role::Mention,
        username: username.clone(),
        user_id: None,
    }));
    rows[first..].sort_by(|a, b| (a.role.name(), &a.username).cmp(&(b.role.name(), &b.username)));
}
