//! Where the viewer's own window is: kept in the user's config folder, so that it opens there again.

use std::io;
use std::path::{Path, PathBuf};

use kinora_studio::folders::{read_config, write_config};
use serde::{Deserialize, Serialize};

const FILE_NAME: &str = "viewer_window.ron";
/// The sizes that are believed, in points: the file may be damaged.
const SIZES: std::ops::RangeInclusive<f32> = 100.0..=20_000.0;

/// The place and the size of a window, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Its left upper corner, with its frame; `None`: the system does not report it.
    pub corner: Option<[f32; 2]>,
    /// Without its frame.
    pub size: [f32; 2],
}

impl WindowPlace {
    fn is_sound(&self) -> bool {
        let is_far = |at: f32| !at.is_finite() || at.abs() > *SIZES.end();
        let is_there = self
            .corner
            .is_none_or(|corner| !corner.into_iter().any(is_far));
        is_there && self.size.iter().all(|side| SIZES.contains(side))
    }
}

/// The place of the viewer's own window.
#[derive(Clone, Debug)]
pub struct SavedViewerWindow {
    config: PathBuf,
    /// Where it opens. It stays while the window is open: another one would move the window.
    pub opens_at: Option<WindowPlace>,
    /// Where it was last.
    pub last: Option<WindowPlace>,
}

impl SavedViewerWindow {
    /// Reads the place. A missing or damaged file gives none.
    pub fn load(config: &Path) -> Self {
        let saved: Option<WindowPlace> = read_config(config, FILE_NAME);
        let saved = saved.filter(WindowPlace::is_sound);
        Self {
            config: config.into(),
            opens_at: saved,
            last: saved,
        }
    }

    /// Writes the file that [`Self::load`] reads.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn save(&self) -> io::Result<()> {
        match &self.last {
            Some(place) => write_config(&self.config, FILE_NAME, place),
            None => Ok(()),
        }
    }

    /// The window is closed: it opens next where it was.
    pub fn closed(&mut self) {
        self.opens_at = self.last;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_window_opens_where_it_was_also_in_the_next_session() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = SavedViewerWindow::load(folder.path());
        assert_eq!(saved.opens_at, None);
        let place = WindowPlace {
            corner: Some([1920.0, -40.0]),
            size: [1280.0, 720.0],
        };
        saved.last = Some(place);
        assert_eq!(saved.opens_at, None, "it is open and stays where it is");
        saved.save().expect("written");
        saved.closed();
        assert_eq!(saved.opens_at, Some(place));
        let next = SavedViewerWindow::load(folder.path());
        assert_eq!(next.opens_at, Some(place));
    }

    #[test]
    fn a_damaged_file_gives_no_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE_NAME);
        for text in [
            "",
            "(corner: None, size: (NaN, 300.0))",
            "(corner: None, size: (1.0, 300.0))",
            "(corner: Some((inf, 0.0)), size: (800.0, 300.0))",
        ] {
            fs::write(&file, text).expect("written");
            assert_eq!(SavedViewerWindow::load(folder.path()).opens_at, None);
        }
    }
}
