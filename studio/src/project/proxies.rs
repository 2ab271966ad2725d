//! The proxies of imported videos, in the folder of a project's caches: made, and removed. Reads and writes the disk: not
//! for the window's thread.

use std::fs;
use std::io;
use std::path::Path;

use kinora_render::media::Probe;
use kinora_render::project::ProjectFiles;
use kinora_render::proxy::{ProxySize, make_proxy};
use kinora_timeline::media::Medium;
use kinora_wire::Failure;

use crate::generate::clip_file::failure_of;
use crate::take::failure::unwritable;

/// What became of a proxy that was to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyOutcome {
    /// It is there.
    Made,
    /// The video is small enough to be played itself.
    NotNeeded,
    /// It was cancelled. Nothing is left behind.
    Cancelled,
}

/// Makes the proxy of an imported video, unless it is there. One of another size is then removed. With `above_lines` only
/// a video whose shorter side has more pixels gets one. `on_frame` is called with the number of frames that are done and
/// with that of all; false cancels.
///
/// # Errors
/// The file is missing, damaged or transparent; this FFmpeg has no encoder for proxies; the disk is full.
pub fn make(
    folder: &Path,
    medium: &Medium,
    (size, above_lines): (ProxySize, Option<u32>),
    on_frame: &mut dyn FnMut(i64, i64) -> bool,
) -> Result<ProxyOutcome, Failure> {
    let files = ProjectFiles::of(folder);
    let path = files.medium(medium);
    let probe = Probe::open(&path, &files.probe(medium.content));
    let probe = probe.map_err(|error| failure_of(&error))?;
    let Some(track) = probe.picture else {
        let cause = format!("{} holds no pictures", medium.name);
        return Err(Failure::refused(cause, "choose a video"));
    };
    let lines = track.width.min(track.height);
    if above_lines.is_some_and(|most| lines <= most) {
        return Ok(ProxyOutcome::NotNeeded);
    }
    let place = files.proxy(medium.content, medium.picture, size);
    if !place.is_file() {
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        let how = (medium.picture, size);
        let made = make_proxy((path.as_path(), &track), how, &place, on_frame);
        if !made.map_err(|error| failure_of(&error))? {
            return Ok(ProxyOutcome::Cancelled);
        }
    }
    remove_all_but(Some(size), folder, medium).map_err(|error| unwritable(&place, &error))?;
    Ok(ProxyOutcome::Made)
}

/// Removes the proxy of an imported video.
///
/// # Errors
/// Its file cannot be removed.
pub fn remove(folder: &Path, medium: &Medium) -> io::Result<()> {
    remove_all_but(None, folder, medium)
}

fn remove_all_but(kept: Option<ProxySize>, folder: &Path, medium: &Medium) -> io::Result<()> {
    let files = ProjectFiles::of(folder);
    for size in ProxySize::ALL {
        if Some(size) == kept {
            continue;
        }
        let place = files.proxy(medium.content, medium.picture, size);
        if let Err(error) = fs::remove_file(place)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kinora_render::{Content, Format, Picture, Writer};
    use kinora_timeline::media::{Extent, MediumMarks, PictureSettings};
    use kinora_timeline::{ContentHash, FrameRate, Frames, MediumId};

    use super::*;

    /// A grey video of 96 x 64 in a project's folder.
    fn video(folder: &Path) -> Medium {
        let content = Content {
            size: [96, 64],
            rate: FrameRate::FPS_24,
            has_sound: false,
        };
        let path = folder.join("grey.mkv");
        let mut writer = Writer::create(&path, Format::TAKE, content).expect("a writer");
        for _ in 0..6 {
            let grey = Picture::plain(96, 64, [90, 90, 90, 255]);
            writer.picture(&grey).expect("a picture");
        }
        writer.finish().expect("written");
        Medium {
            id: MediumId::from(1),
            name: "grey.mkv".into(),
            content: ContentHash::of(b"grey"),
            path: "grey.mkv".into(),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(6),
            },
            has_picture: true,
            has_sound: false,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        }
    }

    #[test]
    fn a_video_has_one_proxy_and_a_small_one_none_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let medium = video(folder);
        let files = ProjectFiles::of(folder);
        let make = |size, above| make(folder, &medium, (size, above), &mut |_, _| true);
        let there = || {
            let place = |size| files.proxy(medium.content, medium.picture, size);
            ProxySize::ALL.map(|size| place(size).is_file())
        };
        let small = make(ProxySize::Half, Some(64)).expect("looked at");
        assert_eq!((small, there()), (ProxyOutcome::NotNeeded, [false, false]));
        let half = make(ProxySize::Half, Some(63)).expect("made");
        assert_eq!((half, there()), (ProxyOutcome::Made, [true, false]));
        let quarter = make(ProxySize::Quarter, None).expect("made");
        assert_eq!((quarter, there()), (ProxyOutcome::Made, [false, true]));
        remove(folder, &medium).expect("removed");
        assert_eq!(there(), [false, false]);
    }
}
