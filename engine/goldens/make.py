"""Writes the goldens of engine/tests/suite: outputs of the reference implementations for drawn weights.
The references are diffusers and transformers, and small modules in this folder where those have none.

Run by `cargo xtask goldens`, which installs the Python packages."""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent
PARTS = [
    "transformer", "vae", "text", "image", "sampler", "camera", "pipeline", "experts", "layouts", "upscale",
    "interpolate", "pickles", "quantised", "adapters", "step_cache", "ltx2_audio", "ltx2_vae", "ltx2_text",
    "ltx2_transformer", "ltx2_sampling", "ltx2_pipeline", "ltx2_modes", "ltx2_diffusion", "stable_audio", "qwen3_tts",
]


def main(parts):
    torch.set_num_threads(1)
    for part in parts:
        if not (HERE / f"{part}.py").exists():
            continue
        tensors, notes = __import__(part).make()
        if not tensors and not notes:
            continue  # it wrote files of its own
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(tensors, HERE / f"{part}.safetensors", {"cases": json.dumps(notes)})
        numbers = sum(tensor.numel() for tensor in tensors.values())
        print(f"{part}: {len(tensors)} tensors, {numbers} numbers")


if __name__ == "__main__":
    main(sys.argv[1:] or PARTS)
