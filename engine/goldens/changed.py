"""Files beside a saved random model for `blackbox.py`: LoRAs, and transformers in packed formats. The weights of the
reference become what the files stand for, so that both run the same numbers."""

import json

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Blocks
from safetensors.torch import save_file

import names
import quantised

# Modules of a block that LoRAs change, in diffusers' names.
LORA_MODULES = ["attn1.to_q", "attn1.to_out.0", "attn2.to_k", "ffn.net.0.proj", "ffn.net.2"]
# diffusers' `save_lora_adapter`; kohya and musubi-tuner; original names, as ComfyUI and PEFT have them; LightX2V.
LORA_FORMS = ["diffusers", "kohya", "original", "lightx2v"]
GGUF_FORMATS = [Blocks.Q8_0, Blocks.Q5_1, Blocks.Q5_0, Blocks.Q4_1, Blocks.Q4_0, Blocks.F16]
K_FORMATS = [Blocks.Q2_K, Blocks.Q3_K, Blocks.Q4_K, Blocks.Q5_K, Blocks.Q6_K]


def lora_keys(draw, form, name):
    """The keys of both matrices and of alpha, for a module of a block in diffusers' names."""
    module = names.transformer(f"{name}.weight").removesuffix(".weight")
    if form == "diffusers":
        return [f"transformer.{name}.lora_A.weight", f"transformer.{name}.lora_B.weight", None]
    if form == "kohya":
        start = "lora_unet_" + module.replace(".", "_")
        return [f"{start}.lora_down.weight", f"{start}.lora_up.weight", f"{start}.alpha"]
    start = draw.choice(["diffusion_model.", ""]) + module
    pairs = [("lora_down", "lora_up"), ("lora_A", "lora_B")]
    down, up = pairs[0] if form == "lightx2v" else draw.choice(pairs)
    return [f"{start}.{down}.weight", f"{start}.{up}.weight", draw.choice([f"{start}.alpha", None])]


def lora(draw, network, path, form="diffusers"):
    """Writes a LoRA in this form, and adds it to the network. The strength."""
    strength, rank = draw.choice([-0.5, 0.75, 1.0]), draw.randint(1, 4)
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    tensors, weights = {}, dict(network.named_parameters())

    def drawn(shape, size):
        return torch.randn(shape, generator=generator) * size

    def add(name, change):
        with torch.no_grad():
            weights[name] += strength * change

    for block in range(len(network.blocks)):
        for module in draw.sample(LORA_MODULES, k=3):
            name = f"blocks.{block}.{module}"
            outputs, inputs = weights[f"{name}.weight"].shape
            down, up = drawn((rank, inputs), inputs**-0.5), drawn((outputs, rank), 0.3)
            down_key, up_key, alpha_key = lora_keys(draw, form, name)
            alpha = draw.choice([0.5, 1.0, 4.0]) if alpha_key else rank
            if alpha_key:
                tensors[alpha_key] = torch.tensor(float(alpha))
            tensors[down_key], tensors[up_key] = down, up
            add(f"{name}.weight", alpha / rank * up @ down)
    if form == "lightx2v":
        # Whole changes: of biases, norms and modulations of a block, and of the head.
        for name in ["attn1.to_q.bias", "ffn.net.2.bias", "attn1.norm_q.weight", "norm2.weight", "scale_shift_table"]:
            changes_whole(f"blocks.{draw.randrange(len(network.blocks))}.{name}", weights, drawn, add, tensors)
        for name in ["proj_out.weight", "proj_out.bias", "condition_embedder.time_proj.bias"]:
            changes_whole(name, weights, drawn, add, tensors)
    save_file(tensors, path)
    return strength


def changes_whole(name, weights, drawn, add, tensors):
    """A change of the size of the parameter, as LightX2V writes it."""
    change = drawn(weights[name].shape, 0.1)
    module, _, last = ("diffusion_model." + names.transformer(name)).rpartition(".")
    tensors[f"{module}.{dict(weight='diff', bias='diff_b', modulation='diff_m')[last]}"] = change
    add(name, change)


def marked(format, **more):
    """ComfyUI's mark of a layer."""
    return torch.tensor(list(json.dumps(dict(format=format, **more)).encode()), dtype=torch.uint8)


def fp8(draw, weight):
    """E4M3 with a scale for the matrix or for each row: what is stored beside it, and the numbers."""
    by_row = draw.random() < 0.5
    most = weight.abs().amax(1, keepdim=True) if by_row else weight.abs().max()
    scale = most / 448
    stored = (weight / scale).to(torch.float8_e4m3fn)
    return {"weight": stored, "weight_scale": scale.clone()}, stored.float() * scale


def scaled_fp8(_draw, weight):
    """As ComfyUI wrote fp8 before its marks: E4M3 with a scale for the matrix, and one for the input that only
    programs use that compute in 8 bits."""
    scale = weight.abs().max() / 448
    stored = (weight / scale).to(torch.float8_e4m3fn)
    beside = {"scale_weight": scale.reshape(1).clone(), "scale_input": torch.ones(1)}
    return {"weight": stored, **beside}, stored.float() * scale


def int8(draw, weight):
    """A scale for each row, with ComfyUI's mark or without one, as LightX2V writes it; or rotated."""
    if draw.random() < 0.4:
        stored, scale, numbers = quantised.convrot(16, weight)
        mark = marked("int8_tensorwise", convrot=True, convrot_groupsize=16)
        return {"weight": stored, "weight_scale": scale, "comfy_quant": mark}, numbers
    scale = weight.abs().amax(1, keepdim=True) / 127
    stored = (weight / scale).round().clamp(-127, 127).to(torch.int8)
    beside = {"weight": stored, "weight_scale": scale}
    if draw.random() < 0.5:
        beside["comfy_quant"] = marked("int8_tensorwise")
    return beside, stored.float() * scale


def nvfp4(_draw, weight):
    """4-bit floats with a scale for every 16 and one for the matrix."""
    stored, block_scales, scale, numbers = quantised.nvfp4(weight)
    beside = {"weight_scale": block_scales.view(torch.float8_e4m3fn), "weight_scale_2": scale}
    return {"weight": stored, **beside, "comfy_quant": marked("nvfp4")}, numbers


# How a matrix is packed: what is stored beside it, and the numbers that this stands for.
SAFETENSORS = dict(fp8=fp8, scaled_fp8=scaled_fp8, int8=int8, nvfp4=nvfp4)


def is_packed(name, weight):
    """Whether converters pack this parameter: the matrices of blocks."""
    return name.startswith("blocks.") and name.endswith(".weight") and weight.ndim == 2


def packed_safetensors(draw, network, folder, kind):
    tensors = {"scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn)} if kind == "scaled_fp8" else {}
    with torch.no_grad():
        for name, weight in network.named_parameters():
            original = names.transformer(name)
            if not is_packed(name, weight):
                tensors[original] = weight.detach().clone()
                continue
            stored, numbers = SAFETENSORS[kind](draw, weight.detach())
            tensors |= {f"{original.removesuffix('weight')}{end}": part.contiguous() for end, part in stored.items()}
            weight.copy_(numbers)
    start = draw.choice(["", "model.diffusion_model."])
    save_file({start + key: tensor for key, tensor in tensors.items()}, folder / "packed.safetensors")


def random_blocks(draw, kind, shape):
    """Blocks of random bits, whose numbers are of the size of weights: gguf decodes these formats, but writes none."""
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    generator = np.random.default_rng(draw.randrange(2**31))
    stored = generator.integers(0, 256, (shape[0] * shape[1] // numbers, size), dtype=np.uint8)
    scales = {at: generator.uniform(-1, 1, (len(stored), 1)) for at in quantised.HALVES[kind]}
    for step in [1e-2, None]:  # the second time by what the first one decoded to
        factor = step or 1e-2 * shape[1] ** -0.5 / gguf.dequantize(stored, kind).std()
        for at, scale in scales.items():
            stored[:, at : at + 2] = (scale * factor).astype(np.float16).view(np.uint8)
    return stored.reshape(shape[0], -1)


def packed_gguf(draw, network, folder, formats):
    """Original names, with the axes that converters leave: four at most, and none of length 1 at the front."""
    writer = gguf.GGUFWriter(folder / "packed.gguf", "wan")
    with torch.no_grad():
        for name, weight in network.named_parameters():
            original, numbers = names.transformer(name), weight.detach().numpy()
            if is_packed(name, weight):
                kind = draw.choice(formats)
                if kind in K_FORMATS:
                    stored = random_blocks(draw, kind, numbers.shape)
                else:
                    stored = gguf.quantize(numbers, kind)
                writer.add_tensor(original, stored, raw_dtype=kind)
                weight.copy_(torch.from_numpy(gguf.dequantize(stored, kind).astype(np.float32)))
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


def emptied(folder):
    """The folder of a component, without its weights."""
    for file in folder.glob("*.safetensors*"):
        file.unlink()
    return folder


def change(kind, draw, pipe, folder):
    """Changes a model that was saved in `folder / "model"` for this kind. The options that the engine needs for it."""
    if kind == "lora_experts":
        high, low = folder / "high.safetensors", folder / "low.safetensors"
        return [
            "--lora-high", f"{high}:{lora(draw, pipe.transformer, high)}",
            "--lora-low", f"{low}:{lora(draw, pipe.transformer_2, low)}",
        ]
    if kind.startswith("lora_"):
        path = folder / "a lora.safetensors"
        return ["--lora", f"{path}:{lora(draw, pipe.transformer, path, kind.removeprefix('lora_'))}"]
    saved = folder / "model" / "transformer"
    if kind in SAFETENSORS:
        packed_safetensors(draw, pipe.transformer, emptied(saved), kind)
    elif kind in ("gguf", "gguf_k"):
        packed_gguf(draw, pipe.transformer, emptied(saved), GGUF_FORMATS if kind == "gguf" else K_FORMATS)
    return []
