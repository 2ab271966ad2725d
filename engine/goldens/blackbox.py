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
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from PIL import Image
from transformers import UMT5Config, UMT5EncoderModel

import text

LIMIT = 0.5  # of 255, on average


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


def parts(draw, controlled):
    text_width = draw.choice([24, 40, 48])
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    encoder = UMT5EncoderModel(UMT5Config(
        vocab_size=len(tokenizer), d_model=text_width, d_kv=draw.choice([8, 12]), d_ff=draw.choice([40, 72]),
        num_layers=draw.randint(1, 3), num_heads=draw.choice([2, 3]), dropout_rate=0.0,
    ))
    layers = draw.randint(2, 5)
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=draw.choice([1, 2, 3]), attention_head_dim=draw.choice([16, 24, 32]),
        in_channels=16, out_channels=16, text_dim=text_width, freq_dim=draw.choice([64, 256]),
        ffn_dim=draw.choice([40, 96]), num_layers=layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=1024,
    )
    if controlled:
        chosen = sorted(draw.sample(range(1, layers), k=draw.randint(0, layers - 2)))
        transformer = WanVACETransformer3DModel(**config, vace_layers=[0] + chosen, vace_in_channels=96)
    else:
        transformer = WanTransformer3DModel(**config)
    vae = AutoencoderKLWan(
        base_dim=draw.choice([4, 6]), z_dim=16, dim_mult=draw.choice([[1, 2, 2, 2], [1, 1, 2, 4]]),
        num_res_blocks=draw.randint(1, 2), temperal_downsample=[False, True, True],
        latents_mean=[round(draw.uniform(-1, 1), 4) for _ in range(16)],
        latents_std=[round(draw.uniform(0.5, 3), 4) for _ in range(16)],
    )
    shift = draw.choice([3.0, 5.0, 8.0])
    scheduler = draw.choice([
        UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift),
        FlowMatchEulerDiscreteScheduler(shift=shift),
    ])
    networks = dict(text_encoder=encoder, transformer=transformer, vae=vae)
    return dict(tokenizer=tokenizer, scheduler=scheduler) | {name: shaken(net, draw) for name, net in networks.items()}


def compare(kinora, draw, controlled):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        pipe = (WanVACEPipeline if controlled else WanPipeline)(**parts(draw, controlled))
        pipe.save_pretrained(folder / "model", safe_serialization=True)
        pipe.set_progress_bar_config(disable=True)
        width, height, frames = draw.choice([32, 48, 64]), draw.choice([32, 48]), draw.choice([1, 5, 9])
        seed, steps, guidance = draw.randrange(2**40), draw.randint(2, 6), draw.choice([1.0, 3.5, 6.0])
        prompt, negative = draw.choice(text.PROMPTS[:9]), draw.choice(["", "blurry"])
        inputs = dict(
            prompt=prompt, negative_prompt=negative, width=width, height=height, num_frames=frames,
            num_inference_steps=steps, guidance_scale=guidance,
        )
        command = [
            kinora, "generate", "--model", folder / "model", "--prompt", prompt, "--negative", negative,
            "--size", f"{width}x{height}", "--frames", frames, "--seed", seed, "--steps", steps,
            "--guidance", guidance, "--device", "cpu", "-o", folder / "frames",
        ]
        if controlled:
            reference = Image.fromarray(np.uint8(np.random.default_rng(seed).integers(0, 256, (32, 64, 3))))
            reference.save(folder / "reference.png")
            inputs["reference_images"] = [reference]
            command += ["--character", f"someone={folder / 'reference.png'}"]
        theirs = pipe(**inputs, generator=torch.Generator().manual_seed(seed), output_type="np").frames[0]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        files = sorted((folder / "frames").glob("*.png"))
        ours = np.stack([np.asarray(Image.open(path)) for path in files])
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    difference = np.abs(ours.astype(np.float64) - theirs * 255).mean()
    size = f"{width}x{height}, {frames} frames, {steps} steps, guidance {guidance}, {type(pipe.scheduler).__name__}"
    print(f"{type(pipe).__name__}: {size}: differs by {difference:.3f} of 255 (limit {LIMIT})", flush=True)
    return difference <= LIMIT


def main():
    kinora = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**31)
    print(f"seed {seed}", flush=True)
    torch.set_num_threads(1)
    draw = random.Random(seed)
    same = [compare(kinora, draw, controlled) for controlled in [False, True] * 3]
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
