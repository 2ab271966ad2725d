"""Maps the parameter names of diffusers and transformers to those of the original release, by regular expressions.
engine/src/family/wan/names.rs does the same in another way, so each checks the other."""

import re


def renamed(key, rules):
    for pattern, replacement in rules:
        key = re.sub(pattern, replacement, key)
    return key


def transformer(key):
    return renamed(key, [
        (r"^condition_embedder\.time_embedder\.linear_1", "time_embedding.0"),
        (r"^condition_embedder\.time_embedder\.linear_2", "time_embedding.2"),
        (r"^condition_embedder\.time_proj", "time_projection.1"),
        (r"^condition_embedder\.text_embedder\.linear_1", "text_embedding.0"),
        (r"^condition_embedder\.text_embedder\.linear_2", "text_embedding.2"),
        (r"^condition_embedder\.image_embedder\.norm1", "img_emb.proj.0"),
        (r"^condition_embedder\.image_embedder\.ff\.net\.0\.proj", "img_emb.proj.1"),
        (r"^condition_embedder\.image_embedder\.ff\.net\.2", "img_emb.proj.3"),
        (r"^condition_embedder\.image_embedder\.norm2", "img_emb.proj.4"),
        (r"^condition_embedder\.image_embedder\.pos_embed", "img_emb.emb_pos"),
        (r"\.add_([kv])_proj\.", r".\1_img."),
        (r"\.norm_added_k\.", ".norm_k_img."),
        (r"^scale_shift_table", "head.modulation"),
        (r"^proj_out", "head.head"),
        (r"scale_shift_table", "modulation"),
        (r"\.norm2\.", ".norm#."),
        (r"\.norm3\.", ".norm2."),
        (r"\.norm#\.", ".norm3."),
        (r"\.attn1\.", ".self_attn."),
        (r"\.attn2\.", ".cross_attn."),
        (r"\.to_([qkv])\.", r".\1."),
        (r"\.to_out\.0\.", ".o."),
        (r"\.ffn\.net\.0\.proj\.", ".ffn.0."),
        (r"\.ffn\.net\.2\.", ".ffn.2."),
        (r"\.proj_in\.", ".before_proj."),
        (r"\.proj_out\.", ".after_proj."),
    ])


RESNET = [
    (r"\.norm1\.", ".residual.0."),
    (r"\.conv1\.", ".residual.2."),
    (r"\.norm2\.", ".residual.3."),
    (r"\.conv2\.", ".residual.6."),
    (r"\.conv_shortcut\.", ".shortcut."),
]


def vae(residual_blocks, is_residual=False):
    """`residual_blocks` is the number per stage of the encoder; a stage of the decoder has one more. With `is_residual`
    (Wan 2.2) each stage has a list of its own, whose last layer resamples."""
    stage = residual_blocks + 2

    def name(key):
        if ".mid_block." in key or "_blocks." in key:
            key = renamed(key, RESNET)
        if is_residual:
            key = renamed(key, [
                (r"down_blocks\.(\d+)\.resnets", r"downsamples.\1.downsamples"),
                (r"down_blocks\.(\d+)\.downsampler", rf"downsamples.\1.downsamples.{residual_blocks}"),
                (r"up_blocks\.(\d+)\.resnets", r"upsamples.\1.upsamples"),
                (r"up_blocks\.(\d+)\.upsampler", rf"upsamples.\1.upsamples.{residual_blocks + 1}"),
            ])
        key = re.sub(
            r"up_blocks\.(\d+)\.resnets\.(\d+)",
            lambda m: f"upsamples.{int(m[1]) * stage + int(m[2])}",
            key,
        )
        key = re.sub(
            r"up_blocks\.(\d+)\.upsamplers\.0",
            lambda m: f"upsamples.{int(m[1]) * stage + stage - 1}",
            key,
        )
        return renamed(key, [
            (r"^quant_conv", "conv1"),
            (r"^post_quant_conv", "conv2"),
            (r"\.conv_in\.", ".conv1."),
            (r"\.norm_out\.", ".head.0."),
            (r"\.conv_out\.", ".head.2."),
            (r"\.down_blocks\.", ".downsamples."),
            (r"\.mid_block\.resnets\.0", ".middle.0"),
            (r"\.mid_block\.attentions\.0", ".middle.1"),
            (r"\.mid_block\.resnets\.1", ".middle.2"),
        ])

    return name


def image(key):
    return renamed(re.sub(r"^vision_model\.", "", key), [
        (r"^embeddings\.class_embedding", "cls_embedding"),
        (r"^embeddings\.position_embedding\.weight", "pos_embedding"),
        (r"^embeddings\.", ""),
        (r"^pre_layrnorm", "pre_norm"),
        (r"^post_layernorm", "post_norm"),
        (r"^visual_projection", "projection"),
        (r"^encoder\.layers\.", "transformer."),
        (r"\.layer_norm([12])", r".norm\1"),
        (r"\.self_attn\.([qkv])_proj", r".attn.\1"),
        (r"\.self_attn\.out_proj", ".attn.proj"),
        (r"\.mlp\.fc1", ".mlp.0"),
        (r"\.mlp\.fc2", ".mlp.2"),
    ])


def text(key):
    return renamed(key, [
        (r"^shared\.", "token_embedding."),
        (r"^encoder\.embed_tokens\.", "token_embedding."),
        (r"^encoder\.final_layer_norm\.", "norm."),
        (r"^encoder\.block\.", "blocks."),
        (r"\.layer\.0\.layer_norm\.", ".norm1."),
        (r"\.layer\.1\.layer_norm\.", ".norm2."),
        (r"\.layer\.0\.SelfAttention\.relative_attention_bias\.", ".pos_embedding.embedding."),
        (r"\.layer\.0\.SelfAttention\.", ".attn."),
        (r"\.layer\.1\.DenseReluDense\.wi_0\.", ".ffn.gate.0."),
        (r"\.layer\.1\.DenseReluDense\.wi_1\.", ".ffn.fc1."),
        (r"\.layer\.1\.DenseReluDense\.wo\.", ".ffn.fc2."),
    ])
