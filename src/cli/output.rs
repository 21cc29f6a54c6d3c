//! Text for a terminal. It may come from captions, responses and file names; none of it can control the terminal.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The text with escapes in place of what would control a terminal or change the writing direction. JSON reads the escapes
/// as what they stand for. Line ends and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut copied = 0;
    for (at, character) in text.char_indices().filter(|(_, character)| controls(*character)) {
        if character == '\r' && text[at..].starts_with("\r\n") {
            continue;
        }
        clean.push_str(&text[copied..at]);
        clean.push_str(&format!("\\u{:04x}", u32::from(character)));
        copied = at + character.len_utf8();
    }
    if copied == 0 { Cow::Borrowed(text) } else { Cow::Owned(clean + &text[copied..]) }
}

/// Control characters, and the embeddings, overrides and isolates of direction.
fn controls(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

/// Writes to stderr. If nobody can read it, that is not an error: the exit code says how the command ended.
pub(crate) fn to_stderr(text: &str) {
    let _ = io::stderr().write_all(clean(text).as_bytes());
}

/// Writes data to stdout: byte for byte, except on a terminal.
pub(crate) fn to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let text = if stdout.is_terminal() { clean(text) } else { Cow::Borrowed(text) };
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// stdout for the data of a stream, and whether its reader has closed it.
pub(crate) fn stream() -> (Box<dyn Write + Send>, Arc<AtomicBool>) {
    let is_closed = Arc::default();
    let stdout = Stream { stdout: io::stdout(), is_closed: Arc::clone(&is_closed) };
    (Box::new(BufWriter::with_capacity(1 << 16, stdout)), is_closed)
}

struct Stream {
    stdout: io::Stdout,
    is_closed: Arc<AtomicBool>,
}

impl Stream {
    fn note<T>(&self, done: io::Result<T>) -> io::Result<T> {
        done.inspect_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                self.is_closed.store(true, Ordering::Relaxed);
            }
        })
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stdout.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stdout.flush();
        self.note(flushed)
    }
}

pub(crate) fn stdout_is_a_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A writer of whole lines for people.
#[derive(Debug, Clone)]
pub(crate) struct Clean<W>(pub W);

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(clean(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_shown_as_an_escape_that_json_reads() {
        let text = "a\u{1b}]0;title\u{7}\u{9b}1m\u{202e}x\u{2066}\r";
        assert_eq!(clean(text), r"a\u001b]0;title\u0007\u009b1m\u202ex\u2066\u000d");
        assert_eq!(serde_json::from_str::<String>(&format!("\"{}\"", clean(text))).unwrap(), text);
        for plain in ["", "é 👩\u{200d}👩 \u{200f}", "two\nlines\tand\r\na third"] {
            assert!(matches!(clean(plain), Cow::Borrowed(_)), "{plain}");
        }
        let mut line = Vec::new();
        Clean(&mut line).write_all("WARN \u{1b}[2J\n".as_bytes()).unwrap();
        assert_eq!(line, b"WARN \\u001b[2J\n");
    }

    proptest::proptest! {
        #[test]
        fn nothing_of_it_is_left_and_nothing_else_changes(text in "\\PC{0,20}|[\u{0}-\u{ff}\u{2020}-\u{2070}]{0,20}") {
            let clean = clean(&text);
            proptest::prop_assert!(!clean.replace("\r\n", "").contains(controls));
            let kept: String = text.chars().filter(|character| !controls(*character)).collect();
            let shown: String = text.chars().filter(|character| controls(*character)).map(|_| '!').collect();
            proptest::prop_assert!(clean.chars().count() >= kept.chars().count() + shown.len());
        }
    }
}
