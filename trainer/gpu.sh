#!/bin/sh
# The whole training of the starter model on a machine with an NVIDIA card and a Python with torch 2.11.0,
# and nothing else needed. Every call does what is next and ends in under ten minutes; call it until it
# says that all is done. What it has learnt lies in FOLDER, and goes on from there after anything.
#
# Usage: gpu.sh KINORA-TRAINER FOLDER [large|small] [cuda|cpu] [MINUTES OF A CALL] [CLIPS A STEP]
set -eu
trainer=$1 folder=$2 size=${3:-large} device=${4:-cuda} minutes=${5:-8.5} batch=${6:-192}
if [ "$device" = cuda ]; then
    LD_LIBRARY_PATH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
    export LD_LIBRARY_PATH
fi
mkdir -p "$folder"
stage=$(cat "$folder/stage" 2>/dev/null || echo 1)
at="--size $size --folder $folder --device $device"
# A word for each call: the autoencoder, clips and a first lesson, the transformer, its end, the measures.
case $stage in
1) "$trainer" vae $at --minutes "$minutes" --finish --batch 6 ;;
2) "$trainer" encode $at --clips 20000 --minutes "$(python3 -c "print($minutes * 0.5)")"
   "$trainer" dit $at --minutes "$(python3 -c "print($minutes * 0.5)")" --batch "$batch" ;;
3) "$trainer" dit $at --minutes "$minutes" --batch "$batch" --finish ;;
4) "$trainer" measure $at && "$trainer" curves $at ;;
*) echo "all done: $folder/model and $folder/measures"; exit 0 ;;
esac
echo $((stage + 1)) > "$folder/stage"
echo "call $stage of 4 is done"
