//! The sources of clips: the tracks that they lie on, their length on the timeline, and how often an import is used.

use std::collections::BTreeSet;

pub use kinora_studio::exchange::placement::{kinds_of, length_of};
use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::{MediumId, Project, Source};

/// The name of a shot, an import or a sequence, or the text of a title. `None`: the project has no such source.
pub fn name_of(project: &Project, source: Source) -> Option<String> {
    match source {
        Source::Shot(id) => project.shot(id).map(|shot| shot.name.clone()),
        Source::Medium(id) => project.medium(id).map(|medium| medium.name.clone()),
        Source::Title(id) => project.title(id).map(|title| title.text.clone()),
        Source::Sequence(id) => project.sequence_name(id).map(ToString::to_string),
    }
}

/// Whether the source is a shot without a chosen take.
pub fn has_no_take(project: &Project, source: Source) -> bool {
    let Source::Shot(id) = source else {
        return false;
    };
    let shot = project.shot(id);
    shot.is_some_and(|shot| !shot.has_take())
}

/// The length of an import by itself, in seconds; 0 for a picture.
pub fn seconds_of(medium: &Medium) -> f64 {
    match medium.extent {
        Extent::Still => 0.0,
        Extent::Video { rate, frames } => frames.as_seconds(rate),
        Extent::Sound { rate_hz, samples } => samples as f64 / f64::from(rate_hz.max(1)),
    }
}

/// The number of times that an import is used in all sequences. Linked picture and sound count once.
pub fn uses_of(project: &Project, medium: MediumId) -> usize {
    let mut groups = BTreeSet::new();
    let clips = project.clips_showing(Source::Medium(medium));
    let counted = clips.filter(|clip| match clip.group {
        Some(group) => groups.insert(group),
        None => true,
    });
    counted.count()
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::edit::batch::EditBatch;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::{ContentHash, Edit, FrameRate, Frames, TrackKind};

    use super::*;
    use kinora_studio::timeline::media::{MediumMarks, PictureSettings};

    fn with_medium(extent: Extent, has_picture: bool, has_sound: bool) -> (EditBatch, MediumId) {
        let medium = Medium {
            id: MediumId::from(0),
            name: "a".into(),
            content: ContentHash::of(b"a"),
            path: "media/a".into(),
            extent,
            has_picture,
            has_sound,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let mut batch = EditBatch::of(&Project::default());
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        batch.then(add).expect("added");
        let id = batch.project.media().next().expect("one").id;
        (batch, id)
    }

    #[test]
    fn picture_and_sound_of_a_video_are_two_clips_and_one_use() {
        let extent = Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(48),
        };
        let (mut batch, id) = with_medium(extent, true, true);
        let source = Source::Medium(id);
        let kinds = kinds_of(&batch.project, source);
        assert_eq!(kinds, [TrackKind::Video, TrackKind::Audio]);
        assert_eq!(uses_of(&batch.project, id), 0);
        for at in [Frames::ZERO, Frames(100)] {
            let length = length_of(&batch.project, source, 3);
            batch.place(source, kinds, at, length).expect("placed");
        }
        assert_eq!(batch.project.clips_of(source).len(), 4);
        assert_eq!(uses_of(&batch.project, id), 2);
    }

    #[test]
    fn a_still_picture_is_three_seconds_long() {
        let (batch, id) = with_medium(Extent::Still, true, false);
        let seconds = batch.seconds(3);
        assert_eq!(length_of(&batch.project, Source::Medium(id), 3), seconds);
    }
}
