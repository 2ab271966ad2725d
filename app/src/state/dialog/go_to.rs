//! The form of the dialog that moves the playhead to a typed timecode.

use kinora_studio::Project;
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::timecode;

/// The field of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoToForm {
    pub typed: String,
}

impl GoToForm {
    /// The typed frame, within the timeline. With a sign before it, it is counted from the playhead. Otherwise the reason
    /// why it is none.
    pub fn frame(&self, project: &Project, playhead: Frames) -> Result<Frames, String> {
        let typed = self.typed.trim();
        let number = timecode::parse(typed.trim_start_matches('+'), project.rate())?;
        let wanted = match typed.starts_with(['+', '-']) {
            true => playhead + number,
            false => number,
        };
        let last = (project.end() - Frames::ONE).max(Frames::ZERO);
        Ok(wanted.max(Frames::ZERO).min(last))
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::edit::place::{Piece, Place};
    use kinora_studio::timeline::shot::{ModelLength, Shot};
    use kinora_studio::timeline::{Clip, Edit, FrameRate, Source};

    use super::*;

    /// A timeline of 100 frames at 24 per second.
    fn project() -> Project {
        let mut project = Project::default();
        let length = ModelLength {
            frames: 100,
            rate: FrameRate::FPS_24,
        };
        let add = Library::AddShot(Box::new(Shot::new("One", "a fox", length)));
        project = Edit::Library(add).apply(&project).expect("a shot");
        let shot = project.shots().next().expect("a shot").id;
        let clip = Clip::new(Source::Shot(shot), Frames::ZERO, Frames(100));
        let track = project.tracks()[0].id;
        let pieces = vec![Piece { track, clip }];
        let append = Edit::Place(Place::Append { pieces });
        append.apply(&project).expect("placed")
    }

    #[test]
    fn a_timecode_is_a_place_and_with_a_sign_a_distance_and_both_stay_on_the_timeline() {
        let project = project();
        for (typed, frame) in [
            ("12", 12),
            ("1:02", 26),
            (" 00:00:03:00 ", 72),
            ("+5", 45),
            ("-1:00", 16),
            ("-9:00", 0),
            ("1:00:00", 99),
        ] {
            let form = GoToForm {
                typed: typed.into(),
            };
            assert_eq!(
                form.frame(&project, Frames(40)),
                Ok(Frames(frame)),
                "{typed}"
            );
        }
        for typed in ["", "soon", "+"] {
            let form = GoToForm {
                typed: typed.into(),
            };
            assert!(form.frame(&project, Frames::ZERO).is_err(), "{typed}");
        }
    }
}
