//! Whether generated clips match the pictures they were given: portraits, first frames, last frames.

use kinora_wire::Failure;
use tch::IndexOp as _;

use super::following::both;
use super::nearest::Candidates;
use super::{FEW, Given, HELD_OUT, Made, Measuring, Table, mean, psnr};
use crate::world::{Character, Format, Scene, Telling, caption, generator};

/// Characters to distinguish.
const CAST: usize = 8;
/// Shots per character.
const SHOTS: u64 = 5;

impl Measuring<'_> {
    /// The share of characters recognised from a single portrait.
    pub(super) fn portraits(&mut self, table: &mut Table) -> Result<(), Failure> {
        let given = Given {
            portraits: 1,
            ..Given::STAGE
        };
        let cast = cast();
        let clips = (0..FEW).map(|at| {
            let mut scene = Scene::of_seed(HELD_OUT + 1000 + at, self.format);
            scene.character = cast[at as usize % CAST];
            let words = caption(&scene, Telling::ByPicture, &mut generator(at, 62));
            self.make(scene, &words, given, at)
        });
        let clips: Vec<Made> = clips.collect::<Result<_, _>>()?;
        self.show(&clips, "portraits.png")?;
        let [value, ceiling] = both(clips.iter().enumerate().map(|(at, clip)| {
            let candidates = Candidates::characters(&clip.scene, &cast, self.format);
            Made::OF.map(|of| candidates.nearest_cast(of(clip)) == at % CAST)
        }));
        let what = "portrait alone: nearest of eight characters";
        table.share(
            what,
            [value, ceiling, 1.0 / CAST as f64],
            Some(self.bars.portrait),
        );
        Ok(())
    }

    /// Characters given by one portrait in several scenes: whether they are the same in all of them, and the right
    /// one.
    pub(super) fn five_shots(&mut self, table: &mut Table) -> Result<(), Failure> {
        let given = Given {
            portraits: 1,
            ..Given::STAGE
        };
        let cast = cast();
        let mut clips = Vec::new();
        for (who, character) in (0..).zip(&cast) {
            for shot in 0..SHOTS {
                let seed = who * SHOTS + shot;
                let mut scene = Scene::of_seed(HELD_OUT + 2000 + seed, self.format);
                scene.character = *character;
                let words = caption(&scene, Telling::ByPicture, &mut generator(seed, 63));
                clips.push(self.make(scene, &words, given, seed)?);
            }
        }
        self.show(&clips, "five-shots.png")?;
        let identities: Vec<[usize; 2]> = clips
            .iter()
            .map(|clip| {
                let candidates = Candidates::characters(&clip.scene, &cast, self.format);
                Made::OF.map(|of| candidates.nearest_cast(of(clip)))
            })
            .collect();
        let shots = || identities.chunks(SHOTS as usize).enumerate();
        let is_same = |shots: &[[usize; 2]], at: usize| {
            shots.windows(2).all(|pair| pair[0][at] == pair[1][at])
        };
        let [value, ceiling] = both(shots().map(|(_, shots)| [0, 1].map(|at| is_same(shots, at))));
        let what = "one character over five shots: nearest to the same of eight in all";
        let chance = (CAST as f64).powi(1 - SHOTS as i32);
        table.share(what, [value, ceiling, chance], Some(self.bars.five_shots));
        let [value, ceiling] = both(
            shots().map(|(who, shots)| [0, 1].map(|at| shots.iter().all(|shot| shot[at] == who))),
        );
        let what = "one character over five shots: nearest to itself in all";
        table.share(what, [value, ceiling, chance / CAST as f64], None);
        Ok(())
    }

    /// Given a first frame: the PSNR of that frame, and of the last frame against a freeze frame.
    pub(super) fn first_frames(&mut self, table: &mut Table) -> Result<(), Failure> {
        let given = Given {
            first_frame: true,
            ..Given::STAGE
        };
        let clips = self.with_pictures(given, 100, FEW)?;
        self.show(&clips, "first-frames.png")?;
        let last = i64::from(self.format.frames) - 1;
        let [met, best] = Made::OF.map(|of| {
            mean(
                clips
                    .iter()
                    .map(|clip| psnr(&of(clip).i((.., 0)), &clip.truth.i((.., 0)))),
            )
        });
        let beside = [&*format!("{best:.1} dB"), ""];
        table.reported("first frame met", format!("{met:.1} dB"), beside);
        let [gain, best] = Made::OF.map(|of| {
            mean(clips.iter().map(|clip| {
                let truth = clip.truth.i((.., last));
                psnr(&of(clip).i((.., last)), &truth) - psnr(&clip.truth.i((.., 0)), &truth)
            }))
        });
        let what = "picture to video: last frame against a freeze frame";
        let beside = [&*format!("{best:+.1} dB"), "0 dB"];
        let (figure, bar) = (format!("{gain:+.1} dB"), self.bars.over_freeze);
        table.row(
            what,
            figure,
            beside,
            &format!("at least {bar:+} dB"),
            gain >= bar,
        );
        Ok(())
    }

    /// Given a last frame: the PSNR of that frame.
    pub(super) fn ends(&mut self, table: &mut Table) -> Result<(), Failure> {
        let given = Given {
            last_frame: true,
            ..Given::STAGE
        };
        let clips = self.with_pictures(given, 200, FEW / 2)?;
        let last = i64::from(self.format.frames) - 1;
        let [met, best] = Made::OF.map(|of| {
            mean(
                clips
                    .iter()
                    .map(|clip| psnr(&of(clip).i((.., last)), &clip.truth.i((.., last)))),
            )
        });
        let beside = [&*format!("{best:.1} dB"), ""];
        table.reported("last frame met", format!("{met:.1} dB"), beside);
        Ok(())
    }

    fn with_pictures(
        &mut self,
        given: Given,
        first: u64,
        count: u64,
    ) -> Result<Vec<Made>, Failure> {
        let clips = (first..first + count).map(|at| {
            let scene = self.scene_with_move(at);
            let words = caption(&scene, Telling::Full, &mut generator(at, 64));
            self.make(scene, &words, given, at)
        });
        clips.collect()
    }
}

/// Characters that differ in kind or colour: the first such of their seeds.
fn cast() -> Vec<Character> {
    let mut cast: Vec<Character> = Vec::new();
    for seed in HELD_OUT + 5000.. {
        let character = Scene::of_seed(seed, Format::SMALL).character;
        let alike =
            |other: &Character| (other.kind, other.body) == (character.kind, character.body);
        if !cast.iter().any(alike) {
            cast.push(character);
        }
        if cast.len() == CAST {
            break;
        }
    }
    cast
}
