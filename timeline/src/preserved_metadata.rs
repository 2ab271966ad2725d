//! Metadata of another program that Kinora does not understand: kept unchanged and written back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object as text, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PreservedMetadata(Option<Arc<str>>);

impl PreservedMetadata {
    pub(crate) fn of(keys: &Map<String, Value>) -> Self {
        Self((!keys.is_empty()).then(|| Value::Object(keys.clone()).to_string().into()))
    }

    pub(crate) fn keys(&self) -> Map<String, Value> {
        match self.0.as_deref().map(serde_json::from_str) {
            Some(Ok(Value::Object(keys))) => keys,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Clip, Frames, MediumId, Project, Source, file};

    #[test]
    fn its_key_in_files_stays_foreign() {
        let mut keys = Map::new();
        keys.insert("color".into(), "teal".into());
        let preserved = PreservedMetadata::of(&keys);
        let mut project = Project {
            preserved_metadata: preserved.clone(),
            ..Project::default()
        };
        Arc::make_mut(&mut project.tracks[0]).preserved_metadata = preserved.clone();
        let text = file::to_text(&project).expect("written");
        assert_eq!(text.matches("foreign: Some(").count(), 2, "{text}");
        let read = file::from_text(&text, Path::new("project.ron")).expect("read");
        assert!(read == project);

        let source = Source::Medium(MediumId(1));
        let clip = Clip {
            preserved_metadata: preserved,
            ..Clip::new(source, Frames::ZERO, Frames::ONE)
        };
        let text = ron::to_string(&clip).expect("written");
        assert!(text.contains("foreign:Some("), "{text}");
    }
}
