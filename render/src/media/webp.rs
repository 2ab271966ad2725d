//! Animated WebP files, which FFmpeg cannot decode: the pictures of the container, each decoded by itself and drawn
//! over those before it. A picture that cannot be decoded is left out. RFC 9649, section 2.7.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video as Frame;
use ffmpeg_the_third as ffmpeg;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder as _, RgbaImage};

use super::MediaError;
use super::timing::Timing;
use crate::ffi::set_time;

/// The bit of the first flags that says that the file is an animation.
const IS_ANIMATION: u8 = 2;
/// The bits of the flags of a picture.
const IS_NOT_BLENDED: u8 = 2;
const IS_DISPOSED: u8 = 1;
/// The bytes of the header of a chunk, and those of a picture before its data.
const CHUNK_HEADER: u64 = 8;
const PICTURE_HEADER: u64 = 16;
/// The name of the chunk of a picture without transparency. One that has some begins with another chunk.
const OPAQUE: &[u8] = b"VP8 ";
/// More chunks than any animation has.
const MOST_CHUNKS: usize = 1 << 20;
/// The largest animation: its sides, and 512 MiB for a picture.
const LONGEST_SIDE: u32 = 1 << 14;
const MOST_PIXELS: u32 = 1 << 27;
/// The clock of the container.
const MILLISECOND: (u32, u32) = (1, 1000);
/// A picture that is to be shown for so long or less is shown as long as browsers show it.
const NO_DURATION: u32 = 10;
const USUAL_MILLISECONDS: i64 = 100;

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

/// A picture of an animation, which may cover a part of it.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Piece {
    /// Where its data lies in the file.
    at: u64,
    bytes: u64,
    /// Its upper left corner.
    corner: [u32; 2],
    size: [u32; 2],
    /// When it is shown, in milliseconds.
    start: i64,
    duration: i64,
    is_blended: bool,
    is_erased: bool,
    /// It needs no picture before it.
    is_key: bool,
    /// It lies within the animation, and its data within the file.
    is_whole: bool,
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
        let mut head = [0; 30];
        file.read_exact(&mut head).ok()?;
        let is_webp = head.starts_with(b"RIFF") && head[8..].starts_with(b"WEBPVP8X");
        if !is_webp || head[20] & IS_ANIMATION == 0 {
            return None;
        }
        let size = [24, 27].map(|at| number(&head[at..at + 3]) + 1);
        let first = 20 + padded(number(&head[16..20]));
        let pieces = pieces(&mut file, first, size);
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

impl Piece {
    /// The bytes of one of its rows on a canvas of this width.
    fn row(&self, y: u32, width: usize) -> std::ops::Range<usize> {
        let [left, top] = self.corner.map(|side| side as usize);
        let from = 4 * ((top + y as usize) * width + left);
        from..from + 4 * self.size[0] as usize
    }

    fn covers(&self, canvas: [u32; 2]) -> bool {
        self.corner == [0, 0] && self.size == canvas
    }
}

/// The pictures of an animation, whose first chunk lies at a place in its file.
fn pieces(file: &mut File, first: u64, canvas: [u32; 2]) -> Vec<Piece> {
    let length = file.metadata().map_or(0, |found| found.len());
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut start) = (first, 0);
    for _ in 0..MOST_CHUNKS {
        let mut header = Vec::new();
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| {
            (&*file)
                .take(CHUNK_HEADER + PICTURE_HEADER + OPAQUE.len() as u64)
                .read_to_end(&mut header)
        });
        let Some((chunk, rest)) = header.split_at_checked(CHUNK_HEADER as usize) else {
            break;
        };
        if read.is_err() {
            break;
        }
        let bytes = number(&chunk[4..]);
        let data = u64::from(bytes).checked_sub(PICTURE_HEADER);
        if let Some(data) = data
            && chunk.starts_with(b"ANMF")
            && let Some((picture, kind)) = rest.split_at_checked(PICTURE_HEADER as usize)
        {
            let place = at + CHUNK_HEADER + PICTURE_HEADER;
            let mut piece = piece_of(picture, place, data);
            piece.start = start;
            piece.is_whole = place + data <= length && is_within(&piece, canvas);
            let hides_all = piece.covers(canvas) && (!piece.is_blended || kind == OPAQUE);
            let is_on_nothing = pieces
                .last()
                .is_none_or(|before| before.is_erased && (before.covers(canvas) || before.is_key));
            piece.is_key = hides_all || is_on_nothing;
            start += piece.duration;
            pieces.push(piece);
        }
        at += CHUNK_HEADER + padded(bytes);
    }
    pieces
}

/// A picture by its header. Its time, and whether it is whole and needs one before it, are not in there.
fn piece_of(header: &[u8], at: u64, bytes: u64) -> Piece {
    let [x, y, width, height, duration] = [0, 3, 6, 9, 12].map(|at| number(&header[at..at + 3]));
    let flags = header[15];
    Piece {
        at,
        bytes,
        corner: [2 * x, 2 * y],
        size: [width + 1, height + 1],
        start: 0,
        duration: match duration {
            ..=NO_DURATION => USUAL_MILLISECONDS,
            duration => i64::from(duration),
        },
        is_blended: flags & IS_NOT_BLENDED == 0,
        is_erased: flags & IS_DISPOSED != 0,
        is_key: false,
        is_whole: false,
    }
}

fn is_within(piece: &Piece, canvas: [u32; 2]) -> bool {
    (0..2).all(|side| piece.corner[side] + piece.size[side] <= canvas[side])
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

/// A number of up to four bytes, the lowest first.
fn number(bytes: &[u8]) -> u32 {
    let from_highest = bytes.iter().rev();
    from_highest.fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// Chunks begin at even places.
fn padded(bytes: u32) -> u64 {
    u64::from(bytes) + u64::from(bytes % 2)
}

#[cfg(test)]
mod tests {
    use image::Rgba;
    use image::codecs::webp::WebPEncoder;
    use kinora_timeline::{FrameRate, Frames};

    use super::*;
    use crate::media::{VideoReader, is_still, picture_size, probe};

    const RED: [u8; 4] = [200, 10, 20, 255];
    const GREEN: [u8; 4] = [10, 180, 30, 255];
    const BLUE: [u8; 4] = [0, 40, 220, 255];

    /// A picture of one colour in an animation.
    #[derive(Clone, Copy)]
    struct Part {
        colour: [u8; 4],
        corner: [u32; 2],
        size: [u32; 2],
        milliseconds: u32,
        flags: u8,
    }

    const CANVAS: [u32; 2] = [8, 6];

    /// A part that replaces everything before it.
    fn whole(colour: [u8; 4], milliseconds: u32) -> Part {
        Part {
            colour,
            corner: [0, 0],
            size: CANVAS,
            milliseconds,
            flags: IS_NOT_BLENDED,
        }
    }

    fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
        let mut chunk = name.to_vec();
        chunk.extend((data.len() as u32).to_le_bytes());
        chunk.extend(data);
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    }

    fn low_bytes(number: u32) -> [u8; 3] {
        let [low, middle, high, _] = number.to_le_bytes();
        [low, middle, high]
    }

    /// The file of an animation, made of lossless pictures.
    fn animated(parts: &[Part]) -> Vec<u8> {
        let mut extended = vec![IS_ANIMATION | 0x10, 0, 0, 0];
        extended.extend(CANVAS.map(|side| low_bytes(side - 1)).concat());
        let mut body = b"WEBP".to_vec();
        body.extend(chunk(*b"VP8X", &extended));
        body.extend(chunk(*b"ANIM", &[0; 6]));
        for part in parts {
            let [width, height] = part.size;
            let mut still = Vec::new();
            RgbaImage::from_pixel(width, height, Rgba(part.colour))
                .write_with_encoder(WebPEncoder::new_lossless(&mut still))
                .expect("encoded");
            let [x, y] = part.corner;
            let numbers = [x / 2, y / 2, width - 1, height - 1, part.milliseconds];
            let mut data = numbers.map(low_bytes).concat();
            data.push(part.flags);
            data.extend(&still[12..]); // without the header of its own file
            body.extend(chunk(*b"ANMF", &data));
        }
        chunk(*b"RIFF", &body)
    }

    fn written(folder: &Path, bytes: &[u8]) -> std::path::PathBuf {
        let path = folder.join("moving.webp");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// The upper left and the lower right pixel of each frame.
    fn corners(reader: &mut VideoReader, frames: impl Iterator<Item = i64>) -> Vec<[[u8; 4]; 2]> {
        let corners = frames.map(|at| {
            let picture = reader.frame(Frames(at)).expect("a picture");
            assert_eq!([picture.width, picture.height], CANVAS);
            [picture.pixel(0, 0), picture.pixel(7, 5)]
        });
        corners.collect()
    }

    #[test]
    fn an_animation_is_a_video_with_the_times_of_its_pictures() {
        let folder = tempfile::tempdir().expect("a folder");
        let parts = [whole(RED, 100), whole(GREEN, 0), whole(BLUE, 300)];
        let path = written(folder.path(), &animated(&parts));
        assert!(!is_still(&path));
        assert_eq!(picture_size(&path), Some(CANVAS));
        let found = probe(&path).expect("probed");
        assert_eq!((found.damage, found.sound), (None, None));
        let track = found.picture.expect("pictures");
        let ten = FrameRate::new(10, 1).expect("a rate");
        assert_eq!((track.rate, track.frames), (ten, Frames(5)));
        let shown = (0..5).map(|at| track.timing.shown_at(Frames(at), ten).0);
        assert_eq!(shown.collect::<Vec<_>>(), [0, 1, 2, 2, 2]);
        let mut reader = VideoReader::with_track(&path, &track).expect("opens");
        let order = [2, 0, 1, 2, 1, 0];
        let expected = order.map(|at| [[RED, GREEN, BLUE][at as usize]; 2]);
        assert_eq!(corners(&mut reader, order.into_iter()), expected);
    }

    #[test]
    fn even_times_are_a_constant_rate_and_any_frame_is_reached() {
        let folder = tempfile::tempdir().expect("a folder");
        let colour = |at: u8| [at, 255 - at, 7, 255];
        let mut parts: Vec<Part> = (0..200).map(|at| whole(colour(at), 40)).collect();
        for part in &mut parts[1..] {
            part.flags = 0; // drawn over those before: only the first one needs none
        }
        let path = written(folder.path(), &animated(&parts));
        let mut reader = VideoReader::open(&path).expect("opens");
        assert_eq!(reader.rate(), FrameRate::new(25, 1).expect("a rate"));
        assert_eq!(reader.timing().count(), Some(200));
        for at in [199, 3, 120, 0, 60, 61, 199, 198] {
            let [corner, _] = corners(&mut reader, [at].into_iter())[0];
            assert_eq!(corner, colour(at as u8), "{at}");
        }
    }

    #[test]
    fn parts_are_blended_and_erased_as_their_flags_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let half = [0, 0, 0, 128];
        let corner = |colour, flags| Part {
            size: [4, 4],
            flags,
            ..whole(colour, 40)
        };
        let parts = [
            whole(RED, 40),
            corner(GREEN, IS_DISPOSED),
            corner(half, IS_NOT_BLENDED),
            corner(half, 0),
            Part {
                flags: 0,
                ..whole(half, 40)
            },
        ];
        let path = written(folder.path(), &animated(&parts));
        let mut reader = VideoReader::open(&path).expect("opens");
        let shown = corners(&mut reader, 0..5);
        assert_eq!(shown[0], [RED, RED]);
        assert_eq!(shown[1], [GREEN, RED]);
        assert_eq!(shown[2], [half, RED]); // what was erased is clear, and keeps the alpha of what is drawn
        assert_eq!(shown[3], [[0, 0, 0, 192], RED]);
        assert_eq!(shown[4], [[0, 0, 0, 224], [100, 5, 10, 255]]);
        let back = corners(&mut reader, (0..5).rev());
        assert!(back.iter().rev().eq(&shown));
    }

    #[test]
    fn a_picture_needs_none_before_it_if_it_hides_them_or_all_are_erased() {
        let folder = tempfile::tempdir().expect("a folder");
        let corner = |colour, flags| Part {
            size: [4, 4],
            flags,
            ..whole(colour, 40)
        };
        let over = |colour| Part {
            flags: 0,
            ..whole(colour, 40)
        };
        let parts = [
            corner(RED, IS_DISPOSED),
            corner(GREEN, IS_DISPOSED), // the first one is erased, though it does not cover everything
            corner(BLUE, 0),
            over(RED), // it may be transparent
            over(GREEN),
        ];
        let mut bytes = animated(&parts);
        let path = written(folder.path(), &bytes);
        let keys = || {
            let animation = Animation::open(&path).expect("read");
            let animation = animation.expect("an animation");
            animation.key_times().collect::<Vec<i64>>()
        };
        assert_eq!(keys(), [0, 40, 80]);
        let clear = [0; 4];
        let mut reader = VideoReader::open(&path).expect("opens");
        let expected = [[BLUE, clear], [GREEN, clear], [RED, clear]];
        assert_eq!(corners(&mut reader, (0..3).rev()), expected);

        let last = bytes.windows(4).rposition(|name| name == b"VP8L");
        let last = last.expect("a picture");
        bytes[last + 3] = b' '; // without transparency
        written(folder.path(), &bytes);
        assert_eq!(keys(), [0, 40, 80, 160]);
    }

    #[test]
    fn the_picture_before_stands_for_one_that_is_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let parts = [RED, GREEN, BLUE, RED].map(|colour| whole(colour, 40));
        let mut bytes = animated(&parts);
        let starts: Vec<usize> = (0..bytes.len() - 4)
            .filter(|at| bytes[*at..].starts_with(b"VP8L"))
            .collect();
        bytes[starts[1] + 8] = 0; // the signature of the second picture
        let path = written(folder.path(), &bytes);
        let mut reader = VideoReader::open(&path).expect("opens");
        let expected = [RED, RED, BLUE, RED].map(|colour| [colour; 2]);
        assert_eq!(corners(&mut reader, 0..4), expected);
        assert!(reader.replaced().iter().eq(&[1_i64]));
        let mut reader = VideoReader::open(&path).expect("opens");
        assert_eq!(corners(&mut reader, [1].into_iter()), [[RED, RED]]);

        // Cut within the last picture: its place in time is known.
        bytes.truncate(starts[3] + 10);
        let path = written(folder.path(), &bytes);
        let found = probe(&path).expect("probed");
        assert!(found.damage.is_some());
        let track = found.picture.expect("pictures");
        assert_eq!(track.frames, Frames(4));
        let mut reader = VideoReader::with_track(&path, &track).expect("opens");
        assert_eq!(corners(&mut reader, [3].into_iter()), [[BLUE, BLUE]]);
    }

    #[test]
    fn no_damage_panics() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = Part {
            size: [4, 2],
            corner: [2, 2],
            flags: IS_DISPOSED,
            ..whole([9, 200, 90, 100], 0)
        };
        let bytes = animated(&[whole(RED, 40), part, part]);
        let read_all = |bytes: &[u8]| {
            let path = written(folder.path(), bytes);
            let Ok(Some(mut animation)) = Animation::open(&path) else {
                return;
            };
            animation.timing();
            while animation.next_frame().is_some() {}
            animation.seek(60);
            animation.next_frame();
        };
        for at in 0..bytes.len() {
            read_all(&bytes[..at]);
            for value in [0, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                read_all(&damaged);
            }
        }
    }

    #[test]
    fn an_animation_of_one_picture_is_a_still() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), &animated(&[whole(GREEN, 40)]));
        assert!(is_still(&path));
        let picture = crate::media::read_still(&path).expect("a picture");
        assert_eq!(picture.into_rgba8().get_pixel(0, 0).0, GREEN);
    }
}
