//! Where the numbers lie: in a zip file since PyTorch 1.6, before that one after the other behind the programs
//! (`torch/serialization.py`).

use std::collections::HashMap;
use std::io::Cursor;
use std::ops::Range;

use zip::ZipArchive;

use super::machine::{Machine, NodeId};

/// The first bytes of a zip file.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
/// The first program of an old file: the number 0x1950a86a20f9469cfc6c.
const OLD_MAGIC: [u8; 15] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.',
];
/// Longest program. That of a model with thousands of tensors is under 1 MiB.
const LONGEST_PROGRAM_BYTES: usize = 64 << 20;

/// The bytes of each storage, by key.
#[derive(Debug)]
pub struct Storages<'f> {
    file: &'f [u8],
    places: HashMap<String, Range<usize>>,
}

impl<'f> Storages<'f> {
    /// The bytes of a storage.
    pub fn bytes(&self, key: &str) -> Result<&'f [u8], String> {
        let place = self.places.get(key).cloned();
        let bytes = place.and_then(|place| self.file.get(place));
        bytes.ok_or_else(|| format!("the numbers {key} are missing"))
    }
}

/// Reads the program of a file: the machine after its end, the value it describes, and the storages.
pub fn open_storages(file: &[u8]) -> Result<(Machine, NodeId, Storages<'_>), String> {
    if file.starts_with(ZIP_MAGIC) {
        of_zip(file)
    } else if file.starts_with(&OLD_MAGIC) {
        of_old(file)
    } else {
        Err("it was not saved by torch.save".into())
    }
}

fn of_zip(file: &[u8]) -> Result<(Machine, NodeId, Storages<'_>), String> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|error| error.to_string())?;
    let mut places = HashMap::new();
    let mut program = None;
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| error.to_string())?;
        // The first folder has the name of the file when it was saved.
        let name = entry
            .name()
            .map_err(|error| error.to_string())?
            .into_owned();
        let Some((_, own)) = name.split_once('/') else {
            continue;
        };
        let place = stored(&entry);
        if own == "byteorder" {
            let order = place.and_then(|place| file.get(place).ok_or_else(cut_short))?;
            if order.trim_ascii() != b"little" {
                return Err("its numbers are big endian".into());
            }
        } else if own == "data.pkl" {
            program = Some(place?);
        } else if let Some(key) = own.strip_prefix("data/") {
            places.insert(key.to_owned(), place?);
        }
    }
    let program = program.and_then(|place| file.get(place));
    let program = program.ok_or("it has no data.pkl, so it was not saved by torch.save")?;
    let mut machine = Machine::default();
    let (root, _) = machine.run(limited(program)?)?;
    Ok((machine, root, Storages { file, places }))
}

/// The place of an entry that is not compressed.
fn stored<R: std::io::Read>(entry: &zip::read::ZipFile<'_, R>) -> Result<Range<usize>, String> {
    if entry.compression() != zip::CompressionMethod::Stored {
        return Err("its numbers are compressed".into());
    }
    let start = entry.data_start().ok_or_else(cut_short)?;
    let end = start.checked_add(entry.size()).ok_or_else(cut_short)?;
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) => Ok(start..end),
        _ => Err(cut_short()),
    }
}

/// Three programs (a magic number, the protocol, the system), the described value, the list of its storages, and each
/// storage behind its count of numbers.
fn of_old(file: &[u8]) -> Result<(Machine, NodeId, Storages<'_>), String> {
    let mut at = OLD_MAGIC.len();
    let mut after = |machine: &mut Machine| -> Result<NodeId, String> {
        let rest = file.get(at..).unwrap_or_default();
        let rest = &rest[..rest.len().min(LONGEST_PROGRAM_BYTES)];
        let (root, length) = machine.run(rest)?;
        at += length;
        Ok(root)
    };
    for _ in 0..2 {
        after(&mut Machine::default())?;
    }
    let mut machine = Machine::default();
    let root = after(&mut machine)?;
    let mut list = Machine::default();
    let keys = after(&mut list)?;
    let keys = list.texts(keys)?;
    let mut places = HashMap::new();
    let formats = machine.storages();
    for key in keys {
        let count = file.get(at..).and_then(|rest| rest.first_chunk::<8>());
        let count = u64::from_le_bytes(*count.ok_or_else(cut_short)?);
        let dtype = formats.get(key.as_str()).ok_or_else(cut_short)?;
        let number = dtype.bitsize() / 8;
        let length = usize::try_from(count).ok();
        let length = length.and_then(|count| count.checked_mul(number));
        let start = at + 8;
        let end = length.and_then(|length| start.checked_add(length));
        let end = end.filter(|&end| end <= file.len()).ok_or_else(cut_short)?;
        places.insert(key, start..end);
        at = end;
    }
    Ok((machine, root, Storages { file, places }))
}

fn limited(program: &[u8]) -> Result<&[u8], String> {
    match program.len() > LONGEST_PROGRAM_BYTES {
        true => Err(format!("its data.pkl has {} bytes", program.len())),
        false => Ok(program),
    }
}

fn cut_short() -> String {
    "it is cut short".into()
}
