//! What a file of the LTX-2 family is: its version, the components in it, and the text encoder that it belongs to. Headers
//! and `config.json` decide, never the name of a file.
//!
//! (Header metadata of the released files: `model_version`, `config`, `gemma_source_checkpoint` of a transformer,
//! `gemma_config` of a text encoder. Lightricks/LTX-2, `ltx_core`, which refuses a wrong text encoder as this does.)

mod sources;

use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use serde_json::Value;

use super::text::Gemma;
use sources::Source;

/// The text encoder of LTX-2.5, as its transformers name it.
const GEMMA_OF_2_5: &str = "gemma4-12b-ltx-v1";
/// A part of the name of a parameter that transformers have since LTX-2.3: the gates of attention heads.
const SIGN_OF_2_3: &str = "to_gate_logits";
/// The name of a parameter that transformers have since LTX-2.5.
const SIGN_OF_2_5: &str = "keyframes_abs_pos_embedding";

/// The versions of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// LTX-2.0, 19 billion parameters.
    V2_0,
    /// LTX-2.3, 22 billion.
    V2_3,
    /// LTX-2.5, 22 billion, with a text encoder of its own.
    V2_5,
}

/// The components of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The transformer of both streams.
    Transformer,
    /// What prepares the text for each stream, between text encoder and transformer.
    Connectors,
    /// The autoencoder of the picture.
    Vae,
    /// The autoencoder of the sound.
    AudioVae,
    /// What makes a wave of a spectrogram.
    Vocoder,
    /// What projects all layers of the text encoder to the width of the connectors.
    Projection,
    /// Gemma.
    Text,
}

/// What a file, a folder of one component, or a folder in the Diffusers layout is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its path.
    pub path: PathBuf,
    /// The version. `None`: it has no transformer, and does not say.
    pub version: Option<Version>,
    /// Its components.
    pub components: Vec<Component>,
    /// The text encoder that its transformer was trained with, by name.
    wanted_gemma: Option<String>,
    /// The name of its text encoder.
    own_gemma: Option<String>,
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::V2_0, Self::V2_3, Self::V2_5];

    /// As in "LTX-2.3".
    pub fn name(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V2_3 => "2.3",
            Self::V2_5 => "2.5",
        }
    }

    /// The generation of its text encoder.
    fn gemma(self) -> Gemma {
        match self {
            Self::V2_0 | Self::V2_3 => Gemma::Three,
            Self::V2_5 => Gemma::Four,
        }
    }

    /// The version of a header, "2.3.0".
    fn of_header(text: &str) -> Option<Self> {
        let is_it = |version: &Self| {
            let rest = text.strip_prefix(version.name());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        Self::ALL.into_iter().find(is_it)
    }

    /// The version of a transformer without a header, by the parameters that came with each.
    fn of_transformer<'k>(mut keys: impl Iterator<Item = &'k str> + Clone) -> Self {
        let has = |sign: &str| keys.clone().any(|key| key.contains(sign));
        if has(SIGN_OF_2_5) {
            return Self::V2_5;
        }
        match keys.any(|key| key.contains(SIGN_OF_2_3)) {
            true => Self::V2_3,
            false => Self::V2_0,
        }
    }
}

impl Component {
    /// The prefix of its keys in a file of several, its entry in the `config` of a header, and its folder in the Diffusers
    /// layout. Empty: it has none.
    const TABLE: [(Self, [&'static str; 3]); 7] = [
        (
            Self::Transformer,
            ["model.diffusion_model.", "transformer", "transformer"],
        ),
        (Self::Connectors, ["", "", "connectors"]),
        (Self::Vae, ["vae.", "vae", "vae"]),
        (Self::AudioVae, ["audio_vae.", "audio_vae", "audio_vae"]),
        (Self::Vocoder, ["vocoder.", "vocoder", "vocoder"]),
        (Self::Projection, ["text_embedding_projection.", "", ""]),
        (Self::Text, ["model.language_model.", "", "text_encoder"]),
    ];
    /// Keys of a transformer and of Gemma without a prefix, as some files have them.
    const BARE: [(Self, &'static str); 3] = [
        (Self::Transformer, "patchify_proj.weight"),
        (Self::Transformer, "audio_proj_in.weight"),
        (
            Self::Text,
            "model.layers.0.post_feedforward_layernorm.weight",
        ),
    ];
    /// A part of the keys of connectors, inside or outside the prefix of the transformer.
    const CONNECTOR: &'static str = "embeddings_connector.";

    /// The components in a file with these keys. Where the keys have no prefix, the entries of the header's `config` that
    /// are not null count.
    fn in_file<'k>(keys: impl Iterator<Item = &'k str> + Clone, config: &Value) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let is_prefixed = |prefix: &str| {
            let mut keys = keys.clone();
            // The connectors lie inside the transformer's prefix, also in a file without the transformer.
            keys.any(|key| key.starts_with(prefix) && !key.contains(Self::CONNECTOR))
        };
        for (component, [prefix, ..]) in Self::TABLE {
            if !prefix.is_empty() && is_prefixed(prefix) {
                found.push(component);
            }
        }
        for (component, bare) in Self::BARE {
            if !found.contains(&component) && keys.clone().any(|key| key == bare) {
                found.push(component);
            }
        }
        if keys.clone().any(|key| key.contains(Self::CONNECTOR)) {
            found.push(Self::Connectors);
        }
        if found.is_empty() {
            let is_there = |entry: &str| !entry.is_empty() && !config[entry].is_null();
            let entries = Self::TABLE.into_iter();
            found.extend(
                entries
                    .filter_map(|(component, [_, entry, _])| is_there(entry).then_some(component)),
            );
        }
        found.sort_unstable();
        found
    }
}

impl Identity {
    /// That of a file of weights, an index of shards, a folder of one component, or a folder in the Diffusers layout. Only
    /// headers are read.
    ///
    /// # Errors
    /// A file that cannot be read, or a version that is not known.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let folders = Component::TABLE
            .into_iter()
            .filter_map(|(component, [.., folder])| {
                let folder = path.join(folder);
                (folder != path && folder.is_dir()).then_some((component, folder))
            });
        let folders: Vec<(Component, PathBuf)> = folders.collect();
        if folders.is_empty() {
            return Self::of_source(path, &Source::open(path)?, None);
        }
        let mut whole = Self::empty(path);
        for (component, folder) in folders {
            let part = Self::of_source(&folder, &Source::open(&folder)?, Some(component))?;
            whole.version = whole.version.or(part.version);
            whole.components.extend(part.components);
            whole.wanted_gemma = whole.wanted_gemma.or(part.wanted_gemma);
            whole.own_gemma = whole.own_gemma.or(part.own_gemma);
        }
        whole.components.sort_unstable();
        Ok(whole)
    }

    /// Whether it has this component.
    pub fn has(&self, component: Component) -> bool {
        self.components.contains(&component)
    }

    fn empty(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            version: None,
            components: Vec::new(),
            wanted_gemma: None,
            own_gemma: None,
        }
    }

    /// `component`: what the folder of the source says that it is.
    fn of_source(
        path: &Path,
        source: &Source,
        component: Option<Component>,
    ) -> Result<Self, Failure> {
        let components = match component {
            Some(component) => vec![component],
            None => Component::in_file(source.keys(), &source.value("config")),
        };
        let stated = source.text("model_version");
        let version = match &stated {
            Some(text) => Some(Version::of_header(text).ok_or_else(|| unknown(path, text))?),
            None if components.contains(&Component::Transformer) => {
                Some(Version::of_transformer(source.keys()))
            }
            None => None,
        };
        let gemma = |of: &str| {
            source.value(of)["gemma_version"]
                .as_str()
                .map(str::to_owned)
        };
        Ok(Self {
            path: path.to_path_buf(),
            version,
            components,
            wanted_gemma: gemma("gemma_source_checkpoint"),
            own_gemma: gemma("gemma_config").or_else(|| source.text("gemma_version")),
        })
    }
}

/// The version of a transformer, if this text encoder is the one that it was trained with. With another the clip would be
/// plausible and wrong.
///
/// # Errors
/// A transformer without a version, or with another text encoder.
pub fn matching(transformer: &Identity, text: &Identity) -> Result<Version, Failure> {
    let path = transformer.path.display();
    let version = transformer.version.ok_or_else(|| {
        Failure::bad_file(
            format!("{path} has no transformer of LTX-2"),
            "use the transformer, or the file with all components, as released",
        )
    })?;
    let usual = (version == Version::V2_5).then_some(GEMMA_OF_2_5);
    let wanted = transformer.wanted_gemma.as_deref().or(usual);
    let own = text.own_gemma.as_deref();
    if wanted == own {
        return Ok(version);
    }
    let words = |name: Option<&str>| name.map_or("Gemma 3".to_owned(), str::to_owned);
    Err(Failure::bad_file(
        format!(
            "{path} (LTX-{}) was trained with the text encoder {}, and {} is {}",
            version.name(),
            words(wanted),
            text.path.display(),
            match own {
                Some(name) => name.to_owned(),
                None => "one without that name in its header".to_owned(),
            }
        ),
        format!(
            "use the text encoder that was released with LTX-{}",
            version.name()
        ),
    ))
}

/// As [`matching`], for a text encoder of this generation of Gemma. Where neither file names an encoder, as in folders of
/// Diffusers, the generation decides.
///
/// # Errors
/// As [`matching`]; and an encoder of another generation than the version has.
pub fn agreed(transformer: &Identity, text: &Identity, gemma: Gemma) -> Result<Version, Failure> {
    let names_one = transformer.wanted_gemma.is_some() || text.own_gemma.is_some();
    let Some(version) = transformer.version.filter(|_| !names_one) else {
        return matching(transformer, text);
    };
    if version.gemma() == gemma {
        return Ok(version);
    }
    Err(Failure::bad_file(
        format!(
            "{} (LTX-{}) was trained with {}, and {} is {}",
            transformer.path.display(),
            version.name(),
            version.gemma().name(),
            text.path.display(),
            gemma.name()
        ),
        format!(
            "use the text encoder that was released with LTX-{}",
            version.name()
        ),
    ))
}

fn unknown(path: &Path, version: &str) -> Failure {
    let known = Version::ALL.map(Version::name).join(", ");
    Failure::bad_file(
        format!(
            "{} is LTX-2 of version {version}, which this engine does not know",
            path.display()
        ),
        format!("use one of the versions {known}, or a newer Kinora"),
    )
}

#[cfg(test)]
mod tests;
