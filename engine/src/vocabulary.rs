//! The tokens of a prompt, and the vocabulary of the text encoder that reads them.

use kinora_wire::Failure;

/// Fails if a token is not among the first `known` ones: an embedding of it would be read past the end of the table.
pub fn refuse_unknown_tokens(tokens: &[u32], known: i64) -> Result<(), Failure> {
    match tokens.iter().find(|&&token| i64::from(token) >= known) {
        Some(unknown) => Err(Failure::bad_file(
            format!("the tokenizer has a token {unknown} where the text encoder has {known}"),
            "use the tokenizer that came with this text encoder",
        )),
        None => Ok(()),
    }
}
