//! Whether a condition is used at all, without generating a clip: how much the velocity error on held-out clips grows
//! when the condition is taken from another clip. A ratio of 1.00 means it is not used.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::Table;
use crate::dataset::{BatchSampler, Example};
use crate::diffusion::{Networks, error};
use crate::world::{Scene, Telling, caption, generator};

/// The noise levels.
const SIGMAS: [f64; 3] = [0.5, 0.8, 0.95];
const CLIPS_A_PASS: usize = 16;

/// The condition that is exchanged for another clip's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Nothing,
    Words,
    Colour,
    Kind,
    Stage,
    Camera,
    Kept,
    Portraits,
}

/// The name of each case, and the condition exchanged in it.
const CASES: [(&str, Exchange); 7] = [
    ("words", Exchange::Words),
    ("colour in words", Exchange::Colour),
    ("kind in words", Exchange::Kind),
    ("stage", Exchange::Stage),
    ("camera, without stage", Exchange::Camera),
    ("kept frames, without stage", Exchange::Kept),
    ("portrait", Exchange::Portraits),
];

/// Adds for each condition the ratio of the error with a wrong one to the error with the right one: over the whole
/// picture, and over the cast.
pub fn measure(
    networks: &Networks,
    sampler: &BatchSampler,
    table: &mut Table,
) -> Result<(), Failure> {
    for (what, exchange) in CASES {
        let right = errors(networks, sampler, exchange, Exchange::Nothing)?;
        let wrong = errors(networks, sampler, exchange, exchange)?;
        let [all, cast] = [wrong[0] / right[0], wrong[1] / right[1]];
        let figure = format!("{all:.2} x, on the cast {cast:.2} x");
        let what = format!("error with another clip's {what}");
        table.reported(&what, figure, ["", "1.00 x"]);
    }
    Ok(())
}

/// The error over all held-out clips: over all positions, and over the cast's.
fn errors(
    networks: &Networks,
    sampler: &BatchSampler,
    case: Exchange,
    exchange: Exchange,
) -> Result<[f64; 2], Failure> {
    let _no_grad = tch::no_grad_guard();
    let pairs = pairs(sampler, case);
    let mut sums = [0.0; 2];
    for (pass, pairs) in (0..).zip(pairs.chunks(CLIPS_A_PASS)) {
        let examples = pairs
            .iter()
            .map(|&(clip, other)| example(sampler, [clip, other], case, exchange));
        let examples: Vec<Example> = examples.collect();
        let batch = sampler.batch(&examples, None)?;
        for sigma in SIGMAS {
            tch::manual_seed(pass * 1000 + (sigma * 100.0) as i64);
            let sigma = Tensor::full(
                [examples.len() as i64],
                sigma,
                (Kind::Float, sampler.device),
            );
            let error = error(networks, &batch, &sigma)?;
            let clip = |x: &Tensor| x.narrow(2, batch.references, x.size()[2] - batch.references);
            let (error, cast) = (clip(&error), clip(&batch.cast));
            sums[0] += error.mean(Kind::Float).double_value(&[]);
            sums[1] +=
                ((&error * &cast).sum(Kind::Float) / cast.sum(Kind::Float)).double_value(&[]);
        }
    }
    Ok(sums)
}

/// Pairs of clips to exchange conditions between. Given frames are exchanged between clips with the same latent
/// frames given.
fn pairs(sampler: &BatchSampler, case: Exchange) -> Vec<(u64, u64)> {
    let pattern = |clip: u64| {
        let made = sampler.latents.made.get(clip as i64);
        Vec::<f32>::try_from(made).unwrap_or_default()
    };
    let who = |clip: u64| scene(sampler, clip).character;
    let clips: Vec<u64> = (0..sampler.latents.count()).collect();
    let mut pairs = Vec::new();
    for (at, &clip) in clips.iter().enumerate() {
        let others = clips.iter().cycle().skip(at + 1).take(clips.len() - 1);
        let mut others = others.copied();
        let other = match case {
            Exchange::Kept if sampler.latents.has_kept(clip) => {
                others.find(|&other| pattern(other) == pattern(clip))
            }
            Exchange::Kept => None,
            Exchange::Colour => others.find(|&other| who(other).body != who(clip).body),
            Exchange::Kind => others.find(|&other| who(other).kind != who(clip).kind),
            _ => others.next(),
        };
        pairs.extend(other.map(|other| (clip, other)));
    }
    pairs
}

fn scene(sampler: &BatchSampler, clip: u64) -> Scene {
    Scene::of_seed(sampler.first_seed + clip, sampler.format)
}

fn example(
    sampler: &BatchSampler,
    [clip, other]: [u64; 2],
    case: Exchange,
    exchange: Exchange,
) -> Example {
    let of = |what: Exchange| if exchange == what { other } else { clip };
    let telling = match case {
        Exchange::Portraits => Telling::ByPicture,
        _ => Telling::Full,
    };
    let (mut described, other_scene) = (scene(sampler, clip), scene(sampler, other));
    match exchange {
        Exchange::Words => described = other_scene,
        Exchange::Colour => described.character.body = other_scene.character.body,
        Exchange::Kind => described.character.kind = other_scene.character.kind,
        _ => {}
    }
    Example {
        clip,
        caption: caption(&described, telling, &mut generator(clip, 50)),
        stage: (!matches!(case, Exchange::Camera | Exchange::Kept)).then(|| of(Exchange::Stage)),
        kept: (case == Exchange::Kept).then(|| of(Exchange::Kept)),
        camera: Some(of(Exchange::Camera)),
        portraits: match case {
            Exchange::Portraits => vec![(of(Exchange::Portraits), 0)],
            _ => Vec::new(),
        },
    }
}
