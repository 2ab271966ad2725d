"""Goldens of the text encoder: transformers' UMT5 for drawn weights, ftfy's cleaning of prompts, and the tokens of
SentencePiece and of transformers' tokenizer with a small vocabulary that is trained here."""

import base64
import html
import io
import json
import re
from pathlib import Path

import ftfy
import numpy as np
import sentencepiece
import torch
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

import names
from drawn import fill

CONFIG = dict(
    vocab_size=300, d_model=32, d_kv=8, d_ff=64, num_layers=3, num_heads=4,
    relative_attention_num_buckets=32, relative_attention_max_distance=128,
)
CASES = {"one_token": [1], "a_prompt": [5, 17, 200, 4, 299, 63, 1], "past_every_bucket": [*range(2, 299), 1]}

PROMPTS = [
    "A red fox runs through tall grass, golden hour, 35mm",
    "  two   spaces\tand\na line break  ",
    "“Curly quotes” and an ellipsis…",
    "Tom &amp;amp; Jerry &lt;close-up&gt; &eacute;t&eacute; &#x1F600; &notanentity;",
    "schÃ¶n and naÃ¯ve, a caf\u00c3\u00a9",
    "ﬁre and ﬂood, ＦＵＬＬ　ＷＩＤＴＨ, ½ ㎏",
    "镜头缓缓推进，一只白鹤在雪中起舞",
    "少女が海辺を歩く、夕暮れ、ｶﾒﾗ",
    "Ein Mädchen läuft über die Brücke. Élan vital; naïveté",
    "emoji 🎬🦊👩‍🚀 and a family 👨‍👩‍👧",
    "zero\u200bwidth, soft\u00adhyphen, non\u00a0breaking, e\u0301 combining",
    "ALL CAPS stays ALL CAPS; @mia walks to @the_tower",
    "",
    "a",
    "\x1b[31mred\x1b[0m control \x07 bell",
    "l’été — an em dash – an en dash",
    "price: 5 < 6 & 7 > 3 <b>bold</b>",
    "Привет, мир! Крупный план",
    "repeat " * 300,
]


def cleaned(prompt):
    prompt = html.unescape(html.unescape(ftfy.fix_text(prompt))).strip()
    return re.sub(r"\s+", " ", prompt).strip()


def encoder():
    config = UMT5Config(**CONFIG, dropout_rate=0.0, attn_implementation="eager")
    return fill(UMT5EncoderModel(config), names.text)


def train_sentencepiece():
    sentences = [cleaned(prompt) for prompt in PROMPTS if prompt] * 20
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=430, model_type="unigram",
        byte_fallback=True, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, character_coverage=1.0,
        normalization_rule_name="nmt_nfkc", minloglevel=2, num_threads=1,
    )
    return model.getvalue()


def charsmap(proto):
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(proto)
    return model


def tokenizer_json(proto):
    """A T5 tokenizer as transformers writes it, without its character table, which is most of the file. The test
    takes the table from the SentencePiece model, where it is stored once."""
    model = charsmap(proto)
    vocabulary = [(piece.piece, piece.score) for piece in model.pieces]
    tokenizer = T5Tokenizer(
        vocab=vocabulary, extra_ids=0, _spm_precompiled_charsmap=model.normalizer_spec.precompiled_charsmap
    )
    written = json.loads(tokenizer.backend_tokenizer.to_str())
    table = written["normalizer"]["precompiled_charsmap"]
    assert base64.b64decode(table) == model.normalizer_spec.precompiled_charsmap
    written["normalizer"]["precompiled_charsmap"] = None
    return tokenizer, written


def make():
    tensors = {}
    model = encoder()
    with torch.no_grad():
        for name, tokens in CASES.items():
            length = 40 if len(tokens) < 40 else 310
            ids = torch.tensor([tokens + [0] * (length - len(tokens))])
            mask = (torch.arange(length) < len(tokens)).long().unsqueeze(0)
            encoded = model(ids, mask).last_hidden_state
            tensors[name] = encoded[:, : len(tokens)]
    proto = train_sentencepiece()
    tensors["spiece_model"] = torch.from_numpy(np.frombuffer(proto, np.uint8).copy())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=proto)
    tokenizer, written = tokenizer_json(proto)
    words = []
    for prompt in PROMPTS:
        clean = cleaned(prompt)
        words.append(dict(
            prompt=prompt, cleaned=clean,
            sentencepiece=pieces.encode(clean)[:511] + [1],
            transformers=tokenizer(clean, truncation=True, max_length=512).input_ids,
        ))
    return tensors, dict(config=CONFIG, cases=CASES, prompts=words, tokenizer=written)
