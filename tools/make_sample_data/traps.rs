//! THE TABLE: everything awkward that the API may answer, each on a reel of its own.
//!
//! A line says the account, the reel (its index, oldest first), the walks in which the answer shows it, what it is,
//! and how the plain item is changed. Awkward texts are in `special::SPECIAL`, pins in `accounts.rs`; [`all`] brings
//! the three together. Reels of the bakery that stand on its one flat page (35 to 45) have no trap that needs more
//! than a flat item carries, but for those that say so.

use serde_json::{Value, json};

use crate::accounts::{ACCOUNTS, BAKERY as B, COACH, FITNESS as F, FLOUR_MILL, TRAILS as T};
use crate::captions::ORIGINAL_AUDIO;
use crate::item::{coauthor, iso};
use crate::special;

const BOTH: [bool; 2] = [true, true];
const FIRST: [bool; 2] = [true, false];
const SECOND: [bool; 2] = [false, true];

#[derive(Clone)]
pub struct Trap {
    pub account: usize,
    pub post: usize,
    pub walks: [bool; 2],
    pub what: &'static str,
    change: fn(&mut Value),
}

impl Trap {
    pub fn patch(&self, media: &mut Value) {
        (self.change)(media);
    }
}

const WRAPPED_AMONG_FLAT: &str = "wrapped item on a flat page";

const fn trap(account: usize, post: usize, walks: [bool; 2], what: &'static str, change: fn(&mut Value)) -> Trap {
    Trap { account, post, walks, what, change }
}

static TRAPS: &[Trap] = &[
    // Likes
    trap(B, 62, BOTH, "hidden likes: the flag, like_count 3", |m| {
        set(m, "like_and_view_counts_disabled", true);
        set(m, "like_count", 3);
    }),
    trap(B, 12, BOTH, "hidden likes: the flag as 1, the true count still there", |m| {
        set(m, "like_and_view_counts_disabled", 1);
    }),
    trap(T, 62, BOTH, "hidden likes: like_count -1, no flag", |m| {
        drop_keys(m, &["like_and_view_counts_disabled"]);
        set(m, "like_count", -1);
    }),
    trap(F, 61, BOTH, "hidden likes: like_count -1 on a flat item", |m| set(m, "like_count", -1)),
    trap(T, 61, BOTH, "suspect likes: flag absent, like_count 3, many views", |m| {
        drop_keys(m, &["like_and_view_counts_disabled"]);
        set(m, "like_count", 3);
    }),
    trap(F, 62, BOTH, "suspect likes on a flat item", |m| set(m, "like_count", 3)),
    // Plays and other counts
    trap(B, 61, BOTH, "Facebook plays: play_count = ig + fb", |m| add_facebook(m, 4)),
    trap(T, 51, BOTH, "Facebook plays: most of them there", |m| {
        let plays = m["ig_play_count"].as_u64().expect("a count");
        set(m, "fb_play_count", plays * 2);
        set(m, "play_count", plays * 3);
    }),
    trap(T, 57, BOTH, "play_count and fb_play_count without ig_play_count", |m| {
        add_facebook(m, 6);
        drop_keys(m, &["ig_play_count"]);
    }),
    trap(T, 56, SECOND, "ig_play_count in walk 1 only: another source of views", |m| drop_keys(m, &["ig_play_count"])),
    trap(B, 46, BOTH, "view_count, smaller than the plays", |m| {
        let plays = m["play_count"].as_u64().expect("a count");
        set(m, "view_count", plays * 7 / 10);
    }),
    trap(B, 49, BOTH, "comment_count and reshare_count null", |m| {
        set(m, "comment_count", Value::Null);
        set(m, "reshare_count", Value::Null);
    }),
    trap(F, 54, BOTH, "all plays null on a flat item", |m| {
        set(m, "play_count", Value::Null);
        set(m, "ig_play_count", Value::Null);
    }),
    trap(B, 47, BOTH, "reshare_count and media_repost_count absent", |m| {
        drop_keys(m, &["reshare_count", "media_repost_count"]);
    }),
    trap(B, 31, SECOND, "counts that went down since walk 1", |m| {
        for key in ["play_count", "ig_play_count", "like_count"] {
            let count = m[key].as_u64().expect("a count");
            set(m, key, count * 93 / 100);
        }
    }),
    // Ids and times
    trap(B, 54, BOTH, "ids as integers above 2^53", |m| {
        to_integer(m, "/pk");
        to_integer(m, "/user/pk");
        to_integer(m, "/owner/pk");
        to_integer(m, "/caption/pk");
    }),
    trap(F, 56, BOTH, "id as a bare integer, user.pk as an integer", |m| {
        m["id"] = m["pk"].clone();
        to_integer(m, "/id");
        to_integer(m, "/user/pk");
    }),
    trap(B, 45, BOTH, "code and pk disagree", |m| {
        let mut code = m["code"].as_str().expect("a code").to_owned();
        let last = if code.pop() == Some('x') { 'y' } else { 'x' };
        m["code"] = json!(code + &last.to_string());
    }),
    trap(T, 20, BOTH, "unreadable item: neither pk, id nor code", |m| drop_keys(m, &["pk", "id", "code"])),
    trap(T, 23, BOTH, "id alone: neither pk nor code", |m| drop_keys(m, &["pk", "code"])),
    trap(B, 53, BOTH, "taken_at as an ISO string", |m| m["taken_at"] = json!(iso(seconds(m)))),
    trap(F, 57, BOTH, "taken_at absent, created_at as an ISO string", |m| {
        m["created_at"] = json!(iso(seconds(m)));
        drop_keys(m, &["taken_at"]);
    }),
    trap(T, 19, BOTH, "no time but the clock within the pk", |m| drop_keys(m, &["taken_at"])),
    // Captions; their texts are in special.rs
    trap(B, 60, BOTH, "caption null", |m| set(m, "caption", Value::Null)),
    trap(F, 60, BOTH, "caption null on a flat item", |m| set(m, "caption", Value::Null)),
    trap(B, 17, BOTH, "caption absent", |m| drop_keys(m, &["caption"])),
    trap(F, 58, BOTH, "caption absent on a flat item", |m| drop_keys(m, &["caption"])),
    trap(B, 18, BOTH, "caption a plain string", |m| m["caption"] = m["caption"]["text"].clone()),
    trap(F, 59, BOTH, "caption a plain string on a flat item", |m| m["caption"] = m["caption"]["text"].clone()),
    trap(B, 16, BOTH, "caption_text in place of caption", |m| {
        m["caption_text"] = m["caption"]["text"].clone();
        drop_keys(m, &["caption"]);
    }),
    trap(B, 32, SECOND, "caption edited since walk 1", |m| {
        m["caption"]["text"] = json!(special::EDITED);
        set(m, "caption_is_edited", true);
    }),
    // People; collabs are made in posts.rs, where their owners are known
    trap(B, 59, BOTH, "collab owned by an outsider, the account only its coauthor", untouched),
    trap(B, 58, BOTH, "collab owned by the account, one coauthor, pk an integer", untouched),
    trap(B, 67, BOTH, "collab owned by another account of the sample", untouched),
    trap(T, 60, BOTH, "the same collab under the account that owns it", untouched),
    trap(F, 52, BOTH, "collab owned by an outsider on a flat item", untouched),
    trap(B, 42, FIRST, "coauthor known from walk 1 only: flat in walk 2", untouched),
    trap(T, 49, BOTH, "coauthor invited only", |m| m["invited_coauthor_producers"] = json!([coauthor(&COACH)])),
    trap(T, 44, BOTH, "user absent, owner there", |m| drop_keys(m, &["user"])),
    trap(F, 51, BOTH, "user absent, owner there, on a flat item", |m| drop_keys(m, &["user"])),
    trap(B, 57, BOTH, "usertags an object with people", |m| {
        m["usertags"] = json!({ "in": [
            { "position": [0.5, 0.4], "user": coauthor(&FLOUR_MILL) },
            { "position": [0.2, 0.7], "user": { "pk": COACH.pk.to_string(), "username": COACH.username } },
        ] });
    }),
    trap(B, 56, BOTH, "usertags null, coauthor_producers null", |m| {
        set(m, "usertags", Value::Null);
        set(m, "coauthor_producers", Value::Null);
    }),
    trap(T, 50, BOTH, "usertags []", untouched),
    // Partnerships
    trap(B, 55, BOTH, "paid partnership, sponsor_tags[].sponsor", |m| {
        set(m, "is_paid_partnership", true);
        m["sponsor_tags"] = json!([{ "permission": true, "sponsor": coauthor(&FLOUR_MILL) }]);
    }),
    trap(T, 52, BOTH, "paid partnership as 1, sponsor_tags[].username", |m| {
        set(m, "is_paid_partnership", 1);
        m["sponsor_tags"] = json!([{ "pk": "70441250119", "username": "coastline.museum.example" }]);
    }),
    trap(B, 40, FIRST, "paid partnership known from walk 1 only: flat in walk 2", |m| {
        set(m, "is_paid_partnership", true);
    }),
    trap(B, 15, BOTH, "sponsor_tags null, is_paid_partnership absent", |m| {
        set(m, "sponsor_tags", Value::Null);
        drop_keys(m, &["is_paid_partnership"]);
    }),
    // Video and sound
    trap(B, 52, BOTH, "video_duration missing, the scrubber has it", |m| drop_keys(m, &["video_duration"])),
    trap(B, 51, BOTH, "video_duration 0.0, the scrubber has it", |m| set(m, "video_duration", 0.0)),
    trap(T, 45, BOTH, "duration in the original sound alone", |m| {
        let length = m.pointer("/image_versions2/scrubber_spritesheet_info_candidates/default/video_length");
        let milliseconds = (length.and_then(Value::as_f64).expect("a length") * 1000.0).round() as u64;
        m["clips_metadata"] = json!({ "audio_type": "original_sounds", "music_info": null, "original_sound_info": {
            "audio_asset_id": "1077501122330045", "duration_in_ms": milliseconds,
            "original_audio_title": ORIGINAL_AUDIO,
        } });
        drop_keys(m, &["video_duration"]);
        drop_keys(&mut m["image_versions2"], &["scrubber_spritesheet_info_candidates"]);
    }),
    trap(T, 43, BOTH, "no duration anywhere, clips_metadata and video_versions absent", |m| {
        drop_keys(m, &["video_duration", "clips_metadata", "video_versions"]);
        drop_keys(&mut m["image_versions2"], &["scrubber_spritesheet_info_candidates"]);
    }),
    trap(B, 50, BOTH, "booleans as 0 and 1", |m| {
        set(m, "has_audio", 1);
        set(m, "is_paid_partnership", 0);
        set(m, "like_and_view_counts_disabled", 0);
        set(&mut m["user"], "is_verified", 0);
        set(&mut m["user"], "is_private", 0);
    }),
    trap(B, 14, BOTH, "licensed track under id alone", |m| {
        m["clips_metadata"] = json!({ "audio_type": "licensed_music", "original_sound_info": null, "music_info": {
            "music_asset_info": { "id": 270118845512209u64, "title": "Rain on Tin", "display_artist": "Lorem Quartet" },
        } });
    }),
    trap(B, 13, BOTH, "has_audio false, no cover but display_uri", |m| {
        set(m, "has_audio", false);
        set(m, "image_versions2", Value::Null);
    }),
    // Places and keys
    trap(B, 19, BOTH, "location with lat and lng", |m| {
        m["location"] = json!({ "name": "Pier Street Market", "lat": 40.7049, "lng": -74.0031 });
    }),
    trap(T, 42, BOTH, "location with a name alone", |m| {
        m["location"] = json!({ "name": "Old Harbour Steps", "pk": 880114 })
    }),
    trap(T, 41, BOTH, "location null", |m| set(m, "location", Value::Null)),
    trap(B, 11, BOTH, "keys that nobody knows", |m| m["remix_score"] = json!({ "v": 2, "value": 0.4125 })),
    trap(T, 40, BOTH, "keys that nobody knows", |m| m["is_slow_reel"] = json!(false)),
    trap(F, 55, BOTH, WRAPPED_AMONG_FLAT, untouched),
];

/// Every trap, special texts, pins and the reel that is gone among them.
pub fn all() -> Vec<Trap> {
    let mut all = TRAPS.to_vec();
    all.extend(special::SPECIAL.iter().map(|(account, post, what, _)| trap(*account, *post, BOTH, what, untouched)));
    all.push(trap(special::LONGEST.0, special::LONGEST.1, BOTH, "caption of 2,200 characters", untouched));
    for (number, account) in ACCOUNTS.iter().enumerate() {
        for (walks, pins) in [FIRST, SECOND].into_iter().zip(account.pins) {
            all.extend(pins.iter().map(|post| trap(number, *post, walks, "pinned", untouched)));
        }
        all.extend(
            account.pin_seen_twice.map(|post| trap(number, post, BOTH, "pinned and in its place too", untouched)),
        );
        all.extend(account.gone_later.map(|post| trap(number, post, FIRST, "gone in walk 2", untouched)));
    }
    all
}

/// Whether a reel comes wrapped even on a flat page.
pub fn stays_wrapped(account: usize, post: usize) -> bool {
    TRAPS.iter().any(|trap| (trap.account, trap.post, trap.what) == (account, post, WRAPPED_AMONG_FLAT))
}

/// For what the item shows without a change.
fn untouched(_: &mut Value) {}

fn set(object: &mut Value, key: &str, to: impl Into<Value>) {
    object[key] = to.into();
}

fn drop_keys(object: &mut Value, keys: &[&str]) {
    for key in keys {
        object.as_object_mut().expect("an object").remove(*key);
    }
}

fn to_integer(media: &mut Value, pointer: &str) {
    let id = media.pointer_mut(pointer).expect("an id");
    *id = json!(id.as_str().expect("an id as text").parse::<u64>().expect("digits"));
}

fn seconds(media: &Value) -> i64 {
    media["taken_at"].as_i64().expect("a time")
}

/// Facebook plays, one for every `share` of Instagram's.
fn add_facebook(media: &mut Value, share: u64) {
    let plays = media["ig_play_count"].as_u64().expect("a count");
    set(media, "fb_play_count", plays / share);
    set(media, "play_count", plays + plays / share);
}
