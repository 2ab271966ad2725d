//! The view state of the subtitle tracks: the text of a subtitle and the name of a track while they are typed, and the
//! subtitle that is being dragged.

use kinora_studio::timeline::edit::subtitles::SubtitleEdit;
use kinora_studio::timeline::subtitle::{Cue, SubtitleTrack, plain};
use kinora_studio::timeline::{CueId, Edge, Edit, FrameRange, Project, SubtitleTrackId};

/// What is typed and dragged on the subtitle tracks.
#[derive(Clone, Debug, Default)]
pub struct SubtitleView {
    /// The text that is being typed.
    pub form: Option<CueForm>,
    /// The name of a track that is being typed.
    pub name: Option<NameForm>,
    pub drag: Option<CueDrag>,
}

impl SubtitleView {
    /// Drops the text that is being typed and is no edit yet.
    pub fn forget_typed(&mut self) {
        self.form = None;
        self.name = None;
    }

    /// The edits of the text that is being typed, which is forgotten.
    pub fn take_typed(&mut self, project: &Project) -> Vec<Edit> {
        let text = self.form.take().and_then(|form| form.edit(project));
        let name = self.name.take().and_then(|form| form.edit(project));
        text.into_iter().chain(name).collect()
    }
}

/// The text of a subtitle while it is typed. It becomes a step when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CueForm {
    pub cue: CueId,
    pub text: String,
    /// Whether the field takes the focus as soon as it is drawn.
    pub is_new: bool,
}

impl CueForm {
    /// The text of a subtitle as it is.
    pub fn of(cue: &Cue) -> Self {
        Self {
            cue: cue.id,
            text: cue.text.clone(),
            is_new: true,
        }
    }

    /// The edit that the typed text makes. `None`: it is no change, or no text.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let (cue, _) = project.cue(self.cue)?;
        let text = plain(&self.text);
        if text.is_empty() || text == cue.text {
            return None;
        }
        let cue = self.cue;
        Some(Edit::Subtitle(SubtitleEdit::Retype { cue, text }))
    }
}

/// The name of a subtitle track while it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameForm {
    pub track: SubtitleTrackId,
    pub name: String,
    /// Whether the field takes the focus as soon as it is drawn.
    pub is_new: bool,
}

impl NameForm {
    /// The name of a track as it is.
    pub fn of(track: &SubtitleTrack) -> Self {
        Self {
            track: track.id,
            name: track.name.to_string(),
            is_new: true,
        }
    }

    /// The edit that the typed name makes. `None`: it is no change, or no name.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let track = project.subtitle_track(self.track)?;
        let name = self.name.trim();
        if name.is_empty() || name == &*track.name {
            return None;
        }
        Some(Edit::Subtitle(SubtitleEdit::NameTrack {
            track: track.id,
            name: name.to_owned(),
            language: track.language.to_string(),
        }))
    }
}

/// A subtitle that is being dragged.
#[derive(Clone, Debug)]
pub struct CueDrag {
    /// The subtitle under the pointer.
    pub cue: CueId,
    /// All that move with it.
    pub cues: Vec<CueId>,
    /// The edge that is trimmed; `None`: the subtitles move.
    pub edge: Option<Edge>,
    /// The frame under the pointer when the drag began.
    pub from: f32,
    /// The range of the subtitle when the drag began.
    pub range: FrameRange,
    /// The project when the drag began.
    pub before: Project,
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::Frames;
    use kinora_studio::timeline::edit::subtitles::NewCue;

    use super::*;

    #[test]
    fn only_another_text_is_an_edit() {
        let add = SubtitleEdit::AddTrack {
            name: String::new(),
            language: String::new(),
            cues: vec![NewCue {
                range: FrameRange::between(Frames(0), Frames(9)),
                text: "Hello".into(),
            }],
        };
        let project = Edit::Subtitle(add)
            .apply(&Project::default())
            .expect("added");
        let cue = &project.subtitle_tracks()[0].cues()[0];
        for (typed, is) in [
            ("Hello", None),
            (" Hello\n", None),
            ("<i></i>", None),
            ("Hello\nthere", Some("Hello\nthere")),
        ] {
            let form = CueForm {
                text: typed.into(),
                ..CueForm::of(cue)
            };
            let edit = is.map(|text| {
                Edit::Subtitle(SubtitleEdit::Retype {
                    cue: cue.id,
                    text: text.into(),
                })
            });
            assert_eq!(form.edit(&project), edit, "{typed:?}");
        }
    }
}
