//! The colours of the reference pictures of a project's characters, each looked at once.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_measure::{RgbFrame, Signature, figure_colours};
use kinora_render::Picture;
use kinora_render::media::read_still;
use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;

use super::drawn::no_longer_than;

/// Reference pictures are scaled to this, in pixels along the longer side.
const LONGEST_SIDE: f64 = 256.0;

/// The colours of reference pictures.
pub(super) struct References<'p> {
    files: &'p ProjectFiles,
    known: BTreeMap<ContentHash, Option<Signature>>,
}

impl<'p> References<'p> {
    /// Those of a project.
    pub fn of(files: &'p ProjectFiles) -> Self {
        Self {
            files,
            known: BTreeMap::new(),
        }
    }

    /// The colours of some pictures. One that is missing or cannot be read is left out.
    pub fn colours(&mut self, pictures: &[ContentHash]) -> Vec<Signature> {
        let files = self.files;
        let known = &mut self.known;
        let colours = pictures.iter().filter_map(|&content| {
            let look = known.entry(content);
            look.or_insert_with(|| colours_of(files, content)).clone()
        });
        colours.collect()
    }
}

fn colours_of(files: &ProjectFiles, content: ContentHash) -> Option<Signature> {
    colours_of_file(&files.picture(content)?)
}

/// The colours of the figure in a picture file. `None` if it cannot be read.
pub(super) fn colours_of_file(file: &Path) -> Option<Signature> {
    figure_colours(&small_picture(file, LONGEST_SIDE)?)
}

/// A picture file, no longer than this in pixels along its longer side. `None` if it cannot be read.
pub(super) fn small_picture(file: &Path, longest: f64) -> Option<RgbFrame> {
    let picture = read_still(file).ok()?.into_rgba8();
    let picture = Picture::from(picture);
    let size = no_longer_than(longest, [picture.width, picture.height]);
    rgb(&picture.scaled(size))
}

/// The colours of a picture; what is transparent is white. `None` if it has no pixels.
pub(super) fn rgb(picture: &Picture) -> Option<RgbFrame> {
    let pixels = picture.rgba.as_chunks::<4>().0.iter();
    let on_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let pixels = pixels.map(|&[red, green, blue, alpha]| {
        [red, green, blue].map(|channel| on_white(channel, alpha))
    });
    let (width, height) = (picture.width as usize, picture.height as usize);
    RgbFrame::new(width, height, pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_is_white_and_the_rest_keeps_its_colour() {
        let picture = Picture {
            width: 2,
            height: 1,
            rgba: vec![10, 20, 30, 255, 10, 20, 30, 0],
        };
        let frame = rgb(&picture).expect("pixels");
        assert_eq!(frame.pixels(), [[10, 20, 30], [255; 3]]);
    }

    #[test]
    fn a_missing_picture_is_left_out() {
        let root = tempfile::tempdir().expect("a folder");
        let files = ProjectFiles::of(root.path());
        let mut references = References::of(&files);
        assert!(
            references
                .colours(&[ContentHash::of(b"nowhere")])
                .is_empty()
        );
    }
}
