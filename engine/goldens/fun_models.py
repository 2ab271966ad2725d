"""Random models that diffusers does not have: Fun-Camera, Fun-Control, Fun-InP, Phantom, and Kinora's camera model."""

from dataclasses import dataclass

from diffusers import WanImageToVideoPipeline, WanTransformer3DModel
from safetensors.torch import save_file
from torch import nn

import changed
import image
import names
import text
import tiny
import transformer


@dataclass
class Kind:
    """A kind of model: what is concatenated to the noise along the channels, in this order, and what else it has."""

    order: list
    has: set

    def channels(self):
        """Of the noise, and of all."""
        noise = 48 if "wide" in self.has else 16
        return noise, noise + sum(noise + (4 if part == "given" else 0) for part in self.order)

    def needs_first(self):
        """Fun-InP is an image-to-video model. Those of a camera or a control clip take a first frame, but need none."""
        return self.order == ["given"] and "camera" not in self.has


KINDS = dict(
    fun_camera=Kind(["start"], {"camera", "clip"}),
    fun_camera_experts=Kind(["given"], {"camera", "experts"}),
    fun_camera_5b=Kind(["given"], {"camera", "wide"}),
    fun_control=Kind(["control", "start"], {"reference", "clip"}),
    fun_control_experts=Kind(["control", "given"], {"reference", "experts"}),
    fun_control_5b=Kind(["control", "given"], {"reference", "wide"}),
    fun_inp=Kind(["given"], {"clip"}),
    fun_inp_experts=Kind(["given"], {"experts"}),
    fun_inp_5b=Kind(["given"], {"wide"}),
    phantom=Kind([], {"subjects"}),
    own_camera=Kind([], {"camera"}),
)


def network(draw, kind, text_width, clip):
    """The transformer with its branches, which keep the names of the release among those of diffusers."""
    noise, channels = kind.channels()
    heads, head_width = draw.choice([1, 2, 3]), draw.choice([16, 24, 32])
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=heads, attention_head_dim=head_width, in_channels=channels,
        out_channels=noise, text_dim=text_width, freq_dim=draw.choice([64, 256]), ffn_dim=draw.choice([40, 96]),
        num_layers=draw.randint(2, 4), cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=1024,
    )
    if clip:
        config |= dict(image_dim=clip.config.hidden_size, added_kv_proj_dim=heads * head_width)

    def one():
        made = WanTransformer3DModel(**config)
        if "camera" in kind.has:
            made.control_adapter = transformer.CameraAdapter(heads * head_width, 16 if "wide" in kind.has else 8)
        if "reference" in kind.has:
            made.ref_conv = nn.Conv2d(noise, heads * head_width, 2, stride=2)
        return tiny.shaken(made, draw)

    return one


def build(draw, kind):
    """The shift, and diffusers' pipeline that holds the parts and encodes texts and pictures."""
    tokenizer, _ = text.tokenizer_json(text.train_sentencepiece())
    width = draw.choice([24, 40, 48])
    shift, scheduler = tiny.scheduler(draw)
    clip = tiny.shaken(tiny.image_encoder(draw), draw) if "clip" in kind.has else None
    one, has_two = network(draw, kind, width, clip), "experts" in kind.has
    pipe = WanImageToVideoPipeline(
        tokenizer=tokenizer, text_encoder=tiny.shaken(tiny.text_encoder(draw, len(tokenizer), width), draw),
        vae=tiny.shaken(tiny.autoencoder(draw, "wide" in kind.has), draw), scheduler=scheduler,
        transformer=one(), transformer_2=one() if has_two else None, image_encoder=clip,
        image_processor=image.processor(clip.config.image_size) if clip else None,
        boundary_ratio=draw.choice([0.7, 0.875, 0.9]) if has_two else None,
    )
    return shift, pipe


def save(draw, pipe, folder):
    """In the layout of diffusers; the transformers with its names or with those of the release."""
    pipe.save_pretrained(folder, safe_serialization=True)
    rename = draw.choice([names.transformer, None])
    for name in ["transformer", "transformer_2"]:
        model = getattr(pipe, name)
        if model is not None and rename:
            tensors = {rename(key): value.contiguous() for key, value in model.state_dict().items()}
            save_file(tensors, changed.emptied(folder / name) / "diffusion_pytorch_model.safetensors")
