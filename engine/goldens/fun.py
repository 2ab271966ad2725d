"""Black-box parity of the models that diffusers does not have, those of `fun_models.py`. Their pipelines are written
here, after VideoX-Fun's, round diffusers' transformer, autoencoder and schedulers."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

import camera
import fun_inputs
import refused
import tiny
import transformer
from fun_models import KINDS, build, save
from tiny import Request


def statistics(vae):
    """Mean and deviation of the latents."""
    return (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (vae.config.latents_mean, vae.config.latents_std))


def encoded(vae, frames):
    """The latents of frames, b c t h w in [-1, 1]."""
    mean, std = statistics(vae)
    return (vae.encode(frames).latent_dist.mode() - mean) / std


def decoded(vae, latents):
    """Frames in 0..1, t h w 3."""
    mean, std = statistics(vae)
    frames = vae.decode(latents * std + mean).sample
    return (frames[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 3, 0).numpy()


def tensor_of(picture):
    """3 h w in [-1, 1]."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 127.5 - 1


def clip_of(pictures, request):
    """The clip with these pictures, by frame; grey between them."""
    clip = torch.zeros(1, 3, request.frames, request.height, request.width)
    for frame, picture in pictures.items():
        clip[0, :, frame] = tensor_of(picture)
    return clip


def concatenated(part, vae, request, inputs, shape):
    """The channels of a part after the noise; `shape` is that of the noise."""
    if part == "control":
        control = dict(enumerate(inputs.control[: request.frames]))
        return encoded(vae, clip_of(control, request)) if control else torch.zeros(shape)
    if part == "start":
        start = torch.zeros(shape)
        if 0 in inputs.kept and shape[2] > 1:
            start[:, :, :1] = encoded(vae, tensor_of(inputs.kept[0])[None, :, None])
        return start
    masks = torch.zeros(request.frames)
    latents = torch.zeros(shape)
    if inputs.kept:
        masks[list(inputs.kept)] = 1
        latents = encoded(vae, clip_of(inputs.kept, request))
    # The first frame has a latent frame of its own, of which it is all four.
    masks = torch.cat([masks[:1].repeat(3), masks]).view(-1, 4).T
    return torch.cat([masks.view(1, 4, -1, 1, 1).expand(-1, -1, -1, *shape[3:]), latents], 1)


def rays_of(request, inputs):
    """Of the path in the text of a file, folded; its last view remains after its end."""
    rays = camera.plucker(request.height, request.width, inputs.camera)[:, : request.frames]
    longer = np.repeat(rays[:, -1:], request.frames - rays.shape[1], 1)
    return torch.from_numpy(camera.folded(np.concatenate([rays, longer], 1))).float()[None]


@dataclass
class Attended:
    """What a network is given beside its channels and texts. `None`: it takes none."""

    seen: torch.Tensor | None  # tokens of CLIP, 1 n c
    rays: torch.Tensor | None  # 1 24 f h w
    reference: torch.Tensor  # latents, 1 c 1 h w; zeros without a picture
    subjects: torch.Tensor | None  # latents, 1 c r h w


def attended(kind, pipe, request, inputs, shape):
    """Encodes it; `shape` is that of the noise."""
    vae, pictures = pipe.vae, inputs.references
    made = Attended(None, rays_of(request, inputs) if inputs.camera else None, torch.zeros(shape)[:, :, :1], None)
    if "reference" in kind.has and pictures:
        made.reference = encoded(vae, tensor_of(pictures[0])[None, :, None])
    if "subjects" in kind.has and pictures:
        frames = [fun_inputs.on_white(picture, request)[None, :, None] for picture in pictures]
        made.subjects = torch.cat([encoded(vae, frame) for frame in frames], 2)
    if "clip" in kind.has:
        # The reference, or else the first frame; zeros without either.
        picture = (pictures + [inputs.kept.get(0)])[0]
        config = pipe.image_encoder.config
        zeros = torch.zeros(1, 1 + (config.image_size // config.patch_size) ** 2, config.hidden_size)
        made.seen = pipe.encode_image(picture) if picture else zeros
    return made


def velocity(model, x, timestep, prompt, attended):
    """Of one prompt. `x` has all channels; `timestep` is one for all, or one for each token of the clip."""
    embed, grid = model.patch_embedding, x.shape[2:]
    before = after = torch.zeros(1, 0, model.config.num_attention_heads * model.config.attention_head_dim)
    if hasattr(model, "ref_conv"):
        before = model.ref_conv(attended.reference[:, :, 0]).flatten(2).transpose(1, 2)
    if attended.subjects is not None:
        after = embed(attended.subjects).flatten(2).transpose(1, 2)
    if timestep.ndim == 2:
        timestep = torch.cat([timestep[:, -1:].expand(-1, before.shape[1]), timestep], 1)
    hooks = transformer.around(model, before, after, grid)
    if attended.rays is not None:
        rays = model.control_adapter(attended.rays)
        hooks.append(embed.register_forward_hook(lambda _module, _inputs, output: output + rays))
    more = {} if attended.seen is None else dict(encoder_hidden_states_image=attended.seen)
    made = model(x, timestep, prompt, return_dict=False, **more)[0]
    for hook in hooks:
        hook.remove()
    return made


@torch.no_grad()
def generate(kind, pipe, request, inputs):
    """The frames, t h w 3 in 0..1."""
    vae, noise = pipe.vae, kind.channels()[0]
    place = 16 if "wide" in kind.has else 8
    shape = (1, noise, (request.frames + 3) // 4, request.height // place, request.width // place)
    prompts = pipe.encode_prompt(request.prompt, request.negative, max_sequence_length=512)
    x = randn_tensor(shape, generator=torch.Generator().manual_seed(request.seed))
    parts = [concatenated(part, vae, request, inputs, shape) for part in kind.order]
    beside = attended(kind, pipe, request, inputs, shape)
    beside_without = beside  # of the negative prompt
    if beside.subjects is not None:
        beside_without = replace(beside, subjects=torch.zeros_like(beside.subjects))
    # The models of 48 channels take a given first frame as the first latent frame, at timestep 0.
    first = parts[-1][:, 4:, :1] if "wide" in kind.has and 0 in inputs.kept else None
    share = torch.ones(shape[2], shape[3] // 2, shape[4] // 2)
    share[0] = 0
    pipe.scheduler.set_timesteps(request.steps)
    for t in pipe.scheduler.timesteps:
        is_low = pipe.transformer_2 is not None and t < pipe.config.boundary_ratio * 1000
        model, guidance = (pipe.transformer_2, inputs.guidance_low) if is_low else (pipe.transformer, request.guidance)
        timestep = t[None]
        if first is not None:
            x[:, :, :1], timestep = first, (share * t).flatten()[None]
        whole = torch.cat([x, *parts], 1)
        made = velocity(model, whole, timestep, prompts[0], beside)
        if guidance > 1:
            without = velocity(model, whole, timestep, prompts[1], beside_without)
            made = without + guidance * (made - without)
        x = pipe.scheduler.step(made, t, x, return_dict=False)[0]
    if first is not None:
        x[:, :, :1] = first
    return decoded(vae, x)


def compare(kinora, draw, name):
    """Whether both make the same clip, and the engine refuses what this model cannot be given."""
    kind = KINDS[name]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        model = folder / name  # Phantom is known by this name
        shift, pipe = build(draw, kind)
        save(draw, pipe, model)
        request = Request.drawn(draw, shift, "wide" in kind.has)
        inputs = fun_inputs.drawn(draw, kind, request, folder)
        theirs = generate(kind, pipe, request, inputs)
        command = request.command(kinora, model, folder / "frames")
        name = f"{name}: {request}, {type(pipe.scheduler).__name__}, {inputs}"
        same = tiny.compare(name, [*command, *inputs.options], folder / "frames", theirs)
        refused_command = request.command(kinora, model, folder / "refused")
        return refused.plainly(name, draw, kind, request, refused_command, folder / "wrong") and same
