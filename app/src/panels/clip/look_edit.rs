//! Changed looks of a clip, and the edit that sets one.

use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::curve::{Property, PropertyKey};
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::{ClipId, Edit};

/// The edit that gives a clip a look.
pub fn look_edit(clip: ClipId, look: Look) -> Edit {
    Edit::Clip(ClipEdit::Look { clip, look })
}

/// The look with other keyframes of a property.
pub fn with_keys(look: &Look, property: Property, keys: Vec<PropertyKey>) -> Look {
    let mut look = look.clone();
    look.set_curve(property, keys);
    look
}
