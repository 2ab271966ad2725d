//! Benchmark of the UI thread's time per frame: with few clips and with many, idle, stepping and scrolling; and while
//! a shot is generated on the starter model and the project is exported, on the same cores. `cargo xtask bench window`
//! runs it, optimised.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use kinora_app::cli::WindowArguments;
use kinora_app::window::{Started, Window};
use kinora_render::{Content, Format, Picture, Writer};
use kinora_studio::Session;
use kinora_studio::folders::Folders;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{
    Clip, ContentHash, Edit, FrameRate, Frames, MediumId, Project, Source, TrackId, TrackKind,
};

const FRAMES: usize = 300;
const MANY: usize = 10_000;
const FEW: usize = 100;
const TRACKS: usize = 12;
const SIZE: [f32; 2] = [2560.0, 1440.0];
/// How long the thumbnails and waveforms may take.
const THUMBNAIL_PATIENCE: Duration = Duration::from_secs(20);
const BUSY_PATIENCE: Duration = Duration::from_mins(8);
/// The target for CPU time per frame while others work.
const BAR_BUSY_MILLISECONDS: f64 = 33.0;
/// The target with many clips, and for the difference from few clips.
const BAR_MILLISECONDS: f64 = 4.0;
const BAR_RATIO: f64 = 1.5;

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    println!(
        "the window's frame: layout and tessellation, {FRAMES} frames each, milliseconds of its thread"
    );
    let few = measured(home.path(), FEW);
    let many = measured(home.path(), MANY);
    let ratio = many / few;
    println!(
        "95 of 100 frames with {MANY} clips: {many:.2} ms (bar {BAR_MILLISECONDS}), {ratio:.2} times that of {FEW} (bar {BAR_RATIO})"
    );
    busy(home.path());
}

/// Steps through the timeline while a shot is generated, and then while another take is generated and the project is
/// exported.
fn busy(home: &Path) {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/kinora-engine");
    assert!(
        engine.exists(),
        "cargo build --release --package kinora-engine"
    );
    let folder = project(home, FEW);
    let mut window = opened(home, &folder, Some(engine));
    let chosen = |window: &Harness<'static, Window>| {
        let project = window.state().project().expect("a film");
        project.shots().find_map(|shot| shot.chosen)
    };
    let mut times = Vec::new();

    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter); // generates
    let first = works_on(&mut window, &mut times, |window| chosen(window).is_some());
    println!(
        "from the key that generates to the clip on the timeline, the engine's start and all: {:.1} s",
        first.as_secs_f64()
    );

    let delivered = folder.with_extension("mp4");
    let takes = || {
        let takes = std::fs::read_dir(folder.join("takes"))
            .into_iter()
            .flatten();
        let finished = takes
            .flatten()
            .filter(|take| take.path().join("take.ron").exists());
        finished.count()
    };
    let made = takes();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::E); // opens the export dialog
    window.run_ok();
    window.key_press_modifiers(Modifiers::NONE, Key::Enter);
    let both = works_on(&mut window, &mut times, |_| {
        takes() > made && delivered.exists()
    });

    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "generating, and then exporting beside it ({:.1} s): {} frames, CPU median {:.2}  95 of 100 {:.2}  slowest {:.2} ms (bar {BAR_BUSY_MILLISECONDS})",
        both.as_secs_f64(),
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// Steps through the timeline until a condition holds; returns the time that took. Collects the CPU time of each frame in
/// `times`.
fn works_on(
    window: &mut Harness<'static, Window>,
    times: &mut Vec<f64>,
    mut until: impl FnMut(&Harness<'static, Window>) -> bool,
) -> Duration {
    let began = Instant::now();
    while !until(window) {
        assert!(began.elapsed() < BUSY_PATIENCE, "it does not end");
        if times.len().is_multiple_of(2) {
            press(window, Key::ArrowRight);
        }
        let before = cpu_milliseconds();
        window.step();
        let shapes = window.output().shapes.clone();
        window.ctx.tessellate(shapes, 1.0);
        times.push(cpu_milliseconds() - before);
        #[expect(clippy::disallowed_methods, reason = "as a screen of 60 Hz does")]
        std::thread::sleep(Duration::from_millis(16));
    }
    began.elapsed()
}

/// Presses and releases a key within the next frame. The harness itself would draw a frame for each of the two.
fn press(window: &mut Harness<'static, Window>, key: Key) {
    let event = |pressed| egui::Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let events = [true, false].map(event);
    window.input_mut().events.extend(events);
}

/// The CPU time of this thread.
fn cpu_milliseconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The window with a project open.
fn opened(home: &Path, folder: &Path, engine: Option<PathBuf>) -> Harness<'static, Window> {
    let arguments = WindowArguments {
        project: Some(folder.to_owned()),
        engine,
        ..WindowArguments::default()
    };
    let folders = Folders::under(home);
    let mut window = Harness::builder()
        .with_size(SIZE)
        .build_eframe(move |creation| Window::new(creation, folders, arguments, Started::now()));
    let end = Instant::now() + Duration::from_mins(1);
    while window.query_by_label("New shot").is_none() {
        assert!(Instant::now() < end, "the film does not open");
        #[expect(clippy::disallowed_methods, reason = "a measurement may wait")]
        std::thread::sleep(Duration::from_millis(10));
        window.step();
    }
    window
}

/// The 95th percentile of the frame times while stepping through the timeline, in milliseconds.
fn measured(home: &Path, clips: usize) -> f64 {
    let folder = project(home, clips);
    let mut window = opened(home, &folder, None);
    let [pictures, repaints] = settled(&mut window);
    println!(
        "{clips:>6} clips on {TRACKS} tracks, {pictures} drawn thumbnails; {repaints} repaints in a second at rest"
    );
    let rests = times(&mut window, |_| {});
    let steps = times(&mut window, |window| press(window, Key::ArrowRight));
    let middle = window.ctx.content_rect().center_bottom() - vec2(0.0, 90.0);
    window.hover_at(middle);
    let scrolls = times(&mut window, |window| {
        window.input_mut().events.push(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(-12.0, 0.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        });
    });
    for (name, times) in [("rests", &rests), ("steps", &steps), ("scrolls", &scrolls)] {
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{clips:>6} clips, {name:<8} median {:.2}  95 of 100 {:.2}  slowest {:.2}",
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
    steps[(steps.len() - 1) * 95 / 100].max(scrolls[(scrolls.len() - 1) * 95 / 100])
}

/// Waits for thumbnails and waveforms. Returns the number of thumbnails drawn, and of the frames that a window at rest
/// requests within a second.
fn settled(window: &mut Harness<'static, Window>) -> [usize; 2] {
    let end = Instant::now() + THUMBNAIL_PATIENCE;
    let (mut drawn, mut quiet) = (0, 0);
    // Other threads bring the thumbnails, the waveforms and the picture: half a second without any is rest.
    while drawn == 0 || quiet < 30 {
        quiet = match asks_for_frame(window) {
            true => 0,
            false => quiet + 1,
        };
        assert!(Instant::now() < end, "{drawn} thumbnails, and no rest");
        #[expect(clippy::disallowed_methods, reason = "as a screen of 60 Hz does")]
        std::thread::sleep(Duration::from_millis(16));
        window.step();
        let shapes = window.output().shapes.clone();
        let primitives = window.ctx.tessellate(shapes, 1.0);
        let is_picture = |primitive: &egui::ClippedPrimitive| match &primitive.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.texture_id != egui::TextureId::default(),
            egui::epaint::Primitive::Callback(_) => false,
        };
        drawn = primitives.iter().filter(|one| is_picture(one)).count();
    }
    let mut repaints = 0;
    for _ in 0..60 {
        #[expect(clippy::disallowed_methods, reason = "as a screen of 60 Hz does")]
        std::thread::sleep(Duration::from_millis(16));
        if asks_for_frame(window) {
            repaints += 1;
            window.step();
        }
    }
    [drawn, repaints]
}

/// Whether the window requests to be drawn again within a second, without any input.
fn asks_for_frame(window: &Harness<'static, Window>) -> bool {
    let viewports = &window.output().viewport_output;
    let soon = |viewport: &egui::ViewportOutput| viewport.repaint_delay < Duration::from_secs(1);
    window.ctx.has_requested_repaint() || viewports.values().any(soon)
}

/// The CPU time of each frame, sorted.
fn times(
    window: &mut Harness<'static, Window>,
    act: impl Fn(&mut Harness<'static, Window>),
) -> Vec<f64> {
    let mut times: Vec<f64> = (0..FRAMES)
        .map(|_| {
            act(window);
            let before = cpu_milliseconds();
            window.step();
            let shapes = window.output().shapes.clone();
            let triangles = window.ctx.tessellate(shapes, 1.0);
            let took = cpu_milliseconds() - before;
            assert!(!triangles.is_empty(), "nothing is drawn");
            took
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// A project of `clips` clips on twelve tracks: a shot, a video with sound, and its sound, in turn.
fn project(home: &Path, clips: usize) -> PathBuf {
    let folder = home.join(format!("{clips}.kinora"));
    if folder.exists() {
        return folder;
    }
    let mut project = Project::default();
    let mut add = |edit: Edit| project = edit.apply(&project).expect("an edit");
    let rate = FrameRate::new(16, 1).expect("a rate");
    let shot = Shot::new("Shot", "a fox", ModelLength { frames: 17, rate });
    add(Edit::Library(Library::AddShot(Box::new(shot))));
    add(Edit::Library(Library::AddMedium(Box::new(video(&folder)))));
    for number in 2..TRACKS {
        add(Edit::Track(TrackEdit::Add {
            kind: match number % 3 {
                0 => TrackKind::Audio,
                _ => TrackKind::Video,
            },
            name: String::new(),
            sync_locked: true,
        }));
    }
    let shot = Source::Shot(project.shots().next().expect("a shot").id);
    let video = Source::Medium(project.media().next().expect("a medium").id);
    let tracks: Vec<(TrackId, TrackKind)> = project
        .tracks()
        .iter()
        .map(|track| (track.id, track.kind))
        .collect();
    for number in 0..clips {
        let (track, kind) = tracks[number % tracks.len()];
        let of_video = kind == TrackKind::Audio || (number / tracks.len()).is_multiple_of(2);
        let source = if of_video { video } else { shot };
        let clip = Clip::new(source, Frames::ZERO, Frames(25));
        let pieces = vec![Piece { track, clip }];
        let place = Edit::Place(Place::Append { pieces });
        project = place.apply(&project).expect("placed");
    }
    let media = folder.join("media");
    let kept = home.join("media");
    std::fs::rename(&media, &kept).expect("moved");
    std::fs::remove_dir(&folder).expect("removed");
    Session::create(&folder, &project).expect("made");
    std::fs::create_dir_all(&media).expect("a folder");
    for file in std::fs::read_dir(&kept).expect("a folder").flatten() {
        std::fs::rename(file.path(), media.join(file.file_name())).expect("moved");
    }
    std::fs::remove_dir(&kept).expect("removed");
    folder
}

/// A video with sound in the media folder of a project: moving stripes, and a tone that swells.
fn video(folder: &Path) -> Medium {
    let media = folder.join("media");
    std::fs::create_dir_all(&media).expect("a folder");
    let name = format!("stripes.{}", Format::PRORES.extension);
    let path = media.join(&name);
    let (size, rate, frames) = ([96, 64], FrameRate::FPS_24, 96);
    let content = Content {
        size,
        rate,
        has_sound: true,
    };
    let mut writer = Writer::create(&path, Format::PRORES, content).expect("a writer");
    for number in 0..frames {
        let pixels = (0..size[0] * size[1]).flat_map(|at| {
            let bright = (at % size[0] + 4 * number) / 16 % 2 * 200;
            [bright as u8, 60, 120, 255]
        });
        let picture = Picture {
            width: size[0],
            height: size[1],
            rgba: pixels.collect(),
        };
        writer.picture(&picture).expect("a picture");
        let swell = number as f32 / frames as f32;
        let samples = (0..2000).flat_map(|at| [(at as f32 / 20.0).sin() * swell; 2]);
        let samples: Vec<f32> = samples.collect();
        writer.sound(&samples).expect("sound");
    }
    writer.finish().expect("finished");
    Medium {
        id: MediumId::from(0),
        content: ContentHash::of(&std::fs::read(&path).expect("the file")),
        path: format!("media/{name}"),
        name,
        extent: Extent::Video {
            rate,
            frames: Frames(frames.into()),
        },
        has_picture: true,
        has_sound: true,
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    }
}
