//! What the viewer shows: the timeline, a shot or import by itself, or the picture that is being generated.

use kinora_studio::timeline::{
    CharacterId, ContentHash, FrameRange, Frames, MediumId, ShotId, Source, TitleId,
};

use crate::state::comparison::CompareMode;

/// The view state of the viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ViewerView {
    pub mode: ViewerMode,
    /// The range between in and out of the source that is shown by itself.
    pub marks: Option<FrameRange>,
    /// The colour that the next click in the picture picks.
    pub picks_for: Option<ColourTarget>,
    /// The picture that is compared with the film.
    pub compared: Option<ComparedPicture>,
}

/// A picture of the media that is compared with the film: a still, or the first frame of a video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparedPicture {
    pub medium: MediumId,
    /// A wipe, or side by side.
    pub mode: CompareMode,
}

impl ComparedPicture {
    /// An import, with a wipe in the middle.
    pub fn of(medium: MediumId) -> Self {
        let mode = CompareMode::Wipe(0.5);
        Self { medium, mode }
    }
}

/// A colour of the project that can be picked in the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourTarget {
    /// The text colour of a title.
    Title(TitleId),
    /// A colour of a character's stand-in, by its number.
    Character(CharacterId, usize),
}

/// What the viewer shows. It follows what was clicked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewerMode {
    /// The timeline at its playhead.
    #[default]
    Timeline,
    /// A shot, a take or an import by itself, in a loop.
    Source(ViewedSource),
    /// The preview of the take that is being generated.
    Live,
}

/// A source that is shown by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewedSource {
    pub source: Source,
    /// A take of the shot other than the chosen one.
    pub take: Option<ContentHash>,
}

impl ViewedSource {
    /// A source as it is used on the timeline.
    pub fn of(source: Source) -> Self {
        Self { source, take: None }
    }

    /// The shot and its take, if a take is named.
    pub fn as_take(self) -> Option<(ShotId, ContentHash)> {
        match (self.source, self.take) {
            (Source::Shot(shot), Some(take)) => Some((shot, take)),
            _ => None,
        }
    }
}

impl ViewerMode {
    /// The source that is shown by itself.
    pub fn source(self) -> Option<ViewedSource> {
        match self {
            Self::Source(shown) => Some(shown),
            Self::Timeline | Self::Live => None,
        }
    }
}

impl ViewerView {
    /// Shows a source. Another source than before has no marks yet.
    pub fn show(&mut self, shown: ViewedSource) {
        if self.mode.source().map(|before| before.source) != Some(shown.source) {
            self.marks = None;
        }
        self.mode = ViewerMode::Source(shown);
    }

    /// The marked range of a source of this length, or all of it.
    pub fn marked(&self, length: Frames) -> FrameRange {
        let whole = FrameRange::between(Frames::ZERO, length);
        let marked = self.marks.and_then(|marks| marks.overlap(whole));
        marked.unwrap_or(whole)
    }

    /// Sets the in point or the out point at a frame of a source of this length. The other point gives way.
    pub fn mark(&mut self, at: Frames, is_out: bool, length: Frames) {
        let before = self.marked(length);
        self.marks = Some(match is_out {
            true => FrameRange::between(before.start.min(at), at + Frames::ONE),
            false => FrameRange::between(at, before.end().max(at + Frames::ONE)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_in_order_and_belong_to_one_source() {
        let mut view = ViewerView::default();
        let shot = |number| ViewedSource::of(Source::Shot(ShotId::from(number)));
        view.show(shot(1));
        let length = Frames(20);
        view.mark(Frames(5), false, length);
        assert_eq!(view.marked(length), FrameRange::between(Frames(5), length));
        view.mark(Frames(3), true, length);
        let range = FrameRange::between(Frames(3), Frames(4));
        assert_eq!(view.marked(length), range);
        view.show(shot(1));
        assert_eq!(view.marks, Some(range), "the same source");
        view.show(shot(2));
        assert_eq!(view.marks, None);
    }
}
