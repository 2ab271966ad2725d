//! How a picture is turned and mirrored before it is shown: what a phone writes when it is held upright.

use ffmpeg::packet::side_data::Type as SideData;
use ffmpeg_the_third as ffmpeg;
use image::RgbaImage;
use image::imageops::{
    flip_horizontal_in_place, flip_vertical_in_place, rotate90, rotate180_in_place, rotate270,
};
use serde::{Deserialize, Serialize};

use super::Picture;

/// The eight ways in which a picture may be turned and mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Orientation {
    /// As it is stored.
    #[default]
    AsStored,
    /// A quarter turn clockwise.
    Clockwise,
    /// Half a turn.
    HalfTurn,
    /// A quarter turn counterclockwise.
    Counterclockwise,
    /// Left and right exchanged.
    MirroredAcross,
    /// Top and bottom exchanged.
    MirroredDown,
    /// Mirrored at the diagonal from the top left corner.
    Transposed,
    /// Mirrored at the diagonal from the top right corner.
    Transverse,
}

impl Orientation {
    /// Of a video stream: its display matrix.
    pub fn of_stream(stream: &ffmpeg::Stream) -> Self {
        let mut matrices = stream
            .side_data()
            .filter(|data| data.kind() == SideData::DisplayMatrix);
        let matrix = matrices.next();
        matrix.map_or(Self::AsStored, |matrix| Self::of_matrix(matrix.data()))
    }

    /// Of a display matrix: nine 32-bit numbers in native byte order, row by row. A point (x, y), y down, is shown at
    /// (m0 x + m3 y, m1 x + m4 y). Source: FFmpeg's libavutil/display.h. An angle between is rounded to a quarter turn.
    fn of_matrix(bytes: &[u8]) -> Self {
        let number = |at: usize| {
            let bytes = bytes.get(4 * at..4 * at + 4)?;
            Some(i64::from(i32::from_ne_bytes(bytes.try_into().ok()?)))
        };
        let [Some(x_to_x), Some(x_to_y), Some(y_to_x), Some(y_to_y)] = [0, 1, 3, 4].map(number)
        else {
            return Self::AsStored;
        };
        let is_upright = x_to_x.abs() + y_to_y.abs() >= x_to_y.abs() + y_to_x.abs();
        match is_upright {
            true => match (x_to_x < 0, y_to_y < 0) {
                (false, false) => Self::AsStored,
                (true, false) => Self::MirroredAcross,
                (false, true) => Self::MirroredDown,
                (true, true) => Self::HalfTurn,
            },
            false => match (x_to_y < 0, y_to_x < 0) {
                (false, true) => Self::Clockwise,
                (true, false) => Self::Counterclockwise,
                (false, false) => Self::Transposed,
                (true, true) => Self::Transverse,
            },
        }
    }

    /// The size in which a picture of this stored size is shown; and the other way round.
    pub fn size_of(self, [width, height]: [u32; 2]) -> [u32; 2] {
        match self {
            Self::AsStored | Self::HalfTurn | Self::MirroredAcross | Self::MirroredDown => {
                [width, height]
            }
            Self::Clockwise | Self::Counterclockwise | Self::Transposed | Self::Transverse => {
                [height, width]
            }
        }
    }

    /// The picture as it is shown.
    pub fn applied_to(self, picture: Picture) -> Picture {
        if self == Self::AsStored {
            return picture;
        }
        let (width, height) = (picture.width, picture.height);
        let Some(mut image) = RgbaImage::from_raw(width, height, picture.rgba) else {
            return Picture::plain(width, height, [0; 4]); // the bytes do not match the size: nothing to show
        };
        match self {
            Self::AsStored => {}
            Self::HalfTurn => rotate180_in_place(&mut image),
            Self::MirroredAcross => flip_horizontal_in_place(&mut image),
            Self::MirroredDown => flip_vertical_in_place(&mut image),
            Self::Clockwise | Self::Transposed => image = rotate90(&image),
            Self::Counterclockwise | Self::Transverse => image = rotate270(&image),
        }
        if matches!(self, Self::Transposed | Self::Transverse) {
            flip_horizontal_in_place(&mut image);
        }
        image.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 2 3 / 4 5 6
    fn picture() -> Picture {
        Picture {
            width: 3,
            height: 2,
            rgba: (1..=6).flat_map(|number| [number; 4]).collect(),
        }
    }

    #[test]
    fn each_matrix_turns_as_it_says() {
        let cases: [([i32; 4], &[u8]); 8] = [
            ([1, 0, 0, 1], &[1, 2, 3, 4, 5, 6]),
            ([-1, 0, 0, 1], &[3, 2, 1, 6, 5, 4]),
            ([1, 0, 0, -1], &[4, 5, 6, 1, 2, 3]),
            ([-1, 0, 0, -1], &[6, 5, 4, 3, 2, 1]),
            ([0, 1, -1, 0], &[4, 1, 5, 2, 6, 3]),
            ([0, -1, 1, 0], &[3, 6, 2, 5, 1, 4]),
            ([0, 1, 1, 0], &[1, 4, 2, 5, 3, 6]),
            ([0, -1, -1, 0], &[6, 3, 5, 2, 4, 1]),
        ];
        for ([x_to_x, x_to_y, y_to_x, y_to_y], expected) in cases {
            let matrix = [x_to_x, x_to_y, 0, y_to_x, y_to_y, 0, 0, 0, 1 << 14];
            let bytes: Vec<u8> = matrix
                .iter()
                .flat_map(|number| (number << 16).to_ne_bytes())
                .collect();
            let orientation = Orientation::of_matrix(&bytes);
            let turned = orientation.applied_to(picture());
            let shown: Vec<u8> = turned.rgba.iter().step_by(4).copied().collect();
            assert_eq!(shown, expected, "{matrix:?} {orientation:?}");
            assert_eq!([turned.width, turned.height], orientation.size_of([3, 2]));
        }
    }

    #[test]
    fn a_damaged_matrix_turns_nothing() {
        assert_eq!(Orientation::of_matrix(&[1, 2, 3]), Orientation::AsStored);
        assert_eq!(Orientation::of_matrix(&[0; 36]), Orientation::AsStored);
    }
}
