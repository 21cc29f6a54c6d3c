//! The video itself: duration, size, sound, and the addresses of file and cover, which expire.

use chrono::DateTime;
use compact_str::CompactString;
use memchr::memmem;

use crate::instagram::item::{Item, Rendition};
use crate::instagram::lenient::{Field, Id, List};
use crate::schema::{cell::UtcMicros, tables::Reel};

/// Fills duration, size, audio and the two addresses.
pub(crate) fn fill(reel: &mut Reel, item: &Item) {
    let video = item.video_versions.get().and_then(largest);
    let cover = item.image_versions2.get().and_then(|images| images.candidates.get()).and_then(largest);
    reel.duration_s = duration_s(item);
    reel.duration_bucket = reel.duration_s.map(|seconds| duration_bucket(seconds).into());
    let original = pixels(item.original_width.value(), item.original_height.value());
    let size = video.and_then(size).or(original).or(cover.and_then(size));
    reel.width = size.map(|(width, _)| width);
    reel.height = size.map(|(_, height)| height);
    reel.aspect_ratio = size.map(|(width, height)| f64::from(width) / f64::from(height));
    reel.has_audio = item.has_audio.value();
    fill_audio(reel, item);
    reel.video_url = video.and_then(|video| video.url.text());
    reel.cover_url = cover.and_then(|cover| cover.url.text()).or_else(|| item.display_uri.text());
    reel.video_url_expires_at = reel.video_url.as_deref().and_then(expires_at);
    reel.cover_url_expires_at = reel.cover_url.as_deref().and_then(expires_at);
}

/// Width and height where both are known and neither is nothing.
fn pixels(width: Option<i64>, height: Option<i64>) -> Option<(i32, i32)> {
    let side = |side: Option<i64>| side.and_then(|side| i32::try_from(side).ok()).filter(|&side| side > 0);
    side(width).zip(side(height))
}

fn size(rendition: &Rendition) -> Option<(i32, i32)> {
    pixels(rendition.width.value(), rendition.height.value())
}

/// The rendition with the most pixels, the first of equals: the list repeats one file under several types.
fn largest<'r, 'a>(renditions: &'r List<Rendition<'a>>) -> Option<&'r Rendition<'a>> {
    let area =
        |rendition: &Rendition| size(rendition).map_or(0, |(width, height)| i64::from(width) * i64::from(height));
    // `max_by_key` takes the last of equals, so the list is reversed.
    renditions
        .iter()
        .rev()
        .filter_map(Field::get)
        .filter(|rendition| rendition.url.get().is_some())
        .max_by_key(|r| area(r))
}

/// `video_duration`, else the length of the scrubber's sprite sheet, else that of the original sound.
fn duration_s(item: &Item) -> Option<f64> {
    let scrubber = || {
        let images = item.image_versions2.get()?;
        images.scrubber_spritesheet_info_candidates.get()?.default.get()?.video_length.value()
    };
    let sound = || {
        let sound = item.clips_metadata.get()?.original_sound_info.get()?;
        Some(sound.duration_in_ms.value()? as f64 / 1000.0)
    };
    // 0.0 is how "missing" is written; the API widens a 32-bit float, three decimals are what it knows.
    let known = |seconds: f64| Some((seconds * 1000.0).round() / 1000.0).filter(|s| s.is_finite() && *s > 0.0);
    item.video_duration
        .value()
        .and_then(known)
        .or_else(|| scrubber().and_then(known))
        .or_else(|| sound().and_then(known))
}

fn duration_bucket(seconds: f64) -> &'static str {
    match seconds {
        s if s <= 15.0 => "<=15",
        s if s <= 30.0 => "15-30",
        s if s <= 60.0 => "30-60",
        s if s <= 90.0 => "60-90",
        s if s <= 180.0 => "90-180",
        _ => ">180",
    }
}

/// The licensed track where the item has that type or nothing else, else the original sound.
fn fill_audio(reel: &mut Reel, item: &Item) {
    let Some(metadata) = item.clips_metadata.get() else { return };
    reel.audio_type = metadata.audio_type.text();
    let licensed = metadata.music_info.get().and_then(|music| music.music_asset_info.get());
    let original = metadata.original_sound_info.get();
    let id = |field: &Field<Id>| field.get().map(|id| CompactString::from(&*id.0));
    if let Some(track) = licensed.filter(|_| original.is_none() || reel.audio_type.as_deref() == Some("licensed_music"))
    {
        reel.audio_id = id(&track.audio_asset_id).or_else(|| id(&track.id));
        reel.audio_title = track.title.text();
        reel.audio_artist = track.display_artist.text();
    } else if let Some(sound) = original {
        reel.audio_id = id(&sound.audio_asset_id);
        reel.audio_title = sound.original_audio_title.text();
        reel.audio_artist = sound.ig_artist.get().and_then(|artist| artist.username.text());
    }
}

/// The time in a CDN address's `oe=` parameter (hexadecimal Unix seconds).
fn expires_at(address: &str) -> Option<UtcMicros> {
    let query = address.split_once('?')?.1;
    let begins = |at: &usize| *at == 0 || matches!(query.as_bytes()[at - 1], b'&' | b'#');
    let (_, rest) = query.split_at(memmem::find_iter(query.as_bytes(), "oe=").find(begins)? + "oe=".len());
    let seconds = rest.split(['&', '#']).next()?;
    let seconds = i64::from_str_radix(seconds, 16).ok()?;
    DateTime::from_timestamp(seconds, 0).map(|at| UtcMicros(at.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instagram::item::parse_item;

    fn filled(json: &str) -> Reel {
        let mut reel = Reel::default();
        fill(&mut reel, &parse_item(json).unwrap());
        reel
    }

    #[test]
    fn addresses_expire_at_oe() {
        let at =
            |address: &str| expires_at(address).map(|at| DateTime::from_timestamp_micros(at.0).unwrap().to_rfc3339());
        assert_eq!(at("https://cdn.example/v.mp4?a=1&oe=685A6928&b=2").unwrap(), "2025-06-24T09:00:24+00:00");
        assert_eq!(at("https://cdn.example/v.mp4?oe=685A3C9E").unwrap(), "2025-06-24T05:50:22+00:00");
        assert_eq!((at("https://cdn.example/v.mp4"), at("https://cdn.example/?noe=1&oe=zz")), (None, None));
    }

    #[test]
    fn the_largest_rendition_wins_and_not_the_first() {
        let reel = filled(
            r#"{"video_versions":[{"type":101,"width":480,"height":852,"url":"small"},
                {"type":102,"width":720,"height":1280,"url":"large"},{"type":103,"width":720,"height":1280,"url":"again"}],
                "original_width":1080,"original_height":1920}"#,
        );
        assert_eq!((reel.video_url.as_deref(), reel.width, reel.height), (Some("large"), Some(720), Some(1280)));
        assert_eq!(reel.aspect_ratio, Some(0.5625));
        let flat = filled(r#"{"image_versions2":{"candidates":[{"width":1206,"height":2144,"url":"c"}]}}"#);
        assert_eq!(
            (flat.width, flat.height, flat.video_url, flat.cover_url.as_deref()),
            (Some(1206), Some(2144), None, Some("c"))
        );
        assert_eq!(filled(r#"{"display_uri":"d","original_width":0,"original_height":0}"#).width, None);
        assert_eq!(filled(r#"{"display_uri":"d"}"#).cover_url.as_deref(), Some("d"));
    }

    #[test]
    fn durations_are_rounded_and_zero_is_missing() {
        assert_eq!(filled(r#"{"video_duration":60.736000061035156}"#).duration_s, Some(60.736));
        let scrubber =
            r#""image_versions2":{"scrubber_spritesheet_info_candidates":{"default":{"video_length":91.383}}}"#;
        assert_eq!(filled(&format!(r#"{{"video_duration":0.0,{scrubber}}}"#)).duration_s, Some(91.383));
        let sound = r#""clips_metadata":{"original_sound_info":{"duration_in_ms":76787}}"#;
        assert_eq!(filled(&format!("{{{sound}}}")).duration_s, Some(76.787));
        assert_eq!(filled(r#"{"video_duration":0}"#).duration_bucket, None);
        let buckets: Vec<_> =
            [15.0, 15.001, 30.0, 60.0, 60.5, 90.0, 180.0, 180.001].into_iter().map(duration_bucket).collect();
        assert_eq!(buckets, ["<=15", "15-30", "15-30", "30-60", "60-90", "60-90", "90-180", ">180"]);
    }

    #[test]
    fn audio_is_the_track_or_the_original_sound() {
        let licensed = filled(
            r#"{"clips_metadata":{"audio_type":"licensed_music","original_sound_info":null,"music_info":
                {"music_asset_info":{"audio_asset_id":99,"title":"Tide","display_artist":"The Waves"}}}}"#,
        );
        assert_eq!((licensed.audio_id.as_deref(), licensed.audio_artist.as_deref()), (Some("99"), Some("The Waves")));
        let original = filled(
            r#"{"clips_metadata":{"audio_type":"original_sounds","music_info":null,"original_sound_info":
                {"audio_asset_id":"7","original_audio_title":"Original audio","ig_artist":{"username":"harbor"}}}}"#,
        );
        assert_eq!((original.audio_id.as_deref(), original.audio_artist.as_deref()), (Some("7"), Some("harbor")));
        assert_eq!(original.audio_title.as_deref(), Some("Original audio"));
    }
}
