//! Random edits: most are possible, many are refused.

mod clips;
mod library;
mod tracks;

use kinora_timeline::cast::Character;
use kinora_timeline::edit::arrange::Arrange;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::remove::Remove;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::title::{Title, TitleRole};
use kinora_timeline::{
    Amendment, ClipId, ContentHash, Edge, Edit, FrameRange, FrameRate, Frames, MediumId, Project,
    ShotId, Speed, TrackId, TrackKind,
};

use clips::{look, place, ramp, transition};
use library::{camera, library};
use tracks::{mark, mix_edit, sequence, subtitle, track_edit};

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed on every machine.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 up to, but not including, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    pub fn frames(&mut self, low: i64, high: i64) -> Frames {
        Frames(self.between(low, high))
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let place = self.below(all.len() as u64) as usize;
        all.get(place).copied()
    }
}

const MOST_CLIPS: usize = 60;

const MOST_SEQUENCES: usize = 5;

/// A take that arrives for one of the shots, or for none that exists.
pub fn amendment(project: &Project, dice: &mut Dice) -> Amendment {
    let shots: Vec<_> = project.shots().map(|shot| shot.id).collect();
    if dice.below(3) == 0 {
        return opening(project, dice);
    }
    let shot = dice.one_of(&shots).unwrap_or(ShotId::from(9999));
    let take = ContentHash::of(&[dice.below(3) as u8]);
    match dice.below(4) {
        0 => Amendment::FirstSound { shot, take },
        _ => Amendment::FirstTake { shot, take },
    }
}

/// One of the sequences is opened.
pub fn opening(project: &Project, dice: &mut Dice) -> Amendment {
    let sequences = project.sequences();
    let (sequence, _) = &sequences[dice.below(sequences.len() as u64) as usize];
    Amendment::Open(*sequence)
}

/// A project with a little of everything to edit.
pub fn first_project() -> Project {
    let mut project = Project::default();
    let mut add = |edit: Library| project = Edit::Library(edit).apply(&project).expect("possible");
    for (name, picture, sound) in [("A", true, false), ("B", true, true), ("m", false, true)] {
        add(Library::AddMedium(Box::new(medium(name, picture, sound))));
    }
    add(Library::AddCharacter(Box::new(Character::new(
        "Hero", "hero",
    ))));
    let length = ModelLength {
        frames: 81,
        rate: FrameRate::new(16, 1).expect("a rate"),
    };
    for name in ["Arrival", "Departure"] {
        add(Library::AddShot(Box::new(Shot::new(
            name,
            "@hero walks",
            length,
        ))));
    }
    add(Library::AddTitle(Box::new(Title::new(
        "The End",
        TitleRole::Title,
    ))));
    for kind in [TrackKind::Video, TrackKind::Audio] {
        project = Edit::Track(TrackEdit::Add {
            kind,
            name: String::new(),
            sync_locked: true,
        })
        .apply(&project)
        .expect("possible");
    }
    project
}

pub fn medium(name: &str, has_picture: bool, has_sound: bool) -> Medium {
    Medium {
        id: MediumId::from(0),
        name: name.into(),
        content: ContentHash::of(name.as_bytes()),
        path: format!("media/{name}"),
        extent: if name == "B" {
            Extent::Still
        } else {
            Extent::Video {
                rate: FrameRate::new(25, 1).expect("a rate"),
                frames: Frames(250),
            }
        },
        has_picture,
        has_sound,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    }
}

/// A random edit of the project.
pub fn edit(project: &Project, dice: &mut Dice) -> Edit {
    let clips: Vec<ClipId> = project
        .tracks()
        .iter()
        .flat_map(|track| track.clips())
        .map(|(clip, _)| clip.id)
        .collect();
    let tracks: Vec<TrackId> = project.tracks().iter().map(|track| track.id).collect();
    let track = dice.one_of(&tracks).expect("a film has tracks");
    let Some(clip) = dice.one_of(&clips) else {
        return place(project, track, dice);
    };
    if clips.len() > MOST_CLIPS {
        return Edit::Remove(Remove::Extract { clips: vec![clip] });
    }
    let by = if dice.coin() {
        dice.frames(-3, 3)
    } else {
        dice.frames(-40, 40)
    };
    let at = dice.frames(-2, project.end().0 + 10);
    let edge = if dice.coin() { Edge::Head } else { Edge::Tail };
    let range = FrameRange {
        start: at,
        length: dice.frames(0, 30),
    };
    let some_tracks: Vec<TrackId> = tracks.iter().copied().filter(|_| dice.coin()).collect();
    match dice.below(38) {
        0..=6 => place(project, track, dice),
        7 => Edit::Remove(Remove::Lift { clips: vec![clip] }),
        8 => Edit::Remove(Remove::Extract { clips: vec![clip] }),
        9 => Edit::Remove(if dice.coin() {
            Remove::LiftRange {
                range,
                tracks: some_tracks,
            }
        } else {
            Remove::ExtractRange {
                range,
                tracks: some_tracks,
            }
        }),
        10 => Edit::Remove(Remove::CloseGap { track, at }),
        11 => Edit::Trim(Trim::Ripple { clip, edge, by }),
        12 => Edit::Trim(Trim::Edge { clip, edge, by }),
        13 => Edit::Trim(Trim::Roll { clip, by }),
        14 => Edit::Trim(Trim::Slip { clip, by }),
        15 => Edit::Trim(Trim::Slide { clip, by }),
        16 => {
            let (.., range) = project.clip(clip).expect("there");
            Edit::Trim(Trim::ToPlayhead {
                clip,
                edge,
                at: range.start + dice.frames(0, range.length.0),
                ripple: dice.coin(),
            })
        }
        17 => Edit::Trim(Trim::Razor {
            at,
            tracks: some_tracks,
        }),
        18 => Edit::Trim(Trim::Join { clip }),
        19 | 20 => {
            let other = dice.one_of(&clips).expect("there");
            Edit::Arrange(Arrange::Move {
                clips: vec![clip, other],
                by,
                up: dice.between(-1, 1) as i32,
            })
        }
        21 => Edit::Arrange(Arrange::RippleMove { clip, to: at }),
        22 => Edit::Arrange(Arrange::Swap {
            one: clip,
            other: dice.one_of(&clips).expect("there"),
        }),
        23 | 24 => transition(clip, dice),
        25 if dice.coin() => Edit::Clip(ClipEdit::Ramp {
            clip,
            ramp: ramp(dice),
            ripple: dice.coin(),
        }),
        25 => {
            let speed =
                Speed::new(dice.between(-4, 4) as i32, dice.between(1, 4) as u32).expect("a speed");
            Edit::Clip(ClipEdit::Speed {
                clip,
                speed,
                ripple: dice.coin(),
            })
        }
        26 => Edit::Clip(look(project, clip, dice)),
        27 => {
            let other = dice.one_of(&clips).expect("there");
            let clips = vec![clip, other];
            Edit::Clip(match dice.below(6) {
                0 | 1 => ClipEdit::Link { clips },
                2 => ClipEdit::Unlink { clips: vec![clip] },
                3 | 4 => ClipEdit::Group { clips },
                _ => ClipEdit::Ungroup { clips: vec![clip] },
            })
        }
        28 if dice.coin() => mix_edit(track, &tracks, dice),
        28 => track_edit(track, dice),
        29 => mark(project, range, dice),
        30..=32 => library(project, clip, dice),
        33 => sequence(project, clip, &clips, dice),
        35..=37 => subtitle(project, dice),
        _ => camera(project, dice),
    }
}
