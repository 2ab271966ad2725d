//! The characters of a clip that was just generated, without a project: where its stage has them, against the picture files
//! that the clip was made with.

use std::path::{Path, PathBuf};

use kinora_measure::{APPEARANCE_SOLVER, Signature, measure_wardrobe};
use kinora_timeline::CharacterId;
use kinora_timeline::stage::{Form, Stage};
use kinora_wire::{Camera, Failure, Reference};

use super::OnProgress;
use super::appearance::{Actor, AppearanceMeasure, CharacterMeasure, LONGEST_SIDE, look};
use super::drawn;
use super::grey::ClipReader;
use super::references::colours_of_file;

/// Measures the characters on the stage of a clip: a video or a folder of pictures. The character with number n is the one
/// of the n-th reference. There are no joins, and steadiness is not measured. `None`: it was cancelled.
///
/// # Errors
/// The clip cannot be read. A reference that cannot be read is left out.
pub fn measure_generated_cast(
    clip: &Path,
    (camera, stage): (&Camera, &Stage),
    references: &[Reference],
    on_progress: &mut OnProgress,
) -> Result<Option<AppearanceMeasure>, Failure> {
    let mut clip = ClipReader::open(clip)?;
    let size = drawn::no_longer_than(LONGEST_SIDE, drawn::measured_size(camera, clip.size()));
    let path = drawn::drawn_path(camera, clip.size(), size);
    let mut cast = cast(stage, references);
    let is_whole = clip.each(size, on_progress, &mut |at, frame| {
        let actors = cast.iter_mut().map(|(actor, _)| actor);
        look(actors, stage, &path, at, &frame);
    })?;
    let identity = cast.into_iter().map(|(actor, images)| {
        let colours = images.iter().filter_map(|file| colours_of_file(file));
        let colours: Vec<Signature> = colours.collect();
        CharacterMeasure {
            character: None,
            tag: actor.tag,
            report: measure_wardrobe(&actor.frames, &colours),
            rank: None,
            similarity: None,
        }
    });
    Ok(is_whole.then(|| AppearanceMeasure {
        solver: APPEARANCE_SOLVER,
        identity: identity.collect(),
        ..AppearanceMeasure::default()
    }))
}

/// The characters on a stage, each once, with their reference pictures.
fn cast<'r>(stage: &Stage, references: &'r [Reference]) -> Vec<(Actor<'static>, &'r [PathBuf])> {
    let mut cast: Vec<(Actor, &[PathBuf])> = Vec::new();
    for (at, stand_in) in stage.stand_ins.iter().enumerate() {
        let Form::Mannequin(Some(who)) = stand_in.form else {
            continue;
        };
        let mut numbered = references.iter().zip(0..);
        let own = numbered.find(|(_, number)| CharacterId::from(*number) == who);
        let own = own.map(|(reference, _)| reference);
        let tag = own.map_or(&stand_in.name, |reference| &reference.name);
        if cast.iter().all(|(other, _)| other.tag != *tag) {
            let images = own.map(|reference| reference.images.as_slice());
            cast.push((Actor::on_stage(tag, at), images.unwrap_or_default()));
        }
    }
    cast
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use kinora_measure::Wardrobe;

    use super::*;
    use crate::camera::camera_of_move;

    const SIZE: [u32; 2] = [192, 128];
    const FRAMES: u32 = 9;
    const RED: [u8; 3] = [200, 40, 30];
    const BLUE: [u8; 3] = [30, 50, 190];

    /// A folder of plain pictures.
    fn clip(folder: &Path, colour: impl Fn(u32) -> [u8; 3]) {
        std::fs::create_dir_all(folder).expect("a folder");
        for at in 0..FRAMES {
            let picture = RgbImage::from_pixel(SIZE[0], SIZE[1], Rgb(colour(at)));
            let file = folder.join(format!("{at:03}.png"));
            picture.save(file).expect("saved");
        }
    }

    #[test]
    fn a_clip_without_a_project_is_measured_against_the_pictures_that_it_was_made_with() {
        let root = tempfile::tempdir().expect("a folder");
        let camera = camera_of_move("static", FRAMES, 8, SIZE).expect("known");
        let ada = ("ada".to_owned(), Some(CharacterId::from(0)));
        let stage = Stage::of_cast(&[ada]);
        let portrait = root.path().join("ada.png");
        let picture = RgbImage::from_pixel(64, 96, Rgb(RED));
        picture.save(&portrait).expect("saved");
        let references = [Reference {
            name: "ada".into(),
            images: vec![portrait, root.path().join("missing.png")],
        }];
        let measured = |name: &str, colour: fn(u32) -> [u8; 3]| {
            let folder = root.path().join(name);
            clip(&folder, colour);
            let asked = (&camera, &stage);
            let measured = measure_generated_cast(&folder, asked, &references, &mut |_, _| true);
            measured.expect("measured").expect("not cancelled")
        };
        let turning = measured("turning", |at| if at < 5 { RED } else { BLUE });
        let [ada] = &turning.identity[..] else {
            panic!("{:?}", turning.identity);
        };
        assert_eq!(ada.tag, "ada");
        assert!(matches!(ada.report.verdict, Wardrobe::Drifted(_)));
        let kept = measured("kept", |_| RED);
        let scores = [turning, kept].map(|one| one.cast_score().expect("she is seen"));
        assert!(scores[0] > 1.0 && scores[1] < 1.0, "{scores:?}");
        let folder = root.path().join("kept");
        let cancelled =
            measure_generated_cast(&folder, (&camera, &stage), &references, &mut |_, _| false);
        assert_eq!(cancelled, Ok(None));
    }
}
