//! Between planes of brightness and colour (4:2:0, eight bits), which most films come in and go out as, and pixels: the
//! `yuv` crate's code for this processor. Everything else goes the longer way through FFmpeg's scaler.

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;
use yuv::{
    YuvChromaSubsampling, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, rgba_to_yuv420, yuv420_to_rgba_bilinear,
};

use super::Picture;
use super::convert::Colours;

/// A decoded frame's pixels, as large as it was coded; `None` where it is of another kind.
pub fn pixels(frame: &Video) -> Option<Picture> {
    let (width, height) = (frame.width(), frame.height());
    let colours = Colours::of(frame, height);
    let range = match (frame.format(), colours.is_full) {
        (Pixel::YUV420P, true) | (Pixel::YUVJ420P, _) => YuvRange::Full,
        (Pixel::YUV420P, false) => YuvRange::Limited,
        _ => return None,
    };
    let matrix = match colours.matrix {
        "bt709" => YuvStandardMatrix::Bt709,
        "bt601" => YuvStandardMatrix::Bt601,
        _ => return None,
    };
    let stride = |plane| u32::try_from(frame.stride(plane)).ok();
    let planes = YuvPlanarImage {
        y_plane: frame.data(0),
        y_stride: stride(0)?,
        u_plane: frame.data(1),
        u_stride: stride(1)?,
        v_plane: frame.data(2),
        v_stride: stride(2)?,
        width,
        height,
    };
    let mut rgba = vec![0; width as usize * height as usize * 4];
    let done = yuv420_to_rgba_bilinear(&planes, &mut rgba, width * 4, range, matrix);
    (are_even(width, height) && done.is_ok()).then_some(Picture {
        width,
        height,
        rgba,
    })
}

/// A frame in planes of 4:2:0, BT.709 in limited range: what most films hold and most encoders take.
pub struct Planes(Video);

impl Planes {
    /// Of a decoded frame that is of this kind, its numbers untouched; `None` of any other.
    pub fn of_decoded(frame: &Video) -> Option<Self> {
        let (width, height) = (frame.width(), frame.height());
        let usual = Colours {
            matrix: "bt709",
            is_full: false,
        };
        let is_ours = frame.format() == Pixel::YUV420P && Colours::of(frame, height) == usual;
        if !is_ours || !are_even(width, height) {
            return None;
        }
        let planes = [0, 1, 2].map(|plane| (frame.data(plane), frame.stride(plane)));
        Some(Self::copied(width, height, planes))
    }

    /// Of a picture; `None` for sizes that the planes cannot have.
    pub fn of_picture(picture: &Picture) -> Option<Self> {
        let (width, height) = (picture.width, picture.height);
        if !are_even(width, height) {
            return None;
        }
        let mut planes =
            YuvPlanarImageMut::<u8>::alloc(width, height, YuvChromaSubsampling::Yuv420);
        rgba_to_yuv420(
            &mut planes,
            &picture.rgba,
            width * 4,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
        .ok()?;
        let planes = [
            (planes.y_plane.borrow(), planes.y_stride as usize),
            (planes.u_plane.borrow(), planes.u_stride as usize),
            (planes.v_plane.borrow(), planes.v_stride as usize),
        ];
        Some(Self::copied(width, height, planes))
    }

    /// A frame of this size from rows of brightness and of both colours, each with how far its rows are apart.
    fn copied(width: u32, height: u32, planes: [(&[u8], usize); 3]) -> Self {
        let mut frame = Video::new(Pixel::YUV420P, width, height);
        for (plane, (bytes, apart)) in planes.into_iter().enumerate() {
            let length = match plane {
                0 => width as usize,
                _ => width as usize / 2,
            };
            let into = frame.stride(plane);
            let rows = frame.data_mut(plane).chunks_mut(into);
            for (row, bytes) in rows.zip(bytes.chunks(apart)) {
                row[..length].copy_from_slice(&bytes[..length]);
            }
        }
        Self(frame)
    }

    /// Pixels across and down.
    pub fn size(&self) -> [u32; 2] {
        [self.0.width(), self.0.height()]
    }

    /// For an encoder.
    pub fn into_frame(self) -> Video {
        self.0
    }
}

fn are_even(width: u32, height: u32) -> bool {
    width.is_multiple_of(2) && height.is_multiple_of(2)
}
