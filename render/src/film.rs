//! The picture of a film at a frame: the one path for the viewer and for export. Files stay open between frames.

mod files;
mod source;

use std::path::Path;

use kinora_timeline::query::Layer;
use kinora_timeline::{Frames, Project};

use crate::compose::{Compositor, Drawn};
use crate::media::{MediaError, Picture};

pub use files::FilmFiles;
use source::Sources;

/// Shows films of one project's folder.
pub struct FilmReader {
    sources: Sources,
    /// Made when the first frame is asked for: the drivers take their time.
    compositor: Option<Compositor>,
}

impl FilmReader {
    /// Of the project in this folder, composed as this machine does it best.
    pub fn new(folder: &Path) -> Self {
        Self {
            sources: Sources::new(FilmFiles::of(folder)),
            compositor: None,
        }
    }

    /// Composed in this way.
    #[must_use]
    pub fn composed_by(self, compositor: Compositor) -> Self {
        Self {
            compositor: Some(compositor),
            ..self
        }
    }

    /// The finished picture of a frame, of the film's size.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn picture(&mut self, film: &Project, frame: Frames) -> Result<Picture, MediaError> {
        let size = [film.size().width(), film.size().height()];
        let layers = film.layers(frame);
        let drawn = layers
            .iter()
            .map(|layer| self.drawn(film, layer, size))
            .collect::<Result<Vec<Drawn>, MediaError>>()?;
        let compositor = self
            .compositor
            .get_or_insert_with(Compositor::of_this_machine);
        Ok(compositor.compose(size, &drawn))
    }

    fn drawn(
        &mut self,
        film: &Project,
        layer: &Layer,
        size: [u32; 2],
    ) -> Result<Drawn, MediaError> {
        let clip = &layer.clip;
        let picture = self
            .sources
            .picture(film, clip.id, clip.source, layer.source_frame, size)?;
        Ok(Drawn {
            picture,
            transform: clip.look.transform,
            exposure_stops: clip.look.exposure_stops,
            opacity: layer.opacity,
            mix: layer.mix,
        })
    }
}
