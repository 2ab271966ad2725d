//! Proxies: small copies of imported videos that the viewer plays in their place. A proxy holds the same frames by number,
//! each as a key frame; when each is shown is known from the video alone. No export reads a proxy.

use std::path::Path;

use kinora_timeline::media::PictureSettings;
use kinora_timeline::{FrameRate, Frames};

use crate::encode::{Content, Format, Writer};
use crate::media::{MediaError, Picture, PictureTrack, VideoReader};

/// The size of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxySize {
    /// Half of the width and height of its video.
    Half,
    /// A quarter of them.
    Quarter,
}

impl ProxySize {
    /// All of them, the best first.
    pub const ALL: [Self; 2] = [Self::Half, Self::Quarter];

    /// Its part of a file's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Half => "half",
            Self::Quarter => "quarter",
        }
    }

    /// The size of the pictures for a video of this size, in pixels. Both sides are even.
    pub fn of(self, video: [u32; 2]) -> [u32; 2] {
        let parts = match self {
            Self::Half => 2,
            Self::Quarter => 4,
        };
        video.map(|side| side.max(1).div_ceil(2 * parts) * 2)
    }
}

/// Makes the proxy of a video at `place`, whose folder exists. `on_frame` is called with the number of frames that are
/// done and with that of all; false cancels. Returns false if it was cancelled: nothing is left behind.
///
/// # Errors
/// The video is damaged or has transparent parts; this FFmpeg has no encoder for proxies; the disk is full.
pub fn make_proxy(
    (path, track): (&Path, &PictureTrack),
    (settings, size): (PictureSettings, ProxySize),
    place: &Path,
    on_frame: &mut dyn FnMut(i64, i64) -> bool,
) -> Result<bool, MediaError> {
    let count = track.timing.count().filter(|count| *count > 0);
    let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
    let count = count.ok_or_else(no_picture)?;
    let size = size.of([track.width, track.height]);
    let reader = VideoReader::with_track(path, track)?;
    let mut reader = reader.with_settings(settings).resized_to(size);
    let content = Content {
        size,
        rate: FrameRate::FPS_24, // its frames are only counted
        has_sound: false,
    };
    let mut writer = Writer::create(place, Format::PROXY, content)?;
    for number in 0..count {
        let picture = reader.frame(Frames(number))?;
        if !is_opaque(&picture) {
            return Err(MediaError::new(
                path,
                "has transparent parts, which a proxy would fill",
                "play the video itself",
            ));
        }
        writer.picture(&picture)?;
        if !on_frame(number + 1, count) {
            return Ok(false);
        }
    }
    writer.finish()?;
    Ok(true)
}

fn is_opaque(picture: &Picture) -> bool {
    let pixels = picture.rgba.as_chunks::<4>().0;
    pixels.iter().all(|[.., alpha]| *alpha == 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_even_sides_and_no_less_than_its_part_of_the_video() {
        assert_eq!(ProxySize::Half.of([1920, 1080]), [960, 540]);
        assert_eq!(ProxySize::Quarter.of([1920, 1080]), [480, 270]);
        assert_eq!(ProxySize::Half.of([853, 481]), [428, 242]);
        assert_eq!(ProxySize::Quarter.of([1, 1]), [2, 2]);
    }
}
