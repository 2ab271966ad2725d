//! The sound of takes: a click at a frame of a take is heard at that frame of the film, in the mix and in files.

use kinora_render::project::ProjectFiles;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{Refusal, ShotId};

use super::*;

/// The frames of each take.
const TAKE_FRAMES: u32 = 49;

/// Writes a take with a click of 20 samples at the start of a frame, and returns its name.
fn take(folder: &Path, click_frame: usize) -> ContentHash {
    let take = ContentHash::of(&[click_frame as u8]);
    let files = ProjectFiles::of(folder);
    fs::create_dir_all(files.take(take)).expect("a folder");
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let clip = files.take_clip(take);
    let mut writer = Writer::create(&clip, Format::TAKE, content).expect("a writer");
    for number in 0..TAKE_FRAMES {
        writer.picture(&numbered(number)).expect("a picture");
    }
    writer.finish().expect("finished");
    let mut samples = vec![0.0; 2 * SAMPLES_A_FRAME * TAKE_FRAMES as usize];
    let at = 2 * SAMPLES_A_FRAME * click_frame;
    samples[at..at + 40].fill(0.5);
    let sound = files.take_sound(take);
    let mut writer = Writer::create(&sound, Format::TAKE_SOUND, content).expect("a writer");
    writer.sound(&samples).expect("sound");
    writer.finish().expect("finished");
    take
}

/// A film with the frames from 5 on of a shot, at frame 10, with its sound.
fn film(chosen: ContentHash) -> (Project, ShotId) {
    let length = ModelLength {
        frames: TAKE_FRAMES,
        rate: FrameRate::FPS_24,
    };
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    let empty = Project::new(FrameRate::FPS_24, size);
    let shot = Box::new(Shot::new("Steps", "", length));
    let project = done(&empty, Edit::Library(Library::AddShot(shot)));
    let shot = project.shots().next().expect("the shot").id;
    let choose = Library::ChooseTake(shot, Some(chosen));
    let project = done(&project, Edit::Library(choose));
    let clip = Clip::new(Source::Shot(shot), Frames(5), Frames(40));
    let pieces = vec![Piece {
        track: track(&project, TrackKind::Video),
        clip,
    }];
    let at = Frames(10);
    let project = done(&project, Edit::Place(Place::Overwrite { at, pieces }));
    let mut batch = EditBatch::of(&project);
    let picture = project.clips_of(Source::Shot(shot))[0];
    let placed: Result<(), Refusal> = batch.place_sound_of(picture);
    placed.expect("placed");
    assert_eq!(batch.project.linked(picture).len(), 2);
    (batch.project, shot)
}

fn range(project: &Project) -> FrameRange {
    FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    }
}

/// The loud samples of the left channel.
fn loud(samples: &[f32]) -> Vec<usize> {
    let left = samples.iter().step_by(2).enumerate();
    let loud = left.filter(|(_, sample)| sample.abs() > 0.2);
    loud.map(|(at, _)| at).collect()
}

fn heard(project: &Project, folder: &Path) -> Vec<usize> {
    let mixed = Mixer::new(folder).mix(project, range(project));
    loud(&mixed.expect("mixed"))
}

/// The samples of a click at this frame of the film.
fn click_at(frame: usize) -> Vec<usize> {
    let first = frame * SAMPLES_A_FRAME;
    (first..first + 20).collect()
}

#[test]
fn a_click_at_a_frame_of_a_take_is_heard_at_that_frame_in_mix_and_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, _) = film(take(folder, 17));
    // Source frame 17 lies 12 frames after the start of the clip, at frame 10.
    assert_eq!(heard(&project, folder), click_at(22));
    for format in [Format::WAV, Format::MP4] {
        let order = Export {
            format,
            range: range(&project),
            path: folder.join("film").with_extension(format.extension),
            settings: ExportSettings::default(),
        };
        let ended = export(&project, folder, &order, &mut |_| true);
        assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
        let mut samples = Vec::new();
        read_sound(&order.path, &mut |piece| {
            samples.extend_from_slice(piece);
            true
        })
        .expect("sound");
        let loud = loud(&samples);
        let first = *loud.first().expect("a click");
        let most_off = match format == Format::WAV {
            true => 0,
            false => 20, // AAC blurs it
        };
        assert!(first.abs_diff(22 * SAMPLES_A_FRAME) <= most_off, "{loud:?}");
    }
}

#[test]
fn the_sound_changes_with_the_take_unless_another_is_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let [early, late, other] = [17, 30, 44].map(|frame| take(folder, frame));
    let (project, shot) = film(early);
    let choose = |project: &Project, take| {
        done(
            project,
            Edit::Library(Library::ChooseTake(shot, Some(take))),
        )
    };
    assert_eq!(heard(&choose(&project, late), folder), click_at(35));
    let sound = Library::ChooseSound(shot, Some(other));
    let replaced = done(&project, Edit::Library(sound));
    assert_eq!(heard(&replaced, folder), click_at(49));
    assert_eq!(heard(&choose(&replaced, late), folder), click_at(49));
    let own = Library::ChooseSound(shot, None);
    let own = done(&choose(&replaced, late), Edit::Library(own));
    assert_eq!(heard(&own, folder), click_at(35));
    // A silent take is silent.
    let sound = ProjectFiles::of(folder).take_sound(late);
    fs::remove_file(sound).expect("removed");
    assert_eq!(heard(&own, folder), [0_usize; 0]);
}
