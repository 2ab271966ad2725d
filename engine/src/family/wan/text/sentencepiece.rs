//! Builds a tokenizer from a SentencePiece model: that in ComfyUI's text encoder files, a file of its own, or the lists in
//! the header of a GGUF file. Only fields that influence the tokens are read.
//!
//! Source: ggml `docs/gguf.md` (`tokenizer.ggml`).

use std::path::Path;

use kinora_wire::Failure;
use prost::Message;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::{NormalizerWrapper, Precompiled};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::template::TemplateProcessing;

use crate::sentencepiece::{ModelProto, Piece, UNKNOWN};
use crate::weights::MappedFile;

const UNIGRAM: i32 = 1; // TrainerSpec.ModelType; absent means this
/// The character that replaces a space.
const META: char = '▁';

/// The pieces of a SentencePiece model, and their use.
struct Model {
    pieces: Vec<Piece>,
    byte_fallback: bool,
    charsmap: Vec<u8>,
}

/// Builds a tokenizer from the bytes of a SentencePiece model in this file.
pub fn read(bytes: &[u8], file: &Path) -> Result<tokenizers::Tokenizer, Failure> {
    let broken = |why: String| damaged(file, &why);
    let proto = ModelProto::decode(bytes).map_err(|error| broken(error.to_string()))?;
    let trainer = proto.trainer.unwrap_or_default();
    if ![0, UNIGRAM].contains(&trainer.model_type) {
        return Err(broken(format!(
            "its type {} is not unigram",
            trainer.model_type
        )));
    }
    let model = Model {
        pieces: proto.pieces,
        byte_fallback: trainer.byte_fallback,
        charsmap: proto.normalizer.unwrap_or_default().precompiled_charsmap,
    };
    built(model).map_err(broken)
}

/// The lists of a GGUF file, by their keys.
const GGUF_MODEL: &str = "tokenizer.ggml.model";
const GGUF_PIECES: &str = "tokenizer.ggml.tokens";
const GGUF_SCORES: &str = "tokenizer.ggml.scores";
const GGUF_KINDS: &str = "tokenizer.ggml.token_type";
const GGUF_CHARSMAP: &str = "tokenizer.ggml.precompiled_charsmap";
/// What GGUF files call the tokenizer of T5: a unigram model of SentencePiece.
const GGUF_UNIGRAM: &str = "t5";
const UNUSED: i32 = 5; // SentencePiece.Type
const BYTE: i32 = 6; // SentencePiece.Type

/// Whether a GGUF file lists the pieces of a tokenizer that can be built.
pub fn has_pieces(file: &MappedFile) -> bool {
    let is_unigram = file
        .metadata()
        .get(GGUF_MODEL)
        .is_some_and(|model| model == GGUF_UNIGRAM);
    let lists = [GGUF_PIECES, GGUF_SCORES, GGUF_KINDS, GGUF_CHARSMAP];
    is_unigram && lists.iter().all(|list| file.has_list(list))
}

/// Builds a tokenizer from the lists of a GGUF file.
pub fn of_gguf(file: &MappedFile) -> Result<tokenizers::Tokenizer, Failure> {
    let broken = |why: String| damaged(file.path(), &why);
    let missing = |list: &str| broken(format!("`{list}` cannot be used"));
    let texts = file
        .texts(GGUF_PIECES)
        .ok_or_else(|| missing(GGUF_PIECES))?;
    let scores = file
        .numbers(GGUF_SCORES)
        .ok_or_else(|| missing(GGUF_SCORES))?;
    let kinds = file
        .numbers(GGUF_KINDS)
        .ok_or_else(|| missing(GGUF_KINDS))?;
    let charsmap = file.byte_list(GGUF_CHARSMAP);
    let charsmap = charsmap.ok_or_else(|| missing(GGUF_CHARSMAP))?;
    if texts.len() != scores.len() || texts.len() != kinds.len() {
        return Err(broken("its lists differ in length".into()));
    }
    let lists = texts.into_iter().zip(scores).zip(kinds);
    let mut pieces: Vec<Piece> = lists
        .map(|((text, score), kind)| Piece {
            text,
            score: score as f32,
            kind: kind as i32,
        })
        .collect();
    // Converters fill the list up to the length of the table of embeddings.
    while pieces.pop_if(|piece| piece.kind == UNUSED).is_some() {}
    let model = Model {
        byte_fallback: pieces.iter().any(|piece| piece.kind == BYTE),
        pieces,
        charsmap: charsmap.to_vec(),
    };
    built(model).map_err(broken)
}

fn damaged(file: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!(
            "the SentencePiece model in {} is damaged: {why}",
            file.display()
        ),
        "fetch it again, or put a tokenizer.json beside the text encoder",
    )
}

/// Builds a tokenizer. Fails with the reason.
fn built(model: Model) -> Result<tokenizers::Tokenizer, String> {
    let unknown = model.pieces.iter().position(|piece| piece.kind == UNKNOWN);
    let pieces = model.pieces.into_iter();
    let vocabulary: Vec<(String, f64)> = pieces
        .map(|piece| (piece.text, f64::from(piece.score)))
        .collect();
    let end = vocabulary.iter().position(|(piece, _)| piece == "</s>");
    let end = end.ok_or("it has no end-of-text token")?;
    let unigram = Unigram::from(vocabulary, unknown, model.byte_fallback)
        .map_err(|error| error.to_string())?;

    let mut tokenizer = tokenizers::Tokenizer::new(unigram);
    if !model.charsmap.is_empty() {
        let charsmap = Precompiled::from(&model.charsmap).map_err(|error| error.to_string())?;
        tokenizer
            .with_normalizer(Some(NormalizerWrapper::Precompiled(charsmap)))
            .map_err(|error| error.to_string())?;
    }
    let words = Sequence::new(vec![
        PreTokenizerWrapper::WhitespaceSplit(WhitespaceSplit),
        PreTokenizerWrapper::Metaspace(Metaspace::new(META, PrependScheme::Always, true)),
    ]);
    let ending = TemplateProcessing::builder()
        .try_single("$A </s>")?
        .special_tokens(vec![("</s>", end as u32)])
        .build()
        .map_err(|error| error.to_string())?;
    tokenizer.with_pre_tokenizer(Some(words));
    tokenizer.with_post_processor(Some(ending));
    Ok(tokenizer)
}
