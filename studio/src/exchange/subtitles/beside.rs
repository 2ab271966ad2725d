//! Subtitle files beside an export: one for each track that is shown.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kinora_render::SubtitleDelivery;
use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_timeline::subtitle::SubtitleTrack;
use kinora_timeline::subtitle_file::{self, SubtitleFormat};
use kinora_timeline::{FrameRange, Project, SubtitleTrackId};
use kinora_wire::Failure;

/// The subtitle files beside an export to this path: the tracks that are shown and have subtitles, and their files. One
/// track has the name of the export; of several, each has its language or its name too.
pub fn beside_paths(
    project: &Project,
    path: &Path,
    delivery: SubtitleDelivery,
) -> Vec<(SubtitleTrackId, PathBuf)> {
    let Some(format) = delivery.beside else {
        return Vec::new();
    };
    let tracks = project.subtitle_tracks().iter();
    let shown: Vec<_> = tracks
        .filter(|track| !track.hidden && !track.is_empty())
        .collect();
    let own = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = format.extension();
    let mut taken = BTreeSet::new();
    let is_only = shown.len() == 1;
    let files = shown.iter().map(|track| {
        let base = match is_only {
            true => own.to_string(),
            false => format!("{own}.{}", part_of_name(track)),
        };
        let mut name = base.clone();
        let mut number = 1;
        // Some file systems treat upper and lower case alike.
        while !taken.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{base}-{number}");
        }
        (track.id, path.with_file_name(format!("{name}.{extension}")))
    });
    files.collect()
}

/// The language of a track, or its name without what file systems do not take.
fn part_of_name(track: &SubtitleTrack) -> String {
    if !track.language.is_empty() {
        return track.language.to_string();
    }
    let is_refused = |sign: char| sign.is_control() || "/\\:*?\"<>|.".contains(sign);
    let signs = track.name.chars();
    signs
        .map(|sign| if is_refused(sign) { '-' } else { sign })
        .collect()
}

/// Writes the subtitle files beside an export, for a range of the timeline.
///
/// # Errors
/// Usually a full disk.
pub fn write_beside(
    project: &Project,
    range: FrameRange,
    path: &Path,
    delivery: SubtitleDelivery,
) -> Result<(), Failure> {
    let Some(format) = delivery.beside else {
        return Ok(());
    };
    for (track, file) in beside_paths(project, path, delivery) {
        if let Some(track) = project.subtitle_track(track) {
            write(project, track, range, &file, format)?;
        }
    }
    Ok(())
}

/// Writes the cues of a track within a range.
pub(super) fn write(
    project: &Project,
    track: &SubtitleTrack,
    range: FrameRange,
    file: &Path,
    format: SubtitleFormat,
) -> Result<(), Failure> {
    let text = subtitle_file::write(track, range, project.rate(), format);
    RealDisk.replace(file, text.as_bytes()).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", file.display()),
            "check that the folder exists, is writable and has free space",
        )
    })
}

#[cfg(test)]
mod tests {
    use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
    use kinora_timeline::{Edit, Frames};

    use super::*;

    fn film() -> Project {
        let add = SubtitleEdit::AddTrack {
            name: "English".into(),
            language: "en".into(),
            cues: vec![NewCue {
                range: FrameRange::between(Frames(2), Frames(9)),
                text: "Hello".into(),
            }],
        };
        Edit::Subtitle(add)
            .apply(&Project::default())
            .expect("added")
    }

    #[test]
    fn the_files_beside_an_export_are_named_after_it_and_their_languages() {
        let delivery = SubtitleDelivery {
            burnt_in: false,
            beside: Some(SubtitleFormat::Vtt),
        };
        let names = |project: &Project| -> Vec<String> {
            let paths = beside_paths(project, Path::new("/out/film.mp4"), delivery);
            let paths = paths.iter().map(|(_, path)| path.display().to_string());
            paths.collect()
        };
        let mut project = film();
        assert_eq!(names(&project), ["/out/film.vtt"]);
        for (name, language) in [("Deutsch", "de"), ("Signs: all", ""), ("More", "de")] {
            let cues = project.subtitle_tracks()[0].cues().iter();
            let cues = cues.map(|cue| NewCue {
                range: cue.range,
                text: cue.text.clone(),
            });
            let add = Edit::Subtitle(SubtitleEdit::AddTrack {
                name: name.into(),
                language: language.into(),
                cues: cues.collect(),
            });
            project = add.apply(&project).expect("added");
        }
        assert_eq!(
            names(&project),
            [
                "/out/film.en.vtt",
                "/out/film.de.vtt",
                "/out/film.Signs- all.vtt",
                "/out/film.de-2.vtt"
            ]
        );
        let none = SubtitleDelivery::default();
        assert_eq!(beside_paths(&project, Path::new("film.mp4"), none), []);
    }
}
