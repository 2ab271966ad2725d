"""Goldens of whole generations: outputs of diffusers' pipelines for a tiny model of drawn weights."""

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
)
from PIL import Image

import image
import text
import transformer
import vae
from drawn import fill, uniform

NEGATIVE = "blurry, static, worst quality"
BASE = dict(
    kind="text", prompt="A red fox runs through tall grass", frames=9, width=48, height=32, seed=7,
    steps=2, guidance=1.0, sampler="unipc-diffusers", shift=3.0,
)

CASES = {
    "text_2_steps": BASE,
    "text_4_steps_guided": BASE | dict(steps=4, guidance=6.0, seed=12345678901, frames=5),
    "text_20_steps_negative": BASE | dict(steps=20, guidance=5.0, negative=NEGATIVE, shift=8.0),
    "text_euler": BASE | dict(steps=4, guidance=3.0, sampler="euler", shift=5.0, frames=1),
    "first_frame": BASE | dict(kind="given", first="one", guidance=4.0),
    "first_and_last_frame": BASE | dict(kind="given", first="one", last="two", steps=4),
    "seen_first_frame": BASE | dict(kind="seen", first="one", guidance=4.0),
    "seen_first_and_last_frame": BASE | dict(kind="seen_pair", first="one", last="two", guidance=3.0, steps=4),
    "controlled_by_text_alone": BASE | dict(kind="controlled", guidance=5.0),
    "controlled": BASE | dict(
        kind="controlled", control=["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"], steps=4, guidance=3.0,
        keys={"0": "one", "4": "two"}, references=["tall", "wide"], strength=0.8,
    ),
}

SIZES = {"tall": (16, 48), "wide": (64, 16)}


def picture(name, width, height):
    """A picture of smooth patches, so that errors in scaling show; the same in Rust."""
    width, height = SIZES.get(name, (width, height))
    pixels = np.floor((uniform("picture." + name, (height, width, 3)) + 1) * 127.999)
    return Image.fromarray(pixels.astype(np.uint8))


def scheduler(case):
    if case["sampler"] == "euler":
        return FlowMatchEulerDiscreteScheduler(shift=case["shift"])
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=case["shift"], solver_order=2
    )


def shape(kind):
    configs = dict(
        controlled=transformer.CONTROLLED, given=transformer.TINY | dict(in_channels=36), seen=transformer.IMAGE,
        seen_pair=transformer.PAIR, text=transformer.TINY,
    )
    return configs[kind]


def low_noise_expert(case):
    """Of a case with two experts: drawn as the other one, under other names."""
    if "switch" not in case:
        return {}
    low = fill(WanTransformer3DModel(**shape(case["kind"])), transformer.names.transformer, "low_noise.")
    return dict(transformer_2=low, boundary_ratio=case["switch"])


def pipeline(case, tokenizer, encoder):
    parts = dict(
        tokenizer=tokenizer, text_encoder=encoder, vae=vae.build(vae.PLAIN),
        transformer=transformer.build(shape(case["kind"]))[0], scheduler=scheduler(case), **low_noise_expert(case),
    )
    if case["kind"] == "controlled":
        return WanVACEPipeline(**parts)
    if case["kind"] in ["seen", "seen_pair"]:
        side = image.CONFIG["image_size"]
        return WanImageToVideoPipeline(**parts, image_encoder=image.encoder(), image_processor=image.processor(side))
    if case["kind"] == "given":
        return WanImageToVideoPipeline(**parts, image_encoder=None, image_processor=None)
    return WanPipeline(**parts)


def run(case, tokenizer, encoder):
    pipe = pipeline(case, tokenizer, encoder)
    pipe.set_progress_bar_config(disable=True)
    width, height, frames = case["width"], case["height"], case["frames"]
    named = lambda name: picture(name, width, height)
    inputs = dict(
        prompt=case["prompt"], negative_prompt=case.get("negative", ""), width=width, height=height,
        num_frames=frames, num_inference_steps=case["steps"], guidance_scale=case["guidance"],
    )
    if "guidance_low" in case:
        inputs["guidance_scale_2"] = case["guidance_low"]
    if "first" in case:
        inputs["image"] = named(case["first"])
    if "last" in case:
        inputs["last_image"] = named(case["last"])
    if "control" in case:
        kept = case.get("keys", {})
        inputs["video"] = [named(kept.get(str(i), name)) for i, name in enumerate(case["control"])]
        white, black = (Image.new("RGB", (width, height), colour) for colour in ["white", "black"])
        inputs["mask"] = [black if str(i) in kept else white for i in range(frames)]
        inputs["conditioning_scale"] = case["strength"]
        # diffusers puts the last reference first; Wan's own code and the engine put the first one first.
        inputs["reference_images"] = [named(name) for name in reversed(case["references"])]
    made = {}

    def keep(_pipe, _step, _timestep, tensors):
        made["latents"] = tensors["latents"]
        return tensors

    generator = torch.Generator().manual_seed(case["seed"])
    output = pipe(**inputs, generator=generator, output_type="np", callback_on_step_end=keep)
    references = len(case.get("references", []))
    frames = torch.from_numpy(output.frames[0]).permute(3, 0, 1, 2)  # c f h w in 0..1
    return made["latents"][:, :, references:], frames


def run_all(cases):
    """The final latents and the frames of each case, and the size of the vocabulary."""
    tensors = {}
    proto = text.train_sentencepiece()
    tokenizer, _ = text.tokenizer_json(proto)
    vocabulary = len(tokenizer)
    config = text.UMT5Config(**(text.CONFIG | dict(vocab_size=vocabulary)), dropout_rate=0.0)
    encoder = fill(text.UMT5EncoderModel(config), text.names.text)
    for name, case in cases.items():
        latents, frames = run(case, tokenizer, encoder)
        tensors[name + ".latents"], tensors[name + ".frames"] = latents, frames.half()
    return tensors, vocabulary


def make():
    tensors, vocabulary = run_all(CASES)
    return tensors, dict(cases=CASES, vocabulary=vocabulary)
