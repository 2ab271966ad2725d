//! Compares LTX-2's latent upscaler with diffusers in every form, read from files of drawn weights.
//! Also files whose scale cannot be known.

use kinora_engine::family::ltx2::upsampler::{
    LatentUpsampler, Resampler, UpsamplerConfig, UpsamplerNames,
};
use kinora_engine::weights::{Checkpoint, Survey, Weights, load};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::{cases, golden};
use crate::drawn::{normal_like, parameter};
use crate::golden::{assert_close, number, write_weights};

/// The shape of an upscaler of the goldens.
pub fn upscaler(theirs: &Value) -> UpsamplerConfig {
    let is = |key: &str, neutral: bool| theirs[key].as_bool().unwrap_or(neutral);
    let scale = theirs["rational_spatial_scale"].as_f64();
    let resampler = match (is("spatial_upsample", true), is("temporal_upsample", false)) {
        (true, true) => Resampler::Both,
        (false, _) => Resampler::Frames,
        (true, false) if is("use_rational_resampler", true) => {
            let hundredths = scale.map(|scale| (scale * 100.0) as i64);
            let [times, divisor] = match hundredths {
                Some(75) => [3, 4],
                Some(150) => [3, 2],
                _ => [2, 1],
            };
            Resampler::Rational { times, divisor }
        }
        (true, false) => Resampler::Side,
    };
    UpsamplerConfig {
        channels: number(theirs, "in_channels"),
        width: number(theirs, "mid_channels"),
        blocks: [number(theirs, "num_blocks_per_stage") as usize; 2],
        is_per_frame: number(theirs, "dims") == 2,
        resampler,
    }
}

/// Writes the drawn weights of an upscaler, with the constant that its files hold, and opens them.
fn upscaler_file(config: &UpsamplerConfig, folder: &tempfile::TempDir) -> Checkpoint {
    let survey = Survey::of(|weights| LatentUpsampler::new(config, weights)).expect("a survey");
    let shapes = survey.shapes.into_iter();
    let drawn = shapes.map(|(name, shape)| (name.clone(), parameter(&name, &shape)));
    let is_rational = matches!(config.resampler, Resampler::Rational { .. });
    let kernel = is_rational.then(|| {
        let kernel = Tensor::ones([1, 1, 5, 5], (Kind::Float, Device::Cpu));
        ("upsampler.blur_down.kernel".to_owned(), kernel)
    });
    let path = write_weights(folder, drawn.chain(kernel));
    Checkpoint::open(&path, UpsamplerNames).expect("opened")
}

#[test]
fn every_latent_upscaler_is_read_from_its_file_and_equal_to_the_reference() {
    tch::set_num_threads(1);
    for case in cases("upscalers") {
        let theirs = &case.notes["config"];
        let config = upscaler(theirs);
        let folder = tempfile::tempdir().expect("a folder");
        let beside = folder.path().join("config.json");
        std::fs::write(beside, theirs.to_string()).expect("written");
        let checkpoint = upscaler_file(&config, &folder);
        let read = UpsamplerConfig::detect(&checkpoint).expect("a shape");
        assert_eq!(read, config, "{}", case.name);
        let build = |weights: Weights| LatentUpsampler::new(&read, weights);
        let network = load(
            &checkpoint,
            Device::Cpu,
            Kind::Float,
            &mut |_| Ok(()),
            build,
        );
        let network = network.expect("loaded");
        let larger = network.forward(&normal_like("small", &[1, 8, 3, 4, 5]));
        let larger = larger.expect("larger");
        assert_close(&case.name, &larger, &golden(&case.name), 1e-4);
        let other = normal_like("small", &[1, 7, 3, 4, 5]);
        assert!(network.forward(&other).is_err());
    }
}

#[test]
fn an_upscaler_of_unknown_scale_is_refused() {
    let theirs = |name: &str| {
        let mut cases = cases("upscalers").into_iter();
        let case = cases.find(|case| case.name == name).expect("a case");
        upscaler(&case.notes["config"])
    };
    let detect = |config: &UpsamplerConfig| {
        let folder = tempfile::tempdir().expect("a folder");
        UpsamplerConfig::detect(&upscaler_file(config, &folder))
    };
    // Without a written scale there is one for a convolution of 4 numbers, two for one of 9.
    assert!(detect(&theirs("upscaler_rational_x2")).is_ok());
    let failure = detect(&theirs("upscaler_rational_x1_5")).expect_err("refused");
    assert!(failure.to_string().contains("3/4"), "{failure}");
    let odd = UpsamplerConfig {
        width: 48,
        ..theirs("upscaler_side")
    };
    let failure = detect(&odd).expect_err("refused");
    assert!(
        failure.to_string().contains("`initial_conv.weight`"),
        "{failure}"
    );
}
