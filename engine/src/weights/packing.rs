//! How each tensor of a checkpoint is packed: 8-bit and 4-bit numbers with scales beside them, in the layouts that programs
//! write. What a file does not say by a mark or by its number formats is refused by name, never guessed.
//!
//! Sources: ComfyUI `comfy/ops.py` and `comfy/utils.py` (`scaled_fp8`, `comfy_quant`, `_quantization_metadata`),
//! comfy-kitchen `tensor/` (int8 with rotation, nvfp4), LTX-2 `ltx_core` (fp8). Which names scales have is said there.

mod reading;
mod rules;

use std::collections::BTreeMap;

use kinora_wire::Failure;
use serde::Deserialize;
use tch::Kind;

use super::file::MappedFile;
use super::stored::{BlockFormat, Dtype, TensorInfo};
pub use reading::PackedTensor;
use rules::Stored;

/// The end of the keys of weights. Only beside such a key is a tensor its scale or its mark.
const WEIGHT: &str = ".weight";
/// What may lie beside a weight in fewer than sixteen bits, in place of `.weight`.
const COMPANIONS: [&str; 4] = [MARK, ".weight_scale", ".weight_scale_2", ".scale_weight"];
/// Scales of a layer's input, for programs that compute in 8 bits. Some give them to layers that kept sixteen bits, too.
const INPUT_SCALES: [&str; 2] = [".input_scale", ".scale_input"];
/// The tensor that says in JSON how a layer is packed.
const MARK: &str = ".comfy_quant";
/// The metadata with the same of all layers.
const MARKS_METADATA: &str = "_quantization_metadata";
/// Longest mark, in bytes.
const LONGEST_MARK_BYTES: usize = 1 << 16;
/// Rows and columns of nvfp4 are padded to a multiple of this.
pub const NVFP4_PADDING: i64 = 16;

/// The packing of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packing {
    /// One number after the other, in the format of the file.
    Plain(Dtype),
    /// 8-bit floats of this kind, with an optional scale.
    Float8(Kind, Option<Place>),
    /// 8-bit integers with a scale, and the length of groups that were rotated.
    Int8(Place, Option<i64>),
    /// 4-bit floats, with scales of blocks and a scale of all.
    Nvfp4(Place, Place),
    /// Blocks of a GGUF file.
    Blocks(BlockFormat),
}

impl Packing {
    /// Where its scales lie.
    pub fn places(&self) -> Vec<&Place> {
        match self {
            Self::Plain(_) | Self::Blocks(_) => Vec::new(),
            Self::Float8(_, scale) => scale.iter().collect(),
            Self::Int8(scale, _) => vec![scale],
            Self::Nvfp4(block_scales, scale) => vec![block_scales, scale],
        }
    }
}

/// A tensor in the files of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the file.
    pub file: usize,
    /// Its key there.
    pub key: String,
}

/// A mark: how a layer is packed.
#[derive(Clone, Debug, Deserialize)]
struct Mark {
    format: String,
    #[serde(default)]
    convrot: bool,
    convrot_groupsize: Option<i64>,
}

/// The files of a checkpoint, searched by key.
pub struct Packings<'f> {
    files: &'f [MappedFile],
    /// The file of each key.
    places: BTreeMap<&'f str, usize>,
    /// The marks in the metadata, by layer.
    marks: BTreeMap<String, Mark>,
}

impl<'f> Packings<'f> {
    /// Of these files. Fails if the metadata of one has marks that cannot be read.
    pub fn of(files: &'f [MappedFile]) -> Result<Self, Failure> {
        let mut places = BTreeMap::new();
        let mut marks = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            for key in file.tensors().keys() {
                places.entry(key.as_str()).or_insert(number);
            }
            marks.extend(marks_in(file)?);
        }
        Ok(Self {
            files,
            places,
            marks,
        })
    }

    /// Whether a key is a scale or a mark of a weight in fewer than sixteen bits, or the scale of a layer's input, and no
    /// parameter itself.
    pub fn is_companion(&self, key: &str) -> bool {
        let weight_beside = |end: &&str| {
            let layer = key.strip_suffix(end)?;
            self.info(&format!("{layer}{WEIGHT}"))
        };
        let mut of_narrow = COMPANIONS.iter().filter_map(weight_beside);
        let mut of_any = INPUT_SCALES.iter().filter_map(weight_beside);
        of_narrow.any(|(_, info)| info.format.is_narrow()) || of_any.next().is_some()
    }

    /// The packing of a parameter, and its shape.
    pub fn of_parameter(
        &self,
        file: usize,
        key: &str,
        info: &TensorInfo,
    ) -> Result<(Packing, Vec<i64>), Failure> {
        let tensor = Stored {
            packings: self,
            file,
            key,
            info,
        };
        let packing = tensor.packing()?;
        let mut shape = info.lengths();
        if let (Packing::Nvfp4(..), [_, columns]) = (&packing, shape.as_mut_slice()) {
            *columns = columns.saturating_mul(2); // two numbers a byte
        }
        Ok((packing, shape))
    }

    fn info(&self, key: &str) -> Option<(usize, &'f TensorInfo)> {
        let file = *self.places.get(key)?;
        Some((file, self.files.get(file)?.tensors().get(key)?))
    }

    /// The mark of a layer: that in its own tensor, or that of the metadata, where layers may lack a prefix.
    fn mark(&self, layer: &str) -> Result<Option<Mark>, String> {
        let key = format!("{layer}{MARK}");
        if let Some((file, info)) = self.info(&key) {
            let is_mark = info.place.len() <= LONGEST_MARK_BYTES;
            let bytes = self.files.get(file).and_then(|file| file.bytes(&key));
            let bytes = bytes.filter(|_| is_mark).unwrap_or_default();
            let mark = serde_json::from_slice(bytes);
            return mark
                .map(Some)
                .map_err(|error| format!("`{key}` is damaged: {error}"));
        }
        let mut rest = Some(layer);
        while let Some(name) = rest {
            if let Some(mark) = self.marks.get(name) {
                return Ok(Some(mark.clone()));
            }
            rest = name.split_once('.').map(|(_, rest)| rest);
        }
        Ok(None)
    }
}

/// The marks in the metadata of a file.
fn marks_in(file: &MappedFile) -> Result<BTreeMap<String, Mark>, Failure> {
    #[derive(Deserialize)]
    struct Marks {
        layers: BTreeMap<String, Mark>,
    }
    let Some(text) = file.metadata().get(MARKS_METADATA) else {
        return Ok(BTreeMap::new());
    };
    let marks: Result<Marks, _> = serde_json::from_str(text);
    marks.map(|marks| marks.layers).map_err(|error| {
        Failure::bad_file(
            format!(
                "{}: its `{MARKS_METADATA}` is damaged: {error}",
                file.path().display()
            ),
            "fetch the file again",
        )
    })
}
