"""Goldens of the sampling of LTX-2: the noise levels of diffusers' scheduler, and whole denoising loops of its pipeline
with a synthetic velocity field in place of the transformer."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTX2Pipeline
from diffusers.pipelines.ltx2.pipeline_ltx2 import calculate_shift
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

from drawn import normal_like

LEVELS = [(steps, tokens) for steps in (8, 30, 40) for tokens in (1024, 4096, 10000)]
FRAMES, RATE, SIZE, CHANNELS = 9, 24, 64, 4
SOUND_CHANNELS, MEL_BINS = 2, 16

# Guidance of picture and sound: cfg, stg, modality, rescale.
LOOPS = {
    "all": dict(steps=4, picture=[3.0, 1.0, 3.0, 0.7], sound=[7.0, 0.5, 2.0, 0.4]),
    "cfg": dict(steps=3, picture=[4.0, 0.0, 1.0, 0.0], sound=[1.0, 0.0, 1.0, 0.7]),
    "stg": dict(steps=3, picture=[1.0, 1.5, 1.0, 0.7], sound=[1.0, 1.0, 1.0, 0.7]),
    "modality": dict(steps=2, picture=[1.0, 0.0, 2.5, 0.7], sound=[1.0, 0.0, 4.0, 1.0]),
    "distilled": dict(steps=8, picture=[1.0, 0.0, 1.0, 0.0], sound=[1.0, 0.0, 1.0, 0.0]),
}


def scheduler(is_dynamic=True):
    if not is_dynamic:
        return FlowMatchEulerDiscreteScheduler()
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096,
        shift_terminal=0.1,
    )


def levels(steps, tokens):
    made = scheduler()
    made.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=calculate_shift(tokens, 1024, 4096, 0.95, 2.05))
    return made


class Field(torch.nn.Module):
    """A velocity for each pass, in place of the transformer."""

    config = SimpleNamespace(in_channels=CHANNELS)
    rope = SimpleNamespace(prepare_video_coords=lambda *args, **kwargs: torch.zeros(1))
    audio_rope = SimpleNamespace(prepare_audio_coords=lambda *args, **kwargs: torch.zeros(1))

    def cache_context(self, _name):
        return nullcontext()

    def forward(self, hidden_states, audio_hidden_states, timestep, isolate_modalities=False,
                spatio_temporal_guidance_blocks=None, **_others):
        passes = ["without", "with"] if len(hidden_states) == 2 else ["with"]
        if isolate_modalities:
            passes = ["isolated"]
        if spatio_temporal_guidance_blocks:
            passes = ["perturbed"]
        wave = 0.3 * (1 + timestep[0].double() / 1000)

        def velocity(x, stream):
            drawn = [normal_like(f"{stream} {name}", tuple(x.shape[1:])) for name in passes]
            return x * wave.float() + torch.stack(drawn)

        return velocity(hidden_states, "picture"), velocity(audio_hidden_states, "sound")


class Bare(LTX2Pipeline):
    """The pipeline with its loop alone: no text, no autoencoders."""

    def __init__(self, is_dynamic):
        plain = dict(latents_mean=torch.zeros(1), latents_std=torch.ones(1))
        self.scheduler = scheduler(is_dynamic)
        self.transformer = Field()
        self.vae = SimpleNamespace(config=SimpleNamespace(scaling_factor=1.0), **plain)
        audio = SimpleNamespace(mel_bins=MEL_BINS, latent_channels=SOUND_CHANNELS)
        self.audio_vae = SimpleNamespace(config=audio, **plain)
        self.connectors = lambda text, mask, **_others: (text, text, mask)
        self.tokenizer = None
        self.vae_spatial_compression_ratio, self.vae_temporal_compression_ratio = 32, 8
        self.transformer_spatial_patch_size = self.transformer_temporal_patch_size = 1
        self.audio_sampling_rate, self.audio_hop_length = 16000, 160
        self.audio_vae_temporal_compression_ratio = self.audio_vae_mel_compression_ratio = 4

    _execution_device = torch.device("cpu")
    config = SimpleNamespace()

    def maybe_free_model_hooks(self):
        pass

    def encode_prompt(self, **_others):
        return (torch.zeros(1, 1, 1), torch.ones(1, 1)) * 2


def loop(name, case, seed=7):
    pipeline = Bare(is_dynamic=name != "distilled")
    pipeline.set_progress_bar_config(disable=True)
    scales = dict(zip(("guidance_scale", "stg_scale", "modality_scale", "guidance_rescale"), case["picture"]))
    scales |= {"audio_" + key: value for key, value in zip(list(scales), case["sound"])}
    return pipeline(
        prompt="a door", height=SIZE, width=SIZE, num_frames=FRAMES, frame_rate=RATE, num_inference_steps=case["steps"],
        sigmas=DISTILLED_SIGMA_VALUES if name == "distilled" else None,
        generator=torch.Generator().manual_seed(seed), output_type="latent", return_dict=False, **scales,
    )


def make():
    tensors = {}
    for steps, tokens in LEVELS:
        made = levels(steps, tokens)
        tensors[f"sigmas.{steps}.{tokens}"] = made.sigmas.float()
    tensors["sigmas.distilled"] = torch.tensor([*DISTILLED_SIGMA_VALUES, 0.0])
    tensors["sigmas.second"] = torch.tensor([*STAGE_2_DISTILLED_SIGMA_VALUES, 0.0])
    for name, case in LOOPS.items():
        picture, sound = loop(name, case)
        tensors[f"{name}.picture"], tensors[f"{name}.sound"] = picture, sound
    return tensors, LOOPS
