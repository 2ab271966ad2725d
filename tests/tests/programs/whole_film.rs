//! A whole project without a window: cast, three shots with moving cameras generated with the starter model, one of them
//! continuing another, edited with a dissolve and sound, exported as video and as OTIO, checked.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use kinora_render::media::{probe, read_sound};
use kinora_render::{ExportSettings, Format, VideoReader};
use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::exchange::export::{Existing, ExportOutcome, ExportRequest, export_video};
use kinora_studio::exchange::import::{import_medium, import_picture};
use kinora_studio::exchange::interchange::{self, AddressForm};
use kinora_studio::generate::queue::Vary;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_studio::project::check::check;
use kinora_studio::wire::Makes;
use kinora_tests::{program, tone};
use kinora_timeline::camera::{Move, Pose, preset};
use kinora_timeline::cast::Character;
use kinora_timeline::clip::Clip;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::shot::{CastMember, ModelLength, Origin, SeedPolicy, Shot};
use kinora_timeline::{
    Amendment, Edit, FrameRate, Frames, Project, Size, Source, TrackId, TrackKind, TransitionKind,
};

const PATIENCE: Duration = Duration::from_mins(4);

#[track_caller]
fn done(session: &mut Session, edit: Edit) {
    session.document_mut().apply(&edit).expect("an edit");
}

fn track(project: &Project, kind: TrackKind) -> TrackId {
    project
        .tracks()
        .iter()
        .find(|track| track.kind == kind)
        .expect("a track")
        .id
}

/// A yellow figure on a plain wall.
fn portrait(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("ada.png");
    RgbImage::from_fn(48, 64, |x, y| {
        match (14..34).contains(&x) && (10..58).contains(&y) {
            true => Rgb([240, 210, 40]),
            false => Rgb([200, 200, 200]),
        }
    })
    .save(&path)
    .expect("saved");
    path
}

fn cast_and_shots(session: &mut Session, portrait: &Path) {
    let content = import_picture(portrait, session.folder()).expect("a portrait");
    let ada = Character {
        references: vec![content],
        ..Character::new("Ada", "ada")
    };
    done(session, Edit::Library(Library::AddCharacter(Box::new(ada))));
    let ada = session.project().cast().next().expect("Ada").id;
    let rate = FrameRate::new(16, 1).expect("a rate");
    let words = [
        (
            "dusk",
            "@ada, a yellow robot, walks left in the desert at sunset",
            Move::OrbitLeft,
        ),
        ("closer", "@ada waves in the desert at sunset", Move::PushIn),
        ("town", "@ada stands in the city at noon", Move::PanRight),
    ];
    for (seed, (name, prompt, which)) in (1..).zip(words) {
        let shot = Shot {
            seed: SeedPolicy::Fixed(seed),
            cast: vec![CastMember {
                character: ada,
                strength: 1.0,
            }],
            camera: Some(preset(which, 0.6, Frames(17), Pose::START)),
            ..Shot::new(name, prompt, ModelLength { frames: 17, rate })
        };
        done(session, Edit::Library(Library::AddShot(Box::new(shot))));
    }
    let shots: Vec<Shot> = session
        .project()
        .shots()
        .map(|shot| Shot::clone(shot))
        .collect();
    let goes_on = Shot {
        origin: Origin::Continues(shots[0].id),
        ..shots[1].clone()
    };
    done(
        session,
        Edit::Library(Library::ChangeShot(Box::new(goes_on))),
    );
}

/// Generates every shot; a failure fails the test.
fn generate(session: &mut Session) {
    let mut production = GenerationScheduler::new(session, || {});
    let mut engine = EngineHost::new(program("kinora-engine"), || {});
    let mut seed = 100;
    let wanted = production.queue_missing(session.project(), || {
        seed += 1;
        seed
    });
    assert_eq!(wanted, 3);
    let previews = made(&mut production, &mut engine, session);
    // More takes of the first shot, to reproduce more of them.
    let set = std::env::var("KINORA_TAKES").ok();
    let takes = set.and_then(|set| set.parse().ok()).unwrap_or(3);
    let first = session
        .project()
        .shots()
        .next()
        .map(|shot| Shot::clone(shot));
    let first = first.expect("a shot");
    for fresh in 3..takes {
        let take = first.chosen.expect("its take");
        production.vary(&first, take, Vary::Seed, fresh);
    }
    made(&mut production, &mut engine, session);
    reproduced(&mut production, &mut engine, session);
    assert!(previews > 0, "nothing was seen of what was coming");
    let all = production.takes().all();
    assert_eq!(all.len() as u64, takes.max(3));
    for (name, take) in all {
        let recipe = take.recipe.expect("readable");
        assert_eq!(recipe.hash(), name);
        assert_eq!(recipe.inputs.makes, Makes::Both);
        let mut samples = 0;
        read_sound(&production.takes().sound(name), &mut |piece| {
            samples += piece.len();
            true
        })
        .expect("sound");
        assert_eq!(samples, 2 * 48_000 * 17 / 16, "as long as the frames");
        assert_eq!(
            recipe.model.files.len(),
            5,
            "each file of the model, that of its sound too: {recipe:?}"
        );
        assert!(
            recipe
                .inputs
                .camera
                .as_ref()
                .is_some_and(|camera| camera.views.len() == 17)
        );
        assert!(
            recipe.stage.is_some()
                && recipe.inputs.references.len() == 1
                && recipe.settings.steps > 0
        );
    }
}

/// Waits until the queue is empty. Returns the number of previews received.
fn made(
    production: &mut GenerationScheduler,
    engine: &mut EngineHost,
    session: &mut Session,
) -> usize {
    let end = Instant::now() + PATIENCE;
    let mut previews = 0;
    while !production.is_idle() {
        assert!(Instant::now() < end, "the shots took too long");
        for news in production.poll(engine, session.project(), false) {
            match news {
                GenerationEvent::Take(shot, take) => {
                    let amendment = Amendment::FirstTake { shot, take };
                    session.document_mut().amend(&amendment).expect("amended");
                }
                GenerationEvent::Failed(_, failure) => panic!("{failure}"),
                GenerationEvent::EngineEnded(ended) => panic!("{ended}"),
                GenerationEvent::Preview(..) => previews += 1,
                GenerationEvent::Still(..)
                | GenerationEvent::Sound(..)
                | GenerationEvent::Reproduced(..)
                | GenerationEvent::Smoothed(_) => {
                    panic!("nobody asked for that")
                }
                GenerationEvent::Begun(_) | GenerationEvent::Progress(..) => {}
            }
        }
        #[expect(clippy::disallowed_methods, reason = "a test may wait")]
        std::thread::sleep(Duration::from_millis(20));
    }
    previews
}

fn cut_together(session: &mut Session, sound: &Path) {
    let project = session.project().clone();
    let (pictures, sounds) = (
        track(&project, TrackKind::Video),
        track(&project, TrackKind::Audio),
    );
    for shot in project.shots() {
        let length = shot.available(project.rate());
        let clip = Clip::new(Source::Shot(shot.id), Frames(2), length - Frames(4));
        let pieces = vec![Piece {
            track: pictures,
            clip,
        }];
        done(session, Edit::Place(Place::Append { pieces }));
    }
    let third = session
        .project()
        .track(pictures)
        .and_then(|track| track.clips().nth(2).map(|(clip, _)| clip.id));
    let dissolve = TransitionEdit::Set {
        clip: third.expect("three clips"),
        kind: TransitionKind::Dissolve,
        before: Frames(2),
        after: Frames(2),
    };
    done(session, Edit::Transition(dissolve));
    let medium = import_medium(sound, session.folder()).expect("a sound");
    done(
        session,
        Edit::Library(Library::AddMedium(Box::new(medium.medium))),
    );
    let medium = session.project().media().next().expect("the sound").id;
    let length = session.project().end().min(Frames(48));
    let clip = Clip::new(Source::Medium(medium), Frames::ZERO, length);
    let pieces = vec![Piece {
        track: sounds,
        clip,
    }];
    done(session, Edit::Place(Place::Append { pieces }));
}

#[test]
fn a_film_is_made_from_nothing_to_a_delivered_file() {
    let root = tempfile::tempdir().expect("a folder");
    let size = Size::new(384, 256).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let mut session = Session::create(&root.path().join("First.kinora"), &project).expect("a film");
    cast_and_shots(&mut session, &portrait(root.path()));
    generate(&mut session);
    let sound = root.path().join("tone.wav");
    tone(&sound, 96_000);
    cut_together(&mut session, &sound);

    let path = root.path().join("first.mp4");
    let request = ExportRequest {
        path: path.clone(),
        format: Format::MP4,
        range: None,
        existing: Existing::Report,
        settings: ExportSettings::default(),
    };
    let ended = export_video(
        session.project(),
        session.folder(),
        &request,
        &mut |_, _| true,
    );
    assert_eq!(
        ended,
        Ok(ExportOutcome::Done {
            path: path.clone(),
            replaced: Vec::new(),
            not_beside: None,
        })
    );
    let length = session.project().end();
    let found = probe(&path).expect("a film");
    assert_eq!(
        found.picture.map(|track| track.frames),
        Some(length),
        "exact to the frame"
    );
    let mut loudest = 0.0_f32;
    read_sound(&path, &mut |samples| {
        loudest = samples
            .iter()
            .fold(loudest, |most, sample| most.max(sample.abs()));
        true
    })
    .expect("sound");
    assert!((0.25..0.35).contains(&loudest), "{loudest}");
    let mut reader = VideoReader::open(&path).expect("opens");
    let mut pictures = (0..length.0)
        .step_by(9)
        .map(|frame| reader.frame(Frames(frame)).expect("a frame"));
    let first = pictures.next().expect("a frame");
    assert!(pictures.all(|picture| picture != first), "frames change");

    let otio = root.path().join("first.otio");
    interchange::export(&session, &otio, AddressForm::Absolute).expect("exported");
    let text = fs::read_to_string(&otio).expect("a timeline");
    assert!(text.contains("clip.mkv") && text.contains("Transition.1"));
    let checked = check(session.folder(), &mut |_| {}).expect("opens");
    assert!(
        checked.files >= 5 && checked.wrong.is_empty(),
        "{checked:?}"
    );
}

/// Generates each take again from its recipe alone; every bit must be the same.
fn reproduced(production: &mut GenerationScheduler, engine: &mut EngineHost, session: &Session) {
    let project = session.project();
    let takes = production.takes().all();
    for (name, take) in &takes {
        let shot = project.shot(take.shot.expect("known")).expect("its shot");
        production.reproduce(shot, *name);
    }
    let end = Instant::now() + PATIENCE;
    let mut identical = 0;
    while !production.is_idle() {
        assert!(Instant::now() < end, "reproducing took too long");
        for news in production.poll(engine, project, false) {
            match news {
                GenerationEvent::Reproduced(_, found) => {
                    assert!(found.is_identical(), "{}", found.sentence());
                    identical += 1;
                }
                GenerationEvent::Failed(_, failure) => panic!("{failure}"),
                _ => {}
            }
        }
        #[expect(clippy::disallowed_methods, reason = "a test may wait")]
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(identical, takes.len());
}
