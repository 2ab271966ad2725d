//! Vectors of pictures, made by an engine process of its own that is started when the first picture is to be described and
//! ends with this. It is started only when somebody asks for the appearance similarity, never by the way.

use std::path::PathBuf;

use kinora_measure::RgbFrame;
use kinora_render::Picture;
use kinora_render::export::write_png;
use kinora_wire::{Failure, Outcome, Progress};

use crate::generate::clip_file::failure_of;
use crate::generate::oneshot::BlockingClient;

/// Which image encoder is used, and how.
#[derive(Clone, Debug)]
pub struct EmbeddingWanted {
    /// The program of the engine.
    pub program: PathBuf,
    /// The id or the folder of a model that has an image encoder, or the path of the file. `None`: the first installed
    /// one.
    pub model: Option<String>,
    /// "cpu" or "cuda:0". `None`: a graphics card if there is one.
    pub device: Option<String>,
    /// Whether a window gets the processor first.
    pub is_beside_window: bool,
}

/// An engine that describes pictures.
pub struct EmbeddingEngine {
    wanted: EmbeddingWanted,
    client: Option<BlockingClient>,
}

impl EmbeddingEngine {
    /// Starts nothing yet.
    pub fn of(wanted: EmbeddingWanted) -> Self {
        Self {
            wanted,
            client: None,
        }
    }

    /// The vector of each picture, in their order.
    ///
    /// # Errors
    /// No installed model has an image encoder; it cannot be read; there is no space for temporary files; it was cancelled.
    pub fn embed(
        &mut self,
        pictures: &[RgbFrame],
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::bad_file(
                format!("the pictures cannot be written: {error}"),
                "free some space in the folder for temporary files",
            )
        })?;
        let written = pictures.iter().enumerate().map(|(number, picture)| {
            let path = folder.path().join(format!("{number:05}.png"));
            write_png(&path, &of_frame(picture)).map_err(|error| failure_of(&error))?;
            Ok(path)
        });
        let request = kinora_wire::Embed {
            model: self.wanted.model.clone(),
            pictures: written.collect::<Result<_, Failure>>()?,
            device: self.wanted.device.clone(),
        };
        let wanted = &self.wanted;
        let client = self
            .client
            .get_or_insert_with(|| match wanted.is_beside_window {
                true => BlockingClient::beside_window(&wanted.program),
                false => BlockingClient::with(&wanted.program),
            });
        let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(pictures.len());
        let outcome = client.embed(request, is_cancelled, &mut |progress, _| {
            if let Progress::Embedded { picture, vector } = progress {
                if *picture as usize != vectors.len() {
                    return Err(Failure::bug("the vectors of pictures came out of order"));
                }
                vectors.push(vector.clone());
            }
            Ok(())
        });
        match outcome {
            Outcome::Done { .. } => Ok(vectors),
            Outcome::Cancelled => Err(Failure::cancelled()),
            Outcome::Failed { failure } => Err(failure),
        }
    }
}

fn of_frame(frame: &RgbFrame) -> Picture {
    let rgb = frame.pixels().as_flattened();
    Picture::of_rgb(frame.width() as u32, frame.height() as u32, rgb)
}
