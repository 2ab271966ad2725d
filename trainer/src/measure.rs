//! How well the model does what it is told, held against the world it was made of. Held-out seeds, the
//! first of them, never picked; beside each figure what the world's own clips reach once they have been
//! through the autoencoder (the ceiling), and what guessing reaches (chance).

mod made;
mod motion;
mod nearest;
mod probe;
mod sensitivity;
mod table;

use std::path::Path;

use kinora_engine::vae::{Memory, VaeDecoder, VaeEncoder};
use kinora_timeline::camera::Move;
use kinora_wire::{Failure, Recipe};
use tch::{IndexOp as _, Kind, Tensor};

use crate::diffusion::{Networks, School};
use crate::latents::Latents;
use crate::sheet;
use crate::world::{Character, Clip, Format, Scene, Shooting, Telling, caption, generator};
use crate::{autoencoder, pixels};

pub use made::{Given, Maker};
pub use motion::Motion;
use probe::Probe;
pub use table::Table;

/// The first seed nobody has learnt from.
pub const HELD_OUT: u64 = 1 << 40;
/// Clips of the main set, each with one of these moves in turn.
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
/// Characters to be told apart.
const CAST: usize = 8;
/// Clips for each of the smaller sets.
const FEW: u64 = 32;
const SHOTS: u64 = 5;
/// Clips on the contact sheet, and the frames shown of each.
const SHOWN: usize = 24;
/// The frames of a clip that are looked at on a sheet, as parts of its length.
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
    /// Encoded clips to teach the probe.
    pub taught: &'m Latents,
    /// Held-out clips for the sensitivities.
    pub school: &'m School,
    /// Makes clips through the engine.
    pub maker: Maker,
    /// How the model is used.
    pub recipe: Recipe,
    /// Its clips.
    pub format: Format,
}

/// A held-out scene with its truth and what was made of it.
struct Made {
    scene: Scene,
    truth: Tensor,
    recon: Tensor,
    made: Tensor,
}

impl Measuring<'_> {
    /// All of it, told as it comes, with pictures in `folder`.
    pub fn all(&mut self, folder: &Path, told: &dyn Fn(&str)) -> Result<Table, Failure> {
        let mut table = Table::default();
        let seeds = HELD_OUT..HELD_OUT + FEW;
        let [whole, cast] = autoencoder::fidelity(
            self.encoder,
            self.decoder,
            seeds,
            self.format,
            self.school.device,
        );
        table.row(
            "autoencoder, whole picture",
            format!("{whole:.1} dB"),
            "",
            "",
            ">= 26 dB",
            whole >= 26.0,
        );
        table.row(
            "autoencoder, inside the character",
            format!("{cast:.1} dB"),
            "",
            "",
            ">= 19 dB",
            cast >= 19.0,
        );
        told("sensitivities");
        for found in sensitivity::sensitivities(self.networks, self.school)? {
            let value = format!("{:.2} x, on the cast {:.2} x", found.all, found.cast);
            table.reported(
                &format!("error with another clip's {}", found.what),
                value,
                "",
                "1.00 x",
            );
        }
        told("the probe");
        let probe = Probe::taught(self.taught, 0, self.format, 6);
        told("clips with stage, camera and words");
        let staged = self.moving(Given::STAGE, 0, told)?;
        self.show(&staged, &folder.join("clips.png"))?;
        self.attributes(&mut table, &probe, &staged);
        self.colours(&mut table, &staged);
        self.motions(&mut table, &staged, true);
        self.paths(&mut table, &staged);
        last_frames(&mut table, &staged);
        told("clips with camera and words");
        let unstaged = self.moving(
            Given {
                stage: false,
                ..Given::STAGE
            },
            0,
            told,
        )?;
        self.show(&unstaged, &folder.join("clips-without-stage.png"))?;
        self.motions(&mut table, &unstaged, false);
        told("clips with portraits");
        self.references(&mut table, folder, told)?;
        told("five shots of one character");
        self.shots(&mut table, folder, told)?;
        told("clips from a first frame");
        self.first_frames(&mut table, folder, told)?;
        Ok(table)
    }

    fn encode(&self, clip: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        self.encoder
            .encode_chunk(&clip.unsqueeze(0), &mut Memory::default())
    }

    /// There and back again.
    fn recon(&self, clip: &Tensor) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let decoded = self
            .decoder
            .decode_chunk(&self.encode(clip), &mut Memory::default());
        decoded.clamp(-1.0, 1.0).squeeze_dim(0)
    }

    fn make(
        &mut self,
        scene: Scene,
        words: &str,
        given: Given,
        seed: u64,
    ) -> Result<Made, Failure> {
        let truth: Clip = scene.clip(self.format);
        let made = self.maker.make(&scene, &truth, words, given, seed)?;
        let truth = pixels::colours(&truth.frames, self.format.size);
        Ok(Made {
            recon: self.recon(&truth),
            scene,
            truth,
            made,
        })
    }

    /// The main set.
    fn moving(
        &mut self,
        given: Given,
        seed: u64,
        told: &dyn Fn(&str),
    ) -> Result<Vec<Made>, Failure> {
        let clips = (0..CLIPS).map(|at| {
            if at % 12 == 11 {
                told(&format!("{at} of {CLIPS}"));
            }
            let scene = self.scene_with_move(at);
            let words = caption(&scene, Telling::Full, &mut generator(at, 61));
            self.make(scene, &words, given, seed + at)
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

    fn show(&self, clips: &[Made], path: &Path) -> Result<(), Failure> {
        let last = i64::from(self.format.frames) - 1;
        let frames: Vec<i64> = (0..LOOKS).map(|at| at * last / (LOOKS - 1)).collect();
        let rows: Vec<Vec<&Tensor>> = clips
            .iter()
            .take(SHOWN)
            .map(|clip| vec![&clip.truth, &clip.made])
            .collect();
        sheet::contact_sheet(path, &rows, &frames, 1)
    }

    fn attributes(&self, table: &mut Table, probe: &Probe, clips: &[Made]) {
        let seen = |of: fn(&Made) -> &Tensor| -> Vec<[i64; 5]> {
            clips
                .iter()
                .flat_map(|clip| {
                    let masks =
                        pixels::masks(&clip.scene.clip(self.format).frames, self.format.size);
                    let cast = crate::latents::cast_of_latents(&masks).unsqueeze(0);
                    probe.names(&self.encode(of(clip)), &cast)
                })
                .collect()
        };
        let (made, ceiling) = (seen(|clip| &clip.made), seen(|clip| &clip.recon));
        for (at, (name, count)) in probe::ATTRIBUTES.iter().enumerate() {
            let right = |seen: &[[i64; 5]]| {
                share(
                    clips
                        .iter()
                        .zip(seen)
                        .map(|(clip, seen)| probe::attributes(&clip.scene)[at] == seen[at]),
                )
            };
            let (value, best, chance) = (right(&made), right(&ceiling), 1.0 / *count as f64);
            let what = format!("{name}, by words (probe)");
            match at {
                0 | 1 => table.share(&what, value, best, chance, 0.95),
                _ => table.reported(&what, percent(value), &percent(best), &percent(chance)),
            }
        }
    }

    fn colours(&self, table: &mut Table, clips: &[Made]) {
        let right = |of: fn(&Made) -> &Tensor| {
            share(clips.iter().map(|clip| {
                nearest::colour(of(clip), &clip.scene, self.format) == clip.scene.character.body
            }))
        };
        let (value, best) = (right(|clip| &clip.made), right(|clip| &clip.recon));
        table.share(
            "body colour, by words (nearest of eight)",
            value,
            best,
            0.125,
            0.5,
        );
        let right = |of: fn(&Made) -> &Tensor| {
            share(clips.iter().map(|clip| {
                nearest::kind(of(clip), &clip.scene, self.format) == clip.scene.character.kind
            }))
        };
        let (value, best) = (right(|clip| &clip.made), right(|clip| &clip.recon));
        table.reported(
            "kind, by words (nearest of six)",
            percent(value),
            &percent(best),
            "17 %",
        );
    }

    fn motions(&self, table: &mut Table, clips: &[Made], with_stage: bool) {
        let groups: [(&str, &[Move], f64); 3] = [
            ("pan, tilt, truck, pedestal", &MOVES[..8], 0.85),
            ("push, pull", &MOVES[8..10], 0.7),
            ("roll", &MOVES[10..], 0.0),
        ];
        for (name, moves, bar) in groups {
            let (mut right, mut ceiling, mut ratios, mut best) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for clip in clips.iter().filter(|clip| {
                clip.scene
                    .shooting
                    .named
                    .is_some_and(|which| moves.contains(&which))
            }) {
                let along = |clip_tensor: &Tensor| {
                    main_axis(clip.scene.shooting.named, &Motion::of(clip_tensor))
                };
                let (truth, recon, made) =
                    (along(&clip.truth), along(&clip.recon), along(&clip.made));
                right.push(made * truth > 0.0);
                ceiling.push(recon * truth > 0.0);
                ratios.push(made / truth);
                best.push(recon / truth);
            }
            let with = if with_stage {
                "with stage"
            } else {
                "without stage"
            };
            let (value, most) = (share(right.into_iter()), share(ceiling.into_iter()));
            let what = format!("camera {with}, sign of {name}");
            match with_stage && bar > 0.0 {
                true => table.share(&what, value, most, 0.5, bar),
                false => table.reported(&what, percent(value), &percent(most), "50 %"),
            }
            let (ratio, best) = (median(ratios), median(best));
            let what = format!("camera {with}, motion of {name} over the true one");
            match with_stage && bar > 0.0 {
                true => table.row(
                    &what,
                    format!("{ratio:.2}"),
                    &format!("{best:.2}"),
                    "0",
                    ">= 0.3",
                    ratio >= 0.3,
                ),
                false => table.reported(&what, format!("{ratio:.2}"), &format!("{best:.2}"), "0"),
            }
        }
    }

    fn paths(&self, table: &mut Table, clips: &[Made]) {
        let right = |of: fn(&Made) -> &Tensor| {
            share(clips.iter().zip(0..).map(|(clip, seed)| {
                nearest::path(of(clip), &clip.scene, &MOVES, seed, self.format) == 0
            }))
        };
        let (value, best) = (right(|clip| &clip.made), right(|clip| &clip.recon));
        table.reported(
            "nearest to its own path of eight, with stage",
            percent(value),
            &percent(best),
            "12.5 %",
        );
    }

    fn references(
        &mut self,
        table: &mut Table,
        folder: &Path,
        told: &dyn Fn(&str),
    ) -> Result<(), Failure> {
        let given = Given {
            portraits: 1,
            ..Given::STAGE
        };
        let cast = cast_of_eight();
        let mut clips = Vec::new();
        for at in 0..FEW {
            if at % 16 == 15 {
                told(&format!("{at} of {FEW}"));
            }
            let mut scene = Scene::of_seed(HELD_OUT + 1000 + at, self.format);
            scene.character = cast[at as usize % CAST];
            let words = caption(&scene, Telling::ByPicture, &mut generator(at, 62));
            clips.push(self.make(scene, &words, given, at)?);
        }
        self.show(&clips, &folder.join("portraits.png"))?;
        let right = |of: fn(&Made) -> &Tensor| {
            share(clips.iter().enumerate().map(|(at, clip)| {
                nearest::character(of(clip), &clip.scene, &cast, self.format) == at % CAST
            }))
        };
        let (value, best) = (right(|clip| &clip.made), right(|clip| &clip.recon));
        table.reported(
            "portrait: nearest of eight characters",
            percent(value),
            &percent(best),
            "12.5 %",
        );
        Ok(())
    }

    fn shots(
        &mut self,
        table: &mut Table,
        folder: &Path,
        told: &dyn Fn(&str),
    ) -> Result<(), Failure> {
        let given = Given {
            portraits: 1,
            ..Given::STAGE
        };
        let cast = cast_of_eight();
        let (mut clips, mut same) = (Vec::new(), Vec::new());
        for (who, character) in cast.iter().enumerate() {
            told(&format!("character {who} of {CAST}"));
            let mut identities = Vec::new();
            for shot in 0..SHOTS {
                let seed = who as u64 * SHOTS + shot;
                let mut scene = Scene::of_seed(HELD_OUT + 2000 + seed, self.format);
                scene.character = *character;
                let words = caption(&scene, Telling::Full, &mut generator(seed, 63));
                let made = self.make(scene, &words, given, seed)?;
                identities.push(nearest::character(
                    &made.made,
                    &made.scene,
                    &cast,
                    self.format,
                ));
                clips.push(made);
            }
            same.push(identities.windows(2).all(|pair| pair[0] == pair[1]));
        }
        self.show(&clips, &folder.join("five-shots.png"))?;
        let chance = (CAST as f64).powi(1 - SHOTS as i32);
        table.reported(
            "one character over five shots: nearest to the same of eight in all",
            percent(share(same.into_iter())),
            "",
            &percent(chance),
        );
        Ok(())
    }

    fn first_frames(
        &mut self,
        table: &mut Table,
        folder: &Path,
        told: &dyn Fn(&str),
    ) -> Result<(), Failure> {
        let given = Given {
            first_frame: true,
            ..Given::STAGE
        };
        let mut clips = Vec::new();
        for at in 0..FEW {
            if at % 16 == 15 {
                told(&format!("{at} of {FEW}"));
            }
            let scene = self.scene_with_move(at + 100);
            let words = caption(&scene, Telling::Full, &mut generator(at, 64));
            clips.push(self.make(scene, &words, given, at)?);
        }
        self.show(&clips, &folder.join("first-frames.png"))?;
        let last = i64::from(self.format.frames) - 1;
        let mean =
            |of: &dyn Fn(&Made) -> f64| clips.iter().map(of).sum::<f64>() / clips.len() as f64;
        let first = mean(&|clip| psnr(&clip.made.i((.., 0)), &clip.truth.i((.., 0))));
        let best = mean(&|clip| psnr(&clip.recon.i((.., 0)), &clip.truth.i((.., 0))));
        table.reported(
            "first frame met",
            format!("{first:.1} dB"),
            &format!("{best:.1} dB"),
            "",
        );
        let gain = |of: fn(&Made) -> &Tensor| {
            mean(&|clip| {
                let truth = clip.truth.i((.., last));
                psnr(&of(clip).i((.., last)), &truth) - psnr(&clip.truth.i((.., 0)), &truth)
            })
        };
        let (value, best) = (gain(|clip| &clip.made), gain(|clip| &clip.recon));
        table.row(
            "image to video: last frame against a freeze frame",
            format!("{value:+.1} dB"),
            &format!("{best:+.1} dB"),
            "0 dB",
            ">= +1 dB",
            value >= 1.0,
        );

        let given = Given {
            last_frame: true,
            ..Given::STAGE
        };
        let mut met = Vec::new();
        for at in 0..FEW / 2 {
            let scene = self.scene_with_move(at + 200);
            let words = caption(&scene, Telling::Full, &mut generator(at, 65));
            let clip = self.make(scene, &words, given, at)?;
            met.push(psnr(&clip.made.i((.., last)), &clip.truth.i((.., last))));
        }
        let met = met.iter().sum::<f64>() / met.len() as f64;
        table.reported("last frame met", format!("{met:.1} dB"), "", "");
        Ok(())
    }
}

/// Where the content of a picture goes when the camera does this: the axis of its motion that matters.
fn main_axis(which: Option<Move>, motion: &Motion) -> f64 {
    match which {
        Some(Move::PanLeft | Move::PanRight | Move::TruckLeft | Move::TruckRight) => motion.right,
        Some(Move::TiltUp | Move::TiltDown | Move::PedestalUp | Move::PedestalDown) => motion.down,
        Some(Move::PushIn | Move::PullOut) => motion.nearer,
        _ => motion.round,
    }
}

fn last_frames(table: &mut Table, clips: &[Made]) {
    let right = |of: fn(&Made) -> &Tensor| {
        share(clips.iter().map(|clip| {
            let last = clip.truth.size()[1] - 1;
            let made = of(clip).i((.., last));
            psnr(&made, &clip.truth.i((.., last))) > psnr(&made, &clip.truth.i((.., 0)))
        }))
    };
    let (value, best) = (right(|clip| &clip.made), right(|clip| &clip.recon));
    table.share(
        "last frame nearer to its own truth than to the first frame's",
        value,
        best,
        0.5,
        0.95,
    );
}

/// Eight characters who differ in kind or colours.
fn cast_of_eight() -> Vec<Character> {
    let mut cast: Vec<Character> = Vec::new();
    for seed in HELD_OUT + 5000.. {
        let character = Scene::of_seed(seed, Format::SMALL).character;
        let is_new = cast
            .iter()
            .all(|other| other.kind != character.kind || other.body != character.body);
        if is_new {
            cast.push(character);
        }
        if cast.len() == CAST {
            break;
        }
    }
    cast
}

fn psnr(one: &Tensor, other: &Tensor) -> f64 {
    let error = (one - other).square().mean(Kind::Double).double_value(&[]);
    10.0 * (4.0 / error.max(1e-9)).log10()
}

fn share(right: impl Iterator<Item = bool>) -> f64 {
    let (mut sum, mut count) = (0, 0);
    for is_right in right {
        sum += u32::from(is_right);
        count += 1;
    }
    f64::from(sum) / f64::from(count.max(1))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
