//! The sum of the tracks: blocks of any size, jumps, ducking, memory. The clips are tones made here, without files.

use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::mixing::TrackSetting;
use kinora_timeline::{Clip, ContentHash, Edit, Frames, MediumId, Source};

use super::*;
use crate::mix::samples::sample_at;

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
