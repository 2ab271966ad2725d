//! LoRA files that do not fit a model: refused with some of their keys, or counted in a note.
//! The messages name the keys.

use kinora_wire::{Expert, Lora};
use tch::{Kind, Tensor};

use super::{Place, lora, pair, write_lora};
use crate::drawn::normal_like;

/// The file is refused, with these words.
#[track_caller]
fn is_refused(place: &Place, tensors: &[(String, Tensor)], words: &[&str]) {
    let path = place.at("style.safetensors");
    write_lora(&path, tensors);
    let failure = place.adapters(&[lora(&path, 1.0)]).expect_err("refused");
    let failure = failure.to_string();
    for word in words.iter().chain(&["style.safetensors"]) {
        assert!(failure.contains(word), "{word}: {failure}");
    }
}

#[test]
fn what_is_no_lora_of_the_model_is_refused_with_some_of_its_keys() {
    let place = Place::of("tiny_9_frames");
    let some = |key: &str, shape: &[i64]| (key.to_owned(), normal_like(key, shape));
    for (key, name) in [
        ("lora_unet_blocks_0_ffn_0.hada_w1_a", "is a LoHa"),
        ("lora_unet_blocks_0_ffn_0.lokr_w1", "is a LoKr"),
        ("diffusion_model.blocks.0.ffn.0.dora_scale", "is a DoRA"),
    ] {
        is_refused(&place, &[some(key, &[2, 2])], &[name, key]);
    }
    // Of a larger model.
    let key = "diffusion_model.blocks.0.ffn.0";
    let [down, up] = [
        format!("{key}.lora_A.weight"),
        format!("{key}.lora_B.weight"),
    ];
    let larger = [some(&down, &[4, 5120]), some(&up, &[13_824, 4])];
    is_refused(
        &place,
        &larger,
        &["fits nothing", "[4, 5120]", "of the same size"],
    );
    let other = [some("double_blocks.0.img_attn.lora_A.weight", &[2, 2])];
    is_refused(
        &place,
        &other,
        &["fits nothing", "double_blocks.0.img_attn"],
    );
    // In numbers that are none of a change.
    let bytes = normal_like(&down, &[2, 24]).abs().to_kind(Kind::Uint8);
    let whole = [(down.clone(), bytes), some(&up, &[32, 2])];
    is_refused(&place, &whole, &["fits nothing", "[2, 24] of U8"]);
    let text = [some("text_encoder.a.lora_A.weight", &[2, 2])];
    is_refused(&place, &text, &["changes a text encoder only"]);
    let alpha = [
        some(&down, &[2, 24]),
        some(&up, &[32, 2]),
        (format!("{key}.alpha"), Tensor::from_slice(&[f32::NAN])),
    ];
    is_refused(&place, &alpha, &["is no number"]);

    let path = place.at("style.safetensors");
    write_lora(&path, &alpha[..2]);
    let refused = |lora: Lora| place.adapters(&[lora]).expect_err("refused").to_string();
    assert!(refused(lora(&path, f64::NAN)).contains("a strength of NaN"));
    let expert = Lora {
        expert: Some(Expert::LowNoise),
        ..lora(&path, 1.0)
    };
    assert!(refused(expert).contains("one of two experts"));
    assert!(refused(lora(&place.at("nothing.safetensors"), 1.0)).contains("cannot be opened"));
}

#[test]
fn a_change_that_a_file_has_twice_is_refused_with_both_of_its_keys() {
    let place = Place::of("tiny_9_frames");
    let (first, original) = ("diffusion_model.blocks.0.ffn.0", "blocks.0.ffn.0");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let other_ends = [".lora_down.weight", ".lora_up.weight"];
    for (module, ends_here) in [
        (first, other_ends),
        ("transformer.blocks.0.ffn.net.0.proj", ends),
        ("lora_unet_blocks_0_ffn_0", other_ends),
    ] {
        let mut tensors = pair(first, ends, &place, original);
        tensors.extend(pair(module, ends_here, &place, original));
        let words = ["the same change twice", first, module];
        is_refused(&place, &tensors, &words);
    }
}

#[test]
fn a_change_with_its_axes_turned_round_fits_nothing() {
    let place = Place::of("tiny_9_frames");
    let checkpoint = place.checkpoint();
    let Some([outputs, inputs]) = checkpoint.shape("blocks.0.ffn.0.weight") else {
        panic!("a matrix");
    };
    assert_ne!(outputs, inputs);
    let key = "diffusion_model.blocks.0.ffn.0.diff";
    let tensors = [(key.to_owned(), normal_like(key, &[*inputs, *outputs]))];
    is_refused(&place, &tensors, &["fits nothing", key]);
}

#[test]
fn keys_that_fit_nothing_beside_others_are_counted_in_a_note() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let mut tensors = pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0");
    for key in [
        "blocks.0.cross_attn.k_img.lora_A.weight",
        "img_emb.proj.1.diff_b",
        "odd",
    ] {
        tensors.push((key.to_owned(), normal_like(key, &[2])));
    }
    tensors.push(("lora_te1_a.alpha".to_owned(), normal_like("alpha", &[1])));
    write_lora(&path, &tensors);
    let adapters = place
        .adapters(&[lora(&path, 1.0)])
        .expect("it fits in part");
    let [note] = adapters.notes() else {
        panic!("{:?}", adapters.notes());
    };
    for word in [
        "3 of its 5 keys",
        "k_img",
        "`odd`",
        "1 keys of a text encoder",
    ] {
        assert!(note.contains(word), "{word}: {note}");
    }
}
