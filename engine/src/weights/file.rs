//! One safetensors file, memory-mapped. Its header is checked once, when it is opened.
//! Format: 8 bytes of header length (little endian), a JSON header, the tensor data.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use memmap2::Mmap;
use safetensors::SafeTensors;
use safetensors::tensor::TensorInfo;
use tch::{Kind, Tensor};

use crate::ffi;

/// Longest header. The largest real ones are under 1 MiB.
const LONGEST_HEADER_BYTES: u64 = 16 << 20;

/// The number formats of safetensors.
pub type Dtype = safetensors::Dtype;

/// A safetensors file with a valid header.
#[derive(Debug)]
pub struct MappedFile {
    path: PathBuf,
    map: Mmap,
    /// Offset of the tensor data, in bytes.
    data_start: usize,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: BTreeMap<String, String>,
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
        let map = ffi::map_file(&file).map_err(|error| unreadable(path, &error.to_string()))?;
        refuse_long_header(path, &map)?;
        let (header_bytes, header) = SafeTensors::read_metadata(&map)
            .map_err(|error| unreadable(path, &error.to_string()))?;
        let tensors = header
            .tensors()
            .into_iter()
            .map(|(name, info)| (name, info.clone()))
            .collect();
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self {
            path: path.to_path_buf(),
            map,
            data_start: header_bytes + size_of::<u64>(),
            tensors,
            metadata: metadata.into_iter().collect(),
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Key to number format, shape and offsets.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    /// The metadata of the header.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The bytes of one tensor, from the map.
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        let (start, end) = self.tensors.get(key)?.data_offsets;
        self.map.get(self.data_start + start..self.data_start + end)
    }

    /// One tensor on the CPU, in the number format of the file.
    /// `None` if there is no such key, or its format is not fp32, fp16 or bf16.
    pub fn tensor(&self, key: &str) -> Option<Tensor> {
        let info = self.tensors.get(key)?;
        let kind = kind_of(info.dtype)?;
        let shape: Vec<i64> = info.shape.iter().map(|&length| length as i64).collect();
        let copy = Tensor::f_from_data_size(self.bytes(key)?, &shape, kind).ok()?;
        // The copy is in memory, so the pages of the file can be released.
        let (start, end) = info.data_offsets;
        ffi::forget_pages(&self.map, self.data_start + start, end - start);
        Some(copy)
    }
}

/// The tensor kind of a number format; `None` for formats that weights may not have.
pub fn kind_of(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::F32 => Some(Kind::Float),
        Dtype::F16 => Some(Kind::Half),
        Dtype::BF16 => Some(Kind::BFloat16),
        _ => None,
    }
}

/// Refuses pickle files, which can run any code when they are opened, and GGUF files.
fn refuse_pickles(path: &Path) -> Result<(), Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some(pickle @ ("pth" | "pt" | "ckpt" | "bin" | "pkl")) => Err(Failure::bad_file(
            format!(
                "{} is a .{pickle} file: such a file can run any program when opened, so Kinora does not",
                path.display()
            ),
            "convert it once with `kinora models convert`, which reads its tensors and runs nothing, or use the same model as .safetensors",
        )),
        Some("gguf") => Err(Failure::bad_file(
            format!(
                "{} is a GGUF file, which Kinora cannot read",
                path.display()
            ),
            "use the same model as .safetensors in bf16 or fp16",
        )),
        _ => Ok(()),
    }
}

fn refuse_long_header(path: &Path, map: &[u8]) -> Result<(), Failure> {
    let length = map
        .first_chunk::<8>()
        .map(|bytes| u64::from_le_bytes(*bytes));
    match length {
        Some(length) if length > LONGEST_HEADER_BYTES => Err(unreadable(
            path,
            &format!("its header claims {length} bytes"),
        )),
        _ => Ok(()),
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} is not a sound safetensors file: {why}", path.display()),
        "it may be cut short or not what its name says: fetch it again",
    )
}
