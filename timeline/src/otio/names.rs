//! The names of clips, as notes on a cut give them.

use serde_json::Value;

use crate::clip::{Clip, Source};
use crate::{Project, Track};

/// The name of a source: of a shot, a file, the text of a title.
pub(super) fn source_name(project: &Project, source: Source) -> String {
    let name = match source {
        Source::Shot(id) => project.shot(id).map(|shot| shot.name.clone()),
        Source::Medium(id) => project.medium(id).map(|medium| medium.name.clone()),
        Source::Title(id) => project.title(id).map(|title| title.text.clone()),
        Source::Sequence(id) => project.sequence_name(id).map(ToString::to_string),
    };
    name.unwrap_or_default()
}

/// `clip "door" on V1`. The name that another program gave the clip comes before that of its source.
pub(super) fn clip_place(project: &Project, clip: &Clip, track: &Track) -> String {
    let keys = clip.preserved_metadata.keys();
    let given = keys.get("name").and_then(Value::as_str);
    let name = given.map_or_else(|| source_name(project, clip.source), str::to_owned);
    format!("clip \"{name}\" on {}", track.name)
}
