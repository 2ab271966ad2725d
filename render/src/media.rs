//! Files with pictures and sound, through FFmpeg: their properties, any frame by its number, and all of their sound.

mod colours;
mod conformed;
mod convert;
mod deinterlace;
mod error;
mod first_contact;
mod kept;
mod openexr;
mod orientation;
mod packets;
mod picture_decoder;
mod pixels;
mod planes;
mod probe;
mod reordered;
mod sound;
mod sound_decoder;
mod srgb;
mod still;
mod survey;
mod timing;
mod tone;
mod video;
mod webp;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Once;

use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media::Type;
use ffmpeg_the_third as ffmpeg;
use image::RgbaImage;
use image::imageops::FilterType;

pub use colours::{ColourReport, Matrix, Part, Primaries, Transfer};
pub use conformed::Conformed;
pub(crate) use convert::Converter;
pub use error::MediaError;
pub(crate) use first_contact::make_first_contact;
pub use first_contact::{FirstContact, use_first_contact};
pub(crate) use openexr::BT709;
pub use planes::Planes;
pub use probe::{
    Damage, Fields, PictureTrack, Probe, SoundTrack, picture_size, probe, probe_watched,
};
pub(crate) use sound::STEREO;
pub use sound::{SOUND_RATE_HZ, read_sound};
pub(crate) use srgb::{linear_from_srgb, srgb_from_linear};
pub use still::{is_common_still, is_still, read_still, still_size};
pub use survey::{Survey, survey, survey_pictures};
pub use timing::Timing;
pub use video::VideoReader;

/// The containers that may be opened, all single files. Playlists and the like could refer to other places.
const CONTAINERS: &str = "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts,mpeg,mxf,ogg,wav,mp3,flac,aac,aiff,\
m4v,h264,hevc,ivf,gif,apng,flv,asf,dv,caf,w64,yuv4mpegpipe,dts,dtshd,ac3,eac3,mpegvideo,obu,vc1,h263,mjpeg,nut,rm,\
amr,au,tta,wv,ape,avs2,cavsvideo,gxf,wtv";

/// The extensions of still pictures.
const STILLS: [&str; 9] = [
    "png", "jpg", "jpeg", "jfif", "webp", "bmp", "tif", "tiff", "exr",
];

/// Whether a file's extension is that of a still picture. Does not read the disk; the extension may be wrong.
pub fn has_still_extension(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    STILLS
        .iter()
        .any(|still| extension.eq_ignore_ascii_case(still))
}

/// A picture in sRGB: rows from the top, four bytes per pixel (red, green, blue, straight alpha).
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// 4 x width x height bytes.
    pub rgba: Vec<u8>,
}

impl From<RgbaImage> for Picture {
    fn from(image: RgbaImage) -> Self {
        Self {
            width: image.width(),
            height: image.height(),
            rgba: image.into_raw(),
        }
    }
}

impl Picture {
    /// A picture of one colour.
    pub fn plain(width: u32, height: u32, pixel: [u8; 4]) -> Self {
        Self {
            width,
            height,
            rgba: pixel.repeat(width as usize * height as usize),
        }
    }

    /// From rows of RGB bytes.
    pub fn of_rgb(width: u32, height: u32, rgb: &[u8]) -> Self {
        let pixels = rgb.as_chunks::<3>().0;
        let pixels = pixels
            .iter()
            .flat_map(|&[red, green, blue]| [red, green, blue, 255]);
        Self {
            width,
            height,
            rgba: pixels.collect(),
        }
    }

    /// Resized with linear interpolation.
    pub fn scaled(self, [width, height]: [u32; 2]) -> Self {
        if [self.width, self.height] == [width, height] {
            return self;
        }
        let (across, down) = (self.width, self.height);
        let Some(own) = RgbaImage::from_raw(across, down, self.rgba) else {
            return Self::plain(width, height, [0; 4]); // the bytes do not match the size: nothing to show
        };
        image::imageops::resize(&own, width, height, FilterType::Triangle).into()
    }

    /// The four bytes of a pixel.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let at = 4 * (y as usize * self.width as usize + x as usize);
        std::array::from_fn(|byte| self.rgba[at + byte])
    }
}

/// The size of a picture scaled to fit into a frame with its shape kept; odd or even like the frame's, so that it is
/// centred on whole pixels.
pub fn fitted([width, height]: [u32; 2], frame: [u32; 2]) -> [u32; 2] {
    let [across, down] = [width, height].map(|side| f64::from(side.max(1)));
    let scale = (f64::from(frame[0]) / across).min(f64::from(frame[1]) / down);
    let fit = |side: f64, frame: u32| {
        let odd = frame % 2;
        let half = ((side * scale - f64::from(odd)) / 2.0).round() as u32;
        (2 * half + odd).clamp(1, frame.max(1))
    };
    [fit(across, frame[0]), fit(down, frame[1])]
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

/// Silences FFmpeg's log on stderr: failures are reported by the callers.
pub(crate) fn quieted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| ffmpeg::log::set_level(ffmpeg::log::Level::Quiet));
}

/// A path as a `file:` URL, so that FFmpeg never takes it for another protocol.
pub(crate) fn url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// The video stream. The cover art of a music file does not count.
fn video_stream(input: &Input) -> Option<ffmpeg::Stream<'_>> {
    let best = input.streams().best(Type::Video)?;
    let is_cover =
        |stream: &ffmpeg::Stream| stream.disposition().contains(Disposition::ATTACHED_PIC);
    if !is_cover(&best) {
        return Some(best);
    }
    let mut videos = input
        .streams()
        .filter(|stream| stream.parameters().medium() == Type::Video);
    videos.find(|stream| !is_cover(stream))
}

fn open(path: &Path) -> Result<Input, MediaError> {
    quieted();
    let options =
        ffmpeg::dict! { "protocol_whitelist" => "file", "format_whitelist" => CONTAINERS };
    ffmpeg::format::input_with_dictionary(url(path), options)
        .map_err(|error| MediaError::unreadable(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_picture_touches_two_sides_of_the_frame() {
        assert_eq!(fitted([96, 64], [1280, 720]), [1080, 720]);
        assert_eq!(fitted([3840, 2160], [1280, 720]), [1280, 720]);
        assert_eq!(fitted([100, 33], [64, 64]), [64, 22]);
        assert_eq!(fitted([1, 5000], [64, 64]), [1, 64]);
    }
}
