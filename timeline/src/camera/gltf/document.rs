//! A glTF file: its JSON, its buffers, and the numbers of its accessors.

use std::cell::OnceCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::MOST_FRAMES;

/// The type of a floating point number in an accessor.
pub(super) const FLOAT: u64 = 5126;
/// The longest accessor that is read: a value and two tangents for each frame.
const MOST_VALUES: usize = 3 * MOST_FRAMES;

/// Returns the bytes of a buffer in another file, by its address and its length.
pub type LoadBuffer<'l> = dyn Fn(&str, usize) -> Result<Vec<u8>, String> + 'l;

pub struct Document<'b> {
    json: Value,
    /// The binary chunk of a `.glb` file.
    binary: Option<&'b [u8]>,
    load: &'b LoadBuffer<'b>,
    /// The buffers that were needed so far.
    buffers: Vec<OnceCell<Result<Vec<u8>, String>>>,
}

/// The form of the numbers in a buffer.
#[derive(Clone, Copy)]
struct Form {
    component: Component,
    /// Components of an item.
    width: usize,
    is_normalized: bool,
}

#[derive(Clone, Copy)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn of(code: &Value) -> Option<Self> {
        Some(match code.as_u64()? {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            FLOAT => Self::F32,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// The number in these bytes. Normalised integers are fractions of the largest one.
    fn number(self, bytes: &[u8], is_normalized: bool) -> Option<f64> {
        let (number, largest) = match (self, bytes) {
            (Self::I8, &[a]) => (f64::from(i8::from_le_bytes([a])), 127.0),
            (Self::U8, &[a]) => (f64::from(a), 255.0),
            (Self::I16, &[a, b]) => (f64::from(i16::from_le_bytes([a, b])), 32767.0),
            (Self::U16, &[a, b]) => (f64::from(u16::from_le_bytes([a, b])), 65535.0),
            (Self::U32, &[a, b, c, d]) => {
                (f64::from(u32::from_le_bytes([a, b, c, d])), 4_294_967_295.0)
            }
            (Self::F32, &[a, b, c, d]) => {
                let number = f64::from(f32::from_le_bytes([a, b, c, d]));
                return number.is_finite().then_some(number);
            }
            _ => return None,
        };
        Some(match is_normalized {
            true => (number / largest).max(-1.0),
            false => number,
        })
    }
}

impl<'b> Document<'b> {
    /// Reads a `.gltf` or `.glb` file.
    pub fn of(bytes: &'b [u8], load: &'b LoadBuffer<'b>) -> Result<Self, String> {
        let (text, binary) = if bytes.starts_with(b"glTF") {
            chunks(bytes)?
        } else {
            (bytes, None)
        };
        let json: Value = serde_json::from_slice(text).map_err(|error| {
            format!("line {}, column {}: {error}", error.line(), error.column())
        })?;
        let version = json["asset"]["version"].as_str().unwrap_or("2.0");
        if !version.starts_with("2.") {
            return Err(format!("this is glTF {version}; glTF 2.0 is read"));
        }
        let count = json["buffers"].as_array().map_or(0, Vec::len);
        Ok(Self {
            json,
            binary,
            load,
            buffers: (0..count).map(|_| OnceCell::new()).collect(),
        })
    }

    /// One of the file's lists; empty if it is missing.
    pub fn list(&self, key: &str) -> &[Value] {
        self.json[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// The numbers of an accessor, in groups of `width`.
    pub fn numbers(&self, accessor: &Value, width: usize) -> Result<Vec<Vec<f64>>, String> {
        let wrong = |what: &str| format!("accessor {accessor}: {what}");
        let accessor = self
            .list("accessors")
            .get(index(accessor))
            .ok_or_else(|| wrong("is not there"))?;
        let kind = match width {
            1 => "SCALAR",
            3 => "VEC3",
            _ => "VEC4",
        };
        if accessor["type"].as_str().is_some_and(|has| has != kind) {
            return Err(wrong(&format!("{kind} is expected")));
        }
        let component = Component::of(&accessor["componentType"]);
        let form = Form {
            component: component.ok_or_else(|| wrong("its numbers are of an unknown type"))?,
            width,
            is_normalized: accessor["normalized"].as_bool().unwrap_or(false),
        };
        let count = size(&accessor["count"]);
        if count > MOST_VALUES {
            return Err(wrong("is longer than any shot"));
        }
        let mut items = match accessor.get("bufferView") {
            Some(_) => self
                .items(accessor, form, count)
                .map_err(|why| wrong(&why))?,
            None => vec![vec![0.0; width]; count],
        };
        if let Some(sparse) = accessor.get("sparse") {
            self.replace(&mut items, sparse, form)
                .map_err(|why| wrong(&why))?;
        }
        Ok(items)
    }

    /// Puts the items of a sparse accessor into their places.
    fn replace(&self, items: &mut [Vec<f64>], sparse: &Value, form: Form) -> Result<(), String> {
        let count = size(&sparse["count"]);
        if count > items.len() {
            return Err("replaces more items than it has".into());
        }
        let indices = &sparse["indices"];
        let places = Form {
            component: Component::of(&indices["componentType"])
                .ok_or("its indices are of an unknown type")?,
            width: 1,
            is_normalized: false,
        };
        let places = self.items(indices, places, count)?;
        let values = self.items(&sparse["values"], form, count)?;
        for (place, value) in places.iter().flatten().zip(values) {
            let item = items.get_mut(*place as usize);
            *item.ok_or("replaces an item that it does not have")? = value;
        }
        Ok(())
    }

    /// The first items at the place of an accessor: a buffer view, and an offset within it.
    fn items(&self, place: &Value, form: Form, count: usize) -> Result<Vec<Vec<f64>>, String> {
        let view = self
            .list("bufferViews")
            .get(index(&place["bufferView"]))
            .ok_or("has no buffer view")?;
        let buffer = self.buffer(index(&view["buffer"]))?;
        let item_bytes = form.component.bytes() * form.width;
        let stride = match view["byteStride"].is_u64() {
            true => size(&view["byteStride"]),
            false => item_bytes,
        };
        let start = size(&view["byteOffset"]).saturating_add(size(&place["byteOffset"]));
        let item = |number: usize| -> Option<Vec<f64>> {
            let from = start.checked_add(number.checked_mul(stride)?)?;
            let bytes = buffer.get(from..from.checked_add(item_bytes)?)?;
            let numbers = bytes.chunks_exact(form.component.bytes());
            numbers
                .map(|bytes| form.component.number(bytes, form.is_normalized))
                .collect()
        };
        let items = (0..count).map(|number| {
            item(number).ok_or_else(|| "reaches beyond its buffer, or holds no numbers".to_owned())
        });
        items.collect()
    }

    fn buffer(&self, number: usize) -> Result<&[u8], String> {
        let Some(known) = self.buffers.get(number) else {
            return Err(format!("buffer {number} is not there"));
        };
        match known.get_or_init(|| self.loaded(number)) {
            Ok(bytes) => Ok(bytes),
            Err(why) => Err(format!("buffer {number}: {why}")),
        }
    }

    /// The bytes of a buffer: in the file itself, or in another one.
    fn loaded(&self, number: usize) -> Result<Vec<u8>, String> {
        let buffer = &self.list("buffers")[number];
        let Some(address) = buffer["uri"].as_str() else {
            let binary = self.binary.filter(|_| number == 0);
            return binary
                .map(<[u8]>::to_vec)
                .ok_or_else(|| "it has no bytes".into());
        };
        let Some(data) = address.strip_prefix("data:") else {
            return (self.load)(address, size(&buffer["byteLength"]));
        };
        let (_, encoded) = data
            .split_once(";base64,")
            .ok_or("its data are in no known form")?;
        STANDARD.decode(encoded).map_err(|error| error.to_string())
    }
}

/// The JSON and binary chunks of a `.glb` file. Other chunks are skipped.
fn chunks(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), String> {
    let cut_off = "the .glb file is cut off";
    let word = |at: usize| -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let chunk = |at: usize| -> Option<(&[u8], &[u8], usize)> {
        let start = at.checked_add(8)?;
        let end = start.checked_add(usize::try_from(word(at)?).ok()?)?;
        Some((bytes.get(at + 4..start)?, bytes.get(start..end)?, end))
    };
    let version = word(4).ok_or(cut_off)?;
    if version != 2 {
        return Err(format!(
            "this is version {version} of .glb; version 2 is read"
        ));
    }
    let (kind, text, mut end) = chunk(12).ok_or(cut_off)?;
    if kind != b"JSON" {
        return Err("the .glb file does not begin with JSON".into());
    }
    while let Some((kind, binary, next)) = chunk(end) {
        if kind == b"BIN\0" {
            return Ok((text, Some(binary)));
        }
        end = next;
    }
    Ok((text, None))
}

/// The index that a value holds; one that no list has, if it holds none.
pub(super) fn index(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or(usize::MAX)
}

/// A length or an offset; 0 if it is left out.
fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or(0)).unwrap_or(usize::MAX)
}
