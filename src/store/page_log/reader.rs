//! Reading logs and files of bare pages line by line, whatever their compression.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fs;
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::source::Source;
use crate::store::page_log::{frames, limits};

/// Reads the lines of a log or of a file of bare pages, whatever its compression.
pub struct LineReader {
    source: Source,
    path: PathBuf,
    line_number: u64,
    /// What of the source's own buffer the last line took.
    taken: usize,
    /// A line that lay across the ends of the source's buffer.
    buffer: Vec<u8>,
    /// Unpacked bytes that were consumed.
    consumed_bytes: u64,
    /// Bytes of the file up to a place where lines ended, and how many lines were read since.
    whole_bytes: u64,
    lines_since: u64,
    /// What the last error was about.
    trouble: Option<Trouble>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    /// A line whose bytes are no text; others may follow.
    Text,
    /// Nothing behind it can be unpacked.
    Unpacking,
    /// More than is read.
    TooLarge,
}

/// How a log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    /// Bytes of the file that are whole lines; `None` where it cannot be cut behind the last of them.
    pub whole_bytes: Option<u64>,
    /// Bytes behind the last whole line, as a kill or a power cut leaves them.
    pub torn_bytes: u64,
}

impl Tail {
    pub fn is_torn(self) -> bool {
        self.torn_bytes > 0
    }

    /// Whether what is behind the last whole line begins as a line does, so that it may be a part of a page.
    pub fn begins_a_line(self, log: &Path) -> Result<bool> {
        let Some(at) = self.whole_bytes else { return Ok(true) };
        let (mut file, mut first) = (fs::open(log)?, Vec::new());
        let read =
            file.seek(SeekFrom::Start(at)).and_then(|_| file.take(frames::MAGIC.len() as u64).read_to_end(&mut first));
        read.map_err(|error| Error::disk("read", log, error))?;
        Ok(first.starts_with(b"{") || frames::MAGIC.starts_with(&first))
    }

    /// Says that a log has a torn end.
    pub fn warn(self, log: &Path) {
        if self.is_torn() {
            let bytes = self.torn_bytes;
            tracing::warn!(log = %log.display(), bytes, "the log was cut off in a line: what is behind the last whole line is left out");
        }
    }
}

/// The whole content of a file that holds one page, unpacked, as text.
pub fn read_to_string(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = Source::open(path)?.take(limits::LINE_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, 1, error))?;
    if bytes.len() > limits::LINE_BYTES {
        return Err(fault(path, 1, &too_long().to_string()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| Error::invalid_data(format!("{} is not UTF-8: {error}", path.display())))
}

/// `Disk` where the disk has failed, `InvalidData` where the file's content is at fault.
fn unreadable(path: &Path, line_number: u64, error: io::Error) -> Error {
    match error.kind() {
        _ if error.raw_os_error().is_some() => Error::disk("read", path, error),
        io::ErrorKind::UnexpectedEof => fault(path, line_number, "cut off: its compressed data has no end"),
        _ => fault(path, line_number, &error.to_string()),
    }
}

fn too_long() -> io::Error {
    limits::too_large(format!("longer than {} MiB", limits::LINE_BYTES >> 20))
}

impl LineReader {
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            source: Source::open(path)?,
            path: path.to_owned(),
            line_number: 0,
            taken: 0,
            buffer: Vec::new(),
            consumed_bytes: 0,
            whole_bytes: 0,
            lines_since: 0,
            trouble: None,
        })
    }

    /// The next line's text; `None` at the end.
    ///
    /// # Errors
    /// `Disk` where the disk has failed, `InvalidData` where the line is no text; [`LineReader::is_over`] says whether others may
    /// follow.
    pub fn next_text(&mut self) -> Result<Option<&str>> {
        self.trouble = None;
        loop {
            match self.next_line() {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => {
                    let is_too_large = error.kind() == io::ErrorKind::FileTooLarge;
                    self.trouble = Some(if is_too_large { Trouble::TooLarge } else { Trouble::Unpacking });
                    return Err(unreadable(&self.path, self.line_number + 1, error));
                }
            }
            self.line_number += 1;
            if !line(&mut self.source, &self.buffer, self.taken).is_empty() {
                break;
            }
        }
        self.lines_since += 1;
        match std::str::from_utf8(line(&mut self.source, &self.buffer, self.taken)) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                self.trouble = Some(Trouble::Text);
                Err(fault(&self.path, self.line_number, &format!("not UTF-8: {error}")))
            }
        }
    }

    /// Whether no line can follow the error that was met last.
    pub fn is_over(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Unpacking | Trouble::TooLarge))
    }

    /// Finds the next line, in the source's own buffer where it lies there whole; `false` at the end.
    fn next_line(&mut self) -> std::io::Result<bool> {
        let taken = std::mem::take(&mut self.taken);
        self.consume(taken);
        self.buffer.clear();
        self.note_boundary();
        loop {
            let available = match self.source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            let end = memchr::memchr(b'\n', available);
            let length = end.map_or(available.len(), |end| end + 1);
            if self.buffer.len() + length > limits::LINE_BYTES {
                return Err(too_long());
            }
            if end.is_some() && self.buffer.is_empty() {
                self.taken = length;
                return Ok(true);
            }
            self.buffer.extend_from_slice(&available[..length]);
            self.consume(length);
            if end.is_some() || length == 0 {
                return Ok(!self.buffer.is_empty());
            }
        }
    }

    fn consume(&mut self, bytes: usize) {
        self.source.consume(bytes);
        self.consumed_bytes += bytes as u64;
    }

    /// Notes where the file can be cut so that all lines up to here are in it.
    fn note_boundary(&mut self) {
        let boundary = match &self.source {
            Source::Zstd(frames) => frames.boundary(),
            Source::Plain(_) => Some(self.consumed_bytes),
            Source::Gzip(_) => None,
        };
        if let Some(boundary) = boundary {
            (self.whole_bytes, self.lines_since) = (boundary, 0);
        }
    }

    /// An error about the line that was read last.
    pub fn fault(&self, what: &str) -> Error {
        fault(&self.path, self.line_number, what)
    }

    /// How the log ends, where the line that was met last is no line and none follows.
    fn tail(&self) -> Result<Tail> {
        // Of the lines since the last boundary one may be the torn one.
        let torn = u64::from(self.trouble != Some(Trouble::Unpacking));
        let is_clean = self.lines_since <= torn && !matches!(self.source, Source::Gzip(_));
        let torn_bytes = fs::size(&self.path)?.saturating_sub(self.whole_bytes).max(1);
        Ok(Tail { whole_bytes: is_clean.then_some(self.whole_bytes), torn_bytes })
    }

    /// Whether a whole line follows the one that is none.
    fn has_line_behind(&mut self) -> Result<bool> {
        while !self.is_over() {
            match self.next_text() {
                Ok(None) => return Ok(false),
                Ok(Some(text)) if !is_garbage(text) => return Ok(true),
                Err(error) if error.kind == ErrorKind::Disk => return Err(error),
                Ok(Some(_)) | Err(_) => {}
            }
        }
        match &self.source {
            Source::Zstd(frames) => frames::any_frame_from(&self.path, frames.frame_begin() + 1, |content| {
                content.split(|byte| *byte == b'\n').any(|line| {
                    std::str::from_utf8(line).is_ok_and(|text| !text.trim_ascii().is_empty() && !is_garbage(text))
                })
            }),
            Source::Gzip(_) | Source::Plain(_) => Ok(false),
        }
    }
}

fn is_garbage(text: &str) -> bool {
    Line::parse(text).is_err_and(|fault| fault.is_garbage)
}

/// The line that was found last, without blanks around it.
fn line<'l>(source: &'l mut Source, buffer: &'l [u8], taken: usize) -> &'l [u8] {
    // What was taken lies in the source's buffer, and looking at it again reads nothing.
    let line = if taken > 0 { source.fill_buf().map_or(&[][..], |available| &available[..taken]) } else { buffer };
    line.trim_ascii()
}

fn fault(path: &Path, line_number: u64, what: &str) -> Error {
    Error::invalid_data(format!("{}, line {line_number}: {what}", path.display()))
}

/// Reads a log and hands each line to `each`; returns how the log ends. A torn end, with no whole line behind it, is left
/// out.
///
/// # Errors
/// The file and the line that cannot be used (`InvalidData`), the disk, or what `each` returns.
pub fn for_each_line(path: &Path, mut each: impl FnMut(Line) -> Result<()>) -> Result<Tail> {
    for_each_line_until(path, |line| each(line).map(|()| true))
}

/// The start line of a log; `None` where its first line is torn.
///
/// # Errors
/// As of [`for_each_line`].
pub fn start_of(path: &Path) -> Result<Option<Start>> {
    let mut first = None;
    for_each_line_until(path, |line| {
        if let Line::Start(start) = line {
            first = Some(start);
        }
        Ok(false)
    })?;
    Ok(first)
}

/// What was read of a log; `None` where its content cannot be used, which whoever makes tables of it says.
///
/// # Errors
/// The disk.
pub fn if_usable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if error.kind == ErrorKind::InvalidData => Ok(None),
        read => read.map(Some),
    }
}

/// The same, for as long as `each` says that it wants more.
///
/// # Errors
/// As of [`for_each_line`].
pub fn for_each_line_until(path: &Path, mut each: impl FnMut(Line) -> Result<bool>) -> Result<Tail> {
    let mut reader = LineReader::open(path)?;
    let mut has_begun = false;
    loop {
        let fault = match reader.next_text() {
            Ok(None) => return Ok(Tail { whole_bytes: Some(reader.whole_bytes), torn_bytes: 0 }),
            Ok(Some(text)) => match Line::parse(text) {
                Ok(Line::BarePage(_)) => {
                    return Err(reader.fault("a bare page among the lines of a log").hint(Hint::RestoreLog));
                }
                Ok(line) if has_begun || matches!(line, Line::Start(_)) => {
                    has_begun = true;
                    if each(line)? {
                        continue;
                    }
                    return Ok(Tail::default());
                }
                Ok(_) => return Err(reader.fault("a log begins with a line of kind 'start'").hint(Hint::RestoreLog)),
                Err(fault) if fault.is_garbage => reader.fault(&fault.what),
                Err(fault) => return Err(reader.fault(&fault.what).hint(Hint::RestoreLog)),
            },
            Err(error) => error,
        };
        if fault.kind == ErrorKind::Disk || reader.trouble == Some(Trouble::TooLarge) {
            return Err(fault);
        }
        let tail = reader.tail()?;
        if reader.has_line_behind()? {
            return Err(Error::invalid_data(format!("{}, and whole lines follow: the log is damaged", fault.message))
                .hint(Hint::RestoreLog));
        }
        return Ok(tail);
    }
}
