//! The posting time of an item: `taken_at`, else `created_at`, else the clock in the media id.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

use crate::instagram::lenient::{Field, Lenient};
use crate::instagram::media_id;
use crate::schema::values::PostedAtSource;

/// Instants outside these years are not posting times: Instagram started in 2010, and a zero does not mean 1970.
const YEARS: RangeInclusive<i32> = 2010..=2199;

/// The formats beside RFC 3339: `+0000` without a colon, as some feeds write it, and without an offset, which is UTC.
const WITH_OFFSET: &str = "%Y-%m-%dT%H:%M:%S%.f%z";
const WITHOUT_OFFSET: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];

/// An instant as the API writes it: Unix seconds, or ISO 8601.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Moment {
    Seconds(i64),
    Text(String),
}

impl<'de> Lenient<'de> for Moment {
    fn from_i64(value: i64) -> Option<Self> {
        Some(Self::Seconds(value))
    }
    fn from_f64(value: f64) -> Option<Self> {
        i64::from_f64(value.trunc()).map(Self::Seconds)
    }
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text.trim().parse().map_or_else(|_| Self::Text(text.into_owned()), Self::Seconds))
    }
}

impl Moment {
    /// `None` if no reel can have been posted then.
    fn instant(&self) -> Option<DateTime<Utc>> {
        let instant = match self {
            Self::Seconds(seconds) => DateTime::from_timestamp(*seconds, 0)?,
            Self::Text(text) => parse_iso(text.trim())?,
        };
        Some(instant).filter(|instant| YEARS.contains(&instant.year()))
    }
}

fn parse_iso(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, WITH_OFFSET));
    let naive = || WITHOUT_OFFSET.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    zoned.ok().map(|at| at.to_utc()).or_else(|| naive().map(|at| at.and_utc()))
}

pub(crate) fn posted_at(
    taken_at: &Field<Moment>,
    created_at: &Field<Moment>,
    media_id: Option<u64>,
) -> Option<(DateTime<Utc>, PostedAtSource)> {
    let listed = |field: &Field<Moment>, source| Some((field.get()?.instant()?, source));
    listed(taken_at, PostedAtSource::TakenAt)
        .or_else(|| listed(created_at, PostedAtSource::CreatedAt))
        .or_else(|| Some((media_id::upload_started_at(media_id?)?, PostedAtSource::MediaId)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_as_seconds_and_as_text() {
        let read = |moment: Moment| moment.instant().map(|at| at.to_rfc3339());
        assert_eq!(read(Moment::Seconds(1_748_371_310)).unwrap(), "2025-05-27T18:41:50+00:00");
        for text in [
            "2025-05-27T18:41:50Z",
            "2025-05-27T18:41:50.000Z",
            "2025-05-27T20:41:50+02:00",
            "2025-05-27T20:41:50+0200",
            "2025-05-27T18:41:50",
        ] {
            assert_eq!(read(Moment::Text(text.into())).unwrap(), "2025-05-27T18:41:50+00:00", "{text}");
        }
        assert_eq!((read(Moment::Seconds(0)), read(Moment::Text("soon".into()))), (None, None));
        assert_eq!(read(Moment::Seconds(i64::MAX)), None);
    }
}
