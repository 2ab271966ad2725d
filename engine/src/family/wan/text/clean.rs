//! Cleans a prompt as in training: repairs broken encodings, decodes HTML entities, collapses white space.
//! Upper and lower case are kept.
//!
//! Source: Wan2.2 `wan/modules/tokenizers.py` (`basic_clean`, `whitespace_clean`), which uses ftfy.

use plsfix::fix_text;

/// The cleaned prompt.
pub fn cleaned(prompt: &str) -> String {
    let mended = fix_text(&without_terminal_colours(prompt), None);
    let once = htmlize::unescape(mended.as_str());
    let twice = htmlize::unescape(once.as_ref());
    let words: Vec<&str> = twice.split_whitespace().collect();
    words.join(" ")
}

/// Removes terminal escape sequences: ESC \[ numbers, a letter. (plsfix 0.1.8 leaves the numbers.)
fn without_terminal_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == ';');
        match rest.strip_prefix(|sign: char| sign.is_ascii_alphabetic()) {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_keeps_its_words_and_loses_what_is_around_them() {
        assert_eq!(
            cleaned("  A red\n\tFox &amp;amp; a  “crow” "),
            "A red Fox & a \"crow\""
        );
        assert_eq!(cleaned(""), "");
        assert_eq!(cleaned("日本語　テキスト"), "日本語 テキスト");
    }
}
