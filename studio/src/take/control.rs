//! The control clip of a shot: an imported video whose pictures a model follows, frame by frame, in place of the stage.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::export::write_png;
use kinora_render::media::Probe;
use kinora_render::project::ProjectFiles;
use kinora_timeline::shot::Shot;
use kinora_timeline::{FrameRate, Frames, Project};
use kinora_wire::{Clip, Failure};

use super::recipe::ControlUsed;
use crate::generate::clip_file::failure_of;

/// The control clip of a shot, as its recipe names it. `None`: it has none.
///
/// # Errors
/// The import is no longer in the project.
pub fn control_of(project: &Project, shot: &Shot) -> Result<Option<ControlUsed>, Failure> {
    let Some(id) = shot.control else {
        return Ok(None);
    };
    let medium = project.medium(id).filter(|medium| medium.has_picture);
    let gone = || {
        let cause = format!(
            "the control clip of {} is no longer in the project",
            shot.name
        );
        Failure::refused(cause, "choose another one, or none")
    };
    let medium = medium.ok_or_else(gone)?;
    Ok(Some(ControlUsed {
        content: medium.content,
        picture: medium.picture,
    }))
}

/// The pictures of a control clip for a clip of so many frames at this rate: those that a player would show at these
/// times, from the start of the video on. The last picture of a video that is shorter is repeated.
///
/// # Errors
/// The video is missing or damaged; the folder cannot be written to.
pub fn control_clip(
    control: &ControlUsed,
    files: &ProjectFiles,
    (count, rate): (u32, u32),
    folder: &Path,
) -> Result<Clip, Failure> {
    let failed = |error| failure_of(&error);
    let gone = || {
        let cause = format!(
            "the control clip {} is missing in the project's folder",
            control.content
        );
        Failure::bad_file(cause, "import it again")
    };
    let path = files.picture(control.content).ok_or_else(gone)?;
    let probe = Probe::open(&path, &files.probe(control.content)).map_err(failed)?;
    let no_picture = || {
        let cause = format!("{} holds no pictures", path.display());
        Failure::bad_file(cause, "choose a video")
    };
    let track = probe.picture.ok_or_else(no_picture)?;
    let reader = VideoReader::with_track(&path, &track).map_err(failed)?;
    let mut reader = reader.with_settings(control.picture);
    let rate = FrameRate::new(rate, 1).unwrap_or(track.rate);
    let mut frames: Vec<PathBuf> = Vec::new();
    let mut last = None;
    for frame in 0..i64::from(count) {
        let number = track.timing.shown_at(Frames(frame), rate);
        if last != Some(number) {
            let picture = reader.frame(number).map_err(failed)?;
            let place = folder.join(format!("control {}.png", number.0));
            write_png(&place, &picture).map_err(failed)?;
            last = Some(number);
        }
        frames.push(folder.join(format!("control {}.png", number.0)));
    }
    Ok(Clip { frames })
}

#[cfg(test)]
mod tests {
    use kinora_render::{Content, Format, Picture, Writer};
    use kinora_timeline::ContentHash;
    use kinora_timeline::media::PictureSettings;
    use kinora_timeline::shot::ModelLength;

    use super::*;

    /// Four greys at 12 frames a second, in the folder of a project.
    fn video(folder: &Path) -> ContentHash {
        let content = ContentHash::of(b"four greys");
        let media = ProjectFiles::of(folder).media();
        std::fs::create_dir_all(&media).expect("made");
        let shape = Content {
            size: [32, 16],
            rate: FrameRate::new(12, 1).expect("a rate"),
            has_sound: false,
        };
        let path = media.join(format!("{content}.mkv"));
        let mut writer = Writer::create(&path, Format::TAKE, shape).expect("a writer");
        for grey in [10, 20, 30, 40] {
            let picture = Picture::plain(32, 16, [grey, grey, grey, 255]);
            writer.picture(&picture).expect("a picture");
        }
        writer.finish().expect("written");
        content
    }

    #[test]
    fn a_control_clip_follows_the_times_of_its_video_and_holds_its_last_picture() {
        let project = tempfile::tempdir().expect("a folder");
        let place = tempfile::tempdir().expect("a folder");
        let control = ControlUsed {
            content: video(project.path()),
            picture: PictureSettings::default(),
        };
        let files = ProjectFiles::of(project.path());
        let clip = control_clip(&control, &files, (10, 24), place.path()).expect("written");
        let greys = clip.frames.iter().map(|path| {
            let picture = image::open(path).expect("a picture").into_rgb8();
            picture.get_pixel(5, 5).0[0]
        });
        let greys: Vec<u8> = greys.collect();
        assert_eq!(greys, [10, 10, 20, 20, 30, 30, 40, 40, 40, 40]);
        let missing = ControlUsed {
            content: ContentHash::of(b"another"),
            ..control
        };
        let failure = control_clip(&missing, &files, (1, 24), place.path());
        let failure = failure.expect_err("there is no such file");
        assert!(failure.cause.contains("missing"), "{failure}");
    }

    #[test]
    fn a_control_clip_that_was_removed_is_reported() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("Dusk", "", length);
        let project = Project::default();
        assert_eq!(control_of(&project, &shot), Ok(None));
        shot.control = Some(kinora_timeline::MediumId::from(3));
        let failure = control_of(&project, &shot).expect_err("it is gone");
        assert!(failure.cause.contains("of Dusk"), "{failure}");
    }
}
