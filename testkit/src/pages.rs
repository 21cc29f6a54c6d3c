//! Builders for pages and reels as the API returns them: a test spells out only what it is about.
//!
//! Every account, caption and number is invented. A reel is built in full; [`flat_page`] removes what answers with
//! `trim=true` lack, so that one reel can be sent in both shapes.

use serde_json::{Map, Value, json};

/// The fields of an item in an answer with `trim=true`.
const FLAT_KEYS: &str = "id code taken_at created_at caption play_count ig_play_count comment_count like_count \
                         display_uri user owner image_versions2 url";

#[derive(Debug, Clone)]
pub struct Reel(Map<String, Value>);

/// A plain reel of `maple` (id 5005): 1,000 views, 50 likes, 5 comments, no caption, 15 seconds, published two minutes
/// after the upload time in its pk.
pub fn reel(pk: u64) -> Reel {
    let Value::Object(item) = json!({
        "pk": pk.to_string(),
        "code": shortcode(pk),
        "taken_at": upload_seconds(pk) + 120,
        "media_type": 2,
        "product_type": "clips",
        "caption": null,
        "play_count": 1000,
        "ig_play_count": 1000,
        "like_count": 50,
        "comment_count": 5,
        "like_and_view_counts_disabled": false,
        "is_paid_partnership": false,
        "coauthor_producers": [],
        "clips_tab_pinned_user_ids": [],
        "timeline_pinned_user_ids": [],
        "usertags": {"in": []},
        "has_audio": true,
        "video_duration": 15.0,
        "original_width": 720,
        "original_height": 1280,
        "video_versions": [
            {"type": 101, "width": 720, "height": 1280, "url": "https://video.invalid/reel.mp4?oe=6A000000"},
        ],
        "image_versions2": {"candidates": [
            {"width": 640, "height": 1136, "url": "https://image.invalid/cover.jpg?oe=6A000000"},
        ]},
    }) else {
        unreachable!("braces make an object")
    };
    Reel(item).owner("5005", "maple")
}

impl Reel {
    /// Unix seconds.
    pub fn taken_at(self, seconds: i64) -> Self {
        self.set("taken_at", seconds)
    }

    /// Sets the plays on Instagram and the total to the same number.
    pub fn views(self, views: u64) -> Self {
        self.set("play_count", views).set("ig_play_count", views)
    }

    pub fn likes(self, likes: i64) -> Self {
        self.set("like_count", likes)
    }

    pub fn comments(self, comments: u64) -> Self {
        self.set("comment_count", comments)
    }

    pub fn caption(self, text: &str) -> Self {
        let created_at = self.0["taken_at"].as_i64().map(|seconds| seconds + 2);
        self.set("caption", json!({"text": text, "created_at": created_at}))
    }

    pub fn owner(self, id: &str, handle: &str) -> Self {
        let user = json!({
            "pk": id, "id": id, "username": handle, "full_name": format!("{handle} (invented)"),
            "is_verified": false, "is_private": false, "account_type": 3,
        });
        let media_id = format!("{}_{id}", self.0["pk"].as_str().expect("the builder writes pk as text"));
        self.set("id", media_id).set("user", user.clone()).set("owner", user)
    }

    pub fn coauthor(self, id: &str, handle: &str) -> Self {
        self.push("coauthor_producers", json!({"pk": id, "username": handle}))
    }

    /// Pins it to its owner's Reels tab.
    pub fn pinned(self) -> Self {
        let owner = self.0["user"]["pk"].clone();
        self.push("clips_tab_pinned_user_ids", owner)
    }

    /// Sets any other field, valid or not.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    pub fn without(mut self, key: &str) -> Self {
        self.0.remove(key);
        self
    }

    fn push(mut self, key: &str, value: Value) -> Self {
        self.0[key].as_array_mut().expect("the builder starts with a list").push(value);
        self
    }
}

impl From<Reel> for Value {
    fn from(reel: Reel) -> Value {
        Value::Object(reel.0)
    }
}

/// A page in the default shape; items need not be reels, nor valid.
pub fn wrapped_page<I: Clone + Into<Value>>(items: &[I], cursor: Option<&str>) -> String {
    let items: Vec<Value> = items.iter().cloned().map(|item| json!({"media": item.into()})).collect();
    let mut paging = json!({"more_available": cursor.is_some()});
    if let Some(cursor) = cursor {
        paging["max_id"] = cursor.into();
    }
    json!({"items": items, "paging_info": paging, "status": "ok"}).to_string()
}

/// A page in the shape of `trim=true`.
pub fn flat_page<I: Clone + Into<Value>>(items: &[I], cursor: Option<&str>) -> String {
    let trimmed = |item: &I| {
        let mut item: Value = item.clone().into();
        if let Some(fields) = item.as_object_mut() {
            fields.retain(|key, _| FLAT_KEYS.split(' ').any(|flat| flat == key));
        }
        item
    };
    let mut page = json!({"items": items.iter().map(trimmed).collect::<Vec<_>>()});
    if let Some(cursor) = cursor {
        page["max_id"] = cursor.into();
    }
    page.to_string()
}

/// The code of a reel's web address: its pk in base 64, the highest digit first.
pub fn shortcode(pk: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let places = (0..11).rev().map(|place| (pk >> (6 * place)) & 63);
    places.skip_while(|digit| *digit == 0).map(|digit| char::from(DIGITS[digit as usize])).collect()
}

/// The upload time of a reel in Unix seconds: a pk holds milliseconds in its upper bits.
fn upload_seconds(pk: u64) -> i64 {
    i64::try_from(((pk >> 23) + 1_314_220_021_721) / 1000).expect("41 bits fit")
}

#[test]
fn a_shortcode_is_its_pk_in_another_writing() {
    assert_eq!(shortcode(3_641_924_023_820_356_866), "DKKtpqaxg0C");
    assert_eq!(shortcode(1), "B");
    assert_eq!(shortcode(64), "BA");
}

#[test]
fn a_page_is_wrapped_or_flat() {
    let item = reel(3_600_000_000_000_000_000).caption("Two ducks").pinned().coauthor("6006", "willow");
    let wrapped: Value = serde_json::from_str(&wrapped_page(std::slice::from_ref(&item), Some("next"))).unwrap();
    assert_eq!(wrapped["items"][0]["media"]["id"], "3600000000000000000_5005");
    assert_eq!(wrapped["items"][0]["media"]["clips_tab_pinned_user_ids"], json!(["5005"]));
    assert_eq!(wrapped["paging_info"], json!({"max_id": "next", "more_available": true}));

    let flat: Value = serde_json::from_str(&flat_page(&[item], None)).unwrap();
    assert_eq!(flat["items"][0]["caption"]["text"], "Two ducks");
    assert_eq!(flat["items"][0].get("pk"), None);
    assert_eq!(flat["items"][0].get("coauthor_producers"), None);
    assert_eq!(flat.get("max_id"), None);
}

#[test]
fn an_item_can_be_anything() {
    let odd = reel(1).views(7).likes(-1).comments(2).taken_at(0).without("code").set("caption", "plain text");
    let page: Value = serde_json::from_str(&wrapped_page(&[Value::from(odd), Value::Null], None)).unwrap();
    assert_eq!(page["items"][0]["media"]["caption"], "plain text");
    assert_eq!(page["items"][0]["media"].get("code"), None);
    assert_eq!(page["items"][1]["media"], Value::Null);
    assert_eq!(page["paging_info"], json!({"more_available": false}));
}
