//! Writes the sample project into `assets/sample`: its cast, sound, shots and timeline, through the same edits as
//! in the window. Run it with the pictures of the two characters:
//!
//! ```sh
//! kinora-trainer portrait "yellow robot" -o Ada.png && kinora-trainer portrait "blue bear" -o Bo.png
//! cargo run -p kinora-studio --example make_sample -- Ada.png Bo.png
//! ```

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_studio::Session;
use kinora_studio::exchange::import::{import_medium, import_picture};
use kinora_studio::timeline::camera::{Move, Pose, preset};
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::clip::{Clip, Look};
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::edit::transitions::TransitionEdit;
use kinora_studio::timeline::file::PROJECT_FILE;
use kinora_studio::timeline::shot::{CastMember, ModelLength, SeedPolicy, Shot};
use kinora_studio::timeline::title::{Title, TitleRole};
use kinora_studio::timeline::{
    ClipId, Edit, FrameRate, Frames, Project, Size, Source, TrackId, TrackKind, TransitionKind,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Name, prompt, cast tags and camera move of each shot.
const SHOTS: [(&str, &str, &[&str], Move); 6] = [
    (
        "Morning",
        "@ada, a yellow robot, stands in the desert at dawn",
        &["ada"],
        Move::PushIn,
    ),
    (
        "On the way",
        "@ada, a yellow robot, walks left in the desert at dawn",
        &["ada"],
        Move::TruckLeft,
    ),
    (
        "A stranger",
        "@bo, a blue bear, waves in a meadow at noon",
        &["bo"],
        Move::OrbitRight,
    ),
    (
        "Hello",
        "@ada, a yellow robot, jumps in a meadow at noon",
        &["ada"],
        Move::PedestalUp,
    ),
    (
        "Town",
        "@bo, a blue bear, walks right in the city at sunset",
        &["bo"],
        Move::PanRight,
    ),
    (
        "Night",
        "@ada, a yellow robot, spins in the snow at night",
        &["ada"],
        Move::PullOut,
    ),
];
const RATE_OF_MODEL: u32 = 16;
const FRAMES_OF_MODEL: u32 = 17;
/// The sample rate of the music.
const SAMPLE_RATE_HZ: u32 = 16_000;

fn main() -> Result<()> {
    let pictures: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [ada, bo] = pictures.as_slice() else {
        return Err("name the pictures of Ada and Bo".into());
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample/First light.kinora");
    fs::remove_dir_all(&folder).ok();
    let size = Size::new(768, 512).ok_or("a size")?;
    let mut session = Session::create(&folder, &Project::new(FrameRate::FPS_24, size))?;
    let (yellow, blue) = (
        [(222, 186, 64), (132, 104, 48)],
        [(82, 128, 204), (48, 74, 132)],
    );
    cast(
        &mut session,
        [("Ada", "ada", ada, yellow), ("Bo", "bo", bo, blue)],
    )?;
    shots(&mut session)?;
    cut(&mut session)?;
    session.document_mut().save(0)?;
    drop(session);
    // Only the project itself is embedded: no journal, lock or cache.
    for entry in fs::read_dir(&folder)?.flatten() {
        let name = entry.file_name();
        let stays = [PROJECT_FILE, "characters", "media"]
            .iter()
            .any(|kept| name == *kept);
        if !stays {
            let path = entry.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

fn done(session: &mut Session, edit: Edit) -> Result<()> {
    Ok(session.document_mut().apply(&edit)?)
}

/// Name, tag, picture, and the colours of body and limbs.
type Somebody<'p> = (&'p str, &'p str, &'p PathBuf, [(u8, u8, u8); 2]);

fn cast(session: &mut Session, people: [Somebody; 2]) -> Result<()> {
    for (name, tag, picture, colours) in people {
        let content = import_picture(picture, session.folder())?;
        let character = Character {
            references: vec![content],
            colours,
            consent: "Drawn by Kinora's own world.".into(),
            ..Character::new(name, tag)
        };
        done(
            session,
            Edit::Library(Library::AddCharacter(Box::new(character))),
        )?;
    }
    Ok(())
}

fn shots(session: &mut Session) -> Result<()> {
    let length = ModelLength {
        frames: FRAMES_OF_MODEL,
        rate: FrameRate::new(RATE_OF_MODEL, 1).ok_or("a rate")?,
    };
    for (seed, (name, prompt, tags, which)) in (1..).zip(SHOTS) {
        let people = session
            .project()
            .cast()
            .filter(|character| tags.contains(&character.tag.as_str()));
        let people = people.map(|character| CastMember {
            character: character.id,
            strength: 1.0,
        });
        let shot = Shot {
            seed: SeedPolicy::Fixed(seed),
            model: "starter".into(),
            cast: people.collect(),
            camera: Some(preset(
                which,
                0.6,
                Frames(i64::from(FRAMES_OF_MODEL)),
                Pose::START,
            )),
            ..Shot::new(name, prompt, length)
        };
        done(session, Edit::Library(Library::AddShot(Box::new(shot))))?;
    }
    Ok(())
}

fn track(session: &Session, kind: TrackKind, at: usize) -> Result<TrackId> {
    let mut tracks = session
        .project()
        .tracks()
        .iter()
        .filter(|track| track.kind == kind);
    Ok(tracks.nth(at).ok_or("a track")?.id)
}

fn append(session: &mut Session, track: TrackId, clip: Clip) -> Result<ClipId> {
    let pieces = vec![Piece { track, clip }];
    done(session, Edit::Place(Place::Append { pieces }))?;
    let clips = session.project().track(track).ok_or("the track")?.clips();
    Ok(clips.last().ok_or("a clip")?.0.id)
}

fn cut(session: &mut Session) -> Result<()> {
    let video = track(session, TrackKind::Video, 0)?;
    let shots: Vec<_> = session.project().shots().map(|shot| shot.id).collect();
    let mut last = None;
    for (at, shot) in shots.into_iter().enumerate() {
        let clip = append(
            session,
            video,
            Clip::new(Source::Shot(shot), Frames(2), Frames(21)),
        )?;
        // A dissolve between places, a plain cut within one.
        if at == 2 || at == 4 || at == 5 {
            let (before, after) = (Frames(2), Frames(2));
            let kind = TransitionKind::Dissolve;
            done(
                session,
                Edit::Transition(TransitionEdit::Set {
                    clip,
                    kind,
                    before,
                    after,
                }),
            )?;
        }
        last = Some(clip);
    }
    if let Some(clip) = last {
        let look = Look {
            fade_out: Frames(8),
            ..Look::default()
        };
        done(session, Edit::Clip(ClipEdit::Look { clip, look }))?;
    }
    title(session)?;
    sound(session)
}

fn title(session: &mut Session) -> Result<()> {
    let name = String::new();
    done(
        session,
        Edit::Track(TrackEdit::Add {
            kind: TrackKind::Video,
            name,
            sync_locked: true,
        }),
    )?;
    let titles = track(session, TrackKind::Video, 1)?;
    let words = Title {
        size: 0.14,
        ..Title::new("First light", TitleRole::Title)
    };
    done(session, Edit::Library(Library::AddTitle(Box::new(words))))?;
    let title = session.project().titles().next().ok_or("the title")?.id;
    let clip = append(
        session,
        titles,
        Clip::new(Source::Title(title), Frames::ZERO, Frames(30)),
    )?;
    let look = Look {
        fade_in: Frames(6),
        fade_out: Frames(10),
        ..Look::default()
    };
    done(session, Edit::Clip(ClipEdit::Look { clip, look }))
}

fn sound(session: &mut Session) -> Result<()> {
    let end = session.project().end();
    let seconds = end.as_seconds(session.project().rate());
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("First light.wav");
    fs::write(&path, wav(&music(seconds + 0.5)))?;
    let medium = import_medium(&path, session.folder())?.medium;
    done(session, Edit::Library(Library::AddMedium(Box::new(medium))))?;
    let medium = session.project().media().next().ok_or("the sound")?.id;
    let audio = track(session, TrackKind::Audio, 0)?;
    let clip = append(
        session,
        audio,
        Clip::new(Source::Medium(medium), Frames::ZERO, end),
    )?;
    let look = Look {
        fade_in: Frames(4),
        fade_out: Frames(24),
        gain_db: -6.0,
        ..Look::default()
    };
    done(session, Edit::Clip(ClipEdit::Look { clip, look }))
}

/// Slow chords of soft tones, a new one every 1.5 seconds.
fn music(seconds: f64) -> Vec<i16> {
    const CHORDS: [[f64; 3]; 4] = [
        [220.0, 277.18, 329.63],  // A
        [185.0, 277.18, 329.63],  // f sharp minor
        [146.83, 293.66, 369.99], // D
        [164.81, 246.94, 329.63], // E
    ];
    const CHORD_SECONDS: f64 = 1.5;
    let count = (seconds * f64::from(SAMPLE_RATE_HZ)) as usize;
    let sample = |at: usize| {
        let time = at as f64 / f64::from(SAMPLE_RATE_HZ);
        let (chord, since) = ((time / CHORD_SECONDS) as usize, time % CHORD_SECONDS);
        let swell = (since / 0.12).min(1.0) * (-since * 0.9).exp();
        let tones = CHORDS[chord % CHORDS.len()].into_iter();
        let sum: f64 = tones
            .map(|hertz| (time * hertz * TAU).sin() + 0.3 * (time * 2.0 * hertz * TAU).sin())
            .sum();
        (sum * swell * 0.22 * f64::from(i16::MAX)) as i16
    };
    (0..count).map(sample).collect()
}

/// A WAV file: mono, 16 bits.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(SAMPLE_RATE_HZ.to_le_bytes());
    file.extend((SAMPLE_RATE_HZ * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}
