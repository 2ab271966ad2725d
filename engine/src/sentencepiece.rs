//! The messages of a SentencePiece model, from which families build tokenizers. Only fields that influence the tokens are
//! read.
//!
//! Source: google/sentencepiece `src/sentencepiece_model.proto`.

use prost::Message;

/// `SentencePiece.Type` of the piece that stands for all that no other piece covers.
pub const UNKNOWN: i32 = 2;

/// A model.
#[derive(Message)]
pub struct ModelProto {
    /// Its pieces, by their numbers.
    #[prost(message, repeated, tag = "1")]
    pub pieces: Vec<Piece>,
    /// How it was trained.
    #[prost(message, optional, tag = "2")]
    pub trainer: Option<TrainerSpec>,
    /// What it does to a text before it cuts.
    #[prost(message, optional, tag = "3")]
    pub normalizer: Option<NormalizerSpec>,
}

/// A piece of text that is a token.
#[derive(Message)]
pub struct Piece {
    /// The text.
    #[prost(string, tag = "1")]
    pub text: String,
    /// Its score: a logarithm of its probability, or less the rank of its merge.
    #[prost(float, tag = "2")]
    pub score: f32,
    /// `SentencePiece.Type`.
    #[prost(int32, tag = "3")]
    pub kind: i32,
}

/// How a model was trained.
#[derive(Message)]
pub struct TrainerSpec {
    /// `TrainerSpec.ModelType`.
    #[prost(int32, tag = "3")]
    pub model_type: i32,
    /// Whether characters without a piece become bytes.
    #[prost(bool, tag = "35")]
    pub byte_fallback: bool,
}

/// What a model does to a text before it cuts.
#[derive(Message)]
pub struct NormalizerSpec {
    /// A table of replaced characters.
    #[prost(bytes = "vec", tag = "2")]
    pub precompiled_charsmap: Vec<u8>,
    /// Whether a space is put before the text. Absent: it is.
    #[prost(bool, optional, tag = "3")]
    pub add_dummy_prefix: Option<bool>,
}
