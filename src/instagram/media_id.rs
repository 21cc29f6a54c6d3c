//! The media id: shortcode and pk are the same number, and the number holds the clock of the upload's start.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Milliseconds from the Unix epoch to the epoch of media ids (2011-08-24T21:07:01.721Z).
const EPOCH_MS: u64 = 1_314_220_021_721;

/// The code of a public reel is at most 11 characters long; a longer one carries a key for a private reel behind it.
const CODE_CHARS: usize = 11;

/// The number that a shortcode stands for (base64url digits, big-endian, no padding).
pub fn decode(shortcode: &str) -> Option<u64> {
    if shortcode.is_empty() {
        return None;
    }
    shortcode.bytes().take(CODE_CHARS).try_fold(0u64, |number, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)? as u64;
        number.checked_mul(64)?.checked_add(digit)
    })
}

/// The shortcode of a media id.
pub fn encode(mut number: u64) -> CompactString {
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

/// Whether a text may stand in a reel's address: base64url characters only.
pub fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// When the upload began: `(id >> 23) + 1314220021721` is a Unix time in milliseconds.
pub fn upload_started_at(number: u64) -> Option<DateTime<Utc>> {
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
