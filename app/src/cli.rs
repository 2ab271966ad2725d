//! The command line: what can be typed, and one file for each command.

mod bar;
mod doctor;
mod film;
mod generate;
mod models;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use doctor::doctor;
pub use film::{CheckArguments, ExportArguments, ImportArguments, NewArguments, RenderArguments};
pub use film::{check, export, import, new, render};
pub use generate::{GenerateArguments, generate};
pub use models::{ModelsWord, models};

/// Kinora, a studio for AI film: write shots, cast characters, move the camera, generate on your
/// own machine, cut, and export.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "kinora", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The command, if not the window.
    #[command(subcommand)]
    pub word: Option<Word>,
    /// How to open the window.
    #[command(flatten)]
    pub window: WindowArguments,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Word {
    /// Make the project folder of a new film.
    New(NewArguments),
    /// Make one clip, without a project: a film, or PNG files.
    #[command(
        after_help = "Example:\n  kinora generate --prompt 'a red fox in tall grass' --move push-in:0.5 -o fox.mp4"
    )]
    Generate(Box<GenerateArguments>),
    /// Write a film out: composed, mixed, encoded.
    #[command(
        after_help = "Example:\n  kinora render 'First light.kinora' -o film.mp4 --range 00:00:02:00..00:00:05:00"
    )]
    Render(RenderArguments),
    /// Hand a film's cut to another editor, as OpenTimelineIO.
    Export(ExportArguments),
    /// Take a cut from another editor into a new film.
    Import(ImportArguments),
    /// Look whether a film and every file it points to are sound.
    ///
    /// Exits with 1 if anything is not.
    Check(CheckArguments),
    /// List, verify or add models.
    Models {
        /// What to do; lists them if left out.
        #[command(subcommand)]
        word: Option<ModelsWord>,
    },
    /// Tell what works on this machine, what is missing, and how to mend it.
    ///
    /// Exits with 1 if the studio could not do its work here.
    #[command(after_help = "Example:\n  kinora doctor --json | jq '.checks[] | select(.remedy)'")]
    Doctor {
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// How to open the window.
#[derive(Debug, Default, Args)]
pub struct WindowArguments {
    /// The project folder to open ("My film.kinora").
    pub project: Option<PathBuf>,
    /// Open your copy of the sample project.
    #[arg(long, conflicts_with = "project")]
    pub sample: bool,
    /// Generate what the film lacks, and then play it.
    #[arg(long)]
    pub show: bool,
    /// Save a picture of the window once it has settled, and end.
    #[arg(long, value_name = "PNG", hide = true)]
    pub screenshot: Option<PathBuf>,
    /// The size of the window's inside in points, as 1280x720.
    #[arg(long, value_name = "WxH", hide = true)]
    pub window_size: Option<kinora_studio::Size>,
    /// The engine to start, instead of the one beside this program.
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub engine: Option<PathBuf>,
    /// Which file dialogs are used.
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub file_dialogs: FileDialogs,
    /// Print what it took to the first frame, and end.
    #[arg(long, hide = true)]
    pub report_startup: bool,
}

/// Whose dialogues ask for files and folders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FileDialogs {
    /// The system's, as long as it has any.
    #[default]
    System,
    /// Kinora's.
    Own,
}

/// Answers a line that could not be understood in one line, with exit status 2.
/// Asking for help or the version is no error.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim);
    let what = lines.next().unwrap_or_default();
    let tip = lines.find_map(|line| line.strip_prefix("tip: "));
    let tip = tip.map(|tip| format!(" ({tip})")).unwrap_or_default();
    eprintln!("{what}{tip}; see `kinora --help`");
    ExitCode::from(2)
}

/// Log lines go to stderr; `KINORA_LOG` chooses which, as in "info" or "kinora=debug".
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
