//! Builds Gemma's tokenizer from its SentencePiece model (`tokenizer.model`): byte pairs with a fallback to bytes. Only
//! fields that influence the tokens are read.
//!
//! Sources: google/sentencepiece `src/bpe_model.cc`; transformers
//! `convert_slow_tokenizer.py` (`generate_merges`).

use std::collections::HashSet;

use prost::Message;
use tokenizers::AddedToken;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::normalizers::replace::Replace;

use crate::sentencepiece::{ModelProto, Piece, UNKNOWN};

const BYTE_PAIRS: i32 = 2; // TrainerSpec.ModelType
const NORMAL: [i32; 2] = [0, 1]; // SentencePiece.Type; absent means 1
const USER_DEFINED: i32 = 4; // SentencePiece.Type
/// Longest piece: all its cuts are tried. The longest of Gemma have some dozen characters.
const LONGEST_PIECE_BYTES: usize = 256;

/// Builds a tokenizer from the bytes of a SentencePiece model. Fails with the reason.
pub fn read(bytes: &[u8]) -> Result<tokenizers::Tokenizer, String> {
    let proto = ModelProto::decode(bytes).map_err(|error| error.to_string())?;
    let trainer = proto.trainer.unwrap_or_default();
    if trainer.model_type != BYTE_PAIRS || !trainer.byte_fallback {
        return Err("it does not merge pairs with a fallback to bytes".into());
    }
    let normalizer = proto.normalizer.unwrap_or_default();
    if !normalizer.precompiled_charsmap.is_empty() || normalizer.add_dummy_prefix != Some(false) {
        return Err("it changes characters before it cuts".into());
    }
    let too_long = |piece: &&Piece| piece.text.len() > LONGEST_PIECE_BYTES;
    if let Some(piece) = proto.pieces.iter().find(too_long) {
        return Err(format!("it has a piece of {} bytes", piece.text.len()));
    }
    built(&proto.pieces).map_err(|error| error.to_string())
}

fn built(pieces: &[Piece]) -> tokenizers::Result<tokenizers::Tokenizer> {
    let vocabulary = pieces.iter().zip(0u32..);
    let vocabulary: Vocab = vocabulary
        .map(|(piece, id)| (piece.text.clone(), id))
        .collect();
    let unknown = pieces.iter().find(|piece| piece.kind == UNKNOWN);
    let mut model = BPE::builder()
        .vocab_and_merges(vocabulary, merges(pieces))
        .byte_fallback(true)
        .fuse_unk(true);
    if let Some(unknown) = unknown {
        model = model.unk_token(unknown.text.clone());
    }
    let mut tokenizer = tokenizers::Tokenizer::new(model.build()?);
    let spaces = Replace::new(" ", "▁")?;
    tokenizer.with_normalizer(Some(NormalizerWrapper::Replace(spaces)))?;
    // These are cut out of a text whole, before pairs are merged.
    let whole = pieces.iter().filter(|piece| piece.kind == USER_DEFINED);
    let whole = whole.map(|piece| AddedToken::from(piece.text.clone(), false).normalized(true));
    tokenizer.add_tokens(whole.collect::<Vec<_>>())?;
    Ok(tokenizer)
}

/// Two pieces that merge, and the order among all: by score, then by the characters of both, larger ones first.
type Merge<'p> = ((f32, usize, usize), (&'p str, &'p str));

/// The pairs of pieces that merge into a piece, the best first.
fn merges(pieces: &[Piece]) -> Merges {
    let normal = || pieces.iter().filter(|piece| NORMAL.contains(&piece.kind));
    let known: HashSet<&str> = normal().map(|piece| piece.text.as_str()).collect();
    let mut merges: Vec<Merge> = Vec::new();
    for piece in normal() {
        let length = piece.text.chars().count();
        let cuts = piece.text.char_indices().skip(1).zip(1..);
        for ((cut, _), before) in cuts {
            let (left, right) = piece.text.split_at(cut);
            if known.contains(left) && known.contains(right) {
                merges.push(((piece.score, before, length - before), (left, right)));
            }
        }
    }
    merges.sort_by(|(a, _), (b, _)| {
        let by_score = b.0.total_cmp(&a.0);
        by_score.then_with(|| (b.1, b.2).cmp(&(a.1, a.2)))
    });
    let pairs = merges.into_iter().map(|(_, pair)| pair);
    pairs
        .map(|(left, right)| (left.to_owned(), right.to_owned()))
        .collect()
}
