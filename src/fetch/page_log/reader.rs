//! Reading logs and files of bare pages line by line, whatever their compression.

use std::io::{BufRead, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::Line;
use super::frames::open;

/// Reads the lines of a log or of a file of bare pages, whatever its compression.
pub struct LineReader {
    reader: Box<dyn BufRead>,
    path: PathBuf,
    line_number: u64,
    buffer: Vec<u8>,
    /// The last line was cut off, as a kill in the middle of a write leaves it.
    pub torn: bool,
}

/// The whole content of a file, decompressed, as text.
pub fn read_to_string(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| damaged(path, &error))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| Error::not_understood(format!("{} is not UTF-8: {error}", path.display())))
}

fn damaged(path: &Path, error: &std::io::Error) -> Error {
    Error::disk("read", path, error).hint("the file is damaged; restore it from a backup or move it out of the store")
}

impl LineReader {
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { reader: open(path)?, path: path.to_owned(), line_number: 0, buffer: Vec::new(), torn: false })
    }

    /// The next line's text; `None` at the end. A last frame that was cut off ends the log and sets `torn`.
    pub fn next_text(&mut self) -> Result<Option<&str>> {
        loop {
            self.buffer.clear();
            match read_line(&mut self.reader, &mut self.buffer) {
                Ok(()) if self.buffer.is_empty() => return Ok(None),
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.torn = true;
                    return Ok(None);
                }
                Err(error) => return Err(damaged(&self.path, &error)),
            }
            self.line_number += 1;
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            return match std::str::from_utf8(self.buffer.trim_ascii()) {
                Ok(text) => Ok(Some(text)),
                Err(error) => Err(self.fault(&format!("not UTF-8: {error}"))),
            };
        }
    }

    /// An error about the line that was read last.
    pub fn fault(&self, what: &str) -> Error {
        Error::not_understood(format!("{}, line {}: {what}", self.path.display(), self.line_number))
    }
}

/// As `BufRead::read_until`, with a search for the line's end that is ten times as fast.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let available = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            available => available?,
        };
        let end = memchr::memchr(b'\n', available);
        let taken = end.map_or(available.len(), |end| end + 1);
        line.extend_from_slice(&available[..taken]);
        reader.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok(());
        }
    }
}

/// Reads a log and hands each line to `each`; returns whether the last line was torn.
///
/// # Errors
/// The file and the line that cannot be read, or what `each` returns.
pub fn for_each_line(path: &Path, mut each: impl FnMut(Line) -> Result<()>) -> Result<bool> {
    let mut reader = LineReader::open(path)?;
    while let Some(text) = reader.next_text()? {
        let fault = match Line::parse(text) {
            Ok(line) => {
                each(line)?;
                continue;
            }
            Err(fault) => fault,
        };
        // A plain log whose writer was killed ends in half a line.
        if !reader.buffer.ends_with(b"\n") {
            reader.torn = true;
            break;
        }
        return Err(reader.fault(&fault));
    }
    Ok(reader.torn)
}
