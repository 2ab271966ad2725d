//! The settings of an export: size, frame rate, quality and sound. The defaults are those of the project and of the format.

use std::fmt;
use std::str::FromStr;

use kinora_timeline::{FrameRate, Frames, Rounding, Size};
use serde::{Deserialize, Serialize};

use crate::encode::{Format, Quality};

/// The settings of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportSettings {
    /// The size of the pictures.
    pub size: ExportSize,
    /// Their quality; formats of a single quality ignore it.
    pub quality: Quality,
    /// Whether a video has sound.
    pub has_sound: bool,
    /// The loudness that the sound is brought to.
    #[serde(skip_serializing_if = "is_default")]
    pub loudness: LoudnessTarget,
    /// Whether each audio track is written to a file of its own beside the export.
    #[serde(skip_serializing_if = "is_default")]
    pub has_stems: bool,
    /// The frame rate; `None` is the project's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<FrameRate>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self {
            size: ExportSize::Project,
            quality: Quality::Standard,
            has_sound: true,
            loudness: LoudnessTarget::Off,
            has_stems: false,
            rate: None,
        }
    }
}

impl ExportSettings {
    /// Whether a file of this format gets sound. A sound file always does.
    pub fn includes_sound(&self, format: &Format) -> bool {
        format.sound.is_some() && (self.has_sound || format.picture.is_none())
    }

    /// The frame rate of an export, for a project of this one.
    pub fn rate_of(&self, project: FrameRate) -> FrameRate {
        self.rate.unwrap_or(project)
    }

    /// How often the export shows a frame of the timeline, counted from the first one of the range. At another rate than the
    /// project's, each frame of the export shows what the timeline shows when it begins: frames are repeated or left out,
    /// never mixed, and every cut keeps its time to a frame.
    pub fn times_shown(&self, frame: Frames, project: FrameRate) -> u32 {
        let first = |frame: Frames| frame.rescaled(project, self.rate_of(project), Rounding::Up);
        let times = first(frame + Frames::ONE) - first(frame);
        u32::try_from(times.0).unwrap_or_default()
    }
}

/// The loudness that an export is brought to, with true peaks of -1 dB at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoudnessTarget {
    /// As it is mixed.
    #[default]
    Off,
    /// -14 LUFS, as streaming services play it.
    Streaming,
    /// -23 LUFS, for broadcast (EBU R128).
    Broadcast,
}

impl LoudnessTarget {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Streaming, Self::Broadcast];

    /// The integrated loudness in LUFS; `None`: as it is mixed.
    pub fn lufs(self) -> Option<f64> {
        match self {
            Self::Off => None,
            Self::Streaming => Some(-14.0),
            Self::Broadcast => Some(-23.0),
        }
    }
}

impl fmt::Display for LoudnessTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lufs() {
            None => f.write_str("off"),
            Some(lufs) => write!(f, "{lufs}"),
        }
    }
}

impl FromStr for LoudnessTarget {
    type Err = String;

    /// "off", "-14" or "-23".
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|target| target.to_string() == text)
            .ok_or_else(|| format!("\"{text}\" is not a loudness; write -14, -23 or off"))
    }
}

/// The size of an export's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportSize {
    /// The project's size.
    #[default]
    Project,
    /// Half the project's width and height.
    Half,
    /// This height in pixels, in the project's aspect ratio.
    Height(u32),
}

impl ExportSize {
    /// The sizes offered in the export dialog.
    pub const OFFERED: [Self; 5] = [
        Self::Project,
        Self::Half,
        Self::Height(720),
        Self::Height(1080),
        Self::Height(2160),
    ];

    /// The pixels, for a project of this size. Both sides are rounded to even numbers. The project's size where the other
    /// is larger than any encoder takes.
    pub fn of(self, project: Size) -> Size {
        let [width, height] = [project.width(), project.height()].map(f64::from);
        let scale = match self {
            Self::Project => return project,
            Self::Half => 0.5,
            Self::Height(own) => f64::from(own) / height,
        };
        let even = |side: f64| {
            let half = (side * scale / 2.0).round() as u32;
            half.max(1).saturating_mul(2)
        };
        Size::new(even(width), even(height)).unwrap_or(project)
    }
}

impl fmt::Display for ExportSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => f.write_str("project"),
            Self::Half => f.write_str("half"),
            Self::Height(height) => write!(f, "{height}p"),
        }
    }
}

impl FromStr for ExportSize {
    type Err = String;

    /// "project", "half", or a height as "1080p".
    fn from_str(text: &str) -> Result<Self, String> {
        let height = || {
            text.strip_suffix('p')?
                .parse::<u32>()
                .ok()
                .filter(|&pixels| pixels > 0)
        };
        match text {
            "project" => Ok(Self::Project),
            "half" => Ok(Self::Half),
            _ => height().map(Self::Height).ok_or_else(|| {
                format!("\"{text}\" is not a size; write project, half, or a height such as 1080p")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("a size")
    }

    #[test]
    fn a_size_keeps_the_aspect_ratio_and_is_even() {
        let of = |wanted: ExportSize, width, height| wanted.of(size(width, height));
        assert_eq!(of(ExportSize::Project, 832, 480), size(832, 480));
        assert_eq!(of(ExportSize::Half, 1280, 720), size(640, 360));
        assert_eq!(of(ExportSize::Half, 834, 482), size(418, 242));
        assert_eq!(of(ExportSize::Height(1080), 1280, 720), size(1920, 1080));
        assert_eq!(of(ExportSize::Height(720), 96, 64), size(1080, 720));
        assert_eq!(of(ExportSize::Height(721), 96, 64), size(1082, 722));
        assert_eq!(of(ExportSize::Half, 2, 2), size(2, 2));
        let too_wide = of(ExportSize::Height(2160), 16384, 2);
        assert_eq!(too_wide, size(16384, 2), "no encoder takes the other");
    }

    #[test]
    fn every_size_and_every_loudness_reads_back_from_its_text() {
        for wanted in ExportSize::OFFERED {
            assert_eq!(wanted.to_string().parse(), Ok(wanted));
        }
        for target in LoudnessTarget::ALL {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        assert!("-16".parse::<LoudnessTarget>().is_err());
        for text in ["", "p", "0p", "1080", "-2p", "big"] {
            assert!(text.parse::<ExportSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn frames_are_repeated_or_left_out_and_the_length_stays() {
        let shown = |from: &str, to: &str, length: i64| -> Vec<u32> {
            let rate = |text: &str| text.parse::<FrameRate>().expect("a rate");
            let settings = ExportSettings {
                rate: Some(rate(to)),
                ..ExportSettings::default()
            };
            let frames = (0..length).map(Frames);
            frames
                .map(|frame| settings.times_shown(frame, rate(from)))
                .collect()
        };
        assert_eq!(shown("24", "24", 3), [1, 1, 1]);
        assert_eq!(shown("15", "30", 3), [2, 2, 2]);
        assert_eq!(shown("30", "15", 4), [1, 0, 1, 0]);
        assert_eq!(shown("24", "25", 24).iter().sum::<u32>(), 25);
        assert_eq!(shown("24", "30", 4), [2, 1, 1, 1]);
        let hour = shown("24", "23.976", 24 * 1001);
        assert_eq!(hour.iter().sum::<u32>(), 24 * 1000);
    }

    #[test]
    fn a_sound_file_has_sound_whatever_the_setting() {
        let silent = ExportSettings {
            has_sound: false,
            ..ExportSettings::default()
        };
        assert!(silent.includes_sound(Format::WAV));
        assert!(!silent.includes_sound(Format::MP4));
        assert!(!ExportSettings::default().includes_sound(Format::PNG));
    }
}
