//! The picture of a film at a frame: the one path for the viewer and for export. Files stay open between frames.

mod files;
mod source;

use std::path::Path;

use kinora_timeline::clip::{Look, Transform};
use kinora_timeline::query::{self, Mix};
use kinora_timeline::{Frames, Project};

use crate::compose::{Compositor, Layer};
use crate::media::{MediaError, Picture, Planes};

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
            .collect::<Result<Vec<Layer>, MediaError>>()?;
        let compositor = self
            .compositor
            .get_or_insert_with(Compositor::of_this_machine);
        Ok(compositor.compose(size, &drawn))
    }

    /// The finished picture as a file of the film has it, where nothing is done to it: one imported film fills the
    /// frame and covers all below. It need not be turned into pixels and back, which costs time and quality.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn planes(&mut self, film: &Project, frame: Frames) -> Result<Option<Planes>, MediaError> {
        let layers = film.layers(frame);
        let Some(top) = layers.last().filter(|layer| is_untouched(layer)) else {
            return Ok(None);
        };
        let size = [film.size().width(), film.size().height()];
        let clip = &top.clip;
        self.sources
            .planes(film, clip.id, clip.source, top.source_frame, size)
    }

    fn drawn(
        &mut self,
        film: &Project,
        layer: &query::Layer,
        size: [u32; 2],
    ) -> Result<Layer, MediaError> {
        let clip = &layer.clip;
        let picture = self
            .sources
            .picture(film, clip.id, clip.source, layer.source_frame, size)?;
        Ok(Layer {
            picture,
            transform: clip.look.transform,
            exposure_stops: clip.look.exposure_stops,
            opacity: layer.opacity,
            mix: layer.mix,
        })
    }
}

/// Whether a layer is seen as its source is.
fn is_untouched(layer: &query::Layer) -> bool {
    let Look {
        transform,
        exposure_stops,
        ..
    } = &layer.clip.look;
    #[expect(
        clippy::float_cmp,
        reason = "only what is exactly whole covers what is below"
    )]
    let is_whole = layer.opacity == 1.0 && *exposure_stops == 0.0;
    is_whole && layer.mix == Mix::Over && *transform == Transform::default()
}
