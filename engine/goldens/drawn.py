"""Pseudo-random tensors seeded by name, the same in Python and in Rust (engine/tests/suite/drawn.rs).
So the goldens store only the outputs of the reference, no weights and inputs."""

import math

import numpy as np
import torch

GAMMA = 0x9E3779B97F4A7C15


def uniform(name, shape):
    """Uniform in [-1, 1), 24 bits each, from splitmix64 seeded with FNV-1a of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    count = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return unit.reshape(shape)


def normal_like(name, shape):
    """Of unit variance, for inputs."""
    return torch.from_numpy(uniform(name, shape) * np.float32(math.sqrt(3)))


def parameter(name, shape):
    """A parameter by its original name, scaled so that activations stay near one, and never zero or one throughout."""
    offset, scale = 0.0, math.sqrt(3 / math.prod(shape[1:])) if len(shape) > 1 else 0.3
    if name.endswith("bias"):
        scale = 0.1
    elif name.endswith("modulation"):
        scale = 0.5
    elif name.endswith("gamma") or len(shape) == 1:
        offset = 1.0
    elif name.endswith("embedding.weight") and len(shape) == 2:  # tables of words and of distances
        scale = 1.0
    elif name == "decoder.head.2.weight":
        scale *= 0.25  # frames inside [-1, 1], so that the clamp hides nothing
    drawn = uniform(name, shape) * np.float32(scale) + np.float32(offset)
    return torch.from_numpy(drawn.astype(np.float32))


def fill(module, original, prefix=""):
    """Sets every parameter of a module to its drawn value; `original` maps a key to its original name."""
    with torch.no_grad():
        for key, value in module.state_dict().items():
            value.copy_(parameter(prefix + original(key), tuple(value.shape)))
    return module.eval()
