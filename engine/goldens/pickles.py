"""Small files as `torch.save` writes them, for the tests of engine/src/pickle: drawn tensors in each number format and
layout of the file. What they hold is written beside them as safetensors."""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

from drawn import uniform

FOLDER = Path(__file__).parent / "pickles"


def drawn(name, shape, kind=torch.float32):
    return (torch.from_numpy(uniform(name, shape)) * 50).to(kind)


def contents():
    matrix = drawn("matrix", (4, 6))
    return OrderedDict(
        matrix=matrix,
        transposed=matrix.t(),  # the same numbers in another order
        part=matrix[1:3, 2:5],
        half=drawn("half", (3, 2, 2), torch.float16),
        bfloat=drawn("bfloat", (5,), torch.bfloat16),
        double=drawn("double", (2, 2), torch.float64),
        whole=drawn("whole", (3,), torch.int64),
        bytes=drawn("bytes", (7,), torch.float32).abs().to(torch.uint8),
        scalar=drawn("scalar", ()),
        empty=torch.zeros(0, 3),
    )


def make():
    FOLDER.mkdir(exist_ok=True)
    state = contents()
    parameter = torch.nn.Parameter(drawn("parameter", (2, 3)))
    nested = {"params_ema": state, "epoch": 12, "name": "a test", "list": [parameter, 3.5, None, True]}
    torch.save(nested, FOLDER / "zip.pth")
    torch.save(nested, FOLDER / "old.pth", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), FOLDER / "program.pth")
    flat = {f"params_ema.{name}": tensor.contiguous().clone() for name, tensor in state.items()}
    flat["list.0"] = parameter.detach()
    save_file(flat, FOLDER / "expected.safetensors")
    return {}, {}
