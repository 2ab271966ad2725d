//! Filmstrips: evenly spaced frames of a video, side by side in one small picture, cached on disk. Created once from
//! the video, and again whenever it is missing.

use std::path::Path;

use kinora_timeline::Frames;
use kinora_timeline::media::PictureSettings;

use crate::export::write_png;
use crate::media::{MediaError, Picture, Probe, VideoReader, read_still};

/// Height in pixels.
pub const HEIGHT: u32 = 56;
/// Width of a frame in pixels; other shapes are padded with black.
pub const WIDTH: u32 = 84;
/// The most frames in a strip; shorter videos have fewer.
const MOST: i64 = 48;

/// Frames of a video side by side.
#[derive(Clone, Debug)]
pub struct Strip {
    /// All frames in one row.
    pub picture: Picture,
    /// The number of frames.
    pub count: u32,
}

impl Strip {
    /// Reads the strip at `place`, or creates it from the video at `path`, read with these settings. `probe` is the place
    /// of its probe.
    ///
    /// # Errors
    /// The video cannot be read. A strip that cannot be stored is not an error.
    pub fn open(
        path: &Path,
        settings: PictureSettings,
        place: &Path,
        probe: &Path,
    ) -> Result<Self, MediaError> {
        Self::open_watched(path, settings, place, probe, &mut || {})
    }

    /// The same; `on_frame` is called with each frame of the strip, so that a caller sees that the reading goes on.
    ///
    /// # Errors
    /// The video cannot be read.
    pub fn open_watched(
        path: &Path,
        settings: PictureSettings,
        place: &Path,
        probe: &Path,
        on_frame: &mut dyn FnMut(),
    ) -> Result<Self, MediaError> {
        if let Ok(kept) = read_still(place) {
            let picture = Picture::from(kept.into_rgba8());
            let count = picture.width / WIDTH;
            if count > 0 && picture.height == HEIGHT {
                return Ok(Self { picture, count });
            }
        }
        let made = make(path, settings, probe, on_frame)?;
        let kept = place
            .parent()
            .is_none_or(|folder| std::fs::create_dir_all(folder).is_ok())
            && write_png(place, &made.picture).is_ok();
        if !kept {
            tracing::debug!("{} is not kept", place.display());
        }
        Ok(made)
    }
}

fn make(
    path: &Path,
    settings: PictureSettings,
    probe: &Path,
    on_frame: &mut dyn FnMut(),
) -> Result<Strip, MediaError> {
    let no_picture = || MediaError::new(path, "holds no pictures", "choose a video");
    let track = Probe::open(path, probe)?.picture.ok_or_else(no_picture)?;
    let frames = track.frames.0;
    let count = frames.clamp(1, MOST);
    let mut reader = VideoReader::with_track(path, &track)?
        .with_settings(settings)
        .fitted_into([WIDTH, HEIGHT]);
    let mut picture = Picture::plain(WIDTH * count as u32, HEIGHT, [0, 0, 0, 255]);
    for at in 0..count {
        on_frame();
        let middle = Frames((at * 2 + 1) * frames / (2 * count));
        let frame = reader.frame(track.timing.shown_at(middle, track.rate))?;
        let corner = [
            at as u32 * WIDTH + (WIDTH - frame.width) / 2,
            (HEIGHT - frame.height) / 2,
        ];
        paste(&mut picture, &frame, corner);
    }
    Ok(Strip {
        picture,
        count: count as u32,
    })
}

fn paste(strip: &mut Picture, frame: &Picture, [left, top]: [u32; 2]) {
    let across = frame.width as usize * 4;
    for (y, row) in frame.rgba.chunks_exact(across).enumerate() {
        let at = ((top as usize + y) * strip.width as usize + left as usize) * 4;
        strip.rgba[at..at + across].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRate;

    use super::*;
    use crate::encode::{Content, Format, Writer};

    #[test]
    fn a_strip_shows_the_film_from_its_beginning_to_its_end_and_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, place) = (
            folder.path().join("film.mkv"),
            folder.path().join("cache/a.png"),
        );
        let probe = folder.path().join("cache/a.ron");
        let content = Content {
            size: [48, 48],
            rate: FrameRate::FPS_24,
            has_sound: false,
        };
        let mut writer = Writer::create(&path, Format::TAKE, content).expect("begun");
        for number in 0..120_u8 {
            let picture = Picture::plain(48, 48, [number * 2, 0, 0, 255]);
            writer.picture(&picture).expect("written");
        }
        writer.finish().expect("whole");
        let usual = PictureSettings::default();
        let strip = Strip::open(&path, usual, &place, &probe).expect("a strip");
        assert_eq!((strip.count, strip.picture.width), (48, 48 * WIDTH));
        let red = |at: u32| strip.picture.pixel(at * WIDTH + WIDTH / 2, HEIGHT / 2)[0];
        assert!(red(0) < 6 && red(24).abs_diff(122) < 6 && red(47) > 230);
        assert_eq!(strip.picture.pixel(2, 20), [0, 0, 0, 255], "fitted");
        std::fs::remove_file(&path).expect("gone");
        let again = Strip::open(&path, usual, &place, &probe).expect("kept");
        assert!(again.picture == strip.picture);
    }
}
