//! The stage of a scene: what an artist would block out for it, and its pictures through the camera of the clip.

use std::ops::Range;

use glam::DVec3;
use kinora_timeline::Frames;
use kinora_timeline::stage::{
    Colour as StageColour, Form, MANNEQUIN_METRES, Motion, Stage, StageImage, StandIn, StandInKey,
};

use super::{Action, Character, Format, Prop, Scene};

/// How a stage is given to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staging {
    /// As depth, in grey.
    Depth,
    /// As the studio's picture of it, with the mannequin in the character's colours.
    Painted,
    /// As the studio's picture of it, with the mannequin in plain plaster: nobody is cast.
    Plaster,
}

impl Scene {
    /// The depth of a stage through this clip's camera: one byte per pixel, frame by frame.
    pub fn depth(&self, stage: &Stage, frames: Range<u32>, format: Format) -> Vec<Vec<u8>> {
        let seen = frames.map(|frame| {
            let pose = &self.shooting.poses[frame as usize];
            stage.depth(Frames(i64::from(frame)), pose, format.size)
        });
        seen.collect()
    }

    /// The same with two bytes per pixel.
    pub fn fine_depth(&self, stage: &Stage, format: Format) -> Vec<Vec<u16>> {
        let seen = (0..).zip(&self.shooting.poses).take(format.frames as usize);
        let seen = seen.map(|(frame, pose)| stage.fine_depth(Frames(frame), pose, format.size));
        seen.collect()
    }

    /// A stage through this clip's camera, as it is given to a guided upscaler, frame by frame. `cast` are the colours of
    /// body and limbs of the mannequin; `None` is plain plaster.
    pub fn stage_images(
        &self,
        stage: &Stage,
        cast: Option<[StageColour; 2]>,
        frames: Range<u32>,
        format: Format,
    ) -> Vec<StageImage> {
        let painted = |form| painted(cast, form);
        let seen = frames.map(|frame| {
            let pose = &self.shooting.poses[frame as usize];
            stage.image(Frames(i64::from(frame)), pose, format.size, &painted)
        });
        seen.collect()
    }

    /// A stage through this clip's camera, as it is given to the model: RGB bytes, frame by frame.
    pub fn staged(
        &self,
        stage: &Stage,
        staging: Staging,
        frames: Range<u32>,
        format: Format,
    ) -> Vec<Vec<u8>> {
        let grey = |bytes: Vec<u8>| bytes.into_iter().flat_map(|byte| [byte; 3]).collect();
        let colours = match staging {
            Staging::Depth => {
                let depth = self.depth(stage, frames, format);
                return depth.into_iter().map(grey).collect();
            }
            Staging::Painted => Some(self.character.stage_colours()),
            Staging::Plaster => None,
        };
        let painted = |form| painted(colours, form);
        let seen = frames.map(|frame| {
            let pose = &self.shooting.poses[frame as usize];
            stage.picture(Frames(i64::from(frame)), pose, format.size, &painted)
        });
        seen.collect()
    }

    /// The stage an artist would block out for it: a plain mannequin that moves like the character, and simple solids
    /// for the objects. It does not show which character it is.
    pub fn stage(&self, format: Format) -> Stage {
        self.stage_with(self.keys(0..format.frames, format))
    }

    /// The same with the figure of the character, whose limbs move as the studio's do, and with the shapes of the objects.
    pub fn figure_stage(&self, format: Format) -> Stage {
        // The keys go on after the clip: a walk that ends with it would come to rest.
        let mut stage = self.stage_with(self.keys(0..format.frames + 4, format));
        stage.stand_ins.truncate(1);
        let scenery = self.props.iter().map(Prop::scenery);
        stage.stand_ins.extend(scenery);
        if let Some(hero) = stage.stand_ins.first_mut() {
            hero.figure = Some(self.character.kind.figure());
            hero.size = MANNEQUIN_METRES * (hero.size.y / MANNEQUIN_METRES.y);
            hero.motion = match self.action {
                Action::Jump => Motion::Jump,
                Action::Wave => Motion::wave(f64::from(format.rate)),
                Action::Stand | Action::WalkLeft | Action::WalkRight | Action::Spin => Motion::Walk,
            };
        }
        stage
    }

    fn keys(&self, frames: Range<u32>, format: Format) -> impl Iterator<Item = (u32, DVec3, f64)> {
        frames.map(move |frame| {
            let stance = self.stance(frame, format);
            (
                frame,
                stance.foot.as_dvec3(),
                f64::from(stance.turn).to_degrees(),
            )
        })
    }

    /// The stage the studio makes by default: a mannequin where the character is in the middle of the clip, facing
    /// the camera, whatever its action; and the objects, if `has_props`.
    pub fn plain_stage(&self, has_props: bool, format: Format) -> Stage {
        let foot = self.stance(format.frames / 2, format).foot.as_dvec3();
        let mut stage = self.stage_with([(0, DVec3 { y: 0.0, ..foot }, 180.0)]);
        if !has_props {
            stage.stand_ins.truncate(1);
        }
        stage
    }

    fn stage_with(&self, keys: impl IntoIterator<Item = (u32, DVec3, f64)>) -> Stage {
        let height = f64::from(self.character.height_metres);
        let keys = keys
            .into_iter()
            .map(|(frame, position, turn_degrees)| StandInKey {
                frame: Frames(i64::from(frame)),
                position,
                turn_degrees,
            });
        let mannequin = StandIn {
            size: DVec3::new(0.58 * height, height, 0.36 * height),
            keys: keys.collect(),
            ..StandIn::new("hero", Form::Mannequin(None), DVec3::ONE, DVec3::ZERO)
        };
        let props = self.props.iter().flat_map(Prop::stand_ins);
        Stage {
            ground: true,
            stand_ins: std::iter::once(mannequin).chain(props).collect(),
            strength: 1.0,
        }
    }
}

/// The colours of a stand-in where mannequins have those of the cast.
fn painted(cast: Option<[StageColour; 2]>, form: Form) -> Option<[StageColour; 2]> {
    match form {
        Form::Mannequin(_) => cast,
        _ => None,
    }
}

impl Character {
    /// The colours of body and limbs on the studio's stage.
    pub fn stage_colours(self) -> [StageColour; 2] {
        [self.body, self.limbs].map(|colour| colour.rgb().to_array().map(f64::from))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Colour;
    use super::*;

    const FORMAT: Format = Format::SMALL;

    /// The mean overlap of the mannequin on a stage with the character of the clip: what both cover over what one does.
    fn overlap(stage_of: &dyn Fn(&Scene) -> Stage) -> f64 {
        let mut overlaps = Vec::new();
        for seed in 0..40 {
            let scene = Scene::of_seed(seed, FORMAT);
            let clip = scene.clip(FORMAT);
            let depth = scene.depth(&stage_of(&scene), 0..FORMAT.frames, FORMAT);
            let mut empty = stage_of(&scene);
            empty.stand_ins.remove(0);
            for frame in [0, 8, 16] {
                let without = empty.depth(
                    Frames(frame),
                    &scene.shooting.poses[frame as usize],
                    FORMAT.size,
                );
                let pixels = depth[frame as usize]
                    .iter()
                    .zip(&without)
                    .zip(&clip.frames[frame as usize].mask);
                let (mut both, mut either) = (0, 0);
                for ((with, without), mask) in pixels {
                    let [staged, seen] = [with != without, *mask > 0];
                    both += u32::from(staged && seen);
                    either += u32::from(staged || seen);
                }
                if either > 60 {
                    overlaps.push(f64::from(both) / f64::from(either));
                }
            }
        }
        overlaps.iter().sum::<f64>() / overlaps.len() as f64
    }

    #[test]
    fn the_stage_has_somebody_where_the_clip_has_and_a_figure_has_its_silhouette() {
        let plain = overlap(&|scene| scene.stage(FORMAT));
        assert!(plain > 0.55, "{plain}");
        let figures = overlap(&|scene| scene.figure_stage(FORMAT));
        assert!(figures > 0.9, "{figures}");
    }

    #[test]
    fn a_painted_stage_shows_the_cast_in_its_colours_and_depth_and_plaster_do_not() {
        let mut scene = Scene::of_seed(7, FORMAT);
        scene.character.body = Colour::Red;
        scene.character.limbs = Colour::Blue;
        let stage = scene.stage(FORMAT);
        let count = |staging, is_it: &dyn Fn([u8; 3]) -> bool| {
            let frame = &scene.staged(&stage, staging, 0..1, FORMAT)[0];
            assert_eq!(frame.len(), 3 * 96 * 64);
            let pixels = frame.chunks_exact(3);
            pixels.filter(|rgb| is_it([rgb[0], rgb[1], rgb[2]])).count()
        };
        let is_red = |[red, green, _]: [u8; 3]| red > 80 && u32::from(red) > 3 * u32::from(green);
        let is_blue = |[red, _, blue]: [u8; 3]| blue > 80 && u32::from(blue) > 2 * u32::from(red);
        assert!(count(Staging::Painted, &is_red) > 50);
        assert!(count(Staging::Painted, &is_blue) > 20);
        for staging in [Staging::Depth, Staging::Plaster] {
            assert_eq!(count(staging, &is_red) + count(staging, &is_blue), 0);
        }
        let is_grey = |[red, green, blue]: [u8; 3]| red == green && green == blue;
        assert_eq!(count(Staging::Depth, &is_grey), 96 * 64);
    }
}
