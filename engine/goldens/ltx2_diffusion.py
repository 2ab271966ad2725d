"""Goldens of LTX-2.5's diffusion decoder: frames of diffusers' LTX2VideoDiffusionDecoder3d for drawn weights and noise.
The neighbourhoods are masks here, since FlexAttention wants a compiler."""

import torch
from diffusers.models.autoencoders import ltx2_diffusion_decoder
from diffusers.models.autoencoders.ltx2_diffusion_decoder import LTX2VideoDiffusionDecoder3d

from drawn import normal_like, parameter

# Widths are multiples of 16, for the rotary positions of heads of 16.
CONFIG = dict(
    in_channels=8, patch_size=4, head_dim=16, stage_channels=(128, 64, 32, 32, 16), stage_depths=(1, 2, 1, 1, 2),
    stage_kernels=((3, 3, 3),) * 4, stage5_kernel=(5, 3, 5), t_emb_dim=24,
)
LATENTS = (1, 8, 2, 3, 4)
RENAMED = [
    (".to_out.0.", ".proj."), (".norm_q.", ".q_norm."), (".norm_k.", ".k_norm."),
    ("t_embedder.timestep_embedder.linear_1.", "t_embedder.mlp.0."),
    ("t_embedder.timestep_embedder.linear_2.", "t_embedder.mlp.2."),
]


def drawn(key, shape):
    """By the original name; queries, keys and values are one matrix there."""
    for theirs, ours in RENAMED:
        key = key.replace(theirs, ours)
    for at, name in enumerate((".to_q.", ".to_k.", ".to_v.")):
        if name in key:
            whole = parameter(key.replace(name, ".qkv."), (3 * shape[0], *shape[1:]))
            return whole.chunk(3)[at]
    return parameter(key, shape)


def dense_mask(frames, height, width, kernel, device):
    """As `_neighborhood_block_mask`, of every pair."""
    kernel = [min(size, length) for size, length in zip(kernel, (frames, height, width))]
    places = torch.stack(torch.meshgrid(*map(torch.arange, (frames, height, width)), indexing="ij"), -1).flatten(0, 2)
    most = torch.tensor([frames, height, width]) - torch.tensor(kernel)
    start = torch.minimum((places - torch.tensor(kernel) // 2).clamp(min=0), most)
    inside = (places[None] >= start[:, None]) & (places[None] < (start + torch.tensor(kernel))[:, None])
    return inside.all(-1)


def attention(query, key, value, attn_mask, scale, **_others):
    parts = (part.transpose(1, 2) for part in (query, key, value))
    return torch.nn.functional.scaled_dot_product_attention(*parts, attn_mask=attn_mask, scale=scale).transpose(1, 2)


def make():
    ltx2_diffusion_decoder._neighborhood_block_mask = dense_mask
    ltx2_diffusion_decoder.dispatch_attention_fn = attention
    model = LTX2VideoDiffusionDecoder3d(**CONFIG).eval()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            value.copy_(drawn(key, tuple(value.shape)))
        latents = normal_like("latents", LATENTS)
        context = model.forward_stage_4(model.forward_stages_1_to_3(latents))
        size = (1, 3, context.shape[1], 4 * context.shape[2], 4 * context.shape[3])
        frames = model.denoise(context, normal_like("noise", size), 1)
    return dict(frames=frames[..., ::11, ::11]), dict(config=CONFIG, latents=LATENTS, noise=size, stride=11)
