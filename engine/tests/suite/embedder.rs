//! Compares the vectors of pictures with those of `CLIPVisionModel` and `CLIPVisionModelWithProjection`. Also the jobs
//! that make them, and the models without an image encoder.

use std::path::PathBuf;

use kinora_engine::family::embedder::{Embedder, EmbedderConfig, PoolingConfig};
use kinora_engine::weights::{Role, Source, Weights};
use kinora_wire::{Embed, Failure, FailureKind, JobId, Outcome, Progress, Request};
use tch::{Device, Tensor};

use crate::drawn::{Drawn, normal_like, parameter};
use crate::golden::{assert_close, open};
use crate::image_encoder::written_config;
use crate::jobs::{EngineClient, Place};
use crate::pipeline;

/// The length of the projected vectors, as in engine/goldens/image.py.
const PROJECTED: i64 = 12;

/// The vectors of the pictures of the goldens.
fn vectors(pooling: Option<PoolingConfig>, source: &mut dyn Source) -> Tensor {
    tch::set_num_threads(1);
    let image = written_config();
    let side = image.side();
    let config = EmbedderConfig { image, pooling };
    let embedder = Embedder::new(&config, Weights::of(source), Device::Cpu).expect("drawn");
    embedder.forward(&normal_like("pixels", &[2, 3, side, side]))
}

/// The drawn weights, with the projection as the official release has it.
struct WithHead;

impl Source for WithHead {
    fn parameter(&mut self, name: &str, shape: &[i64], _role: Role) -> Result<Tensor, Failure> {
        Ok(match name {
            "head" => {
                assert_eq!(shape[1], PROJECTED);
                parameter("projection.weight", &[shape[1], shape[0]]).transpose(0, 1)
            }
            _ => parameter(name, shape),
        })
    }
}

#[test]
fn the_vectors_are_those_of_the_reference_with_and_without_a_projection() {
    let file = open("image");
    let golden = |name: &str| file.tensor(name).expect("golden");
    let pooled = vectors(Some(PoolingConfig::Norm), &mut Drawn);
    assert_close("pooled", &pooled, &golden("pooled"), 1e-4);
    let projection = Some(PoolingConfig::Projection(PROJECTED));
    let projected = vectors(projection, &mut Drawn);
    assert_close("projected", &projected, &golden("projected"), 1e-4);
    let head = vectors(Some(PoolingConfig::Head(PROJECTED)), &mut WithHead);
    assert_close("head", &head, &projected, 1e-5);
    // Without the layers after the blocks: the token of the layer that the transformer attends to.
    let plain = vectors(None, &mut Drawn);
    let token = golden("tokens").select(1, 0);
    assert_close("token", &plain, &token, 1e-4);
}

/// The vectors that a job sends, with the numbers of their pictures, and its outcome.
fn embedded(client: &EngineClient, job: u64, embed: Embed) -> (Vec<(u32, Vec<f32>)>, Outcome) {
    client.0.send(Request::Embed {
        job: JobId(job),
        embed: Box::new(embed),
    });
    let (received, _, outcome) = client.receive_until_end(job);
    let vectors = received.into_iter().filter_map(|progress| match progress {
        Progress::Embedded { picture, vector } => Some((picture, vector)),
        _ => None,
    });
    (vectors.collect(), outcome)
}

fn similarity(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn on_cpu(model: &str, pictures: Vec<PathBuf>) -> Embed {
    Embed {
        model: Some(model.to_owned()),
        pictures,
        device: Some("cpu".into()),
    }
}

#[test]
fn a_job_sends_a_vector_for_each_picture_in_their_order_and_equal_pictures_have_the_same() {
    let place = Place::with(|folder| pipeline::write_model(folder, "seen", 430));
    let client = place.start();
    let folder = tempfile::tempdir().expect("a folder");
    let picture = |name: &str, width, height| pipeline::picture(folder.path(), name, width, height);
    let pictures = vec![
        picture("one", 40, 30),
        picture("two", 24, 60),
        picture("one", 40, 30),
    ];
    let model = place.model().display().to_string();
    let (vectors, outcome) = embedded(&client, 1, on_cpu(&model, pictures.clone()));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let numbers: Vec<u32> = vectors.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let between = |one: usize, other: usize| similarity(&vectors[one].1, &vectors[other].1);
    assert!((between(0, 0) - 1.0).abs() < 1e-5, "{}", between(0, 0));
    assert!((between(0, 2) - 1.0).abs() < 1e-5, "{}", between(0, 2));
    assert!(between(0, 1) < 0.999, "{}", between(0, 1));

    // The file alone gives the same.
    let file = place.model().join("clip_vision/tiny_clip.safetensors");
    let file = file.display().to_string();
    let (again, _) = embedded(&client, 2, on_cpu(&file, pictures));
    assert_eq!(again, vectors);

    let missing = vec![folder.path().join("gone.png")];
    let (_, outcome) = embedded(&client, 3, on_cpu(&file, missing));
    let Outcome::Failed { failure } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(failure.cause.contains("gone.png"), "{failure}");
}

#[test]
fn a_model_without_an_image_encoder_is_refused_with_one_that_has_it_as_the_remedy() {
    let place = Place::new();
    let client = place.start();
    let model = place.model().display().to_string();
    let known = on_cpu(&model, Vec::new());
    let any = Embed {
        model: None,
        ..known.clone()
    };
    let cases = [
        (known, "has no image encoder"),
        (any, "no installed model has an image encoder"),
        (on_cpu("nowhere", Vec::new()), "there is no model nowhere"),
    ];
    for (job, (embed, words)) in (1..).zip(cases) {
        let (vectors, outcome) = embedded(&client, job, embed);
        let Outcome::Failed { failure } = outcome else {
            panic!("{outcome:?}");
        };
        assert!(vectors.is_empty());
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert!(failure.cause.contains(words), "{failure}");
        let remedy = failure.remedy.unwrap_or_default();
        assert!(
            words.contains("nowhere") || remedy.contains("clip_vision_h.safetensors"),
            "{remedy}"
        );
    }
}
