//! Stems: a sound file for each track that is heard, beside the export. Their sum is the mix before the master.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::{Project, TrackId, TrackKind};

use crate::encode::{Content, Format, Quality, Writer};
use crate::media::MediaError;

/// The stems of an export to this path: the audio tracks that are heard, and their files.
pub fn stem_paths(project: &Project, path: &Path) -> Vec<(TrackId, PathBuf)> {
    let own = path.with_extension("");
    let own = own.file_name().unwrap_or_default().to_string_lossy();
    let mut taken = BTreeSet::new();
    let tracks = project.playing_tracks(TrackKind::Audio);
    let stems = tracks.map(|track| {
        let plain = format!("{own} - {}", as_file_name(&track.name));
        let mut name = plain.clone();
        let mut number = 1;
        // Some file systems treat upper and lower case alike.
        while !taken.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{plain} {number}");
        }
        let extension = Format::STEM.extension;
        (track.id, path.with_file_name(format!("{name}.{extension}")))
    });
    stems.collect()
}

/// The name of a track without what file systems do not take.
fn as_file_name(name: &str) -> String {
    let is_refused = |sign: char| sign.is_control() || "/\\:*?\"<>|".contains(sign);
    name.chars()
        .map(|sign| if is_refused(sign) { '-' } else { sign })
        .collect()
}

/// The stems that are being written.
pub(super) struct Stems(Vec<Stem>);

struct Stem {
    track: TrackId,
    path: PathBuf,
    writer: Writer,
}

impl Stems {
    /// Begins the files.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn create(project: &Project, path: &Path) -> Result<Self, MediaError> {
        let content = Content {
            size: [2, 2], // there is no picture
            rate: project.rate(),
            has_sound: true,
        };
        let stems = stem_paths(project, path).into_iter();
        let stems = stems.map(|(track, path)| {
            let writer = Writer::with_quality(&path, Format::STEM, content, Quality::Standard)?;
            Ok(Stem {
                track,
                path,
                writer,
            })
        });
        stems.collect::<Result<Vec<Stem>, MediaError>>().map(Self)
    }

    /// Writes the next samples of each track.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn add(&mut self, sounds: &[(TrackId, Vec<f32>)]) -> Result<(), MediaError> {
        for stem in &mut self.0 {
            let sound = sounds.iter().find(|(track, _)| *track == stem.track);
            if let Some((_, sound)) = sound {
                stem.writer.sound(sound)?;
            }
        }
        Ok(())
    }

    /// Moves the complete files into their places; returns them.
    ///
    /// # Errors
    /// Usually a full disk. Nothing is left behind.
    pub fn finish(self) -> Result<Vec<PathBuf>, MediaError> {
        let mut finished = Vec::new();
        for stem in self.0 {
            if let Err(error) = stem.writer.finish() {
                remove(&finished);
                return Err(error);
            }
            finished.push(stem.path);
        }
        Ok(finished)
    }
}

/// Removes the files of an export that has failed.
pub(super) fn remove(files: &[PathBuf]) {
    for file in files {
        fs::remove_file(file).ok();
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::Edit;
    use kinora_timeline::edit::tracks::TrackEdit;

    use super::*;

    #[test]
    fn each_heard_track_has_a_file_of_its_own_beside_the_export() {
        let add = |project: Project, name: &str| {
            let add = TrackEdit::Add {
                kind: TrackKind::Audio,
                name: name.into(),
                sync_locked: false,
            };
            Edit::Track(add).apply(&project).expect("a track")
        };
        let names = ["Music", "music", "Speech/ADR"];
        let project = names.into_iter().fold(Project::default(), add);
        let names = |path: &str| -> Vec<String> {
            let stems = stem_paths(&project, Path::new(path)).into_iter();
            stems.map(|(_, path)| path.display().to_string()).collect()
        };
        let expected = [
            "out/Fox - A1.wav",
            "out/Fox - Music.wav",
            "out/Fox - music 2.wav",
            "out/Fox - Speech-ADR.wav",
        ];
        assert_eq!(names("out/Fox.mp4"), expected);
        assert_eq!(names("out/Fox")[0], "out/Fox - A1.wav", "beside a folder");
    }
}
