//! The model as it is shipped: three files of weights in fp16 and a tokenizer, with all that the engine
//! reads off a file's metadata.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::text::{TextEncoder, Tokenizer};
use kinora_engine::transformer::Transformer;
use kinora_engine::vae::{Memory, Vae, VaeConfig, VaeDecoder, VaeEncoder};
use kinora_engine::weights::{Checkpoint, Component, load, view_of};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::diffusion::{Networks, Shapes};
use crate::files::write_tensors;
use crate::learner::Learner;
use crate::pixels;
use crate::starter::{LATENT_CHANNELS, Size};
use crate::tokens;
use crate::world::{self, Format};

/// Clips whose latents are measured.
const CLIPS_MEASURED: u64 = 48;
/// Seeds of those: none that is learnt from or measured with.
const FIRST_SEED: u64 = 1 << 50;

/// Where the model's files lie.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// The autoencoder.
    pub fn vae(&self) -> PathBuf {
        self.0.join("starter_vae.safetensors")
    }

    /// The transformer.
    pub fn transformer(&self) -> PathBuf {
        self.0.join("starter_transformer.safetensors")
    }

    /// The text encoder.
    pub fn text(&self) -> PathBuf {
        self.0.join("starter_text.safetensors")
    }

    /// The tokenizer, beside the text encoder and under the name the engine looks for.
    pub fn tokenizer_file(&self) -> PathBuf {
        self.0.join("tokenizer.json")
    }

    /// Writes the tokenizer, and opens it.
    pub fn tokenizer(&self) -> Result<Tokenizer, Failure> {
        tokens::write(&self.tokenizer_file())
    }

    /// Writes the autoencoder that has been learnt, with the statistics of its latents and their colours.
    pub fn write_vae(&self, learner: &Learner, size: Size) -> Result<(), Failure> {
        let config = size.autoencoder();
        let device = learner.parameters.device();
        let vae = learner.averaged(|weights| Vae::new(&config, weights))?;
        let Statistics {
            mean,
            deviation,
            colours,
        } = Statistics::of(&vae.encoder, size.format(), device);
        let metadata = [
            ("latents_mean", json(&mean)?),
            ("latents_std", json(&deviation)?),
            ("latent_rgb", json(&colours)?),
        ];
        write_half(&self.vae(), &learner.average, "", &metadata)
    }

    /// Writes the transformer and the text encoder that have been learnt.
    pub fn write_networks(&self, learner: &Learner, size: Size) -> Result<(), Failure> {
        let config = size.transformer();
        let layers = config
            .vace
            .as_ref()
            .map(|vace| vace.layers.clone())
            .unwrap_or_default();
        let metadata = [
            ("num_heads", config.heads.to_string()),
            ("vace_layers", json(&layers)?),
        ];
        write_half(
            &self.transformer(),
            &learner.average,
            "transformer.",
            &metadata,
        )?;
        write_half(&self.text(), &learner.average, "text.", &[])
    }

    /// Opens the transformer and the text encoder, as they are shipped.
    pub fn open_networks(
        &self,
        size: Size,
        device: Device,
        kind: Kind,
    ) -> Result<Networks, Failure> {
        let shapes = Shapes::of(size);
        let part = |path: &Path, component| Checkpoint::open(path, component);
        let _no_grad = tch::no_grad_guard();
        let text = part(&self.text(), Component::Text)?;
        let transformer = part(&self.transformer(), Component::Transformer)?;
        Ok(Networks {
            text: load(&text, device, kind, &mut |_| Ok(()), |weights| {
                TextEncoder::new(&shapes.text, weights)
            })?,
            transformer: load(&transformer, device, kind, &mut |_| Ok(()), |weights| {
                Transformer::new(&shapes.transformer, weights)
            })?,
        })
    }

    /// Opens the autoencoder as the engine does.
    pub fn open_vae(&self, device: Device) -> Result<(VaeEncoder, VaeDecoder), Failure> {
        let checkpoint = Checkpoint::open(&self.vae(), Component::Vae)?;
        let config = VaeConfig::detect(&checkpoint)?;
        let _no_grad = tch::no_grad_guard();
        let vae = load(
            &checkpoint,
            device,
            Kind::Float,
            &mut |_| Ok(()),
            |weights| Vae::new(&config, weights),
        )?;
        Ok((vae.encoder, vae.decoder))
    }
}

/// What the latents of the world look like.
struct Statistics {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    /// Channels + 1 rows of red, green, blue: see the engine's `preview`.
    colours: Vec<f32>,
}

impl Statistics {
    fn of(encoder: &VaeEncoder, format: Format, device: Device) -> Self {
        let _no_grad = tch::no_grad_guard();
        let (mut latents, mut colours) = (Vec::new(), Vec::new());
        // Of each latent frame the last of the frames it stands for.
        let looked_at: Vec<i64> = (0..i64::from(format.frames)).step_by(4).collect();
        let looked_at = Tensor::from_slice(&looked_at);
        let drawn = world::clips(FIRST_SEED..FIRST_SEED + CLIPS_MEASURED, format);
        for clips in drawn.chunks(8) {
            let frames = clips
                .iter()
                .map(|(_, clip)| pixels::colours(&clip.frames, format.size));
            let frames = Tensor::stack(&frames.collect::<Vec<_>>(), 0);
            let encoded = encoder.encode_chunk(&frames.to_device(device), &mut Memory::default());
            let places = |x: &Tensor| x.permute([0, 2, 3, 4, 1]).flatten(0, 3); // n f h w c
            latents.push(places(&encoded.to_device(Device::Cpu)));
            let seen = frames.index_select(2, &looked_at).transpose(1, 2); // n f 3 h w
            let size = seen.size();
            let small = seen
                .flatten(0, 1)
                .avg_pool2d([8, 8], [8, 8], [0, 0], false, true, None::<i64>)
                .view([size[0], size[1], 3, size[3] / 8, size[4] / 8]);
            colours.push(places(&small.transpose(1, 2)));
        }
        let (latents, colours) = (Tensor::cat(&latents, 0), Tensor::cat(&colours, 0)); // places x c, places x 3
        let mean = latents.mean_dim([0].as_slice(), true, Kind::Float);
        let deviation = latents.std_dim([0].as_slice(), true, true);
        let normalised = (&latents - &mean) / &deviation;
        let one = Tensor::ones([latents.size()[0], 1], (Kind::Float, Device::Cpu));
        let samples = Tensor::cat(&[&normalised, &one], 1);
        let (solution, ..) = samples.linalg_lstsq(&colours, None::<f64>, "gelsd");
        let numbers = |x: &Tensor| {
            Vec::try_from(x.flatten(0, -1)).unwrap_or_else(|_| vec![0.0; LATENT_CHANNELS as usize])
        };
        Self {
            mean: numbers(&mean),
            deviation: numbers(&deviation),
            colours: numbers(&solution),
        }
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::bug(error.to_string()))
}

/// Writes what begins with `prefix`, without it, in fp16.
fn write_half(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    prefix: &str,
    metadata: &[(&str, String)],
) -> Result<(), Failure> {
    let own = tensors
        .iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?, tensor)));
    let views =
        own.map(|(name, tensor)| Ok((name.to_owned(), view_of(&tensor.to_kind(Kind::Half))?)));
    let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
    let metadata = metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    write_tensors(path, views, metadata.collect())
}
