//! The form of the dialog that creates a project.

use std::path::{Path, PathBuf};

use kinora_studio::{FOLDER_EXTENSION, FrameRate, Project, Size};

/// The fields of the form.
pub struct NewProjectForm {
    pub name: String,
    pub place: String,
    pub rate: FrameRate,
    pub size: Size,
}

impl NewProjectForm {
    /// A form with the default values, for a project in the folder `projects`.
    pub fn in_folder(projects: &Path) -> Self {
        let usual = Project::default();
        Self {
            name: "Untitled film".into(),
            place: projects.display().to_string(),
            rate: usual.rate(),
            size: usual.size(),
        }
    }

    /// The folder to create, or the reason why the name or the location is invalid.
    pub fn folder(&self) -> Result<PathBuf, &'static str> {
        project_folder(&self.name, &self.place)
    }
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
            ..NewProjectForm::in_folder(Path::new(place))
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
}
