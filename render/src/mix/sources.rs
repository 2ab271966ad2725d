//! The sources of sound that are open: files in the mixer's format, and nested sequences.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_timeline::query::Segment;
use kinora_timeline::{ClipId, ContentHash, MediumId, Project, SequenceId, ShotId, Source, Track};

use super::bus::ClipSounds;
use super::clip_sound::PlacedSound;
use super::nested::NestedSound;
use super::strip::silence_faults;
use crate::media::{Conformed, MediaError, make_first_contact};
use crate::project::{ProjectFiles, named};

/// Nested sequences whose state is kept.
const MOST_NESTED: usize = 16;

/// The open sources of a project.
pub(super) struct Sources {
    files: ProjectFiles,
    /// By what their caches are named by.
    sounds: HashMap<ContentHash, Conformed>,
    /// The media whose files are missing: they are silent.
    missing: BTreeSet<ContentHash>,
    /// By the clips that show them, the latest last.
    nested: Vec<(ClipId, NestedSound)>,
    /// The tracks that the nested sequences were mixed with.
    tracks: Vec<Arc<Track>>,
}

impl Sources {
    /// For the project in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            files: ProjectFiles::of(folder),
            sounds: HashMap::new(),
            missing: BTreeSet::new(),
            nested: Vec::new(),
            tracks: Vec::new(),
        }
    }

    /// The media that were silent so far, since their files are missing.
    pub fn missing(&self) -> &BTreeSet<ContentHash> {
        &self.missing
    }

    /// Called before each mix: what is kept of another version of the project is forgotten.
    pub fn notice(&mut self, project: &Project) {
        let mut now = project.all_tracks();
        let mut before = self.tracks.iter();
        let is_same = loop {
            match (now.next(), before.next()) {
                (None, None) => break true,
                (Some(now), Some(before)) if Arc::ptr_eq(now, before) => {}
                _ => break false,
            }
        };
        if !is_same {
            self.tracks = project.all_tracks().cloned().collect();
            self.nested.iter_mut().for_each(|(_, one)| one.forget());
        }
    }

    fn add_one(
        &mut self,
        project: &Project,
        segment: &Segment,
        first: i64,
        sum: &mut [f32],
    ) -> Result<(), MediaError> {
        let placed = PlacedSound::of(segment, project.rate());
        let end = first + (sum.len() / 2) as i64;
        let (from, to) = (first.max(placed.start), end.min(placed.end));
        if from >= to {
            return Ok(());
        }
        let mut samples = vec![0.0; (to - from) as usize * 2];
        match segment.clip.source {
            Source::Medium(id) => {
                let Some(file) = self.of_medium(project, id) else {
                    return Ok(());
                };
                if !self.read_file(&file, &placed, from, &mut samples)? {
                    return Ok(());
                }
            }
            Source::Shot(id) => {
                let Some(file) = self.of_shot(project, id) else {
                    return Ok(());
                };
                if !self.read_file(&file, &placed, from, &mut samples)? {
                    return Ok(());
                }
            }
            Source::Sequence(id) => {
                let clip = segment.clip.id;
                placed.read(from, &mut samples, |first, into| {
                    self.read_sequence(project, (clip, id), first, into)
                })?;
            }
            Source::Title(_) => return Ok(()), // it is silent
        }
        // Here, so that none reaches a meter, an encoder, or the ducking of another track, which would not forget it.
        silence_faults(&mut samples);
        let into = &mut sum[(from - first) as usize * 2..];
        for ((at, pair), sum) in (from..)
            .zip(samples.chunks_exact(2))
            .zip(into.chunks_exact_mut(2))
        {
            let [left, right] = placed.gain(at);
            sum[0] += pair[0] * left;
            sum[1] += pair[1] * right;
        }
        Ok(())
    }

    /// The file of a medium's sound and the name of its caches. `None`: it has none.
    fn of_medium(&self, project: &Project, id: MediumId) -> Option<(PathBuf, ContentHash)> {
        let medium = project.medium(id).filter(|medium| medium.has_sound)?;
        Some((self.files.medium(medium), medium.content))
    }

    /// The same of the take whose sound a shot has. `None`: there is no take, or it is silent and has no such file.
    fn of_shot(&self, project: &Project, id: ShotId) -> Option<(PathBuf, ContentHash)> {
        let take = project.shot(id)?.sound_take()?;
        let path = self.files.take_sound(take);
        let key = ProjectFiles::take_sound_key(take);
        (self.sounds.contains_key(&key) || path.is_file()).then_some((path, key))
    }

    /// Reads the sound of a file. False: it is missing.
    fn read_file(
        &mut self,
        (path, key): &(PathBuf, ContentHash),
        placed: &PlacedSound,
        from: i64,
        samples: &mut [f32],
    ) -> Result<bool, MediaError> {
        let sound = if let Some(sound) = self.sounds.remove(key) {
            sound
        } else {
            let place = self.files.conformed_sound(*key);
            let probe = self.files.probe(*key);
            match Conformed::open(path, &place, &probe) {
                Err(_) if !path.is_file() => {
                    self.missing.insert(*key);
                    return Ok(false);
                }
                // A slate in the picture reports it.
                Err(_) if make_first_contact(path, &probe).is_err() => return Ok(false),
                opened => opened?,
            }
        };
        let sound = self.sounds.entry(*key).insert_entry(sound).into_mut();
        placed.read(from, samples, |first, into| {
            sound.read(first, into).map_err(|error| {
                let what = format!("its sound cannot be read: {error}");
                MediaError::new(path, what, "check the disk")
            })
        })?;
        Ok(true)
    }

    /// Reads from a sample of a sequence on. Ends, since no sequence shows itself.
    fn read_sequence(
        &mut self,
        project: &Project,
        (clip, sequence): (ClipId, SequenceId),
        first: i64,
        into: &mut [f32],
    ) -> Result<(), MediaError> {
        let known = self.nested.iter().position(|(known, _)| *known == clip);
        let mut nested = match known {
            Some(place) => self.nested.remove(place).1,
            None => NestedSound::default(),
        };
        let read = nested.read(self, (project, sequence), first, into);
        if self.nested.len() >= MOST_NESTED {
            self.nested.remove(0);
        }
        self.nested.push((clip, nested));
        read
    }
}

impl ClipSounds for Sources {
    fn add(
        &mut self,
        project: &Project,
        segments: &[&Segment],
        first: i64,
        into: &mut [f32],
    ) -> Result<(), MediaError> {
        for segment in segments {
            let clip = &segment.clip;
            self.add_one(project, segment, first, into)
                .map_err(|error| named(error, project, clip.source, segment.range.start))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_timeline::{Clip, ContentHash, Edit, FrameRange, Frames, TrackKind};

    use super::*;
    use crate::mix::Mixer;

    #[test]
    fn numbers_of_a_file_that_are_none_are_silent_in_the_mix() {
        let folder = tempfile::tempdir().expect("a folder");
        let content = ContentHash::of(b"damaged");
        let place = ProjectFiles::of(folder.path()).conformed_sound(content);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        let mut sound = [0.25_f32; 2 * 2000];
        (sound[10], sound[11], sound[12]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
        let bytes: Vec<u8> = sound.iter().flat_map(|one| one.to_le_bytes()).collect();
        fs::write(&place, bytes).expect("written");
        let medium = Medium {
            id: MediumId::from(0),
            name: "tone.wav".into(),
            content,
            path: "media/tone.wav".into(),
            extent: Extent::Sound {
                rate_hz: 48_000,
                samples: 2000,
            },
            has_picture: false,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        let project = add.apply(&Project::default()).expect("added");
        let medium = project.media().next().expect("the medium").id;
        let mut tracks = project.tracks().iter();
        let track = tracks.find(|track| track.kind == TrackKind::Audio);
        let track = track.expect("an audio track").id;
        let clip = Clip::new(Source::Medium(medium), Frames::ZERO, Frames::ONE);
        let pieces = vec![Piece { track, clip }];
        let place = Edit::Place(Place::Append { pieces });
        let project = place.apply(&project).expect("placed");
        let range = FrameRange {
            start: Frames::ZERO,
            length: Frames::ONE,
        };
        let mixed = Mixer::new(folder.path()).mix(&project, range);
        let mut expected = sound;
        expected[10..13].fill(0.0);
        assert_eq!(mixed.expect("mixed"), expected);
    }
}
