"""Goldens of LoRAs: outputs of diffusers' transformer with weights that were changed as diffusers reads the files."""

import torch
from diffusers.loaders.lora_conversion_utils import (
    _convert_musubi_wan_lora_to_diffusers,
    _convert_non_diffusers_wan_lora_to_diffusers,
)

import names
import transformer
from drawn import normal_like

CASE = transformer.CASES["tiny_9_frames"]
STRENGTH, RANK, ALPHA, SIZE = 0.75, 3, 1.5, 0.3
WIDTH, FFN, TEXT, OUT = 24, 32, 32, 64
# Modules of a block, with their outputs and inputs.
LAYERS = {
    **{f"{which}_attn.{layer}": (WIDTH, WIDTH) for which in ("self", "cross") for layer in "qkvo"},
    "ffn.0": (FFN, WIDTH),
    "ffn.2": (WIDTH, FFN),
}


def drawn(keys):
    """The tensors of a file by their keys."""
    return {
        key: torch.tensor(ALPHA) if key.endswith(".alpha") else normal_like(key, shape) * SIZE
        for key, shape in keys.items()
    }


def pair(module, down, up, shape):
    return {f"{module}.{down}.weight": (RANK, shape[1]), f"{module}.{up}.weight": (shape[0], RANK)}


def original():
    """As LightX2V and others write them: full and low-rank changes, biases."""
    keys = {}
    for block in range(CASE["config"]["num_layers"]):
        for layer, shape in LAYERS.items():
            module = f"diffusion_model.blocks.{block}.{layer}"
            keys |= pair(module, "lora_down", "lora_up", shape)
            keys |= {f"{module}.alpha": (), f"{module}.diff_b": (shape[0],)}
    for module, shape in {"text_embedding.0": (WIDTH, TEXT), "text_embedding.2": (WIDTH, WIDTH)}.items():
        keys |= pair(f"diffusion_model.{module}", "lora_down", "lora_up", shape)
        keys[f"diffusion_model.{module}.diff_b"] = (WIDTH,)
    return keys | {"diffusion_model.head.head.diff": (OUT, WIDTH), "diffusion_model.head.head.diff_b": (OUT,)}


def musubi():
    keys = {}
    for block in range(CASE["config"]["num_layers"]):
        for layer, shape in LAYERS.items():
            module = f"lora_unet_blocks_{block}_{layer.replace('.', '_')}"
            keys |= pair(module, "lora_down", "lora_up", shape) | {f"{module}.alpha": ()}
    return keys


def diffusers():
    layers = {"attn1.to_q": (WIDTH, WIDTH), "attn2.to_out.0": (WIDTH, WIDTH), "ffn.net.0.proj": (FFN, WIDTH)}
    keys = {}
    for block in range(CASE["config"]["num_layers"]):
        for layer, shape in layers.items():
            keys |= pair(f"transformer.blocks.{block}.{layer}", "lora_A", "lora_B", shape)
    return keys | pair("transformer.condition_embedder.time_proj", "lora_A", "lora_B", (6 * WIDTH, WIDTH))


FILES = {
    "original": (original, _convert_non_diffusers_wan_lora_to_diffusers),
    "musubi": (musubi, _convert_musubi_wan_lora_to_diffusers),
    "diffusers": (diffusers, dict),
}


def run(keys, convert):
    """Merges the changes into the weights of diffusers' model, and runs it as in the transformer's goldens."""
    changes = convert(dict(drawn(keys)))
    changes = {key.removeprefix("transformer."): value for key, value in changes.items()}
    build = transformer.build

    def changed(config, camera=False):
        model, adapter = build(config, camera)
        weights = dict(model.named_parameters())
        for key, down in changes.items():
            if key.endswith(".lora_A.weight"):
                module = key.removesuffix(".lora_A.weight")
                weights[f"{module}.weight"] += STRENGTH * (changes[f"{module}.lora_B.weight"] @ down)
            elif key.endswith(".lora_B.bias"):
                weights[f"{key.removesuffix('.lora_B.bias')}.bias"] += STRENGTH * down
        return model, adapter

    transformer.build = changed
    try:
        return transformer.run(CASE)
    finally:
        transformer.build = build


def make():
    tensors, files = {}, {}
    with torch.no_grad():
        for name, (keys, convert) in FILES.items():
            tensors[name] = run(keys(), convert)
            files[name] = {key: list(shape) for key, shape in keys().items()}
    assert names.transformer("proj_out.weight") == "head.head.weight"
    return tensors, dict(case="tiny_9_frames", strength=STRENGTH, alpha=ALPHA, size=SIZE, files=files)
