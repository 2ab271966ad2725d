"""`cargo xtask card`: checks and benchmarks of the engine on a machine with one NVIDIA card and a Python with torch 2.11.0.
Nothing else is needed: no Rust, no FFmpeg, no network. Each part has a limit of time; results are written as they come.

Usage: card.py --out DIR [--budget SECONDS] [--engine FILE] [--starter DIR] [--device cuda] [--tiny] [PART...]
DIR/results.json has all numbers, DIR/results.txt a line for each. `--tiny` rehearses on a CPU with tiny shapes. Exits with 1
if a check failed."""

import argparse
import contextlib
import ctypes
import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import plain

HERE = Path(__file__).resolve().parent
# Forward passes and decoded clips: card, size, frames, and seconds at the limit of the card (790 TFLOP/s in bf16).
CLIPS = {
    "1.3b": ("wan2.1-t2v-1.3b", "832x480", 81, 0.358),
    "5b": ("wan2.2-ti2v-5b", "1280x704", 121, 0.654),
    "14b": ("wan2.2-t2v-a14b", "832x480", 81, 2.12),
}
DECODED = ("1.3b", "5b")  # one clip for each of the two autoencoders
RUNS = {"1.3b": 5, "5b": 4, "14b": 3}
STREAMED_LAYERS, STREAMED_KEPT = 8, (4, 0)
MEMORY_LIMITS_MB = (16, 24, 32, 48, 64, 96, 128, 192, 256)
# Largest differences in fp32, where only the order of sums differs: of latents, and of pixels as bytes.
LATENTS_LIMIT, PIXELS_LIMIT = 2e-3, 1.0
STARTER_CLIP = ["--prompt", "a red ball", "--size", "96x64", "--frames", "17", "--steps", "8", "--seed", "7"]


def stored_tensor(path):
    """The first tensor of a safetensors file with fp32 numbers. Python may have no library for it."""
    import torch

    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    entry = next(value for key, value in json.loads(data[8 : 8 + length]).items() if key != "__metadata__")
    first, last = (8 + length + place for place in entry["data_offsets"])
    kind = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}[entry["dtype"]]
    return torch.frombuffer(bytearray(data[first:last]), dtype=kind).float().view(entry["shape"])


def distance(one, other):
    """The largest difference of two files' tensors, and the mean size of the numbers."""
    one, other = stored_tensor(one), stored_tensor(other)
    return dict(largest_difference=(one - other).abs().max().item(), mean_size=other.abs().mean().item())


def write_tensors(path, tensors):
    """Writes bf16 tensors as safetensors, one after another."""
    header, at = {}, 0
    for name, tensor in tensors.items():
        header[name] = dict(dtype="BF16", shape=list(tensor.shape), data_offsets=[at, at + 2 * tensor.numel()])
        at += 2 * tensor.numel()
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for tensor in tensors.values():
            numbers = tensor.contiguous().cpu()  # its bytes without numpy, which may be missing
            file.write((ctypes.c_char * (2 * numbers.numel())).from_address(numbers.data_ptr()))


def library_folders():
    """torch's libraries, and those of CUDA that pip installs beside it."""
    torch = Path(importlib.util.find_spec("torch").origin).parent
    return [torch / "lib", *sorted((torch.parent / "nvidia").glob("*/lib"))]


class Card:
    """The engine on the card, the time that is left, and what was measured."""

    def __init__(self, options):
        self.options, self.out = options, Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.began, self.results, self.failed = time.time(), {}, []
        self.scratch = Path(tempfile.mkdtemp(prefix="kinora-card-"))
        self.environment = os.environ | dict(CUDA_DEVICE_ORDER="PCI_BUS_ID", XDG_CACHE_HOME=str(self.scratch))
        if options.device != "cpu":
            before = os.environ.get("LD_LIBRARY_PATH")
            folders = [str(folder) for folder in library_folders()] + ([before] if before else [])
            self.environment["LD_LIBRARY_PATH"] = ":".join(folders)

    def left(self):
        return self.options.budget - (time.time() - self.began)

    def note(self, name, **numbers):
        """Keeps the numbers of a part, and writes all of them at once."""
        self.results.setdefault(name, {}).update(numbers)
        text = json.dumps(dict(parts=self.results, seconds_used=time.time() - self.began), indent=1, default=str)
        (self.out / "results.new").write_text(text)
        (self.out / "results.new").replace(self.out / "results.json")
        line = f"{time.time() - self.began:6.1f} s  {name}: {json.dumps(numbers, default=str)}"
        print(line[:400], flush=True)
        with open(self.out / "results.txt", "a") as file:
            file.write(line + "\n")

    def check(self, name, holds, **numbers):
        if not holds:
            self.failed.append(name)
        self.note(name, holds=holds, **numbers)

    @contextlib.contextmanager
    def tolerant(self):
        """Failures of these parts are written down and count for nothing."""
        failed = list(self.failed)
        yield
        self.failed = failed

    def call(self, name, command, limit):
        """The output of a program, or None. It and its children are ended at the limit of time."""
        limit = min(limit, self.left())
        if limit < 3:
            self.note(name, skipped="no time is left")
            return None
        start = time.time()
        command = [str(word) for word in command]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment, start_new_session=True
        )
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, err = process.communicate()
            self.check(name, False, timeout_seconds=round(limit, 1), stderr=err[-600:])
            return None
        if process.returncode:
            self.check(name, False, exit_code=process.returncode, stderr=err[-1500:], stdout=out[-300:], command=command)
            return None
        self.results.setdefault(name, {})["command_seconds"] = round(time.time() - start, 2)
        return out

    def json_of(self, name, command, limit):
        out = self.call(name, command, limit)
        lines = (out or "").strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def engine(self, *words):
        return [self.options.engine, *words]

    def bench(self, name, words, limit, device=None, repeat=3):
        """`kinora-engine bench`, noted under this name."""
        device = device or self.options.device
        threads = os.cpu_count() or 1
        report = self.json_of(
            name, self.engine("bench", "--device", device, "--threads", threads, "--repeat", repeat, *words), limit
        )
        if report:
            self.note(name, **report)
        return report


def devices(card):
    out = card.call("devices", card.engine("devices"), 60)
    if out:
        found = json.loads(out)
        has_card = any(device["kind"] == "cuda" for device in found["devices"])
        card.check("devices", has_card or card.options.device == "cpu", hello=found)
    if card.options.device != "cpu":
        query = "name,driver_version,memory.total,memory.used,clocks.max.sm,power.limit"
        try:
            card.note("nvidia-smi", text=card.call("nvidia-smi", ["nvidia-smi", f"--query-gpu={query}", "--format=csv"], 20))
        except OSError as error:
            card.note("nvidia-smi", missing=str(error))


def parity(card):
    """fp32 on the card and on the CPU: the same inputs, all steps, then the decoder."""
    card.environment["NVIDIA_TF32_OVERRIDE"] = "0"  # convolutions on a card round their factors otherwise
    for name, words, limit in (
        ("steps", ["steps", card.options.starter, "--latent", 5, 8, 12, "--steps", 14], LATENTS_LIMIT),
        ("decode", ["decode", card.options.starter, "--latent", 5, 8, 12], PIXELS_LIMIT),
    ):
        files = {}
        for device in (card.options.device, "cpu"):
            file = card.scratch / f"{name}-{device.replace(':', '')}.safetensors"
            options = ["--precision", "fp32", "--output", file]
            if card.bench(f"parity {name} {device}", [*words, *options], 60, device, 1):
                files[device] = file
        if len(files) == len({card.options.device, "cpu"}):
            apart = distance(files[card.options.device], files["cpu"])
            card.check(f"parity {name}", apart["largest_difference"] <= limit, limit=limit, **apart)
    del card.environment["NVIDIA_TF32_OVERRIDE"]


def generate(card, name, more, limit=60):
    """A clip of the starter: its last latents, the memory plan in words, and seconds."""
    latents = card.scratch / f"{name.replace(' ', '-')}.safetensors"
    frames = card.scratch / f"{name.replace(' ', '-')}-frames"
    words = ["generate", "--model", card.options.starter, *STARTER_CLIP, "--latents-out", latents, "-o", frames, "--json"]
    card.results.pop(name, None)  # of an attempt that was refused
    start = time.time()
    out = card.call(name, card.engine(*words, *more), limit)
    if out is None:
        return None
    plan = next((line["memory"] for line in map(json.loads, out.splitlines()) if line.get("memory")), None)
    card.note(name, seconds=round(time.time() - start, 2), memory=plan, frames=len(list(frames.glob("*.png"))))
    return latents


def clips(card):
    """A whole job: bf16 on the card beside fp32 on the CPU, and with blocks that are read when they run."""
    device = card.options.device
    whole = generate(card, "clip", ["--device", device])
    on_cpu = generate(card, "clip on the CPU", ["--device", "cpu"])
    if whole and on_cpu:
        card.note("clip beside the CPU's", **distance(whole, on_cpu))
    for megabytes in MEMORY_LIMITS_MB:
        with card.tolerant():  # too small a limit is refused
            small = generate(card, "clip in blocks", ["--device", device, "--memory", f"{megabytes}MB"], 30)
        if small or card.left() < 30:
            break
    if whole and small:
        apart = distance(small, whole)
        card.check("clip in blocks", apart["largest_difference"] == 0, limit_mb=megabytes, **apart)


def share(report, limit_seconds):
    """The median, and the share of the card's limit that it reaches."""
    median = statistics.median(report["seconds"])
    return dict(median_seconds=round(median, 4), share_of_limit=round(limit_seconds / median, 3))


def reference(card, name, what, clip, limit, runs=3):
    words = [sys.executable, HERE / "reference.py", what, *CLIPS[clip][:3], runs, card.options.device]
    with card.tolerant():
        report = card.json_of(name, words + (["tiny"] if card.options.tiny else []), limit)
    if report:
        card.note(name, **report)
    return report


def drawn(card, clip, more=()):
    model, size, frames, _ = CLIPS[clip]
    if card.options.tiny:
        size, frames, more = "64x64", 1, [*more, "--layers", 1]
    return ["drawn", model, "--size", size, "--frames", frames, *more]


def forward(card):
    """A forward pass in bf16 with random weights, beside diffusers or plain torch, eager and compiled."""
    for clip, (_, _, _, limit_seconds) in CLIPS.items():
        ours = card.bench(f"forward {clip}", drawn(card, clip), 90, repeat=RUNS[clip])
        if ours:
            card.check(f"forward {clip}", ours["is_finite"], **share(ours, limit_seconds))
        theirs = reference(card, f"forward {clip} eager", "eager", clip, 90, RUNS[clip])
        if ours and theirs and theirs.get("seconds"):
            ratio = statistics.median(ours["seconds"]) / statistics.median(theirs["seconds"])
            card.note(f"forward {clip}", share_of_eager_time=round(ratio, 3))


def compiled(card):
    """The same by `torch.compile`, which has 60 s for it."""
    for clip in CLIPS:
        theirs = reference(card, f"forward {clip} compiled", "compiled", clip, 60, RUNS[clip])
        if theirs and theirs.get("seconds"):
            card.note(f"forward {clip} compiled", **share(theirs, CLIPS[clip][3]))


def decode(card):
    for clip in DECODED:
        ours = card.bench(f"decode {clip}", drawn(card, clip, ["--part", "decoder"]), 60, repeat=2)
        theirs = reference(card, f"decode {clip} eager", "decode", clip, 60, 2)
        if ours and theirs and theirs.get("seconds"):
            ratio = statistics.median(ours["seconds"]) / statistics.median(theirs["seconds"])
            card.note(f"decode {clip}", share_of_eager_time=round(ratio, 3))


def streamed(card):
    """Blocks of the 14B model from a file: all on the card, and read when they run. The results must be equal."""
    import torch

    shape = plain.SHAPES[CLIPS["14b"][0]] | dict(layers=STREAMED_LAYERS)
    latent, text = [21, 60, 104], 4096
    if card.options.tiny:
        shape, latent, text = dict(width=128, ffn=64, layers=3, channels=16), [1, 4, 4], 32
    if card.left() < 60 and not card.options.tiny:
        return card.note("streamed", skipped="no time is left")
    path = card.scratch / "blocks.safetensors"
    weights = plain.drawn(plain.parameters(**shape, text=text), card.options.device, torch.bfloat16)
    write_tensors(path, weights)
    files, times = {}, {}
    for kept in (None, *STREAMED_KEPT):
        name = "streamed: all on the card" if kept is None else f"streamed: {kept} blocks kept"
        file = card.scratch / f"streamed-{kept}.safetensors"
        words = ["forward", path, "--latent", *latent, "--output", file]
        report = card.bench(name, words + ([] if kept is None else ["--kept", kept]), 60, repeat=3)
        if report:
            files[kept], times[kept] = file, statistics.median(report["seconds"])
    for kept in STREAMED_KEPT:
        if None in files and kept in files:
            apart = distance(files[kept], files[None])
            is_same = apart["largest_difference"] == 0
            card.check(f"streamed: {kept} blocks kept", is_same, times_as_long=round(times[kept] / times[None], 2), **apart)
    if None in files:
        kind = torch.float32 if card.options.device == "cpu" else torch.bfloat16
        network = plain.Network({name: weight.to(kind) for name, weight in weights.items()})
        x = plain.waves(card.options.device, kind, 1, shape["channels"], *latent)
        words = plain.waves(card.options.device, kind, 1, plain.TEXT_LENGTH, text)
        with torch.no_grad():
            theirs = network(x, torch.tensor([437.0], device=x.device), words).cpu()
        ours = stored_tensor(files[None])
        error = ((ours - theirs).square().mean() / theirs.square().mean()).sqrt().item()
        card.check("forward beside plain torch", error < 0.05, relative_error=error)
    path.unlink()


PARTS = dict(
    devices=devices, parity=parity, clips=clips, forward=forward, decode=decode, streamed=streamed, compiled=compiled
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--budget", type=float, default=560)
    parser.add_argument("--engine", default=HERE / "kinora-engine")
    parser.add_argument("--starter", default=HERE / "starter")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are: {', '.join(PARTS)}")
    card = Card(options)
    for name in card.options.parts or PARTS:
        try:
            PARTS[name](card)
        except Exception as error:  # the other parts can still be measured
            card.check(name, False, error=f"{type(error).__name__}: {error}")
    card.note("all", failed=sorted(set(card.failed)), budget_left_seconds=round(card.left(), 1))
    shutil.rmtree(card.scratch, ignore_errors=True)
    sys.exit(1 if card.failed else 0)


if __name__ == "__main__":
    main()
