//! The bytes of a log or of a file of bare pages, decompressed according to its name.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result as IoResult};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::fs;
use crate::store::{page_log::frames::Frames, page_log::limits};

const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) enum LogSource {
    Zstd(Box<Frames<BufReader<File>>>),
    Gzip(Box<BufReader<Gunzip>>),
    Plain(BufReader<File>),
}

impl LogSource {
    /// # Errors
    /// `Disk` if the file cannot be opened, `InvalidData` if it is not a file: a pipe would never end.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        expect_file(path)?;
        let file = fs::open(path)?;
        let name = path.to_string_lossy();
        let name = name.strip_suffix(fs::PARTIAL).unwrap_or(&name);
        Ok(if name.ends_with(".zst") {
            let frames = Frames::new(BufReader::with_capacity(BUFFER_BYTES, file));
            Self::Zstd(Box::new(frames.map_err(|error| Error::disk("open", path, error))?))
        } else if name.ends_with(".gz") {
            let gunzip = Gunzip { decoder: MultiGzDecoder::new(Counted { file, bytes: 0 }), content_bytes: 0 };
            Self::Gzip(Box::new(BufReader::with_capacity(BUFFER_BYTES, gunzip)))
        } else {
            Self::Plain(BufReader::with_capacity(BUFFER_BYTES, file))
        })
    }

    fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            Self::Zstd(reader) => reader,
            Self::Gzip(reader) => reader,
            Self::Plain(reader) => reader,
        }
    }
}

impl Read for LogSource {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        self.reader().read(out)
    }
}

impl BufRead for LogSource {
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        self.reader().fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.reader().consume(bytes);
    }
}

/// # Errors
/// `InvalidData` if it is not a file, or a dangling link.
pub(crate) fn expect_file(path: &Path) -> Result<()> {
    let what = match fs::metadata_of(path) {
        Ok(found) => fs::not_a_file(&found.file_type()),
        Err(error) if fs::leads_nowhere(&error) && fs::is_link(path)? => Some("a link that leads nowhere"),
        Err(error) => return Err(Error::disk("open", path, error)),
    };
    what.map_or(Ok(()), |what| Err(Error::invalid_data(format!("{} is {what}, not a file", path.display()))))
}

/// The size of a log in bytes.
///
/// # Errors
/// As [`expect_file`].
pub(crate) fn size(path: &Path) -> Result<u64> {
    expect_file(path)?;
    fs::size(path)
}

/// A gzip file, with a limit to what it unpacks to.
pub(crate) struct Gunzip {
    decoder: MultiGzDecoder<Counted>,
    content_bytes: u64,
}

impl Read for Gunzip {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        let bytes = self.decoder.read(out)?;
        self.content_bytes += bytes as u64;
        limits::check(self.content_bytes, self.decoder.get_ref().bytes)?;
        Ok(bytes)
    }
}

/// A file and how much of it was read.
struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        let bytes = self.file.read(out)?;
        self.bytes += bytes as u64;
        Ok(bytes)
    }
}
