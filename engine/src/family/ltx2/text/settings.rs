//! What the files of the text side say about themselves beside their tensors: `config.json`, and the JSON that LTX-2 keeps
//! in the header of a safetensors file.
//!
//! Source: Lightricks/LTX-2 (`gemma_config`, `gemma_source_checkpoint`, `config`), transformers and diffusers
//! (`config.json`).

use kinora_wire::Failure;
use serde_json::{Map, Value};

use crate::weights::{Checkpoint, MappedFile};

/// The header's configuration of a packed encoder.
const GEMMA_CONFIG: &str = "gemma_config";
/// The header's note on the encoder that a transformer was trained with.
const GEMMA_SOURCE: &str = "gemma_source_checkpoint";
/// The name of an encoder's version, in both.
const GEMMA_VERSION: &str = "gemma_version";

/// Settings of a component, from all places that may hold them. The best comes first.
#[derive(Debug)]
pub struct Settings(Vec<Map<String, Value>>);

impl Settings {
    /// Those of an encoder, whose part for text may be a section of the whole model's.
    pub fn of_encoder(checkpoint: &Checkpoint) -> Self {
        let header = header_json(checkpoint.files(), GEMMA_CONFIG).unwrap_or_default();
        let whole = [checkpoint.config(), &header];
        Self(with_sections(whole, "text_config"))
    }

    /// Those of the connectors, which are among the transformer's.
    pub fn of_connectors(checkpoint: &Checkpoint) -> Self {
        Self(with_sections([checkpoint.config()], "transformer"))
    }

    /// The first value with one of these names that is not null.
    pub fn value(&self, names: &[&str]) -> Option<&Value> {
        let values = names
            .iter()
            .flat_map(|&name| self.0.iter().filter_map(move |map| map.get(name)));
        let mut values = values.filter(|value| !value.is_null());
        values.next()
    }

    /// The first number with one of these names, or the first number of a list with it.
    pub fn number(&self, names: &[&str]) -> Option<f64> {
        let value = self.value(names)?;
        value.as_f64().or_else(|| value.get(0)?.as_f64())
    }

    /// A whole number above zero.
    pub fn count(&self, names: &[&str]) -> Option<i64> {
        self.number(names)
            .map(|number| number as i64)
            .filter(|&count| count > 0)
    }
}

/// Each map after its section with this name.
fn with_sections<'m>(
    maps: impl IntoIterator<Item = &'m Map<String, Value>>,
    section: &str,
) -> Vec<Map<String, Value>> {
    let both = maps.into_iter().flat_map(|map| {
        let inner = map.get(section).and_then(Value::as_object);
        [inner, Some(map)]
    });
    both.flatten().cloned().collect()
}

/// The version of Gemma that an encoder's files name, such as "gemma4-12b-ltx-v1". `None` for one that LTX-2 did not train.
pub fn gemma_version(files: &[MappedFile]) -> Option<String> {
    version_in(files, GEMMA_CONFIG)
}

/// The version of Gemma that a transformer was trained with. `None`: its files name none.
pub fn wanted_gemma_version(files: &[MappedFile]) -> Option<String> {
    version_in(files, GEMMA_SOURCE)
}

/// Refuses an encoder of another version than the transformer was trained with. A wrong one would give plausible garbage.
pub fn check_gemma_version(
    transformer: &[MappedFile],
    encoder: &[MappedFile],
) -> Result<(), Failure> {
    let Some(wanted) = wanted_gemma_version(transformer) else {
        return Ok(());
    };
    let found = gemma_version(encoder);
    if found.as_ref() == Some(&wanted) {
        return Ok(());
    }
    let path = |files: &[MappedFile]| {
        let first = files.first().map(|file| file.path().display().to_string());
        first.unwrap_or_default()
    };
    let found = found.map_or_else(|| "names no version".into(), |found| format!("is {found}"));
    Err(Failure::bad_file(
        format!(
            "{} was trained with the text encoder {wanted}; {} {found}",
            path(transformer),
            path(encoder)
        ),
        "use the text encoder that was released with this transformer",
    ))
}

fn version_in(files: &[MappedFile], entry: &str) -> Option<String> {
    let map = header_json(files, entry)?;
    map.get(GEMMA_VERSION)?.as_str().map(str::to_owned)
}

/// A JSON object in the header of one of the files.
fn header_json(files: &[MappedFile], entry: &str) -> Option<Map<String, Value>> {
    let mut texts = files.iter().filter_map(|file| file.metadata().get(entry));
    texts.find_map(|text| serde_json::from_str(text).ok())
}
