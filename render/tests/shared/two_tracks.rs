//! Projects with sound files for the tests of the mixer, made from functions of time: speech on one track, and on another
//! one music that is compressed and ducked. Programs of tests include this file.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use kinora_render::Format;
use kinora_render::encode::{Content, Writer};
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::mixing::TrackSetting;
use kinora_timeline::{
    Clip, ContentHash, Edit, FrameRate, Frames, MediumId, Project, Size, Source, TrackId, TrackKind,
};

/// Samples per second.
pub const RATE_HZ: u32 = 48_000;

/// A track and the sound that is for it.
pub type TrackSound = (TrackId, MediumId);

/// The project after an edit that is possible.
#[track_caller]
pub fn done(project: &Project, edit: Edit) -> Project {
    edit.apply(project).expect("an edit")
}

/// A sine at a time in seconds.
pub fn sine(hz: f64, at: f64) -> f64 {
    (at * hz * TAU).sin()
}

/// Writes a sound file of so many seconds, the same on both channels, and adds it to the project.
pub fn with_sound(
    project: &Project,
    folder: &Path,
    (name, seconds): (&str, u32),
    sample: impl Fn(f64) -> f64,
) -> (Project, MediumId) {
    fs::create_dir_all(folder.join("media")).expect("a folder");
    let path = format!("media/{name}");
    let content = Content {
        size: [2, 2],
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let file = folder.join(&path);
    let mut writer = Writer::create(&file, Format::WAV, content).expect("a writer");
    for second in 0..seconds {
        let numbers = second * RATE_HZ..(second + 1) * RATE_HZ;
        let times = numbers.map(|number| f64::from(number) / f64::from(RATE_HZ));
        let samples: Vec<f32> = times.flat_map(|at| [sample(at) as f32; 2]).collect();
        writer.sound(&samples).expect("sound");
    }
    writer.finish().expect("finished");
    let medium = Medium {
        id: MediumId::from(0),
        path,
        name: name.into(),
        content: ContentHash::of(name.as_bytes()),
        extent: Extent::Sound {
            rate_hz: RATE_HZ,
            samples: u64::from(seconds) * u64::from(RATE_HZ),
        },
        has_picture: false,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let project = done(project, Edit::Library(Library::AddMedium(Box::new(medium))));
    let medium = project.media().last().expect("the medium").id;
    (project, medium)
}

/// A project with speech and music of so many seconds, each with an audio track for it. Nothing is placed yet.
pub fn speech_and_music(
    folder: &Path,
    size: [u32; 2],
    seconds: u32,
    speech: impl Fn(f64) -> f64,
) -> (Project, [TrackSound; 2]) {
    let size = Size::new(size[0], size[1]).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let (project, speech) = with_sound(&project, folder, ("speech.wav", seconds), speech);
    let (project, music) = with_sound(&project, folder, ("music.wav", seconds), |at| {
        0.25 * sine(110.0, at) + 0.2 * sine(1320.0, at) * sine(0.5, at)
    });
    let track = TrackEdit::Add {
        kind: TrackKind::Audio,
        name: "Music".into(),
        sync_locked: false,
    };
    let project = done(&project, Edit::Track(track));
    let audio = project.playing_tracks(TrackKind::Audio);
    let audio: Vec<TrackId> = audio.map(|track| track.id).collect();
    (project, [(audio[0], speech), (audio[1], music)])
}

/// Both sounds on their tracks, from a frame on.
pub fn with_both(
    project: &Project,
    sounds: [TrackSound; 2],
    at: Frames,
    length: Frames,
) -> Project {
    let pieces = sounds.map(|(track, medium)| Piece {
        track,
        clip: Clip::new(Source::Medium(medium), Frames::ZERO, length),
    });
    let pieces = pieces.to_vec();
    done(project, Edit::Place(Place::Overwrite { at, pieces }))
}

/// The music is compressed and ducked by the speech, and both are equalised.
pub fn with_processors(project: &Project, [(speech, _), (music, _)]: [TrackSound; 2]) -> Project {
    let duck = MixEdit::DuckBy {
        track: music,
        key: Some(speech),
    };
    let project = done(project, Edit::Mix(duck));
    let settings = [
        (music, TrackSetting::DuckAmount, 9.0),
        (music, TrackSetting::Ratio, 3.0),
        (music, TrackSetting::HighGain, 6.0),
        (speech, TrackSetting::LowGain, -3.0),
    ];
    let settings = settings.into_iter();
    settings.fold(project, |project, (track, setting, value)| {
        let set = MixEdit::Set {
            track,
            setting,
            value,
        };
        done(&project, Edit::Mix(set))
    })
}
