"""What the black-box comparisons share: random parts of models, and the comparison of the frames that `kinora generate`
writes with those of a reference."""

import subprocess
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModel, UMT5Config, UMT5EncoderModel

import text

LIMIT = 0.1  # of 255, on average, from the bytes nearest to the reference


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
        num_hidden_layers=draw.randint(2, 4), image_size=patch * draw.randint(2, 4), patch_size=patch,
        hidden_act="gelu",
    ))


def text_encoder(draw, vocabulary, width):
    return UMT5EncoderModel(UMT5Config(
        vocab_size=vocabulary, d_model=width, d_kv=draw.choice([8, 12]), d_ff=draw.choice([40, 72]),
        num_layers=draw.randint(1, 3), num_heads=draw.choice([2, 3]), dropout_rate=0.0,
    ))


def scheduler(draw):
    """The shift, and UniPC or Euler with it."""
    shift = draw.choice([3.0, 5.0, 8.0])
    return shift, draw.choice([
        UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift),
        FlowMatchEulerDiscreteScheduler(shift=shift),
    ])


def noise_picture(seed, size, path):
    """A random picture, width x height, saved for the engine."""
    picture = Image.fromarray(np.uint8(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3))))
    picture.save(path)
    return picture


@dataclass
class Request:
    """What every clip has. Sizes in pixels."""

    prompt: str
    negative: str
    width: int
    height: int
    frames: int
    seed: int
    steps: int
    guidance: float
    shift: float

    @classmethod
    def drawn(cls, draw, shift, is_wide, lengths=(1, 5, 9)):
        """`is_wide`: for an autoencoder of 16 pixels a latent position."""
        sides = [32, 64] if is_wide else [32, 48, 64]
        return cls(
            width=draw.choice(sides), height=draw.choice(sides[:2]), frames=draw.choice(lengths),
            seed=draw.randrange(2**40), steps=draw.randint(2, 6), guidance=draw.choice([1.0, 3.5, 6.0]),
            prompt=draw.choice(text.PROMPTS[:9]), negative=draw.choice(["", "blurry"]), shift=shift,
        )

    def command(self, kinora, model, output):
        """`kinora generate` with the model in this folder, which writes pictures to the folder `output`."""
        return [
            kinora, "generate", "--model", model, "--prompt", self.prompt, "--negative", self.negative,
            "--size", f"{self.width}x{self.height}", "--frames", self.frames, "--seed", self.seed,
            "--steps", self.steps, "--guidance", self.guidance, "--shift", self.shift, "--device", "cpu", "-o", output,
        ]

    def __str__(self):
        size = f"{self.width}x{self.height}, {self.frames} frames, {self.steps} steps"
        return f"{size}, guidance {self.guidance}"


def run(command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def compare(name, command, frames, theirs):
    """Runs the command, which writes pictures to the folder `frames`; compares them with `theirs`, t h w 3 in 0..1."""
    ran = run(command)
    if ran.returncode:
        print(f"{name}: refused: {ran.stderr[-800:]}", flush=True)
        return False
    ours = np.stack([np.asarray(Image.open(path)) for path in sorted(frames.glob("*.png"))])
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    difference = np.abs(ours - np.rint(theirs * 255.0)).mean()
    print(f"{name}: differs by {difference:.3f} of 255 (limit {LIMIT})", flush=True)
    return difference <= LIMIT
