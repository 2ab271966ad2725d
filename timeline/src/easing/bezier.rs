//! A free ease curve: a cubic Bezier in the square of time and way, with two handles that an artist drags. It is drawn and
//! computed as straight pieces between whole numbers, so that its integral is exact and the same on every machine.

use serde::{Deserialize, Serialize};

/// The straight pieces of a curve: their largest distance from the cubic is below 0.00004 of the way.
const PIECES: i64 = 256;
/// The parts of the time and of the way at the ends of the pieces.
const SCALE: i64 = 1 << 18;

/// An ease curve from (0, 0) to (1, 1), as in the `cubic-bezier` of CSS. Both handles lie in the unit square: time never
/// runs back, and a value stays between those of its keyframes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u16; 4]", into = "[u16; 4]")]
pub struct EaseCurve {
    handles: [[u16; 2]; 2],
}

impl From<[u16; 4]> for EaseCurve {
    fn from([x1, y1, x2, y2]: [u16; 4]) -> Self {
        Self::new([[x1, y1], [x2, y2]])
    }
}

impl From<EaseCurve> for [u16; 4] {
    fn from(curve: EaseCurve) -> Self {
        let [[x1, y1], [x2, y2]] = curve.handles;
        [x1, y1, x2, y2]
    }
}

impl EaseCurve {
    /// The parts of the time and of the way in which handles are counted.
    pub const PARTS: u16 = 1000;

    /// A curve with these handles: of the start and of the end, each as its time and its way in [`Self::PARTS`]. Numbers
    /// above them are clamped.
    pub fn new(handles: [[u16; 2]; 2]) -> Self {
        let clamped = |part: u16| part.min(Self::PARTS);
        Self {
            handles: handles.map(|handle| handle.map(clamped)),
        }
    }

    /// The handle of the start and that of the end, each as its time and its way in [`Self::PARTS`].
    pub fn handles(self) -> [[u16; 2]; 2] {
        self.handles
    }

    /// The same movement backwards.
    pub(super) fn reversed(self) -> Self {
        let [start, end] = self.handles;
        let turned = |handle: [u16; 2]| handle.map(|part| Self::PARTS - part);
        Self {
            handles: [turned(end), turned(start)],
        }
    }

    /// The part of the way after a part of the time; both from 0 to 1.
    pub(super) fn eased(self, t: f64) -> f64 {
        if t >= 1.0 {
            return 1.0; // the last pieces may have no width
        }
        let at = t * SCALE as f64;
        let ([x, y], [width, height]) = self.piece(|x| x as f64 <= at).1;
        (y as f64 + height as f64 * (at - x as f64) / width as f64) / SCALE as f64
    }

    /// The integral of [`Self::eased`] from 0 to `t`.
    pub(super) fn integral(self, t: f64) -> f64 {
        let at = t * SCALE as f64;
        let (number, ([x, y], [width, height])) = self.piece(|x| x as f64 <= at);
        let since = at - x as f64;
        let within = since * (2.0 * y as f64 + height as f64 * since / width as f64);
        (self.doubled_area(number) as f64 + within) / (2.0 * SCALE as f64 * SCALE as f64)
    }

    /// [`Self::integral`] up to `since` of `length` frames, times `length`: a fraction, above and below its line. Below
    /// 2^99 for 2^25 frames.
    pub(super) fn exact_integral(self, since: i128, length: i128) -> (i128, i128) {
        let scale = i128::from(SCALE);
        let at = since * scale;
        let (number, (start, size)) = self.piece(|x| i128::from(x) * length <= at);
        let ([x, y], [width, height]) = (start.map(i128::from), size.map(i128::from));
        let within = at - x * length;
        let area = i128::from(self.doubled_area(number)) * length * length * width
            + within * (2 * y * length * width + height * within);
        (area, 2 * length * width * scale * scale)
    }

    /// The last piece that begins at a passed time: its number, its start, and its size. Its width is at least 1.
    fn piece(self, is_passed: impl Fn(i64) -> bool) -> (i64, ([i64; 2], [i64; 2])) {
        let (mut first, mut beyond) = (0, PIECES);
        while beyond - first > 1 {
            let middle = i64::midpoint(first, beyond);
            match is_passed(self.point(middle)[0]) {
                true => first = middle,
                false => beyond = middle,
            }
        }
        let ([x, y], [to_x, to_y]) = (self.point(first), self.point(first + 1));
        (first, ([x, y], [(to_x - x).max(1), to_y - y]))
    }

    /// Twice the area under the first pieces, in squares of 1 / [`SCALE`].
    fn doubled_area(self, pieces: i64) -> i64 {
        let mut before = [0, 0];
        let mut area = 0;
        for number in 1..=pieces {
            let here = self.point(number);
            area += (here[0] - before[0]) * (here[1] + before[1]);
            before = here;
        }
        area
    }

    /// The end of a number of pieces: time and way, in 1 / [`SCALE`]. With handles in the unit square, neither
    /// decreases from piece to piece.
    fn point(self, pieces: i64) -> [i64; 2] {
        let (done, rest) = (pieces, PIECES - pieces);
        let parts = i64::from(Self::PARTS);
        let whole = parts * PIECES * PIECES * PIECES;
        [0, 1].map(|axis: usize| {
            let [start, end] = self.handles.map(|handle| i64::from(handle[axis]));
            let along = 3 * rest * rest * done * start
                + 3 * rest * done * done * end
                + parts * done * done * done;
            (along * SCALE + whole / 2) / whole
        })
    }
}
