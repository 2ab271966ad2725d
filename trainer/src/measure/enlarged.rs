//! Measures of clips of the model that were made larger, beside the same clips enlarged smoothly: detail, steadiness, and
//! whether colour and kind are those of the prompt.

mod steadiness;

use std::path::PathBuf;

use kinora_engine::upscale::steady::{Large, steadied};
use kinora_engine::upscale::{GuidedPicture, Upscaler};
use kinora_timeline::stage::Stage;
use kinora_wire::{Failure, UpscaleGuide};
use tch::{Kind, Tensor};

use super::described;
use super::nearest::Candidates;
use super::{Given, Maker, Staged, Table, mean, scene_with_move, share};
use crate::guided::{Stages, Surroundings, enlarged, sampled};
use crate::pixels;
use crate::sheet;
use crate::world::{Colour, Format, Kind as Being, Scene, Staging, Telling, caption, generator};
use steadiness::Steadiness;

/// Clips on a contact sheet, and the frames shown of each: the world, the stage, enlarged smoothly, guided.
const SHOWN: usize = 24;
const LOOKS: [i64; 1] = [10];

/// The model, the upscaler and what they are given.
#[derive(Debug)]
pub struct Enlarging {
    /// The upscaler.
    pub upscaler: Upscaler,
    /// The model.
    pub maker: Maker,
    /// The format of the small clips.
    pub format: Format,
    /// How the model is given a stage.
    pub staging: Staging,
    /// The folder of the contact sheets.
    pub folder: PathBuf,
}

/// What is measured of a clip in one form.
struct Measured {
    detail: f64,
    changes: [f64; 2],
    colour: bool,
    kind: bool,
}

/// A held-out clip at the large size: t 3 h w in [0, 1].
struct Enlarged {
    truth: Tensor,
    stage: Tensor,
    smooth: Tensor,
    guided: Tensor,
}

impl Enlarging {
    /// Runs all measures over the first held-out clips. `report` is called with the name of each part.
    pub fn all(
        &mut self,
        clips: u64,
        is_figure_only: bool,
        report: &dyn Fn(&str),
    ) -> Result<Table, Failure> {
        let mut table = Table::default();
        for (what, stages, sheet) in [
            ("words and figure", Stages::Figure, "enlarged.png"),
            ("words and whole stage", Stages::Whole, "enlarged-whole.png"),
            ("words alone", Stages::Absent, "enlarged-words.png"),
        ] {
            if is_figure_only && stages != Stages::Figure {
                continue;
            }
            report(what);
            self.way(&mut table, (what, stages, sheet), clips)?;
        }
        Ok(table)
    }

    fn way(
        &mut self,
        table: &mut Table,
        (what, stages, name): (&str, Stages, &str),
        clips: u64,
    ) -> Result<(), Failure> {
        let mut measured: [Vec<Measured>; 3] = Default::default();
        let mut shown: Vec<[Tensor; 4]> = Vec::new();
        for at in 0..clips {
            let scene = scene_with_move(at, self.format);
            let clip = self.enlarged(&scene, stages, at)?;
            let forms = [&clip.truth, &clip.smooth, &clip.guided];
            let forms = self.measured(&scene, forms, stages);
            for (one, all) in forms.into_iter().zip(&mut measured) {
                all.push(one);
            }
            if shown.len() < SHOWN {
                let row = [&clip.truth, &clip.stage, &clip.smooth, &clip.guided];
                shown.push(row.map(|form| form.transpose(0, 1) * 2.0 - 1.0));
            }
        }
        let rows: Vec<Vec<&Tensor>> = shown.iter().map(|row| row.iter().collect()).collect();
        sheet::contact_sheet(&self.folder.join(name), &rows, &LOOKS, 1)?;
        let [truth, forms @ ..] = &measured;
        let ratio = |of: fn(&Measured) -> f64, form: &[Measured]| {
            mean(form.iter().map(of)) / mean(truth.iter().map(of)).max(1e-9)
        };
        for (form, how) in forms.iter().zip(["enlarged smoothly", "guided"]) {
            let figure = format!("{:.2}", ratio(|one| one.detail, form));
            table.reported(&format!("detail, {what}, {how}"), figure, ["1", "0"]);
            let figure = format!("{:.2}", ratio(|one| one.changes[0], form));
            let row = format!("changes of all but the cast, {what}, {how}");
            table.reported(&row, figure, ["1", ""]);
            let figure = format!("{:.2}", ratio(|one| one.changes[1], form));
            let row = format!("changes of ground and sky alone, {what}, {how}");
            table.reported(&row, figure, ["1", ""]);
            let right = |of: fn(&Measured) -> bool, form: &[Measured]| share(form.iter().map(of));
            let row = format!("body colour, {what}, {how}");
            let colour = right(|one| one.colour, form);
            table.share(&row, [colour, right(|one| one.colour, truth), 0.125], None);
            let row = format!("kind, {what}, {how}");
            let kind = right(|one| one.kind, form);
            table.share(&row, [kind, right(|one| one.kind, truth), 1.0 / 6.0], None);
        }
        Ok(())
    }

    fn enlarged(&mut self, scene: &Scene, stages: Stages, at: u64) -> Result<Enlarged, Failure> {
        let format = self.format;
        let large = enlarged(format);
        let words = caption(scene, Telling::Full, &mut generator(at, 61));
        let stage = stages.of(scene, format);
        let given = Given {
            stage: stage.as_ref().map(|_| self.staging),
            staged: match stages {
                Stages::Figure => Staged::Figure,
                Stages::Whole | Stages::Resting | Stages::Absent => Staged::Everything,
            },
            ..Given::STAGE
        };
        let truth = scene.clip(format);
        let small = self.maker.make(scene, &truth, &words, given, at)?;
        let small = small.transpose(0, 1) * 0.5 + 0.5; // t 3 h w
        let (guided, stage) = guided(
            &self.upscaler,
            scene,
            stage.as_ref(),
            (&small, &words),
            format,
        )?;
        let frames = 0..format.frames;
        let drawn = scene.frames(frames, large);
        let truth = pixels::colours(&drawn, large.size).transpose(0, 1) * 0.5 + 0.5;
        Ok(Enlarged {
            stage: match stage {
                Some(stage) => stage.narrow(1, 0, 3),
                None => truth.zeros_like(),
            },
            truth: truth.contiguous(),
            smooth: bicubic(&small, large.size).clamp(0.0, 1.0),
            guided,
        })
    }

    fn measured(&self, scene: &Scene, forms: [&Tensor; 3], stages: Stages) -> [Measured; 3] {
        let steadiness = Steadiness::of(scene, self.format);
        let small = forms.map(|clip| {
            let reduced = reduced(clip, self.format.size) * 2.0 - 1.0;
            reduced.transpose(0, 1)
        });
        let shown = match stages {
            Stages::Absent => described::shown(scene, &small.each_ref(), self.format),
            Stages::Whole | Stages::Figure | Stages::Resting => {
                let colours = Candidates::colours(scene, self.format);
                let kinds = Candidates::kinds(scene, self.format);
                let nearest = |clip| [&colours, &kinds].map(|known| known.nearest_cast(clip));
                small.iter().map(nearest).collect()
            }
        };
        let mut shown = shown.into_iter();
        forms.map(|clip| {
            let [colour, kind] = shown.next().unwrap_or_default();
            Measured {
                detail: detail(clip, self.format.size),
                changes: steadiness.changes(clip),
                colour: Colour::ALL.get(colour) == Some(&scene.character.body),
                kind: Being::ALL.get(kind) == Some(&scene.character.kind),
            }
        })
    }
}

/// A small clip of a scene, t 3 h w in [0, 1], made larger by its stage and words, and the stage as it was read: t 3 (4 h)
/// (4 w) and t 4 (4 h) (4 w).
pub(super) fn guided(
    upscaler: &Upscaler,
    scene: &Scene,
    stage: Option<&Stage>,
    (small, words): (&Tensor, &str),
    format: Format,
) -> Result<(Tensor, Option<Tensor>), Failure> {
    let around = stage.map_or_else(Surroundings::default, |stage| {
        Surroundings::of(scene, stage, format)
    });
    let frames = 0..format.frames;
    let sampled = stage.map(|stage| {
        let known = (stage, around.views.as_slice());
        let cast = Some(scene.character.stage_colours());
        sampled(scene, known, cast, frames, format)
    });
    let [stage, masks] = match sampled {
        Some(sampled) => sampled.map(Some),
        None => [None, None],
    };
    let guide = UpscaleGuide {
        prompt: words.to_owned(),
        rate: format.rate,
        ..UpscaleGuide::default()
    };
    let last = i64::from(format.frames) - 1;
    let clip: Vec<Tensor> = (0..=last).map(|at| small.select(0, at)).collect();
    let clip: Vec<&Tensor> = clip.iter().collect();
    let made = (0..=last).map(|at| {
        let near = [at - 1, at, at + 1].map(|at| clip[at.clamp(0, last) as usize]);
        let [stage, masks] = [&stage, &masks].map(|all| all.as_ref().map(|all| all.select(0, at)));
        let hints = upscaler.hints_at(Some(&guide), at as usize);
        let settled = around.settled(&clip, at as usize);
        let picture = GuidedPicture {
            near,
            settled: settled.as_ref(),
            stage: stage.as_ref(),
            masks: masks.as_ref(),
            view: around.views.get(at as usize),
        };
        upscaler.enlarge_guided(&picture, &hints, &mut || Ok(()))
    });
    let made: Vec<Large> = made.collect::<Result<_, _>>()?;
    let guided = (0..made.len()).filter_map(|at| steadied(made.iter(), at));
    let guided: Vec<Tensor> = guided.collect();
    Ok((Tensor::stack(&guided, 0), stage))
}

/// t c h w enlarged smoothly.
fn bicubic(clip: &Tensor, [width, height]: [u32; 2]) -> Tensor {
    let size = [i64::from(height), i64::from(width)];
    clip.contiguous()
        .upsample_bicubic2d(size, false, None::<f64>, None::<f64>)
}

/// t c h w made smaller by means over squares.
pub(super) fn reduced(clip: &Tensor, [width, _]: [u32; 2]) -> Tensor {
    let side = clip.size()[3] / i64::from(width);
    clip.avg_pool2d([side; 2], [side; 2], [0; 2], false, true, None::<i64>)
}

/// The mean of what a small clip cannot hold: the luma against itself made smaller and enlarged again, of 255.
fn detail(clip: &Tensor, small: [u32; 2]) -> f64 {
    let shares = Tensor::from_slice(&[0.299f32, 0.587, 0.114]).view([1, 3, 1, 1]);
    let luma = (clip * shares).sum_dim_intlist([1].as_slice(), true, Kind::Float) * 255.0;
    let size = luma.size();
    let large = [size[3] as u32, size[2] as u32];
    let coarse = bicubic(&reduced(&luma, small), large);
    (luma - coarse).abs().mean(Kind::Double).double_value(&[])
}
