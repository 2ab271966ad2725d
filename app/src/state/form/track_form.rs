//! The name of a track while it is edited.

use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::{Edit, Project, Track, TrackId};

/// A name while it is typed. It becomes a step when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackForm {
    pub track: TrackId,
    pub name: String,
    /// Whether the field takes the focus as soon as it is drawn.
    pub is_new: bool,
}

impl TrackForm {
    /// The name of a track as it is.
    pub fn of(track: &Track) -> Self {
        Self {
            track: track.id,
            name: String::from(&*track.name),
            is_new: true,
        }
    }

    /// The edit that the typed name makes. `None`: it is no change, or no name.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let track = project.track(self.track)?;
        let name = self.name.trim();
        if name.is_empty() || name == &*track.name {
            return None;
        }
        let name = name.to_owned();
        Some(Edit::Track(TrackEdit::Rename {
            track: track.id,
            name,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_name_is_an_edit() {
        let project = Project::default();
        let track = &project.tracks()[0];
        for (typed, expected) in [("V1", None), ("  ", None), (" Titles ", Some("Titles"))] {
            let form = TrackForm {
                name: typed.into(),
                ..TrackForm::of(track)
            };
            let edit = expected.map(|name| {
                Edit::Track(TrackEdit::Rename {
                    track: track.id,
                    name: name.into(),
                })
            });
            assert_eq!(form.edit(&project), edit, "{typed:?}");
        }
    }
}
