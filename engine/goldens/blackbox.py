"""Black-box parity: a model of random shapes, saved by `save_pretrained`, run by diffusers' pipelines, or by those of
`fun.py` for models that diffusers does not have, and by `kinora generate`. The frames are compared, and the sound of
models that make it (`ltx2_blackbox.py`).

Usage: blackbox.py KINORA [SEED [KIND...]]. Prints a line for each pipeline; exits 1 if any differs by more than
0.1 of 255 on average, or is refused, or if a wrong input is not refused plainly."""

import random
import sys
import tempfile
from pathlib import Path

import torch
from diffusers import (
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)

import changed
import fun
import fun_inputs
import image
import ltx2_blackbox
import text
import tiny
from tiny import Request, autoencoder, image_encoder, noise_picture, scheduler, shaken, text_encoder

# Text to video, VACE; of Wan 2.2: two experts without and with a first frame, the 5B model without and with one; a first
# frame, or a first and a last one, that CLIP sees; VACE with two experts; LoRAs and packed weights of every form.
PIPELINES = dict(
    text=WanPipeline, controlled=WanVACEPipeline, experts=WanPipeline, given=WanImageToVideoPipeline,
    ti2v=WanPipeline, ti2v_first=WanImageToVideoPipeline, seen=WanImageToVideoPipeline,
    seen_pair=WanImageToVideoPipeline, controlled_experts=WanVACEPipeline, lora_experts=WanPipeline,
)
LORAS = [f"lora_{form}" for form in changed.LORA_FORMS]
PACKED = [*changed.SAFETENSORS, "gguf", "gguf_k"]
PIPELINES |= {kind: WanPipeline for kind in [*LORAS, *PACKED]}
WITH_EXPERTS = ["experts", "given", "controlled_experts", "lora_experts"]
WITH_REFERENCE = ["controlled", "controlled_experts"]
WITH_FIRST = ["given", "ti2v_first", "seen", "seen_pair"]
SEEN = ["seen", "seen_pair"]


def parts(draw, kind):
    text_width = 32 if kind in PACKED else draw.choice([24, 40, 48])
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    encoder = text_encoder(draw, len(tokenizer), text_width)
    layers = draw.randint(2, 5)
    wide, has_experts = kind.startswith("ti2v"), kind in WITH_EXPERTS
    channels = 48 if wide else 16
    channels_in = 36 if kind in ["given", *SEEN] else channels
    heads, head_width, ffn_width = draw.choice([1, 2, 3]), draw.choice([16, 24, 32]), draw.choice([40, 96])
    if kind in PACKED:
        head_width, ffn_width = 32, draw.choice([64, 96])  # packed formats have blocks of 32 numbers
    if kind == "gguf_k":
        heads, ffn_width, layers = 8, draw.choice([256, 512]), 2  # and these of 256
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=heads, attention_head_dim=head_width,
        in_channels=channels_in, out_channels=channels, text_dim=text_width, freq_dim=draw.choice([64, 256]),
        ffn_dim=ffn_width, num_layers=layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=1024,
    )
    network = WanTransformer3DModel
    if kind in WITH_REFERENCE:
        chosen = sorted(draw.sample(range(1, layers), k=draw.randint(0, layers - 2)))
        network, config = WanVACETransformer3DModel, config | dict(vace_layers=[0] + chosen, vace_in_channels=96)
    if kind in SEEN:
        clip = image_encoder(draw)
        config |= dict(image_dim=clip.config.hidden_size, added_kv_proj_dim=heads * head_width)
    if kind == "seen_pair":
        config["pos_embed_seq_len"] = 2 * (1 + (clip.config.image_size // clip.config.patch_size) ** 2)
    shift, sampler = scheduler(draw)
    networks = dict(text_encoder=encoder, transformer=network(**config), vae=autoencoder(draw, wide))
    settings = dict(tokenizer=tokenizer, scheduler=sampler)
    if kind in SEEN:
        networks["image_encoder"], settings["image_processor"] = clip, image.processor(clip.config.image_size)
    if has_experts:
        networks["transformer_2"] = network(**config)
        settings["boundary_ratio"] = draw.choice([0.7, 0.875, 0.9])
    if wide:
        settings["expand_timesteps"] = True
    return shift, settings | {name: shaken(net, draw) for name, net in networks.items()}


def compare(kinora, draw, kind):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shift, components = parts(draw, kind)
        pipe = PIPELINES[kind](**components)
        pipe.save_pretrained(folder / "model", safe_serialization=True)
        pipe.set_progress_bar_config(disable=True)
        # Only files are changed that the engine reads, and the pipeline's weights in the same way.
        changes = changed.change(kind, draw, pipe, folder)
        request = Request.drawn(draw, shift, kind.startswith("ti2v"), [5, 9] if kind in SEEN else [1, 5, 9])
        size, seed, guidance = (request.width, request.height), request.seed, request.guidance
        inputs = dict(
            prompt=request.prompt, negative_prompt=request.negative, width=size[0], height=size[1],
            num_frames=request.frames, num_inference_steps=request.steps, guidance_scale=guidance,
        )
        command = [*request.command(kinora, folder / "model", folder / "frames"), *changes]
        if kind in WITH_EXPERTS and guidance > 1:
            inputs["guidance_scale_2"] = draw.choice([2.0, 5.0])
            command += ["--guidance-low", inputs["guidance_scale_2"]]
        if kind in WITH_FIRST:
            inputs["image"] = noise_picture(seed, size, folder / "first.png")
            command += ["--first-frame", folder / "first.png"]
        if kind == "seen_pair":
            inputs["last_image"] = noise_picture(seed + 1, size, folder / "last.png")
            command += ["--last-frame", folder / "last.png"]
        if kind in WITH_REFERENCE and draw.random() < 0.5:
            inputs["video"] = fun_inputs.pictures(request.frames, seed + 2, size, folder / "control")
            inputs["conditioning_scale"] = draw.choice([0.5, 1.0, 1.5])
            command += ["--control", folder / "control", "--control-strength", inputs["conditioning_scale"]]
        if kind in WITH_REFERENCE:
            inputs["reference_images"] = [noise_picture(seed, (64, 32), folder / "reference.png")]
            command += ["--character", f"someone={folder / 'reference.png'}"]
        theirs = pipe(**inputs, generator=torch.Generator().manual_seed(seed), output_type="np").frames[0]
        name = f"{type(pipe).__name__}, {kind}: {request}, {type(pipe.scheduler).__name__}"
        return tiny.compare(name, command, folder / "frames", theirs)


def main():
    kinora = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**31)
    print(f"seed {seed}", flush=True)
    torch.set_num_threads(1)
    draw = random.Random(seed)
    same = []
    for kind in sys.argv[3:] or [*PIPELINES, *fun.KINDS, *ltx2_blackbox.KINDS] * 2:
        others = ltx2_blackbox if kind in ltx2_blackbox.KINDS else fun
        run = compare if kind in PIPELINES else others.compare
        same.append(run(kinora, draw, kind))
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
