"""`cargo xtask bench engine`: compares the speed of the engine and diffusers on the same model, weights and threads.

Each benchmark first compares the results, then runs both programs alternately, A B A B. It prints the median, least and
greatest ratio of the pairs, and the target. Exits with 1 if a target is missed. `load` compares with `cat FILE`.

Usage: compare.py ENGINE FOLDER [--quick] [NAME...]"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = Path(__file__).with_name("peer.py")
THREADS = 2


def call(command, output=None, repeat=3):
    environment = os.environ | dict(THREADS=str(THREADS), REPEAT=str(repeat))
    if output:
        environment["OUTPUT"] = str(output)
    result = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{command}: {result.stderr[-2000:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def ours(engine, words, output=None, repeat=3):
    name, folder, *rest = words
    if name == "decode":
        folder = folder / "vae/diffusion_pytorch_model.safetensors"
    options = ["--threads", THREADS, "--repeat", repeat] + (["--output", output] if output else [])
    steps = ["--steps", rest.pop()] if name == "steps" else []
    return call([engine, "bench", *options, name, folder, "--latent", *rest, *steps])


def theirs(words, output=None, repeat=3):
    return call([sys.executable, PEER, *words], output, repeat)


def loaded(engine, file):
    """Seconds until the engine has a transformer's file in memory, read from the disk."""
    forget(file)
    options = ["--threads", THREADS, "--repeat", 0]
    return call([engine, "bench", *options, "forward", file, "--latent", 1, 2, 2])["load_seconds"]


def forget(file):
    """Drops a file from the system's cache, so that it is read from the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read_by_cat(file):
    forget(file)
    start = time.time()
    subprocess.run(["cat", str(file)], stdout=subprocess.DEVNULL, check=True)
    return time.time() - start


def difference(one, other):
    from safetensors.torch import load_file

    return (load_file(one)["result"].float() - load_file(other)["result"].float()).abs().max().item()


def cold(engine, model):
    """Seconds from the start of the process to the first denoised step."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | dict(XDG_CACHE_HOME=folder)  # no prompt encoded before
        start = time.time()
        command = [engine, "generate", "--model", model, "--prompt", "a red fox", "--size", "48x32", "--frames", "9"]
        command += ["--steps", "2", "--device", "cpu", "--json", "-o", Path(folder) / "frames"]
        process = subprocess.Popen([str(w) for w in command], env=environment, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if json.loads(line).get("stage") == "step":
                seconds = time.time() - start
                break
        process.kill()
        process.wait()
        return seconds


def cold_peer(model):
    start = time.time()
    return call([sys.executable, PEER, "cold", model])["at"] - start


def told(name, what, ratios, bar):
    """Prints a line. Without a bar the ratio is only measured."""
    median = statistics.median(ratios)
    holds = bar is None or median <= bar
    verdict = "no bar" if bar is None else f"bar {bar:.2f}  {'holds' if holds else 'MISSED'}"
    spread = f"least {min(ratios):.3f}, greatest {max(ratios):.3f}, {len(ratios)} pairs"
    print(f"{name:<9} {what:<28} median {median:.3f}  ({spread})  {verdict}", flush=True)
    return holds


def main():
    engine, folder, *words = sys.argv[1:]
    folder, quick = Path(folder), "--quick" in words
    chosen = [word for word in words if not word.startswith("--")]
    wanted = lambda name: not chosen or name in chosen
    if not (folder / "packed/int8.safetensors").exists():  # the last file that is made
        subprocess.run([sys.executable, PEER, "make", folder], check=True, capture_output=True)
    holds = []

    def paired(name, words, pairs, repeat, tolerance, bar, memory_bar=None):
        one, other = folder / "ours.safetensors", folder / "theirs.safetensors"
        times, peaks = [], []
        for pair in range(pairs):
            a = ours(engine, words, one, repeat)
            b = theirs(words, other, repeat)
            if pair == 0:
                apart = difference(one, other)
                print(f"{name:<9} outputs differ by at most {apart:.1e} (limit {tolerance:.0e})", flush=True)
                holds.append(apart <= tolerance)
            times.append(statistics.median(a["seconds"]) / statistics.median(b["seconds"]))
            peaks.append(a["peak_bytes"] / b["peak_bytes"])
        last = f"{statistics.median(a['seconds']):.3g} s beside {statistics.median(b['seconds']):.3g} s"
        holds.append(told(name, f"time ({last})", times, bar))
        if memory_bar:
            last = f"{a['peak_bytes'] / 1e9:.2f} GB beside {b['peak_bytes'] / 1e9:.2f} GB"
            holds.append(told(name, f"peak ({last})", peaks, memory_bar))

    if wanted("forward"):
        paired("forward", ["forward", folder / "middle", 16, 32, 32], 3 if quick else 7, 3, 1e-4, 0.90)
    if wanted("steps"):
        paired("steps", ["steps", folder / "tiny", 3, 4, 6, 50], 3 if quick else 7, 5, 1e-3, 0.25)
    if wanted("cold"):
        cold(engine, folder / "tiny"), cold_peer(folder / "tiny")  # both have read their files once
        pairs = [(cold(engine, folder / "tiny"), cold_peer(folder / "tiny")) for _ in range(3 if quick else 7)]
        last = f"{pairs[-1][0]:.2f} s beside {pairs[-1][1]:.2f} s"
        holds.append(told("cold", f"first step ({last})", [a / b for a, b in pairs], 0.10))
    if wanted("decode"):
        # 320x512. At smaller sizes weights and libraries, which both hold, hide what a clip needs.
        latent = [2, 40, 64] if quick else [5, 40, 64]
        paired("decode", ["decode", folder / "middle", *latent], 2 if quick else 3, 1, 1, 1.00, 0.40)
    if wanted("decode-5b"):
        # The autoencoder of Wan 2.2 5B with half its widths: 16x16 pixels a latent position.
        latent = [2, 20, 32] if quick else [5, 20, 32]
        paired("decode-5b", ["decode", folder / "wide", *latent], 2 if quick else 3, 1, 1, 1.00, 0.40)
    if wanted("load"):
        for file in [folder / "packed/q8_0.gguf", folder / "packed/int8.safetensors"]:
            loaded(engine, file), read_by_cat(file)  # both programs have been read once
            pairs = [(loaded(engine, file), read_by_cat(file)) for _ in range(3 if quick else 7)]
            last = f"{file.name}, {pairs[-1][0]:.2f} s beside {pairs[-1][1]:.2f} s"
            holds.append(told("load", last, [a / b for a, b in pairs], None))
    sys.exit(0 if all(holds) else 1)


if __name__ == "__main__":
    main()
