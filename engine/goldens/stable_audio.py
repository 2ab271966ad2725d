"""Goldens of Stable Audio 3: outputs of diffusers' StableAudio3DiTModel, AutoencoderSAME, duration embedder and
pipelines, and of transformers' T5Gemma encoder, for tiny networks of drawn weights."""

import torch
from diffusers import (
    AutoencoderSAME,
    FlowMatchEulerDiscreteScheduler,
    StableAudio3DiTModel,
    StableAudio3InpaintPipeline,
    StableAudio3Pipeline,
)
from diffusers.pipelines.stable_audio_3.modeling_stable_audio_3 import StableAudio3DurationEmbedder
from diffusers.pipelines.stable_audio_3.pipeline_stable_audio_3 import logsnr_sigma_schedule
from transformers import T5GemmaConfig, T5GemmaEncoderModel

from drawn import fill, normal_like, uniform

DIT = dict(
    io_channels=8, patch_size=1, embed_dim=32, depth=3, num_heads=4, cond_token_dim=24, global_cond_dim=24,
    local_add_cond_dim=9, timestep_features_dim=16, ff_mult=2.0, num_memory_tokens=3, use_differential_attention=True,
)
TRANSFORMERS = {
    "small": dict(config=DIT, length=21, local=False),
    "inpainting": dict(config=DIT, length=20, local=True),
    "plain": dict(
        config=DIT | dict(patch_size=2, num_memory_tokens=0, use_differential_attention=False), length=14, local=False
    ),
}

SAME = dict(
    audio_channels=2, patch_size=4, encoder_channels=8, encoder_c_mults=[3], encoder_strides=[4],
    encoder_transformer_depths=[2], latent_dim=8, use_differential_attention=True, dim_heads=8, ff_mult=3,
    sliding_window=1, encoder_sinusoidal_blocks=[0], decoder_sinusoidal_blocks=[0], sampling_rate=160,
)
AUTOENCODERS = {
    "small": dict(config=SAME, samples=330),
    "large": dict(config=SAME | dict(encoder_transformer_depths=[4], decoder_sinusoidal_blocks=[3]), samples=320),
    # Its first level has no mapping, since the width stays the same.
    "two_levels": dict(
        config=SAME | dict(
            encoder_channels=4, encoder_c_mults=[2, 3], encoder_strides=[2, 3], encoder_transformer_depths=[1, 2],
            sliding_window=2, use_differential_attention=False, dim_heads=4, encoder_sinusoidal_blocks=[2],
        ),
        samples=293,
    ),
}

TEXT = dict(
    vocab_size=60, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=9, sliding_window=3, attn_logit_softcapping=5.0,
    rope_parameters=dict(rope_type="default", rope_theta=10000.0),
)
PROMPTS = {"a_prompt": [2, 17, 44, 5, 59, 23, 8, 31, 12], "one_token": [2]}
TEXT_LENGTH = 256

DURATION = dict(output_dim=24, fourier_dim=16, min_val=0.0, max_val=384.0)
SECONDS = [0.0, 0.37, 2.35, 120.0, 384.0, 500.0]

SIGMAS = {"distilled": (8, -6.2, 2.0), "base": (100, -6.2, 2.0), "one_step": (1, -6.2, 2.0), "other": (5, -4.0, 3.5)}

BASE = dict(prompt="a_prompt", seconds=2.35, seed=7, stochastic=True)
PIPELINES = {
    "distilled": BASE,
    "base": BASE | dict(stochastic=False, steps=5, guidance=2.5, negative="one_token", seed=12345678901),
    "base_unguided": BASE | dict(stochastic=False, steps=3),
    "inpainted": BASE | dict(given=376, ranges=[[0.5, 0.95], [1.7, 2.1]]),
    "continued": BASE | dict(given=150, ranges=[[150 / 160, 2.35]], seed=3),
    "given_too_much": BASE | dict(given=500, ranges=[[1.0, 9.0]], stochastic=False, steps=4),
}


def quiet(model):
    """Waves inside [-1, 1], so that the clamp hides nothing; the same in Rust."""
    with torch.no_grad():
        last = model.decoder.blocks[-1].mapping
        for parameter in [last.weight_g, last.bias] if hasattr(last, "weight_g") else []:
            parameter.mul_(0.4)
    return model


def own(key):
    return key


SHAPES = {}


def kept(name, model):
    """Remembers the keys of a model and their shapes: the tests write files of exactly these."""
    SHAPES[name] = {key: list(value.shape) for key, value in model.state_dict().items()}
    return model


def same(config):
    return quiet(fill(AutoencoderSAME(**config), own))


def text_encoder():
    config = T5GemmaConfig(
        encoder=TEXT, decoder=TEXT, is_encoder_decoder=False, vocab_size=60, attn_implementation="eager"
    )
    return fill(T5GemmaEncoderModel(config), own)


def padded(encoder, tokens):
    """The embeddings of 256 tokens, padded on the left as Gemma's tokenizer does, and their mask."""
    missing = TEXT_LENGTH - len(tokens)
    ids, mask = torch.tensor([[0] * missing + tokens]), torch.tensor([[0] * missing + [1] * len(tokens)])
    return encoder(ids, attention_mask=mask)[0], mask


def transformers(tensors):
    for name, case in TRANSFORMERS.items():
        model = kept("transformer." + name, fill(StableAudio3DiTModel(**case["config"]), own))
        length = case["length"]
        mask = torch.tensor([[0, 0, 1, 1, 1, 1]])
        local = normal_like("local", (1, 9, length)) if case["local"] else None
        tensors["transformer." + name] = model(
            normal_like("latents", (1, 8, length)), torch.tensor([0.7]),
            encoder_hidden_states=normal_like("context", (1, 6, 24)),
            global_hidden_states=normal_like("global", (1, 24)), encoder_attention_mask=mask, local_add_cond=local,
        ).sample


def autoencoders(tensors):
    for name, case in AUTOENCODERS.items():
        model = kept("autoencoder." + name, same(case["config"]))
        wave = torch.from_numpy(uniform("wave", (1, 2, case["samples"])))
        tensors[f"autoencoder.{name}.encoded"] = model.encode(wave).latents
        tensors[f"autoencoder.{name}.decoded"] = model.decode(normal_like("latents", (1, 8, 19))).sample


def run(case, encoder, duration):
    scheduler = FlowMatchEulerDiscreteScheduler(
        num_train_timesteps=1, shift=1.0, stochastic_sampling=case["stochastic"]
    )
    kind = StableAudio3InpaintPipeline if "given" in case else StableAudio3Pipeline
    pipe = kind(
        vae=same(SAME), text_encoder=encoder, tokenizer=None, duration_embedder=duration,
        transformer=fill(StableAudio3DiTModel(**DIT), own), scheduler=scheduler,
    )
    pipe.set_progress_bar_config(disable=True)
    embeds, mask = padded(encoder, PROMPTS[case["prompt"]])
    inputs = dict(
        prompt_embeds=embeds, encoder_attention_mask=mask, duration=case["seconds"],
        num_inference_steps=case.get("steps"),
    )
    if "given" in case:
        starts, ends = zip(*case["ranges"])
        wave = torch.from_numpy(uniform("given", (1, 2, case["given"])))
        inputs |= dict(audio=wave, mask_start_seconds=list(starts), mask_end_seconds=list(ends))
    elif "guidance" in case:
        embeds, mask = padded(encoder, PROMPTS[case["negative"]])
        inputs |= dict(
            guidance_scale=case["guidance"], negative_prompt_embeds=embeds, negative_encoder_attention_mask=mask
        )
    made = {}

    def keep(_pipe, _step, _timestep, tensors):
        made["latents"] = tensors["latents"]
        return tensors

    generator = torch.Generator().manual_seed(case["seed"])
    wave = pipe(**inputs, generator=generator, callback_on_step_end=keep).audios
    clamped = (wave.abs() >= 1).float().mean().item()
    assert clamped < 0.02, clamped
    return made["latents"], wave


def make():
    tensors = {}
    with torch.no_grad():
        transformers(tensors)
        autoencoders(tensors)
        encoder = kept("text", text_encoder())
        for name, tokens in PROMPTS.items():
            tensors["text." + name] = padded(encoder, tokens)[0][:, TEXT_LENGTH - len(tokens) :]
        duration = kept("duration", fill(StableAudio3DurationEmbedder(**DURATION), own))
        tensors["duration"] = duration(torch.tensor(SECONDS))
        for name, (steps, least, most) in SIGMAS.items():
            scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0)
            scheduler.set_timesteps(sigmas=logsnr_sigma_schedule(steps, least, most))
            tensors["sigmas." + name] = scheduler.sigmas
        for name, case in PIPELINES.items():
            latents, wave = run(case, encoder, duration)
            tensors[f"pipeline.{name}.latents"], tensors[f"pipeline.{name}.wave"] = latents, wave
    notes = dict(
        transformers=TRANSFORMERS, autoencoders=AUTOENCODERS, text=TEXT, prompts=PROMPTS, duration=DURATION,
        seconds=SECONDS, sigmas=SIGMAS, pipelines=PIPELINES, shapes=SHAPES,
    )
    return tensors, notes
