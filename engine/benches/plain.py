"""The Wan transformer in plain torch, eager: linear layers, `scaled_dot_product_attention`, norms. For machines without
diffusers. Parameters have the names of Wan's own release. Source: Wan2.2 `wan/modules/model.py` (`WanModel`)."""

import torch
import torch.nn.functional as F

TEXT_LENGTH, TIME_WIDTH, PATCH = 512, 256, (1, 2, 2)
# Shapes of the released models: width, inner width, layers, latent channels; heads are 128 wide.
SHAPES = {
    "wan2.1-t2v-1.3b": dict(width=1536, ffn=8960, layers=30, channels=16),
    "wan2.2-ti2v-5b": dict(width=3072, ffn=14336, layers=30, channels=48),
    "wan2.2-t2v-a14b": dict(width=5120, ffn=13824, layers=40, channels=16),
}


def parameters(width, ffn, layers, channels, text=4096):
    """Name to shape of every parameter."""
    shapes = {"patch_embedding.weight": (width, channels, *PATCH), "patch_embedding.bias": (width,)}

    def linear(name, inputs, outputs):
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (outputs, inputs), (outputs,)

    linear("text_embedding.0", text, width)
    linear("text_embedding.2", width, width)
    linear("time_embedding.0", TIME_WIDTH, width)
    linear("time_embedding.2", width, width)
    linear("time_projection.1", width, 6 * width)
    for block in (f"blocks.{at}" for at in range(layers)):
        for which in ("self_attn", "cross_attn"):
            for layer in "qkvo":
                linear(f"{block}.{which}.{layer}", width, width)
            shapes[f"{block}.{which}.norm_q.weight"] = shapes[f"{block}.{which}.norm_k.weight"] = (width,)
        shapes[f"{block}.norm3.weight"] = shapes[f"{block}.norm3.bias"] = (width,)
        linear(f"{block}.ffn.0", width, ffn)
        linear(f"{block}.ffn.2", ffn, width)
        shapes[f"{block}.modulation"] = (1, 6, width)
    linear("head.head", width, 4 * channels)
    shapes["head.modulation"] = (1, 2, width)
    return shapes


def drawn(shapes, device, dtype):
    """Random parameters of a scale that keeps activations finite."""
    def draw(name, shape):
        if len(shape) > 1:
            return torch.randn(shape, device=device, dtype=dtype) * (shape[0] if "modul" in name else shape[1]) ** -0.5
        is_norm = "norm" in name and name.endswith("weight")
        return torch.randn(shape, device=device, dtype=dtype) * 0.1 + float(is_norm)

    torch.manual_seed(0)
    return {name: draw(name, shape) for name, shape in shapes.items()}


def waves(device, dtype, *size):
    """The synthetic input of `kinora-engine bench`."""
    places = torch.arange(torch.Size(size).numel(), dtype=torch.float64)
    return (torch.sin(places * 12.9898) * 1.4).float().view(size).to(device, dtype)


def rope(grid, head, device):
    """Cosines and sines of each token and pair: l x 1 x head/2, in fp32."""
    side = 2 * (head // 6)
    parts = []
    for axis, channels in enumerate((head - 2 * side, side, side)):
        frequencies = 10000.0 ** (-torch.arange(0, channels, 2, dtype=torch.float64) / channels)
        angles = torch.outer(torch.arange(grid[axis], dtype=torch.float64), frequencies)
        shape = [1, 1, 1, channels // 2]
        shape[axis] = grid[axis]
        parts.append(angles.view(shape).expand(*grid, -1))
    angles = torch.cat(parts, -1).reshape(-1, 1, head // 2)
    return angles.cos().float().to(device), angles.sin().float().to(device)


def rotated(x, turn):
    """b l h d, rotated in fp32."""
    cos, sin = turn
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2).to(x.dtype)


def linear(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])


def attention(w, x, context, heads, turn=None):
    q = F.rms_norm(linear(w, "q", x), x.shape[-1:], w["norm_q.weight"], 1e-6).unflatten(-1, (heads, -1))
    k = F.rms_norm(linear(w, "k", context), x.shape[-1:], w["norm_k.weight"], 1e-6).unflatten(-1, (heads, -1))
    v = linear(w, "v", context).unflatten(-1, (heads, -1))
    if turn is not None:
        q, k = rotated(q, turn), rotated(k, turn)
    seen = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
    return linear(w, "o", seen.transpose(1, 2).flatten(2))


def part(w, name):
    return {key[len(name) + 1 :]: value for key, value in w.items() if key.startswith(f"{name}.")}


def block(w, x, text, time, turn, heads):
    """One block. `w`: its own parameters; `time`: 1 x 6 x d in fp32."""
    shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = (w["modulation"].float() + time).chunk(6, 1)

    def norm(x, shift, scale):
        return (F.layer_norm(x.float(), x.shape[-1:], eps=1e-6) * (1 + scale) + shift).to(x.dtype)

    normed = norm(x, shift, scale)
    x = (x.float() + attention(part(w, "self_attn"), normed, normed, heads, turn) * gate).to(x.dtype)
    normed = F.layer_norm(x, x.shape[-1:], w["norm3.weight"], w["norm3.bias"], 1e-6)
    x = x + attention(part(w, "cross_attn"), normed, text, heads)
    normed = norm(x, ffn_shift, ffn_scale)
    hidden = linear(w, "ffn.2", F.gelu(linear(w, "ffn.0", normed), approximate="tanh"))
    return (x.float() + hidden.float() * ffn_gate).to(x.dtype)


class Network:
    """The network with these parameters. `block` may be a compiled form of the function above."""

    def __init__(self, weights, block=block, head=128):
        self.w, self.block, self.head = weights, block, head
        count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
        self.blocks = [part(weights, f"blocks.{at}") for at in range(count)]

    def __call__(self, x, timestep, text):
        """x: 1 x c x f x h x w; text: 1 x 512 x c. The velocity, of x's size."""
        w, size = self.w, x.shape
        kind = x.dtype
        grid = [length // side for length, side in zip(size[2:], PATCH)]
        tokens = F.conv3d(x, w["patch_embedding.weight"], w["patch_embedding.bias"], PATCH).flatten(2).transpose(1, 2)
        heads = tokens.shape[-1] // self.head
        half = TIME_WIDTH // 2
        frequencies = 10000.0 ** (-torch.arange(half, dtype=torch.float64, device=x.device) / half)
        angles = timestep * frequencies
        sines = torch.cat((angles.cos(), angles.sin())).to(kind)[None]
        time = linear(w, "time_embedding.2", F.silu(linear(w, "time_embedding.0", sines)))
        steps = linear(w, "time_projection.1", F.silu(time)).float().unflatten(1, (6, -1))
        text = linear(w, "text_embedding.2", F.gelu(linear(w, "text_embedding.0", text), approximate="tanh"))
        turn = rope(grid, self.head, x.device)
        for own in self.blocks:
            tokens = self.block(own, tokens, text, steps, turn, heads)
        shift, scale = (w["head.modulation"].float() + time.float()[:, None]).chunk(2, 1)
        normed = F.layer_norm(tokens.float(), tokens.shape[-1:], eps=1e-6) * (1 + scale) + shift
        patches = linear(w, "head.head", normed.to(kind))
        patches = patches.view(1, *grid, *PATCH, -1).permute(0, 7, 1, 4, 2, 5, 3, 6)
        return patches.reshape(1, -1, *size[2:]).float()
