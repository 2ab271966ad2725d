#!/bin/sh
# The whole training of the starter model on a machine with an NVIDIA card and a Python with torch 2.11.0; nothing else is
# needed. The first call trains every part for its minutes and writes the model; the second one measures it. A call that was
# interrupted goes on where it stopped.
#
# Usage: gpu.sh KINORA-TRAINER FOLDER [SIZE [DEVICE]]     (large and cuda if left out)
# Minutes of each part, nine in all: VAE, ENCODE, DIT, DECODER, UPSCALER, INTERPOLATOR. Clips of a step, and for the upscaler:
# BATCH, PAIRS.
set -eu
trainer=$1
folder=$2
size=${3:-large}
device=${4:-cuda}
if [ "$device" = cuda ]; then
    LD_LIBRARY_PATH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
    export LD_LIBRARY_PATH
fi
mkdir -p "$folder"
run() {
    word=$1
    shift
    "$trainer" "$word" --size "$size" --folder "$folder" --device "$device" "$@"
}
# Each part is done once: its name is noted when it ends.
part() {
    name=$1
    shift
    if ! grep -qsx "$name" "$folder/parts"; then
        "$@"
        echo "$name" >>"$folder/parts"
    fi
}
if grep -qsx written "$folder/parts"; then
    part measured run measure
    part curves run curves
    echo "all is done: the model in $folder/model, what it can do in $folder/measures"
    exit 0
fi
# The interpolator needs no other part: it is trained beside the autoencoder, which leaves most of the cores idle.
part interpolator run interpolator --minutes "${INTERPOLATOR:-1}" --finish 0.5 &
# The autoencoder ends with an error until it passes its gate; what comes after it can be tried all the same.
part vae run vae --minutes "${VAE:-2.5}" --finish 0.5 --batch 6 || echo "the autoencoder is below its bar"
wait
part encode run encode --clips 20000 --minutes "${ENCODE:-0.75}"
part dit run dit --minutes "${DIT:-3}" --finish 0.5 --batch "${BATCH:-128}"
part decoder run finetune --minutes "${DECODER:-0.3}" --finish 1 --batch 6
part pairs run pairs --clips "${PAIRS:-400}"
part upscaler run guided-upscaler --minutes "${UPSCALER:-1.2}" --finish 0.5 --bf16 --frames 2 --batch 32
part written true
echo "the model is in $folder/model; call again to measure it"
