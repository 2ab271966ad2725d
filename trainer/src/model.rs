//! The shipped model: fp16 weight files and a tokenizer, with all metadata the engine reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::text::{TextEncoder, Tokenizer};
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::vae::{Memory, Vae, VaeConfig, VaeDecoder, VaeEncoder};
use kinora_engine::library::PartName;
use kinora_engine::preview::LatentColours;
use kinora_engine::weights::{CONFIG_KEY, Checkpoint, MappedFile, load, view_of};
use kinora_wire::Failure;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tch::{Device, Kind, Tensor};

use crate::diffusion::{Networks, Shapes, TrainedFiles};
use crate::files::write_tensors;
use crate::guided;
use crate::pixels;
use crate::starter::Size;
use crate::tokens;
use crate::train_state::TrainState;
use crate::world::{self, Format};

/// Clips for the statistics of the latents.
const CLIPS_MEASURED: u64 = 48;
/// Their seeds, which are used neither for training nor for measures.
const FIRST_SEED: u64 = 1 << 50;

/// The folder of the model's files.
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

    /// The upscaler, which is a model of its own.
    pub fn upscaler(&self) -> PathBuf {
        self.0.join("starter-upscaler.safetensors")
    }

    /// The frame interpolator, which is a model of its own.
    pub fn interpolator(&self) -> PathBuf {
        self.0.join("starter-interpolator.safetensors")
    }

    /// The network of sound, where the engine looks for it.
    pub fn sound(&self) -> PathBuf {
        self.0.join("starter_sound.safetensors")
    }

    /// The networks that training can begin with.
    pub fn trained_files(&self) -> TrainedFiles {
        TrainedFiles {
            transformer: self.transformer(),
            text: self.text(),
        }
    }

    /// The tokenizer, next to the text encoder under the name the engine looks for.
    pub fn tokenizer_file(&self) -> PathBuf {
        self.0.join("tokenizer.json")
    }

    /// All files, with the part each is. The network of sound is left out until it is trained: the model is silent then.
    pub fn files(&self) -> Vec<(PartName, PathBuf)> {
        let sound = Some((PartName::Sound, self.sound())).filter(|(_, path)| path.exists());
        let model = [
            (PartName::Transformer, self.transformer()),
            (PartName::Vae, self.vae()),
            (PartName::Text, self.text()),
            (PartName::Tokenizer, self.tokenizer_file()),
        ];
        model.into_iter().chain(sound).collect()
    }

    /// A hash of the encoder and its latent statistics, independent of the decoder.
    pub fn encoder_hash(&self) -> Result<String, Failure> {
        let file = MappedFile::open(&self.vae())?;
        let mut hash = Sha256::new();
        hash.update(file.metadata().get(CONFIG_KEY).cloned().unwrap_or_default());
        for name in file.tensors().keys().filter(|name| is_of_encoder(name)) {
            hash.update(name);
            hash.update(file.bytes(name).unwrap_or_default());
        }
        Ok(format!("{:x}", hash.finalize()))
    }

    /// Writes the tokenizer, and opens it.
    pub fn tokenizer(&self) -> Result<Tokenizer, Failure> {
        tokens::write(&self.tokenizer_file())
    }

    /// Writes the trained autoencoder, with the statistics and preview colours of its latents.
    pub fn write_vae(&self, state: &TrainState, size: Size) -> Result<(), Failure> {
        let config = size.autoencoder();
        let device = state.parameters.device();
        let vae = state.averaged(|weights| Vae::new(&config, weights))?;
        let statistics = Statistics::of(&vae.encoder, size.format(), device)?;
        write_half(&self.vae(), &state.average, "", json(&statistics)?)
    }

    /// Writes the finetuned decoder; the encoder and the statistics stay as they are.
    pub fn write_decoder(&self, state: &TrainState) -> Result<(), Failure> {
        let file = MappedFile::open(&self.vae())?;
        let statistics = file.metadata().get(CONFIG_KEY).cloned().unwrap_or_default();
        write_half(&self.vae(), &state.average, "", statistics)
    }

    /// Writes the trained transformer and text encoder.
    pub fn write_networks(&self, state: &TrainState, size: Size) -> Result<(), Failure> {
        let Config { heads, vace, .. } = size.transformer();
        let layers = vace.map(|vace| vace.layers).unwrap_or_default();
        let config = serde_json::json!({ "num_heads": heads, "vace_layers": layers });
        let average = &state.average;
        write_half(
            &self.transformer(),
            average,
            "transformer.",
            config.to_string(),
        )?;
        write_half(&self.text(), average, "text.", "{}".into())
    }

    /// Writes the trained upscaler.
    pub fn write_upscaler(&self, state: &TrainState) -> Result<(), Failure> {
        write_half(&self.upscaler(), &state.average, "", "{}".into())
    }

    /// Writes the trained guided upscaler in place of the plain one, with the words it knows.
    pub fn write_guided(&self, state: &TrainState) -> Result<(), Failure> {
        let config = guided::written_config();
        write_half(&self.upscaler(), &state.average, "", config)
    }

    /// Writes the trained interpolator.
    pub fn write_interpolator(&self, state: &TrainState) -> Result<(), Failure> {
        write_half(&self.interpolator(), &state.average, "", "{}".into())
    }

    /// Opens the shipped transformer and text encoder.
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

    /// Opens the autoencoder, as the engine does.
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

/// Whether a parameter of the autoencoder belongs to the encoder.
pub fn is_of_encoder(name: &str) -> bool {
    name.starts_with("encoder.") || name.starts_with("conv1.")
}

/// Statistics of the world's latents, under the metadata names the engine reads.
#[derive(Serialize)]
struct Statistics {
    latents_mean: Vec<f32>,
    latents_std: Vec<f32>,
    /// A linear map from latents to RGB, channels + 1 rows; see the engine's `preview`.
    latent_rgb: Vec<f32>,
}

impl Statistics {
    fn of(encoder: &VaeEncoder, format: Format, device: Device) -> Result<Self, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (mut latents, mut colours) = (Vec::new(), Vec::new());
        // The last of the four frames each latent frame stands for.
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
        let numbers = |x: &Tensor| {
            let numbers = Vec::try_from(x.flatten(0, -1));
            numbers.map_err(|error: tch::TchError| Failure::bug(error.to_string()))
        };
        Ok(Self {
            latents_mean: numbers(&mean)?,
            latents_std: numbers(&deviation)?,
            latent_rgb: LatentColours::of_samples(&normalised, &colours).numbers()?,
        })
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::bug(error.to_string()))
}

/// Writes the tensors whose names start with `prefix`, without it, in fp16.
fn write_half(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    prefix: &str,
    config: String,
) -> Result<(), Failure> {
    let own = tensors
        .iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?, tensor)));
    let views =
        own.map(|(name, tensor)| Ok((name.to_owned(), view_of(&tensor.to_kind(Kind::Half))?)));
    let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
    write_tensors(path, views, (CONFIG_KEY, config))
}
