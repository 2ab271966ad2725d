//! The bytes of a subtitle file as text: UTF-8, UTF-16 with its mark, or Latin-1, in which older files are.

use std::borrow::Cow;

/// The text of a file, without a byte order mark, and a note if it is not UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return (utf16(rest, u16::from_le_bytes).into(), None);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return (utf16(rest, u16::from_be_bytes).into(), None);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return (text.into(), None),
        Err(error) => error,
    };
    let (good, bad) = bytes.split_at(error.valid_up_to());
    let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
    let byte = bad.first().copied().unwrap_or_default();
    let note = format!(
        "the file is not UTF-8 (byte {byte:#04x} in line {line}): it was read as Latin-1, check its accents"
    );
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    (text.into(), Some(note))
}

fn utf16(bytes: &[u8], number: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| number(*pair));
    let characters = char::decode_utf16(units);
    characters
        .map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_encodings_are_read() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            let text = "\u{feff}é😀".encode_utf16();
            text.flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [
            "é😀".as_bytes().to_vec(),
            "\u{feff}é😀".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decoded(&bytes), ("é😀".into(), None));
        }
        let (text, note) = decoded(b"one\ncaf\xe9");
        assert_eq!(text, "one\ncafé");
        let note = note.expect("not UTF-8");
        assert!(note.contains("0xe9 in line 2"), "{note}");
    }
}
