"""Black-box parity: a model of random shapes, saved by `save_pretrained`, run by diffusers' pipelines and by
`kinora generate`. The frames are compared.

Usage: blackbox.py KINORA [SEED]. Prints a line for each pipeline; exits 1 if any differs by more than
0.5 of 255 on average, or is refused."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModel, UMT5Config, UMT5EncoderModel

import changed
import image
import text

LIMIT = 0.5  # of 255, on average
# Text to video, VACE; of Wan 2.2: two experts without and with a first frame, the 5B model without and with one; a first
# frame, or a first and a last one, that CLIP sees; VACE with two experts; LoRAs; packed weights.
PIPELINES = dict(
    text=WanPipeline, controlled=WanVACEPipeline, experts=WanPipeline, given=WanImageToVideoPipeline,
    ti2v=WanPipeline, ti2v_first=WanImageToVideoPipeline, seen=WanImageToVideoPipeline,
    seen_pair=WanImageToVideoPipeline, controlled_experts=WanVACEPipeline, lora=WanPipeline, lora_experts=WanPipeline,
    fp8=WanPipeline, int8=WanPipeline, gguf=WanPipeline,
)
WITH_EXPERTS = ["experts", "given", "controlled_experts", "lora_experts"]
WITH_REFERENCE = ["controlled", "controlled_experts"]
WITH_FIRST = ["given", "ti2v_first", "seen", "seen_pair"]
SEEN = ["seen", "seen_pair"]
PACKED = ["fp8", "int8", "gguf"]


def shaken(module, draw):
    """Sets every parameter to random values, so that no default value hides an error."""
    generator = torch.Generator().manual_seed(draw.randrange(2**31))
    with torch.no_grad():
        for name, value in module.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if name.endswith(("gamma",)) or (value.ndim == 1 and "norm" in name and "weight" in name):
                value.copy_(1 + 0.2 * noise)
            elif value.ndim == 1:
                value.copy_(0.1 * noise)
            elif "scale_shift_table" in name:
                value.copy_(0.3 * noise)
            else:
                value.copy_(noise / value[0].numel() ** 0.5)
    return module.eval()


def autoencoder(draw, wide):
    """That of Wan 2.1, or the wide one of the 5B model."""
    channels = 48 if wide else 16
    last = [1, 2, 4, 4] if wide else [1, 1, 2, 4]  # the shortcuts of the wide one allow no other last step
    config = dict(
        base_dim=draw.choice([4, 6]), z_dim=channels, dim_mult=draw.choice([[1, 2, 2, 2], last]),
        num_res_blocks=draw.randint(1, 2), temperal_downsample=[False, True, True],
        latents_mean=[round(draw.uniform(-1, 1), 4) for _ in range(channels)],
        latents_std=[round(draw.uniform(0.5, 3), 4) for _ in range(channels)],
    )
    if wide:
        config |= dict(
            decoder_base_dim=draw.choice([4, 8]), in_channels=12, out_channels=12, is_residual=True, patch_size=2,
            scale_factor_spatial=16, scale_factor_temporal=4,
        )
    return AutoencoderKLWan(**config)


def image_encoder(draw):
    """A CLIP for pictures, as the released one but for its sizes."""
    heads, patch = draw.choice([1, 2]), draw.choice([4, 8])
    return CLIPVisionModel(CLIPVisionConfig(
        hidden_size=heads * draw.choice([8, 12]), intermediate_size=draw.choice([24, 40]), num_attention_heads=heads,
        num_hidden_layers=draw.randint(2, 4), image_size=patch * draw.randint(2, 4), patch_size=patch, hidden_act="gelu",
    ))


def parts(draw, kind):
    text_width = 32 if kind in PACKED else draw.choice([24, 40, 48])
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    encoder = UMT5EncoderModel(UMT5Config(
        vocab_size=len(tokenizer), d_model=text_width, d_kv=draw.choice([8, 12]), d_ff=draw.choice([40, 72]),
        num_layers=draw.randint(1, 3), num_heads=draw.choice([2, 3]), dropout_rate=0.0,
    ))
    layers = draw.randint(2, 5)
    wide, has_experts = kind.startswith("ti2v"), kind in WITH_EXPERTS
    channels = 48 if wide else 16
    channels_in = 36 if kind in ["given", *SEEN] else channels
    # Blocks of packed formats have 32 numbers.
    head_width, ffn_widths = (32, [64, 96]) if kind in PACKED else (draw.choice([16, 24, 32]), [40, 96])
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=draw.choice([1, 2, 3]), attention_head_dim=head_width,
        in_channels=channels_in, out_channels=channels, text_dim=text_width, freq_dim=draw.choice([64, 256]),
        ffn_dim=draw.choice(ffn_widths), num_layers=layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=1024,
    )
    network = WanTransformer3DModel
    if kind in WITH_REFERENCE:
        chosen = sorted(draw.sample(range(1, layers), k=draw.randint(0, layers - 2)))
        network, config = WanVACETransformer3DModel, config | dict(vace_layers=[0] + chosen, vace_in_channels=96)
    if kind in SEEN:
        clip = image_encoder(draw)
        config |= dict(image_dim=clip.config.hidden_size, added_kv_proj_dim=config["num_attention_heads"] * head_width)
    if kind == "seen_pair":
        config["pos_embed_seq_len"] = 2 * (1 + (clip.config.image_size // clip.config.patch_size) ** 2)
    shift = draw.choice([3.0, 5.0, 8.0])
    scheduler = draw.choice([
        UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift),
        FlowMatchEulerDiscreteScheduler(shift=shift),
    ])
    networks = dict(text_encoder=encoder, transformer=network(**config), vae=autoencoder(draw, wide))
    settings = dict(tokenizer=tokenizer, scheduler=scheduler)
    if kind in SEEN:
        networks["image_encoder"], settings["image_processor"] = clip, image.processor(clip.config.image_size)
    if has_experts:
        networks["transformer_2"] = network(**config)
        settings["boundary_ratio"] = draw.choice([0.7, 0.875, 0.9])
    if wide:
        settings["expand_timesteps"] = True
    return shift, settings | {name: shaken(net, draw) for name, net in networks.items()}


def noise_picture(seed, size, path):
    """A random picture, width x height, saved for the engine."""
    picture = Image.fromarray(np.uint8(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3))))
    picture.save(path)
    return picture


def compare(kinora, draw, kind):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shift, components = parts(draw, kind)
        pipe = PIPELINES[kind](**components)
        pipe.save_pretrained(folder / "model", safe_serialization=True)
        pipe.set_progress_bar_config(disable=True)
        # Only files are changed that the engine reads, and the pipeline's weights in the same way.
        changes = changed.change(kind, draw, pipe, folder)
        sides = [32, 64] if kind.startswith("ti2v") else [32, 48, 64]
        width, height, frames = draw.choice(sides), draw.choice(sides[:2]), draw.choice([5, 9] if kind in SEEN else [1, 5, 9])
        seed, steps, guidance = draw.randrange(2**40), draw.randint(2, 6), draw.choice([1.0, 3.5, 6.0])
        prompt, negative = draw.choice(text.PROMPTS[:9]), draw.choice(["", "blurry"])
        inputs = dict(
            prompt=prompt, negative_prompt=negative, width=width, height=height, num_frames=frames,
            num_inference_steps=steps, guidance_scale=guidance,
        )
        command = [
            kinora, "generate", "--model", folder / "model", "--prompt", prompt, "--negative", negative,
            "--size", f"{width}x{height}", "--frames", frames, "--seed", seed, "--steps", steps,
            "--guidance", guidance, "--shift", shift, "--device", "cpu", "-o", folder / "frames", *changes,
        ]
        if kind in WITH_EXPERTS and guidance > 1:
            inputs["guidance_scale_2"] = draw.choice([2.0, 5.0])
            command += ["--guidance-low", inputs["guidance_scale_2"]]
        if kind in WITH_FIRST:
            inputs["image"] = noise_picture(seed, (width, height), folder / "first.png")
            command += ["--first-frame", folder / "first.png"]
        if kind == "seen_pair":
            inputs["last_image"] = noise_picture(seed + 1, (width, height), folder / "last.png")
            command += ["--last-frame", folder / "last.png"]
        if kind in WITH_REFERENCE:
            inputs["reference_images"] = [noise_picture(seed, (64, 32), folder / "reference.png")]
            command += ["--character", f"someone={folder / 'reference.png'}"]
        theirs = pipe(**inputs, generator=torch.Generator().manual_seed(seed), output_type="np").frames[0]
        ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if ran.returncode:
            print(f"{type(pipe).__name__}, {kind}: refused: {ran.stderr[-800:]}", flush=True)
            return False
        files = sorted((folder / "frames").glob("*.png"))
        ours = np.stack([np.asarray(Image.open(path)) for path in files])
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    difference = np.abs(ours.astype(np.float64) - theirs * 255).mean()
    size = f"{width}x{height}, {frames} frames, {steps} steps, guidance {guidance}, {type(pipe.scheduler).__name__}"
    print(f"{type(pipe).__name__}, {kind}: {size}: differs by {difference:.3f} of 255 (limit {LIMIT})", flush=True)
    return difference <= LIMIT


def main():
    kinora = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**31)
    print(f"seed {seed}", flush=True)
    torch.set_num_threads(1)
    draw = random.Random(seed)
    same = [compare(kinora, draw, kind) for kind in list(PIPELINES) * 2]
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
