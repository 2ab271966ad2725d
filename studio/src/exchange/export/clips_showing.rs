//! The clips that show or play a medium within a range of the timeline, directly or in nested sequences: the first one and
//! their number.

use kinora_timeline::{ContentHash, FrameRange, Frames, Project, SequenceId, Source, TrackKind};

/// The clips of a medium within a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClipsShowing {
    /// The frame of the timeline at which the first one begins. In a nested sequence, that of the clip that shows it.
    pub(super) first: Frames,
    /// The nested sequence of the first one. `None`: it is on the timeline itself.
    pub(super) sequence: Option<SequenceId>,
    /// The number of clips. One in a sequence that is shown twice counts twice.
    pub(super) count: usize,
}

/// The clips whose picture or sound is a medium's, within a range of the open sequence. `None`: there are none.
pub(super) fn clips_showing(
    project: &Project,
    range: FrameRange,
    (content, kind): (ContentHash, TrackKind),
) -> Option<ClipsShowing> {
    let mut walk = Walk {
        project,
        content,
        kind,
        found: None,
    };
    walk.sequence(project.open_sequence(), range, None);
    walk.found
}

struct Walk<'p> {
    project: &'p Project,
    content: ContentHash,
    kind: TrackKind,
    found: Option<ClipsShowing>,
}

impl Walk<'_> {
    /// Looks at a range of a sequence. `outer` is the start of the clip that shows it on the timeline.
    fn sequence(&mut self, sequence: SequenceId, range: FrameRange, outer: Option<Frames>) {
        let project = self.project;
        let segments = match self.kind {
            TrackKind::Video => project.segments_shown_in(sequence, range),
            TrackKind::Audio => project.segments_in(sequence, range),
        };
        for segment in segments {
            let at = outer.unwrap_or(segment.clip_start);
            match segment.clip.source {
                Source::Sequence(inner) => {
                    self.sequence(inner, segment.source_range(range), Some(at));
                }
                Source::Medium(id) => {
                    let medium = project.medium(id);
                    if medium.is_some_and(|medium| medium.content == self.content) {
                        self.add(at, outer.map(|_| sequence));
                    }
                }
                Source::Shot(_) | Source::Title(_) => {}
            }
        }
    }

    fn add(&mut self, at: Frames, sequence: Option<SequenceId>) {
        let one = ClipsShowing {
            first: at,
            sequence,
            count: 1,
        };
        let found = self.found.unwrap_or(ClipsShowing { count: 0, ..one });
        let first = if at < found.first { one } else { found };
        self.found = Some(ClipsShowing {
            count: found.count + 1,
            ..first
        });
    }
}
