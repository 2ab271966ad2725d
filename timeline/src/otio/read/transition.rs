//! Transitions of a cut: dissolves between two clips, fades where there is a clip on one side only. One that cannot be
//! shown is kept with its clip and written again.

use std::sync::Arc;

use serde_json::Value;

use super::Reader;
use super::time::rounded;
use crate::clip::Clip;
use crate::media::{Extent, Medium};
use crate::otio::json::{Object, ours, text, without_ours};
use crate::otio::kept::{AFTER, BEFORE, LOOKS, keep_transition};
use crate::otio::names::clip_place;
use crate::track::{Item, TrackKind};
use crate::transition::{Transition, TransitionKind};
use crate::{Frames, PreservedMetadata, Source, Track, TrackId};

/// The frames of a medium whose length is not known.
const ENDLESS: Frames = Frames(1 << 40);

impl Reader {
    /// Appends items to a row, with the transitions between them and those before.
    pub(super) fn join(
        &mut self,
        items: &mut Vec<Item>,
        mut new: Vec<Item>,
        transitions: Vec<Object>,
        track: &str,
    ) {
        if !transitions.is_empty() {
            match (last_clip(items), first_clip(&mut new)) {
                (Some(before), Some(clip)) => self.dissolve(before, clip, transitions, track),
                (Some(before), None) => self.fade(before, Side::Out, transitions, track),
                (None, Some(clip)) => self.fade(clip, Side::In, transitions, track),
                (None, None) => {
                    let what = "a transition without a clip on either side is left out";
                    self.note(&format!("track {track}"), what);
                }
            }
        }
        for item in new {
            if let (Some(Item::Gap(last)), Item::Gap(length)) = (items.last_mut(), &item) {
                *last += *length;
            } else {
                items.push(item);
            }
        }
    }

    /// The transition between two clips: the last of several that fits.
    fn dissolve(&mut self, before: &Clip, clip: &mut Clip, mut found: Vec<Object>, track: &str) {
        let place = self.place(clip, track);
        let mut why = None;
        for number in (0..found.len()).rev() {
            let Some(one) = found.get(number) else {
                continue;
            };
            match self.dissolve_of(one, before, clip) {
                Ok(transition) => {
                    let one = found.remove(number);
                    clip.transition = Some(transition);
                    self.keep_looks(clip, one, &place);
                    why = Some("there is another one".to_owned());
                    break;
                }
                Err(refusal) => why = why.or(Some(refusal)),
            }
        }
        let why = why.unwrap_or_default();
        for one in found {
            self.keep(clip, BEFORE, one, &place, "at its head", &why);
        }
    }

    fn dissolve_of(
        &mut self,
        found: &Object,
        before: &Clip,
        clip: &Clip,
    ) -> Result<Transition, String> {
        let offset = |key: &str| match found.get(key) {
            None | Some(Value::Null) => Ok(Frames::ZERO),
            time => self.time(time).map(rounded),
        };
        let own =
            ours(found).and_then(|ours| serde_json::from_value(ours.get("kind")?.clone()).ok());
        let transition = Transition {
            kind: own.unwrap_or(TransitionKind::Dissolve),
            from: before.id,
            before: offset("in_offset")?,
            after: offset("out_offset")?,
        };
        let borrowed = before
            .transition
            .map_or(Frames::ZERO, |earlier| earlier.after);
        if transition.before < Frames::ZERO || transition.after < Frames::ZERO {
            return Err("it has a negative length".into());
        }
        if transition.before + borrowed > before.length || transition.after > clip.length {
            return Err("it is longer than its clips".into());
        }
        if self.left_of(clip) < transition.before || self.right_of(before) < transition.after {
            return Err("its clips have too few handles".into());
        }
        self.lengthen(clip, -transition.before);
        self.lengthen(before, before.length - Frames::ONE + transition.after);
        Ok(transition)
    }

    fn left_of(&self, clip: &Clip) -> Frames {
        clip.handles(self.known_end(clip.source)).left
    }

    fn right_of(&self, clip: &Clip) -> Frames {
        clip.handles(self.known_end(clip.source)).right
    }

    fn known_end(&self, source: Source) -> Option<Frames> {
        match source {
            Source::Medium(id) if self.open_ended.contains(&id) => Some(ENDLESS),
            _ => self.project.available(source),
        }
    }

    /// Lets a medium whose length the cut does not give reach to a frame that a clip shows in a transition.
    fn lengthen(&mut self, clip: &Clip, at: Frames) {
        let Source::Medium(id) = clip.source else {
            return;
        };
        let needed = clip.source_frame(at) + Frames::ONE;
        let rate = self.project.rate();
        if let Some(medium) = self.project.medium(id)
            && self.open_ended.contains(&id)
            && medium.available(rate).is_some_and(|frames| frames < needed)
        {
            let longer = Medium {
                extent: Extent::Video {
                    rate,
                    frames: needed,
                },
                ..Medium::clone(medium)
            };
            self.project.media.insert(id, Arc::new(longer));
        }
    }

    /// A transition with a clip on one side becomes the fade of the clip.
    fn fade(&mut self, clip: &mut Clip, side: Side, mut found: Vec<Object>, track: &str) {
        let place = self.place(clip, track);
        let (key, end) = match side {
            Side::In => (BEFORE, "at its head"),
            Side::Out => (AFTER, "at its end"),
        };
        let Some(last) = found.pop() else {
            return;
        };
        for one in found {
            self.keep(clip, key, one, &place, end, "there is another one");
        }
        match self.fade_length(&last) {
            Ok(length) => {
                match side {
                    Side::In => clip.look.fade_in = length.min(clip.length),
                    Side::Out => clip.look.fade_out = length.min(clip.length - clip.look.fade_in),
                }
                let is_own = ours(&last).is_some_and(|ours| ours.contains_key("fade"));
                if !is_own {
                    let what = format!("the transition {end} is shown as a fade of {length}");
                    self.note(&place, what);
                }
            }
            Err(why) => self.keep(clip, key, last, &place, end, &why),
        }
    }

    fn fade_length(&self, found: &Object) -> Result<Frames, String> {
        let mut length = Frames::ZERO;
        for key in ["in_offset", "out_offset"] {
            if let Some(time) = found.get(key).filter(|time| !time.is_null()) {
                length += rounded(self.time(Some(time))?);
            }
        }
        match length > Frames::ZERO {
            true => Ok(length),
            false => Err("it has no length".into()),
        }
    }

    fn keep(
        &mut self,
        clip: &mut Clip,
        key: &str,
        found: Object,
        place: &str,
        end: &str,
        why: &str,
    ) {
        let what = format!(
            "the transition {end} is not shown, since {why}; it is written again as it came"
        );
        self.note(place, what);
        keep_transition(clip, key, found);
    }

    /// Keeps what another program wrote about a transition that is shown.
    fn keep_looks(&mut self, clip: &mut Clip, found: Object, place: &str) {
        let is_own = ours(&found).is_some();
        let kind = text(&found, "transition_type").to_owned();
        let is_usual_kind = match kind.as_str() {
            "" | "SMPTE_Dissolve" => true,
            "Custom_Transition" => is_own,
            _ => false,
        };
        if !is_usual_kind && !is_own {
            let what = format!("the transition \"{kind}\" at its head is shown as a dissolve");
            self.note(place, what);
        }
        let mut looks = without_ours(found);
        for key in ["in_offset", "out_offset"] {
            looks.remove(key);
        }
        let is_plain = |(key, value): (&String, &Value)| match value {
            Value::String(words) => words.is_empty() || (key == "transition_type" && is_usual_kind),
            Value::Object(keys) => keys.is_empty(),
            Value::Null => true,
            _ => false,
        };
        if looks.iter().all(is_plain) {
            return;
        }
        let mut keys = clip.preserved_metadata.keys();
        keys.insert(LOOKS.into(), looks.into());
        clip.preserved_metadata = PreservedMetadata::of(&keys);
    }

    fn place(&self, clip: &Clip, track: &str) -> String {
        let track = Track::new(TrackId(0), TrackKind::Video, track);
        clip_place(&self.project, clip, &track)
    }
}

/// The end of a clip at which a fade is.
#[derive(Clone, Copy)]
enum Side {
    In,
    Out,
}

fn last_clip(items: &mut [Item]) -> Option<&mut Clip> {
    match items.last_mut() {
        Some(Item::Clip(clip)) => Some(Arc::make_mut(clip)),
        _ => None,
    }
}

fn first_clip(items: &mut [Item]) -> Option<&mut Clip> {
    match items.first_mut() {
        Some(Item::Clip(clip)) => Some(Arc::make_mut(clip)),
        _ => None,
    }
}
