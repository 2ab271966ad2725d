"""Goldens of the upscalers: outputs of spandrel's SRVGGNetCompact and RRDBNet for drawn weights and pictures, read by
spandrel from each key layout in which such models are released."""

import torch
from spandrel import ModelLoader
from spandrel.architectures.Compact.__arch.SRVGG import SRVGGNetCompact
from spandrel.architectures.ESRGAN.__arch.RRDB import RRDBNet

from drawn import parameter, uniform

CASES = {
    "compact_x4": dict(network="compact", width=8, layers=3, scale=4, layout="plain", size=(12, 20)),
    "compact_x2_params": dict(network="compact", width=12, layers=5, scale=2, layout="params", size=(9, 7)),
    "dense_x4": dict(network="dense", width=8, growth=32, layers=2, scale=4, layout="plain", size=(10, 14)),
    "dense_x2": dict(network="dense", width=8, growth=32, layers=1, scale=2, layout="params_ema", size=(12, 16)),
    "dense_x1": dict(network="dense", width=4, growth=32, layers=1, scale=1, layout="plain", size=(8, 12)),
    "dense_x4_trunk": dict(network="dense", width=8, growth=32, layers=2, scale=4, layout="trunk", size=(6, 5)),
    "dense_x4_model": dict(network="dense", width=8, growth=32, layers=2, scale=4, layout="model", size=(6, 5)),
}

OUTSIDE_BLOCKS = {
    "trunk": dict(conv_first="conv_first", conv_body="trunk_conv", conv_up1="upconv1", conv_up2="upconv2",
                  conv_hr="HRconv", conv_last="conv_last"),
    "model": dict(conv_first="model.0", conv_up1="model.3", conv_up2="model.6", conv_hr="model.8",
                  conv_last="model.10"),
}


def names(case):
    """Names and shapes of all parameters, in Real-ESRGAN's layout."""
    width, layers, scale = case["width"], case["layers"], case["scale"]
    conv = lambda name, inputs, outputs: [(name + ".weight", (outputs, inputs, 3, 3)), (name + ".bias", (outputs,))]
    found = []
    if case["network"] == "compact":
        found += conv("body.0", 3, width)
        for layer in range(layers + 1):
            outputs = width if layer < layers else 3 * scale * scale
            found += [(f"body.{2 * layer + 1}.weight", (width,))] + conv(f"body.{2 * layer + 2}", width, outputs)
        return found, f"body.{2 * layers + 2}"
    growth = case["growth"]
    found += conv("conv_first", 3 * (4 // scale) ** 2, width)
    for block in range(layers):
        for part in (1, 2, 3):
            for at in range(5):
                outputs = growth if at < 4 else width
                found += conv(f"body.{block}.rdb{part}.conv{at + 1}", width + at * growth, outputs)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        found += conv(name, width, width)
    return found + conv("conv_last", width, 3), "conv_last"


def drawn(name, shape, last):
    """As drawn, but with a small last layer, so that the picture stays within [0, 1]."""
    tensor = parameter(name, shape)
    if name.startswith(last + "."):
        tensor = tensor * 0.05 + (0.5 if name == "conv_last.bias" else 0)
    return tensor


def laid_out(name, case):
    layout = case["layout"]
    if layout in ("plain", "params", "params_ema"):
        return name if layout == "plain" else f"{layout}.{name}"
    module, kind = name.rsplit(".", 1)
    if module in OUTSIDE_BLOCKS[layout]:
        return f"{OUTSIDE_BLOCKS[layout][module]}.{kind}"
    if module == "conv_body":
        return f"model.1.sub.{case['layers']}.{kind}"
    _, block, part, conv = module.split(".")
    part = part.upper()
    if layout == "trunk":
        return f"RRDB_trunk.{block}.{part}.{conv}.{kind}"
    return f"model.1.sub.{block}.{part}.{conv}.0.{kind}"


def make():
    tensors = {}
    for name, case in CASES.items():
        parameters, last = names(case)
        # What is a prefix in a safetensors file is a dictionary around the others in spandrel's.
        prefix = case["layout"] + "." if case["layout"].startswith("params") else ""
        state = {laid_out(key, case).removeprefix(prefix): drawn(key, shape, last) for key, shape in parameters}
        model = ModelLoader().load_from_state_dict(dict(state)).eval()
        expected = SRVGGNetCompact if case["network"] == "compact" else RRDBNet
        assert isinstance(model.model, expected), (name, type(model.model))
        assert model.scale == case["scale"], (name, model.scale)
        height, width = case["size"]
        picture = torch.from_numpy(uniform("picture", (1, 3, height, width))) * 0.4 + 0.5
        with torch.no_grad():
            large = model(picture)
        clamped = ((large == 0) | (large == 1)).float().mean().item()
        assert clamped < 0.02, (name, clamped)
        tensors[name] = large
        case["keys"] = {key: [laid_out(key, case), list(shape)] for key, shape in parameters}
        case["last"] = last
    return tensors, CASES
