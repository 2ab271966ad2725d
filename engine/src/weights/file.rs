//! One file of weights, memory-mapped: safetensors or GGUF. Its header is checked once, when it is opened.
//! Safetensors: 8 bytes of header length (little endian), a JSON header, the tensor data. GGUF: see `gguf.rs`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use kinora_wire::Failure;
use memmap2::Mmap;
use safetensors::SafeTensors;
use tch::{Kind, Tensor};

use super::gguf;
use super::read_ahead::ReadAhead;
use super::stored::{Dtype, NumberFormat, TensorInfo};
use crate::ffi;

/// Longest header of a safetensors file. The largest real ones are under 1 MiB.
const LONGEST_HEADER_BYTES: u64 = 16 << 20;

/// A file of weights with a valid header.
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    map: Arc<Mmap>,
    /// Started when the first tensor is read.
    read_ahead: OnceLock<Option<ReadAhead>>,
    contents: Contents,
    is_gguf: bool,
}

/// What the header says.
#[derive(Debug)]
struct Contents {
    tensors: BTreeMap<String, TensorInfo>,
    metadata: BTreeMap<String, String>,
    lists: BTreeMap<String, gguf::List>,
}

impl MappedFile {
    /// Maps the file and reads its header.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        refuse_pickles(path)?;
        let file = File::open(path).map_err(|error| {
            Failure::bad_file(
                format!("{} cannot be opened: {error}", path.display()),
                "check the path and its permissions",
            )
        })?;
        let is_gguf = has_ending(path, "gguf");
        let name = if is_gguf { "GGUF" } else { "safetensors" };
        let unsound = |why: String| unreadable(path, name, &why);
        let map = ffi::map_file(&file).map_err(|error| unsound(error.to_string()))?;
        let is_gguf = is_gguf || map.starts_with(gguf::MAGIC);
        let contents = match is_gguf {
            true => gguf::read(&map)
                .map(Contents::of_gguf)
                .map_err(|flaw| match flaw {
                    gguf::Flaw::Damaged(why) => unsound(why),
                    gguf::Flaw::Format { key, name } => unknown_format(path, &key, &name),
                }),
            false => Contents::of_safetensors(&map).map_err(unsound),
        };
        Ok(Self {
            path: path.to_path_buf(),
            contents: contents?,
            map: Arc::new(map),
            read_ahead: OnceLock::new(),
            is_gguf,
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a GGUF file, which may hold tensors with other axes than their networks have.
    pub fn is_gguf(&self) -> bool {
        self.is_gguf
    }

    /// Key to number format, shape and place.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.contents.tensors
    }

    /// The metadata of the header.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.contents.metadata
    }

    /// A list of texts in the metadata of a GGUF file.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.contents.lists.get(key)?.texts(&self.map)
    }

    /// A list of numbers in the metadata of a GGUF file.
    pub fn numbers(&self, key: &str) -> Option<Vec<f64>> {
        self.contents.lists.get(key)?.numbers(&self.map)
    }

    /// A list of bytes in the metadata of a GGUF file.
    pub fn byte_list(&self, key: &str) -> Option<&[u8]> {
        self.contents.lists.get(key)?.bytes(&self.map)
    }

    /// Whether the metadata of a GGUF file has a list with this key.
    pub fn has_list(&self, key: &str) -> bool {
        self.contents.lists.contains_key(key)
    }

    /// The bytes of one tensor, from the map.
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.map.get(self.tensors().get(key)?.place.clone())
    }

    /// One tensor on the CPU, in the number format of the file.
    /// `None` if there is no such key, or its format is not fp32, fp16 or bf16.
    pub fn tensor(&self, key: &str) -> Option<Tensor> {
        let info = self.tensors().get(key)?;
        self.copied(info, &info.lengths(), info.format.kind()?)
    }

    /// As [`Self::tensor`], also of floats of 8 or 64 bits and of integers of 32 or 64 bits. Scales that may lie beside
    /// 8-bit floats are left out.
    pub fn plain_numbers(&self, key: &str) -> Option<Tensor> {
        let info = self.tensors().get(key)?;
        let NumberFormat::Plain(dtype) = info.format else {
            return None;
        };
        let raw = |kind: Kind| self.raw(key, &info.lengths(), kind);
        match dtype {
            Dtype::F8_E4M3 => Some(raw(Kind::Uint8)?.view_dtype(Kind::Float8e4m3fn)),
            Dtype::F8_E5M2 => Some(raw(Kind::Uint8)?.view_dtype(Kind::Float8e5m2)),
            Dtype::F64 => raw(Kind::Double),
            Dtype::I32 => raw(Kind::Int),
            Dtype::I64 => raw(Kind::Int64),
            _ => self.tensor(key),
        }
    }

    /// The bytes of one tensor as numbers of this kind, on the CPU, whatever its format is. `shape` must have as many
    /// bytes.
    pub fn raw(&self, key: &str, shape: &[i64], kind: Kind) -> Option<Tensor> {
        let info = self.tensors().get(key)?;
        let wanted = shape
            .iter()
            .try_fold(1i64, |all, &length| all.checked_mul(length))?;
        let wanted = usize::try_from(wanted).ok()?;
        let is_whole = wanted.checked_mul(kind.elt_size_in_bytes()) == Some(info.place.len());
        is_whole.then(|| self.copied(info, shape, kind))?
    }

    fn copied(&self, info: &TensorInfo, shape: &[i64], kind: Kind) -> Option<Tensor> {
        let bytes = self.map.get(info.place.clone())?;
        let read_ahead = self.read_ahead.get_or_init(|| ReadAhead::of(&self.map));
        if let Some(read_ahead) = read_ahead {
            read_ahead.before(&info.place);
        }
        let copy = Tensor::f_from_data_size(bytes, shape, kind).ok()?;
        // The copy is in memory, so the pages of the file can be released.
        ffi::forget_pages(&self.map, info.place.start, info.place.len());
        Some(copy)
    }
}

impl Contents {
    fn of_safetensors(map: &[u8]) -> Result<Self, String> {
        refuse_long_header(map)?;
        let (header_bytes, header) =
            SafeTensors::read_metadata(map).map_err(|error| error.to_string())?;
        let start = header_bytes + size_of::<u64>();
        let tensors = header.tensors().into_iter().map(|(name, info)| {
            let (first, end) = info.data_offsets;
            let info = TensorInfo {
                format: NumberFormat::Plain(info.dtype),
                shape: info.shape.clone(),
                place: start + first..start + end,
            };
            (name, info)
        });
        let tensors = tensors.collect();
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self {
            tensors,
            metadata: metadata.into_iter().collect(),
            lists: BTreeMap::new(),
        })
    }

    fn of_gguf(header: gguf::Header) -> Self {
        Self {
            tensors: header.tensors,
            metadata: header.metadata,
            lists: header.lists,
        }
    }
}

/// Whether a file's name has this extension, in upper or lower case.
fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// The extension of a pickle file. `None` for others.
pub fn pickle_ending(path: &Path) -> Option<&'static str> {
    let pickles = ["pth", "pt", "ckpt", "bin", "pkl"];
    pickles.into_iter().find(|pickle| has_ending(path, pickle))
}

/// Refuses pickle files, which can run any code when they are opened.
fn refuse_pickles(path: &Path) -> Result<(), Failure> {
    match pickle_ending(path) {
        Some(pickle) => Err(Failure::bad_file(
            format!(
                "{} is a .{pickle} file: such a file can run any program when opened, so Kinora does not",
                path.display()
            ),
            "convert it once with `kinora models convert`, which reads its tensors and runs nothing, or use the same model as .safetensors",
        )),
        None => Ok(()),
    }
}

fn refuse_long_header(map: &[u8]) -> Result<(), String> {
    let length = map
        .first_chunk::<8>()
        .map(|bytes| u64::from_le_bytes(*bytes));
    match length {
        Some(length) if length > LONGEST_HEADER_BYTES => {
            Err(format!("its header claims {length} bytes"))
        }
        _ => Ok(()),
    }
}

fn unreadable(path: &Path, name: &str, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} is not a sound {name} file: {why}", path.display()),
        "it may be cut short or not what its name says: fetch it again",
    )
}

fn unknown_format(path: &Path, key: &str, name: &str) -> Failure {
    Failure::bad_file(
        format!(
            "{} has weights in the format {name}, which Kinora cannot read: `{key}`",
            path.display()
        ),
        "use the same model as Q8_0, Q6_K, Q5_K, Q4_K or another of the formats in docs/models.md",
    )
}
