//! Rows of the smaller tables, from a folded reel.

use crate::columns::{Hashtag, Observation, Person, Reel};

use super::super::caption;
use super::super::flatten::Reading;
use super::Tables;

pub fn observation(reel: &Reel) -> Observation {
    Observation {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        observed_at: reel.observed_at,
        age_hours: reel.age_hours,
        views: reel.views,
        views_source: reel.views_source.clone(),
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

pub fn add_people(rows: &mut Vec<Person>, reading: &Reading, parts: &caption::Parts) {
    rows.extend(reading.people.iter().cloned());
    rows.extend(parts.mentions.iter().map(|username| Person {
        reel_key: reading.reel.reel_key.clone(),
        account: reading.reel.account.clone(),
        reel_id: reading.reel.reel_id.clone(),
        role: "mention".to_owned(),
        username: username.clone(),
        user_id: None,
    }));
}

/// As `columns::Table::sort_order` says; the account is one.
pub fn sort(tables: &mut Tables) {
    tables.reels.sort_by(|a, b| b.posted_at.cmp(&a.posted_at).then_with(|| a.reel_id.cmp(&b.reel_id)));
    tables.observations.sort_by(Observation::order);
    tables.hashtags.sort_by(|a, b| (&a.reel_id, a.position).cmp(&(&b.reel_id, b.position)));
    tables.fold.sort_by(|a, b| a.reel_id.cmp(&b.reel_id));
    tables.people.sort_by(|a, b| (&a.reel_id, &a.role, &a.username).cmp(&(&b.reel_id, &b.role, &b.username)));
}
