//! Masks the API key in responses before they are stored or printed: as it is, and as URLs and JSON encode it.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

const MASK: &str = "[key]";

/// Masks one key.
pub(crate) struct Mask {
    encodings: Vec<SecretString>,
}

impl Mask {
    pub(crate) fn of(key: &SecretString) -> Self {
        let key = key.expose_secret();
        let percent = |hex: fn(u8) -> String| -> String {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { hex(byte) }).collect()
        };
        let json = serde_json::Value::from(key).to_string();
        let json = json[1..json.len() - 1].to_owned();
        let mut encodings = vec![
            key.to_owned(),
            percent(|byte| format!("%{byte:02X}")),
            percent(|byte| format!("%{byte:02x}")),
            json.replace('/', "\\/"),
            json,
        ];
        encodings.sort();
        encodings.dedup();
        Self { encodings: encodings.into_iter().map(SecretString::from).collect() }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        let masked = |text: String, key: &SecretString| text.replace(key.expose_secret(), MASK);
        self.encodings.iter().fold(text.to_owned(), masked)
    }

    /// Borrowed if there is no key in it.
    pub(crate) fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        self.encodings.iter().fold(Cow::Borrowed(bytes), |bytes, key| {
            let found: Vec<usize> = memchr::memmem::find_iter(&bytes, key.expose_secret()).collect();
            if found.is_empty() {
                return bytes;
            }
            let (mut masked, mut copied) = (Vec::with_capacity(bytes.len()), 0);
            for at in found {
                masked.extend_from_slice(&bytes[copied..at]);
                masked.extend_from_slice(MASK.as_bytes());
                copied = at + key.expose_secret().len();
            }
            masked.extend_from_slice(&bytes[copied..]);
            Cow::Owned(masked)
        })
    }
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mask")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_masked_in_every_encoding() {
        let mask = Mask::of(&SecretString::from("a/b+\"c".to_owned()));
        for echo in ["a/b+\"c", "a%2Fb%2B%22c", "a%2fb%2b%22c", "a/b+\\\"c", "a\\/b+\\\"c"] {
            assert_eq!(mask.text(&format!("Bearer {echo}, {echo}!")), "Bearer [key], [key]!", "{echo}");
            assert_eq!(mask.bytes(format!("\u{fffd}{echo}").as_bytes()).as_ref(), "\u{fffd}[key]".as_bytes(), "{echo}");
        }
        assert!(matches!(mask.bytes(b"a/b"), Cow::Borrowed(b"a/b")));
        assert_eq!(format!("{mask:?}"), "Mask");
    }
}
