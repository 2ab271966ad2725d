"""Goldens of the text side of LTX-2: transformers' Gemma 3 and Gemma 4 and diffusers' LTX2TextConnectors for drawn weights,
and the tokens of SentencePiece and transformers with a small vocabulary that is trained here."""

import io
import json

import numpy as np
import sentencepiece
import torch
from diffusers.pipelines.ltx2.connectors import LTX2TextConnectors
from sentencepiece import sentencepiece_model_pb2
from tokenizers.processors import TemplateProcessing
from transformers import (
    Gemma3TextConfig,
    Gemma3TextModel,
    Gemma4TextConfig,
    Gemma4TextModel,
    GemmaTokenizer,
)
from transformers.convert_slow_tokenizer import generate_merges
from transformers.models.gemma4_unified import Gemma4UnifiedTextConfig, Gemma4UnifiedTextModel

from drawn import fill, normal_like

LENGTH = 16  # of a padded text, in tokens; the released models have 1024
TEXTS = [
    [2, 17, 40, 5, 33, 8, 21, 59, 12, 44, 30],
    [2, 9, 51, 28],
    [2, 11, 25, 37, 48, 3, 19, 56, 42, 6, 31, 14, 53, 7, 22, 35],
]
SMALL = dict(vocab_size=60, hidden_size=24, intermediate_size=40, num_attention_heads=4, sliding_window=5)
SLIDING, FULL = "sliding_attention", "full_attention"


def gemma_3():
    config = Gemma3TextConfig(
        **SMALL, num_hidden_layers=4, num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=20,
        layer_types=[SLIDING, SLIDING, FULL, SLIDING], attn_implementation="eager",
        rope_parameters={
            FULL: dict(rope_type="linear", factor=8.0, rope_theta=1e6),
            SLIDING: dict(rope_type="default", rope_theta=1e4),
        },
    )
    return Gemma3TextModel(config)


FOUR = dict(
    num_hidden_layers=4, num_key_value_heads=2, head_dim=8, global_head_dim=16, attn_implementation="eager",
    layer_types=[SLIDING, SLIDING, FULL, FULL],
)


def gemma_4():
    """As the encoder of LTX-2.5: the full layers have one head of keys, which are the values too."""
    config = Gemma4UnifiedTextConfig(**SMALL, **FOUR, attention_k_eq_v=True, num_global_key_value_heads=1)
    return Gemma4UnifiedTextModel(config)


def gemma_4_with_values():
    """The class that also knows experts and per-layer inputs, without both."""
    config = Gemma4TextConfig(**SMALL, **FOUR, hidden_size_per_layer_input=0)
    return Gemma4TextModel(config)


GEMMAS = dict(gemma_3=gemma_3, gemma_4=gemma_4, gemma_4_with_values=gemma_4_with_values)


def padded():
    """The texts with padding on their left, and its mask."""
    ids = torch.tensor([[0] * (LENGTH - len(text)) + text for text in TEXTS])
    mask = torch.tensor([[0] * (LENGTH - len(text)) + [1] * len(text) for text in TEXTS])
    return ids, mask


def states_of(model):
    """All hidden states: texts x tokens x width x layers + 1."""
    ids, mask = padded()
    with torch.no_grad():
        output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    return torch.stack(output.hidden_states, dim=-1)


def encoders(tensors, notes):
    for name, make_model in GEMMAS.items():
        model = fill(make_model(), lambda key: key)
        states = states_of(model)
        for at, text in enumerate(TEXTS):
            tensors[f"{name}.{at}"] = states[at : at + 1, LENGTH - len(text) :].clone()
        shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
        config = json.loads(model.config.to_json_string(use_diff=False))
        notes["encoders"][name] = dict(config=config, shapes=shapes)


RENAMED = [
    ("video_text_proj_in.", "text_embedding_projection.video_aggregate_embed."),
    ("audio_text_proj_in.", "text_embedding_projection.audio_aggregate_embed."),
    ("text_proj_in.", "text_embedding_projection.aggregate_embed."),
    ("video_connector.", "video_embeddings_connector."),
    ("audio_connector.", "audio_embeddings_connector."),
]


def original(key):
    for theirs, ours in RENAMED:
        if key.startswith(theirs):
            key = ours + key.removeprefix(theirs)
            break
    key = key.replace(".transformer_blocks.", ".transformer_1d_blocks.")
    return key.replace(".norm_q.", ".q_norm.").replace(".norm_k.", ".k_norm.")


def connector_config(form, registers):
    common = dict(
        caption_channels=SMALL["hidden_size"], text_proj_in_factor=5, rope_type="split",
        video_connector_num_learnable_registers=registers, audio_connector_num_learnable_registers=registers,
    )
    if form == "2.0":
        heads = {f"{stream}_connector_{name}": value for stream in ("video", "audio")
                 for name, value in dict(num_attention_heads=3, attention_head_dim=8, num_layers=2).items()}
        return dict(common, **heads)
    return dict(
        common, video_connector_num_attention_heads=4, video_connector_attention_head_dim=8,
        video_connector_num_layers=2, video_gated_attn=True, video_hidden_dim=32,
        audio_connector_num_attention_heads=4, audio_connector_attention_head_dim=4,
        audio_connector_num_layers=1, audio_gated_attn=True, audio_hidden_dim=16,
        per_modality_projections=True, proj_bias=True,
    )


def connectors(tensors, notes):
    _, mask = padded()
    drawn = normal_like("ltx2_text.states", (len(TEXTS), LENGTH, SMALL["hidden_size"], 5)) * 3 + 0.5
    gemma_4_states = states_of(fill(gemma_4(), lambda key: key))
    cases = {
        "2.0": ("2.0", 8, drawn), "2.0_without_registers": ("2.0", None, drawn),
        "2.3": ("2.3", 8, drawn), "2.3_without_registers": ("2.3", None, drawn),
        "2.5": ("2.5", 4, gemma_4_states),
    }
    for name, (form, registers, states) in cases.items():
        config = connector_config(form, registers)
        model = fill(LTX2TextConnectors(**config), original)
        with torch.no_grad():
            video, audio, meant = model(states, mask, padding_side="left")
        assert meant.all()  # also without registers: the transformer attends to every row
        tensors[f"{name}.video"], tensors[f"{name}.audio"] = video, audio
        shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
        notes["connectors"][name] = dict(config=config, shapes=shapes)


PROMPTS = [
    "A red fox runs through tall grass, golden hour, 35mm",
    "  two   spaces\tand\na line break  ",
    "“Curly quotes” and an ellipsis… a café",
    "镜头缓缓推进，一只白鹤在雪中起舞",
    "emoji 🎬🦊👩‍🚀 and a family 👨‍👩‍👧",
    "a <start_of_turn>user turn<end_of_turn> in the text",
    "zero\u200bwidth, soft\u00adhyphen, e\u0301 combining",
    "",
    "a",
    "She says: \"I have waited 1024 days.\" Rain, thunder, a door slams\n\nCUT",
    "repeat " * 1100,
]


def train_sentencepiece():
    sentences = [prompt.strip() for prompt in PROMPTS if prompt][:6] * 20
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=400, model_type="bpe", byte_fallback=True,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>",
        user_defined_symbols=["<mask>", "<start_of_turn>", "<end_of_turn>", "▁▁"], split_digits=True,
        normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True, character_coverage=1.0, minloglevel=2, num_threads=1,
    )
    return model.getvalue()


def tokenizer_of(proto):
    """The same vocabulary as transformers writes it into a tokenizer.json."""
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(proto)
    vocabulary = {piece.piece: at for at, piece in enumerate(model.pieces)}
    scores = {piece.piece: piece.score for piece in model.pieces if piece.type == 1}
    merges = generate_merges(vocabulary, scores)
    tokenizer = GemmaTokenizer(vocab=vocabulary, merges=merges)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", 2)],  # as in the files of Gemma 3
    )
    return tokenizer


def tokenizers(tensors, notes):
    proto = train_sentencepiece()
    tensors["spiece_model"] = torch.from_numpy(np.frombuffer(proto, np.uint8).copy())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=proto)
    tokenizer = tokenizer_of(proto)
    notes["tokenizer"] = json.loads(tokenizer.backend_tokenizer.to_str())
    for prompt in PROMPTS:
        prompt_ids = tokenizer(prompt.strip(), padding="max_length", max_length=1024, truncation=True)
        ids, mask = prompt_ids.input_ids, prompt_ids.attention_mask
        padding = mask.index(1)
        notes["prompts"].append(dict(
            prompt=prompt, padding=padding, transformers=ids[padding:],
            sentencepiece=[2] + pieces.encode(prompt.strip())[:1023],
        ))


def make():
    tensors, notes = {}, dict(length=LENGTH, texts=TEXTS, encoders={}, connectors={}, prompts=[])
    encoders(tensors, notes)
    connectors(tensors, notes)
    tokenizers(tensors, notes)
    return tensors, notes
