//! The parts that both shapes share: signed URLs, users, images and the caption.

use std::fmt::Write;

use super::facts::{Account, FETCHED_AT_SECONDS, Reel};
use crate::random::Random;

/// What all URLs of one answer have in common.
pub struct Answer {
    pub fetched_at: u64,
    session: String,
    request: String,
}

impl Answer {
    pub fn of(seed: u64, account: u64, page: u64) -> Self {
        let mut random = Random::of(&[seed, account, 4, page]);
        let fetched_at = FETCHED_AT_SECONDS + page;
        Self { fetched_at, session: random.new_token(75), request: random.new_token(22) }
    }
}

/// A file on the content network: one name; each rendition is signed separately.
pub struct File {
    folder: &'static str,
    name: String,
    hint: String,
    host: u64,
    category: u64,
    expires: u64,
}

impl File {
    pub fn image(random: &mut Random, folder: &'static str) -> Self {
        let (a, b, c) = (random.new_digits(9), random.new_digits(17), random.new_digits(19));
        Self::named(random, folder, format!("{a}_{b}_{c}_n.jpg"))
    }

    pub fn video(random: &mut Random, folder: &'static str) -> Self {
        let name = format!("AQ{}.mp4", random.new_token(118));
        Self::named(random, folder, name)
    }

    fn named(random: &mut Random, folder: &'static str, name: String) -> Self {
        let expires = FETCHED_AT_SECONDS + 3 * 86_400 + random.below(86_400);
        let hint = random.new_token(23);
        Self { folder, name, hint, host: random.between(1, 3), category: random.between(100, 111), expires }
    }

    /// Writes the URL of one rendition; `and` joins its parameters (XML escapes the ampersand).
    pub fn address(&self, out: &mut String, answer: &Answer, random: &mut Random, rendition: &str, and: &str) {
        let Self { folder, name, hint, host, category, expires } = self;
        let Answer { session, request, .. } = answer;
        write!(
            out,
            "https://content-lane3-{host}.media.invalid/{folder}/{name}?{rendition}_nc_ht=content-lane3-{host}.media.invalid\
             {and}_nc_cat={category}{and}_nc_oc=Q6cZ2Q{session}{and}_nc_ohc={hint}{and}_nc_gid={request}{and}edm=ACHbZRIBAAAA\
             {and}ccb=7-5{and}oh=00_Af"
        )
        .expect("a string takes it");
        random.token(out, 48);
        write!(out, "{and}oe={expires:X}{and}_nc_sid=c024bc").expect("a string takes it");
    }
}

/// Escapes a text for JSON, without its quotes.
pub fn escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            _ => out.push(character),
        }
    }
}

pub fn put(out: &mut String, arguments: std::fmt::Arguments) {
    out.write_fmt(arguments).expect("a string takes it");
}

pub fn optional<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or("null".to_owned(), |value| value.to_string())
}

/// The picture's URL; it is the same all over a page.
fn picture(out: &mut String, account: &Account, answer: &Answer, side: u64) {
    let file = File::image(&mut account.picture.clone(), "v/t51.2885-19");
    let rendition = if side < 1_024 { format!("stp=dst-jpg_s{side}x{side}_tt6&") } else { String::new() };
    file.address(out, answer, &mut Random::of(&[account.id, side]), &rendition, "&");
}

/// A short user, as in captions, coauthors and tags.
pub fn short_user(out: &mut String, account: &Account, answer: &Answer) {
    let Account { id, handle, full_name, is_verified, .. } = account;
    put(
        out,
        format_args!(
            r#"{{"pk":"{id}","pk_id":"{id}","id":"{id}","full_name":"{full_name}","is_private":false,"is_unpublished":false,"strong_id__":"{id}","fbid_v2":"1784140{id}","username":"{handle}","is_verified":{is_verified},"profile_pic_id":"35839807{id}_{id}","profile_pic_url":""#
        ),
    );
    picture(out, account, answer, 150);
    out.push_str("\"}");
}

/// A full user, as in `user` and `owner`.
pub fn user(out: &mut String, account: &Account, answer: &Answer) {
    let Account { id, handle, full_name, is_verified, account_type, .. } = account;
    put(
        out,
        format_args!(
            r#"{{"fbid_v2":"1784140{id}","feed_post_reshare_disabled":false,"full_name":"{full_name}","id":"{id}","is_private":false,"is_unpublished":false,"pk":"{id}","pk_id":"{id}","show_account_transparency_details":true,"strong_id__":"{id}","third_party_downloads_enabled":2,"account_type":{account_type},"account_badges":[],"fan_club_info":{{"autosave_to_exclusive_highlight":null,"connected_member_count":null,"fan_club_id":null,"fan_club_name":null,"has_created_ssc":null,"has_enough_subscribers_for_ssc":null,"is_fan_club_gifting_eligible":null,"is_fan_club_referral_eligible":null,"is_free_trial_eligible":null,"largest_public_bc_id":null,"subscriber_count":null}},"has_anonymous_profile_picture":false,"hd_profile_pic_url_info":{{"height":1024,"url":""#
        ),
    );
    picture(out, account, answer, 1_024);
    out.push_str(r#"","width":1024},"hd_profile_pic_versions":[{"height":320,"url":""#);
    picture(out, account, answer, 320);
    put(
        out,
        format_args!(
            r#"","width":320}}],"is_verified":{is_verified},"profile_pic_id":"35839807{id}_{id}","profile_pic_url":""#
        ),
    );
    picture(out, account, answer, 150);
    put(
        out,
        format_args!(r#"","transparency_product_enabled":false,"username":"{handle}","is_embeds_disabled":false}}"#),
    );
}

/// The caption: an object with its author, or null.
pub fn caption(out: &mut String, reel: &Reel, owner: &Account, answer: &Answer) {
    let Some(text) = &reel.caption else { return out.push_str("null") };
    let (at, pk, media, id) = (reel.taken_at + 2, reel.sound.id + 18_000_000_000_000_000, reel.pk, owner.id);
    put(
        out,
        format_args!(
            r#"{{"bit_flags":0,"created_at":{at},"created_at_utc":{at},"did_report_as_spam":false,"is_ranked_comment":false,"pk":"{pk}","share_enabled":false,"content_type":"comment","media_id":"{media}","status":"Active","type":1,"user_id":"{id}","strong_id__":"{pk}","text":""#
        ),
    );
    escaped(out, text);
    out.push_str(r#"","user":"#);
    short_user(out, owner, answer);
    out.push_str(r#","is_covered":false,"private_reply_status":0}"#);
}

/// The URL of the cover's square crop, as in `display_uri`.
pub fn square(out: &mut String, cover: &File, answer: &Answer, random: &mut Random) {
    cover.address(out, answer, random, "stp=c0.420.1080.1080a_dst-jpg_e35_s1080x1080_sh0.08_tt6&", "&");
}

/// Cover renditions from large to small, first frames and the scrubber's sprite sheet.
pub fn images(out: &mut String, reel: &Reel, widths: &[u64], cover: &File, answer: &Answer, random: &mut Random) {
    out.push_str(r#"{"additional_candidates":{"#);
    let frame = File::image(random, "v/t51.2885-15");
    let smart = File::image(random, "v/t15.5256-10");
    for (name, file, width) in
        [("first_frame", &frame, 640), ("igtv_first_frame", &frame, 640), ("smart_frame", &smart, 1_080)]
    {
        put(out, format_args!(r#""{name}":{{"height":{},"url":""#, width * 16 / 9));
        file.address(
            out,
            answer,
            random,
            "stp=dst-jpg_e15_tt6&efg=eyJ2ZW5jb2RlX3RhZyI6ImFkZGl0aW9uYWxfY292ZXJfZnJhbWUifQ&",
            "&",
        );
        put(out, format_args!(r#"","width":{width}}},"#));
    }
    out.pop();
    out.push_str(r#"},"candidates":["#);
    let cache_key = random.new_token(38);
    for (place, &width) in widths.iter().enumerate() {
        let (comma, height) = (if place == 0 { "" } else { "," }, width * 16 / 9);
        put(out, format_args!(r#"{comma}{{"height":{height},"url":""#));
        let rendition = format!(
            "stp=dst-jpg_e35_p{width}x{width}_sh0.08_tt6&efg=eyJ2ZW5jb2RlX3RhZyI6ImRlZmF1bHRfY292ZXIifQ&ig_cache_key={cache_key}.3-ccb7-5&"
        );
        cover.address(out, answer, random, &rendition, "&");
        put(out, format_args!(r#"","width":{width}}}"#));
    }
    let sprite = File::image(random, "v/t51.2885-15");
    let seconds = reel.duration_millis as f64 / 1_000.0;
    put(
        out,
        format_args!(
            r#"],"scrubber_spritesheet_info_candidates":{{"default":{{"file_size_kb":{},"max_thumbnails_per_sprite":105,"rendered_width":96,"sprite_height":1246,"sprite_urls":[""#,
            200 + random.below(400)
        ),
    );
    sprite.address(out, answer, random, "", "&");
    put(
        out,
        format_args!(
            r#""],"sprite_width":1500,"thumbnail_duration":{},"thumbnail_height":178,"thumbnail_width":100,"thumbnails_per_row":15,"total_thumbnail_num_per_sprite":105,"video_length":{seconds}}}}}}}"#,
            seconds / 105.0
        ),
    );
}
