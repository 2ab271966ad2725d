//! The headers of an answer: which bytes it has, of which version, of how many.

use std::time::Duration;

use ureq::http::HeaderMap;

/// The bytes that an answer has, by its `Content-Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub start: u64,
    /// The last byte; at or after the first.
    pub end: u64,
    /// The size of the whole file.
    pub total: Option<u64>,
}

/// Reads `bytes 5-9/10` or `bytes 5-9/*`. `None`: it makes no sense.
pub(crate) fn content_range(text: &str) -> Option<ContentRange> {
    let rest = text.trim().strip_prefix("bytes")?.trim();
    let (range, total) = rest.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    let range = ContentRange {
        start: start.trim().parse().ok()?,
        end: end.trim().parse().ok()?,
        total,
    };
    let makes_sense = range.start <= range.end && total.is_none_or(|total| range.end < total);
    makes_sense.then_some(range)
}

/// An entity tag that stands for exact bytes. Weak ones do not.
pub(crate) fn strong_etag(text: &str) -> Option<String> {
    let text = text.trim();
    let is_quoted = text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    is_quoted.then(|| text.to_owned())
}

/// The sha256 that an entity tag of the hub is, in small letters.
pub(crate) fn sha256_in(etag: &str) -> Option<String> {
    let text = etag.trim().trim_start_matches("W/").trim_matches('"');
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

/// The text of a header.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A header that is a number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    header(headers, name)?.trim().parse().ok()
}

/// The pause that the server requests, if it gives seconds.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_makes_no_sense_is_none() {
        let range = |start, end, total| Some(ContentRange { start, end, total });
        assert_eq!(content_range("bytes 5-9/10"), range(5, 9, Some(10)));
        assert_eq!(content_range("bytes 0-0/*"), range(0, 0, None));
        for bad in [
            "",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "5-9/10",
            "bytes a-b/c",
            "bytes -1-2/9",
        ] {
            assert_eq!(content_range(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_a_strong_tag_stands_for_bytes_and_only_a_long_one_is_a_hash() {
        assert_eq!(strong_etag(" \"abc\" "), Some("\"abc\"".into()));
        for weak in ["W/\"abc\"", "abc", "\"\"", "\""] {
            assert_eq!(strong_etag(weak), None, "{weak}");
        }
        let hash = "AB".repeat(32);
        assert_eq!(sha256_in(&format!("\"{hash}\"")), Some("ab".repeat(32)));
        assert_eq!(
            sha256_in("\"0123456789abcdef0123456789abcdef01234567\""),
            None
        );
    }
}
