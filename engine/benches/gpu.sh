#!/bin/sh
# Benchmarks the engine on a machine with an NVIDIA card and a Python with torch 2.11.0: lists the devices, then
# times one forward pass of the 1.3B network at 81 frames of 832x480 in bf16, with the engine and with diffusers
# (if Python has it). Usage: gpu.sh KINORA-ENGINE
set -eu
engine=$1
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
export LD_LIBRARY_PATH
"$engine" devices
for pair in 1 2 3; do
    printf 'ours   '; "$engine" bench --device cuda --repeat 5 full
    printf 'theirs '; REPEAT=5 python3 "$here/peer.py" full . || echo 'diffusers is not there'
done
# The attention kernel: cuDNN's or the flash kernel's name must be in this list.
python3 - "$engine" <<'PY'
import shutil, subprocess, sys
if shutil.which("nsys"):
    subprocess.run(["nsys", "profile", "--stats=true", "-o", "/tmp/kinora", sys.argv[1], "bench", "--device", "cuda", "--repeat", "1", "full"])
else:
    seconds_at_limit = 0.358  # 283 TFLOP at 790 TFLOP/s
    print(f"no profiler here; the limit is {seconds_at_limit} s: flash or cuDNN attention is what comes near it")
PY
