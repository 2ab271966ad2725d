"""Goldens of LTX-2's sound: outputs of diffusers' AutoencoderKLLTX2Audio, LTX2Vocoder and LTX2VocoderWithBWE for drawn
weights, and of the log-mel spectrogram that LTX-2 makes with torchaudio (by transformers' mel filters and torch.stft)."""

import math

import torch
from diffusers.models.autoencoders.autoencoder_kl_ltx2_audio import AutoencoderKLLTX2Audio
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder, LTX2VocoderWithBWE
from transformers.audio_utils import mel_filter_bank

from drawn import fill, normal_like, uniform

# The reference keeps as many statistics as the base width, so base = latent channels x mel bins / 4.
VAES = {
    "usual": dict(config=dict(base_channels=16, ch_mult=(1, 2, 4), num_res_blocks=2, latent_channels=4, mel_bins=16),
                  latents=5, frames=17),
    "one_latent": dict(config=dict(base_channels=16, ch_mult=(1, 2, 4), num_res_blocks=2, latent_channels=4,
                                   mel_bins=16), latents=1, frames=1),
    "odd": dict(config=dict(base_channels=24, ch_mult=(2, 1, 3), num_res_blocks=1, latent_channels=3, mel_bins=32),
                latents=7, frames=23),
    "mono": dict(config=dict(base_channels=8, ch_mult=(1, 1, 2), num_res_blocks=3, latent_channels=2, mel_bins=16,
                             in_channels=1, output_channels=1, double_z=False), latents=4, frames=14),
}

PLAIN = dict(in_channels=32, hidden_channels=64, upsample_kernel_sizes=[16, 15, 8, 4, 4],
             upsample_factors=[6, 5, 2, 2, 2])
BANDS = dict(
    in_channels=32, hidden_channels=64, upsample_kernel_sizes=[11, 4, 4, 4, 4, 4],
    upsample_factors=[5, 2, 2, 2, 2, 2], bwe_in_channels=16, bwe_hidden_channels=32,
    bwe_upsample_kernel_sizes=[12, 11, 4, 4, 4], bwe_upsample_factors=[6, 5, 2, 2, 2], num_mel_channels=8,
)
# Waves are stored with every `stride`-th sample, so that the file stays small. A stride without a common divisor with
# the factors meets every place of a stage.
VOCODERS = {
    "plain": dict(config=PLAIN, bins=16, frames=5, stride=7),
    "plain_one_frame": dict(config=PLAIN, bins=16, frames=1, stride=1),
    "plain_dilated": dict(config=PLAIN | dict(hidden_channels=16, upsample_kernel_sizes=[7, 4], upsample_factors=[3, 2],
                                              resnet_kernel_sizes=[5, 3], resnet_dilations=[[1, 2], [4, 1]]),
                          bins=16, frames=9, stride=1),
    "bands": dict(config=BANDS, bins=16, frames=5, stride=7),
    "bands_one_frame": dict(config=BANDS, bins=16, frames=1, stride=1),
    # A window of another length, and mono.
    "bands_mono": dict(config=BANDS | dict(in_channels=16, out_channels=1, bwe_out_channels=1, bwe_in_channels=8,
                                           filter_length=256, window_length=256), bins=16, frames=3, stride=7),
}

WAVES = {"one_second": dict(samples=16000, bins=64), "short": dict(samples=513, bins=16),
         "odd": dict(samples=7001, bins=32)}
RATES = {"48000": dict(rate=48000, samples=1001), "44100": dict(rate=44100, samples=997),
         "8000": dict(rate=8000, samples=301)}


def vae_name(key):
    return {"latents_mean": "per_channel_statistics.mean-of-means",
            "latents_std": "per_channel_statistics.std-of-means"}.get(key, key)


def vocoder_name(key):
    words = {"conv_in": "conv_pre", "conv_out": "conv_post", "upsamplers": "ups", "resnets": "resblocks",
             "act_out": "act_post"}
    name = ".".join(words.get(word, word) for word in key.split("."))
    return name.replace("downsample.filter", "downsample.lowpass.filter")


# Weights of vocoders are drawn smaller in these modules, so that waves stay well inside [-1, 1] and neither tanh nor the
# clamp hides anything.
QUIETER = {"convs2.": 0.2, "conv_post.": 1.2, "ups.": 0.5, "lowpass.": 0.7}


def quiet(module):
    fill(module, vocoder_name)
    with torch.no_grad():
        for key, value in module.state_dict().items():
            for part, factor in QUIETER.items():
                if part in vocoder_name(key):
                    value.mul_(factor)
    return module


def vaes(tensors):
    for name, case in VAES.items():
        model = fill(AutoencoderKLLTX2Audio(**case["config"]), vae_name)
        config = model.config
        mean, std = model.latents_mean, model.latents_std
        mel = normal_like("mel", (1, config.in_channels, case["frames"], config.mel_bins))
        posterior = model.encode(mel).latent_dist if config.double_z else None
        latents = posterior.mode() if posterior else model.encoder(mel)
        tokens = latents.transpose(1, 2).flatten(2, 3)
        tensors[f"vae.{name}.encoded"] = (tokens - mean) / std
        tokens = normal_like("tokens", (1, case["latents"], len(mean)))
        raw = (tokens * std + mean).unflatten(2, (config.latent_channels, -1)).transpose(1, 2)
        decoded = model.decode(raw).sample
        assert decoded.shape[2:] == (4 * case["latents"] - 3, config.mel_bins), decoded.shape
        tensors[f"vae.{name}.decoded"] = decoded


def vocoders(tensors):
    for name, case in VOCODERS.items():
        kind = LTX2VocoderWithBWE if name.startswith("bands") else LTX2Vocoder
        model = quiet(kind(**case["config"]))
        sounds = case["config"]["in_channels"] // case["bins"]
        mel = normal_like("mel", (1, sounds, case["frames"], case["bins"]))
        wave = model(mel)
        size = wave.abs().mean().item()
        assert (wave.abs() >= 0.999).float().mean().item() < 0.02, name
        assert size > 0.02, name
        tensors[f"vocoder.{name}"] = wave[..., :: case["stride"]]


def log_mel(wave, bins):
    bank = mel_filter_bank(513, bins, 0.0, 8000.0, 16000, norm="slaney", mel_scale="slaney")
    spectrum = torch.stft(wave[0], 1024, 160, window=torch.hann_window(1024), center=True, pad_mode="reflect",
                          return_complex=True).abs()
    mel = spectrum.transpose(1, 2) @ torch.from_numpy(bank).float()
    return mel.clamp(min=1e-5).log()[None]


def resampled(wave, rate, to=16000):
    """The sum that torchaudio's `resample` computes, written out sample by sample."""
    divisor = math.gcd(rate, to)
    rate, to = rate // divisor, to // divisor
    cutoff = min(rate, to) * 0.99
    samples = wave.shape[-1]
    count = math.ceil(samples * to / rate)
    at = torch.arange(samples, dtype=torch.float64)[None] / rate - torch.arange(count, dtype=torch.float64)[:, None] / to
    time = (at * cutoff).clamp(-6, 6)
    weights = torch.sinc(time) * torch.cos(time * math.pi / 12) ** 2 * cutoff / rate
    return (wave.double() @ weights.T).float()


def make():
    tensors = {}
    with torch.no_grad():
        vaes(tensors)
        vocoders(tensors)
        for name, case in WAVES.items():
            wave = torch.from_numpy(uniform("wave", (1, 2, case["samples"]))) * 0.5
            mel = log_mel(wave, case["bins"])
            case["stride"] = 5 if mel.numel() > 4000 else 1
            tensors[f"mel.{name}"] = mel[:, :, :: case["stride"]]
        for name, case in RATES.items():
            wave = torch.from_numpy(uniform("wave", (1, 2, case["samples"]))) * 0.5
            tensors[f"rate.{name}"] = resampled(wave, case["rate"])
    return tensors, dict(vaes=VAES, vocoders=VOCODERS, waves=WAVES, rates=RATES, quieter=QUIETER)
