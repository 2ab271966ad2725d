//! Subtitles of a project in files: SRT and WebVTT brought in as tracks, and written beside a video or on their own.

pub mod beside;

use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::edit::subtitles::SubtitleEdit;
use kinora_timeline::subtitle::is_language_tag;
use kinora_timeline::subtitle_file::{self, SubtitleFormat};
use kinora_timeline::{Edit, FrameRange, Frames, Project, SubtitleTrackId};
use kinora_wire::Failure;

use crate::exchange::export::{entire_range, free_path};
use crate::exchange::output_place::{OutputKind, OutputPlace, media_of};
use beside::write;

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 16 << 20;
/// The longest language part of a file name: "film.en.srt", "film.zh-Hant.srt".
const LONGEST_TAG: usize = 10;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedSubtitles {
    /// One edit for each track that it becomes.
    pub edits: Vec<Edit>,
    /// The number of its subtitles.
    pub count: usize,
    /// What was changed or left out.
    pub notes: Vec<String>,
}

/// Whether a file is named like a subtitle file.
pub fn is_subtitle_file(path: &Path) -> bool {
    format_of(path).is_some()
}

/// The format that the extension of a path says.
fn format_of(path: &Path) -> Option<SubtitleFormat> {
    let extension = path.extension()?.to_str()?;
    extension.parse().ok()
}

/// Reads a subtitle file at the project's rate. Times after the end of the timeline are kept.
///
/// # Errors
/// The file cannot be read; a line of it is no subtitle. The line is in the message.
pub fn read_subtitles(file: &Path, project: &Project) -> Result<ImportedSubtitles, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be read: {error}", file.display()),
            "check that the file is there and may be read",
        )
    };
    let length = fs::metadata(file).map_err(unreadable)?.len();
    if length > LARGEST_FILE {
        return Err(Failure::bad_file(
            format!("{} is too large for a subtitle file", file.display()),
            "choose a file with the ending .srt or .vtt",
        ));
    }
    let bytes = fs::read(file).map_err(unreadable)?;
    let read = subtitle_file::read(&bytes, project.rate()).map_err(|error| {
        Failure::bad_file(
            format!("{}: {error}", file.display()),
            "correct that line, or choose another .srt or .vtt file",
        )
    })?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let language = match read.language.is_empty() {
        true => language_in(&name),
        false => read.language.clone(),
    };
    let mut notes = read.notes;
    let cues = read.tracks.iter().flatten();
    let late = cues.filter(|cue| cue.range.start >= project.end()).count();
    if late > 0 && project.end() > Frames::ZERO {
        notes.push(format!(
            "subtitles begin after the end of the timeline and are kept: {late}"
        ));
    }
    let count = read.tracks.iter().map(Vec::len).sum();
    let edits = (1..).zip(read.tracks).map(|(number, cues)| {
        let name = match number {
            1 => name.to_string(),
            _ => format!("{name} {number}"),
        };
        Edit::Subtitle(SubtitleEdit::AddTrack {
            name,
            language: language.clone(),
            cues,
        })
    });
    Ok(ImportedSubtitles {
        edits: edits.collect(),
        count,
        notes,
    })
}

/// The language tag at the end of a file's name without its extension: "en" of "film.en". Empty without one.
fn language_in(name: &str) -> String {
    let tag = name.rsplit_once('.').map_or("", |(_, tag)| tag);
    let first = tag.split('-').next().unwrap_or_default();
    let is_language =
        (2..=3).contains(&first.len()) && first.chars().all(|one| one.is_ascii_alphabetic());
    match is_language && tag.len() <= LONGEST_TAG && is_language_tag(tag) {
        true => tag.to_owned(),
        false => String::new(),
    }
}

/// The first subtitle track of this name, or else of this language.
///
/// # Errors
/// There is no such track.
pub fn track_named(project: &Project, wanted: &str) -> Result<SubtitleTrackId, Failure> {
    let wanted = wanted.trim();
    let tracks = project.subtitle_tracks();
    let by_name = tracks.iter().filter(|track| *track.name == *wanted);
    let by_language = tracks
        .iter()
        .filter(|track| !wanted.is_empty() && track.language.eq_ignore_ascii_case(wanted));
    let found: Vec<SubtitleTrackId> = by_name.chain(by_language).map(|track| track.id).collect();
    if let Some(first) = found.first() {
        return Ok(*first);
    }
    let names = tracks.iter().map(|track| match track.language.is_empty() {
        true => format!("\"{}\"", track.name),
        false => format!("\"{}\" ({})", track.name, track.language),
    });
    let names: Vec<String> = names.collect();
    let remedy = match names.is_empty() {
        true => "the project has no subtitles: import a .srt or .vtt file".to_owned(),
        false => format!("name one of {}", names.join(", ")),
    };
    let cause = format!("there is no subtitle track \"{wanted}\"");
    Err(Failure::refused(cause, remedy))
}

/// Writes a track of the project in this folder as a subtitle file, in the format of the path's extension; SRT without one.
/// With `replaces`, the file at the path may be replaced; otherwise it is kept, and the new one gets a number. Returns the
/// path of the file.
///
/// # Errors
/// The path has another extension, lies in a project, or cannot be written to; the track has no subtitles.
pub fn export_subtitles(
    project: &Project,
    folder: &Path,
    track: SubtitleTrackId,
    path: &Path,
    replaces: bool,
) -> Result<PathBuf, Failure> {
    let known = project.subtitle_track(track);
    let track = known.filter(|track| !track.is_empty()).ok_or_else(|| {
        Failure::refused(
            "there are no subtitles to export",
            "add or import subtitles first",
        )
    })?;
    let named = match path.extension() {
        None => path.with_extension(SubtitleFormat::Srt.extension()),
        Some(_) => path.to_owned(),
    };
    let format = format_of(&named).ok_or_else(|| {
        Failure::refused(
            format!("{} is no name of a subtitle file", path.display()),
            "name a file that ends in .srt or .vtt",
        )
    })?;
    let may_exist = replaces && named == path;
    let file = match may_exist {
        true => named,
        false => free_path(&named, Path::exists),
    };
    OutputPlace {
        path: &file,
        kind: OutputKind::File,
        may_exist,
        inputs: media_of(project, folder),
        film: Some(folder),
    }
    .check()?;
    let all = FrameRange {
        start: Frames::ZERO,
        length: entire_range(project).length.max(track.end()),
    };
    write(project, track, all, &file, format)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str =
        "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nthere\n";

    fn with_file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        (folder, file)
    }

    fn imported(name: &str, text: &str) -> Project {
        let (_folder, file) = with_file(name, text);
        let read = read_subtitles(&file, &Project::default()).expect("read");
        let edits = read.edits.iter();
        edits.fold(Project::default(), |project, edit| {
            edit.apply(&project).expect("added")
        })
    }

    #[test]
    fn a_file_becomes_a_track_with_its_name_and_language() {
        let project = imported("film.pt-BR.srt", TWO);
        let [track] = project.subtitle_tracks() else {
            panic!("one track");
        };
        assert_eq!((&*track.name, &*track.language), ("film.pt-BR", "pt-BR"));
        assert_eq!(track.cues().len(), 2);
        let other = imported("The film of 1.part.srt", TWO);
        assert_eq!(&*other.subtitle_tracks()[0].language, "");
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_line() {
        let (_folder, file) = with_file("film.srt", "1\n00:00:0x,000 --> 00:00:02,000\nHello\n");
        let failure = read_subtitles(&file, &Project::default()).expect_err("refused");
        assert!(failure.cause.contains("film.srt: line 2:"), "{failure}");
        let missing = read_subtitles(Path::new("/no/such.srt"), &Project::default());
        assert!(missing.is_err());
    }

    #[test]
    fn a_track_is_written_to_a_file_of_its_own_and_reads_back() {
        let project = imported("film.en.srt", TWO);
        let track = project.subtitle_tracks()[0].id;
        let folder = tempfile::tempdir().expect("a folder");
        let film = folder.path().join("Film.kinora");
        let export =
            |name: &str| export_subtitles(&project, &film, track, &folder.path().join(name), false);
        let file = export("out").expect("written");
        assert_eq!(file, folder.path().join("out.srt"));
        assert_eq!(
            fs::read_to_string(&file).expect("read"),
            TWO.to_owned() + "\n"
        );
        assert_eq!(
            export("out.srt").expect("written"),
            folder.path().join("out 2.srt")
        );
        assert!(export("out.doc").is_err());
        let text = fs::read_to_string(export("out.vtt").expect("written")).expect("read");
        assert!(text.starts_with("WEBVTT\nLanguage: en\n\n"), "{text}");
    }

    #[test]
    fn a_track_is_found_by_its_name_or_its_language() {
        let project = imported("film.en.srt", TWO);
        let id = project.subtitle_tracks()[0].id;
        assert_eq!(track_named(&project, "EN"), Ok(id));
        assert_eq!(track_named(&project, "film.en"), Ok(id));
        let refused = track_named(&project, "fr").expect_err("no French");
        let remedy = refused.remedy.unwrap_or_default();
        assert!(remedy.contains("\"film.en\" (en)"), "{remedy}");
    }
}
