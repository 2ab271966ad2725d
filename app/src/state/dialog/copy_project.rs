//! The form of the dialog that copies the open project: *Save as*, *Duplicate project* and *Collect project*.

use std::path::{Path, PathBuf};

use kinora_studio::name_of;
use kinora_studio::project::copy::{CopyContent, CopySummary};
use kinora_studio::wire::Failure;

use super::new_project::project_folder;
use crate::background::task::Task;
use crate::state::action::{CopyPurpose, CopyRequest};

/// The fields of the form.
pub struct CopyForm {
    pub purpose: CopyPurpose,
    pub name: String,
    pub place: String,
    pub summary: Summary,
    /// A folder that was refused, and the reason.
    refused: Option<(PathBuf, String)>,
}

/// What will be copied.
pub enum Summary {
    Counting(Task<Result<CopySummary, Failure>>),
    Counted(CopySummary),
    Unknown(String),
}

impl CopyForm {
    /// A form for a copy beside the project in this folder.
    pub fn beside(project_folder: &Path, purpose: CopyPurpose, summary: Summary) -> Self {
        let name = name_of(project_folder);
        let name = match purpose {
            CopyPurpose::SaveAs | CopyPurpose::Duplicate => format!("{name} copy"),
            CopyPurpose::Collect => format!("{name} collected"),
        };
        let place = project_folder.parent().unwrap_or(project_folder);
        Self {
            purpose,
            name,
            place: place.display().to_string(),
            summary,
            refused: None,
        }
    }

    /// The form of a request that was refused, with the reason.
    pub fn refused(request: &CopyRequest, reason: String, summary: Summary) -> Self {
        let place = request.to.parent().unwrap_or(&request.to);
        Self {
            purpose: request.purpose,
            name: name_of(&request.to),
            place: place.display().to_string(),
            summary,
            refused: Some((request.to.clone(), reason)),
        }
    }

    /// The folder to create, or the reason why the name or the location is invalid.
    pub fn folder(&self) -> Result<PathBuf, String> {
        let folder = project_folder(&self.name, &self.place)?;
        match &self.refused {
            Some((refused, reason)) if *refused == folder => Err(reason.clone()),
            _ => Ok(folder),
        }
    }
}

/// What a copy of this purpose contains.
pub fn content_of(purpose: CopyPurpose) -> CopyContent {
    match purpose {
        CopyPurpose::SaveAs | CopyPurpose::Duplicate => CopyContent::Everything,
        CopyPurpose::Collect => CopyContent::Needed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted() -> Summary {
        Summary::Counted(CopySummary::default())
    }

    #[test]
    fn a_copy_lies_beside_its_project_under_a_name_of_its_own() {
        let film = Path::new("/films/Night train.kinora");
        let folder = |purpose| CopyForm::beside(film, purpose, counted()).folder();
        assert_eq!(
            folder(CopyPurpose::SaveAs),
            Ok("/films/Night train copy.kinora".into())
        );
        assert_eq!(
            folder(CopyPurpose::Collect),
            Ok("/films/Night train collected.kinora".into())
        );
    }

    #[test]
    fn a_refused_place_is_kept_with_its_reason_until_the_name_changes() {
        let request = CopyRequest {
            purpose: CopyPurpose::Duplicate,
            to: "/films/Night train.kinora".into(),
        };
        let mut form = CopyForm::refused(&request, "It is there already.".into(), counted());
        assert_eq!(form.folder(), Err("It is there already.".into()));
        form.name = "Day train".into();
        assert_eq!(form.folder(), Ok("/films/Day train.kinora".into()));
        form.name.clear();
        assert_eq!(form.folder(), Err("The project needs a name.".into()));
    }
}
