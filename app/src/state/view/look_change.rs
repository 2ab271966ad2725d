//! Changed looks of a clip, and the edit that sets one.

use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::curve::PropertyKey;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::effect::Effect;
use kinora_studio::timeline::{ClipId, Edit, Frames};

/// The edit that gives a clip a look.
pub fn look_edit(clip: ClipId, look: Look) -> Edit {
    Edit::Clip(ClipEdit::Look { clip, look })
}

/// The look with a new value of a property: a keyframe at this frame if the property has keyframes.
pub fn with_value(look: &Look, effect: &Effect, value: f32, at: Frames) -> Look {
    let mut look = look.clone();
    match look
        .curves
        .iter_mut()
        .find(|curve| curve.property == effect.property)
    {
        Some(curve) => {
            let easing = curve.key(at).map(|key| key.easing).unwrap_or_default();
            curve.set(PropertyKey {
                frame: at,
                value,
                easing,
            });
        }
        None => *(effect.get_mut)(&mut look) = value,
    }
    look
}
