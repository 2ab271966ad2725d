//! Whether a condition is used at all, without making a single clip: how much worse the network tells the
//! velocity of held-out clips when the condition is taken from another clip. 1.00 is not at all.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::diffusion::{Item, Networks, School, error};
use crate::world::{Scene, Telling, caption, generator};

/// How much noise there is.
const SIGMAS: [f64; 3] = [0.5, 0.8, 0.95];
const CLIPS_A_PASS: usize = 16;

/// Error with a wrong condition over error with the right one: of the whole picture, and of the cast.
#[derive(Clone, Copy, Debug)]
pub struct Sensitivity {
    /// What is exchanged.
    pub what: &'static str,
    /// Of all places.
    pub all: f64,
    /// Of the cast's places.
    pub cast: f64,
}

/// What can be exchanged for another clip's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    Nothing,
    Words,
    Stage,
    Camera,
    Kept,
    Portraits,
}

/// With what a case is given, and what is exchanged in it.
const CASES: [(&str, Exchange); 5] = [
    ("words", Exchange::Words),
    ("stage", Exchange::Stage),
    ("camera, without stage", Exchange::Camera),
    ("kept frames, without stage", Exchange::Kept),
    ("portrait", Exchange::Portraits),
];

/// Of all conditions.
pub fn sensitivities(networks: &Networks, school: &School) -> Result<Vec<Sensitivity>, Failure> {
    let cases = CASES.iter().map(|&(what, exchange)| {
        let right = errors(networks, school, exchange, Exchange::Nothing)?;
        let wrong = errors(networks, school, exchange, exchange)?;
        Ok(Sensitivity {
            what,
            all: wrong[0] / right[0],
            cast: wrong[1] / right[1],
        })
    });
    cases.collect()
}

/// The error over all held-out clips, of all places and of the cast's.
fn errors(
    networks: &Networks,
    school: &School,
    case: Exchange,
    exchange: Exchange,
) -> Result<[f64; 2], Failure> {
    let _no_grad = tch::no_grad_guard();
    let pairs = pairs(school, case);
    let mut sums = [0.0; 2];
    for (pass, pairs) in (0..).zip(pairs.chunks(CLIPS_A_PASS)) {
        let items = pairs
            .iter()
            .map(|&(clip, other)| item(school, [clip, other], case, exchange));
        let items: Vec<Item> = items.collect();
        let batch = school.batch(&items, None)?;
        for sigma in SIGMAS {
            tch::manual_seed(pass * 1000 + (sigma * 100.0) as i64);
            let sigma = Tensor::full([items.len() as i64], sigma, (Kind::Float, school.device));
            let error = error(networks, &batch, &sigma);
            let clip = |x: &Tensor| x.narrow(2, batch.references, x.size()[2] - batch.references);
            let (error, cast) = (clip(&error), clip(&batch.cast));
            sums[0] += error.mean(Kind::Float).double_value(&[]);
            sums[1] +=
                ((&error * &cast).sum(Kind::Float) / cast.sum(Kind::Float)).double_value(&[]);
        }
    }
    Ok(sums)
}

/// Clips, each with another to exchange with. Kept frames are exchanged between clips of which the same
/// latent frames are kept.
fn pairs(school: &School, case: Exchange) -> Vec<(u64, u64)> {
    let pattern = |clip: u64| {
        let made = school.latents.made.get(clip as i64);
        Vec::<f32>::try_from(made).unwrap_or_default()
    };
    let clips: Vec<u64> = (0..school.latents.count()).collect();
    let mut pairs = Vec::new();
    for (at, &clip) in clips.iter().enumerate() {
        let others = clips.iter().cycle().skip(at + 1).take(clips.len() - 1);
        let mut others = others.copied();
        let other = match case {
            Exchange::Kept if school.latents.has_kept(clip) => {
                others.find(|&other| pattern(other) == pattern(clip))
            }
            Exchange::Kept => None,
            _ => others.next(),
        };
        pairs.extend(other.map(|other| (clip, other)));
    }
    pairs
}

fn item(school: &School, [clip, other]: [u64; 2], case: Exchange, exchange: Exchange) -> Item {
    let of = |what: Exchange| if exchange == what { other } else { clip };
    let telling = match case {
        Exchange::Portraits => Telling::ByPicture,
        _ => Telling::Full,
    };
    let scene = Scene::of_seed(school.first_seed + of(Exchange::Words), school.format);
    Item {
        clip,
        caption: caption(&scene, telling, &mut generator(clip, 50)),
        stage: (!matches!(case, Exchange::Camera | Exchange::Kept)).then(|| of(Exchange::Stage)),
        kept: (case == Exchange::Kept).then(|| of(Exchange::Kept)),
        camera: Some(of(Exchange::Camera)),
        portraits: match case {
            Exchange::Portraits => vec![(of(Exchange::Portraits), 0)],
            _ => Vec::new(),
        },
    }
}
