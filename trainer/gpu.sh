#!/bin/sh
# The whole training of the starter model on a machine with an NVIDIA card and a Python with torch 2.11.0;
# nothing else is needed. Each call does the next part and ends in about ten minutes; call it until it prints
# that all is done. Checkpoints lie in FOLDER; after any interruption a call continues from there.
#
# Usage: gpu.sh KINORA-TRAINER FOLDER [SIZE [DEVICE [MINUTES OF A CALL [CLIPS OF A STEP]]]]
#        (large, cuda, 8.5 and 128 if left out)
set -eu
trainer=$1
folder=$2
size=${3:-large}
device=${4:-cuda}
minutes=${5:-8.5}
clips=${6:-128}
if [ "$device" = cuda ]; then
    LD_LIBRARY_PATH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
    export LD_LIBRARY_PATH
fi
mkdir -p "$folder"
stage=$(cat "$folder/stage" 2>/dev/null || echo 1)
half=$(python3 -c "print($minutes * 0.5)")
run() {
    word=$1
    shift
    "$trainer" "$word" --size "$size" --folder "$folder" --device "$device" "$@"
}
case $stage in
1) # the autoencoder; the call fails, and must be repeated, until it passes its gate
    run vae --minutes "$minutes" --finish 0.5 --batch 6
    ;;
2) # clips, and the transformer's first training
    run encode --clips 20000 --minutes "$half"
    run dit --minutes "$half" --batch "$clips"
    run conditions
    ;;
3)
    run dit --minutes "$minutes" --batch "$clips"
    run conditions
    ;;
4) run dit --minutes "$minutes" --batch "$clips" --finish 0.6 ;;
5) # finetune the decoder, and measure the model
    run finetune --minutes 1 --finish 1 --batch 6
    run curves
    run measure
    ;;
*)
    echo "all is done: the model in $folder/model, what it can do in $folder/measures"
    exit 0
    ;;
esac
echo $((stage + 1)) >"$folder/stage"
echo "call $stage of 5 is done"
