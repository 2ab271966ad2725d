//! Animatics: a shot before it has a take. Its stage is softly lit in the cast's colours, seen through its camera;
//! the window lights the stage with the same functions.

use kinora_timeline::camera::{CameraPath, Pose};
use kinora_timeline::shot::Shot;
use kinora_timeline::stage::{Colour, Form};
use kinora_timeline::{Frames, Project};

use crate::media::Picture;

/// The rendered width in pixels; wider pictures are scaled up smoothly, since an animatic is soft.
const WIDEST: u32 = 640;

/// The stage of a shot at one of the shot's own frames, seen through its camera or, without one, from the start
/// position.
pub fn animatic_frame(
    project: &Project,
    shot: &Shot,
    frame: Frames,
    [width, height]: [u32; 2],
) -> Picture {
    let share = (f64::from(WIDEST) / f64::from(width.max(1))).min(1.0);
    let size = [width, height].map(|side| ((f64::from(side) * share) as u32).max(1));
    let painted = |form| colours_of(project, form);
    let stage = project.with_figures(project.stage_of(shot));
    let rgb = stage.picture(frame, &pose_at(shot, frame), size, &painted);
    let pixels = rgb
        .chunks_exact(3)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]);
    let drawn = Picture {
        width: size[0],
        height: size[1],
        rgba: pixels.collect(),
    };
    drawn.scaled([width, height])
}

/// The camera's pose at one of the shot's own frames.
pub fn pose_at(shot: &Shot, frame: Frames) -> Pose {
    let sampled = |path: &CameraPath| path.sample(frame.0 as f64, shot.length.rate);
    shot.camera.as_ref().map_or(Pose::START, sampled)
}

/// The colours of body and limbs of the character that a form stands for.
pub fn colours_of(project: &Project, form: Form) -> Option<[Colour; 2]> {
    let Form::Mannequin(Some(who)) = form else {
        return None;
    };
    let of =
        |(red, green, blue): (u8, u8, u8)| [red, green, blue].map(|byte| f64::from(byte) / 255.0);
    Some(project.character(who)?.colours.map(of))
}

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::{CastMember, ModelLength};
    use kinora_timeline::{Edit, FrameRate};

    use super::*;

    #[test]
    fn a_shot_shows_its_cast_in_their_colours_between_sky_and_ground() {
        let project = Project::default();
        let ada = Character {
            colours: [(200, 30, 30), (30, 30, 200)],
            ..Character::new("Ada", "ada")
        };
        let add = Edit::Library(Library::AddCharacter(Box::new(ada)));
        let project = add.apply(&project).expect("added");
        let character = project.cast().next().expect("Ada").id;
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot {
            cast: vec![CastMember {
                character,
                strength: 1.0,
            }],
            ..Shot::new("one", "", length)
        };
        let picture = animatic_frame(&project, &shot, Frames::ZERO, [320, 180]);
        let [red, green, _, _] = picture.pixel(160, 142); // the trunk
        assert!(
            red > 100 && red > 3 * green,
            "{:?}",
            picture.pixel(160, 142)
        );
        let [red, green, blue, _] = picture.pixel(10, 4);
        assert!(blue > green && green > red, "sky");
        let below = picture.pixel(10, 170);
        assert!(below[0].abs_diff(below[2]) < 16, "{below:?}");
        let wide = animatic_frame(&project, &shot, Frames::ZERO, [1280, 720]);
        assert_eq!((wide.width, wide.height), (1280, 720));
    }
}
