//! Tests of exports: the files in their way, what is made before them, what is written beside them, and the report of
//! missing media.

use kinora_render::SubtitleDelivery;
use kinora_render::project::ProjectFiles;
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::subtitle_file::SubtitleFormat;
use kinora_timeline::{Clip, ContentHash, Edit, FrameRate, MediumId, Source, TrackKind};

use super::*;

#[test]
fn no_file_of_the_film_is_replaced_by_an_export_of_it() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("Sea.kinora");
    let file = folder.join("project.ron");
    std::fs::create_dir(&folder).expect("made");
    std::fs::write(&file, "film").expect("written");
    let request = ExportRequest {
        path: file.clone(),
        format: Format::MP4,
        range: None,
        existing: Existing::Replace,
        settings: ExportSettings::default(),
    };
    let ended = export_video(&Project::default(), &folder, &request, &mut |_, _| true);
    let failure = ended.expect_err("refused");
    assert!(failure.cause.contains("folder of the project"), "{failure}");
    assert_eq!(std::fs::read(&file).expect("read"), b"film");
}

fn prepared(
    project: &Project,
    folder: &Path,
    (request, preparation): (&ExportRequest, &Preparation),
) -> Result<ExportOutcome, Failure> {
    let both = (request, preparation);
    let is_cancelled = || false;
    export_prepared(
        project,
        folder,
        both,
        &is_cancelled,
        &mut |_| {},
        &mut |_, _| true,
    )
}

#[test]
fn the_pictures_of_another_export_are_kept_by_a_folder_with_a_number() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("frames");
    std::fs::create_dir(&path).expect("made");
    std::fs::write(path.join("000000.png"), "a picture").expect("written");
    let request = ExportRequest {
        path,
        format: Format::PNG,
        range: None,
        existing: Existing::Keep,
        settings: ExportSettings::default(),
    };
    let film = root.path().join("Sea.kinora");
    let both = (&request, &Preparation::default());
    let failure = prepared(&Project::default(), &film, both).expect_err("an empty timeline");
    assert!(failure.cause.contains("nothing to write"), "{failure}");
    assert!(root.path().join("frames 2").is_dir());
}

fn apply(project: &Project, edit: Edit) -> Project {
    edit.apply(project).expect("possible")
}

/// A film with one smooth clip of 10 frames, and the take that it shows.
fn smooth_film() -> (Project, ContentHash) {
    let length = ModelLength {
        frames: 17,
        rate: FrameRate::FPS_24,
    };
    let shot = Box::new(Shot::new("fox", "", length));
    let project = apply(&Project::default(), Edit::Library(Library::AddShot(shot)));
    let shot = project.shots().next().expect("the shot").id;
    let take = ContentHash::of(b"take");
    let choose = Library::ChooseTake(shot, Some(take));
    let project = apply(&project, Edit::Library(choose));
    let clip = Clip {
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot), Frames(0), Frames(10))
    };
    let track = project.tracks()[0].id;
    let pieces = vec![Piece { track, clip }];
    let project = apply(&project, Edit::Place(Place::Append { pieces }));
    (project, take)
}

#[test]
fn subtitles_that_cannot_be_written_leave_the_export_complete_and_are_reported() {
    let add = SubtitleEdit::AddTrack {
        name: "English".into(),
        language: "en".into(),
        cues: vec![NewCue {
            range: FrameRange::between(Frames(2), Frames(9)),
            text: "Hello".into(),
        }],
    };
    let project = apply(&smooth_film().0, Edit::Subtitle(add));
    let root = tempfile::tempdir().expect("a folder");
    let request = ExportRequest {
        path: root.path().join("film.wav"),
        format: Format::WAV,
        range: None,
        existing: Existing::Refuse,
        settings: ExportSettings {
            subtitles: SubtitleDelivery {
                burnt_in: false,
                beside: Some(SubtitleFormat::Vtt),
            },
            ..ExportSettings::default()
        },
    };
    let in_the_way = root.path().join("film.vtt");
    let film = root.path().join("Sea.kinora");
    let ended = export_video(&project, &film, &request, &mut |_, _| {
        std::fs::create_dir_all(&in_the_way).is_ok()
    });
    let Ok(ExportOutcome::Done {
        path, not_beside, ..
    }) = ended
    else {
        panic!("{ended:?}");
    };
    assert!(path.is_file());
    let failure = not_beside.expect("they are not written");
    assert!(failure.cause.contains("film.vtt"), "{failure}");
}

#[test]
fn a_missing_source_of_in_betweens_does_not_refuse_an_export() {
    let (project, _) = smooth_film();
    let root = tempfile::tempdir().expect("a folder");
    let preparation = Preparation {
        makes_in_betweens: true,
        program: Some(root.path().join("no engine")),
        ..Preparation::default()
    };
    let prepared = prepare(
        (&project, root.path()),
        (entire_range(&project), project.size()),
        &preparation,
        &|| false,
        &mut |_| {},
    );
    assert_eq!(prepared, Ok(Some(project)), "no engine is started");
}

#[test]
fn nothing_is_made_for_an_export_of_sound_alone() {
    let (project, take) = smooth_film();
    let root = tempfile::tempdir().expect("a folder");
    let preparation = Preparation {
        makes_in_betweens: true,
        program: Some(root.path().join("no engine")),
        ..Preparation::default()
    };
    let request = |name: &str, format| ExportRequest {
        path: root.path().join(name),
        format,
        range: None,
        existing: Existing::Refuse,
        settings: ExportSettings::default(),
    };
    let film = root.path().join("Sea.kinora");
    let clip = ProjectFiles::of(&film).take_clip(take);
    std::fs::create_dir_all(clip.parent().expect("a folder")).expect("made");
    std::fs::write(clip, "a clip").expect("written");
    let ended = |request: &ExportRequest| prepared(&project, &film, (request, &preparation));
    let sound = ended(&request("film.wav", Format::WAV)).expect("written");
    assert!(matches!(sound, ExportOutcome::Done { .. }), "{sound:?}");
    let video = ended(&request("film.mp4", Format::MP4));
    assert!(video.is_err(), "there is no engine");
}

#[test]
fn an_export_with_a_missing_medium_is_complete_and_names_clip_timecode_and_file() {
    let medium = Medium {
        id: MediumId::from(0),
        name: "rain.wav".into(),
        content: ContentHash::of(b"rain"),
        path: "media/rain.wav".into(),
        extent: Extent::Sound {
            rate_hz: 48_000,
            samples: 48_000,
        },
        has_picture: false,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    };
    let add = Edit::Library(Library::AddMedium(Box::new(medium)));
    let project = apply(&Project::default(), add);
    let source = Source::Medium(project.media().next().expect("the medium").id);
    let mut tracks = project.tracks().iter();
    let track = tracks.find(|track| track.kind == TrackKind::Audio);
    let piece = Piece {
        track: track.expect("a track").id,
        clip: Clip::new(source, Frames::ZERO, Frames(6)),
    };
    let pieces = vec![piece];
    let project = apply(&project, Edit::Place(Place::Append { pieces }));
    let root = tempfile::tempdir().expect("a folder");
    let film = root.path().join("Sea.kinora");
    let request = ExportRequest {
        path: root.path().join("film.wav"),
        format: Format::WAV,
        range: None,
        existing: Existing::Refuse,
        settings: ExportSettings::default(),
    };
    let ended = export_video(&project, &film, &request, &mut |_, _| true);
    let Ok(ExportOutcome::Done { path, replaced, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert!(path.is_file());
    let [report] = &replaced[..] else {
        panic!("{replaced:?}");
    };
    assert!(report.starts_with("rain.wav at 00:00:00:00: "), "{report}");
    let file = film.join("media/rain.wav");
    assert!(report.contains(&file.display().to_string()), "{report}");
    assert!(report.contains("kinora relink"), "{report}");
}
