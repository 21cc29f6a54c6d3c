//! Reads page logs and files of bare pages line by line, whatever their compression.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fs;
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::source::LogSource;
use crate::store::page_log::{frames, limits};

/// Reads the lines of a log or of a file of bare pages, whatever its compression.
pub struct LineReader {
    source: LogSource,
    path: PathBuf,
    line_number: u64,
    /// The bytes of the source's own buffer that the last line takes.
    taken: usize,
    /// A line that crosses the end of the source's buffer.
    buffer: Vec<u8>,
    /// Decompressed bytes that were consumed.
    consumed_bytes: u64,
    /// Bytes of the file up to the last boundary of lines, and the lines read since.
    whole_bytes: u64,
    lines_since: u64,
    /// The kind of the last error.
    trouble: Option<Trouble>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    /// A line is not text; others may follow.
    Text,
    /// Nothing after this point can be decompressed.
    Unpacking,
    /// More than the limit.
    TooLarge,
}

/// How a log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    /// Bytes of the file that are whole lines; `None` if it cannot be truncated after the last of them.
    pub whole_bytes: Option<u64>,
    /// Bytes after the last whole line, as a kill or a power cut leaves them.
    pub torn_bytes: u64,
}

impl Tail {
    pub fn is_torn(self) -> bool {
        self.torn_bytes > 0
    }

    /// Whether what follows the last whole line begins like a line, so that it may be part of a page.
    pub fn begins_a_line(self, log: &Path) -> Result<bool> {
        let Some(at) = self.whole_bytes else { return Ok(true) };
        let (mut file, mut first) = (fs::open(log)?, Vec::new());
        let read =
            file.seek(SeekFrom::Start(at)).and_then(|_| file.take(frames::MAGIC.len() as u64).read_to_end(&mut first));
        read.map_err(|error| Error::disk("read", log, error))?;
        Ok(first.starts_with(b"{") || frames::MAGIC.starts_with(&first))
    }

    /// Warns if the log has a torn end.
    pub fn warn(self, log: &Path) {
        if self.is_torn() {
            let bytes = self.torn_bytes;
            tracing::warn!(log = %log.display(), bytes, "the log ends within a line: the bytes after its last whole line are ignored");
        }
    }
}

/// The decompressed text of a file that holds one page.
pub fn read_to_string(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = LogSource::open(path)?.take(limits::LINE_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, 1, error))?;
    if bytes.len() > limits::LINE_BYTES {
        return Err(fault(path, 1, &too_long().to_string()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| Error::invalid_data(format!("{} is not UTF-8: {error}", path.display())))
}

/// `Disk` if the disk failed, `InvalidData` if the content is at fault.
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
            source: LogSource::open(path)?,
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
    /// `Disk` if the disk failed, `InvalidData` if the line is not text; [`LineReader::is_over`] tells whether others may
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

    /// Whether no line can follow the last error.
    pub fn is_over(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Unpacking | Trouble::TooLarge))
    }

    /// Finds the next line, in the source's own buffer if it is whole there; `false` at the end.
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

    /// Records the position if the file can be truncated here without losing a line.
    fn note_boundary(&mut self) {
        let boundary = match &self.source {
            LogSource::Zstd(frames) => frames.boundary(),
            LogSource::Plain(_) => Some(self.consumed_bytes),
            LogSource::Gzip(_) => None,
        };
        if let Some(boundary) = boundary {
            (self.whole_bytes, self.lines_since) = (boundary, 0);
        }
    }

    /// An error about the last line.
    pub fn fault(&self, what: &str) -> Error {
        fault(&self.path, self.line_number, what)
    }

    /// How the log ends, if the last line is garbage and no line follows.
    fn tail(&self) -> Result<Tail> {
        // One of the lines since the last boundary may be the torn one.
        let torn = u64::from(self.trouble != Some(Trouble::Unpacking));
        let is_clean = self.lines_since <= torn && !matches!(self.source, LogSource::Gzip(_));
        let torn_bytes = fs::size(&self.path)?.saturating_sub(self.whole_bytes).max(1);
        Ok(Tail { whole_bytes: is_clean.then_some(self.whole_bytes), torn_bytes })
    }

    /// Whether a whole line follows the garbage.
    fn has_line_after(&mut self) -> Result<bool> {
        while !self.is_over() {
            match self.next_text() {
                Ok(None) => return Ok(false),
                Ok(Some(text)) if !is_garbage(text) => return Ok(true),
                Err(error) if error.kind == ErrorKind::Disk => return Err(error),
                Ok(Some(_)) | Err(_) => {}
            }
        }
        match &self.source {
            LogSource::Zstd(frames) => frames::any_frame_from(&self.path, frames.frame_begin() + 1, |content| {
                content.split(|byte| *byte == b'\n').any(|line| {
                    std::str::from_utf8(line).is_ok_and(|text| !text.trim_ascii().is_empty() && !is_garbage(text))
                })
            }),
            LogSource::Gzip(_) | LogSource::Plain(_) => Ok(false),
        }
    }
}

fn is_garbage(text: &str) -> bool {
    Line::parse(text).is_err_and(|fault| fault.is_garbage)
}

/// The last line that was found, trimmed.
fn line<'l>(source: &'l mut LogSource, buffer: &'l [u8], taken: usize) -> &'l [u8] {
    // It is still in the source's buffer: looking at it again reads nothing.
    let line = if taken > 0 { source.fill_buf().map_or(&[][..], |available| &available[..taken]) } else { buffer };
    line.trim_ascii()
}

fn fault(path: &Path, line_number: u64, what: &str) -> Error {
    Error::invalid_data(format!("{}, line {line_number}: {what}", path.display()))
}

/// Reads a log and calls `each` for every line; returns how the log ends. A torn end, with no whole line after it, is
/// ignored.
///
/// # Errors
/// The file and the line that cannot be used (`InvalidData`), the disk, or what `each` returns.
pub fn for_each_line(path: &Path, mut each: impl FnMut(Line) -> Result<()>) -> Result<Tail> {
    for_each_line_until(path, |line| each(line).map(|()| true))
}

/// The start line of a log; `None` if its first line is torn.
///
/// # Errors
/// As [`for_each_line`].
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

/// What was read of a log; `None` if its content cannot be used, which the transform reports.
///
/// # Errors
/// The disk.
pub fn if_usable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(error) if error.kind == ErrorKind::InvalidData => Ok(None),
        read => read.map(Some),
    }
}

/// As [`for_each_line`], but only until `each` returns `false`.
///
/// # Errors
/// As [`for_each_line`].
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
        if reader.has_line_after()? {
            return Err(Error::invalid_data(format!("{}, and whole lines follow: the log is damaged", fault.message))
                .hint(Hint::RestoreLog));
        }
        return Ok(tail);
    }
}
