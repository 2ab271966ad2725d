"""Goldens of the LTX-2 transformer: velocities of diffusers for drawn weights and inputs, in the shapes of LTX-2.0, 2.3
and 2.5, and in every kind of pass. Positions of keyframes and references are those of the pipelines."""

import math
from types import SimpleNamespace

import torch
from diffusers import LTX2VideoTransformer3DModel
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2ConditionPipeline

from drawn import fill, normal_like

V20 = dict(
    in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
    audio_in_channels=6, audio_out_channels=6, audio_num_attention_heads=2, audio_attention_head_dim=4,
    audio_cross_attention_dim=8, num_layers=2, caption_channels=12, rope_type="split",
)
V23 = V20 | dict(
    use_prompt_embeddings=False, gated_attn=True, cross_attn_mod=True, audio_gated_attn=True,
    audio_cross_attn_mod=True, perturbed_attn=True,
)
V25 = V23 | dict(ff_bias=False, use_keyframes_abs_pos_embedding=True)
FIXED_TEXT = V25 | dict(use_prompt_adaln_single=False)
# Wider, so that heads have several frequencies, and three blocks.
WIDE = V23 | dict(
    attention_head_dim=32, cross_attention_dim=64, audio_attention_head_dim=16, audio_cross_attention_dim=32,
    num_layers=3,
)

# Diffusers to original: modules of the network by the start of a key, parts of a block anywhere in it.
MODULES = {
    "proj_in.": "patchify_proj.", "audio_proj_in.": "audio_patchify_proj.",
    "time_embed.": "adaln_single.", "audio_time_embed.": "audio_adaln_single.",
    "prompt_adaln.": "prompt_adaln_single.", "audio_prompt_adaln.": "audio_prompt_adaln_single.",
    "av_cross_attn_video_scale_shift.": "av_ca_video_scale_shift_adaln_single.",
    "av_cross_attn_audio_scale_shift.": "av_ca_audio_scale_shift_adaln_single.",
    "av_cross_attn_video_a2v_gate.": "av_ca_a2v_gate_adaln_single.",
    "av_cross_attn_audio_v2a_gate.": "av_ca_v2a_gate_adaln_single.",
}
PARTS = {
    "video_a2v_cross_attn_scale_shift_table": "scale_shift_table_a2v_ca_video",
    "audio_a2v_cross_attn_scale_shift_table": "scale_shift_table_a2v_ca_audio",
    "norm_q": "q_norm", "norm_k": "k_norm",
}


def original(key):
    for theirs, ours in MODULES.items():
        if key.startswith(theirs):
            return ours + key.removeprefix(theirs)
    for theirs, ours in PARTS.items():
        key = key.replace(theirs, ours)
    return key


def keyframe(case, first, grid, pictures):
    pipeline = SimpleNamespace(
        transformer_temporal_patch_size=1, transformer_spatial_patch_size=1,
        vae_temporal_compression_ratio=8, vae_spatial_compression_ratio=32,
    )
    return LTX2ConditionPipeline._prepare_keyframe_coords(
        pipeline, *grid, first, pictures, case.get("fps", 24.0), torch.device("cpu"),
    )


def positions(model, case):
    """The positions of all tokens: the clip, then keyframes, then a reference of half the size."""
    fps = case.get("fps", 24.0)
    parts = [model.rope.prepare_video_coords(1, *case["grid"], torch.device("cpu"), fps=fps)]
    parts += [keyframe(case, *more) for more in case.get("keyframes", [])]
    if "reference" in case:
        reference = model.rope.prepare_video_coords(1, *case["reference"], torch.device("cpu"), fps=fps)
        reference[:, 1:] *= 2
        parts.append(reference)
    audio = model.audio_rope.prepare_audio_coords(1, case["sound"], torch.device("cpu"))
    return torch.cat(parts, 2), audio


def timesteps(case, batch, tokens, sound):
    """Scaled sigmas of both streams, and the timesteps of their tokens."""
    video, audio = (torch.tensor(times, dtype=torch.float32)[:batch] for times in ((437, 700), (812, 95)))
    of_video, of_audio = video[:, None].expand(batch, tokens).clone(), audio
    if case.get("per_token"):
        of_video[:, :3] = 0  # given
        of_video[:, 4] *= 0.3  # given in part
        of_audio = audio[:, None].expand(batch, sound).clone()
        of_audio[:, 2:] = 0
    return video, audio, of_video, of_audio


def run(case):
    config, batch = case["config"], case.get("batch", 1)
    model = fill(LTX2VideoTransformer3DModel(**config), original)
    video_positions, audio_positions = positions(model, case)
    tokens, sound = video_positions.shape[2], case["sound"]
    video, audio, of_video, of_audio = timesteps(case, batch, tokens, sound)
    widths = [config["cross_attention_dim"], config["audio_cross_attention_dim"]]
    if config.get("use_prompt_embeddings", True):
        widths = [config["caption_channels"]] * 2
    more = {}
    if case.get("text_mask"):
        mask = torch.tensor([[1.0, 1, 1, 0, 0], [0, 1, 1, 1, 1]])[:batch]
        more = dict(encoder_attention_mask=mask, audio_encoder_attention_mask=mask)
    if case.get("attention_mask"):
        mask = torch.ones(batch, tokens, tokens)
        mask[:, :4, -2:] = 0
        more |= dict(video_self_attention_mask=mask)
    if case.get("marked"):
        marks = torch.zeros(batch, tokens, 1)
        marks[:, :3] = 1
        more |= dict(video_keyframes_mask=marks)
    if "perturbed" in case:
        more |= dict(spatio_temporal_guidance_blocks=case["perturbed"])
        if "whole" in case:
            more |= dict(perturbation_mask=torch.tensor(case["whole"]))
    velocities = model(
        normal_like("video", (batch, tokens, config["in_channels"])),
        normal_like("audio", (batch, sound, config["audio_in_channels"])),
        normal_like("video text", (batch, 5, widths[0])),
        normal_like("audio text", (batch, 5, widths[1])),
        of_video, of_audio, video, audio,
        video_coords=video_positions.expand(batch, -1, -1, -1),
        audio_coords=audio_positions.expand(batch, -1, -1, -1),
        isolate_modalities=case.get("isolated", False),
        use_cross_timestep=config.get("cross_attn_mod", False),
        return_dict=False, **more,
    )
    return velocities, (video_positions, audio_positions)


SMALL = dict(grid=(3, 2, 3), sound=5)
CASES = {
    "version_2_0": dict(config=V20),
    "version_2_3": dict(config=V23),
    "version_2_5": dict(config=V25),
    "fixed_text": dict(config=FIXED_TEXT, batch=2),
    "interleaved": dict(config=V20 | dict(rope_type="interleaved"), fps=30.0),
    "wide": dict(config=WIDE, grid=(4, 3, 3), sound=9, fps=25.0, batch=2),
    "batch_of_two": dict(config=V23, batch=2, text_mask=True),
    "per_token_2_0": dict(config=V20, per_token=True),
    "per_token_2_3": dict(config=V23, per_token=True, batch=2),
    "perturbed": dict(config=V23, perturbed=[1]),
    "perturbed_in_part": dict(config=WIDE, perturbed=[0, 2], whole=[1.0, 0.0], batch=2),
    "isolated": dict(config=V25, isolated=True),
    "isolated_2_0": dict(config=V20, isolated=True),
    "marked": dict(config=V25, marked=True, per_token=True),
    "keyframes": dict(config=V25, keyframes=[(17, (1, 2, 3), 1), (8, (2, 2, 3), 9)], marked=True, per_token=True),
    "reference": dict(config=V23, reference=(3, 1, 2), attention_mask=True, per_token=True),
}


def make():
    tensors, notes = {}, {}
    with torch.no_grad():
        for name, case in CASES.items():
            case = SMALL | case
            (video, audio), places = run(case)
            assert math.isfinite(video.abs().max()) and math.isfinite(audio.abs().max()), name
            tensors |= {f"{name}.video": video, f"{name}.audio": audio}
            if name in ("keyframes", "reference", "interleaved"):
                tensors |= {f"{name}.video_positions": places[0], f"{name}.audio_positions": places[1]}
            notes[name] = case
    return tensors, notes
