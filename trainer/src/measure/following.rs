//! Whether generated clips show their caption and follow their camera.

use kinora_timeline::camera::Move;
use tch::{IndexOp as _, Tensor};

use super::described;
use super::nearest::Candidates;
use super::probe::{self, Probe};
use super::{MOVES, Made, Measuring, Motion, Table, median, percent, psnr, share};
use crate::pixels;
use crate::world::{Colour, Kind};

impl Measuring<'_> {
    /// The accuracy of the attributes the probe finds. `by` names the conditions given.
    pub(super) fn attributes(
        &self,
        table: &mut Table,
        probe: &Probe,
        clips: &[Made],
        (by, bar): (&str, Option<f64>),
    ) {
        let seen = Made::OF.map(|of| {
            let names = clips
                .iter()
                .flat_map(|clip| probe.names(&self.encode(of(clip))));
            names.collect::<Vec<_>>()
        });
        for (at, (name, count)) in probe::ATTRIBUTES.iter().enumerate() {
            let [value, ceiling] = seen.each_ref().map(|seen| {
                let pairs = clips.iter().zip(seen);
                share(pairs.map(|(clip, seen)| probe::attributes(&clip.scene)[at] == seen[at]))
            });
            let figures = [value, ceiling, 1.0 / *count as f64];
            let is_place = matches!(*name, "terrain" | "time of day");
            table.share(
                &format!("{name} by {by} (probe)"),
                figures,
                bar.filter(|_| is_place),
            );
        }
    }

    /// The accuracy of body colour and kind, by the nearest candidate. `by` names the conditions given.
    pub(super) fn colours_and_kinds(
        &self,
        table: &mut Table,
        clips: &[Made],
        (by, [colour, kind]): (&str, [f64; 2]),
        report: &dyn Fn(&str),
    ) {
        let nearest = |what: &str, one: &dyn Fn(&Made) -> [bool; 2]| {
            both(clips.iter().enumerate().map(|(at, clip)| {
                let right = one(clip);
                if !right[0] {
                    report(&format!("  clip {at} has another {what}"));
                }
                right
            }))
        };
        let colours = nearest("colour", &|clip| {
            let candidates = Candidates::colours(&clip.scene, self.format);
            let own = clip.scene.character.body;
            Made::OF.map(|of| Colour::ALL[candidates.nearest_cast(of(clip))] == own)
        });
        let what = format!("body colour by {by} (nearest of eight)");
        table.share(&what, [colours[0], colours[1], 0.125], Some(colour));
        let kinds = nearest("kind", &|clip| {
            let candidates = Candidates::kinds(&clip.scene, self.format);
            let own = clip.scene.character.kind;
            Made::OF.map(|of| Kind::ALL[candidates.nearest_cast(of(clip))] == own)
        });
        let what = format!("kind by {by} (nearest of six)");
        table.share(&what, [kinds[0], kinds[1], 1.0 / 6.0], Some(kind));
    }

    /// The accuracy of body colour and kind of clips of words alone. The ceiling is that of other true clips of the same
    /// words, after the autoencoder.
    pub(super) fn described(&self, table: &mut Table, clips: &[Made], report: &dyn Fn(&str)) {
        let shown = clips.iter().zip(0..).map(|(clip, at)| {
            if at % 12 == 0 {
                report(&format!("  {at} searched"));
            }
            let other = described::same_words(&clip.scene, at, self.format);
            let drawn = other.frames(0..self.format.frames, self.format);
            let other = self.recon(&pixels::colours(&drawn, self.format.size));
            let shown = described::shown(&clip.scene, &[&clip.result, &other], self.format);
            let own = clip.scene.character;
            let right = shown.iter().map(|[colour, kind]| {
                [
                    Colour::ALL[*colour] == own.body,
                    Kind::ALL[*kind] == own.kind,
                ]
            });
            right.collect()
        });
        let shown: Vec<Vec<[bool; 2]>> = shown.collect();
        let [colour, kind] = self.bars.by_words;
        for (of, (what, chance, bar)) in [
            (
                "body colour by words alone (best of eight, anywhere)",
                1.0 / 8.0,
                colour,
            ),
            (
                "kind by words alone (best of six, anywhere)",
                1.0 / 6.0,
                kind,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let [value, ceiling] = [0, 1].map(|form| share(shown.iter().map(|all| all[form][of])));
            table.share(what, [value, ceiling, chance], Some(bar));
        }
    }

    /// The share of clips that are nearest to their own camera path.
    pub(super) fn paths(&self, table: &mut Table, clips: &[Made]) {
        let [value, ceiling] = both(clips.iter().zip(0..).map(|(clip, seed)| {
            let candidates = Candidates::paths(&clip.scene, &MOVES, seed, self.format);
            Made::OF.map(|of| candidates.nearest_picture(of(clip)) == 0)
        }));
        let what = "nearest to its own path of eight, with stage";
        table.share(what, [value, ceiling, 0.125], None);
    }

    /// Direction and amount of picture motion, compared with the truth.
    pub(super) fn motions(&self, table: &mut Table, clips: &[Made], with_stage: bool) {
        let [slides, zooms] = self.bars.signs.map(|bar| with_stage.then_some(bar));
        let [slide, zoom] = self.bars.motion;
        let with = if with_stage {
            "with stage"
        } else {
            "without stage"
        };
        for (name, moves, bar, [least, most]) in [
            ("pan, tilt, truck, pedestal", &MOVES[..8], slides, slide),
            ("push, pull", &MOVES[8..10], zooms, zoom),
            ("roll", &MOVES[10..], None, slide),
        ] {
            let of_group = |clip: &&Made| {
                let named = clip.scene.shooting.named;
                named.is_some_and(|which| moves.contains(&which))
            };
            let group: Vec<&Made> = clips.iter().filter(of_group).collect();
            let read = |of: fn(&Made) -> &Tensor| -> Vec<f64> {
                group.iter().map(|clip| along(clip, of(clip))).collect()
            };
            let truth = read(|clip| &clip.truth);
            let [made, recon] = Made::OF.map(read);
            let right = |motions: &[f64]| {
                let pairs = group.iter().zip(motions);
                share(pairs.map(|(clip, motion)| motion * wanted(clip) > 0.0))
            };
            let what = format!("camera {with}, sign of {name} ({} clips)", group.len());
            table.share(&what, [right(&made), right(&recon), 0.5], bar);
            // Also reports the estimator's accuracy on the world's own clips, without which the figure means nothing.
            let [best, read] = [right(&recon), right(&truth)].map(percent);
            table.amend_ceiling(&format!("{best} (the world itself {read})"));
            let ratio = |motions: &[f64]| {
                median(
                    motions
                        .iter()
                        .zip(&truth)
                        .map(|(motion, truth)| motion / truth)
                        .collect(),
                )
            };
            let (ratio, ceiling) = (ratio(&made), ratio(&recon));
            let what = format!("camera {with}, {name}: motion over the true one");
            let (figure, beside) = (format!("{ratio:.2}"), [&*format!("{ceiling:.2}"), "0"]);
            match bar {
                Some(_) => {
                    let is_within = (least..=most).contains(&ratio);
                    let bar = format!("{least} to {most}");
                    table.row(&what, figure, beside, &bar, is_within);
                }
                None => table.reported(&what, figure, beside),
            }
        }
    }

    /// The share of clips whose last frame is nearer to the true last frame than to the first.
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

/// The motion of a clip along the axis of its camera move.
fn along(clip: &Made, frames: &Tensor) -> f64 {
    let motion = Motion::of(frames);
    match clip.scene.shooting.named {
        Some(Move::PanLeft | Move::PanRight | Move::TruckLeft | Move::TruckRight) => motion.right,
        Some(Move::TiltUp | Move::TiltDown | Move::PedestalUp | Move::PedestalDown) => motion.down,
        Some(Move::PushIn | Move::PullOut) => motion.nearer,
        _ => motion.round,
    }
}

/// The picture motion its camera move should cause: positive is right, down, nearer and clockwise.
fn wanted(clip: &Made) -> f64 {
    match clip.scene.shooting.named {
        Some(
            Move::PanLeft
            | Move::TruckLeft
            | Move::TiltUp
            | Move::PedestalUp
            | Move::PushIn
            | Move::RollLeft,
        ) => 1.0,
        _ => -1.0,
    }
}

/// The shares of generated clips and of the best possible ones.
pub(super) fn both(right: impl Iterator<Item = [bool; 2]>) -> [f64; 2] {
    let right: Vec<[bool; 2]> = right.collect();
    [0, 1].map(|at| share(right.iter().map(|pair| pair[at])))
}
