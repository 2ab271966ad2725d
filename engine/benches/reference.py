"""The reference side of `card.py`: the same networks with random weights by diffusers if Python has it, otherwise by plain
torch (`plain.py`), in bf16 on a card.

Usage: reference.py eager|compiled|decode CARD WxH FRAMES RUNS DEVICE [tiny]. Prints one line of JSON."""

import json
import sys
import time

import torch

import plain

WIDE = dict(
    base_dim=160, decoder_base_dim=256, z_dim=48, dim_mult=[1, 2, 4, 4], num_res_blocks=2, in_channels=12, out_channels=12,
    temperal_downsample=[False, True, True], is_residual=True, patch_size=2, scale_factor_spatial=16,
    latents_mean=[0.0] * 48, latents_std=[1.0] * 48,
)


def diffusers():
    """The package, or None."""
    try:
        import diffusers

        return diffusers if hasattr(diffusers, "WanTransformer3DModel") else None
    except Exception:  # a package that does not fit its neighbours counts as none
        return None


def by_diffusers(package, shape, device, dtype, text):
    config = dict(
        patch_size=plain.PATCH, num_attention_heads=max(shape["width"] // 128, 1), attention_head_dim=128, text_dim=text,
        in_channels=shape["channels"], out_channels=shape["channels"], freq_dim=plain.TIME_WIDTH, ffn_dim=shape["ffn"],
        num_layers=shape["layers"], cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=1024,
    )
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = package.WanTransformer3DModel(**config).eval()
    torch.set_default_dtype(torch.float32)
    return model


def transformer(what, model, latent, device, dtype, is_tiny):
    """A function that runs one forward pass, and who computes it."""
    shape, text = plain.SHAPES[model], 4096
    if is_tiny:
        shape, text = shape | dict(width=128, ffn=64, layers=1), 32
    x = plain.waves(device, dtype, 1, shape["channels"], *latent)
    words = plain.waves(device, dtype, 1, plain.TEXT_LENGTH, text)
    timestep = torch.tensor([437.0], device=device)
    package = diffusers()
    if package is not None:
        network = by_diffusers(package, shape, device, dtype, text)
        if what == "compiled":
            network.compile_repeated_blocks(fullgraph=False)
        return lambda: network(x, timestep, words, return_dict=False)[0], f"diffusers {package.__version__}"
    weights = plain.drawn(plain.parameters(**shape, text=text), device, dtype)
    block = torch.compile(plain.block) if what == "compiled" else plain.block
    network = plain.Network(weights, block)
    return lambda: network(x, timestep, words), f"torch {torch.__version__}"


def decoder(model, latent, device, dtype, is_tiny):
    package = diffusers()
    if package is None:
        return None, "no diffusers"
    channels = plain.SHAPES[model]["channels"]
    config = WIDE if channels == 48 else dict(base_dim=96)
    if is_tiny:
        config = config | dict(base_dim=8) | (dict(decoder_base_dim=8) if channels == 48 else {})
    with torch.device(device):
        vae = package.AutoencoderKLWan(**config).to(dtype).eval()
    latents = plain.waves(device, dtype, 1, channels, *latent)
    # As ours: the frames end as bytes in the memory of the host.
    decoded = lambda: ((vae.decode(latents, return_dict=False)[0] + 1) * 127.5).round().to(torch.uint8).cpu()
    return decoded, f"diffusers {package.__version__}"


def main():
    what, model, size, frames, runs, device, *more = sys.argv[1:]
    is_tiny, is_card = "tiny" in more, device != "cpu"
    width, height = map(int, size.split("x"))
    position = 16 if plain.SHAPES[model]["channels"] == 48 else 8
    latent = [(int(frames) - 1) // 4 + 1, height // position, width // position]
    if is_tiny:
        latent = [1, 4, 4]
    dtype = torch.bfloat16 if is_card else torch.float32
    settle = torch.cuda.synchronize if is_card else lambda: None
    with torch.no_grad():
        if what == "decode":
            work, by = decoder(model, latent, device, dtype, is_tiny)
        else:
            work, by = transformer(what, model, latent, device, dtype, is_tiny)
        if work is None:
            return print(json.dumps(dict(by=by)))
        start = time.perf_counter()
        result = work()
        settle()
        first, seconds = time.perf_counter() - start, []
        for _ in range(int(runs)):
            start = time.perf_counter()
            result = work()
            settle()
            seconds.append(time.perf_counter() - start)
    peaks = {}
    if is_card:
        peaks = dict(peak_bytes=torch.cuda.max_memory_allocated(), reserved_bytes=torch.cuda.max_memory_reserved())
    print(json.dumps(dict(by=by, seconds=seconds, first_seconds=first, size=list(result.shape), **peaks)))


if __name__ == "__main__":
    main()
