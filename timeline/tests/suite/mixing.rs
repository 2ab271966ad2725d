//! Edits of the mixer: what is refused, what is undone, what removing and nesting do to it, and how it is stored.

use std::path::Path;

use kinora_timeline::check::check;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::sequences::SequenceEdit;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::mixing::{MasterSetting, TrackMix, TrackSetting};
use kinora_timeline::{
    Clip, ContentHash, Edit, Frames, History, MediumId, Project, Source, Track, TrackId, TrackKind,
    file, otio,
};

#[track_caller]
fn done(project: &Project, edit: Edit) -> Project {
    let after = edit.apply(project).expect("an edit");
    assert_eq!(check(&after), []);
    after
}

#[track_caller]
fn refused(project: &Project, edit: MixEdit) -> String {
    let refusal = Edit::Mix(edit).apply(project).expect_err("refused");
    refusal.to_string()
}

/// A project with two audio tracks, each with a clip.
fn project() -> (Project, [TrackId; 2]) {
    let add = TrackEdit::Add {
        kind: TrackKind::Audio,
        name: String::new(),
        sync_locked: false,
    };
    let project = done(&Project::default(), Edit::Track(add));
    let medium = Medium {
        id: MediumId::from(0),
        name: "tone".into(),
        content: ContentHash::of(b"tone"),
        path: "media/tone".into(),
        extent: Extent::Sound {
            rate_hz: 48_000,
            samples: 480_000,
        },
        has_picture: false,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let project = done(
        &project,
        Edit::Library(Library::AddMedium(Box::new(medium))),
    );
    let medium = project.media().next().expect("the medium").id;
    let audio = audio(&project);
    let audio = [audio[0].id, audio[1].id];
    let pieces = audio.map(|track| Piece {
        track,
        clip: Clip::new(Source::Medium(medium), Frames::ZERO, Frames(48)),
    });
    let pieces = pieces.to_vec();
    let at = Frames::ZERO;
    let place = Edit::Place(Place::Overwrite { at, pieces });
    (done(&project, place), audio)
}

fn audio(project: &Project) -> Vec<Track> {
    let tracks = project.tracks().iter();
    let audio = tracks.filter(|track| track.kind == TrackKind::Audio);
    audio.map(|track| Track::clone(track)).collect()
}

fn set(track: TrackId, setting: TrackSetting, value: f32) -> MixEdit {
    MixEdit::Set {
        track,
        setting,
        value,
    }
}

fn duck(track: TrackId, key: TrackId) -> MixEdit {
    let key = Some(key);
    MixEdit::DuckBy { track, key }
}

/// The first track filtered, the second one ducked by the first.
fn mixed() -> (Project, [TrackId; 2]) {
    let (project, [speech, music]) = project();
    let edits = [
        set(speech, TrackSetting::MidGain, 3.5),
        set(music, TrackSetting::DuckAmount, 9.0),
        duck(music, speech),
        MixEdit::Limit(true),
    ];
    let project = edits
        .into_iter()
        .fold(project, |project, edit| done(&project, Edit::Mix(edit)));
    (project, [speech, music])
}

#[test]
fn a_number_out_of_its_range_a_video_track_and_a_key_that_is_none_are_refused() {
    let (project, [speech, music]) = project();
    let video = project.tracks()[0].id;
    for (edit, why) in [
        (
            set(speech, TrackSetting::Ratio, 21.0),
            "ratio runs from 1 to 20 : 1",
        ),
        (
            set(speech, TrackSetting::Gain, f32::NAN),
            "gain runs from -100 to 24 dB",
        ),
        (
            set(video, TrackSetting::Gain, 3.0),
            "a video track has no sound to mix",
        ),
        (duck(music, music), "a track cannot duck itself"),
        (
            duck(music, video),
            "only an audio track can duck another one",
        ),
        (
            duck(music, TrackId::from(999)),
            "this track is no longer there",
        ),
        (
            set(speech, TrackSetting::Gain, 0.0),
            "that is how it is already",
        ),
        (
            MixEdit::SetMaster {
                setting: MasterSetting::Ceiling,
                value: 1.0,
            },
            "ceiling runs from -20 to 0 dBTP",
        ),
    ] {
        assert_eq!(refused(&project, edit), why);
    }
}

#[test]
fn each_change_is_a_step_with_a_name_and_is_undone() {
    let (project, [speech, _]) = project();
    let mut history = History::of(project.clone());
    let edit = Edit::Mix(set(speech, TrackSetting::MakeUp, 6.0));
    assert_eq!(edit.name(), "change make-up gain");
    history.apply(&edit).expect("possible");
    history
        .apply(&Edit::Mix(MixEdit::Limit(true)))
        .expect("possible");
    assert!(history.project().master().limiter.is_on);
    while history.undo().is_some() {}
    assert_eq!(history.project().fingerprint(), project.fingerprint());
}

#[test]
fn a_mix_is_stored_and_a_neutral_one_is_left_out() {
    let (plain, _) = project();
    let text = file::to_text(&plain).expect("text");
    for word in ["mix", "master", "ducking", "limiter"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    let (mixed, _) = mixed();
    let text = file::to_text(&mixed).expect("text");
    let again = file::from_text(&text, Path::new("project.ron")).expect("a project");
    assert_eq!(again, mixed);
    let (cut, _) = otio::write(&mixed, "film", &otio::ProjectAddresses::default());
    let again = otio::read(&cut).expect("a cut");
    assert_eq!(again.losses, []);
    assert_eq!(again.project, mixed);
}

#[test]
fn a_key_of_another_project_is_renamed_or_dropped() {
    let (mixed, _) = mixed();
    let (cut, _) = otio::write(&mixed, "film", &otio::ProjectAddresses::default());
    // As another program that keeps the notes of tracks, but not that of the timeline.
    let mut cut: serde_json::Value = serde_json::from_str(&cut).expect("JSON");
    cut["metadata"] = serde_json::json!({});
    let read = otio::read(&cut.to_string()).expect("a cut").project;
    let tracks = audio(&read);
    assert_eq!(tracks[1].mix.ducking.key, Some(tracks[0].id));
    let children = cut["tracks"]["children"].as_array_mut().expect("tracks");
    children.remove(1); // the key
    let read = otio::read(&cut.to_string()).expect("a cut").project;
    assert_eq!(audio(&read)[0].mix.ducking.key, None);
}

#[test]
fn a_removed_track_ducks_nothing_any_more() {
    let (mixed, [speech, music]) = mixed();
    let clips = mixed.track(speech).expect("the track");
    let clips = clips.clips().map(|(clip, _)| clip.id).collect();
    let lift = kinora_timeline::edit::remove::Remove::Lift { clips };
    let unlink = kinora_timeline::edit::clips::ClipEdit::Unlink {
        clips: mixed
            .track(music)
            .expect("the track")
            .clips()
            .map(|(clip, _)| clip.id)
            .collect(),
    };
    let empty = done(&done(&mixed, Edit::Clip(unlink)), Edit::Remove(lift));
    let removed = done(&empty, Edit::Track(TrackEdit::Remove { track: speech }));
    let mix = removed.track(music).expect("the track").mix;
    assert_eq!((mix.ducking.key, mix.ducking.amount_db as i32), (None, 9));
}

#[test]
fn a_nested_sound_is_mixed_inside_and_its_clip_lies_on_a_track_that_changes_nothing() {
    let (mixed, _) = mixed();
    let clips = audio(&mixed);
    let clips = clips.iter().flat_map(Track::clips);
    let clips = clips.map(|(clip, _)| clip.id).collect();
    let name = "scene".to_owned();
    let nested = done(&mixed, Edit::Sequence(SequenceEdit::Nest { clips, name }));
    let outside = audio(&nested);
    let with_clips = outside.iter().filter(|track| !track.is_empty());
    let with_clips: Vec<&Track> = with_clips.collect();
    assert_eq!(with_clips.len(), 1);
    assert_eq!(with_clips[0].mix, TrackMix::default());
    let (clip, _) = with_clips[0].clips().next().expect("the nested clip");
    let Source::Sequence(inner) = clip.source else {
        panic!("a nested clip");
    };
    let inside = nested.tracks_of(inner).expect("its tracks").iter();
    let inside = inside.filter(|track| track.kind == TrackKind::Audio);
    let inside: Vec<_> = inside.collect();
    assert!(!inside[0].mix.is_neutral());
    assert_eq!(inside[1].mix.ducking.key, Some(inside[0].id));
}
