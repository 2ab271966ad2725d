//! The values in the bytes that are hashed for the name of a take: a tag byte and its content, as `identity.rs`
//! describes them.

use std::collections::BTreeMap;

use glam::DVec3;
use kinora_timeline::ContentHash;

/// The fields of a record, sorted by name.
#[derive(Default)]
pub(super) struct Record(BTreeMap<&'static str, Vec<u8>>);

impl Record {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// One variant of several.
    pub(super) fn of(kind: &'static str) -> Self {
        Self::new().with("kind", text(kind))
    }

    pub(super) fn with(mut self, name: &'static str, value: Vec<u8>) -> Self {
        self.0.insert(name, value);
        self
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<Vec<u8>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Left out if it is empty.
    pub(super) fn with_list(
        self,
        name: &'static str,
        values: impl ExactSizeIterator<Item = Vec<u8>>,
    ) -> Self {
        match values.len() {
            0 => self,
            _ => self.with(name, list(values)),
        }
    }

    pub(super) fn value(self) -> Vec<u8> {
        let mut bytes = tagged(b'r', &length(self.0.len()));
        for (name, value) in self.0 {
            bytes.extend(length(name.len()));
            bytes.extend(name.as_bytes());
            bytes.extend(value);
        }
        bytes
    }
}

pub(super) fn text(text: &str) -> Vec<u8> {
    let mut bytes = tagged(b's', &length(text.len()));
    bytes.extend(text.as_bytes());
    bytes
}

pub(super) fn hash(content: &ContentHash) -> Vec<u8> {
    text(&content.to_string())
}

pub(super) fn signed(number: i64) -> Vec<u8> {
    tagged(b'i', &number.to_le_bytes())
}

pub(super) fn unsigned(number: impl Into<u64>) -> Vec<u8> {
    tagged(b'u', &number.into().to_le_bytes())
}

pub(super) fn float(number: f64) -> Vec<u8> {
    // 0 and -0 are equal, so they have one name.
    let number = if number == 0.0 { 0.0 } else { number };
    tagged(b'f', &number.to_bits().to_le_bytes())
}

pub(super) fn boolean(is: bool) -> Vec<u8> {
    tagged(b'b', &[u8::from(is)])
}

pub(super) fn vector(vector: DVec3) -> Vec<u8> {
    list(vector.to_array().into_iter().map(float))
}

pub(super) fn list(
    values: impl IntoIterator<Item = Vec<u8>, IntoIter: ExactSizeIterator>,
) -> Vec<u8> {
    let values = values.into_iter();
    let mut bytes = tagged(b'l', &length(values.len()));
    values.for_each(|value| bytes.extend(value));
    bytes
}

fn length(length: usize) -> [u8; 8] {
    (length as u64).to_le_bytes()
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag], content].concat()
}
