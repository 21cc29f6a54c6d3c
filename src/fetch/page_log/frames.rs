//! zstd frames: a line of a log is one, and counts once its checksum has been seen to hold.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use zstd::stream::raw::Operation;

use crate::disk;
use crate::error::{Error, Result};

/// One zstd frame with a checksum over its content.
pub fn encode(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Bytes at the beginning of a .zst log that are whole frames; a last frame that was cut off lies behind them.
pub fn whole_bytes(path: &Path) -> Result<u64> {
    let bytes = disk::read(path)?;
    let mut whole = 0;
    while whole < bytes.len() {
        match zstd::zstd_safe::find_frame_compressed_size(&bytes[whole..]) {
            Ok(frame) if frame <= bytes.len() - whole => whole += frame,
            _ => break,
        }
    }
    Ok(whole as u64)
}

/// A zstd file frame by frame: what a frame holds is handed on once its checksum has been seen to hold, so that half a
/// frame is never taken for a page. (Frames beyond [`FRAME_BYTES`], which no log of ours has, come in stretches.)
struct Frames<R: BufRead> {
    compressed: R,
    decoder: zstd::stream::raw::Decoder<'static>,
    /// Whether a frame is under way whose first stretch has been handed on.
    is_open: bool,
    /// An error ends the file.
    is_over: bool,
    content: Vec<u8>,
    consumed: usize,
}

/// More than the largest page with its line around it.
const FRAME_BYTES: usize = 96 * 1024 * 1024;

impl<R: BufRead> Frames<R> {
    fn new(compressed: R) -> std::io::Result<Self> {
        let decoder = zstd::stream::raw::Decoder::new()?;
        Ok(Self { compressed, decoder, is_open: false, is_over: false, content: Vec::new(), consumed: 0 })
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

    /// Decodes a frame, or a stretch of a large one, into the beginning of `content`; returns the bytes that it holds.
    fn decode(&mut self) -> std::io::Result<usize> {
        let begin = self.compressed.fill_buf()?;
        if !self.is_open {
            self.is_over = begin.is_empty();
            if self.is_over {
                return Ok(0);
            }
            self.decoder.reinit()?;
            // Where a frame says its size and has room for it, it is decoded in one go and copied nowhere else.
            let size = zstd::zstd_safe::get_frame_content_size(begin).ok().flatten();
            let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= FRAME_BYTES);
            self.content.resize(size.unwrap_or(0), 0);
        }
        let mut length = 0;
        loop {
            if length == self.content.len() {
                self.content.resize((2 * length).clamp(64 * 1024, FRAME_BYTES), 0);
            }
            let available = self.compressed.fill_buf()?;
            let is_at_end = available.is_empty();
            let done = self.decoder.run_on_buffers(available, &mut self.content[length..])?;
            self.compressed.consume(done.bytes_read);
            length += done.bytes_written;
            self.is_open = done.remaining > 0;
            if !self.is_open || length == FRAME_BYTES {
                return Ok(length);
            }
            if is_at_end && done.bytes_written == 0 {
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the last frame was cut off"));
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

/// Opens a file and undoes its compression, which its name tells.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    const BUFFER_BYTES: usize = 256 * 1024;
    let file = disk::open(path)?;
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".partial").unwrap_or(&name);
    if name.ends_with(".zst") {
        let frames = Frames::new(BufReader::with_capacity(BUFFER_BYTES, file));
        Ok(Box::new(frames.map_err(|error| Error::disk("open", path, error))?))
    } else if name.ends_with(".gz") {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, flate2::read::MultiGzDecoder::new(file))))
    } else {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(compressed: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // A small buffer, so that frames lie across its ends.
        Frames::new(BufReader::with_capacity(100, compressed))?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn frames_of_any_kind_are_read_one_after_the_other() {
        let page: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        // Such a frame says nothing of its size.
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
            match frames.fill_buf() {
                Ok(rest) => assert!(cut == 0 && rest.is_empty(), "cut at {cut}: {rest:?}"),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "cut at {cut}"),
            }
            // An error ends the file.
            assert_eq!(frames.fill_buf().unwrap(), b"");
        }
    }

    #[test]
    fn a_frame_larger_than_memory_should_hold_comes_in_stretches() {
        let bytes = FRAME_BYTES + 10;
        let compressed = encode(&vec![b'a'; bytes]).unwrap();
        let mut frames = Frames::new(compressed.as_slice()).unwrap();
        for expected in [FRAME_BYTES, 10, 0] {
            let stretch = frames.fill_buf().unwrap();
            assert!(stretch.len() == expected && stretch.iter().all(|byte| *byte == b'a'));
            frames.consume(expected);
        }
    }
}
