"""The diffusers side of `kinora-engine bench`: the same networks of the same model.

Usage: peer.py make DIR | forward DIR F H W | steps DIR F H W STEPS | decode DIR F H W |
    cold DIR
Options come from the environment: THREADS, REPEAT, OUTPUT. Prints one line of JSON."""

import json
import os
import resource
import sys
import time

began = time.time()
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from safetensors.torch import save_file

torch.set_num_threads(int(os.environ.get("THREADS", "2")))
REPEAT = int(os.environ.get("REPEAT", "3"))


def waves(*size):
    places = torch.arange(torch.Size(size).numel(), dtype=torch.float64)
    return (torch.sin(places * 12.9898) * 1.4).float().view(size)


def timed(work, repeat=REPEAT, warm=True):
    if warm:
        result = work()
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, seconds


def report(result, seconds):
    if "OUTPUT" in os.environ:
        save_file({"result": result.float().contiguous()}, os.environ["OUTPUT"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(dict(seconds=seconds, peak_bytes=peak, size=list(result.shape))))


def forward(folder, *latent):
    model = WanTransformer3DModel.from_pretrained(folder, subfolder="transformer")
    x, text = waves(1, model.config.in_channels, *latent), waves(1, 512, model.config.text_dim)
    report(*timed(lambda: model(x, torch.tensor([437]), text, return_dict=False)[0]))


def steps(folder, frames, height, width, count):
    """What WanPipeline's loop does for each step."""
    model = WanTransformer3DModel.from_pretrained(folder, subfolder="transformer")
    noise, text = waves(1, model.config.in_channels, frames, height, width), waves(1, 512, model.config.text_dim)
    negative = text.flip(1)

    def run():
        scheduler = UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        )
        scheduler.set_timesteps(count)
        x = noise
        for t in scheduler.timesteps:
            timestep = t.expand(x.shape[0])
            with model.cache_context("cond"):
                seen = model(x, timestep, text, return_dict=False)[0]
            with model.cache_context("uncond"):
                without = model(x, timestep, negative, return_dict=False)[0]
            velocity = without + 5.0 * (seen - without)
            x = scheduler.step(velocity, t, x, return_dict=False)[0]
        return x

    report(*timed(run))


def decode(folder, *latent):
    vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae")
    normalised = waves(1, vae.config.z_dim, *latent)
    mean = torch.tensor(vae.config.latents_mean).view(1, -1, 1, 1, 1)
    raw = normalised * torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1) + mean

    def run():
        frames = vae.decode(raw, return_dict=False)[0]
        return ((frames + 1) * 127.5).round().to(torch.uint8)

    report(*timed(run, repeat=1, warm=False))


def cold(folder):
    """From the start of the process to the first denoised step, as in a user's script."""
    pipe = WanPipeline.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    done = []

    def first_step(_pipe, step, _timestep, tensors):
        done.append(time.time())
        return tensors

    pipe("a red fox", width=48, height=32, num_frames=9, num_inference_steps=2, callback_on_step_end=first_step)
    print(json.dumps(dict(at=done[0])))


def save(folder, transformer, vae):
    """Saves a model with the initial weights of its classes. Speed does not depend on them, and results are
    compared."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "goldens"))
    import text

    torch.manual_seed(0)
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    config = text.UMT5Config(**(text.CONFIG | dict(vocab_size=len(tokenizer), d_model=transformer["text_dim"])))
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    WanPipeline(
        tokenizer=tokenizer, text_encoder=text.UMT5EncoderModel(config), scheduler=scheduler,
        transformer=WanTransformer3DModel(**transformer), vae=AutoencoderKLWan(**vae),
    ).save_pretrained(folder)


BASE = dict(
    patch_size=(1, 2, 2), in_channels=16, out_channels=16, freq_dim=256, cross_attn_norm=True,
    qk_norm="rms_norm_across_heads", rope_max_seq_len=1024,
)
MIDDLE = BASE | dict(num_attention_heads=4, attention_head_dim=128, ffn_dim=2048, num_layers=8, text_dim=512)
TINY = BASE | dict(num_attention_heads=2, attention_head_dim=12, ffn_dim=32, num_layers=2, text_dim=32)
TINY_VAE = dict(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True])


# The autoencoder of Wan 2.2 5B with half its widths.
WIDE_VAE = dict(
    base_dim=80, decoder_base_dim=128, z_dim=48, dim_mult=[1, 2, 4, 4], num_res_blocks=2, in_channels=12, out_channels=12,
    temperal_downsample=[False, True, True], is_residual=True, patch_size=2, scale_factor_spatial=16,
    latents_mean=[0.0] * 48, latents_std=[1.0] * 48,
)
# Transformers whose matrices of blocks are packed: the width of the 1.3B model, fewer blocks.
PACKED = dict(width=1536, ffn=8960, layers=6, channels=16)


def is_packed(name, tensor):
    return name.startswith("blocks.") and name.endswith(".weight") and tensor.ndim == 2


def make_packed(folder):
    """Writes a transformer in GGUF Q8_0 and one in int8, in the names of Wan's own release."""
    import gguf

    import plain

    os.makedirs(folder, exist_ok=True)
    weights = plain.drawn(plain.parameters(**PACKED), "cpu", torch.float32)
    writer = gguf.GGUFWriter(os.path.join(folder, "q8_0.gguf"), "wan")
    kind = gguf.GGMLQuantizationType.Q8_0
    tensors = {}
    for name, tensor in weights.items():
        if is_packed(name, tensor):
            writer.add_tensor(name, gguf.quantize(tensor.numpy(), kind), raw_dtype=kind)
            scale = tensor.abs().amax(1, keepdim=True) / 127
            tensors[name] = (tensor / scale).round().to(torch.int8)
            tensors[f"{name}_scale"] = scale
            continue
        tensors[name] = tensor
        # Four axes at most, and none of length 1 at the front, as converters write them.
        whole = tensor.flatten(0, 1) if tensor.ndim == 5 or tensor.shape[0] == 1 else tensor
        writer.add_tensor(name, whole.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(tensors, os.path.join(folder, "int8.safetensors"))


def make(folder):
    save(os.path.join(folder, "middle"), MIDDLE, dict(base_dim=96))  # the released autoencoder's shape
    save(os.path.join(folder, "tiny"), TINY, TINY_VAE)
    torch.manual_seed(0)
    AutoencoderKLWan(**WIDE_VAE).save_pretrained(os.path.join(folder, "wide", "vae"))
    make_packed(os.path.join(folder, "packed"))


if __name__ == "__main__":
    word, folder, *rest = sys.argv[1:]
    with torch.no_grad():
        dict(make=make, forward=forward, steps=steps, decode=decode, cold=cold)[word](folder, *map(int, rest))
