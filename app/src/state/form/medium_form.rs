//! The name of an import while it is edited.

use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{Edit, MediumId, Project};

/// A name while it is typed. It becomes a step when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediumForm {
    pub medium: MediumId,
    pub name: String,
    /// Whether the field takes the focus as soon as it is drawn.
    pub is_new: bool,
}

impl MediumForm {
    /// The name of a medium as it is.
    pub fn of(medium: &Medium) -> Self {
        Self {
            medium: medium.id,
            name: medium.name.clone(),
            is_new: true,
        }
    }

    /// The edit that the typed name makes. `None`: it is no change, or no name.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let medium = project.medium(self.medium)?;
        let name = self.name.trim();
        if name.is_empty() || name == medium.name {
            return None;
        }
        let medium = Medium {
            name: name.to_owned(),
            ..Medium::clone(medium)
        };
        Some(Edit::Library(Library::ChangeMedium(Box::new(medium))))
    }
}
