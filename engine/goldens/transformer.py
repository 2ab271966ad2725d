"""Goldens of the transformer: outputs of diffusers for drawn weights and inputs, plain, with control, with camera and
with pictures. References are not in diffusers: they are put around the patches as VideoX-Fun does, by hooks."""

import math

import torch
from diffusers import WanTransformer3DModel, WanVACETransformer3DModel
from torch import nn

import names
from drawn import fill, normal_like

TINY = dict(
    patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
    text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True,
    qk_norm="rms_norm_across_heads", rope_max_seq_len=1024,
)
IMAGE = TINY | dict(in_channels=36, image_dim=20, added_kv_proj_dim=24)
PAIR = IMAGE | dict(pos_embed_seq_len=34)
REAL_HEAD = TINY | dict(num_attention_heads=1, attention_head_dim=128, num_layers=1)
WIDE = TINY | dict(in_channels=48, out_channels=48)  # the channels of TI2V-5B
CONTROLLED = TINY | dict(num_layers=3, vace_layers=[0, 2], vace_in_channels=96)


class CameraAdapter(nn.Module):
    """The adapter of VideoX-Fun's camera models, written from its description: a pixel-unshuffle by 8, then a 2x2
    convolution with stride 2 and one residual block. For the autoencoder of the 5B model it is by 16."""

    def __init__(self, dim, downscale=8):
        super().__init__()
        self.downscale = downscale
        self.conv = nn.Conv2d(24 * downscale**2, dim, 2, stride=2)
        block = nn.Module()
        block.conv1, block.conv2 = nn.Conv2d(dim, dim, 3, padding=1), nn.Conv2d(dim, dim, 3, padding=1)
        self.residual_blocks = nn.ModuleList([block])

    def forward(self, rays):
        per_frame = [nn.functional.pixel_unshuffle(rays[:, :, f], self.downscale) for f in range(rays.shape[2])]
        features = torch.stack([self.conv(image) for image in per_frame], 2)
        outputs = []
        for f in range(features.shape[2]):
            x = features[:, :, f]
            for block in self.residual_blocks:
                x = x + block.conv2(torch.relu(block.conv1(x)))
            outputs.append(x)
        return torch.stack(outputs, 2)  # b d f h w


def full_reference(case, dim):
    """The tokens of a reference picture of Fun-Control, b l d: a convolution of its own, 2x2 with stride 2."""
    conv = fill(nn.Conv2d(16, dim, 2, stride=2), lambda key: key, "ref_conv.")
    _, height, width = case["latent"]
    latents = normal_like("reference", (1, 16, 1, height, width))
    return conv(latents[:, :, 0]).flatten(2).transpose(1, 2)


def around(model, before, after, grid):
    """Lets tokens, 1 n d each, run before and after those of the clip, whose latents have this size: f h w. The hooks that
    do so are returned, to be removed."""
    frames, height, width = grid
    frames += (before.shape[1] + after.shape[1]) // (height * width // 4)
    rope = model.rope

    def longer_rope(_module, _inputs, _output):
        return rope.forward(torch.zeros(1, 16, frames, height, width))

    def longer_tokens(_module, inputs):
        tokens = inputs[0]
        batch = tokens.shape[0]
        parts = [before.expand(batch, -1, -1), tokens, after.expand(batch, -1, -1)]
        return (torch.cat(parts, 1), *inputs[1:])

    def cut(_module, _inputs, output):
        return output[:, before.shape[1] : output.shape[1] - after.shape[1]]

    return [
        rope.register_forward_hook(longer_rope),
        model.blocks[0].register_forward_pre_hook(longer_tokens),
        model.proj_out.register_forward_hook(cut),
    ]


def references(model, case):
    """The tokens of a case's references, before and after those of the clip."""
    config, (_, height, width) = case["config"], case["latent"]
    dim = config["num_attention_heads"] * config["attention_head_dim"]
    before = full_reference(case, dim) if case.get("reference") else torch.zeros(1, 0, dim)
    after = torch.zeros(1, 0, dim)
    if "subjects" in case:
        subjects = normal_like("subjects", (1, 16, case["subjects"], height, width))
        after = model.patch_embedding(subjects).flatten(2).transpose(1, 2)
    return before, after


def controlled_layers(config):
    return config.get("vace_layers", [])


def build(config, camera=False):
    kind = WanVACETransformer3DModel if controlled_layers(config) else WanTransformer3DModel
    model = fill(kind(**config), names.transformer)
    if not camera:
        return model, None
    dim = config["num_attention_heads"] * config["attention_head_dim"]
    adapter = fill(CameraAdapter(dim), lambda key: key, "control_adapter.")
    return model, adapter


def run(case):
    config, (frames, height, width), batch = case["config"], case["latent"], case.get("batch", 1)
    model, adapter = build(config, case.get("camera", False))
    x = normal_like("x", (batch, config["in_channels"], frames, height, width))
    text = normal_like("text", (batch, 512, config["text_dim"]))
    text[:, 7:] = 0  # past the end of the prompt
    if case.get("per_token"):
        tokens = frames * height * width // 4
        timestep = torch.full((batch, tokens), float(case["timestep"]))
        timestep[:, : tokens // frames] = 0  # the first frame is given
    else:
        timestep = torch.full((batch,), case["timestep"])
    more = {}
    if controlled_layers(config):
        control = normal_like("control", (batch, 96, frames, height, width))
        more = dict(control_hidden_states=control, control_hidden_states_scale=torch.tensor([1.0, 0.5]))
    if config.get("image_dim"):
        pictures = case.get("pictures", 1)
        features = normal_like("pictures", (pictures, 17, config["image_dim"]))
        # One picture for all of a batch.
        more["encoder_hidden_states_image"] = features if pictures == 2 else features.expand(batch, -1, -1)
        if case.get("without_picture"):
            more["encoder_hidden_states_image"] = torch.zeros(batch, 17, config["image_dim"])
    hooks = around(model, *references(model, case), case["latent"])
    if adapter:
        rays = normal_like("rays", (batch, 24, frames, 8 * height, 8 * width))
        embedded = adapter(rays)
        hooks.append(model.patch_embedding.register_forward_hook(lambda _m, _i, out: out + embedded))
    velocity = model(x, timestep, text, return_dict=False, **more)[0]
    for hook in hooks:
        hook.remove()
    return velocity


CASES = {
    "tiny_9_frames": dict(config=TINY, latent=(3, 4, 6), timestep=437),
    "tiny_1_frame_odd_grid": dict(config=TINY, latent=(1, 6, 10), timestep=999),
    "tiny_batch_of_two": dict(config=TINY, latent=(2, 2, 6), timestep=12, batch=2),
    "tiny_33_frames": dict(config=TINY, latent=(9, 2, 2), timestep=250),
    "real_head_17_frames": dict(config=REAL_HEAD, latent=(5, 6, 2), timestep=731),
    "given_frames": dict(config=TINY | dict(in_channels=36), latent=(2, 4, 6), timestep=600),
    "one_time_per_token": dict(config=TINY, latent=(3, 4, 6), timestep=640, per_token=True),
    "one_time_per_token_48_channels": dict(config=WIDE, latent=(3, 4, 4), timestep=812, per_token=True),
    "controlled": dict(config=CONTROLLED, latent=(3, 4, 6), timestep=437),
    "camera": dict(config=TINY, latent=(2, 4, 6), timestep=500, camera=True),
    "controlled_camera": dict(config=CONTROLLED, latent=(2, 6, 4), timestep=875, camera=True),
    "picture": dict(config=IMAGE, latent=(2, 4, 6), timestep=321, batch=2),
    "two_pictures": dict(config=PAIR, latent=(2, 4, 6), timestep=777, pictures=2),
    "no_picture": dict(config=IMAGE, latent=(2, 4, 6), timestep=321, without_picture=True),
    "fun_camera": dict(config=IMAGE | dict(in_channels=32), latent=(2, 4, 6), timestep=321, camera=True),
    "fun_camera_of_two_experts": dict(
        config=TINY | dict(in_channels=36), latent=(2, 4, 6), timestep=950, camera=True,
    ),
    "fun_control": dict(config=IMAGE | dict(in_channels=48), latent=(3, 4, 6), timestep=437, reference=True),
    "fun_control_of_two_experts": dict(
        config=TINY | dict(in_channels=52), latent=(3, 4, 6), timestep=437, reference=True, batch=2,
    ),
    "phantom": dict(config=TINY, latent=(3, 4, 6), timestep=437, subjects=2),
}


def make():
    tensors, notes = {}, {}
    with torch.no_grad():
        for name, case in CASES.items():
            tensors[name] = run(case)
            assert math.isfinite(tensors[name].abs().max()), name
            notes[name] = case
    return tensors, notes
