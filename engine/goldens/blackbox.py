"""Black-box parity: a model of random shapes, saved by `save_pretrained`, run by diffusers' pipelines and by
`kinora generate`. The frames are compared.

Usage: blackbox.py KINORA [SEED]. Prints a line for each pipeline; exits 1 if any differs by more than
0.5 of 255 on average."""

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
from transformers import UMT5Config, UMT5EncoderModel

import text

LIMIT = 0.5  # of 255, on average
# Text to video, VACE; of Wan 2.2: two experts without and with a first frame, the 5B model without and with one.
PIPELINES = dict(
    text=WanPipeline, controlled=WanVACEPipeline, experts=WanPipeline, given=WanImageToVideoPipeline,
    ti2v=WanPipeline, ti2v_first=WanImageToVideoPipeline,
)


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


def parts(draw, kind):
    text_width = draw.choice([24, 40, 48])
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    encoder = UMT5EncoderModel(UMT5Config(
        vocab_size=len(tokenizer), d_model=text_width, d_kv=draw.choice([8, 12]), d_ff=draw.choice([40, 72]),
        num_layers=draw.randint(1, 3), num_heads=draw.choice([2, 3]), dropout_rate=0.0,
    ))
    layers = draw.randint(2, 5)
    wide, has_experts = kind.startswith("ti2v"), kind in ["experts", "given"]
    channels = 48 if wide else 16
    channels_in = 36 if kind == "given" else channels
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=draw.choice([1, 2, 3]), attention_head_dim=draw.choice([16, 24, 32]),
        in_channels=channels_in, out_channels=channels, text_dim=text_width, freq_dim=draw.choice([64, 256]),
        ffn_dim=draw.choice([40, 96]), num_layers=layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=1024,
    )
    if kind == "controlled":
        chosen = sorted(draw.sample(range(1, layers), k=draw.randint(0, layers - 2)))
        transformer = WanVACETransformer3DModel(**config, vace_layers=[0] + chosen, vace_in_channels=96)
    else:
        transformer = WanTransformer3DModel(**config)
    shift = draw.choice([3.0, 5.0, 8.0])
    scheduler = draw.choice([
        UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift),
        FlowMatchEulerDiscreteScheduler(shift=shift),
    ])
    networks = dict(text_encoder=encoder, transformer=transformer, vae=autoencoder(draw, wide))
    settings = dict(tokenizer=tokenizer, scheduler=scheduler)
    if has_experts:
        networks["transformer_2"] = WanTransformer3DModel(**config)
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
        sides = [32, 64] if kind.startswith("ti2v") else [32, 48, 64]
        width, height, frames = draw.choice(sides), draw.choice(sides[:2]), draw.choice([1, 5, 9])
        seed, steps, guidance = draw.randrange(2**40), draw.randint(2, 6), draw.choice([1.0, 3.5, 6.0])
        prompt, negative = draw.choice(text.PROMPTS[:9]), draw.choice(["", "blurry"])
        inputs = dict(
            prompt=prompt, negative_prompt=negative, width=width, height=height, num_frames=frames,
            num_inference_steps=steps, guidance_scale=guidance,
        )
        command = [
            kinora, "generate", "--model", folder / "model", "--prompt", prompt, "--negative", negative,
            "--size", f"{width}x{height}", "--frames", frames, "--seed", seed, "--steps", steps,
            "--guidance", guidance, "--shift", shift, "--device", "cpu", "-o", folder / "frames",
        ]
        if kind in ["experts", "given"] and guidance > 1:
            inputs["guidance_scale_2"] = draw.choice([2.0, 5.0])
            command += ["--guidance-low", inputs["guidance_scale_2"]]
        if kind in ["given", "ti2v_first"]:
            inputs["image"] = noise_picture(seed, (width, height), folder / "first.png")
            command += ["--first-frame", folder / "first.png"]
        if kind == "controlled":
            inputs["reference_images"] = [noise_picture(seed, (64, 32), folder / "reference.png")]
            command += ["--character", f"someone={folder / 'reference.png'}"]
        theirs = pipe(**inputs, generator=torch.Generator().manual_seed(seed), output_type="np").frames[0]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
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
