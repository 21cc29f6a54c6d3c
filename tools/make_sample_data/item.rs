//! One reel as the API answers it: `media` of a wrapped page, and what of it is left on a flat one.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use crate::accounts::{ACCOUNTS, Person};
use crate::captions;
use crate::posts::{Post, Rng};
use crate::traps::Trap;

/// What a flat item keeps.
const FLAT_KEYS: [&str; 13] = [
    "id",
    "code",
    "taken_at",
    "created_at",
    "caption",
    "play_count",
    "ig_play_count",
    "comment_count",
    "like_count",
    "display_uri",
    "user",
    "owner",
    "image_versions2",
];

/// Licensed tracks: title, artist and asset id. Several reels of all accounts use the same ones.
const TRACKS: [(&str, &str, &str); 4] = [
    ("Kettle Morning", "The Placeholder Band", "270118845501132"),
    ("Long Way Up", "Sample & Daughters", "270118845507764"),
    ("Rain on Tin", "Lorem Quartet", "270118845512209"),
    ("Half Past Six", "The Placeholder Band", "270118845518850"),
];

/// The circumstances under which an item was read.
pub struct Reading {
    pub number: usize,
    /// The reel's index in its account.
    pub post: usize,
    pub walk: usize,
    /// Unix seconds.
    pub read_at: i64,
    /// Its place among the pinned ones, if it is one.
    pub pin: Option<usize>,
}

/// The item in full, with its traps in it.
pub fn media(post: &Post, reading: &Reading, traps: &[Trap]) -> Value {
    let mut rng = Rng::of(&[3, post.pk, reading.walk as u64, reading.number as u64]);
    let mut media = Map::new();
    for part in [identity(post), counts(post, reading), people(post, reading), video(post, reading, &mut rng)] {
        media.append(&mut object(part));
    }
    media.insert("clips_metadata".into(), audio(post));
    let mut media = Value::Object(media);
    let place = post.place.map(|(name, lat, lng)| json!({ "name": name, "lat": lat, "lng": lng }));
    if place.is_some() {
        media["location"] = json!(place);
    }
    let here = |trap: &&Trap| (trap.account, trap.post) == (reading.number, reading.post) && trap.walks[reading.walk];
    for trap in traps.iter().filter(here) {
        trap.patch(&mut media);
    }
    media
}

/// A flat item; `with_scrubber` as the flat accounts have it, which gives them durations.
pub fn trimmed(media: &Value, with_scrubber: bool) -> Value {
    let mut flat: Map<String, Value> =
        FLAT_KEYS.iter().filter_map(|key| Some((key.to_string(), media.get(key)?.clone()))).collect();
    if let Some(images) = flat.get_mut("image_versions2").and_then(Value::as_object_mut)
        && !with_scrubber
    {
        images.remove("scrubber_spritesheet_info_candidates");
    }
    if let Some(code) = media.get("code").and_then(Value::as_str) {
        flat.insert("url".into(), json!(format!("https://www.instagram.com/reel/{code}/")));
    }
    Value::Object(flat)
}

/// The shortcode: the same number as the pk, in base64url digits.
pub fn shortcode(mut pk: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut code = Vec::new();
    while pk > 0 {
        code.push(char::from(DIGITS[(pk & 63) as usize]));
        pk >>= 6;
    }
    code.iter().rev().collect()
}

/// Unix seconds as an ISO string, ending in `Z`.
pub fn iso(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).expect("a time of this century").to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn identity(post: &Post) -> Value {
    json!({
        "pk": post.pk.to_string(),
        "id": format!("{}_{}", post.pk, post.owner.pk),
        "code": shortcode(post.pk),
        "taken_at": post.taken_at,
        "media_type": 2,
        "product_type": "clips",
        "caption_is_edited": false,
        "caption": {
            "content_type": "comment",
            // A moment after the reel: near the post time, but not it.
            "created_at": post.taken_at + 2,
            "created_at_utc": post.taken_at + 2,
            "media_id": post.pk.to_string(),
            "pk": (17_900_000_000_000_000 + post.pk % 99_999_999_999_999).to_string(),
            "status": "Active",
            "text": post.caption,
            "type": 1,
            "user_id": post.owner.pk.to_string(),
        },
    })
}

fn counts(post: &Post, reading: &Reading) -> Value {
    let counts = post.counts(reading.read_at);
    json!({
        "play_count": counts.views,
        "ig_play_count": counts.views,
        "like_count": counts.likes,
        "comment_count": counts.comments,
        "reshare_count": counts.shares,
        "media_repost_count": counts.reposts,
        "like_and_view_counts_disabled": false,
    })
}

fn people(post: &Post, reading: &Reading) -> Value {
    let asked = ACCOUNTS[reading.number].person.pk;
    let pinned = |here: bool| if here { json!([asked.to_string()]) } else { json!([]) };
    let coauthors: Vec<Value> = post.coauthors.iter().map(coauthor).collect();
    json!({
        "user": user(&post.owner),
        "owner": user(&post.owner),
        "coauthor_producers": coauthors,
        "invited_coauthor_producers": [],
        "usertags": [],
        "sponsor_tags": [],
        "is_paid_partnership": false,
        "clips_tab_pinned_user_ids": pinned(reading.pin == Some(0) || reading.pin == Some(2)),
        "timeline_pinned_user_ids": pinned(reading.pin.is_some_and(|pin| pin > 0)),
    })
}

fn user(person: &Person) -> Value {
    json!({
        "account_type": person.account_type,
        "full_name": person.full_name,
        "id": person.pk.to_string(),
        "is_private": false,
        "is_verified": person.is_verified,
        "pk": person.pk.to_string(),
        "username": person.username,
    })
}

/// Shorter than a user; the pk comes as an integer here more often than not.
pub fn coauthor(person: &Person) -> Value {
    json!({
        "full_name": person.full_name,
        "is_verified": person.is_verified,
        "pk": person.pk,
        "username": person.username,
    })
}

fn video(post: &Post, reading: &Reading, rng: &mut Rng) -> Value {
    let (width, height) = if post.tall { (1080, 1920) } else { (720, 1280) };
    // The widened 32-bit float of the API: 31.415 comes as 31.415000915527344.
    let seconds = f64::from(post.duration_ms as f32 / 1000.0);
    let exact = f64::from(post.duration_ms) / 1000.0;
    let small = address(post.pk, "s.mp4", reading, rng);
    let large = address(post.pk, "l.mp4", reading, rng);
    let dash = format!(
        concat!(
            r#"<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" "#,
            r#"mediaPresentationDuration="PT{:.3}S" FBManifestTimestamp="{}"><Period id="0"/></MPD>"#
        ),
        exact,
        reading.read_at - 3
    );
    json!({
        "has_audio": true,
        "original_width": width,
        "original_height": height,
        "video_duration": seconds,
        // The same small file under three types first: the largest is not the first.
        "video_versions": [
            version(101, 480, 854, &small),
            version(102, 480, 854, &small),
            version(103, 480, 854, &small),
            version(101, width, height, &large),
        ],
        "video_dash_manifest": dash,
        "display_uri": address(post.pk, "sq.jpg", reading, rng),
        "image_versions2": {
            "candidates": [
                { "width": 360, "height": 640, "url": address(post.pk, "360.jpg", reading, rng) },
                { "width": 640, "height": 1136, "url": address(post.pk, "640.jpg", reading, rng) },
            ],
            "scrubber_spritesheet_info_candidates": { "default": { "thumbnails_per_row": 15, "video_length": exact } },
        },
    })
}

fn version(kind: u32, width: u32, height: u32, url: &str) -> Value {
    json!({ "type": kind, "width": width, "height": height, "url": url })
}

/// A CDN address: host, signature and expiry change at each reading, about four days ahead.
fn address(pk: u64, file: &str, reading: &Reading, rng: &mut Rng) -> String {
    let expires = reading.read_at + 4 * 86_400 + rng.below(7_200) as i64 - 3_600;
    let (host, signature) = (1 + rng.below(6), rng.next() >> 16);
    format!("https://scontent-{host}.example.com/v/{pk}_{file}?oh=00_{signature:012x}&oe={expires:X}")
}

fn audio(post: &Post) -> Value {
    if let Some(track) = post.track {
        let (title, artist, id) = TRACKS[track];
        return json!({
            "audio_type": "licensed_music",
            "music_info": {
                "music_asset_info": { "audio_asset_id": id, "id": id, "title": title, "display_artist": artist },
            },
            "original_sound_info": null,
        });
    }
    json!({
        "audio_type": "original_sounds",
        "music_info": null,
        "original_sound_info": {
            "audio_asset_id": (1_000_000_000_000_000 + post.pk % 899_999_999_999_999).to_string(),
            "duration_in_ms": post.duration_ms,
            "ig_artist": { "pk": post.owner.pk.to_string(), "username": post.owner.username },
            "original_audio_title": captions::ORIGINAL_AUDIO,
        },
    })
}

fn object(part: Value) -> Map<String, Value> {
    match part {
        Value::Object(map) => map,
        _ => unreachable!("every part is an object"),
    }
}
