//! The licences that the user has accepted, by the hash of their words. Other words are another licence.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::release::Licence;
use crate::folders::{read_config, write_config};

const FILE_NAME: &str = "accepted-licences.ron";

/// Hash to name.
type Accepted = BTreeMap<String, String>;

/// Whether a licence may be used without a question.
pub fn is_accepted(config: &Path, licence: &Licence) -> bool {
    let accepted: Accepted = read_config(config, FILE_NAME).unwrap_or_default();
    !licence.must_be_accepted || accepted.contains_key(&licence.hash())
}

/// Records that the user has accepted a licence.
pub fn accept(config: &Path, licence: &Licence) -> io::Result<()> {
    let mut accepted: Accepted = read_config(config, FILE_NAME).unwrap_or_default();
    accepted.insert(licence.hash(), licence.name.clone());
    write_config(config, FILE_NAME, &accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_licence_is_kept_and_other_words_must_be_accepted() {
        let config = tempfile::tempdir().expect("a folder");
        let licence = Licence {
            name: "Free".into(),
            permits: "Everything.".into(),
            url: "https://example".into(),
            must_be_accepted: true,
            is_gated: false,
        };
        assert!(!is_accepted(config.path(), &licence));
        accept(config.path(), &licence).expect("written");
        assert!(is_accepted(config.path(), &licence));
        let other = Licence {
            permits: "Nothing.".into(),
            ..licence
        };
        assert!(!is_accepted(config.path(), &other));
        let free = Licence {
            must_be_accepted: false,
            ..other
        };
        assert!(is_accepted(config.path(), &free));
    }
}
