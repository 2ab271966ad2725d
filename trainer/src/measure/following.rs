//! Whether made clips show what was said and go where the camera went.

use kinora_timeline::camera::Move;
use tch::{IndexOp as _, Tensor};

use super::probe::{self, Probe};
use super::{MOVES, Made, Measuring, Motion, Table, median, nearest, psnr, share};
use crate::latents::cast_of_latents;
use crate::pixels;

impl Measuring<'_> {
    /// What the probe finds in them.
    pub(super) fn attributes(&self, table: &mut Table, probe: &Probe, clips: &[Made]) {
        let seen = Made::OF.map(|of| {
            let names = clips.iter().flat_map(|clip| {
                let frames = clip.scene.clip(self.format).frames;
                let cast = cast_of_latents(&pixels::masks(&frames, self.format.size));
                probe.names(&self.encode(of(clip)), &cast.unsqueeze(0))
            });
            names.collect::<Vec<_>>()
        });
        for (at, (name, count)) in probe::ATTRIBUTES.iter().enumerate() {
            let [value, ceiling] = seen.each_ref().map(|seen| {
                let pairs = clips.iter().zip(seen);
                share(pairs.map(|(clip, seen)| probe::attributes(&clip.scene)[at] == seen[at]))
            });
            let figures = [value, ceiling, 1.0 / *count as f64];
            let what = format!("{name} by words (probe)");
            match *name {
                "terrain" | "time of day" => table.share(&what, figures, Some(self.bars.place)),
                _ => table.share(&what, figures, None),
            }
        }
    }

    /// Which body colour and which kind they are nearest to.
    pub(super) fn colours_and_kinds(&self, table: &mut Table, clips: &[Made]) {
        let [value, ceiling] = Made::OF.map(|of| {
            share(clips.iter().map(|clip| {
                nearest::colour(of(clip), &clip.scene, self.format) == clip.scene.character.body
            }))
        });
        let what = "body colour by words (nearest of eight)";
        table.share(what, [value, ceiling, 0.125], Some(self.bars.colour));
        let [value, ceiling] = Made::OF.map(|of| {
            share(clips.iter().map(|clip| {
                nearest::kind(of(clip), &clip.scene, self.format) == clip.scene.character.kind
            }))
        });
        let bar = self.bars.kind.map(|share| share * ceiling);
        table.share(
            "kind by words (nearest of six)",
            [value, ceiling, 1.0 / 6.0],
            bar,
        );
    }

    /// Whether they are nearest to their own camera's path.
    pub(super) fn paths(&self, table: &mut Table, clips: &[Made]) {
        let [value, ceiling] = Made::OF.map(|of| {
            share(clips.iter().zip(0..).map(|(clip, seed)| {
                nearest::path(of(clip), &clip.scene, &MOVES, seed, self.format) == 0
            }))
        });
        let what = "nearest to its own path of eight, with stage";
        table.share(what, [value, ceiling, 0.125], None);
    }

    /// Whether the picture moves as the truth does: the right way, and how far.
    pub(super) fn motions(&self, table: &mut Table, clips: &[Made], with_stage: bool) {
        let [slides, zooms] = match with_stage {
            true => self.bars.signs.map(Some),
            false => [self.bars.signs_without_stage; 2],
        };
        let with = if with_stage {
            "with stage"
        } else {
            "without stage"
        };
        for (name, moves, bar) in [
            ("pan, tilt, truck, pedestal", &MOVES[..8], slides),
            ("push, pull", &MOVES[8..10], zooms),
            ("roll", &MOVES[10..], None),
        ] {
            let of_group = |clip: &&Made| {
                let named = clip.scene.shooting.named;
                named.is_some_and(|which| moves.contains(&which))
            };
            let ratios = Made::OF.map(|of| {
                let group = clips.iter().filter(of_group);
                let ratios = group.map(|clip| along(clip, of(clip)) / along(clip, &clip.truth));
                ratios.collect::<Vec<f64>>()
            });
            let signs = ratios
                .each_ref()
                .map(|ratios| share(ratios.iter().map(|&ratio| ratio > 0.0)));
            let what = format!("camera {with}, sign of {name}");
            table.share(&what, [signs[0], signs[1], 0.5], bar);
            let [ratio, ceiling] = ratios.map(median);
            let what = format!("camera {with}, {name}: motion over the true one");
            let (figure, beside) = (format!("{ratio:.2}"), [&*format!("{ceiling:.2}"), "0"]);
            let [least, most] = self.bars.motion;
            match bar.filter(|_| with_stage) {
                Some(_) if most.is_infinite() => {
                    table.row(
                        &what,
                        figure,
                        beside,
                        &format!("at least {least}"),
                        ratio >= least,
                    );
                }
                Some(_) => {
                    let is_within = (least..=most).contains(&ratio);
                    table.row(
                        &what,
                        figure,
                        beside,
                        &format!("{least} to {most}"),
                        is_within,
                    );
                }
                None => table.reported(&what, figure, beside),
            }
        }
    }

    /// Whether a clip ends where it should, and not where it began.
    pub(super) fn last_frames(&self, table: &mut Table, clips: &[Made]) {
        let [value, ceiling] = Made::OF.map(|of| {
            share(clips.iter().map(|clip| {
                let last = clip.truth.size()[1] - 1;
                let made = of(clip).i((.., last));
                psnr(&made, &clip.truth.i((.., last))) > psnr(&made, &clip.truth.i((.., 0)))
            }))
        });
        let what = "last frame nearer to its own truth than to the first frame's";
        table.share(what, [value, ceiling, 0.5], Some(self.bars.last_frame));
    }
}

/// How far a clip moves along the axis that its move is about.
fn along(clip: &Made, frames: &Tensor) -> f64 {
    let motion = Motion::of(frames);
    match clip.scene.shooting.named {
        Some(Move::PanLeft | Move::PanRight | Move::TruckLeft | Move::TruckRight) => motion.right,
        Some(Move::TiltUp | Move::TiltDown | Move::PedestalUp | Move::PedestalDown) => motion.down,
        Some(Move::PushIn | Move::PullOut) => motion.nearer,
        _ => motion.round,
    }
}
