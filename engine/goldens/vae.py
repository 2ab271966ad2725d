"""Goldens of the autoencoder: outputs of diffusers' AutoencoderKLWan for drawn weights, frames and latents."""

import torch
from diffusers import AutoencoderKLWan

import names
from drawn import fill, normal_like, uniform

PLAIN = dict(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True])
WIDENING = PLAIN | dict(base_dim=8, dim_mult=[1, 2, 4, 4], num_res_blocks=2)
LOPSIDED = PLAIN | dict(base_dim=4, decoder_base_dim=8, dim_mult=[1, 2, 2, 4])
# The form of Wan 2.2 5B.
RESIDUAL = PLAIN | dict(
    z_dim=48, is_residual=True, patch_size=2, in_channels=12, out_channels=12, scale_factor_spatial=16
)
RESIDUAL_WIDENING = RESIDUAL | dict(base_dim=8, decoder_base_dim=12, dim_mult=[1, 2, 4, 4], num_res_blocks=2)

# Mean and deviation of the latents of Wan 2.2 5B (Wan2.2 `wan/modules/vae2_2.py`), which diffusers reads from a file.
MEAN_48 = [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570,
    -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322,
    0.1109, 0.1567, -0.0729, 0.0899, -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520,
    0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
]
DEVIATION_48 = [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165,
    0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917,
    0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600,
    0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
]

# Decoded frames are stored with every `stride`-th row and column, so that the file stays small. An odd stride meets
# every place of a patch.
CASES = {
    "plain_9_frames": dict(config=PLAIN, frames=9, size=(16, 16)),
    "plain_1_frame": dict(config=PLAIN, frames=1, size=(16, 24)),
    "plain_33_frames": dict(config=PLAIN, frames=33, size=(8, 8)),
    "widening_5_frames_odd": dict(config=WIDENING, frames=5, size=(24, 40)),
    "widening_17_frames": dict(config=WIDENING, frames=17, size=(16, 16)),
    "lopsided_9_frames": dict(config=LOPSIDED, frames=9, size=(24, 8)),
    "residual_9_frames": dict(config=RESIDUAL, frames=9, size=(32, 64), stride=5),
    "residual_1_frame": dict(config=RESIDUAL, frames=1, size=(48, 16), stride=5),
    "residual_widening_17_frames": dict(config=RESIDUAL_WIDENING, frames=17, size=(64, 64), stride=7),
}


def original_names(config):
    return names.vae(config["num_res_blocks"], config.get("is_residual", False))


def build(config):
    statistics = dict(latents_mean=MEAN_48, latents_std=DEVIATION_48) if config["z_dim"] == 48 else {}
    return fill(AutoencoderKLWan(**config, **statistics), original_names(config))


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
            raw = normal_like("latents", latents.shape)
            decoded = model.decode(raw).sample
            clamped = (decoded.abs() == 1).float().mean().item()
            assert clamped < 0.02, (name, clamped)
            stride = case.get("stride", 1)
            tensors[name + ".decoded"] = decoded[..., ::stride, ::stride]
            tensors[name + ".latents"] = normalised(model, raw)
    return tensors, CASES
