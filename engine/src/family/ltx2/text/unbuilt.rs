//! What a Gemma file may have and the engine does not build. It is refused by name, before a missing part would give wrong
//! embeddings.
//!
//! Sources: transformers `models/gemma3`, `models/gemma3n`, `models/gemma4` (their configurations).

use kinora_wire::Failure;
use serde_json::Value;

use super::settings::Settings;
use crate::weights::Checkpoint;

/// Parts of the names of modules that are not built, and what they are.
const UNBUILT_MODULES: [(&str, &str); 6] = [
    (".experts.", "experts"),
    (".router.", "experts"),
    ("per_layer_", "per-layer inputs"),
    ("embed_tokens_per_layer", "per-layer inputs"),
    (".altup.", "the alternating updates of Gemma 3n"),
    (".laurel.", "the low-rank residuals of Gemma 3n"),
];

/// Refuses what a file has and the engine does not build, by name.
pub fn refuse_unbuilt(checkpoint: &Checkpoint, settings: &Settings) -> Result<(), Failure> {
    let module = checkpoint.names().find_map(|name| {
        let mut modules = UNBUILT_MODULES.iter();
        let (_, what) = modules.find(|(part, _)| name.contains(part))?;
        Some(format!("{what} (`{name}`)"))
    });
    let value = |name: &str| settings.value(&[name]);
    let direction = value("use_bidirectional_attention");
    let sees_ahead = direction.is_some_and(|value| *value == true || *value == "all");
    let activation = value("hidden_activation").and_then(Value::as_str);
    let others = [
        (
            settings.count(&["num_kv_shared_layers"]).is_some(),
            "layers that share keys and values",
        ),
        (sees_ahead, "attention to later tokens"),
        (
            settings.number(&["attn_logit_softcapping"]).is_some(),
            "capped attention scores",
        ),
        (
            value("attention_bias").is_some_and(|value| *value == true),
            "attention with biases",
        ),
        (
            activation.is_some_and(|name| name != "gelu_pytorch_tanh"),
            "another activation than GELU by tanh",
        ),
    ];
    let other = others.iter().find(|(is_there, _)| *is_there);
    match module.or(other.map(|(_, what)| (*what).to_owned())) {
        Some(what) => Err(unbuilt(checkpoint, &what)),
        None => Ok(()),
    }
}

/// The refusal of something that the engine does not build, in words.
pub fn unbuilt(checkpoint: &Checkpoint, what: &str) -> Failure {
    unusable(
        checkpoint,
        format!("has {what}, which the engine does not build"),
        "use the Gemma text encoder that was released for the LTX-2 model",
    )
}

/// The refusal of an encoder whose shapes do not belong together.
pub fn damaged(checkpoint: &Checkpoint, what: String) -> Failure {
    unusable(
        checkpoint,
        what,
        "the file is damaged or not a Gemma of this kind: fetch it again",
    )
}

/// The refusal of an encoder: what it is or has, and the remedy.
pub fn unusable(checkpoint: &Checkpoint, what: String, remedy: &str) -> Failure {
    Failure::bad_file(
        format!("the text encoder {} {what}", checkpoint.path().display()),
        remedy,
    )
}
