//! The sum of the tracks of a sequence, each through its strip. Mixed from where it stopped, or from before a place that it
//! is moved to, so that the place sounds as in a mix from the start.

use kinora_timeline::mixing::TrackMix;
use kinora_timeline::query::Segment;
use kinora_timeline::{Project, SequenceId, Track, TrackId, TrackKind};

use super::samples::{BLOCK, frames_around};
use super::strip::{Strip, pre_roll};
use crate::media::MediaError;

/// Where the sound of clips comes from.
pub(super) trait ClipSounds {
    /// Adds the sound of these clips from a sample of the timeline on, stereo interleaved.
    ///
    /// # Errors
    /// A file is damaged.
    fn add(
        &mut self,
        project: &Project,
        segments: &[&Segment],
        first: i64,
        into: &mut [f32],
    ) -> Result<(), MediaError>;
}

/// Receives the finished sound of each track, block by block.
pub(super) type EachTrack<'e> = dyn FnMut(TrackId, &[f32]) + 'e;

/// The state of the tracks of a sequence.
#[derive(Debug, Default)]
pub(super) struct Bus {
    lanes: Vec<Lane>,
    /// The sample that comes next; `None` before the first.
    next: Option<i64>,
    /// Room for what is mixed and thrown away.
    thrown: Vec<f32>,
}

/// A track that is heard.
#[derive(Debug)]
struct Lane {
    track: TrackId,
    strip: Strip,
    /// Its sound in this block.
    sound: Vec<f32>,
    /// The gains of its ducking in this block.
    ducking: Vec<f32>,
}

impl Bus {
    /// Mixes from a sample of the sequence on, stereo interleaved.
    ///
    /// # Errors
    /// A file is damaged.
    pub fn read(
        &mut self,
        sounds: &mut dyn ClipSounds,
        (project, sequence): (&Project, SequenceId),
        first: i64,
        into: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        if self.next != Some(first) {
            self.move_to(sounds, (project, sequence), first)?;
        }
        self.go_on(sounds, (project, sequence), first, into, each)
    }

    /// The number of samples that it keeps room for.
    #[cfg(test)]
    pub fn room(&self) -> usize {
        let lanes = self.lanes.iter();
        let lanes = lanes.map(|lane| lane.sound.capacity() + lane.ducking.capacity());
        self.thrown.capacity() + lanes.sum::<usize>()
    }

    fn move_to(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        first: i64,
    ) -> Result<(), MediaError> {
        let (project, sequence) = place;
        let tracks = project.playing_tracks_in(sequence, TrackKind::Audio);
        let before = pre_roll(tracks.map(|track| &**track)).min(first.max(0));
        self.lanes.iter_mut().for_each(|lane| lane.strip.reset());
        let mut thrown = std::mem::take(&mut self.thrown);
        let mut at = first - before;
        let mut moved = Ok(());
        while at < first && moved.is_ok() {
            let count = (first - at).min(BLOCK as i64);
            thrown.clear();
            thrown.resize(2 * count as usize, 0.0);
            moved = self.go_on(sounds, place, at, &mut thrown, &mut |_, _| {});
            at += count;
        }
        self.thrown = thrown;
        moved
    }

    fn go_on(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        first: i64,
        into: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        self.next = None; // until it has gone well
        let mut at = first;
        for block in into.chunks_mut(2 * BLOCK) {
            self.block(sounds, place, at, block, each)?;
            at += (block.len() / 2) as i64;
        }
        self.next = Some(at);
        Ok(())
    }

    fn block(
        &mut self,
        sounds: &mut dyn ClipSounds,
        (project, sequence): (&Project, SequenceId),
        first: i64,
        sum: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        let tracks = project.playing_tracks_in(sequence, TrackKind::Audio);
        self.hear(tracks.map(|track| &**track));
        let frames = frames_around(first, sum.len() / 2, project.rate());
        let segments = project.segments_in(sequence, frames);
        for lane in &mut self.lanes {
            lane.sound.clear();
            lane.sound.resize(sum.len(), 0.0);
            let own = segments.iter().filter(|one| one.track == lane.track);
            let own: Vec<&Segment> = own.collect();
            sounds.add(project, &own, first, &mut lane.sound)?;
            lane.strip.process(&mut lane.sound);
        }
        // All keys are there before the first track is made quieter, so that two tracks can duck each other.
        for at in 0..self.lanes.len() {
            self.duck(at, sum.len() / 2);
        }
        sum.fill(0.0);
        for lane in &mut self.lanes {
            let ducking = lane.strip.ducking().map(|_| &lane.ducking[..]);
            lane.strip.fade(&mut lane.sound, ducking);
            each(lane.track, &lane.sound);
            for (sum, sample) in sum.iter_mut().zip(&lane.sound) {
                *sum += sample;
            }
        }
        Ok(())
    }

    /// Fills the gains of the ducking of a lane.
    fn duck(&mut self, at: usize, count: usize) {
        let Some(lane) = self.lanes.get_mut(at) else {
            return;
        };
        let Some(key) = lane.strip.ducking().and_then(|ducking| ducking.key) else {
            return;
        };
        let mut gains = std::mem::take(&mut lane.ducking);
        gains.resize(count, 1.0);
        let key = self.lanes.iter().position(|lane| lane.track == key);
        let (before, rest) = self.lanes.split_at_mut(at);
        let Some((lane, after)) = rest.split_first_mut() else {
            return;
        };
        let key = match key {
            Some(key) if key < at => before.get(key),
            Some(key) if key > at => after.get(key - at - 1),
            _ => None,
        };
        lane.strip.duck(key.map(|key| &key.sound[..]), &mut gains);
        lane.ducking = gains;
    }

    /// Makes a lane of each of these tracks; those that were there keep their state.
    fn hear<'t>(&mut self, tracks: impl Iterator<Item = &'t Track>) {
        let tracks: Vec<(TrackId, &TrackMix)> =
            tracks.map(|track| (track.id, &track.mix)).collect();
        let same = self.lanes.iter().map(|lane| lane.track);
        if !same.eq(tracks.iter().map(|(track, _)| *track)) {
            let mut known = std::mem::take(&mut self.lanes);
            self.lanes.extend(tracks.iter().map(|(track, mix)| {
                let place = known.iter().position(|lane| lane.track == *track);
                place.map_or_else(|| Lane::new(*track, mix), |place| known.swap_remove(place))
            }));
        }
        for (lane, (_, mix)) in self.lanes.iter_mut().zip(tracks) {
            lane.strip.tune(mix);
        }
    }
}

impl Lane {
    fn new(track: TrackId, mix: &TrackMix) -> Self {
        Self {
            track,
            strip: Strip::new(mix),
            sound: Vec::new(),
            ducking: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::mixing::MixEdit;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::edit::tracks::TrackEdit;
    use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_timeline::mixing::TrackSetting;
    use kinora_timeline::{Clip, ContentHash, Edit, Frames, MediumId, Source};

    use super::super::samples::sample_at;
    use super::*;

    const SECOND: i64 = 48_000;

    /// Clips that begin at the second frame of their source are speech, the others music: a steady bass and a treble that
    /// swells.
    struct Tones;

    impl ClipSounds for Tones {
        fn add(
            &mut self,
            project: &Project,
            segments: &[&Segment],
            first: i64,
            into: &mut [f32],
        ) -> Result<(), MediaError> {
            for segment in segments {
                let [start, end] = [segment.range.start, segment.range.end()]
                    .map(|frame| sample_at(frame, project.rate()));
                let is_speech = segment.clip.source_start == Frames::ONE;
                for (at, pair) in (first..).zip(into.chunks_exact_mut(2)) {
                    if (start..end).contains(&at) {
                        let sound = tone(at, is_speech);
                        pair[0] += sound;
                        pair[1] += 0.5 * sound;
                    }
                }
            }
            Ok(())
        }
    }

    fn tone(at: i64, is_speech: bool) -> f32 {
        let sine = |hz: f64| (at as f64 * hz * std::f64::consts::TAU / SECOND as f64).sin();
        let sound = match is_speech {
            true => 0.5 * sine(220.0),
            false => 0.2 * sine(60.0) + 0.2 * sine(3000.0) * (1.0 + sine(0.7)),
        };
        sound as f32
    }

    #[track_caller]
    fn done(project: &Project, edit: Edit) -> Project {
        edit.apply(project).expect("an edit")
    }

    /// Thirty seconds of music on the first audio track, with speech on the second one from 6 to 9 s and from 20 to 22 s.
    fn project() -> (Project, [TrackId; 2]) {
        let medium = Medium {
            id: MediumId::from(0),
            name: "tone.wav".into(),
            content: ContentHash::of(b"tone"),
            path: "media/tone.wav".into(),
            extent: Extent::Sound {
                rate_hz: 48_000,
                samples: 100 * SECOND as u64,
            },
            has_picture: false,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        let project = done(&Project::default(), add);
        let track = Edit::Track(TrackEdit::Add {
            kind: TrackKind::Audio,
            name: String::new(),
            sync_locked: false,
        });
        let mut project = done(&project, track);
        let medium = project.media().next().expect("the medium").id;
        let tracks = project.tracks().iter();
        let audio = tracks.filter(|track| track.kind == TrackKind::Audio);
        let audio: Vec<TrackId> = audio.map(|track| track.id).collect();
        let audio = [audio[0], audio[1]];
        for (track, at, length) in [(0, 0, 30), (1, 6, 3), (1, 20, 2)] {
            let piece = Piece {
                track: audio[track],
                clip: Clip::new(
                    Source::Medium(medium),
                    Frames(track as i64),
                    Frames(24 * length),
                ),
            };
            let place = Place::Overwrite {
                at: Frames(24 * at),
                pieces: vec![piece],
            };
            project = done(&project, Edit::Place(place));
        }
        (project, audio)
    }

    fn set(project: &Project, track: TrackId, setting: TrackSetting, value: f32) -> Project {
        let edit = MixEdit::Set {
            track,
            setting,
            value,
        };
        done(project, Edit::Mix(edit))
    }

    /// The same with everything in use: the music filtered, compressed and ducked by the speech.
    fn processed() -> Project {
        let (project, [music, speech]) = project();
        let settings = [
            (music, TrackSetting::LowGain, 9.0),
            (music, TrackSetting::MidGain, -6.0),
            (music, TrackSetting::MidWidth, 4.0),
            (music, TrackSetting::HighGain, 3.0),
            (music, TrackSetting::Ratio, 4.0),
            (music, TrackSetting::DuckAmount, 12.0),
            (music, TrackSetting::Pan, -0.3),
            (speech, TrackSetting::Ratio, 3.0),
            (speech, TrackSetting::MakeUp, 4.0),
        ];
        let settings = settings.into_iter();
        let project = settings.fold(project, |project, (track, setting, value)| {
            set(&project, track, setting, value)
        });
        let key = Some(speech);
        done(&project, Edit::Mix(MixEdit::DuckBy { track: music, key }))
    }

    fn read(bus: &mut Bus, project: &Project, first: i64, samples: i64) -> Vec<f32> {
        let mut mixed = vec![0.0; 2 * samples as usize];
        let place = (project, project.open_sequence());
        bus.read(&mut Tones, place, first, &mut mixed, &mut |_, _| {})
            .expect("mixed");
        mixed
    }

    #[test]
    fn the_size_of_the_blocks_changes_no_bit() {
        let project = processed();
        let whole = read(&mut Bus::default(), &project, 0, 8 * SECOND);
        for size in [1999, 2000, 4000, 30_011] {
            let mut bus = Bus::default();
            let mut pieces = Vec::new();
            let mut at = 0;
            while at < 8 * SECOND {
                let count = size.min(8 * SECOND - at);
                pieces.extend(read(&mut bus, &project, at, count));
                at += count;
            }
            assert!(pieces == whole, "pieces of {size} samples");
        }
    }

    #[test]
    fn a_jump_into_the_middle_is_what_playing_through_gives() {
        let project = processed();
        let whole = read(&mut Bus::default(), &project, 0, 24 * SECOND);
        let mut bus = Bus::default();
        // Into the music alone, into the speech, into the release behind it, and back.
        for first in [
            15 * SECOND,
            21 * SECOND + 777,
            22 * SECOND + 4801,
            8 * SECOND,
        ] {
            let jumped = read(&mut bus, &project, first, SECOND / 2);
            let expected = &whole[2 * first as usize..];
            let differences = jumped.iter().zip(expected);
            let differences = differences.map(|(one, other)| (one - other).abs());
            let most = differences.fold(0.0, f32::max);
            assert!(most < 1e-5, "at sample {first}: {most}");
        }
    }

    #[test]
    fn music_is_quieter_by_the_amount_while_there_is_speech() {
        let (project, [music, speech]) = project();
        let project = set(&project, music, TrackSetting::DuckAmount, 12.0);
        let key = Some(speech);
        let ducked = done(&project, Edit::Mix(MixEdit::DuckBy { track: music, key }));
        let music_of = |project: &Project| {
            let mut heard = Vec::new();
            let mut sum = vec![0.0; 2 * 16 * SECOND as usize];
            let place = (project, project.open_sequence());
            let each: &mut EachTrack<'_> = &mut |track, sound| {
                if track == music {
                    heard.extend_from_slice(sound);
                }
            };
            Bus::default()
                .read(&mut Tones, place, 0, &mut sum, each)
                .expect("mixed");
            heard
        };
        let (plain, ducked) = (music_of(&project), music_of(&ducked));
        let amount = 10.0_f32.powf(-12.0 / 20.0);
        for (second, gain) in [(5, 1.0), (8, amount), (15, 1.0)] {
            let from = 2 * (second * SECOND) as usize;
            for (plain, ducked) in plain[from..].iter().zip(&ducked[from..]).take(9600) {
                let difference = (ducked - gain * plain).abs();
                assert!(difference < 1e-5, "second {second}: {difference}");
            }
        }
    }

    #[test]
    fn a_muted_key_ducks_nothing() {
        let project = processed();
        let tracks = project.playing_tracks(TrackKind::Audio);
        let speech = tracks.last().expect("the speech").id;
        let muted = done(&project, Edit::Track(TrackEdit::Mute(speech, true)));
        let music = project.tracks()[1].id;
        let plain = set(&muted, music, TrackSetting::DuckAmount, 0.0);
        let [muted, plain] =
            [&muted, &plain].map(|project| read(&mut Bus::default(), project, 0, 8 * SECOND));
        assert!(muted == plain);
    }

    #[test]
    fn memory_does_not_grow_with_the_length_of_the_mix() {
        let project = processed();
        let mut bus = Bus::default();
        let mut at = 0;
        let mut on = |bus: &mut Bus, count: i64| {
            for _ in 0..count {
                read(bus, &project, at, 2000);
                at += 2000;
            }
        };
        on(&mut bus, 24);
        let room = bus.room();
        assert!(room > 0);
        on(&mut bus, 24 * 20);
        assert_eq!(bus.room(), room);
        // A jump mixes and throws away many seconds, block by block.
        read(&mut bus, &project, 29 * SECOND, 2000);
        assert!(bus.room() < 10 * 2 * BLOCK);
    }
}
