//! Random edits: most are possible, many are refused.

use glam::{DQuat, DVec3};
use kinora_timeline::camera::{CameraKey, EaseCurve, Easing, Move, Pose, preset};
use kinora_timeline::cast::Character;
use kinora_timeline::clip::{Fit, InBetweens, Label, Look};
use kinora_timeline::curve::PropertyKey;
use kinora_timeline::edit::arrange::Arrange;
use kinora_timeline::edit::camera::CameraEdit;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::remove::Remove;
use kinora_timeline::edit::sequences::SequenceEdit;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::effect::EFFECTS;
use kinora_timeline::marker::Marker;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::mixing::{MASTER_NUMBERS, TRACK_NUMBERS};
use kinora_timeline::shot::loras::{Expert, ShotLora};
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{CastMember, ModelLength, Origin, Shot};
use kinora_timeline::speed_ramp::SpeedKey;
use kinora_timeline::stage::{Form, StandIn, StandInKey};
use kinora_timeline::title::{Title, TitleRole};
use kinora_timeline::{
    Amendment, Clip, ClipId, ContentHash, CueId, Edge, Edit, FadeShape, FrameRange, FrameRate,
    Frames, MarkerId, MediumId, Project, ShotId, Size, Source, Speed, SpeedRamp, SubtitleTrackId,
    TrackId, TrackKind, TransitionKind,
};

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

fn sequence(project: &Project, clip: ClipId, clips: &[ClipId], dice: &mut Dice) -> Edit {
    let sequences = project.sequences();
    let (sequence, _) = &sequences[dice.below(sequences.len() as u64) as usize];
    Edit::Sequence(match dice.below(7) {
        0 if sequences.len() < MOST_SEQUENCES => SequenceEdit::Add {
            name: "more".into(),
        },
        1 | 2 if sequences.len() < MOST_SEQUENCES => SequenceEdit::Nest {
            clips: vec![clip, dice.one_of(clips).expect("there")],
            name: "nested".into(),
        },
        3 => SequenceEdit::Rename {
            sequence: *sequence,
            name: format!("S{}", dice.below(9)),
        },
        4 => SequenceEdit::Remove(*sequence),
        5 => SequenceEdit::Unnest { clip },
        _ => {
            let piece = Piece {
                track: project.tracks()[0].id,
                clip: Clip::new(
                    Source::Sequence(*sequence),
                    dice.frames(0, 9),
                    dice.frames(1, 20),
                ),
            };
            return Edit::Place(Place::Overwrite {
                at: dice.frames(0, 60),
                pieces: vec![piece],
            });
        }
    })
}

const MOST_SUBTITLE_TRACKS: usize = 3;

fn subtitle(project: &Project, dice: &mut Dice) -> Edit {
    let tracks: Vec<SubtitleTrackId> = project.subtitle_tracks().iter().map(|one| one.id).collect();
    let cues = project.subtitle_tracks().iter();
    let cues = cues.flat_map(|track| track.cues()).map(|cue| cue.id);
    let cues: Vec<CueId> = cues.collect();
    let texts = ["Hello", "Where are you?\nHere.", "one two three", "<i></i>"]; // the last is refused
    let by = dice.frames(-6, 6);
    let at = dice.frames(-1, 90);
    let new = |dice: &mut Dice| NewCue {
        range: FrameRange {
            start: at,
            length: dice.frames(0, 12),
        },
        text: dice.one_of(&texts).unwrap_or_default().into(),
    };
    let Some(track) = dice.one_of(&tracks) else {
        return Edit::Subtitle(SubtitleEdit::AddTrack {
            name: String::new(),
            language: "en".into(),
            cues: vec![new(dice)],
        });
    };
    let add = SubtitleEdit::Add {
        track,
        cue: new(dice),
    };
    let Some(cue) = dice.one_of(&cues) else {
        return Edit::Subtitle(add);
    };
    let edge = if dice.coin() { Edge::Head } else { Edge::Tail };
    Edit::Subtitle(match dice.below(16) {
        0 if tracks.len() < MOST_SUBTITLE_TRACKS => SubtitleEdit::AddTrack {
            name: "Deutsch".into(),
            language: dice.one_of(&["de", "no tag"]).unwrap_or_default().into(),
            cues: Vec::new(),
        },
        1 => SubtitleEdit::RemoveTrack(track),
        2 => SubtitleEdit::NameTrack {
            track,
            name: format!("T{}", dice.below(3)),
            language: String::new(),
        },
        3 => SubtitleEdit::Lock(track, dice.below(3) == 0),
        4 => SubtitleEdit::Hide(track, dice.coin()),
        5 => SubtitleEdit::SyncLock(track, dice.below(3) > 0),
        6 => SubtitleEdit::ShiftAll { track, by },
        7 => SubtitleEdit::Move {
            cues: vec![cue, dice.one_of(&cues).expect("there")],
            by,
        },
        8 | 9 => SubtitleEdit::Trim { cue, edge, by },
        10 => SubtitleEdit::Split { cue, at },
        11 => SubtitleEdit::Join(cue),
        12 => SubtitleEdit::Retype {
            cue,
            text: dice.one_of(&texts).unwrap_or_default().into(),
        },
        13 => SubtitleEdit::Remove(vec![cue]),
        _ => add,
    })
}

/// A speed ramp of up to three keys; without keys the speed is constant again.
fn ramp(dice: &mut Dice) -> SpeedRamp {
    let mut frame = dice.between(-9, 9);
    let keys = (0..dice.below(4)).map(|_| {
        frame += dice.between(1, 20);
        SpeedKey {
            frame: Frames(frame),
            factor: dice.below(5) as u32 * 5000,
            easing: easing(dice),
        }
    });
    SpeedRamp {
        keys: keys.collect(),
    }
}

/// An easing without handles, or a curve.
fn easing(dice: &mut Dice) -> Easing {
    if dice.below(3) > 0 {
        return dice.one_of(&Easing::ALL).unwrap_or_default().0;
    }
    let mut part = || dice.below(u64::from(EaseCurve::PARTS) + 1) as u16;
    Easing::Curve(EaseCurve::from([part(), part(), part(), part()]))
}

fn place(project: &Project, track: TrackId, dice: &mut Dice) -> Edit {
    let media = project.media().map(|medium| Source::Medium(medium.id));
    let shots = project.shots().map(|shot| Source::Shot(shot.id));
    let titles = project.titles().map(|title| Source::Title(title.id));
    let sources: Vec<Source> = media.chain(shots).chain(titles).collect();
    let mut piece = |track| {
        let source = dice
            .one_of(&sources)
            .unwrap_or(Source::Medium(MediumId::from(9999)));
        let mut clip = Clip::new(source, dice.frames(0, 60), dice.frames(1, 40));
        clip.label = dice
            .one_of(&[Label::None, Label::Red, Label::Blue])
            .unwrap_or_default();
        Piece { track, clip }
    };
    let mut pieces = vec![piece(track)];
    let other = project.tracks()[0].id;
    if other != track
        && project
            .track(track)
            .is_some_and(|track| track.kind == TrackKind::Audio)
    {
        pieces.push(piece(other));
    }
    let at = dice.frames(-1, project.end().0 + 8);
    Edit::Place(match dice.below(5) {
        4 => Place::Gap {
            at,
            length: dice.frames(0, 20),
            tracks: vec![track],
        },
        0 => Place::Insert { at, pieces },
        1 => Place::Append { pieces },
        _ => Place::Overwrite { at, pieces },
    })
}

fn transition(clip: ClipId, dice: &mut Dice) -> Edit {
    let kinds = [
        TransitionKind::Dissolve,
        TransitionKind::DipToBlack,
        TransitionKind::WipeRight,
    ];
    Edit::Transition(match dice.below(5) {
        0 => TransitionEdit::Remove { clip },
        1 => TransitionEdit::Move {
            clip,
            by: dice.frames(-2, 2),
        },
        _ => TransitionEdit::Set {
            clip,
            kind: dice.one_of(&kinds).unwrap_or(TransitionKind::Dissolve),
            before: dice.frames(0, 6),
            after: dice.frames(0, 6),
        },
    })
}

fn look(project: &Project, clip: ClipId, dice: &mut Dice) -> ClipEdit {
    match dice.below(5) {
        3 => ClipEdit::InBetweens {
            clips: vec![clip],
            in_betweens: match dice.coin() {
                true => InBetweens::Smooth,
                false => InBetweens::None,
            },
        },
        0 => ClipEdit::Enable {
            clips: vec![clip],
            enabled: dice.coin(),
        },
        1 => ClipEdit::Label {
            clips: vec![clip],
            label: Label::Green,
        },
        2 => {
            let source = project
                .shots()
                .next()
                .map_or(Source::Medium(MediumId::from(1)), |shot| {
                    Source::Shot(shot.id)
                });
            ClipEdit::Replace {
                clip,
                source,
                source_start: dice.frames(0, 50),
            }
        }
        _ => {
            let mut look = Look {
                fade_in: dice.frames(0, 9),
                fade_out: dice.frames(0, 9),
                ..Look::default()
            };
            look.transform.fit = dice
                .one_of(&[Fit::Inside, Fit::Fill, Fit::Stretch])
                .unwrap_or_default();
            let shapes = [(); 2].map(|()| dice.one_of(&FadeShape::ALL).unwrap_or_default().0);
            [look.fade_in_shape, look.fade_out_shape] = shapes;
            // Some effects anywhere in what the inspector offers.
            for effect in &EFFECTS {
                if dice.below(3) > 0 {
                    continue;
                }
                let (low, high) = (*effect.offered.start(), *effect.offered.end());
                let mut value = || low + (high - low) * (dice.below(9) as f32 / 8.0);
                *(effect.get_mut)(&mut look) = value();
                if (effect.property as u64).is_multiple_of(2) {
                    let values = [value(), value()];
                    let first = dice.frames(-9, 9);
                    let key = |(number, value): (i64, f32)| PropertyKey {
                        frame: first + Frames(number * 5),
                        value,
                        easing: Easing::InOut,
                    };
                    let keys = (0..).zip(values).map(key).collect();
                    look.set_curve(effect.property, keys);
                }
            }
            ClipEdit::Look { clip, look }
        }
    }
}

fn track_edit(track: TrackId, dice: &mut Dice) -> Edit {
    Edit::Track(match dice.below(15) {
        0 => TrackEdit::Add {
            kind: TrackKind::Audio,
            name: String::new(),
            sync_locked: dice.coin(),
        },
        1 | 2 => TrackEdit::Remove { track },
        3 => TrackEdit::Reorder {
            track,
            to: dice.below(3) as usize,
        },
        4 => TrackEdit::Rename {
            track,
            name: format!("T{}", dice.below(9)),
        },
        5 => TrackEdit::Lock(track, true),
        6..=8 => TrackEdit::Lock(track, false),
        9 => TrackEdit::Mute(track, dice.coin()),
        10..=12 => TrackEdit::SyncLock(track, dice.coin()),
        _ => TrackEdit::Solo(track, dice.coin()),
    })
}

/// A number of the mixer within its range, or a track that ducks another one.
fn mix_edit(track: TrackId, tracks: &[TrackId], dice: &mut Dice) -> Edit {
    let within = |limits: &std::ops::RangeInclusive<f32>, dice: &mut Dice| {
        let (low, high) = (*limits.start(), *limits.end());
        low + (high - low) * (dice.below(10) as f32 / 8.0) // more than the highest is refused
    };
    Edit::Mix(match dice.below(6) {
        0 => MixEdit::Limit(dice.coin()),
        1 => {
            let number = &MASTER_NUMBERS[dice.below(MASTER_NUMBERS.len() as u64) as usize];
            MixEdit::SetMaster {
                setting: number.setting,
                value: within(&number.limits, dice),
            }
        }
        2 | 3 => MixEdit::DuckBy {
            track,
            key: dice.one_of(tracks).filter(|_| dice.below(4) > 0),
        },
        _ => {
            let number = &TRACK_NUMBERS[dice.below(TRACK_NUMBERS.len() as u64) as usize];
            MixEdit::Set {
                track,
                setting: number.setting,
                value: within(&number.limits, dice),
            }
        }
    })
}

fn mark(project: &Project, range: FrameRange, dice: &mut Dice) -> Edit {
    let markers: Vec<MarkerId> = project.markers().map(|marker| marker.id).collect();
    let marker = |id| Marker {
        id,
        range,
        label: Label::Red,
        name: "beat".into(),
        note: String::new(),
    };
    Edit::Mark(match (dice.below(4), dice.one_of(&markers)) {
        (0, Some(id)) => Mark::Remove(id),
        (1, Some(id)) => Mark::Change(marker(id)),
        (2, _) => Mark::InOut(Some(range).filter(|_| dice.coin())),
        _ => Mark::Add(marker(MarkerId::from(0))),
    })
}

fn library(project: &Project, clip: ClipId, dice: &mut Dice) -> Edit {
    let shots: Vec<_> = project.shots().map(|shot| shot.id).collect();
    let cast: Vec<_> = project.cast().map(|character| character.id).collect();
    let length = ModelLength {
        frames: 1 + 4 * dice.below(20) as u32,
        rate: FrameRate::new(16, 1).expect("a rate"),
    };
    let take = Some(ContentHash::of(&[dice.below(3) as u8])).filter(|_| dice.coin());
    Edit::Library(
        match (dice.below(14), dice.one_of(&shots), dice.one_of(&cast)) {
            (0, ..) if project.shots().count() < 12 => {
                Library::AddShot(Box::new(Shot::new("More", "", length)))
            }
            (1, Some(shot), _) => Library::RemoveShot(shot),
            (2, Some(shot), _) => Library::ChooseTake(shot, take),
            (3, Some(shot), _) => Library::ChooseSound(shot, take),
            (4, Some(shot), Some(character)) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.cast = vec![CastMember {
                    character,
                    strength: 0.5,
                }];
                let keys = vec![StandInKey {
                    frame: Frames(0),
                    position: DVec3::ZERO,
                    turn_degrees: 90.0,
                }];
                shot.stage.stand_ins = vec![StandIn {
                    name: "hero".into(),
                    form: Form::Mannequin(Some(character)),
                    size: DVec3::ONE,
                    keys,
                    colours: Some([(1, 2, 3), (4, 5, 6)]).filter(|_| dice.coin()),
                }];
                Library::ChangeShot(Box::new(shot))
            }
            (5, Some(shot), _) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.length = length;
                shot.settings.steps = Some(dice.below(30) as u32).filter(|_| dice.coin()); // 0 is refused
                shot.origin = dice
                    .one_of(&shots)
                    .map_or(Origin::Scratch, Origin::Continues);
                Library::ChangeShot(Box::new(shot))
            }
            (13, Some(shot), _) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.loras = loras(dice);
                let media: Vec<_> = project.media().map(|medium| medium.id).collect();
                shot.control = dice.one_of(&media).filter(|_| dice.coin());
                shot.kind = match dice.below(4) {
                    0 => ShotKind::Sound,
                    _ => ShotKind::Picture,
                };
                Library::ChangeShot(Box::new(shot))
            }
            (6, ..) => Library::AddCharacter(Box::new(Character::new(
                "Extra",
                &format!("extra{}", dice.below(4)),
            ))),
            (7, _, Some(character)) => Library::RemoveCharacter(character),
            (9 | 10, Some(shot), _) => Library::MoveShot {
                shot,
                before: dice.one_of(&shots).filter(|_| dice.coin()),
            },
            (12, ..) => {
                Library::Conform(dice.one_of(&FrameRate::COMMON).unwrap_or(FrameRate::FPS_24))
            }
            (8, ..) => Library::SetSize(dice.one_of(&Size::COMMON).unwrap_or(Size::COMMON[0])),
            _ => match project.clip(clip).map(|(clip, ..)| clip.source) {
                Some(Source::Medium(id)) => Library::RemoveMedium(id),
                Some(Source::Title(id)) => Library::ChangeTitle(Box::new(Title {
                    id,
                    ..Title::new("Fin", TitleRole::Subtitle)
                })),
                _ => Library::SetRate(FrameRate::new(25, 1).expect("a rate")),
            },
        },
    )
}

/// Up to three LoRAs of two files: twice the same one is refused.
fn loras(dice: &mut Dice) -> Vec<ShotLora> {
    let experts = [None, Some(Expert::HighNoise), Some(Expert::LowNoise)];
    let lora = |dice: &mut Dice| ShotLora {
        file: format!("lora{}.safetensors", dice.below(2)),
        strength: dice.between(-9, 9) as f64 / 2.0, // 4.5 is refused
        expert: dice.one_of(&experts).flatten(),
    };
    (0..dice.below(4)).map(|_| lora(dice)).collect()
}

fn camera(project: &Project, dice: &mut Dice) -> Edit {
    let shots: Vec<_> = project.shots().map(|shot| shot.id).collect();
    let Some(shot) = dice.one_of(&shots) else {
        return Edit::Mark(Mark::InOut(None));
    };
    let frame = dice.frames(0, 80);
    Edit::Camera(match dice.below(4) {
        0 => CameraEdit::SetPath(
            shot,
            dice.one_of(Move::ALL)
                .map(|which| preset(which, 1.0, Frames(81), Pose::START)),
        ),
        1 => {
            let pose = Pose {
                position: DVec3::new(0.1, -1.5, 0.3),
                orientation: DQuat::from_rotation_y(0.1),
                focal_mm: 35.0,
            };
            let key = CameraKey {
                tangent: dice
                    .one_of(&[None, Some(DVec3::new(0.02, 0.0, -0.1))])
                    .flatten(),
                ..CameraKey::new(frame, pose)
            };
            CameraEdit::SetKey(shot, key)
        }
        2 => CameraEdit::MoveKey {
            shot,
            from: Frames(80),
            to: frame,
        },
        _ => CameraEdit::RemoveKey(shot, Frames(0)),
    })
}
