//! zstd frames: a line of a log is one, and counts once its checksum has been seen to hold.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

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
    let bytes = std::fs::read(path).map_err(|error| Error::disk("read", path, error))?;
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
    compressed: Option<R>,
    /// A large frame that is not at its end yet.
    open: Option<zstd::stream::read::Decoder<'static, R>>,
    content: Vec<u8>,
    consumed: usize,
}

/// More than the largest page with its line around it.
const FRAME_BYTES: u64 = 96 * 1024 * 1024;

impl<R: BufRead> Frames<R> {
    fn new(compressed: R) -> Self {
        Self { compressed: Some(compressed), open: None, content: Vec::new(), consumed: 0 }
    }

    /// Decodes the next frame; at the end of the file `content` stays empty.
    fn next_frame(&mut self) -> std::io::Result<()> {
        self.content.clear();
        self.consumed = 0;
        while self.content.is_empty() {
            let mut decoder = match (self.open.take(), self.compressed.take()) {
                (Some(decoder), _) => decoder,
                (None, Some(mut compressed)) => {
                    if compressed.fill_buf()?.is_empty() {
                        self.compressed = Some(compressed);
                        return Ok(());
                    }
                    zstd::stream::read::Decoder::with_buffer(compressed)?.single_frame()
                }
                (None, None) => return Ok(()),
            };
            let read = decoder.by_ref().take(FRAME_BYTES).read_to_end(&mut self.content);
            if let Err(error) = read {
                self.content.clear();
                return Err(error);
            }
            if (self.content.len() as u64) < FRAME_BYTES {
                self.compressed = Some(decoder.finish());
            } else {
                self.open = Some(decoder);
            }
        }
        Ok(())
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
    let file = File::open(path).map_err(|error| Error::disk("open", path, error))?;
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".partial").unwrap_or(&name);
    if name.ends_with(".zst") {
        Ok(Box::new(Frames::new(BufReader::with_capacity(BUFFER_BYTES, file))))
    } else if name.ends_with(".gz") {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, flate2::read::MultiGzDecoder::new(file))))
    } else {
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, file)))
    }
}
