//! Files that hold something else than the weights of a network that the engine reads: an adapter, or packed numbers of an
//! unknown kind. They are refused by what they are, not by a list of keys.

use safetensors::Dtype;

/// Parts of the keys of adapters, in lower case: low-rank pairs in their spellings, and related kinds.
const ADAPTER_PARTS: [&str; 11] = [
    ".lora_a.",
    ".lora_b.",
    ".lora_up.",
    ".lora_down.",
    ".lora.up.",
    ".lora.down.",
    "_lora.up.",
    "_lora.down.",
    ".hada_w",
    ".lokr_w",
    ".oft_",
];
/// Ends of the keys of adapters, in lower case.
const ADAPTER_ENDS: [&str; 9] = [
    ".lora_a",
    ".lora_b",
    ".alpha",
    ".dora_scale",
    ".diff",
    ".diff_b",
    ".diff_m",
    ".w_norm",
    ".b_norm",
];
/// What quanto appends to the key of a weight.
const QUANTO_SUFFIX: &str = "._data";

/// Whether most of these keys are those of an adapter.
pub fn is_adapter<'k>(keys: impl IntoIterator<Item = &'k str>) -> bool {
    let (mut own, mut all) = (0, 0);
    for key in keys {
        let key = key.to_ascii_lowercase();
        let is_own = ADAPTER_PARTS.iter().any(|part| key.contains(part))
            || ADAPTER_ENDS.iter().any(|end| key.ends_with(end));
        own += usize::from(is_own);
        all += 1;
    }
    own * 2 > all
}

/// The key without what a quantiser appended, so that a file is recognised for what it was made from.
pub fn without_quantiser(key: &str) -> &str {
    key.strip_suffix(QUANTO_SUFFIX).unwrap_or(key)
}

/// The name of the numbers of a weight with fewer than sixteen bits, of which no mark says how to read them. `None` for
/// others.
pub fn narrow_numbers(key: &str, dtype: Dtype) -> Option<String> {
    let numbers = match dtype {
        Dtype::I8 => "8-bit integers (int8)",
        Dtype::U8 => "packed integers of 8 or 4 bits",
        Dtype::I32 | Dtype::U32 if key.ends_with(".qweight") => "packed integers of 4 bits",
        Dtype::F4 | Dtype::F6_E2M3 | Dtype::F6_E3M2 => "floats of 4 or 6 bits",
        Dtype::F8_E4M3
        | Dtype::F8_E5M2
        | Dtype::F8_E8M0
        | Dtype::F8_E4M3FNUZ
        | Dtype::F8_E5M2FNUZ => "8-bit floats (fp8)",
        _ => return None,
    };
    let writer = match key.ends_with(QUANTO_SUFFIX) {
        true => ", as quanto writes them",
        false => "",
    };
    Some(format!("{numbers}{writer}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_are_known_in_their_usual_spellings() {
        for keys in [
            [
                "diffusion_model.blocks.0.self_attn.q.lora_A.weight",
                "diffusion_model.blocks.0.self_attn.q.lora_B.weight",
            ],
            [
                "lora_unet_blocks_0_self_attn_q.lora_down.weight",
                "lora_unet_blocks_0_self_attn_q.alpha",
            ],
            ["blocks.0.norm3.diff", "blocks.0.diff_m"],
            ["blocks.0.ffn.0.lora_A", "blocks.0.ffn.0.lora_B"],
        ] {
            assert!(is_adapter(keys), "{keys:?}");
        }
        let one_of_many = ["a.weight", "b.weight", "a.lora_up.weight"];
        assert!(!is_adapter(one_of_many));
        assert!(!is_adapter([]));
    }

    #[test]
    fn narrow_numbers_have_a_name() {
        let name = |key, dtype| narrow_numbers(key, dtype).unwrap_or_default();
        let quanto = name("blocks.0.ffn.0.weight._data", Dtype::I8);
        assert_eq!(quanto, "8-bit integers (int8), as quanto writes them");
        assert!(name("blocks.0.ffn.0.weight", Dtype::F8_E4M3).contains("fp8"));
        assert_eq!(name("blocks.0.ffn.0.weight", Dtype::BF16), "");
    }
}
