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
