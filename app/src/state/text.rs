//! Sentences of the window from words of other parts.

/// "add shot" as "Add shot".
pub fn with_capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(with_capital("add shot"), "Add shot");
        assert_eq!(with_capital(""), "");
    }
}
