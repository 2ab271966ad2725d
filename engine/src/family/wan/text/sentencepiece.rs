//! Builds a tokenizer from a SentencePiece model: that in ComfyUI's text encoder files, or a file of its own.
//! Only fields that influence the tokens are read.
//!
//! Source: google/sentencepiece `src/sentencepiece_model.proto`.

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

#[derive(Message)]
struct ModelProto {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
    #[prost(message, optional, tag = "2")]
    trainer: Option<TrainerSpec>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerSpec>,
}

#[derive(Message)]
struct Piece {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(float, tag = "2")]
    score: f32,
    #[prost(int32, tag = "3")]
    kind: i32,
}

#[derive(Message)]
struct TrainerSpec {
    #[prost(int32, tag = "3")]
    model_type: i32,
    #[prost(bool, tag = "35")]
    byte_fallback: bool,
}

#[derive(Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", tag = "2")]
    precompiled_charsmap: Vec<u8>,
}

const UNIGRAM: i32 = 1; // TrainerSpec.ModelType; absent means this
const UNKNOWN: i32 = 2; // SentencePiece.Type
/// The character that replaces a space.
const META: char = '▁';

/// Builds a tokenizer from the bytes of a SentencePiece model in this file.
pub fn read(bytes: &[u8], file: &Path) -> Result<tokenizers::Tokenizer, Failure> {
    let broken = |why: String| {
        Failure::bad_file(
            format!(
                "the SentencePiece model in {} is damaged: {why}",
                file.display()
            ),
            "fetch it again, or put a tokenizer.json beside the text encoder",
        )
    };
    let proto = ModelProto::decode(bytes).map_err(|error| broken(error.to_string()))?;
    let trainer = proto.trainer.unwrap_or_default();
    if ![0, UNIGRAM].contains(&trainer.model_type) {
        return Err(broken(format!(
            "its type {} is not unigram",
            trainer.model_type
        )));
    }
    let unknown = proto.pieces.iter().position(|piece| piece.kind == UNKNOWN);
    let pieces = proto.pieces.into_iter();
    let vocabulary: Vec<(String, f64)> = pieces
        .map(|piece| (piece.text, f64::from(piece.score)))
        .collect();
    let end = vocabulary
        .iter()
        .position(|(piece, _)| piece == "</s>")
        .ok_or_else(|| broken("it has no end-of-text token".into()))?;
    let unigram = Unigram::from(vocabulary, unknown, trainer.byte_fallback)
        .map_err(|error| broken(error.to_string()))?;

    let mut tokenizer = tokenizers::Tokenizer::new(unigram);
    let charsmap = proto.normalizer.unwrap_or_default().precompiled_charsmap;
    if !charsmap.is_empty() {
        let charsmap = Precompiled::from(&charsmap).map_err(|error| broken(error.to_string()))?;
        tokenizer
            .with_normalizer(Some(NormalizerWrapper::Precompiled(charsmap)))
            .map_err(|error| broken(error.to_string()))?;
    }
    let words = Sequence::new(vec![
        PreTokenizerWrapper::WhitespaceSplit(WhitespaceSplit),
        PreTokenizerWrapper::Metaspace(Metaspace::new(META, PrependScheme::Always, true)),
    ]);
    let ending = TemplateProcessing::builder()
        .try_single("$A </s>")
        .map_err(|error| broken(error.clone()))?
        .special_tokens(vec![("</s>", end as u32)])
        .build()
        .map_err(|error| broken(error.to_string()))?;
    tokenizer.with_pre_tokenizer(Some(words));
    tokenizer.with_post_processor(Some(ending));
    Ok(tokenizer)
}
