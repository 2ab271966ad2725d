//! A changed value of a clip's look.

use kinora_studio::timeline::Frames;
use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::curve::PropertyKey;
use kinora_studio::timeline::effect::Effect;

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
