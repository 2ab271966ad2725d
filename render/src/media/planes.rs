//! Converting between pixels and YUV planes. For 8-bit 4:2:0 planes, the format of most videos, with the SIMD code of the `yuv`
//! crate. All other formats go through FFmpeg's scaler, which is slower.

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;
use yuv::{
    YuvChromaSubsampling, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, rgba_to_yuv420, yuv420_to_rgba_bilinear,
};

use super::Picture;
use super::colours::{Colours, Matrix};
use super::convert::Converter;

/// The pixels of a decoded frame with these colours, at its coded size; `None` for other formats.
pub fn pixels(frame: &Video, colours: Colours) -> Option<Picture> {
    let (width, height) = (frame.width(), frame.height());
    if colours.are_wide() {
        return None;
    }
    let range = match (frame.format(), colours.is_full) {
        (Pixel::YUV420P, true) | (Pixel::YUVJ420P, _) => YuvRange::Full,
        (Pixel::YUV420P, false) => YuvRange::Limited,
        _ => return None,
    };
    let matrix = match colours.matrix {
        Matrix::Bt709 => YuvStandardMatrix::Bt709,
        Matrix::Bt601 => YuvStandardMatrix::Bt601,
        Matrix::Smpte240m | Matrix::Bt2020 => return None,
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

/// A frame of YUV planes, BT.709 in limited range: the format of most videos and encoders.
#[derive(Clone)]
pub struct Planes(Video);

impl Planes {
    /// From a decoded frame with these colours, in the form that an encoder takes: unchanged if it has that form, and
    /// converted if it has more than eight bits, which pixels would lose. `None` for other frames.
    pub fn of_decoded(
        frame: &Video,
        colours: Colours,
        form: Pixel,
        converter: &mut Option<Converter>,
    ) -> Result<Option<Self>, ffmpeg::Error> {
        let (width, height) = (frame.width(), frame.height());
        if colours != Colours::USUAL || !are_even(width, height) {
            return Ok(None);
        }
        if frame.format() == form && form == Pixel::YUV420P {
            let planes = [0, 1, 2].map(|plane| (frame.data(plane), frame.stride(plane)));
            return Ok(Some(Self::copied(width, height, planes)));
        }
        if !is_deep(frame.format()) || !is_deep(form) {
            return Ok(None);
        }
        let fitting = converter.take().filter(|converter| converter.takes(frame));
        let fitting = if let Some(converter) = fitting {
            converter
        } else {
            let name = form.descriptor().map_or("", |form| form.name());
            let chain = format!("scale=flags=bicubic+accurate_rnd+full_chroma_int,format={name}");
            Converter::new((frame.format(), width, height), &chain)?
        };
        converter
            .insert(fitting)
            .convert(frame.clone())
            .map(Self)
            .map(Some)
    }

    /// From a picture; `None` for sizes that 4:2:0 planes cannot have.
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

    /// Copies luma and chroma rows into a frame; each plane comes with its stride.
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

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.0.width(), self.0.height()]
    }

    /// The form of the planes.
    pub fn format(&self) -> Pixel {
        self.0.format()
    }

    /// For an encoder.
    pub fn into_frame(self) -> Video {
        self.0
    }
}

/// Whether a format stores luma and chroma with more than eight bits.
fn is_deep(format: Pixel) -> bool {
    matches!(
        format,
        Pixel::YUV420P10LE
            | Pixel::YUV422P10LE
            | Pixel::YUV444P10LE
            | Pixel::YUV420P12LE
            | Pixel::YUV422P12LE
            | Pixel::YUV444P12LE
            | Pixel::YUV422P16LE
            | Pixel::YUV444P16LE
            | Pixel::P010LE
    )
}

fn are_even(width: u32, height: u32) -> bool {
    width.is_multiple_of(2) && height.is_multiple_of(2)
}
