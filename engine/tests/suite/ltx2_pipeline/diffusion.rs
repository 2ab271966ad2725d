//! Clips of LTX-2.5 whose autoencoder's file has the diffusion decoder: found in a split release, decoded with the noise of
//! the seed, in every plan of the memory, refused for frames that are too small.

use std::path::Path;

use kinora_engine::family::ltx2::vae::diffusion::DiffusionDecoder;
use kinora_engine::family::ltx2::vae::{DecoderConfig, VaeDecoder};
use kinora_engine::memory::PictureForm;
use kinora_engine::model::Model;
use kinora_engine::weights::{MappedFile, Survey, Weights, view_of};
use kinora_wire::Generation;
use tch::{Device, Kind, Tensor};

use super::files::{GEMMA_4, write_split};
use super::{Heard, Notes, generator, made, opened, planned, request};
use crate::drawn::{Drawn, parameter};
use crate::golden::assert_close;
use crate::ltx2_vae::diffusion::autoencoder;
use crate::tiny::write;

const SEED: u64 = 11;
/// What the seed of the noise of pixels is set apart by.
const OWN_NUMBERS: u64 = 0x9e37_79b9_7f4a_7c15;

/// A split release with the diffusion decoder, as it was released.
fn write_release(folder: &Path, notes: &Notes) -> Model {
    write_split(folder, notes, Some(GEMMA_4));
    let (config, header) = autoencoder();
    let survey = Survey::of(|weights| VaeDecoder::new(&config, weights)).expect("a survey");
    let mut tensors = notes.parameters("2.5", "vae");
    tensors.retain(|(_, name, _)| name.starts_with("encoder."));
    let encoder = tensors.into_iter().map(|(_, name, tensor)| (name, tensor));
    let decoder = survey.shapes.iter();
    let decoder = decoder.map(|(name, shape)| (name.clone(), parameter(name, shape)));
    let all = encoder.chain(decoder);
    let bytes = all.map(|(name, tensor)| (name, view_of(&tensor).expect("fp32")));
    let words = [
        ("model_version", "2.5.0".to_owned()),
        ("config", header.to_string()),
    ];
    write(&folder.join("vae.safetensors"), bytes.collect(), &words);
    opened(folder).expect("whole")
}

fn of_size(notes: &Notes, size: [u32; 2]) -> Generation {
    let mut request = request(&notes.cases["2.5"]);
    request.settings.size = Some(size);
    request.inputs.seed = SEED;
    request
}

#[test]
fn frames_are_those_of_the_network_for_the_latents_and_the_noise_of_the_seed() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    let model = write_release(folder.path(), &notes);
    let latents_path = folder.path().join("latents.safetensors");
    let request = Generation {
        latents_out: Some(latents_path.clone()),
        ..of_size(&notes, [128, 96])
    };
    let plan = planned(&model, &request);
    let heard = made(&model, &plan);
    assert_eq!(made(&model, &plan).pixels, heard.pixels);

    let latents = MappedFile::open(&latents_path).expect("latents");
    let latents = latents.tensor("latents").expect("a picture");
    let (config, _) = autoencoder();
    let statistic = |name: &str| {
        let name = format!("per_channel_statistics.{name}");
        parameter(&name, &[config.channels]).reshape([1, -1, 1, 1, 1])
    };
    let raw = latents * statistic("std-of-means") + statistic("mean-of-means");
    let DecoderConfig::Diffusion(shape) = &config.decoder else {
        panic!("a plain decoder");
    };
    let mut source = Drawn;
    let mut weights = Weights::of(&mut source);
    let network = DiffusionDecoder::new(shape, weights.at("decoder")).expect("built");
    tch::manual_seed((SEED ^ OWN_NUMBERS) as i64);
    let noise = Tensor::randn([9, 3, 96, 128], (Kind::Float, Device::Cpu));
    let frames = network.decode(&raw, &noise.transpose(0, 1).unsqueeze(0));
    let frames = frames.expect("decoded").clamp(-1.0, 1.0) * 0.5 + 0.5;
    let ours = Tensor::from_slice(&heard.pixels).view([9, 96, 128, 3]);
    let ours = ours.permute([3, 0, 1, 2]).unsqueeze(0).to_kind(Kind::Float) / 255.0;
    // Rounding to bytes changes a value by at most half a step.
    assert_close("frames", &ours, &frames, 0.51 / 255.0);
}

#[test]
fn a_plan_with_tiles_makes_the_clip_with_less_memory_and_small_frames_are_refused() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    let model = write_release(folder.path(), &notes);
    let plan = planned(&model, &of_size(&notes, [128, 96]));
    let whole = made(&model, &plan);
    let mut generator = generator();
    let mut memory = generator.memory_plan(&model, &plan).expect("a plan");
    memory.decoding = PictureForm::Tiled;
    let mut heard = Heard::default();
    let done = generator.generate_by(memory, &model, &plan, &mut heard);
    done.expect("a clip");
    // One tile of 768 pixels and 80 frames holds it.
    assert_eq!(heard.pixels, whole.pixels);
    let small = model.plan(&of_size(&notes, [64, 64]), &|_| Vec::new());
    let failure = small.expect_err("too small");
    assert!(failure.cause.contains("64x64"), "{failure}");
    let remedy = failure.remedy.unwrap_or_default();
    assert!(remedy.contains("96 pixels"), "{remedy}");
}
