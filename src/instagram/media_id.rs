//! The media id: shortcode and pk are the same number, and the number holds the time at which the upload started.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use crate::instagram::lenient::{Field, Id, Text};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Milliseconds from the Unix epoch to the epoch of media ids (2011-08-24T21:07:01.721Z).
const EPOCH_MS: u64 = 1_314_220_021_721;

/// The code of a public reel has at most 11 characters; a longer one is followed by the key of a private reel.
const CODE_CHARS: usize = 11;

/// The number that a shortcode stands for (base64url digits, big-endian, no padding).
pub(crate) fn decode(shortcode: &str) -> Option<u64> {
    if shortcode.is_empty() {
        return None;
    }
    shortcode.bytes().take(CODE_CHARS).try_fold(0u64, |number, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)? as u64;
        number.checked_mul(64)?.checked_add(digit)
    })
}

/// The shortcode of a media id.
pub(crate) fn encode(mut number: u64) -> CompactString {
    let mut digits = Vec::new();
    loop {
        digits.push(ALPHABET[(number % 64) as usize]);
        number /= 64;
        if number == 0 {
            break;
        }
    }
    digits.reverse();
    digits.into_iter().map(char::from).collect()
}

/// Whether a text can be part of a reel's address: base64url characters only.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The ids of an item, as far as it has them: `id` is the pk and the owner's id, joined by `_`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemIds<'a> {
    pub pk: Option<&'a str>,
    pub id: Option<&'a str>,
    pub code: Option<&'a str>,
}

impl<'a> ItemIds<'a> {
    pub(crate) fn of(pk: &'a Field<Id>, id: &'a Field<Id>, code: &'a Field<Text>) -> Self {
        let text = |field: &'a Field<Id>| field.get().map(|id| id.0.trim());
        let code = code.get().map(|code| code.trim()).filter(|code| !code.is_empty());
        Self { pk: text(pk), id: text(id), code }
    }

    /// The pk at the beginning of `id`.
    fn head(&self) -> Option<&'a str> {
        self.id.map(|id| id.split_once('_').map_or(id, |(head, _)| head))
    }

    /// The owner's id at the end of `id`.
    pub(crate) fn owner(&self) -> Option<&'a str> {
        self.id.and_then(|id| id.split_once('_')).map(|(_, owner)| owner)
    }

    /// What tells the item from others, even if it is not a media id.
    pub(crate) fn name(&self) -> Option<&'a str> {
        self.pk.or(self.head()).or(self.code)
    }

    /// The media id.
    pub(crate) fn number(&self) -> Option<u64> {
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        number(self.pk).or_else(|| number(self.head())).or_else(|| decode(self.code?))
    }
}

/// When the upload started: `(id >> 23) + 1314220021721` is a Unix time in milliseconds.
pub(crate) fn upload_started_at(number: u64) -> Option<DateTime<Utc>> {
    let milliseconds = (number >> 23) + EPOCH_MS;
    DateTime::from_timestamp_millis(i64::try_from(milliseconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcode_and_number_are_the_same() {
        assert_eq!(decode("DKKtpqaxg0C"), Some(3_641_924_023_820_356_866));
        assert_eq!(encode(3_641_924_023_820_356_866), "DKKtpqaxg0C");
        assert_eq!(decode("DKKtpqaxg0CkeyOfAPrivateReel"), Some(3_641_924_023_820_356_866));
        assert_eq!((decode(""), decode("no!"), decode("___________")), (None, None, None));
        assert_eq!(encode(0), "A");
    }

    #[test]
    fn the_number_holds_the_start_of_the_upload() {
        let started = upload_started_at(3_641_924_023_820_356_866).unwrap();
        // posted_at of the document's example less its lead of 112.802 s
        assert_eq!(started.timestamp_millis(), 1_748_371_310_000 - 112_802);
    }
}
