//! The hub's token: read from a file, sent to the hub, and shown to nobody.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::error::FetchError;

/// What a hub requires from those who may read gated files. It is sent to the hub's own host and to nobody else,
/// and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(hidden)")
    }
}

impl Token {
    /// Reads a file with nothing but the token.
    ///
    /// # Errors
    /// The file cannot be read, or does not hold one word of visible letters. The error does not show it.
    pub fn read(file: &Path) -> Result<Self, FetchError> {
        let wrong = |why: String| {
            FetchError::refused(
                format!("the token file {} cannot be used: {why}", file.display()),
                "put the hub's token into it, alone, or take the file out of the settings",
            )
        };
        let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let word = text.trim();
        match !word.is_empty()
            && word.len() < 4096
            && word.bytes().all(|byte| byte.is_ascii_graphic())
        {
            true => Ok(Self(word.to_owned())),
            false => Err(wrong("it is not one word".into())),
        }
    }

    /// The token itself, for the request alone.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_file_holds_one_word_and_errors_do_not_show_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        assert_eq!(format!("{:?}", Token("secret".into())), "Token(hidden)");
        fs::write(&file, "  hub_abc123\n").expect("written");
        assert_eq!(Token::read(&file), Ok(Token("hub_abc123".into())));
        fs::write(&file, "two words").expect("written");
        let refused = Token::read(&file).expect_err("two words").to_string();
        assert!(!refused.contains("two words"), "{refused}");
    }
}
