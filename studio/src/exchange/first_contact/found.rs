//! What a file holds: a still picture, or pictures and sound that last.

use std::path::Path;
use std::time::Duration;

use kinora_render::media::{PictureTrack, Probe, is_still, probe_watched, still_size};
use kinora_timeline::Frames;
use kinora_timeline::media::Extent;
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use crate::generate::clip_file::failure_of;

/// The share of a film's length in which a slow machine decodes what lies between two pictures of a filmstrip.
const STEP_OF_FILM: f64 = 1.0 / 12.0;
/// A day: more is damage.
const LONGEST_FILM_SECONDS: f64 = 86_400.0;

/// Sound that is so much longer than its picture is mentioned: less is the length of a frame or of a packet.
const LONGER_SECONDS: f64 = 0.5;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found {
    /// A still picture.
    Still,
    /// A video, or a sound.
    Film(Probe),
}

impl Found {
    /// Reads a file: its beginning decides what it is, not its extension. `on_packet` is called often while it is read.
    ///
    /// # Errors
    /// The file is not a picture, video or sound.
    pub fn of(file: &Path, on_packet: &mut dyn FnMut()) -> Result<Self, Failure> {
        if is_still(file) {
            still_size(file).map_err(|error| failure_of(&error))?;
            return Ok(Self::Still);
        }
        let probe = probe_watched(file, on_packet).map_err(|error| failure_of(&error))?;
        // A picture format that FFmpeg reads as a video of one frame.
        let is_one_picture = probe.picture.as_ref().is_some_and(|track| {
            track.frames == Frames::ONE && track.rate.per_second() <= 1.0 && probe.sound.is_none()
        });
        Ok(match is_one_picture {
            true => Self::Still,
            false => Self::Film(probe),
        })
    }

    /// The length, and whether there are a picture and a sound.
    ///
    /// # Errors
    /// A bug: a probe has a picture or a sound.
    pub fn extent(&self) -> Result<(Extent, bool, bool), Failure> {
        let probe = match self {
            Self::Still => return Ok((Extent::Still, true, false)),
            Self::Film(probe) => probe,
        };
        match (&probe.picture, &probe.sound) {
            (Some(picture), sound) => {
                let extent = Extent::Video {
                    rate: picture.rate,
                    frames: picture.frames,
                };
                Ok((extent, true, sound.is_some()))
            }
            (None, Some(sound)) => {
                let extent = Extent::Sound {
                    rate_hz: sound.rate_hz,
                    samples: sound.samples,
                };
                Ok((extent, false, true))
            }
            (None, None) => Err(Failure::bug("a probed file has neither picture nor sound")),
        }
    }

    /// The time in which a reader may write no line while it decodes, beside the usual: a file with one key frame is
    /// decoded for a part of the film between two pictures of its filmstrip.
    pub(super) fn longest_step(&self) -> Duration {
        let Self::Film(Probe {
            picture: Some(track),
            ..
        }) = self
        else {
            return Duration::ZERO;
        };
        let seconds = track
            .frames
            .as_seconds(track.rate)
            .clamp(0.0, LONGEST_FILM_SECONDS);
        Duration::from_secs_f64(seconds * STEP_OF_FILM)
    }

    /// What the artist should know of the file, beside its damage.
    pub fn notes(&self, name: &str) -> Vec<String> {
        let Self::Film(probe) = self else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        if probe.picture.as_ref().is_some_and(PictureTrack::is_counted) {
            let note =
                "has no container, so that jumps in it are slow; put it into an MP4 or MKV file";
            notes.push(format!("{name} {note}"));
        }
        if let (Some(picture), Some(sound)) = (&probe.picture, &probe.sound) {
            let shown = picture.frames.0 as f64 / picture.rate.per_second();
            let longer = sound.samples as f64 / f64::from(sound.rate_hz.max(1)) - shown;
            if longer > LONGER_SECONDS {
                notes.push(format!(
                    "the sound of {name} goes on for {longer:.1} s after its picture; as a clip it ends with the picture"
                ));
            }
        }
        notes
    }
}
