//! The starter model's tokenizer: one token for each word of the world, and one for all other words.

use std::path::Path;

use kinora_engine::family::wan::text::Tokenizer;
use kinora_wire::Failure;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::normalizers::{Lowercase, NormalizerWrapper, Replace, Sequence};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::template::TemplateProcessing;

use crate::world::Vocabulary;

/// Special tokens: padding, end of text, unknown word.
const SPECIAL: [&str; 3] = ["<pad>", "</s>", "<unk>"];
/// The end-of-text token.
const END: u32 = 1;
/// The token of unknown words.
pub const UNKNOWN: u32 = 2;
/// Everything that is neither letter nor digit separates words.
const BETWEEN_WORDS: &str = r"[^\p{L}\p{N}]+";

/// The number of tokens.
pub fn count() -> i64 {
    (SPECIAL.len() + Vocabulary::of_world().words.len()) as i64
}

/// Writes the tokenizer, and opens it as the engine does.
pub fn write(path: &Path) -> Result<Tokenizer, Failure> {
    let failed = |why: String| Failure::bug(format!("the tokenizer cannot be made: {why}"));
    let words = Vocabulary::of_world().words;
    let tokens = SPECIAL.into_iter().map(str::to_owned).chain(words).zip(0..);
    let model = WordLevel::builder()
        .vocab(tokens.collect())
        .unk_token(SPECIAL[UNKNOWN as usize].into())
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    let pattern = tokenizers::normalizers::replace::ReplacePattern::Regex(BETWEEN_WORDS.into());
    let apart = Replace::new(pattern, " ").map_err(|error| failed(error.to_string()))?;
    let plain = Sequence::new(vec![
        NormalizerWrapper::Lowercase(Lowercase),
        NormalizerWrapper::Replace(apart),
    ]);
    let ending = TemplateProcessing::builder()
        .try_single("$A </s>")
        .map_err(|error| failed(error.clone()))?
        .special_tokens(vec![("</s>", END)])
        .build()
        .map_err(|error| failed(error.to_string()))?;
    tokenizer
        .with_normalizer(Some(plain))
        .map_err(|error| failed(error.to_string()))?
        .with_pre_tokenizer(Some(PreTokenizerWrapper::WhitespaceSplit(WhitespaceSplit)))
        .with_post_processor(Some(ending));
    let text = tokenizer
        .to_string(true)
        .map_err(|error| failed(error.to_string()))?;
    crate::files::write_whole(path, text.as_bytes())?;
    Tokenizer::from_json(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_whatever_is_between_them_and_others_never_fail() {
        let folder = tempfile::tempdir().expect("folder");
        let tokenizer = write(&folder.path().join("tokenizer.json")).expect("tokenizer");
        let tokens = |text: &str| tokenizer.tokens(text).expect("tokens");
        assert_eq!(
            tokens("A red cat, in the snow!"),
            tokens("a red cat in the snow")
        );
        assert_eq!(tokens("@hero waves"), tokens("hero waves"));
        assert_eq!(tokens(""), [END]);
        assert_eq!(tokens("quixotic 猫"), [UNKNOWN, UNKNOWN, END]);
        assert!(!tokens("a yellow robot walks left in the desert at sunset").contains(&UNKNOWN));
    }
}
