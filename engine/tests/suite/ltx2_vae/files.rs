//! The files of LTX-2's picture autoencoder: shapes read from the weights, key layouts, and refusals that name the
//! tensor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use kinora_engine::family::ltx2::vae::names::VaeNames;
use kinora_engine::family::ltx2::vae::{Form, Vae, VaeConfig};
use kinora_engine::weights::{Checkpoint, Named, Naming, Survey, Weights, load};
use serde_json::Value;
use tch::{Device, Kind};

use super::{Case, case, cases, golden, in_pieces};
use crate::drawn::parameter;
use crate::golden::{assert_close, number, open, parsed, write_weights};

impl Case {
    /// Key of diffusers to original name, by the rules in Python.
    fn names(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.notes["names"].clone()).expect("names")
    }

    fn survey(&self) -> Survey {
        let config = self.config();
        Survey::of(|weights| Vae::new(&config, weights)).expect("a survey")
    }

    /// A file of drawn weights, whose keys are made of original names.
    fn written(&self, folder: &tempfile::TempDir, key: impl Fn(&str) -> String) -> PathBuf {
        let shapes = self.survey().shapes.into_iter();
        let tensors = shapes.map(|(name, shape)| (key(&name), parameter(&name, &shape)));
        write_weights(folder, tensors)
    }
}

#[test]
fn the_shape_is_read_from_the_weights_in_every_layout() {
    for name in ["v2_0_1_frame", "v2_3_1_frame", "v2_5_1_frame"] {
        let case = case(name);
        let latents = golden(&format!("{name}.latents"));
        let expected = in_pieces(&case.vae(), &latents);
        let theirs = case.names();
        let diffusers: BTreeMap<&str, &str> = theirs
            .iter()
            .map(|(theirs, ours)| (ours.as_str(), theirs.as_str()))
            .collect();
        let layouts: [&dyn Fn(&str) -> String; 3] = [
            &|ours| ours.to_owned(),
            &|ours| format!("vae.{ours}"),
            &|ours| diffusers[ours].to_owned(),
        ];
        for layout in layouts {
            let folder = tempfile::tempdir().expect("a folder");
            let path = case.written(&folder, layout);
            let checkpoint = Checkpoint::open(&path, VaeNames).expect("opened");
            let config = VaeConfig::detect(&checkpoint).expect("a shape");
            assert_eq!(config, case.config(), "{name}");
            let build = |weights: Weights| Vae::new(&config, weights);
            let vae = load(
                &checkpoint,
                Device::Cpu,
                Kind::Float,
                &mut |_| Ok(()),
                build,
            );
            let decoded = in_pieces(&vae.expect("loaded"), &latents);
            assert_close(name, &decoded, &expected, 1e-6);
        }
    }
}

#[test]
fn the_names_of_diffusers_and_of_the_release_stand_for_one_another() {
    for case in cases("autoencoders") {
        let names = case.names();
        let keys: Vec<&str> = names.keys().map(String::as_str).collect();
        let ours = names.values().cloned().map(Named::Parameter);
        assert_eq!(VaeNames.named(&keys), ours.collect::<Vec<_>>());
        // Each key is a parameter of the network, and each parameter has one key.
        let reached: BTreeSet<String> = names.values().cloned().collect();
        assert_eq!(reached.len(), names.len());
        let needed: BTreeSet<String> = case.survey().shapes.into_keys().collect();
        assert_eq!(reached, needed, "{}", case.name);
    }
}

#[test]
fn the_released_shapes_have_the_reference_s_number_of_parameters() {
    let notes: BTreeMap<String, Value> = parsed(&open("ltx2_vae"));
    for (name, form) in [("v2_0", Form::Mirrored), ("v2_3", Form::Zeros)] {
        let config = VaeConfig::released(form);
        assert_eq!(config.pixels_per_latent(), 32);
        let survey = Survey::of(|weights| Vae::new(&config, weights)).expect("a survey");
        assert_eq!(survey.count(), number(&notes["released"], name), "{name}");
    }
}

/// The failure of reading the shape of a file with one parameter changed: left out, or in another shape.
fn refusal(name: &str, changed: &str, shape: Option<&[i64]>) -> String {
    let case = case(name);
    let folder = tempfile::tempdir().expect("a folder");
    let shapes = case.survey().shapes.into_iter();
    let tensors = shapes.filter_map(|(name, own)| match (name.starts_with(changed), shape) {
        (true, None) => None,
        (true, Some(shape)) => Some((name.clone(), parameter(&name, shape))),
        (false, _) => Some((name.clone(), parameter(&name, &own))),
    });
    let path = write_weights(&folder, tensors);
    let checkpoint = Checkpoint::open(&path, VaeNames).expect("opened");
    VaeConfig::detect(&checkpoint)
        .expect_err("refused")
        .to_string()
}

#[test]
fn a_file_that_does_not_fit_is_refused_by_the_name_of_the_tensor() {
    let check = |changed: &str, shape: Option<&[i64]>, said: &str| {
        let failure = refusal("v2_3_1_frame", changed, shape);
        assert!(failure.contains(said), "{changed}: {failure}");
    };
    check(
        "per_channel_statistics.mean-of-means",
        None,
        "`per_channel_statistics.mean-of-means`",
    );
    // Such as the file of the diffusion decoder of LTX-2.5.
    check("decoder.", None, "`decoder.conv_in.conv.weight`");
    check(
        "encoder.conv_out.conv.weight",
        Some(&[16, 32, 3, 3, 3]),
        "`encoder.conv_out.conv.weight` has 16 channels",
    );
    check(
        "encoder.conv_in.conv.weight",
        Some(&[8, 40, 3, 3, 3]),
        "`encoder.conv_in.conv.weight` reads 40 channels",
    );
    check(
        "decoder.up_blocks.3.conv.conv.weight",
        Some(&[96, 32, 3, 3, 3]),
        "`decoder.up_blocks.3.conv.conv.weight` makes 96 channels",
    );
    check(
        "decoder.up_blocks.2.res_blocks.0.conv1.conv.weight",
        None,
        "`decoder.up_blocks.2.res_blocks.0.conv1.conv.weight`",
    );
    check(
        "decoder.up_blocks.7",
        None,
        "its decoder", // one resampling layer fewer
    );
}
