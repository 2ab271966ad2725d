//! The guide to a first film: six steps, each done as soon as the project shows it.

use std::io;
use std::path::{Path, PathBuf};

use kinora_studio::Project;
use kinora_studio::folders::{read_config, write_config};
use kinora_studio::timeline::Source;

/// A step of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    NewShot,
    Describe,
    Generate,
    Place,
    Title,
    Export,
}

/// The steps in their order, with a title and a sentence each.
#[rustfmt::skip] // a table
pub const STEPS: [(Step, &str, &str); 6] = [
    (Step::NewShot, "New shot", "A shot is one clip that the model generates."),
    (Step::Describe, "Describe it", "Type into the prompt what is to be seen."),
    (Step::Generate, "Generate", "The model makes a take of the shot."),
    (Step::Place, "Put it on the timeline", "The timeline is your film, from left to right."),
    (Step::Title, "Add a title", "Text lies on a track above the picture."),
    (Step::Export, "Export video", "Write the film to a file that plays everywhere."),
];

impl Step {
    /// Whether a project shows that the step is done. `exports` is the number of exports since the start of the program.
    pub fn is_done(self, project: &Project, exports: usize) -> bool {
        let mut shots = project.shots();
        match self {
            Self::NewShot => shots.next().is_some(),
            Self::Describe => shots.any(|shot| !shot.prompt.trim().is_empty()),
            Self::Generate => shots.any(|shot| shot.chosen.is_some()),
            Self::Place => shots.any(|shot| has_clip(project, Source::Shot(shot.id))),
            Self::Title => {
                let mut titles = project.titles();
                titles.any(|title| has_clip(project, Source::Title(title.id)))
            }
            Self::Export => exports > 0,
        }
    }
}

/// Whether a source is on the timeline. Looked up, because the guide needs it in every frame.
fn has_clip(project: &Project, source: Source) -> bool {
    !project.clips_of(source).is_empty()
}

/// Whether the guide is shown, and whether it was shown before.
#[derive(Clone, Debug)]
pub struct Guide {
    config: PathBuf,
    pub is_open: bool,
    was_shown: bool,
}

const FILE_NAME: &str = "guide.ron";

impl Guide {
    /// Reads from the user's config folder whether the guide was shown before.
    pub fn load(config: &Path) -> Self {
        Self {
            config: config.into(),
            is_open: false,
            was_shown: read_config(config, FILE_NAME).unwrap_or(false),
        }
    }

    /// Opens the guide for the first project that a user creates. True: it was not shown before.
    pub fn open_first(&mut self) -> bool {
        let is_first = !self.was_shown;
        self.is_open |= is_first;
        self.was_shown = true;
        is_first
    }

    /// Writes the file that [`Guide::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.was_shown)
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::edit::batch::EditBatch;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::shot::{ModelLength, Shot};
    use kinora_studio::timeline::title::{Title, TitleRole};
    use kinora_studio::timeline::{ContentHash, Edit, FrameRate, Frames, TrackKind};

    use super::*;

    fn done(project: &Project, exports: usize) -> Vec<Step> {
        let steps = STEPS.into_iter().map(|(step, ..)| step);
        steps
            .filter(|step| step.is_done(project, exports))
            .collect()
    }

    #[test]
    fn each_step_is_done_when_the_project_shows_it() {
        assert!(done(&Project::default(), 0).is_empty());
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let add = |batch: &mut EditBatch, shot| {
            let edit = Edit::Library(Library::AddShot(Box::new(shot)));
            batch.then(edit).expect("added");
        };
        let mut batch = EditBatch::of(&Project::default());
        add(&mut batch, Shot::new("a", " ", length));
        assert_eq!(done(&batch.project, 0), [Step::NewShot]);
        let made = Shot {
            chosen: Some(ContentHash::of(b"a take")),
            ..Shot::new("b", "a fox", length)
        };
        add(&mut batch, made);
        let three = [Step::NewShot, Step::Describe, Step::Generate];
        assert_eq!(done(&batch.project, 0), three);
        let title = Title::new("Title", TitleRole::Title);
        let edit = Edit::Library(Library::AddTitle(Box::new(title)));
        batch.then(edit).expect("added");
        let title = batch.project.titles().map(|title| title.id).max();
        let source = Source::Title(title.expect("the title"));
        batch
            .place(source, &[TrackKind::Video], Frames::ZERO, Frames(24))
            .expect("placed");
        assert!(Step::Title.is_done(&batch.project, 0));
        assert!(!Step::Place.is_done(&batch.project, 0), "no shot is there");
        assert!(Step::Export.is_done(&batch.project, 1));
    }

    #[test]
    fn the_guide_opens_by_itself_once() {
        let config = tempfile::tempdir().expect("a folder");
        let mut guide = Guide::load(config.path());
        assert!(guide.open_first() && guide.is_open);
        guide.save().expect("written");
        let mut again = Guide::load(config.path());
        assert!(!again.open_first() && !again.is_open);
    }
}
