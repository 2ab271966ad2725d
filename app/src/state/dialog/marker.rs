//! The form of the dialog that changes a marker.

use kinora_studio::timeline::clip::Label;
use kinora_studio::timeline::marker::Marker;

/// The colours of labels, with their names.
pub const LABELS: [(Label, &str); 9] = [
    (Label::None, "None"),
    (Label::Red, "Red"),
    (Label::Orange, "Orange"),
    (Label::Yellow, "Yellow"),
    (Label::Green, "Green"),
    (Label::Cyan, "Cyan"),
    (Label::Blue, "Blue"),
    (Label::Purple, "Purple"),
    (Label::Pink, "Pink"),
];

/// The name of a label's colour; empty for none.
pub fn label_name(label: Label) -> &'static str {
    let found = LABELS[1..].iter().find(|(one, _)| *one == label);
    found.map_or("", |(_, name)| name)
}

/// The fields of the form.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerForm {
    pub marker: Marker,
}

impl MarkerForm {
    /// A form with the current values of a marker.
    pub fn of(marker: &Marker) -> Self {
        Self {
            marker: marker.clone(),
        }
    }
}
