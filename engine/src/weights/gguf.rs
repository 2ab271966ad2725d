//! The header of a GGUF file: its tensors, its metadata, and where the lists of its tokenizer lie. Everything is checked
//! against the length of the file before it is used.
//!
//! Source: ggml, `docs/gguf.md`, versions 2 and 3 (little endian). It is read by code of our own: the crates that read it
//! bring a tensor library with them, and a header is the smaller part of the work.

use std::collections::BTreeMap;

use super::stored::{BlockFormat, Dtype, NumberFormat, TensorInfo};

/// The first bytes of a file.
pub const MAGIC: &[u8; 4] = b"GGUF";
/// Longest header. Those with a vocabulary of 256,000 words have 8 MB.
const LONGEST_HEADER_BYTES: usize = 64 << 20;
/// Most tensors, and most entries of metadata. Real files have some thousands.
const MOST_ENTRIES: u64 = 1 << 16;
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

/// A list of metadata, unread.
#[derive(Clone, Copy, Debug)]
pub struct List {
    kind: Value,
    count: usize,
    /// Where its first element lies in the file.
    start: usize,
}

/// The types of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    List,
    U64,
    I64,
    F64,
}

/// The types by their numbers in files.
const VALUES: [Value; 13] = [
    Value::U8,
    Value::I8,
    Value::U16,
    Value::I16,
    Value::U32,
    Value::I32,
    Value::F32,
    Value::Bool,
    Value::Text,
    Value::List,
    Value::U64,
    Value::I64,
    Value::F64,
];

impl Value {
    fn read(reader: &mut Reader) -> Result<Self, String> {
        let number = reader.u32()?;
        let value = VALUES.get(number as usize).copied();
        value.ok_or_else(|| format!("metadata of an unknown type {number}"))
    }

    /// Bytes of a value; `None` if they differ.
    fn bytes(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::List => None,
        }
    }
}

/// Reads the header of a file.
pub fn read(file: &[u8]) -> Result<Header, Flaw> {
    let mut reader = Reader {
        bytes: file.get(..LONGEST_HEADER_BYTES).unwrap_or(file),
        at: 0,
    };
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
        .map(|_| reader.tensor())
        .collect::<Result<_, Flaw>>()?;
    let start = reader.at.next_multiple_of(alignment(&metadata)?);
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

/// Reads the header from start to end, and never beyond it.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], String> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or("its header ends too early")?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes
            .try_into()
            .map_err(|_| "its header ends too early".into())
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn length(&mut self) -> Result<usize, String> {
        let length = usize::try_from(self.u64()?);
        length.map_err(|_| "its header ends too early".into())
    }

    fn count(&mut self, what: &str) -> Result<u64, String> {
        let count = self.u64()?;
        match count <= MOST_ENTRIES {
            true => Ok(count),
            false => Err(format!("its header claims {count} {what}")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let length = self.length()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// A single value, as text.
    fn value(&mut self, value: Value) -> Result<String, String> {
        Ok(match value {
            Value::U8 => u8::from_le_bytes(self.array()?).to_string(),
            Value::I8 => i8::from_le_bytes(self.array()?).to_string(),
            Value::U16 => u16::from_le_bytes(self.array()?).to_string(),
            Value::I16 => i16::from_le_bytes(self.array()?).to_string(),
            Value::U32 => self.u32()?.to_string(),
            Value::I32 => i32::from_le_bytes(self.array()?).to_string(),
            Value::F32 => f32::from_le_bytes(self.array()?).to_string(),
            Value::Bool => (self.array::<1>()? != [0]).to_string(),
            Value::Text => self.text()?,
            Value::U64 => self.u64()?.to_string(),
            Value::I64 => i64::from_le_bytes(self.array()?).to_string(),
            Value::F64 => f64::from_le_bytes(self.array()?).to_string(),
            Value::List => return Err("a list of metadata is out of place".into()),
        })
    }

    /// Passes a list: its elements are read when they are needed.
    fn list(&mut self) -> Result<List, String> {
        let kind = Value::read(self)?;
        let count = self.length()?;
        let start = self.at;
        match kind.bytes() {
            Some(bytes) => {
                let bytes = count.checked_mul(bytes);
                self.take(bytes.ok_or("its header ends too early")?)?;
            }
            None if kind == Value::Text => {
                for _ in 0..count {
                    let length = self.length()?;
                    self.take(length)?;
                }
            }
            None => return Err("it has lists of lists".into()),
        }
        Ok(List { kind, count, start })
    }

    fn tensor(&mut self) -> Result<Stored, Flaw> {
        let key = self.text()?;
        let axes = self.u32()?;
        if axes > MOST_AXES {
            return Err(format!("`{key}` has {axes} axes").into());
        }
        let lengths = (0..axes).map(|_| self.length());
        let mut shape: Vec<usize> = lengths.collect::<Result<_, String>>()?;
        shape.reverse(); // GGUF lists the fastest axis first
        match number_format(self.u32()?) {
            Ok(format) => Ok(Stored {
                key,
                shape,
                format,
                offset: self.length()?,
            }),
            Err(name) => Err(Flaw::Format { key, name }),
        }
    }
}

impl List {
    /// Its elements, if they are texts. `file` is the file that it was read from.
    pub fn texts(self, file: &[u8]) -> Option<Vec<String>> {
        let mut reader = self.reader(file);
        let is_text = self.kind == Value::Text;
        is_text.then(|| (0..self.count).map(|_| reader.text().ok()).collect())?
    }

    /// Its elements, if they are numbers or truths.
    pub fn numbers(self, file: &[u8]) -> Option<Vec<f64>> {
        let mut reader = self.reader(file);
        let numbers = (0..self.count).map(|_| match self.kind {
            Value::Bool => Some(f64::from(u8::from(reader.array::<1>().ok()? != [0]))),
            kind => reader.value(kind).ok()?.parse().ok(),
        });
        self.kind.bytes().is_some().then(|| numbers.collect())?
    }

    /// Its bytes, if it is a list of bytes.
    pub fn bytes(self, file: &[u8]) -> Option<&[u8]> {
        let is_bytes = matches!(self.kind, Value::U8 | Value::I8);
        let end = self.start.checked_add(self.count)?;
        is_bytes.then(|| file.get(self.start..end))?
    }

    fn reader(self, file: &[u8]) -> Reader<'_> {
        Reader {
            bytes: file,
            at: self.start,
        }
    }
}

/// The format with this number, or the name of one that cannot be read. Source: ggml, `ggml.h` (`enum ggml_type`).
fn number_format(number: u32) -> Result<NumberFormat, String> {
    let plain = match number {
        0 => Some(Dtype::F32),
        1 => Some(Dtype::F16),
        24 => Some(Dtype::I8),
        25 => Some(Dtype::I16),
        26 => Some(Dtype::I32),
        27 => Some(Dtype::I64),
        28 => Some(Dtype::F64),
        30 => Some(Dtype::BF16),
        _ => None,
    };
    let blocks = match number {
        2 => Some(BlockFormat::Q4_0),
        3 => Some(BlockFormat::Q4_1),
        6 => Some(BlockFormat::Q5_0),
        7 => Some(BlockFormat::Q5_1),
        8 => Some(BlockFormat::Q8_0),
        10 => Some(BlockFormat::Q2K),
        11 => Some(BlockFormat::Q3K),
        12 => Some(BlockFormat::Q4K),
        13 => Some(BlockFormat::Q5K),
        14 => Some(BlockFormat::Q6K),
        _ => None,
    };
    let blocks = blocks.map(NumberFormat::Blocks);
    let format = plain.map(NumberFormat::Plain).or(blocks);
    let others = &OTHER_FORMATS;
    format.ok_or_else(|| {
        let named = others.iter().find(|(other, _)| *other == number);
        named.map_or_else(|| format!("type {number}"), |(_, name)| (*name).into())
    })
}

/// Formats that are not read.
const OTHER_FORMATS: [(u32, &str); 15] = [
    (9, "Q8_1"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (29, "IQ1_M"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
    (40, "NVFP4"),
];

#[cfg(test)]
mod tests {
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
