//! `kinora read-media`: the process in which Kinora reads a file for the first time. Not for people: it writes one RON
//! value per line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kinora_studio::exchange::first_contact::{Caches, serve};
use kinora_studio::timeline::ContentHash;

/// `read-media`.
#[derive(Debug, Args)]
pub struct ReadMediaArguments {
    /// The project folder whose caches are filled.
    #[arg(long, requires = "content")]
    project: Option<PathBuf>,
    /// The hash of the file.
    #[arg(long, requires = "project")]
    content: Option<String>,
    /// The file.
    file: PathBuf,
}

/// Reads a file; exit status 0 if it has written its last line.
pub fn read_media(arguments: ReadMediaArguments) -> ExitCode {
    let content = arguments
        .content
        .and_then(|text| ContentHash::try_from(text).ok());
    let caches = arguments.project.zip(content);
    let caches = caches.map(|(folder, content)| Caches { folder, content });
    serve(
        &arguments.file,
        caches.as_ref(),
        &mut std::io::stdout().lock(),
    );
    ExitCode::SUCCESS
}
