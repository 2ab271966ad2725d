//! The header of a GGUF file: its tensors, its metadata, and where the lists of its tokenizer lie. Everything is checked
//! against the length of the file before it is used.
//!
//! Source: ggml, `docs/gguf.md`, versions 2 and 3 (little endian). It is read by code of our own: the crates that read it
//! bring a tensor library with them, and a header is the smaller part of the work.

mod formats;
mod reader;

use std::collections::BTreeMap;

use super::stored::{NumberFormat, TensorInfo};
use formats::number_format;
pub use reader::List;
use reader::{Reader, Value};

/// The first bytes of a file.
pub const MAGIC: &[u8; 4] = b"GGUF";
/// Longest header. Those with a vocabulary of 256,000 words have 8 MB.
const LONGEST_HEADER_BYTES: usize = 64 << 20;
/// Most axes of a tensor.
const MOST_AXES: u32 = 8;
/// Alignment of the tensor data, in bytes, where a file names none.
const USUAL_ALIGNMENT: usize = 32;
/// Largest alignment, in bytes.
const LARGEST_ALIGNMENT: usize = 1 << 16;
/// The metadata entry of the alignment.
const ALIGNMENT_KEY: &str = "general.alignment";
/// Before the name of a tensor: the entry with its true shape, where a file holds it with other axes.
const SHAPE_KEY: &str = "comfy.gguf.orig_shape.";

/// A checked header.
#[derive(Debug)]
pub struct Header {
    /// Key to number format, shape and bytes.
    pub tensors: BTreeMap<String, TensorInfo>,
    /// The single values, as text.
    pub metadata: BTreeMap<String, String>,
    /// The lists.
    pub lists: BTreeMap<String, List>,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Flaw {
    /// It is cut short or damaged, for this reason.
    Damaged(String),
    /// A tensor is stored in a format that the engine does not know.
    Format {
        /// The tensor.
        key: String,
        /// The format.
        name: String,
    },
}

impl From<String> for Flaw {
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

/// Reads the header of a file.
pub fn read(file: &[u8]) -> Result<Header, Flaw> {
    let mut reader = Reader::of(file.get(..LONGEST_HEADER_BYTES).unwrap_or(file));
    if reader.take(MAGIC.len())? != MAGIC {
        return Err("it does not begin as one".to_owned().into());
    }
    let version = reader.u32()?;
    if ![2, 3].contains(&version) {
        return Err(format!("its version is {version}, and not 2 or 3").into());
    }
    let tensor_count = reader.count("tensors")?;
    let entry_count = reader.count("entries of metadata")?;
    let (mut metadata, mut lists) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..entry_count {
        let key = reader.text()?;
        match Value::read(&mut reader)? {
            Value::List => {
                lists.insert(key, reader.list()?);
            }
            value => {
                metadata.insert(key, reader.value(value)?);
            }
        }
    }
    let stored: Vec<Stored> = (0..tensor_count)
        .map(|_| Stored::read(&mut reader))
        .collect::<Result<_, Flaw>>()?;
    let start = reader.place().next_multiple_of(alignment(&metadata)?);
    let mut tensors = BTreeMap::new();
    for tensor in stored {
        let key = tensor.key.clone();
        let whole_shape = lists.get(&format!("{SHAPE_KEY}{key}"));
        let whole_shape = whole_shape.and_then(|list: &List| list.numbers(file));
        let info = tensor.placed(start, file.len(), whole_shape.as_deref())?;
        if tensors.insert(key.clone(), info).is_some() {
            return Err(format!("it has two tensors `{key}`").into());
        }
    }
    Ok(Header {
        tensors,
        metadata,
        lists,
    })
}

fn alignment(metadata: &BTreeMap<String, String>) -> Result<usize, String> {
    let Some(written) = metadata.get(ALIGNMENT_KEY) else {
        return Ok(USUAL_ALIGNMENT);
    };
    let alignment = written.parse().ok();
    let possible = alignment.filter(|bytes| (1..=LARGEST_ALIGNMENT).contains(bytes));
    possible.ok_or_else(|| format!("its alignment is {written}"))
}

/// A tensor of the header, before its place is checked.
struct Stored {
    key: String,
    /// The fastest axis last.
    shape: Vec<usize>,
    format: NumberFormat,
    /// From the start of the tensor data, in bytes.
    offset: usize,
}

impl Stored {
    /// Reads the entry of a tensor.
    fn read(reader: &mut Reader) -> Result<Self, Flaw> {
        let key = reader.text()?;
        let axes = reader.u32()?;
        if axes > MOST_AXES {
            return Err(format!("`{key}` has {axes} axes").into());
        }
        let lengths = (0..axes).map(|_| reader.length());
        let mut shape: Vec<usize> = lengths.collect::<Result<_, String>>()?;
        shape.reverse(); // GGUF lists the fastest axis first
        match number_format(reader.u32()?) {
            Ok(format) => Ok(Self {
                key,
                shape,
                format,
                offset: reader.length()?,
            }),
            Err(name) => Err(Flaw::Format { key, name }),
        }
    }

    /// The tensor, if it lies in the file. `whole_shape` is used if it has as many numbers.
    fn placed(
        self,
        data_start: usize,
        file_bytes: usize,
        whole_shape: Option<&[f64]>,
    ) -> Result<TensorInfo, String> {
        let key = &self.key;
        let too_large = || format!("`{key}` is larger than can be counted");
        let numbers = product(&self.shape).ok_or_else(too_large)?;
        let (block, block_bytes) = self.format.block().ok_or_else(too_large)?;
        let row = self.shape.last().copied().unwrap_or(1);
        if !row.is_multiple_of(block) {
            return Err(format!(
                "`{key}` has rows of {row} numbers, which are no whole blocks of {}",
                self.format
            ));
        }
        let bytes = (numbers / block).checked_mul(block_bytes);
        let start = data_start.checked_add(self.offset);
        let end = start
            .zip(bytes)
            .and_then(|(start, bytes)| start.checked_add(bytes));
        let place = start.zip(end).filter(|(_, end)| *end <= file_bytes);
        let Some((start, end)) = place else {
            return Err(format!("`{key}` lies beyond the end of the file"));
        };
        let whole: Option<Vec<usize>> = whole_shape.map(|shape| {
            let lengths = shape.iter().map(|&length| length.max(0.0) as usize);
            lengths.collect()
        });
        let whole = whole.filter(|shape| product(shape) == Some(numbers));
        Ok(TensorInfo {
            format: self.format,
            shape: whole.unwrap_or(self.shape),
            place: start..end,
        })
    }
}

fn product(shape: &[usize]) -> Option<usize> {
    let mut lengths = shape.iter().copied();
    lengths.try_fold(1, usize::checked_mul)
}

#[cfg(test)]
mod tests {
    use super::super::stored::BlockFormat;
    use super::*;

    /// A file of one tensor with this number of its format and these lengths, fastest first, and `data` bytes.
    fn file(format: u32, lengths: &[u64], offset: u64, data: usize) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.push(b'a');
        bytes.extend((lengths.len() as u32).to_le_bytes());
        for length in lengths {
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend(format.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        let start = bytes.len().next_multiple_of(USUAL_ALIGNMENT);
        bytes.resize(start + data, 7);
        bytes
    }

    #[track_caller]
    fn is_refused(bytes: &[u8], why: &str) {
        let refused = match read(bytes).expect_err(why) {
            Flaw::Damaged(why) => why,
            Flaw::Format { key, name } => format!("`{key}` is stored as {name}"),
        };
        assert!(refused.contains(why), "{refused}");
    }

    #[test]
    fn shapes_are_turned_round_and_places_found() {
        let bytes = file(8, &[64, 3], 0, 204);
        let header = read(&bytes).expect("sound");
        let info = &header.tensors["a"];
        assert_eq!(info.shape, [3, 64]);
        assert_eq!(info.format, NumberFormat::Blocks(BlockFormat::Q8_0));
        assert_eq!(info.place, bytes.len() - 204..bytes.len());
    }

    /// A file of version 2 with this alignment and one tensor of two fp32 numbers; and where its header ends.
    fn aligned(alignment: u32) -> (Vec<u8>, usize) {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(2u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend((ALIGNMENT_KEY.len() as u64).to_le_bytes());
        bytes.extend(ALIGNMENT_KEY.as_bytes());
        bytes.extend(4u32.to_le_bytes()); // the type of the value: u32
        bytes.extend(alignment.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.push(b'a');
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(2u64.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        let end = bytes.len();
        bytes.resize(end + 256, 7);
        (bytes, end)
    }

    #[test]
    fn the_data_begins_where_the_alignment_of_the_file_says() {
        for alignment in [1, 8, 64, 128] {
            let (bytes, end) = aligned(alignment);
            let header = read(&bytes).expect("sound");
            let start = end.next_multiple_of(alignment as usize);
            assert_eq!(header.tensors["a"].place, start..start + 8, "{alignment}");
        }
        is_refused(&aligned(0).0, "alignment is 0");
        is_refused(&aligned(u32::MAX).0, "alignment is 4294967295");
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        is_refused(b"GGUX", "does not begin as one");
        is_refused(b"GGUF\x01\0\0\0", "version is 1");
        is_refused(&file(23, &[256], 0, 136), "`a` is stored as IQ4_XS");
        is_refused(&file(99, &[256], 0, 136), "`a` is stored as type 99");
        is_refused(&file(8, &[48], 0, 64), "no whole blocks of Q8_0");
        is_refused(&file(8, &[64], 0, 67), "beyond the end");
        is_refused(&file(8, &[64], u64::MAX - 3, 68), "beyond the end");
        is_refused(
            &file(0, &[1 << 40, 1 << 40], 0, 4),
            "larger than can be counted",
        );
        let many = [1; 9];
        is_refused(&file(0, &many, 0, 4), "`a` has 9 axes");
    }
}
