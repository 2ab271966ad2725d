//! Subtitles on the command line: the options of `render`, and files for `add` and `export`.

use std::path::Path;

use clap::Args;
use kinora_studio::exchange::subtitles::{export_subtitles, read_subtitles, track_named};
use kinora_studio::render::{ExportSettings, SubtitleDelivery};
use kinora_studio::timeline::subtitle_file::SubtitleFormat;
use kinora_studio::wire::Failure;
use kinora_studio::{Project, Session};

/// What becomes of the subtitles of a rendered project.
#[derive(Clone, Debug, Args)]
pub struct SubtitleArguments {
    /// Draw the subtitles into the pictures: of all tracks that are shown, or of one by its name or language.
    #[arg(long, value_name = "TRACK", num_args = 0..=1, default_missing_value = "")]
    burn_subtitles: Option<String>,
    /// Also write the subtitles to files beside the output: srt or vtt.
    #[arg(long, value_name = "FORMAT")]
    subtitles: Option<SubtitleFormat>,
}

impl SubtitleArguments {
    /// These settings with the subtitles of the options.
    pub fn of(&self, settings: ExportSettings) -> ExportSettings {
        ExportSettings {
            subtitles: SubtitleDelivery {
                burnt_in: self.burn_subtitles.is_some(),
                beside: self.subtitles,
            },
            ..settings
        }
    }

    /// The project with no other subtitles shown than those of the track that is named, if one is.
    ///
    /// # Errors
    /// There is no such track.
    pub fn shown_in(&self, project: &Project) -> Result<Project, Failure> {
        match self.burn_subtitles.as_deref() {
            None | Some("") => Ok(project.clone()),
            Some(wanted) => {
                let track = track_named(project, wanted)?;
                Ok(project.clone().showing_subtitles_of(track))
            }
        }
    }

    /// Says so if subtitles are wanted and there are none.
    pub fn note_missing(&self, project: &Project) {
        let mut tracks = project.subtitle_tracks().iter();
        let is_wanted = self.burn_subtitles.is_some() || self.subtitles.is_some();
        if is_wanted && !tracks.any(|track| !track.hidden && !track.is_empty()) {
            eprintln!("note: there are no subtitles that are shown");
        }
    }
}

/// Adds a subtitle file to a project, as one step, and prints what became of it.
///
/// # Errors
/// The file cannot be read.
pub fn add_file(session: &mut Session, file: &Path, is_json: bool) -> Result<(), Failure> {
    let read = read_subtitles(file, session.project())?;
    session
        .document_mut()
        .apply_all("import subtitles", &read.edits)
        .map_err(|error| Failure::refused(error.to_string(), "check the project folder"))?;
    print(file, read.count, read.edits.len(), &read.notes, is_json);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn print(file: &Path, count: usize, tracks: usize, notes: &[String], is_json: bool) {
    if is_json {
        let line = serde_json::json!({
            "file": file.to_string_lossy(), "subtitles": count, "tracks": tracks, "notes": notes,
        });
        println!("{line}");
        return;
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let on = match tracks {
        1 => String::new(),
        many => format!(" on {many} tracks"),
    };
    println!("{name}: {count} subtitles{on}");
    for note in notes {
        eprintln!("note: {note}");
    }
}

/// Writes a subtitle track of a project to a file: the one that is named, or else the first one that is shown.
///
/// # Errors
/// There is no such track; the file cannot be written.
pub fn export_file(
    session: &Session,
    output: &Path,
    wanted: Option<&str>,
    replaces: bool,
) -> Result<(), Failure> {
    let project = session.project();
    let track = if let Some(wanted) = wanted {
        track_named(project, wanted)?
    } else {
        let mut tracks = project.subtitle_tracks().iter();
        let first = tracks.find(|track| !track.hidden && !track.is_empty());
        first.map(|track| track.id).ok_or_else(|| {
            Failure::refused(
                "the project has no subtitles that are shown",
                "add a .srt or .vtt file with `kinora add`",
            )
        })?
    };
    if output.exists() && !replaces {
        return Err(Failure::refused(
            format!("{} is there already", output.display()),
            "name another file, or pass --overwrite",
        ));
    }
    export_subtitles(project, session.folder(), track, output, replaces).map(drop)
}
