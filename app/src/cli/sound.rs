//! The options of `render` for sound: loudness and stems.

use clap::Args;
use kinora_studio::render::{ExportSettings, LoudnessTarget};

/// What becomes of the sound of a rendered project.
#[derive(Clone, Copy, Debug, Args)]
pub struct SoundArguments {
    /// The loudness in LUFS: -14, -23 or off. The sound is measured first; its true peaks stay below -1 dB.
    #[arg(
        long,
        value_name = "LUFS",
        default_value = "off",
        allow_hyphen_values = true
    )]
    loudness: LoudnessTarget,
    /// Also write each audio track to a WAV file beside the output, before the master.
    #[arg(long)]
    stems: bool,
}

impl SoundArguments {
    /// These settings with the sound of the options.
    pub fn of(self, settings: ExportSettings) -> ExportSettings {
        ExportSettings {
            loudness: self.loudness,
            has_stems: self.stems,
            ..settings
        }
    }
}
