//! One clip of the world, measured: as it is, and with its character turning from blue to red.

use kinora_measure::{
    Against, Placed, RgbFrame, Seen, Signature, Unseen, Wardrobe, WardrobeReport, figure_colours,
    look_at, measure_wardrobe,
};
use kinora_timeline::Frames;
use kinora_timeline::stage::{FIGURE_PARTS, Figure, Stage};
use kinora_wire::Failure;
use serde::Serialize;

use super::logo::PrintTrial;
use crate::world::{Colour, Format, Picture, Scene};

/// The height of the portraits that serve as references, in pixels.
const PORTRAIT: [u32; 2] = [192, 256];
/// The index of the character's mannequin on the stage of a scene.
const HERO: usize = 0;

/// What was measured of a clip, and what it shows.
pub struct MeasuredClip {
    /// The numbers.
    pub trial: Trial,
    /// The colours of its character.
    pub colours: [Colour; 2],
    /// Of its portraits, as an artist would cast them.
    pub references: Vec<Signature>,
    /// What the stage shows of the character; `None` if it is not measurable.
    pub look: Option<Signature>,
    /// All of the picture, for the measure without a stage.
    pub whole_frame: Option<Signature>,
}

/// The numbers of a clip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// Its seed.
    pub seed: u64,
    /// As it is.
    pub kept: Finding,
    /// With the body of its character turning from blue to red.
    pub drifted: Finding,
    /// Its printed detail.
    pub print: PrintTrial,
}

/// The verdict on a character.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Why it is not measurable, if it is not.
    pub unseen: Option<Unseen>,
    /// What it drifted from, if it did.
    pub against: Option<Against>,
    /// The largest change since it was first seen.
    pub change: Option<f64>,
    /// The median distance from its references.
    pub from_references: Option<f64>,
}

impl Finding {
    fn of(report: &WardrobeReport) -> Self {
        let change = report.from_first.iter().flatten().copied();
        let (unseen, against) = match report.verdict {
            Wardrobe::Kept => (None, None),
            Wardrobe::Drifted(drift) => (None, Some(drift.against)),
            Wardrobe::NotMeasurable { reason } => (Some(reason), None),
        };
        Self {
            unseen,
            against,
            change: change.reduce(f64::max),
            from_references: report.reference_distance,
        }
    }
}

/// Draws the clip of a seed and measures it.
pub fn measured(seed: u64, format: Format) -> Result<MeasuredClip, Failure> {
    let scene = Scene::of_seed(seed, format);
    let stage = scene.stage(format);
    let frames = colours_of(&scene.clip(format).frames, format.size)?;
    let references = references(&scene)?;
    let report = wardrobe_of(&scene, &stage, &frames, &references);
    let turning = turning_red(&scene, format)?;
    // Against no references: a blue character is not what the portraits of another one show.
    let turned = wardrobe_of(&scene, &stage, &turning, &[]);
    let whole = frames
        .iter()
        .filter_map(|frame| Signature::of_pixels(frame.pixels()));
    let whole: Vec<Signature> = whole.collect();
    Ok(MeasuredClip {
        trial: Trial {
            seed,
            kept: Finding::of(&report),
            drifted: Finding::of(&turned),
            print: print_of_clip(seed, &scene, &stage, &frames),
        },
        colours: [scene.character.body, scene.character.limbs],
        references,
        look: report.look,
        whole_frame: Signature::pooled(&whole),
    })
}

/// What the stage shows of the character in each frame, compared.
fn wardrobe_of(
    scene: &Scene,
    stage: &Stage,
    frames: &[RgbFrame],
    references: &[Signature],
) -> WardrobeReport {
    let pairs = frames.iter().zip(&scene.shooting.poses).zip(0..);
    let seen = pairs.map(|((frame, pose), at)| -> Result<Seen, Unseen> {
        let size = [frame.width() as u32, frame.height() as u32];
        let figures = stage.figures(Frames(at), pose, size);
        let hero = figures.iter().find(|figure| figure.stand_in == HERO);
        let hero = hero.ok_or(Unseen::NoStage)?;
        let placed = Placed {
            parts: &hero.parts,
            turned_degrees: hero.turned_degrees,
            height_pixels: hero.height_pixels,
        };
        look_at(frame, &placed, FIGURE_PARTS.len())
    });
    measure_wardrobe(&seen.collect::<Vec<_>>(), references)
}

/// The printed detail of its character, with and without a logo.
fn print_of_clip(seed: u64, scene: &Scene, stage: &Stage, frames: &[RgbFrame]) -> PrintTrial {
    let pairs = frames.iter().zip(&scene.shooting.poses).zip(0..);
    let figures = pairs.map(|((frame, pose), at)| {
        let size = [frame.width() as u32, frame.height() as u32];
        let mut figures = stage.figures(Frames(at), pose, size).into_iter();
        figures.find(|figure| figure.stand_in == HERO)
    });
    let figures: Vec<Option<Figure>> = figures.collect();
    let clip = frames.iter().zip(figures.iter().map(Option::as_ref));
    PrintTrial::of(seed, &clip.collect::<Vec<_>>())
}

/// The portraits of a scene's character: front, three-quarter and side view.
fn references(scene: &Scene) -> Result<Vec<Signature>, Failure> {
    let portraits = [0.0, 0.8, 1.57].map(|turn| scene.character.portrait(turn, PORTRAIT));
    let frames = colours_of(&portraits, PORTRAIT)?;
    Ok(frames.iter().filter_map(figure_colours).collect())
}

/// The scene with a body that turns from blue to red. Light does not depend on paint, so each frame is a mix of the two.
/// Limbs of the body's colour turn with it.
fn turning_red(scene: &Scene, format: Format) -> Result<Vec<RgbFrame>, Failure> {
    let painted = |colour| {
        let mut painted = scene.clone();
        if painted.character.limbs == painted.character.body {
            painted.character.limbs = colour;
        }
        painted.character.body = colour;
        painted.clip(format).frames
    };
    let (blue, red) = (painted(Colour::Blue), painted(Colour::Red));
    let last = format.frames.saturating_sub(1).max(1) as f32;
    let mixed = blue.iter().zip(&red).zip(0_u16..).map(|((blue, red), at)| {
        let part = f32::from(at) / last;
        let mix = |(blue, red): (&u8, &u8)| {
            let (blue, red) = (f32::from(*blue), f32::from(*red));
            (blue + (red - blue) * part).round() as u8
        };
        Picture {
            rgb: blue.rgb.iter().zip(&red.rgb).map(mix).collect(),
            mask: blue.mask.clone(),
        }
    });
    colours_of(&mixed.collect::<Vec<_>>(), format.size)
}

fn colours_of(pictures: &[Picture], [width, height]: [u32; 2]) -> Result<Vec<RgbFrame>, Failure> {
    let frames = pictures.iter().map(|picture| {
        let pixels = picture.rgb.as_chunks::<3>().0.to_vec();
        RgbFrame::new(width as usize, height as usize, pixels)
            .ok_or_else(|| Failure::bug("a drawn picture has another size than was asked for"))
    });
    frames.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_turns_from_blue_to_red() {
        let format = Format::SMALL;
        let last = format.frames - 1;
        let is_seen = |scene: &Scene| {
            let mask = &scene.frames(last..last + 1, format)[0].mask;
            mask.iter().filter(|byte| **byte > 0).count() > 100
        };
        let mut scenes = (0..40).map(|seed| Scene::of_seed(seed, format));
        let mut scene = scenes.find(is_seen).expect("somebody stays in the frame");
        scene.character.limbs = scene.character.body;
        let frames = turning_red(&scene, format).expect("drawn");
        assert_eq!(frames.len(), 17);
        let sums = |at: u32| {
            let mask = &scene.frames(at..at + 1, format)[0].mask;
            let pixels = frames[at as usize].pixels().iter().zip(mask);
            let own = pixels.filter(|(_, mask)| **mask > 0);
            own.fold([0_i64; 2], |sum, (pixel, _)| {
                [sum[0] + i64::from(pixel[0]), sum[1] + i64::from(pixel[2])]
            })
        };
        let ([red, blue], [later_red, later_blue]) = (sums(0), sums(last));
        assert!(blue > red, "{red} {blue}");
        assert!(later_red > later_blue, "{later_red} {later_blue}");
    }
}
