"""Goldens of packed weights: stored numbers and scales in every format, and what they stand for.
GGUF blocks are decoded by the gguf package; the rules of the others are written out number by number."""

import json

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Blocks

from drawn import normal_like, uniform

# Where blocks have numbers in fp16: their scales and minima.
HALVES = {
    Blocks.Q4_0: [0], Blocks.Q4_1: [0, 2], Blocks.Q5_0: [0], Blocks.Q5_1: [0, 2], Blocks.Q8_0: [0],
    Blocks.Q2_K: [80, 82], Blocks.Q3_K: [108], Blocks.Q4_K: [0, 2], Blocks.Q5_K: [0, 2], Blocks.Q6_K: [208],
}
ROWS, BLOCKS_OF_ROW = 3, 2
CODES = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


def blocks(kind):
    """Random bytes with sound scales, and the numbers of the reference."""
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    unit = uniform(f"{kind.name}.bytes", (ROWS * BLOCKS_OF_ROW, size))
    stored = np.floor((unit + 1) * 128).astype(np.uint8)
    for at in HALVES[kind]:
        scale = uniform(f"{kind.name}.{at}", (len(stored), 1)).astype(np.float16)
        stored[:, at : at + 2] = scale.view(np.uint8)
    decoded = gguf.dequantize(stored, kind).astype(np.float32)
    rows = (ROWS, BLOCKS_OF_ROW * size), (ROWS, BLOCKS_OF_ROW * numbers)
    return torch.from_numpy(stored.reshape(rows[0])), torch.from_numpy(decoded.reshape(rows[1]))


def float8(kind):
    """Every code that is a number, with its value by the definition of the format."""
    exponent_bits, mantissa_bits, bias = (4, 3, 7) if kind == torch.float8_e4m3fn else (5, 2, 15)
    codes, numbers = [], []
    for code in range(256):
        sign = -1.0 if code >> 7 else 1.0
        exponent, mantissa = (code & 0x7F) >> mantissa_bits, code & ((1 << mantissa_bits) - 1)
        is_special = (code & 0x7F) == 0x7F if exponent_bits == 4 else exponent == 31
        if is_special:
            code, exponent, mantissa, sign = 0, 0, 0, 1.0
        share = mantissa / (1 << mantissa_bits)
        number = share * 2.0 ** (1 - bias) if exponent == 0 else (1 + share) * 2.0 ** (exponent - bias)
        codes.append(code)
        numbers.append(sign * number)
    stored = torch.tensor(codes, dtype=torch.uint8).view(16, 16)
    return stored, torch.tensor(numbers, dtype=torch.float32).view(16, 16)


def hadamard(length):
    power = np.ones((1, 1))
    while len(power) < length:
        power = np.kron(power, [[1, 1, 1, -1], [1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, 1]])
    return power / np.sqrt(length)


def convrot(group, weight):
    """Rotated, rounded to 8 bits a row, and back. Each rotated number is off by half a step at most."""
    turn = np.kron(np.eye(weight.shape[1] // group), hadamard(group))
    rotated = weight.numpy().astype(np.float64) @ turn
    scale = (np.abs(rotated).max(1, keepdims=True) / 127).astype(np.float32)
    stored = np.clip(np.round(rotated / scale), -127, 127)
    decoded = (stored * scale) @ turn
    assert np.abs(decoded @ turn - rotated).max() <= 0.501 * scale.max()
    return (
        torch.from_numpy(stored.astype(np.int8)),
        torch.from_numpy(scale),
        torch.from_numpy(decoded.astype(np.float32)),
    )


def nvfp4(weight):
    """Rows and columns padded to 16, two numbers a byte, scales in tiles of 128 x 4."""
    shape = weight.shape
    rows, columns = ((length + 15) // 16 * 16 for length in shape)
    padded = np.zeros((rows, columns), np.float32)
    padded[: shape[0], : shape[1]] = weight.numpy()
    scale = np.float32(np.abs(padded).max() / (448 * 6))
    groups = padded.reshape(rows, columns // 16, 16)
    wanted = np.abs(groups).max(2) / 6 / scale
    block_scales = torch.from_numpy(wanted.astype(np.float32)).to(torch.float8_e4m3fn)
    steps = block_scales.float().numpy()[:, :, None] * scale
    ratio = np.where(steps > 0, groups / np.where(steps > 0, steps, 1), 0)
    nearest = np.abs(np.abs(ratio)[..., None] - np.array(CODES)).argmin(-1)
    codes = (nearest | np.where(ratio < 0, 8, 0)).astype(np.uint8).reshape(rows, columns)
    decoded = (np.array(CODES, np.float32)[nearest] * np.sign(ratio)).astype(np.float32) * steps
    tiled = np.zeros(((rows + 127) // 128 * 128, (columns // 16 + 3) // 4 * 4), np.uint8)
    tiles = tiled.shape[1] // 4
    flat = tiled.reshape(-1)
    for row in range(rows):
        for block in range(columns // 16):
            tile = row // 128 * tiles + block // 4
            at = tile * 512 + row % 32 * 16 + row % 128 // 32 * 4 + block % 4
            flat[at] = block_scales.view(torch.uint8)[row, block]
    return (
        torch.from_numpy(codes[:, 0::2] << 4 | codes[:, 1::2]),
        torch.from_numpy(tiled),
        torch.tensor(scale),
        torch.from_numpy(decoded.reshape(rows, columns)[: shape[0], : shape[1]].copy()),
    )


def make():
    tensors, notes = {}, dict(blocks={})
    for kind in HALVES:
        tensors[f"{kind.name}.bytes"], tensors[f"{kind.name}.numbers"] = blocks(kind)
        notes["blocks"][kind.name] = int(kind)
    for name, kind in (("e4m3", torch.float8_e4m3fn), ("e5m2", torch.float8_e5m2)):
        tensors[f"{name}.bytes"], tensors[f"{name}.numbers"] = float8(kind)
    for group in (16, 256):
        stored, scale, decoded = convrot(group, normal_like(f"convrot.{group}", (8, 256)))
        tensors[f"convrot{group}.bytes"] = stored.view(torch.uint8)
        tensors[f"convrot{group}.scale"], tensors[f"convrot{group}.numbers"] = scale, decoded
    stored, block_scales, scale, decoded = nvfp4(normal_like("nvfp4", (40, 150)))
    tensors |= {
        "nvfp4.bytes": stored, "nvfp4.block_scales": block_scales, "nvfp4.scale": scale, "nvfp4.numbers": decoded,
    }
    return tensors, notes


if __name__ == "__main__":
    print(json.dumps({name: list(tensor.shape) for name, tensor in make()[0].items()}))
