"""Goldens of Wan 2.2: whole generations with two experts, and the 5B model with and without a first frame."""

from types import SimpleNamespace

from diffusers import AutoencoderKLWan, WanImageToVideoPipeline, WanPipeline
from PIL import Image

import pipeline
import transformer
from drawn import normal_like

TEXT = pipeline.BASE | dict(steps=4, frames=5, switch=0.875)
GIVEN = TEXT | dict(kind="given", first="one", switch=0.9, shift=5.0)
CASES = {
    "experts": TEXT | dict(guidance=4.0, guidance_low=2.5),
    "experts_at_one_guidance": TEXT | dict(steps=3, frames=1, guidance=3.0, sampler="euler"),
    "experts_first_frame": GIVEN | dict(guidance=3.5, guidance_low=1.5),
    "experts_first_and_last_frame": GIVEN | dict(last="two"),
}

# The 5B model from given text, noise and first frame, all as numbers: no text encoder and no autoencoder takes part.
TI2V_BASE = dict(latent=(3, 4, 4), steps=3, guidance=5.0, shift=5.0, sampler="unipc-diffusers")
TI2V = {
    "ti2v_text": TI2V_BASE,
    "ti2v_first_frame": TI2V_BASE | dict(first=True),
    "ti2v_first_frame_of_euler": TI2V_BASE | dict(first=True, sampler="euler", steps=2, guidance=1.0),
}


def run_ti2v(case):
    """The final latents: 48 f h w."""
    frames, rows, columns = case["latent"]
    autoencoder = AutoencoderKLWan(
        base_dim=4, decoder_base_dim=4, z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2,
        latents_mean=[0.0] * 48, latents_std=[1.0] * 48, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        scale_factor_spatial=16, scale_factor_temporal=4, temperal_downsample=[False, True, True],
    )
    first = normal_like("first", (1, 48, 1, rows, columns))
    autoencoder.encode = lambda _video: SimpleNamespace(latents=first)
    kind = WanImageToVideoPipeline if "first" in case else WanPipeline
    pipe = kind(
        tokenizer=None, text_encoder=None, vae=autoencoder, transformer=transformer.build(transformer.WIDE)[0],
        scheduler=pipeline.scheduler(case), expand_timesteps=True,
    )
    pipe.set_progress_bar_config(disable=True)
    texts = [normal_like(name, (1, 512, transformer.WIDE["text_dim"])) for name in ["text", "negative"]]
    for given in texts:
        given[:, 7:] = 0  # past the end of the prompt
    inputs = dict(
        prompt_embeds=texts[0], negative_prompt_embeds=texts[1], latents=normal_like("x", (1, 48, *case["latent"])),
        height=16 * rows, width=16 * columns, num_frames=4 * frames - 3, num_inference_steps=case["steps"],
        guidance_scale=case["guidance"], output_type="latent",
    )
    if "first" in case:
        inputs["image"] = Image.new("RGB", (16 * columns, 16 * rows))
    return pipe(**inputs).frames[0]


def make():
    tensors, vocabulary = pipeline.run_all(CASES)
    for name, case in TI2V.items():
        tensors[name] = run_ti2v(case)
    return tensors, dict(cases=CASES, ti2v=TI2V, vocabulary=vocabulary)
