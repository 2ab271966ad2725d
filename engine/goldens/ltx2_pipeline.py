"""Goldens of whole clips of LTX-2: latents, frames and sound of diffusers' LTX2Pipeline, LTX2ImageToVideoPipeline and
LTX2ConditionPipeline for tiny models of drawn weights, in the forms of LTX-2.0, 2.3 and 2.5."""

import json

import torch
from diffusers import (
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2ConditionPipeline,
    LTX2ImageToVideoPipeline,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.models.autoencoders.autoencoder_kl_ltx2_audio import AutoencoderKLLTX2Audio
from diffusers.pipelines.ltx2 import pipeline_ltx2_condition
from diffusers.pipelines.ltx2.connectors import LTX2TextConnectors
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder, LTX2VocoderWithBWE
from transformers import Gemma3TextConfig, Gemma3TextModel
from transformers.models.gemma4_unified import Gemma4UnifiedTextConfig, Gemma4UnifiedTextModel

import ltx2_audio
import ltx2_text
import ltx2_transformer
import ltx2_vae
from drawn import fill
from pipeline import picture

NEGATIVE = "blurry, static, worst quality"
ALL = dict(cfg=[3.0, 7.0], stg=[1.0, 1.0], modality=[3.0, 3.0], rescale=[0.7, 0.7])
BASE = dict(
    version="2.3", prompt="A red fox runs through tall grass, golden hour, 35mm", frames=9, width=96, height=64, rate=24,
    seed=7, steps=3, cfg=[1.0, 1.0], stg=[0.0, 0.0], modality=[1.0, 1.0], rescale=[0.0, 0.0],
)
CASES = {
    "2.0": BASE | dict(version="2.0"),
    "2.0_guided": BASE | ALL | dict(version="2.0", negative=NEGATIVE, steps=4, rate=25),
    "2.3": BASE | dict(frames=17, width=64, height=64),
    "2.3_guided": BASE | ALL | dict(negative=NEGATIVE, seed=12345678901),
    "2.3_distilled": BASE | dict(distilled=True, rate=30),
    "2.5": BASE | dict(version="2.5", steps=4),
    "2.0_first_frame": BASE | dict(version="2.0", keyframes={"0": "one"}),
    "2.3_first_frame": BASE | ALL | dict(keyframes={"0": "one"}, negative=NEGATIVE),
    "2.3_keyframes": BASE | ALL | dict(keyframes={"0": "one", "1": "two", "9": "three"}, frames=17, width=64),
    "2.5_keyframe": BASE | dict(version="2.5", keyframes={"1": "two"}),
    "2.3_sound_of_clip": BASE | ALL | dict(clip=True, negative=NEGATIVE),
    "2.5_guided": BASE | ALL | dict(version="2.5", negative=NEGATIVE, rate=50, rescale=[0.7, 0.5]),
}

AUDIO = dict(base_channels=16, ch_mult=(1, 2, 4), num_res_blocks=2, latent_channels=4, mel_bins=16)
WIDTHS = dict(in_channels=8, out_channels=8, audio_in_channels=16, audio_out_channels=16)
WIDER = WIDTHS | dict(
    attention_head_dim=16, cross_attention_dim=32, audio_attention_head_dim=8, audio_cross_attention_dim=16,
)
# The reference ignores a perturbation of LTX-2.0 without this setting, which has no parameters.
OLD = ltx2_transformer.V20 | WIDTHS | dict(caption_channels=24, perturbed_attn=True)
# Version: transformer, autoencoder, connectors, vocoder, generation of Gemma.
VERSIONS = {
    "2.0": (OLD, ltx2_vae.V2_0, ("2.0", 8), ltx2_audio.PLAIN, 3),
    "2.3": (ltx2_transformer.V23 | WIDER, ltx2_vae.V2_3, ("2.3", 8), ltx2_audio.BANDS, 3),
    "2.5": (ltx2_transformer.V25 | WIDER, ltx2_vae.V2_5, ("2.5", 4), ltx2_audio.BANDS, 4),
}


def gemma(generation, vocabulary):
    small = ltx2_text.SMALL | dict(vocab_size=vocabulary)
    sliding, full = ltx2_text.SLIDING, ltx2_text.FULL
    if generation == 4:
        config = Gemma4UnifiedTextConfig(
            **small, **ltx2_text.FOUR, attention_k_eq_v=True, num_global_key_value_heads=1,
        )
        return fill(Gemma4UnifiedTextModel(config), lambda key: key)
    config = Gemma3TextConfig(
        **small, num_hidden_layers=4, num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=20,
        layer_types=[sliding, sliding, full, sliding], attn_implementation="eager",
        rope_parameters={
            full: dict(rope_type="linear", factor=8.0, rope_theta=1e6),
            sliding: dict(rope_type="default", rope_theta=1e4),
        },
    )
    return fill(Gemma3TextModel(config), lambda key: key)


def build(version, vocabulary):
    """The components of a version, by the folders of save_pretrained, and the configuration of each."""
    transformer, vae, connectors, vocoder, generation = VERSIONS[version]
    autoencoder = AutoencoderKLLTX2Video(**vae, spatial_compression_ratio=32, temporal_compression_ratio=8)
    stages = len(vae["block_out_channels"])
    ltx2_vae.drawn(autoencoder, {key: ltx2_vae.original(key, stages) for key in autoencoder.state_dict()})
    kind = LTX2Vocoder if vocoder is ltx2_audio.PLAIN else LTX2VocoderWithBWE
    return dict(
        transformer=fill(LTX2VideoTransformer3DModel(**transformer), ltx2_transformer.original),
        vae=autoencoder,
        connectors=fill(LTX2TextConnectors(**ltx2_text.connector_config(*connectors)), ltx2_text.original),
        audio_vae=fill(AutoencoderKLLTX2Audio(**AUDIO), ltx2_audio.vae_name),
        vocoder=ltx2_audio.quiet(kind(**vocoder)),
        text_encoder=gemma(generation, vocabulary),
    )


def config_of(module):
    config = module.config
    written = config.to_json_string(use_diff=False) if hasattr(config, "to_json_string") else json.dumps(dict(config))
    return json.loads(written)


def described(parts):
    return {
        name: dict(
            config=config_of(module), shapes={key: list(value.shape) for key, value in module.state_dict().items()},
        )
        for name, module in parts.items()
    }


def scheduler(case):
    if case.get("distilled"):
        return FlowMatchEulerDiscreteScheduler()
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096,
        shift_terminal=0.1,
    )


def arguments(case, transformer):
    """What all pipelines are called with."""
    more = dict(sigmas=DISTILLED_SIGMA_VALUES, num_inference_steps=8) if case.get("distilled") else dict(
        num_inference_steps=case["steps"])
    names = dict(cfg="guidance_scale", stg="stg_scale", modality="modality_scale", rescale="guidance_rescale")
    for ours, theirs in names.items():
        more[theirs], more["audio_" + theirs] = case[ours]
    return more | dict(
        prompt=case["prompt"], negative_prompt=case.get("negative", ""), width=case["width"], height=case["height"],
        num_frames=case["frames"], frame_rate=float(case["rate"]),
        spatio_temporal_guidance_blocks=[transformer.config.num_layers - 1],
        use_cross_timestep=case["version"] != "2.0",
        generator=torch.Generator().manual_seed(case["seed"]), output_type="np",
    )


def run(kind, case, parts, tokenizer, **more):
    """The final latents of picture and sound, the frames and the wave."""
    pipe = kind(**parts, tokenizer=tokenizer, scheduler=scheduler(case))
    pipe.set_progress_bar_config(disable=True)
    pipe._callback_tensor_inputs = ["latents", "audio_latents"]
    made = {}

    def keep(_pipe, _step, _timestep, tensors):
        made.update(tensors)
        return tensors

    output = pipe(
        **arguments(case, parts["transformer"]), **more, callback_on_step_end=keep,
        callback_on_step_end_tensor_inputs=["latents", "audio_latents"],
    )
    size = [(case["frames"] - 1) // 8 + 1, case["height"] // 32, case["width"] // 32]
    latents = made["latents"][:, : size[0] * size[1] * size[2]]
    latents = latents.unflatten(1, size).permute(0, 4, 1, 2, 3)
    channels = AUDIO["latent_channels"]
    sound = made["audio_latents"].unflatten(2, (channels, -1)).transpose(1, 2)
    frames = torch.from_numpy(output.frames[0]).permute(3, 0, 1, 2)  # c f h w in 0..1
    return latents, sound, frames, output.audio


def at_48_khz(wave, case):
    """The wave at the rate of the wire, as long as the clip: cut, or followed by silence."""
    rate = 24000 if case["version"] == "2.0" else 48000
    if rate != 48000:
        wave = ltx2_audio.resampled(wave, rate, 48000)
    samples = round(case["frames"] / case["rate"] * 48000)
    wave = torch.nn.functional.pad(wave[..., :samples], (0, max(0, samples - wave.shape[-1])))
    return wave.clamp(-1, 1)


# Of the stored samples, and of the rows and columns of the stored frames.
WAVE_STRIDE, FRAME_STRIDE = 29, 7


def noise_of(case):
    """Noise for LTX2ConditionPipeline in the order of the other pipelines: channel by channel, the latent frames of keyframes
    after those of the clip. That of a finished clip has no part in the result and is not drawn."""
    draw = pipeline_ltx2_condition.randn_tensor

    def drawn(shape, **more):
        if len(shape) != 3:
            return draw(shape, **more)
        batch, tokens, channels = shape
        if channels == WIDTHS["audio_in_channels"]:
            noise = draw((batch, AUDIO["latent_channels"], tokens, AUDIO["mel_bins"] // 4), **more)
            return noise.transpose(1, 2).flatten(2, 3)
        if case.get("clip"):
            return torch.zeros(shape)
        rows, columns = case["height"] // 32, case["width"] // 32
        noise = draw((batch, channels, tokens // (rows * columns), rows, columns), **more)
        return noise.permute(0, 2, 3, 4, 1).flatten(1, 3)

    return drawn


def run_case(case, parts, tokenizer):
    named = lambda name: picture(name, case["width"], case["height"])
    keyframes = case.get("keyframes", {})
    if list(keyframes) == ["0"]:
        more = dict(image=named(keyframes["0"]), image_crf=0)
        return run(LTX2ImageToVideoPipeline, case, parts, tokenizer, **more)
    if not keyframes and "clip" not in case:
        return run(LTX2Pipeline, case, parts, tokenizer)
    # By latent frame: 1 is frame 1, 2 is frame 9.
    conditions = [LTX2VideoCondition(named(name), (int(frame) + 7) // 8, 1.0, 0) for frame, name in keyframes.items()]
    if "clip" in case:
        frames = [named(f"c{at}") for at in range(case["frames"])]
        conditions = [LTX2VideoCondition(frames, 0, 1.0, 0)]
    usual, transformer = pipeline_ltx2_condition.randn_tensor, parts["transformer"]
    pipeline_ltx2_condition.randn_tensor = noise_of(case)
    if "clip" in case:
        # The noise level of a picture that is given as a whole is 0 (Lightricks/LTX-2, `modality_from_latent_state`).
        forward = transformer.forward
        transformer.forward = lambda sigma, **more: forward(**more | dict(sigma=0 * sigma, audio_sigma=sigma))
    try:
        return run(LTX2ConditionPipeline, case, parts, tokenizer, conditions=conditions)
    finally:
        pipeline_ltx2_condition.randn_tensor = usual
        vars(transformer).pop("forward", None)


def keep_case(name, tensors, made, case):
    latents, sound, frames, wave = made
    assert all(torch.isfinite(part).all() for part in made), name
    assert 0.02 < wave.abs().mean(), name
    tensors[f"{name}.sound_latents"] = sound
    if "clip" not in case:
        tensors[f"{name}.latents"] = latents
        tensors[f"{name}.frames"] = frames[..., ::FRAME_STRIDE, ::FRAME_STRIDE].half()
    tensors[f"{name}.wave"] = at_48_khz(wave.float(), case)[0, :, ::WAVE_STRIDE]


def make():
    tensors, notes = {}, dict(versions={}, cases=CASES, quieter=ltx2_audio.QUIETER, strides=[WAVE_STRIDE, FRAME_STRIDE])
    proto = ltx2_text.train_sentencepiece()
    tokenizer = ltx2_text.tokenizer_of(proto)
    notes["vocabulary"] = vocabulary = len(tokenizer)
    built = {version: build(version, vocabulary) for version in VERSIONS}
    notes["versions"] = {version: described(parts) for version, parts in built.items()}
    for name, case in CASES.items():
        parts = built[case["version"]]
        keep_case(name, tensors, run_case(case, parts, tokenizer), case)
    return tensors, notes
