"""Goldens of LTX-2's picture autoencoder and latent upscaler: outputs of diffusers' AutoencoderKLLTX2Video and
LTX2LatentUpsamplerModel for drawn weights, frames and latents, and the names of their parameters in both layouts."""

import re

import torch
from diffusers import AutoencoderKLLTX2Video
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel

from drawn import normal_like, parameter, uniform

# The form of LTX-2.0: mirrored borders and shortcuts in the decoder.
V2_0 = dict(
    latent_channels=8,
    block_out_channels=(8, 8, 8, 8),
    layers_per_block=(1, 1, 1, 1, 1),
    decoder_block_out_channels=(16, 32, 64),
    decoder_layers_per_block=(1, 1, 1, 1),
    decoder_spatio_temporal_scaling=(True, True, True),
    decoder_inject_noise=(False,) * 4,
    upsample_type=("spatiotemporal",) * 3,
    upsample_residual=(True,) * 3,
    upsample_factor=(2, 2, 2),
    encoder_causal=True,
    decoder_causal=False,
    encoder_spatial_padding_mode="zeros",
    decoder_spatial_padding_mode="reflect",
)
# The form of LTX-2.3: zeros at borders, no shortcuts, four upsampling layers.
V2_3 = V2_0 | dict(
    block_out_channels=(8, 16, 32, 32),
    decoder_block_out_channels=(16, 32, 32, 64),
    decoder_layers_per_block=(1, 1, 1, 1, 1),
    decoder_spatio_temporal_scaling=(True,) * 4,
    decoder_inject_noise=(False,) * 5,
    upsample_type=("spatiotemporal", "spatiotemporal", "temporal", "spatial"),
    upsample_residual=(False,) * 4,
    upsample_factor=(2, 2, 1, 2),
    decoder_spatial_padding_mode="zeros",
)
# The plain decoder of LTX-2.5 has the same form: here with as many blocks in the stages as no other case.
V2_5 = V2_3 | dict(layers_per_block=(2, 1, 2, 1, 1), decoder_layers_per_block=(1, 2, 1, 2, 1))

# Stored with every `stride`-th row and column of decoded frames. An odd stride meets every place of a patch. 32 pixels
# are one latent position, 96 are three; a border of one position cannot be mirrored.
CASES = {
    "v2_0_1_frame": dict(config=V2_0, frames=1, size=(96, 64), stride=5),
    "v2_0_9_frames": dict(config=V2_0, frames=9, size=(64, 96), stride=7),
    "v2_0_17_frames": dict(config=V2_0, frames=17, size=(96, 96), stride=13),
    "v2_3_1_frame": dict(config=V2_3, frames=1, size=(32, 96), stride=5),
    "v2_3_9_frames": dict(config=V2_3, frames=9, size=(96, 32), stride=7),
    "v2_3_17_frames": dict(config=V2_3, frames=17, size=(32, 32), stride=7),
    "v2_5_1_frame": dict(config=V2_5, frames=1, size=(32, 32), stride=3),
    "v2_5_9_frames": dict(config=V2_5, frames=9, size=(32, 96), stride=7),
    "v2_5_17_frames": dict(config=V2_5, frames=17, size=(96, 64), stride=13),
}

UPSCALER = dict(in_channels=8, mid_channels=64, num_blocks_per_stage=1, dims=3)
UPSCALERS = {
    "upscaler_rational_x2": dict(config=UPSCALER | dict(use_rational_resampler=True, rational_spatial_scale=2.0)),
    "upscaler_rational_x1_5": dict(config=UPSCALER | dict(use_rational_resampler=True, rational_spatial_scale=1.5)),
    "upscaler_rational_x0_75": dict(config=UPSCALER | dict(use_rational_resampler=True, rational_spatial_scale=0.75)),
    "upscaler_side": dict(config=UPSCALER | dict(use_rational_resampler=False, num_blocks_per_stage=2)),
    "upscaler_side_per_frame": dict(config=UPSCALER | dict(use_rational_resampler=False, dims=2)),
    "upscaler_frames": dict(config=UPSCALER | dict(spatial_upsample=False, temporal_upsample=True)),
    "upscaler_both": dict(config=UPSCALER | dict(temporal_upsample=True)),
}
UPSCALED = (1, 8, 3, 4, 5)


def original(key, encoder_stages):
    """The name of a key of diffusers in the original release."""
    rules = [
        (r"^latents_mean$", lambda m: "per_channel_statistics.mean-of-means"),
        (r"^latents_std$", lambda m: "per_channel_statistics.std-of-means"),
        (r"^encoder\.mid_block\.resnets", lambda m: f"encoder.down_blocks.{2 * encoder_stages}.res_blocks"),
        (r"^decoder\.mid_block\.resnets", lambda m: "decoder.up_blocks.0.res_blocks"),
        (r"^encoder\.down_blocks\.(\d+)\.resnets", lambda m: f"encoder.down_blocks.{2 * int(m[1])}.res_blocks"),
        (r"^encoder\.down_blocks\.(\d+)\.downsamplers\.0", lambda m: f"encoder.down_blocks.{2 * int(m[1]) + 1}"),
        (r"^decoder\.up_blocks\.(\d+)\.resnets", lambda m: f"decoder.up_blocks.{2 * int(m[1]) + 2}.res_blocks"),
        (r"^decoder\.up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"decoder.up_blocks.{2 * int(m[1]) + 1}"),
    ]
    for pattern, replacement in rules:
        if re.search(pattern, key):
            return re.sub(pattern, replacement, key)
    return key


def drawn(module, names):
    """Draws every parameter. The kernel of the blur is a constant."""
    with torch.no_grad():
        for key, value in module.state_dict().items():
            if not key.endswith("blur_down.kernel"):
                value.copy_(parameter(names[key], tuple(value.shape)))
                assert (value != 0).all(), key
    return module.eval()


def normalised(model, latents):
    return (latents - model.latents_mean.view(1, -1, 1, 1, 1)) / model.latents_std.view(1, -1, 1, 1, 1)


def make_autoencoder(name, case, tensors):
    model = AutoencoderKLLTX2Video(**case["config"])
    stages = len(case["config"]["block_out_channels"])
    case["names"] = {key: original(key, stages) for key in model.state_dict()}
    drawn(model, case["names"])
    frames = torch.from_numpy(uniform("frames", (1, 3, case["frames"], *case["size"])))
    latents = model.encode(frames).latent_dist.mode()
    tensors[name + ".encoded"] = normalised(model, latents)
    decoded = model.decode(normal_like("latents", latents.shape)).sample
    assert decoded.shape == frames.shape, decoded.shape
    tensors[name + ".decoded"] = decoded[..., :: case["stride"], :: case["stride"]]
    tensors[name + ".latents"] = normalised(model, normal_like("latents", latents.shape))


def released_numbers():
    """The number of parameters of the released shapes, without their memory."""
    numbers = {}
    shapes = {
        "v2_0": V2_0 | dict(
            block_out_channels=(256, 512, 1024, 2048), layers_per_block=(4, 6, 6, 2, 2),
            decoder_block_out_channels=(256, 512, 1024), decoder_layers_per_block=(5, 5, 5, 5),
        ),
        "v2_3": V2_3 | dict(
            block_out_channels=(256, 512, 1024, 1024), layers_per_block=(4, 6, 4, 2, 2),
            decoder_block_out_channels=(256, 512, 512, 1024), decoder_layers_per_block=(4, 6, 4, 2, 2),
        ),
    }
    for name, config in shapes.items():
        with torch.device("meta"):
            model = AutoencoderKLLTX2Video(**config | dict(latent_channels=128))
        numbers[name] = sum(value.numel() for value in model.state_dict().values())
    return numbers


def make():
    tensors = {}
    with torch.no_grad():
        for name, case in CASES.items():
            make_autoencoder(name, case, tensors)
        for name, case in UPSCALERS.items():
            model = LTX2LatentUpsamplerModel(**case["config"])
            drawn(model, {key: key for key in model.state_dict()})
            tensors[name] = model(normal_like("small", UPSCALED))
    return tensors, dict(autoencoders=CASES, upscalers=UPSCALERS, released=released_numbers())
