"""Files beside a saved random model for `blackbox.py`: LoRAs, and transformers in packed formats. The weights of diffusers'
pipeline become what the files stand for, so that both run the same numbers."""

import json

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Blocks
from safetensors.torch import save_file

import names

# Modules of a block that LoRAs change, in diffusers' names.
LORA_MODULES = ["attn1.to_q", "attn1.to_out.0", "attn2.to_k", "ffn.net.0.proj", "ffn.net.2"]
GGUF_FORMATS = [Blocks.Q8_0, Blocks.Q5_1, Blocks.Q4_0]


def lora(draw, network, path):
    """Writes a LoRA as diffusers' `save_lora_adapter` does, and adds it to the network. The strength."""
    strength, rank = draw.choice([-0.5, 0.75, 1.0]), draw.randint(1, 4)
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    tensors, weights = {}, dict(network.named_parameters())
    for block in range(len(network.blocks)):
        for module in draw.sample(LORA_MODULES, k=3):
            name = f"blocks.{block}.{module}"
            outputs, inputs = weights[f"{name}.weight"].shape
            down = torch.randn((rank, inputs), generator=generator) / inputs**0.5
            up = torch.randn((outputs, rank), generator=generator) * 0.3
            with torch.no_grad():
                weights[f"{name}.weight"] += strength * up @ down
            tensors[f"transformer.{name}.lora_A.weight"], tensors[f"transformer.{name}.lora_B.weight"] = down, up
    save_file(tensors, path)
    return strength


def fp8(draw, weight):
    """E4M3 with a scale for the matrix or for each row: what is stored beside it, and the numbers."""
    by_row = draw.random() < 0.5
    most = weight.abs().amax(1, keepdim=True) if by_row else weight.abs().max()
    scale = most / 448
    stored = (weight / scale).to(torch.float8_e4m3fn)
    return {"weight": stored, "weight_scale": scale.clone()}, stored.float() * scale


def int8(draw, weight):
    """A scale for each row, with ComfyUI's mark or without one, as LightX2V writes it."""
    scale = weight.abs().amax(1, keepdim=True) / 127
    stored = (weight / scale).round().clamp(-127, 127).to(torch.int8)
    beside = {"weight": stored, "weight_scale": scale}
    if draw.random() < 0.5:
        mark = json.dumps({"format": "int8_tensorwise"}).encode()
        beside["comfy_quant"] = torch.tensor(list(mark), dtype=torch.uint8)
    return beside, stored.float() * scale


def is_packed(name, weight):
    """Whether converters pack this parameter: the matrices of blocks."""
    return name.startswith("blocks.") and name.endswith(".weight") and weight.ndim == 2


def packed_safetensors(draw, network, folder, pack):
    tensors = {}
    with torch.no_grad():
        for name, weight in network.named_parameters():
            original = names.transformer(name)
            if not is_packed(name, weight):
                tensors[original] = weight.detach().clone()
                continue
            stored, numbers = pack(draw, weight.detach())
            tensors |= {f"{original.removesuffix('weight')}{end}": part.contiguous() for end, part in stored.items()}
            weight.copy_(numbers)
    save_file(tensors, folder / "packed.safetensors")


def packed_gguf(draw, network, folder):
    """Original names, with the axes that converters leave: four at most, and none of length 1 at the front."""
    writer = gguf.GGUFWriter(folder / "packed.gguf", "wan")
    with torch.no_grad():
        for name, weight in network.named_parameters():
            original, numbers = names.transformer(name), weight.detach().numpy()
            if is_packed(name, weight):
                kind = draw.choice(GGUF_FORMATS)
                stored = gguf.quantize(numbers, kind)
                writer.add_tensor(original, stored, raw_dtype=kind)
                weight.copy_(torch.from_numpy(gguf.dequantize(stored, kind)))
                continue
            if numbers.ndim == 5:
                numbers = numbers.reshape(-1, *numbers.shape[2:])
            elif numbers.shape[0] == 1 and numbers.ndim > 1:
                numbers = numbers[0]
            writer.add_tensor(original, np.array(numbers, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def change(kind, draw, pipe, folder):
    """Changes a model that was saved in `folder / "model"` for this kind. The options that the engine needs for it."""
    if kind == "lora":
        path = folder / "a lora.safetensors"
        return ["--lora", f"{path}:{lora(draw, pipe.transformer, path)}"]
    if kind == "lora_experts":
        high, low = folder / "high.safetensors", folder / "low.safetensors"
        return [
            "--lora-high", f"{high}:{lora(draw, pipe.transformer, high)}",
            "--lora-low", f"{low}:{lora(draw, pipe.transformer_2, low)}",
        ]
    if kind in ("fp8", "int8", "gguf"):
        saved = folder / "model" / "transformer"
        for file in saved.glob("*.safetensors*"):
            file.unlink()
        if kind == "gguf":
            packed_gguf(draw, pipe.transformer, saved)
        else:
            packed_safetensors(draw, pipe.transformer, saved, dict(fp8=fp8, int8=int8)[kind])
    return []
