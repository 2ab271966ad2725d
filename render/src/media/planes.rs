//! Between planes of brightness and colour (4:2:0, eight bits), which most films come in and go out as, and pixels: the
//! `yuv` crate's code for this processor. Everything else goes the longer way through FFmpeg's scaler.

use ffmpeg::color::{Range, Space};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;
use yuv::{
    YuvChromaSubsampling, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix, rgba_to_yuv420, yuv420_to_rgba_bilinear,
};

use super::Picture;

/// A decoded frame's pixels, as large as it was coded; `None` where it is of another kind.
pub fn pixels(frame: &Video) -> Option<Picture> {
    let (width, height) = (frame.width(), frame.height());
    let is_even = width.is_multiple_of(2) && height.is_multiple_of(2);
    let range = match (frame.format(), frame.color_range()) {
        (Pixel::YUV420P, Range::JPEG) | (Pixel::YUVJ420P, _) => YuvRange::Full,
        (Pixel::YUV420P, _) => YuvRange::Limited,
        _ => return None,
    };
    let matrix = match frame.color_space() {
        Space::BT709 => YuvStandardMatrix::Bt709,
        Space::Unspecified if height >= super::convert::LARGE => YuvStandardMatrix::Bt709,
        Space::BT470BG | Space::SMPTE170M | Space::Unspecified => YuvStandardMatrix::Bt601,
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
    (is_even && done.is_ok()).then_some(Picture {
        width,
        height,
        rgba,
    })
}

/// A frame for an encoder, in BT.709 and limited range; `None` for sizes that the planes cannot have.
pub fn frame(picture: &Picture) -> Option<Video> {
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
        return None;
    }
    let mut planes = YuvPlanarImageMut::<u8>::alloc(*width, *height, YuvChromaSubsampling::Yuv420);
    rgba_to_yuv420(
        &mut planes,
        rgba,
        width * 4,
        YuvRange::Limited,
        YuvStandardMatrix::Bt709,
        YuvConversionMode::Balanced,
    )
    .ok()?;
    let mut frame = Video::new(Pixel::YUV420P, *width, *height);
    for (plane, (bytes, stride)) in [
        (&planes.y_plane, planes.y_stride),
        (&planes.u_plane, planes.u_stride),
        (&planes.v_plane, planes.v_stride),
    ]
    .into_iter()
    .enumerate()
    {
        let (into, from) = (frame.stride(plane), stride as usize);
        let rows = frame.data_mut(plane).chunks_mut(into);
        for (row, bytes) in rows.zip(bytes.borrow().chunks(from)) {
            row[..from].copy_from_slice(bytes);
        }
    }
    Some(frame)
}
