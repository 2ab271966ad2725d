//! The values of a GGUF header, read one after the other: numbers, texts, and lists, which are passed and read later.
//! Nothing is read beyond the end.

/// Most tensors, and most entries of metadata. Real files have some thousands.
const MOST_ENTRIES: u64 = 1 << 16;

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
pub enum Value {
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
    /// Reads the number of a type.
    pub fn read(reader: &mut Reader) -> Result<Self, String> {
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

/// Reads the header from start to end, and never beyond it.
pub struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// From the start of a file.
    pub fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub fn place(&self) -> usize {
        self.at
    }

    /// The next bytes.
    pub fn take(&mut self, count: usize) -> Result<&'b [u8], String> {
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

    /// The next number of four bytes.
    pub fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next length or offset: eight bytes.
    pub fn length(&mut self) -> Result<usize, String> {
        let length = usize::try_from(self.u64()?);
        length.map_err(|_| "its header ends too early".into())
    }

    /// The next number of entries, if it is possible.
    pub fn count(&mut self, what: &str) -> Result<u64, String> {
        let count = self.u64()?;
        match count <= MOST_ENTRIES {
            true => Ok(count),
            false => Err(format!("its header claims {count} {what}")),
        }
    }

    /// The next text.
    pub fn text(&mut self) -> Result<String, String> {
        let length = self.length()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// A single value, as text.
    pub fn value(&mut self, value: Value) -> Result<String, String> {
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
    pub fn list(&mut self) -> Result<List, String> {
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
