//! The command line: the arguments, and one file per command.

mod add;
mod best_of;
mod doctor;
mod finished_clip;
mod generate;
mod install;
mod interpolate;
mod measure;
mod models;
mod progress_bar;
mod project;
mod read_media;
mod relink;
mod runtime_folder;
mod say;
mod sound;
mod sound_for_picture;
mod subtitles;
mod upscale;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use add::{AddArguments, add};
pub use doctor::doctor;
pub use generate::{GenerateArguments, generate};
pub use install::InstallArguments;
pub use interpolate::{InterpolateArguments, interpolate};
pub use measure::{MeasureArguments, measure};
pub use models::{ModelsCommand, models};
pub use project::{
    CheckArguments, CollectArguments, ExportArguments, ImportArguments, NewArguments,
    RenderArguments,
};
pub use project::{check, collect, export, import, new, render};
pub use read_media::{ReadMediaArguments, read_media};
pub use relink::{RelinkArguments, relink};
pub use runtime_folder::ensure_runtime_folder;
pub use say::{SayArguments, say};
pub use sound_for_picture::{SoundForPictureArguments, sound};
pub use upscale::{UpscaleArguments, upscale};

/// Kinora, a studio for AI film: write shots, cast characters, move the camera, generate on your own machine, edit,
/// and export.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "kinora", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// A command. None: opens the window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of the window.
    #[command(flatten)]
    pub window: WindowArguments,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a project folder.
    New(NewArguments),
    /// Generate one clip without a project: a video file, or PNG files.
    #[command(
        after_help = "Example:\n  kinora generate --prompt 'a red fox in tall grass' --move push-in:0.5 -o fox.mp4"
    )]
    Generate(Box<GenerateArguments>),
    /// Make a finished clip larger with an upscaler.
    #[command(after_help = "Example:\n  kinora upscale fox.mp4 -o large.mp4")]
    Upscale(UpscaleArguments),
    /// Give a finished clip another frame rate, with the frames between made by a frame interpolator.
    #[command(after_help = "Example:\n  kinora interpolate fox.mp4 --rate 48 -o smooth.mp4")]
    Interpolate(InterpolateArguments),
    /// Make sound for the pictures of a finished clip: steps, and the air of a place. It is made for the starter model's world.
    #[command(after_help = "Example:\n  kinora sound fox.mp4 -o fox.wav")]
    Sound(SoundForPictureArguments),
    /// Say a line in a voice: one that is described, or one that is cloned from a recording with consent.
    #[command(
        after_help = "Example:\n  kinora say 'Who left the light on?' --voice 'a calm old woman, a little hoarse' -o line.wav"
    )]
    Say(Box<SayArguments>),
    /// Measure whether a clip, or each take of a project, follows its drawn camera path.
    ///
    /// A clip that does not show its camera is refused with a reason; that is no error.
    #[command(after_help = "Example:\n  kinora measure fox.mp4 --camera push.txt --json")]
    Measure(MeasureArguments),
    /// Render a project to a video file, or to PNG files.
    #[command(
        after_help = "Example:\n  kinora render 'First light.kinora' -o film.mp4 --range 00:00:02:00..00:00:05:00"
    )]
    Render(RenderArguments),
    /// Export a project's timeline for another editor, as OpenTimelineIO, or its subtitles as SRT or WebVTT.
    Export(ExportArguments),
    /// Import a timeline from another editor into a new project.
    Import(ImportArguments),
    /// Import videos, pictures, sounds and subtitles into a project, and place them on its timeline.
    #[command(after_help = "Example:\n  kinora add 'First light.kinora' fox.mp4 wind.wav --place")]
    Add(AddArguments),
    /// List the missing and changed media of a project, or relink them to files in other folders.
    ///
    /// Exits with 1 if anything is missing afterwards.
    #[command(after_help = "Example:\n  kinora relink 'First light.kinora' /media/disk/Footage")]
    Relink(RelinkArguments),
    /// Copy a project with only the takes, media and pictures that it needs.
    ///
    /// Exits with 1 if a file of the project is missing.
    #[command(
        after_help = "Example:\n  kinora collect 'First light.kinora' '/media/disk/First light'"
    )]
    Collect(CollectArguments),
    /// Check a project and every file it points to.
    ///
    /// Exits with 1 if anything is wrong.
    Check(CheckArguments),
    /// List, install, verify, remove or add models.
    Models {
        /// The subcommand; lists the models if left out.
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Read a file for the first time, for another process of Kinora.
    #[command(hide = true)]
    ReadMedia(ReadMediaArguments),
    /// Check this machine: what works, what is missing, and how to fix it.
    ///
    /// Exits with 1 if the studio cannot work here.
    #[command(after_help = "Example:\n  kinora doctor --json | jq '.checks[] | select(.remedy)'")]
    Doctor {
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The options of the window.
#[derive(Debug, Default, Args)]
pub struct WindowArguments {
    /// The project folder to open ("My project.kinora").
    pub project: Option<PathBuf>,
    /// Open your copy of the sample project.
    #[arg(long, conflicts_with = "project")]
    pub sample: bool,
    /// Generate missing takes, then play the project.
    #[arg(long)]
    pub show: bool,
    /// Save a screenshot of the window once it has settled, and exit.
    #[arg(long, value_name = "PNG", hide = true)]
    pub screenshot: Option<PathBuf>,
    /// The inner size of the window in points, such as 1280x720.
    #[arg(long, value_name = "WxH", hide = true)]
    pub window_size: Option<kinora_studio::Size>,
    /// The engine program to start, instead of the one beside this program.
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub engine: Option<PathBuf>,
    /// The file dialogs to use.
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub file_dialogs: FileDialogs,
    /// Print the time to the first frame, and exit.
    #[arg(long, hide = true)]
    pub report_startup: bool,
}

/// The kind of file dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FileDialogs {
    /// The system's, if it has any.
    #[default]
    System,
    /// Kinora's.
    Own,
}

/// Prints a usage error as one line, with exit status 2. A request for help or the version is not an error.
pub fn report_usage_error(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim);
    let message = lines.next().unwrap_or_default();
    let tip = lines.find_map(|line| line.strip_prefix("tip: "));
    let tip = tip.map(|tip| format!(" ({tip})")).unwrap_or_default();
    eprintln!("{message}{tip}; see `kinora --help`");
    ExitCode::from(2)
}

/// Writes the log to stderr. `KINORA_LOG` filters it: "info", "kinora=debug".
pub fn start_log() {
    let chosen = tracing_subscriber::EnvFilter::try_from_env("KINORA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(chosen)
        .with_writer(std::io::stderr)
        .init();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_project_is_opened_by_its_name_alone() {
        let arguments = Arguments::try_parse_from(["kinora", "My film.kinora"]).expect("parsed");
        assert_eq!(arguments.window.project, Some("My film.kinora".into()));
    }
}
