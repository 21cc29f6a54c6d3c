//! An item in the wrapped shape: every field that becomes a column, many others, and the DASH manifest, half of its size.

use super::facts::{Account, Reel};
use super::parts::{self, Answer, File, optional, put};
use crate::random::Random;

/// Flags and fields that are the same on nearly every reel; none of them becomes a column.
const FLAGS: &str = r#""caption_is_edited":false,"deleted_reason":0,"has_shared_to_fb":0,"has_delayed_metadata":false,"mezql_token":"","share_count_disabled":false,"is_visual_reply_commenter_notice_enabled":true,"is_post_live_clips_media":false,"comment_threading_enabled":true,"is_unified_video":false,"commerciality_status":"not_commercial","integrity_review_decision":"pending","should_request_ads":false,"is_reshare_of_text_post_app_media_in_ig":false,"has_privately_liked":false,"filter_type":0,"photo_of_you":false,"can_see_insights_as_brand":false,"sharing_friction_info":{"bloks_app_url":null,"should_have_sharing_friction":false,"sharing_friction_payload":null},"has_views_fetching":true,"creator_viewer_insights":[],"fb_user_tags":{"in":[]},"coauthor_producer_can_see_organic_insights":false,"invited_coauthor_producers":[],"is_in_profile_grid":false,"profile_grid_control_enabled":false,"media_cropping_info":{"square_crop":{"crop_left":0.0,"crop_right":1.0,"crop_top":0.21875,"crop_bottom":0.78125}},"is_artist_pick":false,"enable_media_notes_production":true,"media_notes":{"items":[]},"music_metadata":null,"is_third_party_downloads_eligible":true,"ig_media_sharing_disabled":false,"are_remixes_crosspostable":true,"boost_unavailable_identifier":null,"boost_unavailable_reason":null,"boost_unavailable_reason_v2":null,"subscribe_cta_visible":false,"is_cutout_sticker_allowed":false,"cutout_sticker_info":[],"gen_ai_detection_method":{"detection_method":"NONE"},"fb_aggregated_like_count":0,"fb_aggregated_comment_count":0,"has_high_risk_gen_ai_inform_treatment":false,"open_carousel_show_follow_button":false,"is_tagged_media_shared_to_viewer_profile_grid":false,"should_show_author_pog_for_tagged_media_shared_to_profile_grid":false,"is_eligible_for_media_note_recs_nux":false,"is_social_ufi_disabled":false,"is_eligible_for_meta_ai_share":true,"meta_ai_suggested_prompts":[],"can_reply":false,"is_eligible_content_for_post_roll_ad":false,"floating_context_items":[],"related_ads_pivots_media_info":"USER_NOT_IN_TEST_GROUP","eligible_insights_entrypoints":"NONE","media_attributions_data":[],"creator_product_link_infos":[],"is_quiet_post":false,"fundraiser_tag":{"has_standalone_fundraiser":false},"can_view_more_preview_comments":false,"preview_comments":[],"hide_view_all_comment_entrypoint":false,"is_comments_gif_composer_enabled":true,"comment_inform_treatment":{"action_type":null,"should_have_inform_treatment":false,"text":"","url":null},"has_liked":false,"top_likers":[],"video_sticker_locales":[],"is_dash_eligible":1,"shop_routing_user_id":null,"featured_products":[],"can_viewer_save":true,"can_viewer_reshare":true,"community_notes_info":{"has_viewer_submitted_note":false,"note_submission_disabled":false,"enable_submission_friction":false,"is_eligible_for_request_a_note":true},"report_info":{"has_viewer_submitted_report":false},"#;

/// A track's metadata besides id, title and artist.
const SOUND_FLAGS: &str = r#""allow_creator_to_rename":true,"attributed_custom_audio_asset_id":null,"can_remix_be_shared_to_fb":true,"can_remix_be_shared_to_fb_expansion":false,"formatted_clips_media_count":null,"hide_remixing":false,"is_audio_automatically_attributed":false,"is_eligible_for_audio_effects":true,"is_eligible_for_vinyl_sticker":true,"is_explicit":false,"is_original_audio_download_eligible":true,"is_reuse_disabled":false,"is_xpost_from_fb":false,"oa_owner_is_music_artist":false,"original_audio_subtype":"default","should_mute_audio":false,"trend_rank":null,"previous_trend_rank":null,"overlap_duration_in_ms":null,"audio_asset_start_time_in_ms":null,"audio_filter_infos":[],"audio_parts":[],"audio_parts_by_filter":[],"#;

/// Label, short side and bandwidth of the manifest's renditions.
const RENDITIONS: [(&str, u64, u64); 9] = [
    ("144p", 144, 62_000),
    ("180p", 180, 96_000),
    ("240p", 240, 151_000),
    ("270p", 270, 214_000),
    ("360p", 360, 332_000),
    ("432p", 432, 497_000),
    ("540p", 540, 804_000),
    ("720p", 720, 1_387_000),
    ("1080p", 1_080, 2_642_000),
];

pub fn item(
    out: &mut String,
    reel: &Reel,
    requested: &Account,
    owner: &Account,
    accounts: &[Account],
    answer: &Answer,
) {
    let mut random = reel.random.clone();
    let Reel { pk, code, taken_at, .. } = reel;
    put(
        out,
        format_args!(
            r#"{{"media":{{"taken_at":{taken_at},"pk":"{pk}","id":"{pk}_{}","code":"{code}","fbid":"{}","device_timestamp":{},"strong_id__":"{pk}_{}","#,
            owner.id,
            random.new_digits(17),
            taken_at * 1_000_000 + random.below(1_000_000),
            owner.id,
        ),
    );
    out.push_str(FLAGS);
    counts(out, reel);
    let cover = File::image(&mut random, "v/t51.2885-15");
    out.push_str(r#""display_uri":""#);
    parts::square(out, &cover, answer, &mut random);
    out.push_str(r#"","caption":"#);
    parts::caption(out, reel, owner, answer);
    people(out, reel, requested, accounts, answer);
    for key in [r#","user":"#, r#","owner":"#] {
        out.push_str(key);
        parts::user(out, owner, answer);
    }
    out.push_str(r#","image_versions2":"#);
    parts::images(out, reel, &[1_080, 960, 750, 640, 480, 320, 240, 150], &cover, answer, &mut random);
    out.push_str(r#","logging_info_token":""#);
    random.token(out, 52);
    out.push_str(r#"","organic_tracking_token":""#);
    random.token(out, 180);
    out.push_str(r#"","#);
    place(out, reel);
    sound(out, reel, owner, answer, &mut random);
    video(out, reel, answer, &mut random);
    out.push_str("}}");
}

fn counts(out: &mut String, reel: &Reel) {
    let Reel { ig_play_count, fb_play_count, comment_count, likes_hidden, .. } = reel;
    let plays = ig_play_count + fb_play_count.unwrap_or(0);
    put(
        out,
        format_args!(
            r#""play_count":{plays},"ig_play_count":{ig_play_count},"fb_play_count":{},"like_count":{},"like_and_view_counts_disabled":{likes_hidden},"comment_count":{comment_count},"reshare_count":{},"media_repost_count":{},"media_type":2,"product_type":"clips","is_paid_partnership":{},"#,
            optional(*fb_play_count),
            if *likes_hidden { 3 } else { reel.like_count },
            optional(reel.reshare_count),
            optional(reel.repost_count),
            reel.sponsor.is_some(),
        ),
    );
}

/// Pins, coauthors, tagged people and sponsors.
fn people(out: &mut String, reel: &Reel, requested: &Account, accounts: &[Account], answer: &Answer) {
    let pins = if reel.is_pinned { format!("\"{}\"", requested.id) } else { String::new() };
    put(
        out,
        format_args!(r#","clips_tab_pinned_user_ids":[{pins}],"timeline_pinned_user_ids":[],"coauthor_producers":["#),
    );
    // On a reel of another account, the requested account is a coauthor.
    let own = reel.owner.is_some().then_some(requested);
    let other = reel.coauthor.filter(|_| own.is_none()).map(|other| &accounts[other as usize]);
    own.into_iter().chain(other).for_each(|user| parts::short_user(out, user, answer));
    match reel.tagged {
        Some(tagged) => {
            out.push_str(r#"],"usertags":{"in":[{"user":"#);
            parts::short_user(out, &accounts[tagged as usize], answer);
            out.push_str(
                r#","position":[0.5,0.25],"start_time_in_video_in_sec":null,"duration_in_video_in_sec":null}]},"#,
            );
        }
        None => out.push_str(r#"],"usertags":[],"#),
    }
    match reel.sponsor {
        Some(sponsor) => {
            out.push_str(r#""sponsor_tags":[{"sponsor":"#);
            parts::short_user(out, &accounts[sponsor as usize], answer);
            out.push_str(r#","permission":true,"is_pending":false}]"#);
        }
        None => out.push_str(r#""sponsor_tags":null"#),
    }
}

fn place(out: &mut String, reel: &Reel) {
    let Some((name, lat, lng)) = reel.place else { return out.push_str(r#""location":null,"#) };
    put(
        out,
        format_args!(
            r#""lat":{lat},"lng":{lng},"location":{{"pk":{id},"short_name":"{name}","facebook_places_id":{id},"external_source":"facebook_places","name":"{name}","address":"","city":"","has_viewer_saved":false,"lng":{lng},"lat":{lat},"is_eligible_for_guides":true}},"#,
            id = (lat * 1e9) as u64 % 900_000_000 + 100_000_000,
        ),
    );
}

/// A licensed track or the original sound, with the fields around it.
fn sound(out: &mut String, reel: &Reel, owner: &Account, answer: &Answer, random: &mut Random) {
    let (sound, millis) = (&reel.sound, reel.duration_millis);
    out.push_str(r#""clips_metadata":{"breaking_content_info":null,"breaking_creator_info":null,"clips_creation_entry_point":"clips","featured_label":null,"is_public_chat_welcome_video":false,"is_shared_to_fb":false,"professional_clips_upsell_type":0,"reels_on_the_rise_info":null,"achievements_info":{"num_earned_achievements":null,"show_achievements":false},"additional_audio_info":{"additional_audio_username":null,"audio_reattribution_info":{"should_allow_restore":false}},"asset_recommendation_info":null,"branded_content_tag_info":{"can_add_tag":false},"content_appreciation_info":{"enabled":false,"entry_point_container":null},"merchandising_pill_info":null,"originality_info":null,"template_info":null,"#);
    let file = File::video(random, "o1/v/t2/f2/m69");
    let address = |out: &mut String, random: &mut Random| {
        put(out, format_args!(r#""progressive_download_url":""#));
        file.address(out, answer, random, "strext=1&", "&");
        out.push_str(r#"","#);
    };
    if sound.is_licensed {
        put(
            out,
            format_args!(
                r#""audio_type":"licensed_music","original_sound_info":null,"music_info":{{"music_asset_info":{{"audio_asset_id":"{id}","audio_cluster_id":"{id}","id":"{id}","title":"{}","subtitle":"","display_artist":"{}","artist_id":null,"duration_in_ms":{},"has_lyrics":false,"highlight_start_times_in_ms":[15000],"#,
                sound.title,
                sound.artist,
                millis + 60_000,
                id = sound.id,
            ),
        );
        address(out, random);
        out.push_str(r#""is_explicit":false},"music_consumption_info":{"allow_media_creation_with_music":true,"is_bookmarked":false,"is_trending_in_clips":false,"should_mute_audio":false,"trend_rank":null}}},"#);
    } else {
        put(
            out,
            format_args!(
                r#""audio_type":"original_sounds","music_info":null,"original_sound_info":{{"audio_asset_id":"{}","original_audio_title":"Original audio","duration_in_ms":{millis},"original_media_id":"{}","time_created":{},"#,
                sound.id,
                reel.pk,
                reel.taken_at + 3
            ),
        );
        out.push_str(SOUND_FLAGS);
        address(out, random);
        out.push_str(r#""ig_artist":"#);
        parts::short_user(out, owner, answer);
        out.push_str("}},");
    }
}

/// The renditions as files, and the manifest that streams them.
fn video(out: &mut String, reel: &Reel, answer: &Answer, random: &mut Random) {
    let Reel { width, height, has_audio, .. } = reel;
    // The API widens a 32-bit float.
    let seconds = f64::from(reel.duration_millis as f32 / 1_000.0);
    put(
        out,
        format_args!(
            r#""has_audio":{has_audio},"video_duration":{seconds},"original_width":{width},"original_height":{height},"number_of_qualities":9,"video_codec":"vp09.00.31.08.00.01.01.01.00","view_state_item_type":128,"video_versions":["#
        ),
    );
    // One large file under several types, and a smaller one in front of it.
    let (small, large) = (File::video(random, "o1/v/t16/f2/m86"), File::video(random, "o1/v/t16/f2/m86"));
    let types = [(101, &small, 480, 854), (102, &large, *width, *height), (103, &large, *width, *height)];
    for (place, (kind, file, width, height)) in types.into_iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let id = random.new_digits(16);
        put(
            out,
            format_args!(
                r#"{comma}{{"bandwidth":{},"height":{height},"id":"{id}v","type":{kind},"url":""#,
                width * 1_900
            ),
        );
        file.address(out, answer, random, &tags(id), "&");
        put(out, format_args!(r#"","url_expiration_timestamp_us":null,"width":{width},"fallback":null}}"#));
    }
    out.push_str(r#"],"video_dash_manifest":""#);
    manifest(out, reel, answer, random);
    out.push('"');
}

/// The encoding tag in a video's URL.
fn tags(id: u64) -> String {
    format!(
        "stp=dst-mp4&efg=eyJxZV9ncm91cHMiOiJbXCJpZ193ZWJfZGVsaXZlcnlfdnRzX290ZlwiXSIsInZlbmNvZGVfdGFnIjoidnRzX3ZvZF91cmxnZW4uY2xpcHMuYzIuYmFzZWxpbmUifQ&vs={id}_{}&_nc_vs=HBksFQIYUmlnX3hwdl9yZWVsc19wZXJtYW5lbnRfc3JfcHJvZC92aWRlb19kYXNoaW5pdC5tcDQVAALIAQAVAhg6cGFzc3Rocm91Z2hfZXZlcnN0b3Jl&",
        id % 4_294_967_291
    )
}

/// XML inside JSON: its quotes are escaped.
fn manifest(out: &mut String, reel: &Reel, answer: &Answer, random: &mut Random) {
    let (seconds, fetched_at) = (reel.duration_millis as f64 / 1_000.0, answer.fetched_at);
    put(
        out,
        format_args!(
            r#"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:mpeg:dash:schema:mpd:2011 DASH-MPD.xsd\" profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\" minBufferTime=\"PT2S\" type=\"static\" mediaPresentationDuration=\"PT{seconds}S\" FBManifestIdentifier=\"{}\" FBManifestTimestamp=\"{fetched_at}\"><Period id=\"0\" duration=\"PT{seconds}S\"><AdaptationSet id=\"0\" contentType=\"video\" frameRate=\"15360/512\" subsegmentAlignment=\"true\" par=\"9:16\" FBUnifiedUploadResolutionMos=\"360:{}\">"#,
            random.new_token(27),
            50 + random.below(50),
        ),
    );
    for (place, (label, side, bandwidth)) in RENDITIONS.into_iter().enumerate() {
        let id = random.new_digits(16);
        let bytes = bandwidth * reel.duration_millis / 8_000 + random.below(9_000);
        let class = if side < 720 { "sd" } else { "hd" };
        put(
            out,
            format_args!(
                r#"<Representation id=\"{id}v\" bandwidth=\"{}\" codecs=\"vp09.00.{}.08.00.01.01.01.00\" mimeType=\"video/mp4\" sar=\"1:1\" width=\"{side}\" height=\"{}\" FBEncodingTag=\"dash_r2_vp9-r2{}_q{}\" FBContentLength=\"{bytes}\" FBPlaybackResolutionMos=\"0:100,360:{},480:{},720:{},1080:{}\" FBPlaybackResolutionMosConfidenceLevel=\"high\" FBAbrPolicyTags=\"\" FBDefaultQuality=\"{}\" FBQualityClass=\"{class}\" FBQualityLabel=\"{label}\"><BaseURL>"#,
                bandwidth + random.below(20_000),
                20 + place,
                side * 16 / 9,
                if side < 720 { "gen1" } else { "gen2" },
                20 + place * 10,
                mos(random, side),
                mos(random, side),
                mos(random, side),
                mos(random, side),
                u8::from(side == 540),
            ),
        );
        let file = File::video(random, "o1/v/t2/f2/m367");
        file.address(out, answer, random, &xml(&tags(id)), "&amp;");
        segments(out, random, bytes);
    }
    let (id, bytes) = (random.new_digits(16), 8 * reel.duration_millis);
    put(
        out,
        format_args!(
            r#"</AdaptationSet><AdaptationSet id=\"1\" contentType=\"audio\" subsegmentStartsWithSAP=\"1\" subsegmentAlignment=\"true\"><Representation id=\"{id}a\" bandwidth=\"64118\" codecs=\"mp4a.40.5\" mimeType=\"audio/mp4\" FBAvgBitrate=\"64118\" audioSamplingRate=\"44100\" FBEncodingTag=\"dash_ln_heaac_vbr3_audio\" FBContentLength=\"{bytes}\" FBPaqMos=\"91.22\" FBAbrPolicyTags=\"\" FBDefaultQuality=\"1\"><AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"2\"/><BaseURL>"#
        ),
    );
    let file = File::video(random, "o1/v/t2/f2/m69");
    file.address(out, answer, random, &xml(&tags(id)), "&amp;");
    segments(out, random, bytes);
    out.push_str(r"</AdaptationSet></Period></MPD>\n");
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
}

/// A quality score with two decimals; more pixels score higher.
fn mos(random: &mut Random, side: u64) -> f64 {
    (side * 4).min(7_000) as f64 / 100.0 + random.below(3_000) as f64 / 100.0
}

fn segments(out: &mut String, random: &mut Random, bytes: u64) {
    let index = 820 + random.below(40);
    let end = index + 68 + random.below(90);
    let (first, second) = (end + 1 + bytes / 9, end + 1 + bytes / 5);
    put(
        out,
        format_args!(
            r#"</BaseURL><SegmentBase indexRange=\"{index}-{end}\" timescale=\"15360\" FBMinimumPrefetchRange=\"{}-{first}\" FBPartialPrefetchRange=\"{}-{first}\" FBFirstSegmentRange=\"{}-{first}\" FBFirstSegmentDuration=\"5000\" FBSecondSegmentRange=\"{}-{second}\" FBPrefetchSegmentRange=\"{}-{second}\" FBPrefetchSegmentDuration=\"10000\"><Initialization range=\"0-{}\"/></SegmentBase></Representation>"#,
            end + 1,
            end + 1,
            end + 1,
            first + 1,
            end + 1,
            index - 1,
        ),
    );
}
