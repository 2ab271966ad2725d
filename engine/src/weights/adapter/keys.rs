//! The keys of LoRA files in their spellings: which part of a model they belong to, which module, and which piece of its
//! change they are.
//!
//! Sources: ComfyUI `comfy/lora.py` and `comfy/weight_adapter/`, diffusers `loaders/lora_conversion_utils.py`,
//! musubi-tuner, VideoX-Fun `utils/lora_utils.py`, LightX2V (`diff_m`).

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'k> {
    /// A piece of the change of a module of the transformer.
    Piece {
        /// Whether the key says which expert it belongs to.
        part: Part,
        /// The module's name, without prefix; with `.` or `_` between its words.
        module: &'k str,
        /// The piece.
        piece: Piece,
    },
    /// It changes a text encoder.
    Text,
    /// It belongs to a kind of adapter that is not read, by its name.
    Foreign(&'static str),
    /// None of these.
    Unknown,
}

/// The transformer of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The only one, or either of two.
    Any,
    /// The first of two in the layout of Diffusers, if the file has keys of the second.
    First,
    /// The second of two in the layout of Diffusers: the low-noise expert.
    Second,
}

/// A piece of the change of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// rank x in.
    Down,
    /// out x rank.
    Up,
    /// A number; the product is divided by the rank and multiplied by it.
    Alpha,
    /// Added to the weight.
    Sum,
    /// Added to the bias.
    BiasSum,
    /// Added to the modulation of the module.
    ModulationSum,
    /// Replaces the weight.
    Replacement,
}

/// Before all other prefixes, in files of PEFT.
const WRAPPER: &str = "base_model.model.";

/// Prefixes of the transformer's modules. Of two that begin alike the longer comes first.
const STARTS: [(&str, Part); 10] = [
    ("model.diffusion_model.", Part::Any),
    ("diffusion_model.", Part::Any),
    ("transformer_2.", Part::Second),
    ("transformer.", Part::First),
    ("lora_unet__", Part::Any),
    ("lora_unet_", Part::Any),
    ("lora_transformer_", Part::Any),
    ("lycoris_", Part::Any),
    ("unet.", Part::Any),
    ("model.", Part::Any),
];

/// Prefixes of text encoders.
const TEXT_STARTS: [&str; 4] = ["text_encoder", "lora_te", "cond_stage_model.", "te."];

/// What follows the name of a module.
const ENDS: [(&str, Piece); 21] = [
    (".lora_A.weight", Piece::Down),
    (".lora_B.weight", Piece::Up),
    (".lora_A.default.weight", Piece::Down),
    (".lora_B.default.weight", Piece::Up),
    (".lora_A", Piece::Down),
    (".lora_B", Piece::Up),
    (".lora_down.weight", Piece::Down),
    (".lora_up.weight", Piece::Up),
    (".lora.down.weight", Piece::Down),
    (".lora.up.weight", Piece::Up),
    ("_lora.down.weight", Piece::Down),
    ("_lora.up.weight", Piece::Up),
    (".lora_linear_layer.down.weight", Piece::Down),
    (".lora_linear_layer.up.weight", Piece::Up),
    (".alpha", Piece::Alpha),
    (".diff", Piece::Sum),
    (".diff_b", Piece::BiasSum),
    (".diff_m", Piece::ModulationSum),
    // Of norms, by LyCORIS.
    (".w_norm", Piece::Sum),
    (".b_norm", Piece::BiasSum),
    (".set_weight", Piece::Replacement),
];

/// Parts of the keys of other adapters, and their names.
const FOREIGN: [(&str, &str); 11] = [
    (".dora_scale", "DoRA"),
    (".lora_magnitude_vector", "DoRA"),
    (".hada_w", "LoHa"),
    (".lokr_w", "LoKr"),
    (".oft_", "OFT"),
    (".boft_", "BOFT"),
    (".lora_mid.", "LoCon with a third matrix"),
    (".reshape_weight", "LoRA that changes shapes"),
    (".a1.weight", "GLoRA"),
    // Without their scales, the numbers beside them mean nothing.
    (".scale_weight", "LoRA of 8-bit numbers with scales"),
    (".weight_scale", "LoRA of 8-bit numbers with scales"),
];

/// The meaning of a key.
pub fn parse(key: &str) -> Key<'_> {
    let key = key.strip_prefix(WRAPPER).unwrap_or(key);
    if TEXT_STARTS.iter().any(|start| key.starts_with(start)) {
        return Key::Text;
    }
    let mut foreign = FOREIGN.into_iter();
    if let Some((_, name)) = foreign.find(|(part, _)| key.contains(part)) {
        return Key::Foreign(name);
    }
    let mut starts = STARTS.into_iter();
    let own = starts.find_map(|(start, part)| Some((part, key.strip_prefix(start)?)));
    let (part, rest) = own.unwrap_or((Part::Any, key));
    let mut ends = ENDS.into_iter();
    let piece = ends.find_map(|(end, piece)| Some((rest.strip_suffix(end)?, piece)));
    match piece {
        Some((module, piece)) => Key::Piece {
            part,
            module,
            piece,
        },
        None => Key::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_found_in_every_spelling() {
        let dotted = "blocks.3.self_attn.q";
        let flat = "blocks_3_self_attn_q";
        for (key, module, piece) in [
            (
                "diffusion_model.blocks.3.self_attn.q.lora_A.weight",
                dotted,
                Piece::Down,
            ),
            (
                "blocks.3.self_attn.q.lora_B.default.weight",
                dotted,
                Piece::Up,
            ),
            (
                "model.diffusion_model.blocks.3.self_attn.q.diff",
                dotted,
                Piece::Sum,
            ),
            (
                "diffusion_model.blocks.3.self_attn.q.diff_b",
                dotted,
                Piece::BiasSum,
            ),
            (
                "base_model.model.blocks.3.self_attn.q.lora.up.weight",
                dotted,
                Piece::Up,
            ),
            (
                "lora_unet_blocks_3_self_attn_q.lora_down.weight",
                flat,
                Piece::Down,
            ),
            ("lora_unet__blocks_3_self_attn_q.alpha", flat, Piece::Alpha),
            (
                "diffusion_model.blocks.3.self_attn.q.lora_B",
                dotted,
                Piece::Up,
            ),
            (
                "unet.blocks.3.self_attn.q_lora.down.weight",
                dotted,
                Piece::Down,
            ),
            ("lycoris_blocks_3_self_attn_q.w_norm", flat, Piece::Sum),
            (
                "diffusion_model.blocks.3.diff_m",
                "blocks.3",
                Piece::ModulationSum,
            ),
        ] {
            let part = Part::Any;
            assert_eq!(
                parse(key),
                Key::Piece {
                    part,
                    module,
                    piece
                },
                "{key}"
            );
        }
        let part_of = |key| match parse(key) {
            Key::Piece { part, .. } => part,
            other => panic!("{other:?}"),
        };
        assert_eq!(part_of("transformer.a.lora_A.weight"), Part::First);
        assert_eq!(part_of("transformer_2.a.lora_A.weight"), Part::Second);
    }

    #[test]
    fn other_kinds_and_text_encoders_are_told_apart() {
        assert_eq!(parse("text_encoder.a.lora_A.weight"), Key::Text);
        assert_eq!(parse("lora_te1_a.alpha"), Key::Text);
        assert_eq!(parse("lora_unet_a.hada_w1_a"), Key::Foreign("LoHa"));
        assert_eq!(parse("lora_unet_a.lokr_w1"), Key::Foreign("LoKr"));
        assert_eq!(parse("a.dora_scale"), Key::Foreign("DoRA"));
        let scaled = parse("diffusion_model.a.lora_up.scale_weight");
        assert_eq!(scaled, Key::Foreign("LoRA of 8-bit numbers with scales"));
        assert_eq!(parse("blocks.0.ffn.0.weight"), Key::Unknown);
    }
}
