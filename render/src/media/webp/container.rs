//! The container of an animated WebP file: where its pictures lie, when they are shown, and how they are drawn. Nothing is
//! decoded.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

/// The bit of the first flags that says that the file is an animation.
pub const IS_ANIMATION: u8 = 2;
/// The bits of the flags of a picture.
pub const IS_NOT_BLENDED: u8 = 2;
pub const IS_DISPOSED: u8 = 1;
/// The bytes of the header of a chunk, and those of a picture before its data.
const CHUNK_HEADER: u64 = 8;
const PICTURE_HEADER: u64 = 16;
/// The name of the chunk of a picture without transparency. One that has some begins with another chunk.
const OPAQUE: &[u8] = b"VP8 ";
/// More chunks than any animation has.
const MOST_CHUNKS: usize = 1 << 20;
/// A picture that is to be shown for so long or less is shown as long as browsers show it.
const NO_DURATION: u32 = 10;
const USUAL_MILLISECONDS: i64 = 100;

/// A picture of an animation, which may cover a part of it.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Piece {
    /// Where its data lies in the file.
    pub at: u64,
    pub bytes: u64,
    /// Its upper left corner.
    pub corner: [u32; 2],
    pub size: [u32; 2],
    /// When it is shown, in milliseconds.
    pub start: i64,
    pub duration: i64,
    pub is_blended: bool,
    pub is_erased: bool,
    /// It needs no picture before it.
    pub is_key: bool,
    /// It lies within the animation, and its data within the file.
    pub is_whole: bool,
}

impl Piece {
    /// The bytes of one of its rows on a canvas of this width.
    pub fn row(&self, y: u32, width: usize) -> std::ops::Range<usize> {
        let [left, top] = self.corner.map(|side| side as usize);
        let from = 4 * ((top + y as usize) * width + left);
        from..from + 4 * self.size[0] as usize
    }

    fn covers(&self, canvas: [u32; 2]) -> bool {
        self.corner == [0, 0] && self.size == canvas
    }
}

/// The size of an animation in pixels, and its pictures in the order of their times. `None`: the file is no animation.
pub fn read(file: &mut File) -> Option<([u32; 2], Vec<Piece>)> {
    let mut head = [0; 30];
    file.read_exact(&mut head).ok()?;
    let is_webp = head.starts_with(b"RIFF") && head[8..].starts_with(b"WEBPVP8X");
    if !is_webp || head[20] & IS_ANIMATION == 0 {
        return None;
    }
    let size = [24, 27].map(|at| number(&head[at..at + 3]) + 1);
    let first = 20 + padded(number(&head[16..20]));
    Some((size, pieces(file, first, size)))
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

/// A number of up to four bytes, the lowest first.
fn number(bytes: &[u8]) -> u32 {
    let from_highest = bytes.iter().rev();
    from_highest.fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// Chunks begin at even places.
fn padded(bytes: u32) -> u64 {
    u64::from(bytes) + u64::from(bytes % 2)
}
