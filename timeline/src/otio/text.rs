//! The text of an `.otio` file: its encoding, and the numbers in it that JSON does not have.

use serde_json::Value;

use super::error::ReadError;

/// The text of a file in UTF-8 or UTF-16, without its byte order mark.
pub fn decoded(bytes: &[u8]) -> Result<String, ReadError> {
    let (little, big) = (u16::from_le_bytes, u16::from_be_bytes);
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, little),
        [0xfe, 0xff, rest @ ..] => utf16(rest, big),
        [b'{' | b'[', 0, ..] => utf16(bytes, little),
        [0, b'{' | b'[', ..] => utf16(bytes, big),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    text.ok_or(ReadError::NotText)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

/// The value of a text. NaN and Infinity, which other programs write into metadata, are read as null.
pub(super) fn parsed(text: &str) -> Result<Value, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let again = with_null_for_non_numbers(text).map(|text| serde_json::from_str(&text));
    again
        .unwrap_or(Err(error))
        .map_err(|error| ReadError::NotJson {
            line: error.line(),
            column: error.column(),
            why: error.to_string(),
        })
}

/// The words for numbers that are none. Longer ones first.
const NON_NUMBERS: [&[u8]; 6] = [b"-Infinity", b"Infinity", b"-NaN", b"-Inf", b"NaN", b"Inf"];

/// The text with null in place of numbers that are none; `None` if it has none.
fn with_null_for_non_numbers(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut replaced = String::with_capacity(text.len());
    let (mut copied, mut at, mut is_in_string) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if is_in_string => at += 1, // and the escaped letter
            b'"' => is_in_string = !is_in_string,
            b'-' | b'N' | b'I' if !is_in_string => {
                let rest = bytes.get(at..).unwrap_or_default();
                if let Some(word) = NON_NUMBERS.iter().find(|word| rest.starts_with(word)) {
                    replaced.push_str(text.get(copied..at)?);
                    replaced.push_str("null");
                    at += word.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    replaced.push_str(text.get(copied..)?);
    (copied > 0).then_some(replaced)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_that_are_none_are_null_and_words_stay() {
        let text = r#"{"a": -Infinity, "b": [NaN, Infinity, Inf, -1], "NaN \" NaN": "Infinity é"}"#;
        assert_eq!(
            parsed(text).expect("read"),
            json!({"a": null, "b": [null, null, null, -1], "NaN \" NaN": "Infinity é"})
        );
        assert!(parsed("{\"a\": Nothing}").is_err());
        assert!(parsed("NaN NaN").is_err());
    }

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "{\"name\": \"кадр\"}";
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        let big = text.encode_utf16().flat_map(u16::to_be_bytes);
        let (little, big): (Vec<u8>, Vec<u8>) = (little.collect(), big.collect());
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            marked(&[0xff, 0xfe], &little),
            marked(&[0xfe, 0xff], &big),
            little.clone(),
            big.clone(),
        ] {
            assert_eq!(decoded(&bytes).expect("text"), text);
        }
        assert!(decoded(&[0xff, 0xfe, 1]).is_err());
        assert!(decoded(&[b'{', 0xd0]).is_err());
        assert!(decoded(&[]).is_ok_and(|text| text.is_empty()));
    }
}
