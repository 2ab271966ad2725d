"""Goldens of the autoencoder: outputs of diffusers' AutoencoderKLWan for drawn weights, frames and latents."""

import torch
from diffusers import AutoencoderKLWan

import names
from drawn import fill, normal_like, uniform

PLAIN = dict(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True])
WIDENING = PLAIN | dict(base_dim=8, dim_mult=[1, 2, 4, 4], num_res_blocks=2)
LOPSIDED = PLAIN | dict(base_dim=4, decoder_base_dim=8, dim_mult=[1, 2, 2, 4])

CASES = {
    "plain_9_frames": dict(config=PLAIN, frames=9, size=(16, 16)),
    "plain_1_frame": dict(config=PLAIN, frames=1, size=(16, 24)),
    "plain_33_frames": dict(config=PLAIN, frames=33, size=(8, 8)),
    "widening_5_frames_odd": dict(config=WIDENING, frames=5, size=(24, 40)),
    "widening_17_frames": dict(config=WIDENING, frames=17, size=(16, 16)),
    "lopsided_9_frames": dict(config=LOPSIDED, frames=9, size=(24, 8)),
}


def build(config):
    return fill(AutoencoderKLWan(**config), names.vae(config["num_res_blocks"]))


def normalised(model, latents):
    mean = torch.tensor(model.config.latents_mean).view(1, -1, 1, 1, 1)
    return (latents - mean) / torch.tensor(model.config.latents_std).view(1, -1, 1, 1, 1)


def make():
    tensors = {}
    with torch.no_grad():
        for name, case in CASES.items():
            model, (height, width) = build(case["config"]), case["size"]
            frames = torch.from_numpy(uniform("frames", (1, 3, case["frames"], height, width)))
            latents = model.encode(frames).latent_dist.mode()
            tensors[name + ".encoded"] = normalised(model, latents)
            latent_frames = (case["frames"] - 1) // 4 + 1
            raw = normal_like("latents", (1, 16, latent_frames, height // 8, width // 8))
            decoded = model.decode(raw).sample
            clamped = (decoded.abs() == 1).float().mean().item()
            assert clamped < 0.02, (name, clamped)
            tensors[name + ".decoded"] = decoded
            tensors[name + ".latents"] = normalised(model, raw)
    return tensors, CASES
