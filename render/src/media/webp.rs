//! Animated WebP files, which FFmpeg cannot decode: the pictures of the container, each decoded by itself and drawn
//! over those before it. A picture that cannot be decoded is left out. RFC 9649, section 2.7.

mod container;

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video as Frame;
use ffmpeg_the_third as ffmpeg;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder as _, RgbaImage};

use self::container::Piece;
use super::MediaError;
use super::timing::Timing;
use crate::ffi::set_time;

/// The largest animation: its sides, and 512 MiB for a picture.
const LONGEST_SIDE: u32 = 1 << 14;
const MOST_PIXELS: u32 = 1 << 27;
/// The clock of the container.
const MILLISECOND: (u32, u32) = (1, 1000);

/// An animation, played from its first picture or from one that needs none before it.
pub struct Animation {
    file: File,
    size: [u32; 2],
    pieces: Vec<Piece>,
    /// The pictures drawn so far, of which one after the other is decoded: all are never in memory.
    canvas: Vec<u8>,
    /// The next piece.
    at: usize,
    /// The piece at which drawing began.
    began: usize,
    /// Pieces before this one are drawn, but not returned.
    wanted: usize,
    /// The piece drawn last, if it is erased before the next one is drawn.
    erased: Option<usize>,
}

impl Animation {
    /// Opens the animation in a file. `None`: the file is no WebP file, or holds one picture only.
    ///
    /// # Errors
    /// Its pictures are too large.
    pub fn open(path: &Path) -> Result<Option<Self>, MediaError> {
        let Some(animation) = Self::read(path) else {
            return Ok(None);
        };
        let [width, height] = animation.size;
        if width.max(height) > LONGEST_SIDE || width * height > MOST_PIXELS {
            let what = format!("is an animation of {width}x{height} pixels, which are too many");
            return Err(MediaError::new(path, what, "make it smaller"));
        }
        Ok(Some(animation))
    }

    fn read(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let (size, pieces) = container::read(&mut file)?;
        (pieces.len() > 1).then_some(Self {
            file,
            size,
            pieces,
            canvas: Vec::new(),
            at: 0,
            began: 0,
            wanted: 0,
            erased: None,
        })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// When each picture is shown.
    pub fn timing(&self) -> Option<Timing> {
        let durations = self.pieces.iter().map(|piece| piece.duration);
        Timing::of_durations(MILLISECOND, durations)
    }

    /// The times of the pictures that need none before them, in milliseconds.
    pub fn key_times(&self) -> impl Iterator<Item = i64> {
        let keys = self.pieces.iter().filter(|piece| piece.is_key);
        keys.map(|piece| piece.start)
    }

    /// The number of pictures whose data is missing, or which lie outside the animation.
    pub fn damaged(&self) -> usize {
        let damaged = self.pieces.iter().filter(|piece| !piece.is_whole);
        damaged.count()
    }

    /// Whether all pictures are out.
    pub fn is_drained(&self) -> bool {
        self.at >= self.pieces.len()
    }

    /// Goes to the picture on screen at a time, or to one before it that needs none before.
    pub fn seek(&mut self, milliseconds: i64) {
        let after = self
            .pieces
            .partition_point(|piece| piece.start <= milliseconds);
        self.wanted = self.key_before(after.saturating_sub(1));
        self.begin(self.wanted);
    }

    /// The next picture that can be decoded; `None` at the end.
    pub fn next_frame(&mut self) -> Option<Frame> {
        while self.at < self.pieces.len() {
            let at = self.at;
            self.at += 1;
            if let Some(picture) = self.decoded(at) {
                self.draw(at, &picture);
                if at >= self.wanted {
                    return Some(self.frame(at));
                }
            } else if at == self.began && at > 0 {
                // What the next ones are drawn over is now the picture before it.
                self.begin(self.key_before(at - 1));
            }
        }
        None
    }

    /// The last piece at a place or before it that needs none before it.
    fn key_before(&self, at: usize) -> usize {
        let is_key = |at: &usize| self.pieces.get(*at).is_some_and(|piece| piece.is_key);
        (0..=at).rev().find(is_key).unwrap_or(0)
    }

    /// Draws from this piece on.
    fn begin(&mut self, at: usize) {
        self.at = at;
        self.began = at;
        self.erased = None;
        self.canvas.fill(0);
    }

    /// The pixels of a piece; `None` if it is damaged.
    fn decoded(&mut self, at: usize) -> Option<RgbaImage> {
        let piece = self.pieces.get(at).filter(|piece| piece.is_whole)?;
        self.file.seek(SeekFrom::Start(piece.at)).ok()?;
        let mut data = Vec::new();
        (&self.file).take(piece.bytes).read_to_end(&mut data).ok()?;
        let decoder = WebPDecoder::new(Cursor::new(file_of(&data, piece.size))).ok()?;
        if <[u32; 2]>::from(decoder.dimensions()) != piece.size {
            return None;
        }
        let picture = DynamicImage::from_decoder(decoder).ok()?;
        Some(picture.into_rgba8())
    }

    fn draw(&mut self, at: usize, picture: &RgbaImage) {
        let [width, height] = self.size.map(|side| side as usize);
        self.canvas.resize(4 * width * height, 0);
        let Some(piece) = self.pieces.get(at) else {
            return;
        };
        let erased = self.erased.take().and_then(|last| self.pieces.get(last));
        if piece.is_key {
            self.canvas.fill(0); // also if the one before is damaged, and was to be erased
        } else if let Some(last) = erased {
            for y in 0..last.size[1] {
                self.canvas[last.row(y, width)].fill(0);
            }
        }
        let rows = picture.as_raw().chunks_exact(4 * piece.size[0] as usize);
        for (y, row) in (0..).zip(rows) {
            let ground = &mut self.canvas[piece.row(y, width)];
            if piece.is_blended {
                blend(row, ground);
            } else {
                ground.copy_from_slice(row);
            }
        }
        self.erased = piece.is_erased.then_some(at);
    }

    /// What is drawn so far, at the time of a piece.
    fn frame(&self, at: usize) -> Frame {
        let [width, height] = self.size;
        let mut frame = Frame::new(Pixel::RGBA, width, height);
        let apart = frame.stride(0);
        let rows = self.canvas.chunks_exact(4 * width as usize);
        for (into, row) in frame.data_mut(0).chunks_mut(apart).zip(rows) {
            into[..row.len()].copy_from_slice(row);
        }
        set_time(&mut frame, self.pieces[at].start);
        frame
    }
}

/// The data of a piece as a file of its own.
fn file_of(data: &[u8], size: [u32; 2]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    if data.starts_with(b"ALPH") {
        body.extend(b"VP8X\x0a\0\0\0\x10\0\0\0"); // ten bytes; the pictures have transparency
        for side in size {
            body.extend(&(side - 1).to_le_bytes()[..3]);
        }
    }
    body.extend(data);
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

/// Draws a row with straight alpha over another one.
fn blend(row: &[u8], ground: &mut [u8]) {
    let pixels = row.as_chunks::<4>().0.iter();
    for (&over, under) in pixels.zip(ground.as_chunks_mut::<4>().0) {
        match over[3] {
            0 => {}
            255 => *under = over,
            _ => *under = blended(over, *under),
        }
    }
}

/// A pixel over another one. The upper one is not quite clear.
fn blended(over: [u8; 4], under: [u8; 4]) -> [u8; 4] {
    let [above, clear] = [over[3], 255 - over[3]].map(u32::from);
    let own = 255 * above;
    let rest = clear * u32::from(under[3]);
    let whole = own + rest;
    let mixed = |channel: usize| {
        let sum = own * u32::from(over[channel]) + rest * u32::from(under[channel]);
        ((sum + whole / 2) / whole) as u8
    };
    [mixed(0), mixed(1), mixed(2), ((whole + 127) / 255) as u8]
}

#[cfg(test)]
mod tests;
