"""Goldens of the image encoder: transformers' CLIPVisionModel with drawn weights, its vectors with and without a
projection, and what its CLIPImageProcessor makes of drawn pictures."""

import numpy as np
import torch
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel, CLIPVisionModelWithProjection

import names
from drawn import fill, normal_like, uniform

CONFIG = dict(
    hidden_size=20, intermediate_size=32, num_hidden_layers=3, num_attention_heads=2, image_size=32, patch_size=8,
    hidden_act="gelu",
)
PROJECTED = 12
# Width and height of pictures, and the side of the square.
PICTURES = {"wide": (52, 30, 16), "upright": (30, 71, 16), "enlarged": (9, 7, 16), "of_the_size": (16, 16, 16)}


def encoder():
    """The network of `CONFIG`. `pipeline.py` uses it too."""
    return fill(CLIPVisionModel(CLIPVisionConfig(**CONFIG)), names.image)


def processor(side):
    return CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})


def picture(name, width, height):
    pixels = np.floor((uniform("picture." + name, (height, width, 3)) + 1) * 127.999)
    return Image.fromarray(pixels.astype(np.uint8))


def make():
    side = CONFIG["image_size"]
    with torch.no_grad():
        pixels = normal_like("pixels", (2, 3, side, side))
        made = encoder()(pixel_values=pixels, output_hidden_states=True)
        projecting = CLIPVisionModelWithProjection(CLIPVisionConfig(**CONFIG, projection_dim=PROJECTED))
        projected = fill(projecting, names.image)(pixel_values=pixels).image_embeds
    tensors = {"tokens": made.hidden_states[-2], "pooled": made.pooler_output, "projected": projected}
    for name, (width, height, side) in PICTURES.items():
        processed = processor(side)(images=picture(name, width, height), return_tensors="pt")
        tensors[name] = processed["pixel_values"]
    keys = [key for key in encoder().state_dict() if not key.startswith("post_layernorm")]
    renamed = [["vision_model." + key, names.image(key)] for key in keys]
    return tensors, dict(config=CONFIG, pictures=PICTURES, names=renamed)
