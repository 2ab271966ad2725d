//! Checksummed text files: the first line is a comment with the hash of the rest.

use crate::ContentHash;

const SEAL: &str = "// blake3 ";

/// The text with its checksum line.
pub fn sealed(text: &str) -> String {
    format!("{SEAL}{}\n{text}", ContentHash::of(text.as_bytes()))
}

/// Whether a text still matches its checksum line. False if it has none.
pub fn is_sealed(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(SEAL.as_bytes()) else {
        return false;
    };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return false;
    };
    let (hash, text) = (&rest[..end], &rest[end + 1..]);
    *hash == *ContentHash::of(text).to_string().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_breaks_the_seal() {
        let mut bytes = sealed("(version: 1)\n").into_bytes();
        assert!(is_sealed(&bytes));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                assert!(!is_sealed(&bytes), "byte {at}, bit {bit}");
                bytes[at] ^= 1 << bit;
            }
        }
        assert!(!is_sealed(b"(version: 1)\n"));
    }
}
