//! zstd frames: each line of a log is one, and counts once its checksum is verified.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zstd::stream::raw::Operation;

use crate::error::{Error, Result};
use crate::fs;
use crate::store::page_log::limits;

/// One zstd frame with a checksum over its content.
pub(crate) fn encode(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A zstd file, frame by frame: a frame's content is released once its checksum is verified, so that half a frame is never
/// taken for a page. (Frames beyond [`limits::FRAME_BYTES`], which no log of ours has, come in pieces.)
pub(crate) struct Frames<R: BufRead> {
    compressed: R,
    decoder: zstd::stream::raw::Decoder<'static>,
    /// Whether only the first pieces of a frame have been released.
    is_open: bool,
    /// An error ends the file.
    is_over: bool,
    content: Vec<u8>,
    consumed: usize,
    /// Compressed bytes read, those before the current frame, and bytes decompressed.
    read_bytes: u64,
    frame_begin: u64,
    content_bytes: u64,
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(compressed: R) -> std::io::Result<Self> {
        Ok(Self {
            compressed,
            decoder: zstd::stream::raw::Decoder::new()?,
            is_open: false,
            is_over: false,
            content: Vec::new(),
            consumed: 0,
            read_bytes: 0,
            frame_begin: 0,
            content_bytes: 0,
        })
    }

    /// The position in the file, if it is between two frames.
    pub(crate) fn boundary(&self) -> Option<u64> {
        (!self.is_open && !self.is_over && self.consumed == self.content.len()).then_some(self.read_bytes)
    }

    /// Where the last frame begins, even if it could not be read.
    pub(crate) fn frame_begin(&self) -> u64 {
        self.frame_begin
    }

    /// Decodes the next frame; at the end of the file `content` is empty.
    fn next_frame(&mut self) -> std::io::Result<()> {
        self.consumed = 0;
        let mut decoded = Ok(0);
        while matches!(decoded, Ok(0)) && !self.is_over {
            decoded = self.decode();
            self.is_over |= decoded.is_err();
        }
        self.content.truncate(*decoded.as_ref().unwrap_or(&0));
        decoded.map(drop)
    }

    /// Decodes a frame, or a piece of a large one, to the beginning of `content`; returns its length.
    fn decode(&mut self) -> std::io::Result<usize> {
        let begin = self.compressed.fill_buf()?;
        if !self.is_open {
            self.frame_begin = self.read_bytes;
            self.is_over = begin.is_empty();
            if self.is_over {
                return Ok(0);
            }
            self.decoder.reinit()?;
            // A frame that gives its size is decoded in one go, without a copy.
            let size = zstd::zstd_safe::get_frame_content_size(begin).ok().flatten();
            let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= limits::FRAME_BYTES);
            self.content.resize(size.unwrap_or(0), 0);
        }
        let mut length = 0;
        loop {
            if length == self.content.len() {
                self.content.resize((2 * length).clamp(64 * 1024, limits::FRAME_BYTES), 0);
            }
            let available = self.compressed.fill_buf()?;
            let is_at_end = available.is_empty();
            let done = self.decoder.run_on_buffers(available, &mut self.content[length..])?;
            self.compressed.consume(done.bytes_read);
            length += done.bytes_written;
            self.read_bytes += done.bytes_read as u64;
            self.content_bytes += done.bytes_written as u64;
            limits::check(self.content_bytes, self.read_bytes)?;
            self.is_open = done.remaining > 0;
            if !self.is_open || length == limits::FRAME_BYTES {
                return Ok(length);
            }
            if is_at_end && done.bytes_written == 0 {
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "its compressed data has no end"));
            }
        }
    }
}

impl<R: BufRead> BufRead for Frames<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.consumed == self.content.len() {
            self.next_frame()?;
        }
        Ok(&self.content[self.consumed..])
    }

    fn consume(&mut self, bytes: usize) {
        self.consumed = (self.consumed + bytes).min(self.content.len());
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let available = self.fill_buf()?;
        let bytes = available.len().min(out.len());
        out[..bytes].copy_from_slice(&available[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}

/// Begins every frame.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// If more places than this look like the beginning of a frame, one of them is taken for a frame.
const MOST_TRIES: usize = 1000;

/// Whether a whole frame with good content begins at or after `from`.
///
/// # Errors
/// The disk.
pub(crate) fn any_frame_from(path: &Path, from: u64, is_good: impl Fn(&[u8]) -> bool) -> Result<bool> {
    const CHUNK_BYTES: usize = 1024 * 1024;
    let failed = |error| Error::disk("read", path, error);
    let mut file = fs::open(path)?;
    let (mut at, mut tries) = (from, 0);
    let mut chunk = Vec::new();
    loop {
        file.seek(SeekFrom::Start(at)).map_err(failed)?;
        chunk.clear();
        (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk).map_err(failed)?;
        for found in memchr::memmem::find_iter(&chunk, &MAGIC) {
            tries += 1;
            if tries > MOST_TRIES || frame_at(path, at + found as u64, &is_good)? {
                return Ok(true);
            }
        }
        if chunk.len() < CHUNK_BYTES {
            return Ok(false);
        }
        // A magic number may cross the boundary of two chunks.
        at += (CHUNK_BYTES - (MAGIC.len() - 1)) as u64;
    }
}

fn frame_at(path: &Path, at: u64, is_good: impl Fn(&[u8]) -> bool) -> Result<bool> {
    let failed = |error| Error::disk("read", path, error);
    let mut file = fs::open(path)?;
    file.seek(SeekFrom::Start(at)).map_err(failed)?;
    let mut frames = Frames::new(BufReader::new(file)).map_err(failed)?;
    match frames.fill_buf() {
        Ok(content) => Ok(is_good(content)),
        Err(error) if error.raw_os_error().is_some() => Err(failed(error)),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(compressed: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // A small buffer, so that frames cross its ends.
        Frames::new(BufReader::with_capacity(100, compressed))?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn frames_of_any_kind_are_read_one_after_the_other() {
        let page: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        // Such a frame does not give its size.
        let sizeless = zstd::stream::encode_all(page.as_slice(), 1).unwrap();
        assert_eq!(zstd::zstd_safe::get_frame_content_size(&sizeless).unwrap(), None);
        let skippable = b"\x50\x2A\x4D\x18\x03\x00\x00\x00abc";
        let empty = encode(b"").unwrap();
        let all = [&encode(&page).unwrap(), &empty, &sizeless, &skippable[..], &encode(b"end").unwrap()];
        assert_eq!(decoded(&all.concat()).unwrap(), [&page, &page, &b"end"[..]].concat());
        assert_eq!(decoded(b"").unwrap(), b"");
    }

    #[test]
    fn a_frame_counts_once_it_is_whole() {
        let (first, last) = (encode(b"first").unwrap(), encode(b"last").unwrap());
        for cut in 0..last.len() {
            let bytes = [first.as_slice(), &last[..cut]].concat();
            let mut frames = Frames::new(bytes.as_slice()).unwrap();
            assert_eq!(frames.fill_buf().unwrap(), b"first");
            frames.consume(5);
            assert_eq!(frames.boundary(), Some(first.len() as u64));
            match frames.fill_buf() {
                Ok(rest) => assert!(cut == 0 && rest.is_empty(), "cut at {cut}: {rest:?}"),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "cut at {cut}"),
            }
            assert_eq!(frames.frame_begin(), first.len() as u64);
            // An error ends the file.
            assert_eq!(frames.fill_buf().unwrap(), b"");
        }
    }

    #[test]
    fn a_frame_too_large_for_memory_comes_in_pieces() {
        let bytes = limits::FRAME_BYTES + 10;
        let compressed = encode(&vec![b'a'; bytes]).unwrap();
        let mut frames = Frames::new(compressed.as_slice()).unwrap();
        for expected in [limits::FRAME_BYTES, 10, 0] {
            let piece = frames.fill_buf().unwrap();
            assert!(piece.len() == expected && piece.iter().all(|byte| *byte == b'a'));
            frames.consume(expected);
        }
    }

    #[test]
    fn a_frame_that_unpacks_to_too_much_is_an_error() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        std::io::copy(&mut std::io::repeat(b'\n').take(200_000_000), &mut encoder).unwrap();
        let compressed = encoder.finish().unwrap();
        let mut frames = Frames::new(compressed.as_slice()).unwrap();
        let error = loop {
            match frames.fill_buf().map(<[u8]>::len) {
                Ok(bytes) => {
                    assert!(bytes > 0, "it was read to its end");
                    frames.consume(bytes);
                }
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_frame_is_found_after_damage_wherever_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let frame = encode(b"good").unwrap();
        let is_good = |content: &[u8]| content == b"good";
        for garbage in [0, 1, 5000, 1024 * 1024 - 2, 1024 * 1024 + 3] {
            let damage = [&MAGIC[..], &vec![0; garbage]].concat();
            std::fs::write(&path, [damage.as_slice(), &frame].concat()).unwrap();
            assert!(any_frame_from(&path, 0, is_good).unwrap(), "{garbage}");
            assert!(!any_frame_from(&path, damage.len() as u64 + 1, is_good).unwrap(), "{garbage}");
            std::fs::write(&path, [damage.as_slice(), &frame[..frame.len() - 1]].concat()).unwrap();
            assert!(!any_frame_from(&path, 0, is_good).unwrap(), "{garbage}");
        }
    }
}
