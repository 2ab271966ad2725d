//! The two frames that meet at a cut while it is trimmed: the outgoing one on the left, the incoming one on the right.

use egui::{Align2, Painter, Rect, TextureHandle, vec2};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Frames, Project, TrackKind};

use crate::background::player::TrimFrames;
use crate::panels::context::PanelContext;
use crate::state::sources::name_of;
use crate::ui::widgets::{picture_in, text_on};

/// The accessible name of the two pictures.
pub fn label(trim: TrimFrames) -> String {
    format!(
        "Pictures of frames {} and {} at the cut",
        trim.outgoing.0, trim.incoming.0
    )
}

/// Draws the outgoing and the incoming picture within `place`, with their names and timecodes.
pub fn trim_ui(
    painter: &Painter,
    cx: &PanelContext,
    trim: TrimFrames,
    (outgoing, incoming): (&TextureHandle, Option<&TextureHandle>),
    place: Rect,
) {
    painter.rect_filled(place, 0, *cx.theme.colours.well);
    let (left, right) = place.split_left_right_at_fraction(0.5);
    let halves = [
        (left, trim.outgoing, Some(outgoing)),
        (right, trim.incoming, incoming),
    ];
    for (half, frame, picture) in halves {
        if let Some(picture) = picture {
            picture_in(painter, picture, half.shrink2(vec2(1.0, 0.0)));
        }
        let place = (Align2::LEFT_TOP, half.left_top() + vec2(12.0, 10.0));
        let words = words_of(cx.project(), frame);
        text_on(painter, cx.theme, place, &words, *cx.theme.colours.shade);
    }
}

/// The name of the topmost clip at a frame, and the timecode.
fn words_of(project: &Project, frame: Frames) -> String {
    if frame < Frames::ZERO {
        return "Start of the timeline".to_owned();
    }
    let tracks = project.playing_tracks(TrackKind::Video);
    let clips = tracks.filter_map(|track| track.at(frame)?.clip());
    let top = clips.filter(|clip| clip.enabled).last();
    let name = top.and_then(|clip| name_of(project, clip.source));
    let name = name.unwrap_or_else(|| "No clip".to_owned());
    let rate = project.rate();
    let time = timecode(frame, rate, Counting::customary(rate));
    format!("{} · {time}", name.replace('\n', " "))
}
