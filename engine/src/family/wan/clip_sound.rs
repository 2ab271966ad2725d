//! The sound of a clip for models without sound of their own: a network that lies beside the transformer makes it of the
//! decoded frames. Kinora's starter model has one.

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, SoundShape};
use tch::Tensor;

use crate::family::contract::{ClipSink, SoundBlock};
use crate::job::Listener;
use crate::plan::Plan;
use crate::sound_for_picture::{self, Looks, SoundMaker};
use crate::weights::Checkpoint;

/// The end of the name of a transformer's file, and of the network's in its place: `x_transformer.safetensors` and
/// `x_sound.safetensors`. A network beside a model of another name is not its own.
const ENDS: [&str; 2] = ["_transformer.safetensors", "_sound.safetensors"];
/// Samples of each channel that are sent at once.
const BLOCK_SAMPLES: usize = SoundShape::RATE_HZ as usize;

/// Opens the network of sound that lies beside a transformer. `None` without one.
///
/// # Errors
/// The file is damaged.
pub fn open_beside(transformer: &Path) -> Result<Option<Checkpoint>, Failure> {
    let path = path_beside(transformer).filter(|path| path.is_file());
    path.map(|path| sound_for_picture::open(&path)).transpose()
}

fn path_beside(transformer: &Path) -> Option<PathBuf> {
    let [transformer_end, sound_end] = ENDS;
    let name = transformer.file_name()?.to_str()?;
    let own = name.strip_suffix(transformer_end)?;
    Some(transformer.with_file_name(format!("{own}{sound_end}")))
}

/// What makes the sound of one clip.
#[derive(Debug)]
pub struct ClipSound {
    maker: SoundMaker,
    frames: usize,
    rate: f64,
    seed: u64,
    /// Whether the frames are wanted too.
    has_picture: bool,
}

impl ClipSound {
    /// Loads the network, if a request asks for sound and there is one.
    pub fn load(network: Option<&Checkpoint>, plan: &Plan) -> Result<Option<Self>, Failure> {
        let inputs = &plan.request.inputs;
        let network = network.filter(|_| inputs.makes.has_sound());
        let loaded = network.map(|network| {
            Ok(Self {
                maker: SoundMaker::load(network)?,
                frames: plan.frames() as usize,
                rate: f64::from(plan.settings().rate),
                seed: inputs.seed,
                has_picture: inputs.makes.has_picture(),
            })
        });
        loaded.transpose()
    }

    /// Passes the frames that `decode` sends on to `sink`, then the sound that they have.
    pub fn follow(
        &self,
        sink: &mut dyn ClipSink,
        listener: &mut dyn Listener,
        decode: impl FnOnce(&mut dyn ClipSink, &mut dyn Listener) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut watched = Watched {
            looks: Looks::of(self.frames, self.rate),
            has_picture: self.has_picture,
            sink,
        };
        decode(&mut watched, listener)?;
        let sound = self.maker.make(&watched.looks, self.seed, listener)?;
        for samples in sound.blocks(BLOCK_SAMPLES) {
            let block = SoundBlock {
                samples,
                rate_hz: SoundShape::RATE_HZ,
                channels: 2,
            };
            watched.sink.sound(block, listener)?;
        }
        Ok(())
    }
}

/// Passes frames on, and looks at them.
struct Watched<'s> {
    looks: Looks,
    has_picture: bool,
    sink: &'s mut dyn ClipSink,
}

impl ClipSink for Watched<'_> {
    fn frames(&mut self, frames: &Tensor, listener: &mut dyn Listener) -> Result<(), Failure> {
        self.looks.add(frames);
        match self.has_picture {
            true => self.sink.frames(frames, listener),
            false => listener.check(),
        }
    }

    fn sound(&mut self, block: SoundBlock, listener: &mut dyn Listener) -> Result<(), Failure> {
        self.sink.sound(block, listener)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_belongs_to_the_transformer_of_its_name() {
        let beside = |name: &str| path_beside(&Path::new("/models").join(name));
        assert_eq!(
            beside("toy_transformer.safetensors"),
            Some("/models/toy_sound.safetensors".into())
        );
        assert_eq!(beside("wan2.1_t2v_14B_bf16.safetensors"), None);
        assert_eq!(beside("transformer"), None);
    }
}
