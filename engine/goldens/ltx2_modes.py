"""Goldens of the further modes of LTX-2, for the tiny models of ltx2_pipeline.py: two stages with the latent upscaler,
a reference video, pictures for a given sound, and ranges that are made again or added to a clip.

The first two are pipelines of diffusers. For the others it has none: LTX2Pipeline runs with given tokens, as
Lightricks/LTX-2 does it (`TemporalRegionMask`, `LatentState.frozen`): their timestep is 0, they are put back after each
step, and the sigma of a stream that is given as a whole is 0."""

import numpy as np
import torch
from diffusers import (
    LTX2ConditionPipeline,
    LTX2InContextPipeline,
    LTX2LatentUpsamplePipeline,
    LTX2Pipeline,
)
from diffusers.pipelines.ltx2 import pipeline_ltx2_condition, pipeline_ltx2_ic_lora
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition
from diffusers.pipelines.ltx2.utils import STAGE_2_DISTILLED_SIGMA_VALUES
from PIL import Image

import ltx2_audio
import ltx2_pipeline as base
import ltx2_text
import ltx2_vae
from drawn import normal_like
from pipeline import picture

ALL, BASE, NEGATIVE = base.ALL, base.BASE, base.NEGATIVE
TWO = BASE | dict(mode="two_stages", distilled=True, width=128, height=128, upscaler="upscaler_rational_x2")
GIVEN = BASE | dict(mode="given", width=64, height=64)
# Flat pictures by their colours: they are the same at every size.
RED, GREEN, BLUE = [200, 40, 60], [30, 180, 90], [50, 70, 220]
CASES = {
    "2.0_two_stages": TWO | dict(version="2.0"),
    "2.3_two_stages": TWO | dict(upscaler="upscaler_side", flat={"0": RED, "1": GREEN}),
    "2.5_two_stages": TWO | ALL | dict(version="2.5", negative=NEGATIVE, frames=1),
    "2.3_reference": BASE | ALL | dict(
        mode="reference", negative=NEGATIVE, width=128, height=64, factor=2, flat={"1": BLUE}),
    "2.5_reference": BASE | dict(mode="reference", version="2.5", width=64, height=96, factor=1, flat={"0": RED}),
    "2.0_picture_of_sound": GIVEN | dict(version="2.0", makes="picture", sound=6000),
    "2.3_picture_of_sound": GIVEN | ALL | dict(negative=NEGATIVE, makes="picture", sound=9000),
    "2.3_retake": GIVEN | ALL | dict(
        negative=NEGATIVE, makes="both", frames=25, source=25, sound=17000, retake=[9, 17]),
    "2.0_retake_of_picture": GIVEN | dict(
        version="2.0", makes="picture", frames=17, source=17, sound=12000, retake=[1, 9]),
    "2.5_retake_of_sound": GIVEN | ALL | dict(
        version="2.5", negative=NEGATIVE, makes="sound", source=9, sound=7000, retake=[3, 6]),
    "2.3_extended": GIVEN | dict(makes="both", frames=25, source=17, at=8, sound=11333),
    "2.5_longer": GIVEN | dict(version="2.5", makes="both", frames=25, source=12, at=-3),
}
FLAT_REFERENCE = [RED, GREEN, BLUE]
SOUND_RATE = 16000


def flat(colour, case):
    return Image.new("RGB", (case["width"], case["height"]), tuple(colour))


def pipe_of(kind, case, parts, tokenizer):
    pipe = kind(**parts, tokenizer=tokenizer, scheduler=base.scheduler(case))
    pipe.set_progress_bar_config(disable=True)
    pipe._callback_tensor_inputs = ["latents", "audio_latents"]
    return pipe


def conditions(case):
    frames = case.get("flat", {}).items()
    # By latent frame: 1 is frame 1.
    return [LTX2VideoCondition(flat(colour, case), (int(frame) + 7) // 8, 1.0, 0) for frame, colour in frames]


def final(pipe, arguments, case, channels_of_sound):
    """The final latents of picture and sound."""
    made = {}

    def keep(_pipe, _step, _timestep, tensors):
        made.update({name: tensor.clone() for name, tensor in tensors.items()})
        return tensors

    pipe(**arguments, callback_on_step_end=keep, callback_on_step_end_tensor_inputs=["latents", "audio_latents"])
    size = [(case["frames"] - 1) // 8 + 1, case["height"] // 32, case["width"] // 32]
    latents = made["latents"][:, : size[0] * size[1] * size[2]].unflatten(1, size).permute(0, 4, 1, 2, 3)
    return latents, made["audio_latents"].unflatten(2, (channels_of_sound, -1)).transpose(1, 2)


def two_stages(case, parts, tokenizer):
    half = case | dict(width=case["width"] // 2, height=case["height"] // 2)
    generator = torch.Generator().manual_seed(case["seed"])
    given = "flat" in case
    kind = LTX2ConditionPipeline if given else LTX2Pipeline

    def arguments(stage, **more):
        more |= dict(conditions=conditions(stage)) if given else {}
        return base.arguments(stage, parts["transformer"]) | dict(generator=generator, output_type="latent") | more

    usual = pipeline_ltx2_condition.randn_tensor
    pipeline_ltx2_condition.randn_tensor = base.noise_of(half)
    try:
        small, sound = pipe_of(kind, case, parts, tokenizer)(**arguments(half), return_dict=False)
    finally:
        pipeline_ltx2_condition.randn_tensor = usual
    upscaler = LTX2LatentUpsamplerModel(**ltx2_vae.UPSCALERS[case["upscaler"]]["config"])
    ltx2_vae.drawn(upscaler, {key: key for key in upscaler.state_dict()})
    larger = LTX2LatentUpsamplePipeline(vae=parts["vae"], latent_upsampler=upscaler)(
        latents=small, width=half["width"], height=half["height"], num_frames=case["frames"], output_type="latent",
        return_dict=False,
    )[0]
    second = arguments(
        case, latents=larger, audio_latents=sound, sigmas=STAGE_2_DISTILLED_SIGMA_VALUES, num_inference_steps=3,
        noise_scale=STAGE_2_DISTILLED_SIGMA_VALUES[0],
    )
    return final(pipe_of(kind, case, parts, tokenizer), second, case, base.AUDIO["latent_channels"])


def reference(case, parts, tokenizer):
    colours = (FLAT_REFERENCE[at % 3] for at in range(case["frames"]))
    video = LTX2ReferenceCondition(frames=[flat(colour, case) for colour in colours])
    draw = pipeline_ltx2_ic_lora.randn_tensor

    def drawn(shape, **more):
        """Channel by channel, as the other pipelines draw."""
        batch, tokens, channels = shape
        if channels == base.WIDTHS["audio_in_channels"]:
            noise = draw((batch, base.AUDIO["latent_channels"], tokens, base.AUDIO["mel_bins"] // 4), **more)
            return noise.transpose(1, 2).flatten(2, 3)
        return draw((batch, channels, tokens), **more).transpose(1, 2)

    arguments = base.arguments(case, parts["transformer"]) | dict(
        conditions=conditions(case), reference_conditions=[video], reference_downscale_factor=case["factor"],
        output_type="latent",
    )
    pipeline_ltx2_ic_lora.randn_tensor = drawn
    try:
        return final(
            pipe_of(LTX2InContextPipeline, case, parts, tokenizer), arguments, case, base.AUDIO["latent_channels"])
    finally:
        pipeline_ltx2_ic_lora.randn_tensor = draw


def is_remade(case, frame):
    start, end = case.get("retake", [0, 0])
    return start <= frame < end


def given_picture(case, vae):
    """Tokens of the source, and 1 for each that is kept."""
    frames, count, at = case["frames"], case.get("source", 0), case.get("at", 0)
    latent_frames = (frames - 1) // 8 + 1
    per_frame = case["width"] // 32 * (case["height"] // 32)
    if count == 0:
        tokens = torch.zeros(1, latent_frames * per_frame, vae.config.latent_channels)
        return tokens, tokens[..., 0]
    nearest = [min(max(frame - at, 0), count - 1) for frame in range(frames)]
    pictures = [np.asarray(picture(f"s{index}", case["width"], case["height"])) for index in nearest]
    video = torch.from_numpy(np.stack(pictures)).float().permute(3, 0, 1, 2)[None] / 127.5 - 1
    latents = vae.encode(video).latent_dist.mode()
    latents = LTX2Pipeline._normalize_latents(latents, vae.latents_mean, vae.latents_std)
    whole = case["makes"] == "sound"
    inside = [0 <= frame - at < count and (whole or not is_remade(case, frame)) for frame in range(frames)]
    kept = [all(inside[max(0, 8 * latent - 7) : 8 * latent + 1]) for latent in range(latent_frames)]
    mask = torch.tensor(kept).float().repeat_interleave(per_frame)[None]
    return LTX2Pipeline._pack_latents(latents), mask


def given_sound(case, vae):
    """The same of the sound."""
    rate, seconds = case["rate"], case["frames"] / case["rate"]
    count = round(seconds * 25)
    width = base.WIDTHS["audio_in_channels"]
    if "sound" not in case:
        return torch.zeros(1, count, width), torch.zeros(1, count)
    wave = normal_like("source sound", (2, case["sound"])) * 0.1
    begin = case.get("at", 0) / rate
    place = round(begin * SOUND_RATE)
    canvas = torch.zeros(2, max(round(seconds * SOUND_RATE), SOUND_RATE))
    part = wave[:, max(0, -place) :][:, : canvas.shape[1] - max(0, place)]
    canvas[:, max(0, place) :][:, : part.shape[1]] = part
    latents = vae.encode(ltx2_audio.log_mel(canvas[None], base.AUDIO["mel_bins"])).latent_dist.mode()
    tokens = LTX2Pipeline._pack_audio_latents(latents)
    tokens = LTX2Pipeline._normalize_audio_latents(tokens, vae.latents_mean, vae.latents_std)[:, :count]
    if case["makes"] == "picture":
        return tokens, torch.ones(1, count)
    starts = [max(4 * token - 3, 0) / 100 for token in range(count + 1)]
    end = begin + case["sound"] / SOUND_RATE
    start_again, end_again = (frame / rate for frame in case.get("retake", [0, 0]))

    def is_kept(token):
        first, last = starts[token], starts[token + 1]
        return begin <= first + 1e-5 and last <= end + 1e-5 and not (last > start_again and first < end_again)

    return tokens, torch.tensor([is_kept(token) for token in range(count)]).float()[None]


def imposed(latents, given):
    tokens, mask = given
    return latents * (1 - mask[..., None]) + tokens * mask[..., None]


def with_given(case, parts, tokenizer):
    of_picture, of_sound = given_picture(case, parts["vae"]), given_sound(case, parts["audio_vae"])
    no_picture = case["makes"] == "sound"
    no_sound = case["makes"] == "picture" and "sound" in case
    pipe, transformer = pipe_of(LTX2Pipeline, case, parts, tokenizer), parts["transformer"]
    first_picture, first_sound, usual = pipe.prepare_latents, pipe.prepare_audio_latents, transformer.forward
    # What is not made has no noise.
    pipe.prepare_latents = lambda *args, **more: (
        of_picture[0].clone() if no_picture else imposed(first_picture(*args, **more), of_picture))
    pipe.prepare_audio_latents = lambda *args, **more: imposed(first_sound(*args, **more), of_sound)

    def forward(sigma, **more):
        def times(given):
            return (sigma[:1, None] * (1 - given[1])).expand(len(sigma), -1)

        return usual(**more | dict(
            timestep=times(of_picture), audio_timestep=times(of_sound), sigma=sigma * (not no_picture),
            audio_sigma=sigma * (not no_sound),
        ))

    made = {}

    def keep(_pipe, _step, _timestep, tensors):
        tensors["latents"] = imposed(tensors["latents"], of_picture)
        tensors["audio_latents"].copy_(imposed(tensors["audio_latents"], of_sound))
        made.update({name: tensor.clone() for name, tensor in tensors.items()})
        return tensors

    transformer.forward = forward
    try:
        pipe(
            **base.arguments(case, transformer) | dict(output_type="latent"), callback_on_step_end=keep,
            callback_on_step_end_tensor_inputs=["latents", "audio_latents"],
        )
    finally:
        del transformer.forward
    size = [(case["frames"] - 1) // 8 + 1, case["height"] // 32, case["width"] // 32]
    latents = made["latents"].unflatten(1, size).permute(0, 4, 1, 2, 3)
    sound = made["audio_latents"].unflatten(2, (base.AUDIO["latent_channels"], -1)).transpose(1, 2)
    return latents, sound


MODES = dict(two_stages=two_stages, reference=reference, given=with_given)


def make():
    tensors = {}
    tokenizer = ltx2_text.tokenizer_of(ltx2_text.train_sentencepiece())
    built = {version: base.build(version, len(tokenizer)) for version in base.VERSIONS}
    for name, case in CASES.items():
        with torch.no_grad():
            latents, sound = MODES[case["mode"]](case, built[case["version"]], tokenizer)
        assert torch.isfinite(latents).all() and torch.isfinite(sound).all(), name
        makes = case.get("makes", "both")
        if makes != "sound":
            tensors[f"{name}.latents"] = latents
        if makes != "picture":
            tensors[f"{name}.sound_latents"] = sound
    used = {case["upscaler"] for case in CASES.values() if "upscaler" in case}
    upscalers = {name: ltx2_vae.UPSCALERS[name]["config"] for name in used}
    return tensors, dict(cases=CASES, upscalers=upscalers, reference=FLAT_REFERENCE)
