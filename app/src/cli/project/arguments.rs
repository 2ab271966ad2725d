//! The arguments of the commands that work on a project: `new`, `render`, `export`, `import`, `collect`, `check`. The doc
//! comments are the help texts.

use std::path::PathBuf;

use clap::Args;
use kinora_studio::render::{ExportSize, Quality};
use kinora_studio::{FrameRate, Size};

use crate::cli::sound::SoundArguments;
use crate::cli::subtitles::SubtitleArguments;

/// `new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// The folder to create; ".kinora" is added to its name.
    pub(super) folder: PathBuf,
    /// Frames per second, such as 24, 25 or 24000/1001.
    #[arg(long, default_value = "24")]
    pub(super) rate: FrameRate,
    /// The size of the video in pixels.
    #[arg(long, default_value = "1280x720", value_name = "WxH")]
    pub(super) size: Size,
}

/// `render`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RenderArguments {
    /// The project folder.
    #[arg(required_unless_present = "sample")]
    pub(super) project: Option<PathBuf>,
    /// Render your copy of the sample project.
    #[arg(long, conflicts_with = "project")]
    sample: bool,
    /// Generate a take of each shot that has none, and in-betweens that are missing, first.
    #[arg(long)]
    pub(super) generate: bool,
    /// Make takes that are smaller than the video larger with this upscaler, first.
    #[arg(long, value_name = "MODEL")]
    pub(super) upscale: Option<String>,
    /// The video (.mp4, .mov) or sound file (.wav), or a folder for PNG files.
    #[arg(short, long, value_name = "OUT")]
    pub(super) output: PathBuf,
    /// Replace a file that is there. A folder that holds pictures is never replaced.
    #[arg(long)]
    pub(super) overwrite: bool,
    /// h264, h264-quick, h265, av1, prores, prores4444, wav, png, tiff or exr; from the name of the output if left out.
    #[arg(long)]
    pub(super) preset: Option<String>,
    /// The range in frames or timecodes, B not included; from in to out if left out.
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    pub(super) range: Option<String>,
    /// project, half, or a height such as 1080p, in the project's aspect ratio.
    #[arg(long, default_value = "project")]
    pub(super) size: ExportSize,
    /// draft, standard or high; for H.264.
    #[arg(long, default_value = "standard")]
    pub(super) quality: Quality,
    #[command(flatten)]
    pub(super) sound: SoundArguments,
    #[command(flatten)]
    pub(super) subtitles: SubtitleArguments,
    /// The frame rate, if not the project's: frames are repeated or left out. Length, cuts and sound stay.
    #[arg(long, value_name = "RATE")]
    pub(super) rate: Option<FrameRate>,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    pub(super) json: bool,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The project folder.
    pub(super) project: PathBuf,
    /// The OpenTimelineIO file to write (.otio), or a subtitle file (.srt, .vtt).
    #[arg(short, long, value_name = "CUT.otio")]
    pub(super) output: PathBuf,
    /// The subtitle track to write, by its name or language; the first one that is shown if left out.
    #[arg(long, value_name = "TRACK")]
    pub(super) track: Option<String>,
    /// Replace a file that is there.
    #[arg(long)]
    pub(super) overwrite: bool,
    /// Name the files relative to the cut, so that cut and project can be moved together.
    #[arg(long)]
    pub(super) relative: bool,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The OpenTimelineIO file to read (.otio), or a package (.otioz, or the folder .otiod).
    pub(super) cut: PathBuf,
    /// The project folder to create.
    #[arg(short, long, value_name = "PROJECT")]
    pub(super) output: PathBuf,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArguments {
    /// The project folder.
    pub(super) project: PathBuf,
    /// The project folder to create; ".kinora" is added to its name.
    pub(super) to: PathBuf,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    pub(super) json: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The project folder.
    pub(super) project: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    pub(super) json: bool,
}
