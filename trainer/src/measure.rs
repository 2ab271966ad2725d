//! Measures of how well the model follows its conditions, compared with the world it was trained on. The scenes are
//! the first held-out seeds, never selected; next to each figure stand the ceiling (the world's own clips after the
//! autoencoder) and chance (guessing).

mod bars;
mod described;
mod enlarged;
mod following;
mod given;
mod made;
mod motion;
mod nearest;
mod part;
mod probe;
mod sensitivity;
mod table;

use std::path::{Path, PathBuf};

use kinora_engine::family::wan::vae::{Memory, VaeDecoder, VaeEncoder};
use kinora_engine::upscale::Upscaler;
use kinora_timeline::camera::Move;
use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::dataset::BatchSampler;
use crate::diffusion::Networks;
use crate::latents::Latents;
use crate::sheet;
use crate::world::{Clip, Format, Scene, Shooting, Telling, caption, generator};
use crate::{autoencoder, pixels};

pub use bars::Bars;
pub use enlarged::Enlarging;
pub use made::{Given, Maker, Staged};
pub use motion::Motion;
pub use part::Part;
use probe::Probe;
pub use sensitivity::measure as measure_conditions;
pub use table::{Findings, Table};

/// The first seed that is not in the training data.
pub const HELD_OUT: u64 = 1 << 40;
/// Clips of the main sets; each has one of these moves, in turn.
const CLIPS: u64 = 48;
const MOVES: [Move; 12] = [
    Move::PanLeft,
    Move::PanRight,
    Move::TiltUp,
    Move::TiltDown,
    Move::TruckLeft,
    Move::TruckRight,
    Move::PedestalUp,
    Move::PedestalDown,
    Move::PushIn,
    Move::PullOut,
    Move::RollLeft,
    Move::RollRight,
];
const AMOUNT: f64 = 0.8;
/// Clips of each of the smaller sets.
const FEW: u64 = 32;
/// Training epochs of the probe.
const PROBE_PASSES: usize = 6;
/// Clips on a contact sheet, and frames of each.
const SHOWN: usize = 24;
const LOOKS: i64 = 5;

/// The model to measure, and the data and tools for it.
#[derive(Debug)]
pub struct Measuring<'m> {
    /// The shipped autoencoder.
    pub encoder: &'m VaeEncoder,
    /// The shipped autoencoder.
    pub decoder: &'m VaeDecoder,
    /// The shipped networks, as the trainer loads them.
    pub networks: &'m Networks,
    /// Encoded clips to train the probe, from seed 0 on.
    pub probe_latents: &'m Latents,
    /// Held-out clips for the sensitivity to conditions.
    pub sampler: &'m BatchSampler,
    /// Generates clips through the engine.
    pub maker: Maker,
    /// Makes clips with a stage larger, as the studio does. Their measures are those of the large clips made smaller.
    pub upscaler: Option<Upscaler>,
    /// The format of the clips.
    pub format: Format,
    /// The values to be reached.
    pub bars: Bars,
    /// The folder of the contact sheets.
    pub folder: PathBuf,
}

/// A held-out scene with its own clip, that clip after the autoencoder, and the generated clip: 3 x t x h x w in [-1,
/// 1].
struct Made {
    scene: Scene,
    truth: Tensor,
    recon: Tensor,
    result: Tensor,
}

impl Made {
    /// The generated clip, and the best any model could generate with this autoencoder.
    const OF: [fn(&Self) -> &Tensor; 2] = [|clip| &clip.result, |clip| &clip.recon];
}

impl Measuring<'_> {
    /// Runs these measures. `report` is called with the name of each part.
    pub fn run(&mut self, parts: &[Part], report: &dyn Fn(&str)) -> Result<Table, Failure> {
        let mut table = Table::default();
        let has = |part| parts.contains(&part);
        if has(Part::Autoencoder) {
            self.fidelity(&mut table);
        }
        if has(Part::Conditions) {
            report("how much each condition counts");
            sensitivity::measure(self.networks, self.sampler, &mut table)?;
        }
        let probe = has(Part::Probe).then(|| {
            report("teaching the probe");
            Probe::trained(self.probe_latents, 0, self.format, PROBE_PASSES)
        });
        if has(Part::Stage) {
            report("clips of words, stage and camera");
            self.with_stage(&mut table, probe.as_ref(), report)?;
        }
        if has(Part::Words) {
            report("clips of words and camera");
            self.without_stage(&mut table, probe.as_ref(), report)?;
        }
        if has(Part::Portraits) {
            report("clips with portraits");
            self.portraits(&mut table)?;
            report("five shots of one character");
            self.five_shots(&mut table)?;
        }
        if has(Part::Pictures) {
            report("clips from a picture");
            self.first_frames(&mut table)?;
            self.ends(&mut table)?;
        }
        Ok(table)
    }

    fn with_stage(
        &mut self,
        table: &mut Table,
        probe: Option<&Probe>,
        report: &dyn Fn(&str),
    ) -> Result<(), Failure> {
        let staged = self.moving(Given::STAGE, report)?;
        self.show(&staged, "clips.png")?;
        let by = "words and stage";
        if let Some(probe) = probe {
            self.attributes(table, probe, &staged, (by, Some(self.bars.place)));
        }
        self.colours_and_kinds(table, &staged, (by, self.bars.by_stage), report);
        self.motions(table, &staged, true);
        self.paths(table, &staged);
        self.last_frames(table, &staged);
        Ok(())
    }

    fn without_stage(
        &mut self,
        table: &mut Table,
        probe: Option<&Probe>,
        report: &dyn Fn(&str),
    ) -> Result<(), Failure> {
        let given = Given {
            stage: None,
            ..Given::STAGE
        };
        let unstaged = self.moving(given, report)?;
        self.show(&unstaged, "clips-without-stage.png")?;
        let by = "words alone";
        if let Some(probe) = probe {
            self.attributes(table, probe, &unstaged, (by, None));
        }
        self.described(table, &unstaged, report);
        self.motions(table, &unstaged, false);
        Ok(())
    }

    fn fidelity(&self, table: &mut Table) {
        let seeds = HELD_OUT..HELD_OUT + FEW;
        let device = self.sampler.device;
        let [whole, cast] =
            autoencoder::fidelity(self.encoder, self.decoder, seeds, self.format, device);
        for (what, decibels, bar) in [
            ("autoencoder, whole picture", whole, self.bars.fidelity[0]),
            (
                "autoencoder, inside the character",
                cast,
                self.bars.fidelity[1],
            ),
        ] {
            let bar_words = format!("at least {bar} dB");
            table.row(
                what,
                format!("{decibels:.1} dB"),
                ["", ""],
                &bar_words,
                decibels >= bar,
            );
        }
    }

    /// The latents of a clip: 1 x c x f x h x w.
    fn encode(&self, clip: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let clip = clip.unsqueeze(0).to_device(self.sampler.device);
        self.encoder.encode_chunk(&clip, &mut Memory::default())
    }

    /// A clip after the autoencoder.
    fn recon(&self, clip: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let latents = self.encode(clip);
        let decoded = self.decoder.decode_chunk(&latents, &mut Memory::default());
        decoded
            .clamp(-1.0, 1.0)
            .squeeze_dim(0)
            .to_device(clip.device())
    }

    fn make(
        &mut self,
        scene: Scene,
        words: &str,
        given: Given,
        seed: u64,
    ) -> Result<Made, Failure> {
        let truth: Clip = scene.clip(self.format);
        let result = self.maker.make(&scene, &truth, words, given, seed)?;
        let result = self.upscaled(&scene, words, given, result)?;
        let truth = pixels::colours(&truth.frames, self.format.size);
        Ok(Made {
            recon: self.recon(&truth),
            scene,
            truth,
            result,
        })
    }

    /// A clip as the studio shows it: with a stage, and from words alone, it is made larger. In the size of the model.
    fn upscaled(
        &self,
        scene: &Scene,
        words: &str,
        given: Given,
        clip: Tensor,
    ) -> Result<Tensor, Failure> {
        let is_from_picture = given.first_frame || given.last_frame;
        let Some(upscaler) = self
            .upscaler
            .as_ref()
            .filter(|_| given.stage.is_some() && !is_from_picture)
        else {
            return Ok(clip);
        };
        let stage = scene.figure_stage(self.format);
        let small = clip.transpose(0, 1) * 0.5 + 0.5;
        let (large, _) =
            enlarged::guided(upscaler, scene, Some(&stage), (&small, words), self.format)?;
        let reduced = enlarged::reduced(&large, self.format.size);
        Ok((reduced * 2.0 - 1.0).transpose(0, 1).contiguous())
    }

    /// The main set: scenes with full captions, each with one of the moves.
    fn moving(&mut self, given: Given, report: &dyn Fn(&str)) -> Result<Vec<Made>, Failure> {
        let clips = (0..CLIPS).map(|at| {
            if at % 12 == 0 {
                report(&format!("  {at} of {CLIPS}"));
            }
            let scene = self.scene_with_move(at);
            let words = caption(&scene, Telling::Full, &mut generator(at, 61));
            self.make(scene, &words, given, at)
        });
        clips.collect()
    }

    fn scene_with_move(&self, at: u64) -> Scene {
        scene_with_move(at, self.format)
    }

    /// A contact sheet of the first clips, next to the world's own.
    fn show(&self, clips: &[Made], name: &str) -> Result<(), Failure> {
        let last = i64::from(self.format.frames) - 1;
        let frames: Vec<i64> = (0..LOOKS).map(|at| at * last / (LOOKS - 1)).collect();
        let shown = clips.iter().take(SHOWN);
        let rows: Vec<Vec<&Tensor>> = shown.map(|clip| vec![&clip.truth, &clip.result]).collect();
        sheet::contact_sheet(Path::new(&self.folder.join(name)), &rows, &frames, 1)
    }
}

/// A held-out scene with one of the moves, in turn.
fn scene_with_move(at: u64, format: Format) -> Scene {
    let mut scene = Scene::of_seed(HELD_OUT + at, format);
    let which = MOVES[at as usize % MOVES.len()];
    let start = scene.shooting.poses[0];
    let (frames, rate) = (format.frames, format.frame_rate());
    scene.shooting = Shooting::of(which, AMOUNT, start, frames, rate);
    scene
}

/// PSNR in dB of two pictures or clips in [-1, 1].
fn psnr(one: &Tensor, other: &Tensor) -> f64 {
    let error = (one - other).square().mean(Kind::Double).double_value(&[]);
    10.0 * (4.0 / error.max(1e-9)).log10()
}

fn share(right: impl Iterator<Item = bool>) -> f64 {
    mean(right.map(|is_right| f64::from(u8::from(is_right))))
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| {
        (sum + number, count + 1.0)
    });
    sum / f64::max(count, 1.0)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// In whole percent, or with one decimal below 20 % if it is not zero.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match (percent - percent.round()).abs() > 0.05 && percent < 20.0 {
        true => format!("{percent:.1} %"),
        false => format!("{percent:.0} %"),
    }
}
