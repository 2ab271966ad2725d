//! How well the model does what it is told, held against the world it was made of. Held-out seeds, the
//! first of them, never picked; beside each figure what the world's own clips reach once they have been
//! through the autoencoder (the ceiling), and what guessing reaches (chance).

mod bars;
mod following;
mod given;
mod made;
mod motion;
mod nearest;
mod probe;
mod sensitivity;
mod table;

use std::path::{Path, PathBuf};

use kinora_engine::family::wan21::vae::{Memory, VaeDecoder, VaeEncoder};
use kinora_timeline::camera::Move;
use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::diffusion::Networks;
use crate::latents::Latents;
use crate::school::School;
use crate::sheet;
use crate::world::{Clip, Format, Scene, Shooting, Telling, caption, generator};
use crate::{autoencoder, pixels};

pub use bars::Bars;
pub use made::{Given, Maker};
pub use motion::Motion;
use probe::Probe;
pub use sensitivity::tell as tell_conditions;
pub use table::{Findings, Table};

/// The first seed nobody has learnt from.
pub const HELD_OUT: u64 = 1 << 40;
/// Clips of the main sets, each with one of these moves in turn.
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
/// Clips for each of the smaller sets.
const FEW: u64 = 32;
/// Passes of the probe over what teaches it.
const PROBE_PASSES: usize = 6;
/// Clips on a contact sheet, and how many frames of each.
const SHOWN: usize = 24;
const LOOKS: i64 = 5;

/// What is measured, and with what.
#[derive(Debug)]
pub struct Measuring<'m> {
    /// The shipped autoencoder.
    pub encoder: &'m VaeEncoder,
    /// The shipped autoencoder.
    pub decoder: &'m VaeDecoder,
    /// The shipped networks, as the trainer has them.
    pub networks: &'m Networks,
    /// Encoded clips to teach the probe, from seed 0 on.
    pub taught: &'m Latents,
    /// Held-out clips on which conditions are exchanged.
    pub school: &'m School,
    /// Makes clips through the engine.
    pub maker: Maker,
    /// Its clips.
    pub format: Format,
    /// What is to be reached.
    pub bars: Bars,
    /// Where the contact sheets go.
    pub folder: PathBuf,
}

/// A held-out scene with its truth, what the autoencoder leaves of it, and what was made of it: clips of
/// 3 x t x h x w in [-1, 1].
struct Made {
    scene: Scene,
    truth: Tensor,
    recon: Tensor,
    result: Tensor,
}

impl Made {
    /// What the model made, and what the best possible model would have made.
    const OF: [fn(&Self) -> &Tensor; 2] = [|clip| &clip.result, |clip| &clip.recon];
}

impl Measuring<'_> {
    /// All of it. `told` hears how far it is.
    pub fn all(&mut self, told: &dyn Fn(&str)) -> Result<Table, Failure> {
        let mut table = Table::default();
        self.fidelity(&mut table);

        told("how much each condition counts");
        sensitivity::tell(self.networks, self.school, &mut table)?;
        told("teaching the probe");
        let probe = Probe::taught(self.taught, 0, self.format, PROBE_PASSES);

        told("clips of words, stage and camera");
        let staged = self.moving(Given::STAGE, told)?;
        self.show(&staged, "clips.png")?;
        let by = ("words and stage", Some(self.bars.place));
        self.attributes(&mut table, &probe, &staged, by);
        self.colours_and_kinds(&mut table, &staged);
        self.motions(&mut table, &staged, true);
        self.paths(&mut table, &staged);
        self.last_frames(&mut table, &staged);

        told("clips of words and camera");
        let unstaged = self.moving(
            Given {
                stage: false,
                ..Given::STAGE
            },
            told,
        )?;
        self.show(&unstaged, "clips-without-stage.png")?;
        self.attributes(&mut table, &probe, &unstaged, ("words alone", None));
        self.motions(&mut table, &unstaged, false);

        told("clips with portraits");
        self.portraits(&mut table)?;
        told("five shots of one character");
        self.five_shots(&mut table)?;
        told("clips from a picture");
        self.first_frames(&mut table)?;
        self.ends(&mut table)?;
        Ok(table)
    }

    fn fidelity(&self, table: &mut Table) {
        let seeds = HELD_OUT..HELD_OUT + FEW;
        let device = self.school.device;
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

    /// Latents of a clip, 1 x c x f x h x w.
    fn encode(&self, clip: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let clip = clip.unsqueeze(0).to_device(self.school.device);
        self.encoder.encode_chunk(&clip, &mut Memory::default())
    }

    /// A clip there and back again.
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
        let truth = pixels::colours(&truth.frames, self.format.size);
        Ok(Made {
            recon: self.recon(&truth),
            scene,
            truth,
            result,
        })
    }

    /// The main set: every scene fully told, with one of the moves.
    fn moving(&mut self, given: Given, told: &dyn Fn(&str)) -> Result<Vec<Made>, Failure> {
        let clips = (0..CLIPS).map(|at| {
            if at % 12 == 0 {
                told(&format!("  {at} of {CLIPS}"));
            }
            let scene = self.scene_with_move(at);
            let words = caption(&scene, Telling::Full, &mut generator(at, 61));
            self.make(scene, &words, given, at)
        });
        clips.collect()
    }

    fn scene_with_move(&self, at: u64) -> Scene {
        let mut scene = Scene::of_seed(HELD_OUT + at, self.format);
        let which = MOVES[at as usize % MOVES.len()];
        let start = scene.shooting.poses[0];
        let (frames, rate) = (self.format.frames, self.format.frame_rate());
        scene.shooting = Shooting::of(which, AMOUNT, start, frames, rate);
        scene
    }

    /// The first of them, truth beside what was made.
    fn show(&self, clips: &[Made], name: &str) -> Result<(), Failure> {
        let last = i64::from(self.format.frames) - 1;
        let frames: Vec<i64> = (0..LOOKS).map(|at| at * last / (LOOKS - 1)).collect();
        let shown = clips.iter().take(SHOWN);
        let rows: Vec<Vec<&Tensor>> = shown.map(|clip| vec![&clip.truth, &clip.result]).collect();
        sheet::contact_sheet(Path::new(&self.folder.join(name)), &rows, &frames, 1)
    }
}

/// Decibels between two pictures or clips in [-1, 1].
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

/// In whole percent, or with one more figure where that says more.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match (percent - percent.round()).abs() > 0.05 && percent < 20.0 {
        true => format!("{percent:.1} %"),
        false => format!("{percent:.0} %"),
    }
}
