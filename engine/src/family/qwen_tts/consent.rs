//! Consent to the use of somebody's voice. A cloned voice can only be made with it.

use kinora_wire::Failure;

/// What a character's field "Licence and consent" says, which is not empty. There is no other way to make one, and no
/// way to a [`ClonedVoice`](super::ClonedVoice) without one. The engine has no characters, so whoever calls it passes
/// the field unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    words: String,
}

impl Consent {
    /// From the field of the character whose voice it is. Refused if the field says nothing.
    pub fn of_character(name: &str, consent: &str) -> Result<Self, Failure> {
        let words = consent.trim();
        match words.chars().any(char::is_alphanumeric) {
            true => Ok(Self {
                words: words.to_owned(),
            }),
            false => Err(Failure::refused(
                format!("the voice of {name} cannot be cloned: its licence and consent are empty"),
                "write whose voice it is and by what right into the character's field \"Licence and consent\"",
            )),
        }
    }

    /// What the field says, for the record of what is made with it.
    pub fn words(&self) -> &str {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinora_wire::FailureKind;

    #[test]
    fn consent_is_what_the_field_says_and_an_empty_field_gives_none() {
        let consent = Consent::of_character("Ada", " A. Person, agreed on 3 May\n");
        assert_eq!(
            consent.expect("consent").words(),
            "A. Person, agreed on 3 May"
        );
        for empty in ["", "  \n", "-", "?!"] {
            let failure = Consent::of_character("Ada", empty).expect_err("refused");
            assert_eq!(failure.kind, FailureKind::Refused);
            assert!(failure.cause.contains("Ada"), "{failure}");
        }
    }
}
