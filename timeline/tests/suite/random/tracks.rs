//! Random edits of tracks, of the mixer, of marks, of nested sequences and of subtitles.
//! Drawn from a seed, as all random edits are.

use kinora_timeline::clip::Label;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::sequences::SequenceEdit;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::marker::Marker;
use kinora_timeline::mixing::{MASTER_NUMBERS, TRACK_NUMBERS};
use kinora_timeline::{
    Clip, ClipId, CueId, Edge, Edit, FrameRange, MarkerId, Project, Source, SubtitleTrackId,
    TrackId, TrackKind,
};

use super::{Dice, MOST_SEQUENCES};

pub(super) fn sequence(project: &Project, clip: ClipId, clips: &[ClipId], dice: &mut Dice) -> Edit {
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

pub(super) fn subtitle(project: &Project, dice: &mut Dice) -> Edit {
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

pub(super) fn track_edit(track: TrackId, dice: &mut Dice) -> Edit {
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
pub(super) fn mix_edit(track: TrackId, tracks: &[TrackId], dice: &mut Dice) -> Edit {
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

pub(super) fn mark(project: &Project, range: FrameRange, dice: &mut Dice) -> Edit {
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
