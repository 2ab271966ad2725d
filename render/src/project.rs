//! The picture of a project at a frame, for the viewer and for export alike. Files stay open between frames.

mod files;
mod ground;
mod nested;
mod smooth;
mod source;

use std::path::Path;
use std::sync::Arc;

use ffmpeg_the_third::format::Pixel;
use kinora_timeline::clip::{Look, Transform};
use kinora_timeline::query::{self, Mix};
use kinora_timeline::timecode::{Counting, timecode};
use kinora_timeline::{FrameRate, Frames, Project, SequenceId, Size, Source};

use crate::compose::{Compositor, Layer};
use crate::media::{MediaError, Picture, Planes};

pub use files::ProjectFiles;
pub use ground::Ground;
pub use smooth::{SmoothClip, SmoothSource};
use source::Sources;
pub use source::{Replaced, ReplacedPart};

/// Renders frames of a project.
pub struct FrameReader {
    sources: Sources,
    /// The size of the finished pictures; `None`: the project's.
    size: Option<Size>,
    /// Whether the subtitles of the open sequence are drawn over the picture.
    has_subtitles: bool,
    /// What is below all layers.
    ground: Ground,
    /// The checkerboard of the last frame over one.
    board: Option<Arc<Picture>>,
    /// Created for the first frame, since loading the drivers takes time.
    compositor: Option<Compositor>,
}

impl FrameReader {
    /// For the project in this folder, with the best compositor of this machine.
    pub fn new(folder: &Path) -> Self {
        Self {
            sources: Sources::new(ProjectFiles::of(folder)),
            size: None,
            has_subtitles: false,
            ground: Ground::default(),
            board: None,
            compositor: None,
        }
    }

    /// With pictures of this size instead of the project's.
    //
    // Constraint: an export may be smaller or larger than the project. Choice: sources, titles and animatics are drawn at
    // the size of the export, since every place and size of the timeline is a fraction of the frame. Titles stay sharp, a
    // large take keeps its detail, and a small export is composed faster. Price: pixels of a scaled export are not those
    // of the viewer, scaled.
    #[must_use]
    pub fn sized(self, size: Size) -> Self {
        Self {
            size: Some(size),
            ..self
        }
    }

    /// With the subtitles of all tracks that are not hidden: in the viewer, and burnt into an export.
    #[must_use]
    pub fn with_subtitles(self) -> Self {
        Self {
            has_subtitles: true,
            ..self
        }
    }

    /// With this compositor.
    #[must_use]
    pub fn composed_by(self, compositor: Compositor) -> Self {
        Self {
            compositor: Some(compositor),
            ..self
        }
    }

    /// Reads imported videos from their proxies, where there are some, or from the videos again.
    pub fn use_proxies(&mut self, uses_proxies: bool) {
        self.sources.use_proxies(uses_proxies);
    }

    /// Composes the next pictures over this ground.
    pub fn use_ground(&mut self, ground: Ground) {
        self.ground = ground;
    }

    /// Whether the last picture shows a proxy.
    pub fn shows_proxy(&self) -> bool {
        self.sources.shows_proxy()
    }

    /// The finished picture of a frame.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn picture(&mut self, project: &Project, frame: Frames) -> Result<Picture, MediaError> {
        let size = self.frame_size(project);
        self.sources.begin_picture();
        let mut drawn = self.drawn_layers(project, project.open_sequence(), frame, size)?;
        let texts = self.texts_at(project, frame);
        if !texts.is_empty() {
            drawn.push(Layer::plain(self.sources.subtitles(texts, size)));
        }
        let (ground, mut board) = (self.ground, self.board.take());
        let compositor = self.compositor();
        let picture = ground::composed_over(ground, compositor, (size, drawn), &mut board);
        self.board = board;
        Ok(picture)
    }

    /// The frame of the topmost take or imported picture at its own size, without titles, effects and bars. `None`: no such
    /// clip is visible.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn source_picture(
        &mut self,
        project: &Project,
        frame: Frames,
    ) -> Result<Option<Arc<Picture>>, MediaError> {
        self.source_picture_in(project, project.open_sequence(), frame)
    }

    fn source_picture_in(
        &mut self,
        project: &Project,
        sequence: SequenceId,
        frame: Frames,
    ) -> Result<Option<Arc<Picture>>, MediaError> {
        for layer in project.layers_in(sequence, frame).iter().rev() {
            let source = layer.clip.source;
            let picture = match source {
                Source::Sequence(inner) => {
                    self.source_picture_in(project, inner, layer.source_frame)?
                }
                _ => self.sources.native(project, source, layer.source_frame)?,
            };
            if picture.is_some() {
                return Ok(picture);
            }
        }
        Ok(None)
    }

    /// The planes of the source file, if the frame is an imported video that fills the frame unchanged and covers all
    /// below, in the form that an encoder takes. Passing them through saves the conversion to pixels and back, which costs
    /// time and quality.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn planes(
        &mut self,
        project: &Project,
        frame: Frames,
        format: Pixel,
    ) -> Result<Option<Planes>, MediaError> {
        if !self.texts_at(project, frame).is_empty() {
            return Ok(None);
        }
        let layers = project.layers(frame);
        let Some(top) = layers.last().filter(|layer| is_untouched(layer)) else {
            return Ok(None);
        };
        let size = self.frame_size(project);
        let clip = &top.clip;
        if SmoothClip::of(project, clip).is_some() {
            return Ok(None); // its in-betweens are lossless RGB
        }
        self.sources
            .planes(project, clip, top.source_frame, size, format)
    }

    /// The frames of media read so far that cannot be decoded, and for which the ones before were shown.
    pub fn replaced(&self) -> Vec<Replaced> {
        self.sources.replaced()
    }

    /// The subtitles to draw at a frame, the lowest first.
    fn texts_at(&self, project: &Project, frame: Frames) -> Vec<String> {
        if !self.has_subtitles {
            return Vec::new();
        }
        let cues = project.cues_at(frame).into_iter();
        cues.map(|cue| cue.text.clone()).collect()
    }

    fn frame_size(&self, project: &Project) -> [u32; 2] {
        let size = self.size.unwrap_or(project.size());
        [size.width(), size.height()]
    }

    fn compositor(&mut self) -> &mut Compositor {
        self.compositor
            .get_or_insert_with(Compositor::of_this_machine)
    }

    /// The layers of a frame of a sequence, with their pictures. Ends, since no sequence shows itself.
    fn drawn_layers(
        &mut self,
        project: &Project,
        sequence: SequenceId,
        frame: Frames,
        size: [u32; 2],
    ) -> Result<Vec<Layer>, MediaError> {
        let layers = project.layers_in(sequence, frame);
        let layers = layers.iter();
        layers
            .map(|layer| self.drawn(project, layer, frame, size))
            .collect()
    }

    fn drawn(
        &mut self,
        project: &Project,
        layer: &query::Layer,
        at: Frames,
        size: [u32; 2],
    ) -> Result<Layer, MediaError> {
        let clip = &layer.clip;
        let frame = layer.source_frame;
        let picture = match clip.source {
            Source::Sequence(sequence) => {
                let layers = self.drawn_layers(project, sequence, frame, size)?;
                nested::composed(self.compositor(), size, layers)
            }
            source => match self.sources.smooth(project, clip, layer.at, size) {
                Some(picture) => picture,
                None => self
                    .sources
                    .picture(project, clip.id, source, frame, size)
                    .map_err(|error| named(error, project, source, at))?,
            },
        };
        Ok(Layer {
            picture,
            transform: layer.look.transform,
            exposure_stops: layer.look.exposure_stops,
            opacity: layer.opacity,
            mix: layer.mix,
        })
    }
}

/// The error with the name of the source as the artist knows it, and its place in the sequence.
pub(crate) fn named(
    error: MediaError,
    project: &Project,
    source: Source,
    at: Frames,
) -> MediaError {
    let name = match source {
        Source::Medium(id) => project.medium(id).map(|medium| medium.name.clone()),
        Source::Shot(id) => project.shot(id).map(|shot| shot.name.clone()),
        Source::Title(_) | Source::Sequence(_) => None,
    };
    match name {
        Some(name) => error.of_clip(format!("{name} at {}", text(at, project.rate()))),
        None => error,
    }
}

fn text(frame: Frames, rate: FrameRate) -> String {
    timecode(frame, rate, Counting::customary(rate))
}

/// Whether a layer shows its source unchanged. Every field of the look is named, so that a new effect must be considered.
fn is_untouched(layer: &query::Layer) -> bool {
    let Look {
        opacity: _, // with its fades, it is the layer's opacity
        transform,
        exposure_stops,
        gain_db: _, // of the sound
        pan: _,     // of the sound
        fade_in: _,
        fade_out: _,
        fade_in_shape: _, // of the sound
        fade_out_shape: _,
        curves: _, // applied
    } = &layer.look;
    #[expect(
        clippy::float_cmp,
        reason = "only what is exactly whole covers what is below"
    )]
    let is_whole = layer.opacity == 1.0 && *exposure_stops == 0.0;
    is_whole && layer.mix == Mix::Over && *transform == Transform::default()
}
