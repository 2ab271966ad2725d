"""Black-box parity of LTX-2: models of random shapes in the forms of its three versions, saved by `save_pretrained`, run
by diffusers' pipelines and by `kinora generate`. Frames and sound are compared."""

import struct
import tempfile
from pathlib import Path

import numpy as np
import torch
from diffusers import LTX2LatentUpsamplePipeline, LTX2Pipeline
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.utils import STAGE_2_DISTILLED_SIGMA_VALUES

import ltx2_pipeline as base
import ltx2_text
import tiny
from pipeline import picture

# Text to video with sound, a first frame, keyframes, sound for a finished clip, and two stages.
KINDS = ["ltx2_text", "ltx2_first", "ltx2_keyframes", "ltx2_sound", "ltx2_stages"]
# Of full scale, on average.
SOUND_LIMIT = 1e-3


def transformer_config(draw, version):
    config = dict(base.VERSIONS[version][0])
    heads = draw.choice([2, 3, 4])
    video, audio = draw.choice([8, 16]), draw.choice([8, 16])
    config |= dict(
        num_attention_heads=heads, audio_num_attention_heads=heads, attention_head_dim=video,
        cross_attention_dim=heads * video, audio_attention_head_dim=audio, audio_cross_attention_dim=heads * audio,
        num_layers=draw.randint(2, 4),
    )
    if version != "2.0":
        # What the connectors make is not projected.
        wide = base.VERSIONS[version][0]
        config |= {name: wide[name] for name in ("cross_attention_dim", "audio_cross_attention_dim")}
        config |= dict(
            num_attention_heads=2, audio_num_attention_heads=2, attention_head_dim=wide["cross_attention_dim"] // 2,
            audio_attention_head_dim=wide["audio_cross_attention_dim"] // 2,
        )
    return config


def parts(draw, version):
    """The components of a version: random weights in all but the vocoder, whose waves would be cut off."""
    tokenizer = ltx2_text.tokenizer_of(ltx2_text.train_sentencepiece())
    built = base.build(version, len(tokenizer))
    built["transformer"] = base.LTX2VideoTransformer3DModel(**transformer_config(draw, version))
    for name in ["transformer", "connectors", "audio_vae", "vae"]:
        tiny.shaken(built[name], draw)
    return built, tokenizer


def request(draw, kind, version):
    """As a case of the goldens, by which both are run."""
    sizes = [64, 96] if kind != "ltx2_stages" else [128]
    case = base.BASE | base.ALL | dict(
        version=version, width=draw.choice(sizes), height=draw.choice(sizes), frames=draw.choice([9, 17]),
        seed=draw.randrange(2**31), steps=draw.randint(2, 4), prompt=draw.choice(ltx2_text.PROMPTS[:5]),
        negative=draw.choice(["", "blurry"]), cfg=[draw.choice([2.0, 4.0]), 7.0],
    )
    if kind == "ltx2_stages":
        case |= base.BASE | {name: case[name] for name in ("version", "width", "height", "frames", "seed", "prompt")}
        case |= dict(distilled=True)
    if kind == "ltx2_first":
        case["keyframes"] = {"0": "one"}
    if kind == "ltx2_keyframes":
        case["keyframes"] = {"0": "one", "1": "two", str(case["frames"] - 8): "three"} if case["frames"] > 9 else {
            "0": "one", "1": "two"}
    if kind == "ltx2_sound":
        case["clip"] = True
    return case


def two_stages(case, built, tokenizer, upscaler):
    half = case | dict(width=case["width"] // 2, height=case["height"] // 2)
    generator = torch.Generator().manual_seed(case["seed"])

    def pipe():
        made = LTX2Pipeline(**built, tokenizer=tokenizer, scheduler=base.scheduler(case))
        made.set_progress_bar_config(disable=True)
        return made

    first = base.arguments(half, built["transformer"]) | dict(generator=generator, output_type="latent")
    small, sound = pipe()(**first, return_dict=False)
    larger = LTX2LatentUpsamplePipeline(vae=built["vae"], latent_upsampler=upscaler)(
        latents=small, width=half["width"], height=half["height"], num_frames=case["frames"], output_type="latent",
        return_dict=False,
    )[0]
    second = base.arguments(case, built["transformer"]) | dict(
        generator=generator, latents=larger, audio_latents=sound, sigmas=STAGE_2_DISTILLED_SIGMA_VALUES,
        num_inference_steps=3, noise_scale=STAGE_2_DISTILLED_SIGMA_VALUES[0],
    )
    output = pipe()(**second)
    frames = torch.from_numpy(output.frames[0]).permute(3, 0, 1, 2)
    return None, None, frames, output.audio


def command_of(kinora, case, kind, folder):
    output = folder / ("sound.wav" if kind == "ltx2_sound" else "frames")
    command = [
        kinora, "generate", "--model", folder / "model", "--prompt", case["prompt"], "--size",
        f"{case['width']}x{case['height']}", "--frames", case["frames"], "--seed", case["seed"], "--device", "cpu",
        "--sound-only" if kind == "ltx2_sound" else "--sound", "-o", output,
    ]
    if kind == "ltx2_stages":
        command += ["--sampler", "distilled"]
    else:
        command += ["--negative", case["negative"], "--steps", case["steps"], "--guidance", case["cfg"][0]]
    for frame, name in case.get("keyframes", {}).items():
        path = folder / f"{name}.png"
        picture(name, case["width"], case["height"]).save(path)
        command += ["--keyframe", f"{frame}={path}"]
    if kind == "ltx2_sound":
        source = folder / "source"
        source.mkdir()
        for at in range(case["frames"]):
            picture(f"c{at}", case["width"], case["height"]).save(source / f"{at:05}.png")
        command += ["--source", source]
    return command, output


def compare(kinora, draw, kind):
    version = draw.choice(list(base.VERSIONS))
    built, tokenizer = parts(draw, version)
    case = request(draw, kind, version)
    name = f"LTX-{version}, {kind}: {case['width']}x{case['height']}, {case['frames']} frames, {case['steps']} steps"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        pipe = LTX2Pipeline(**built, tokenizer=tokenizer, scheduler=base.scheduler(case))
        pipe.save_pretrained(folder / "model", safe_serialization=True)
        if kind == "ltx2_stages":
            upscaler = tiny.shaken(LTX2LatentUpsamplerModel(
                in_channels=8, mid_channels=32 * draw.randint(1, 2), num_blocks_per_stage=draw.randint(1, 2), dims=3,
                use_rational_resampler=draw.random() < 0.5, rational_spatial_scale=2.0,
            ), draw)
            upscaler.save_pretrained(folder / "model/latent_upsampler", safe_serialization=True)
            made = two_stages(case, built, tokenizer, upscaler)
        else:
            made = base.run_case(case, built, tokenizer)
        command, output = command_of(kinora, case, kind, folder)
        _, _, frames, wave = made
        if kind == "ltx2_sound":
            ran = tiny.run(command)
            if ran.returncode:
                print(f"{name}: refused: {ran.stderr[-800:]}", flush=True)
                return False
            return same_sound(name, output, wave, case)
        is_same = tiny.compare(name, command, output, frames.permute(1, 2, 3, 0).numpy())
        return is_same and same_sound(name, folder / "frames.wav", wave, case)


def read_wave(path):
    """The rate and the samples in [-1, 1], n x channels, of 16, 24 or 32 bits."""
    rest = path.read_bytes()[12:]
    while rest:
        name, size = struct.unpack("<4sI", rest[:8])
        content, rest = rest[8 : 8 + size], rest[8 + size + size % 2 :]
        if name == b"fmt ":
            kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
            kind = struct.unpack("<H", content[24:26])[0] if kind == 0xFFFE else kind
        if name == b"data":
            break
    if kind == 3:
        return rate, np.frombuffer(content, "<f4").reshape(-1, channels)
    padded = np.zeros((len(content) * 8 // bits, 4), np.uint8)
    padded[:, 4 - bits // 8 :] = np.frombuffer(content, np.uint8).reshape(-1, bits // 8)
    return rate, padded.view("<i4").reshape(-1, channels) / 2.0**31


def same_sound(name, path, wave, case):
    rate, ours = read_wave(path)
    theirs = base.at_48_khz(wave.float(), case)[0].T.numpy()
    assert rate == 48000 and ours.shape == theirs.shape, (rate, ours.shape, theirs.shape)
    difference = np.abs(ours - theirs).mean()
    print(f"{name}: the sound differs by {difference:.6f} (limit {SOUND_LIMIT})", flush=True)
    return difference <= SOUND_LIMIT
