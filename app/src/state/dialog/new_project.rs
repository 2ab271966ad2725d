//! The form of the dialog that creates a project. Whether its folder is there already is looked up on another thread.

use std::path::{Path, PathBuf};

use egui::Context;
use kinora_studio::timeline::file::PROJECT_FILE;
use kinora_studio::{FOLDER_EXTENSION, FrameRate, Project, Size};

use crate::background::task::{Progress, Task};

/// The shorter side of the size that is proposed for a model, in pixels.
const SHORTER_SIDE: u32 = 720;

/// The fields of the form.
pub struct NewProjectForm {
    pub name: String,
    pub place: String,
    pub rate: FrameRate,
    pub size: Size,
    /// The size of the pictures that the installed model makes; `None`: not known yet.
    model: Option<[u32; 2]>,
    /// The folder that was looked up last.
    looked_up: PathBuf,
    lookup: Option<Task<bool>>,
    is_there: bool,
    /// A folder that could not be created, and the reason.
    refused: Option<(PathBuf, String)>,
}

impl NewProjectForm {
    /// A form with the default values, for a project in the folder `projects`. `model` is the size of the pictures that
    /// the installed model makes, if it is known: the form proposes a size of the same shape.
    pub fn in_folder(projects: &Path, model: Option<[u32; 2]>) -> Self {
        let usual = Project::default();
        Self {
            name: "Untitled film".into(),
            place: projects.display().to_string(),
            rate: usual.rate(),
            size: model.and_then(size_like).unwrap_or(usual.size()),
            model,
            looked_up: PathBuf::new(),
            lookup: None,
            is_there: false,
            refused: None,
        }
    }

    /// The folder to create, or the reason why the name or the location is invalid.
    pub fn folder(&self) -> Result<PathBuf, &'static str> {
        project_folder(&self.name, &self.place)
    }

    /// The sizes to choose from: that of the model's shape first, if it is not one of the usual ones.
    pub fn sizes(&self) -> Vec<Size> {
        let own = self.model.and_then(size_like);
        let own = own.filter(|size| !Size::COMMON.contains(size));
        own.into_iter().chain(Size::COMMON).collect()
    }

    /// Looks up whether the folder is there already. Called once per frame.
    pub fn look_up(&mut self, ctx: &Context) {
        let Ok(folder) = self.folder() else {
            return;
        };
        if folder != self.looked_up {
            let file = folder.join(PROJECT_FILE);
            self.lookup = Some(Task::start(ctx, move || file.exists()));
            self.is_there = false;
            self.looked_up = folder;
        }
        let Some(lookup) = &self.lookup else {
            return;
        };
        match lookup.poll() {
            Progress::Working => return,
            Progress::Done(is_there) => self.is_there = is_there,
            Progress::Lost => {}
        }
        self.lookup = None;
    }

    /// Keeps the reason why the folder could not be created. It is shown until another folder is typed.
    pub fn refuse(&mut self, reason: String) {
        if let Ok(folder) = self.folder() {
            self.refused = Some((folder, reason));
        }
    }

    /// The folder to create, or the reason why it cannot be created, as far as it is known.
    pub fn checked_folder(&self) -> Result<PathBuf, String> {
        let folder = self.folder()?;
        match &self.refused {
            Some((refused, reason)) if *refused == folder => Err(reason.clone()),
            _ if self.is_there && self.looked_up == folder => Err(format!(
                "{} is there already. Choose another name or location.",
                folder.display()
            )),
            _ => Ok(folder),
        }
    }

    /// A note on the shape of the model's pictures, if it is known and they leave bars in the chosen size.
    pub fn size_note(&self) -> Option<String> {
        let [width, height] = [self.size.width(), self.size.height()];
        let [model_width, model_height] = self.model?;
        let [wider, taller] = [width * model_height, height * model_width];
        let bars = match wider.cmp(&taller) {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => "on each side",
            std::cmp::Ordering::Less => "above and below",
        };
        let shape = shape_of(model_width, model_height);
        Some(format!(
            "The installed model makes {shape} pictures, with bars {bars}."
        ))
    }
}

/// A usual size with the shape of a picture, or one whose shorter side has [`SHORTER_SIDE`] pixels.
fn size_like([width, height]: [u32; 2]) -> Option<Size> {
    let is_alike = |size: &Size| size.width() * height == size.height() * width;
    let usual = Project::default().size();
    if is_alike(&usual) {
        return Some(usual);
    }
    let shorter = width.min(height);
    let scaled = |side: u32| Some((side * SHORTER_SIDE).checked_div(shorter)? / 2 * 2);
    Size::new(scaled(width)?, scaled(height)?)
}

/// "3:2" for 96 by 64.
fn shape_of(width: u32, height: u32) -> String {
    let (mut divisor, mut rest) = (width, height);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let divisor = divisor.max(1);
    format!("{}:{}", width / divisor, height / divisor)
}

/// A size with the name that people know it by: "1280x720 (HD)".
pub fn size_words(size: Size) -> String {
    let name = match (size.width(), size.height()) {
        (832, 480) => "480p".to_owned(),
        (1280, 720) => "HD".to_owned(),
        (720, 1280) => "HD, vertical".to_owned(),
        (1920, 1080) => "Full HD".to_owned(),
        (3840, 2160) => "4K".to_owned(),
        (width, height) => shape_of(width, height),
    };
    format!("{size} ({name})")
}

/// The folder of a new project, or the reason why its name or its location is invalid.
pub fn project_folder(name: &str, place: &str) -> Result<PathBuf, &'static str> {
    let (name, place) = (name.trim(), Path::new(place.trim()));
    if name.is_empty() {
        return Err("The project needs a name.");
    }
    if name.starts_with('.') || name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
        return Err("A name cannot begin with a dot or contain / \\ : * ? \" < > |");
    }
    if !place.is_absolute() {
        return Err("The location must be an absolute path, such as /home/you/projects.");
    }
    Ok(place.join(format!("{name}.{FOLDER_EXTENSION}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, place: &str) -> NewProjectForm {
        NewProjectForm {
            name: name.into(),
            ..NewProjectForm::in_folder(Path::new(place), None)
        }
    }

    #[test]
    fn a_film_becomes_a_folder_of_its_name() {
        assert_eq!(
            form(" Night train ", "/films").folder(),
            Ok(PathBuf::from("/films/Night train.kinora"))
        );
    }

    #[test]
    fn names_no_disk_takes_are_refused_with_the_reason() {
        for name in ["", "   ", "a/b", ".hidden", "why?"] {
            assert!(form(name, "/films").folder().is_err(), "{name}");
        }
        assert!(form("fine", "films").folder().is_err());
    }

    #[test]
    fn a_refused_folder_is_explained_until_another_is_typed() {
        let mut form = form("Sea", "/films");
        form.refuse("the disk is full".into());
        assert_eq!(form.checked_folder(), Err("the disk is full".into()));
        form.name = "Sea 2".into();
        assert_eq!(
            form.checked_folder(),
            Ok(PathBuf::from("/films/Sea 2.kinora"))
        );
        form.looked_up = PathBuf::from("/films/Sea 2.kinora");
        form.is_there = true;
        let reason = form.checked_folder().expect_err("it is there");
        assert!(reason.contains("is there already"), "{reason}");
    }

    #[test]
    fn the_size_has_the_shape_of_the_models_pictures() {
        let proposed = |model| NewProjectForm::in_folder(Path::new("/films"), model);
        let usual = Project::default().size();
        assert_eq!(proposed(None).size, usual);
        assert_eq!(proposed(Some([640, 360])).size, usual);
        let like = proposed(Some([96, 64]));
        assert_eq!(like.size, Size::new(1080, 720).expect("a size"));
        assert_eq!(like.sizes().first(), Some(&like.size));
        assert_eq!(proposed(Some([0, 0])).size, usual);
    }

    #[test]
    fn bars_are_reported_before_they_are_seen() {
        assert_eq!(form("Sea", "/films").size_note(), None, "no model is known");
        let mut form = NewProjectForm::in_folder(Path::new("/films"), Some([96, 64]));
        assert_eq!(form.size_note(), None);
        form.size = Size::COMMON[1];
        let note = form.size_note().expect("a note");
        assert!(
            note.contains("3:2") && note.contains("on each side"),
            "{note}"
        );
        form.size = Size::COMMON[2];
        let note = form.size_note().expect("a note");
        assert!(note.contains("above and below"), "{note}");
    }

    #[test]
    fn every_usual_size_has_a_name() {
        assert_eq!(size_words(Size::COMMON[1]), "1280x720 (HD)");
        for size in Size::COMMON {
            assert!(!size_words(size).contains(':'), "{size}");
        }
        let own = Size::new(1080, 720).expect("a size");
        assert_eq!(size_words(own), "1080x720 (3:2)");
    }
}
