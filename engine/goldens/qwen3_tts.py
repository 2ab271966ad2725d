"""Goldens of Qwen3-TTS: outputs of the package `qwen_tts` 0.1.1 for tiny networks of drawn weights.

The package needs transformers 4.57.3, so it has an environment of its own: install transformers==4.57.3,
tokenizers==0.22.1, huggingface_hub<1.0, accelerate==1.12.0, einops and qwen_tts==0.1.1 there with `--no-deps`, beside
torch, and run `make.py qwen3_tts` with it. Elsewhere this part is skipped. The libraries that read and play sound are
not needed; of librosa only the mel filters are used, which transformers computes alike.

Not named qwen_tts.py: it would hide the package."""

import importlib.machinery
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from unittest.mock import MagicMock

import torch

from drawn import fill, uniform

UNUSED = [
    "soundfile", "sox", "onnxruntime", "torchaudio", "torchaudio.compliance", "torchaudio.compliance.kaldi", "librosa",
    "librosa.filters",
]

TALKER = dict(
    vocab_size=1064, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=12, rope_theta=1000.0, num_code_groups=5, text_hidden_size=24, text_vocab_size=300,
    rope_scaling=dict(interleaved=True, mrope_section=[2, 2, 2], rope_type="default"),
    codec_pad_id=41, codec_bos_id=42, codec_eos_token_id=43, codec_think_id=44, codec_nothink_id=45,
    codec_think_bos_id=46, codec_think_eos_id=47, codec_language_id=dict(english=48, chinese=49, beijing_dialect=50),
    spk_id=dict(vivian=51, dylan=52), spk_is_dialect=dict(vivian=False, dylan="beijing_dialect"),
    code_predictor_config=dict(
        vocab_size=40, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=10, rope_theta=500.0, num_code_groups=5,
    ),
)
SPEAKER = dict(
    mel_dim=128, enc_dim=32, enc_channels=[16, 16, 16, 32], enc_kernel_sizes=[5, 3, 3, 1], enc_dilations=[1, 2, 3, 1],
    enc_attention_channels=8, enc_res2net_scale=4, enc_se_channels=6, sample_rate=24000,
)
MODEL = dict(
    talker_config=TALKER, speaker_encoder_config=SPEAKER, tts_pad_token_id=290, tts_bos_token_id=291,
    tts_eos_token_id=292, tokenizer_type="qwen3_tts_tokenizer_12hz", tts_model_size="0b6", tts_model_type="base",
)
# The larger release has a narrower code predictor, and mrope sections that are not interleaved are the same here.
WIDE = MODEL | dict(
    talker_config=TALKER | dict(
        code_predictor_config=TALKER["code_predictor_config"] | dict(hidden_size=20),
        rope_scaling=dict(interleaved=False, mrope_section=[1, 2, 3], rope_type="default"),
    ),
    tts_model_size="1b7",
)
# Ends with a common code, so that lines end before their most frames. The shapes are those of the small one.
ENDING = {end: MODEL | dict(talker_config=TALKER | dict(codec_eos_token_id=end)) for end in [31, 33]}
MODELS = dict(small=MODEL, wide=WIDE, ending=ENDING[31], beginning_with_its_end=ENDING[33])
CODEC = dict(
    encoder_valid_num_quantizers=5, input_sample_rate=24000, output_sample_rate=24000, decode_upsample_rate=24,
    encode_downsample_rate=24,
    decoder_config=dict(
        codebook_size=40, codebook_dim=16, hidden_size=16, latent_dim=20, rope_theta=300.0, num_attention_heads=2,
        num_key_value_heads=1, head_dim=6, sliding_window=5, intermediate_size=24, num_hidden_layers=3,
        num_quantizers=5, upsample_rates=[3, 2], upsampling_ratios=[2, 2], decoder_dim=16,
    ),
)

ROLE, END = [1, 2, 3], [4, 3, 1, 2, 3]
TEXT, LONG = [17, 44, 5, 59, 23], [8, 61, 12, 77, 33, 20, 70, 9, 14, 50]
INSTRUCTION = [1, 6, 3, 30, 31, 32, 4, 3]
BASE = dict(model="small", text=TEXT, language="auto", greedy_penalty=1.7, frames=9)
LINES = {
    "plain": BASE,
    "described": BASE | dict(instruction=INSTRUCTION, language="English"),
    "speaker": BASE | dict(speaker="Vivian", language="chinese", text=LONG),
    "dialect": BASE | dict(speaker="Dylan", greedy_penalty=1.05),
    "cloned": BASE | dict(cloned=True, beside=True, text=LONG, frames=14),
    "cloned_short": BASE | dict(cloned=True, beside=True, text=[17], model="wide", language="english"),
    "wide": BASE | dict(model="wide", instruction=INSTRUCTION, text=LONG, greedy_penalty=2.1, frames=30),
    "ended": BASE | dict(model="ending", text=LONG, language="english", greedy_penalty=1.05, frames=40),
    "ended_later": BASE | dict(model="beginning_with_its_end", text=LONG, language="english", frames=40),
}
# Whole lines: words to sound, by the files of a release. The kind of a model changes no weights.
INSTRUCTED = dict(instruction="assistant, as it is")
SAID = {
    "described": dict(kind="voice_design", **INSTRUCTED),
    "own": dict(kind="custom_voice", speaker="vivian", **INSTRUCTED),
    "cloned": dict(kind="base", cloned=True, beside=True),
}
SAID = {
    name: BASE | dict(language="english", words=" hello world, it's 12\n", greedy_penalty=1.4, frames=31) | case
    for name, case in SAID.items()
}
LOGITS = dict(
    temperature=dict(temperature=0.7), top_k=dict(temperature=1.0, top_k=5), top_p=dict(temperature=1.3, top_p=0.6),
    all=dict(temperature=0.9, top_k=11, top_p=0.85), narrow=dict(temperature=0.5, top_p=0.01),
)
PIECES = dict(whole=(300, 25), cut=(7, 3), without_context=(10, 0))

MERGES = [
    ("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("Ġw", "o"), ("r", "l"), ("rl", "d"), ("'", "s"),
    ("Ġ", "Ġ"), ("c", "a"), ("Ã", "©"), ("1", "2"), ("Ċ", "Ċ"), ("a", "s"), ("as", "s"), ("i", "s"), ("t", "a"),
    ("ass", "is"), ("assis", "ta"), ("n", "t"), ("assista", "nt"), ("u", "s"), ("e", "r"), ("us", "er"),
]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEXTS = [
    "hello world", "Hello's  world\n\n12", "cafe\u0301 café", "你好，世界! 123", "it'S  <|im_start|> x\r\n y ", "", "\t\n ",
]

SHAPES = {}


def stubbed(name):
    module = MagicMock()
    module.__spec__, module.__path__ = importlib.machinery.ModuleSpec(name, None), []
    sys.modules[name] = module
    return module


def slaney(sr, n_fft, n_mels, fmin, fmax):
    """librosa.filters.mel."""
    from transformers.audio_utils import mel_filter_bank

    bank = mel_filter_bank(n_fft // 2 + 1, n_mels, fmin, fmax or sr / 2, sr, norm="slaney", mel_scale="slaney")
    return bank.T


def package():
    """The modules of the reference. None where it is not installed."""
    try:
        found = importlib.util.find_spec("qwen_tts")
    except ValueError:
        found = None
    if found is None or found.submodule_search_locations is None:
        return None
    for name in UNUSED:
        stubbed(name)
    sys.modules["librosa.filters"].mel = slaney
    from qwen_tts.core.models import configuration_qwen3_tts, modeling_qwen3_tts
    from qwen_tts.core.tokenizer_12hz import configuration_qwen3_tts_tokenizer_v2, modeling_qwen3_tts_tokenizer_v2

    return dict(
        model=modeling_qwen3_tts, config=configuration_qwen3_tts, codec=modeling_qwen3_tts_tokenizer_v2,
        codec_config=configuration_qwen3_tts_tokenizer_v2,
    )


def kept(name, model, prefix=""):
    """Remembers the keys of a model and their shapes: the tests write files of exactly these."""
    SHAPES[name] = {prefix + key: list(value.shape) for key, value in model.state_dict().items()}
    return model


def network(reference, config, name=None):
    config = reference["config"].Qwen3TTSConfig(**json.loads(json.dumps(config)))
    config._attn_implementation = config.talker_config._attn_implementation = "eager"
    model = fill(reference["model"].Qwen3TTSForConditionalGeneration(config), lambda key: key)
    return kept(name, model) if name else model


def voice_of(model):
    return model.extract_speaker_embedding(uniform("voice", (4000,)) * 0.5, 24000).clone()


def codes_of(model, case):
    """Greedy codes of a line, frames x groups, and the state after the prompt, 1 x width."""
    prompt = None
    if case.get("cloned"):
        prompt = dict(
            ref_spk_embedding=[voice_of(model)], x_vector_only_mode=[True], icl_mode=[False], ref_code=None,
        )
    instruction = case.get("instruction")
    codes, states = model.generate(
        input_ids=[torch.tensor([case.get("role", ROLE) + case["text"] + case.get("end", END)])],
        instruct_ids=[torch.tensor([instruction])] if instruction else None,
        voice_clone_prompt=prompt, languages=[case["language"]], speakers=[case.get("speaker")],
        non_streaming_mode=not case.get("beside", False), max_new_tokens=case["frames"] + 1, do_sample=False,
        subtalker_dosample=False, repetition_penalty=case["greedy_penalty"], top_k=None, top_p=None, temperature=None,
        subtalker_top_k=None, subtalker_top_p=None, subtalker_temperature=None,
    )
    return codes[0], states[0][:1]


def lines(reference, tensors):
    models = {name: network(reference, config, "model." + name) for name, config in MODELS.items()}
    for name, case in LINES.items():
        tensors["codes." + name], tensors["state." + name] = codes_of(models[case["model"]], case)
    tensors["speaker"] = voice_of(models["small"])
    return models["small"]


def codec(reference, tensors):
    config = reference["codec_config"].Qwen3TTSTokenizerV2Config(**json.loads(json.dumps(CODEC)))
    decoder_config = config.decoder_config
    decoder_config._attn_implementation = "eager"
    model = reference["codec"].Qwen3TTSTokenizerV2Decoder(decoder_config)
    model = kept("codec", fill(model, lambda key: "decoder." + key), "decoder.")
    with torch.no_grad():  # waves inside [-1, 1], so that the clamp hides nothing; the same in Rust
        for value in model.decoder[-1].parameters():
            value.mul_(0.01)
    codes = ((torch.from_numpy(uniform("codes", (1, 5, 23))) + 1) * 20).long()
    tensors["wave.codes"] = codes[0].T.contiguous()
    for name, (length, context) in PIECES.items():
        wave = model.chunked_decode(codes, length, context)
        assert (wave.abs() >= 1).float().mean() < 0.02, wave.abs().max()
        tensors["wave." + name] = wave[0]
    return model


def said(model, decoder, tokenizer, tensors):
    for name, case in SAID.items():
        words = case["words"].strip()
        ids = tokenizer(f"<|im_start|>assistant\n{words}<|im_end|>\n<|im_start|>assistant\n")["input_ids"]
        case = case | dict(text=ids[3:-5], role=ids[:3], end=ids[-5:])
        if "instruction" in case:
            instruction = f"<|im_start|>user\n{case['instruction']}<|im_end|>\n"
            case["instruction"] = tokenizer(instruction)["input_ids"]
        codes, _ = codes_of(model, case)
        tensors["said." + name] = decoder.chunked_decode(codes.T[None])[0]


def logits(tensors):
    from transformers.generation import logits_process as process

    scores = torch.from_numpy(uniform("logits", (1, 24))) * 4
    penalised = process.RepetitionPenaltyLogitsProcessor(1.4)(torch.tensor([[3, 7, 7, 20]]), scores)
    tensors["logits.penalised"] = penalised[0]
    for name, case in LOGITS.items():
        kept_scores = process.TemperatureLogitsWarper(case["temperature"])(None, penalised)
        if "top_k" in case:
            kept_scores = process.TopKLogitsWarper(case["top_k"])(None, kept_scores)
        if "top_p" in case:
            kept_scores = process.TopPLogitsWarper(case["top_p"])(None, kept_scores)
        tensors["logits." + name] = kept_scores.softmax(-1)[0]


def tokenizer():
    """A byte-level vocabulary, and the tokens of some texts."""
    from transformers import Qwen2TokenizerFast
    from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

    words = sorted(bytes_to_unicode().values()) + ["".join(pair) for pair in MERGES]
    vocabulary = {word: id for id, word in enumerate(words)}
    with tempfile.TemporaryDirectory() as folder:
        vocab, merges = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        vocab.write_text(json.dumps(vocabulary))
        merges.write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in MERGES) + "\n")
        made = Qwen2TokenizerFast(str(vocab), str(merges))
        made.add_special_tokens(dict(additional_special_tokens=SPECIAL))
        tokens = [made(text)["input_ids"] for text in TEXTS]
    merges = [" ".join(pair) for pair in MERGES]
    special = {word: made.convert_tokens_to_ids(word) for word in SPECIAL}
    return made, dict(vocabulary=vocabulary, merges=merges, special=special, texts=TEXTS, tokens=tokens)


def make():
    reference = package()
    if reference is None:
        print("qwen3_tts: skipped, since the package qwen_tts is not installed here")
        return {}, {}
    tensors = {}
    made, vocabulary = tokenizer()
    with torch.no_grad():
        model = lines(reference, tensors)
        said(model, codec(reference, tensors), made, tensors)
        logits(tensors)
    notes = dict(
        models=MODELS, codec=CODEC, lines=LINES, said=SAID, logits=LOGITS, pieces=PIECES, tokenizer=vocabulary,
        shapes={name: SHAPES[name] for name in ["model.small", "model.wide", "codec"]},
    )
    return {name: tensor.to(torch.float32).clone() for name, tensor in tensors.items()}, notes
