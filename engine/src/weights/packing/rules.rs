//! The rules by which the packing of a tensor is known: its mark first, else its number format and the scales beside it.

use kinora_wire::Failure;
use tch::Kind;

use super::{Mark, NVFP4_PADDING, Packing, Packings, Place, WEIGHT};
use crate::weights::foreign::narrow_numbers;
use crate::weights::packed::{NVFP4_BLOCK_NUMBERS, is_group, stored_scales_shape};
use crate::weights::stored::{Dtype, NumberFormat, TensorInfo};

/// Columns that are rotated together, where a mark does not say so.
const USUAL_GROUP: i64 = 256;

/// A tensor whose packing is looked for.
pub struct Stored<'p> {
    /// The files of its checkpoint.
    pub packings: &'p Packings<'p>,
    /// Number of its file.
    pub file: usize,
    /// Its key there.
    pub key: &'p str,
    /// Its number format and shape.
    pub info: &'p TensorInfo,
}

impl Stored<'_> {
    /// The packing, as its mark, its number format and the scales beside it say.
    pub fn packing(&self) -> Result<Packing, Failure> {
        let dtype = match self.info.format {
            NumberFormat::Blocks(format) => return Ok(Packing::Blocks(format)),
            NumberFormat::Plain(dtype) => dtype,
        };
        let layer = self.key.strip_suffix(WEIGHT);
        let mark = layer.map(|layer| self.packings.mark(layer));
        let mark = mark.transpose().map_err(|why| self.damaged(&why))?;
        match (layer, mark.flatten()) {
            (Some(layer), Some(mark)) => self.marked(layer, &mark, dtype),
            (layer, _) => self.unmarked(layer, dtype),
        }
    }

    /// As a mark says.
    fn marked(&self, layer: &str, mark: &Mark, dtype: Dtype) -> Result<Packing, Failure> {
        let wanted = match mark.format.as_str() {
            "float8_e4m3fn" => Dtype::F8_E4M3,
            "float8_e5m2" => Dtype::F8_E5M2,
            "int8_tensorwise" => Dtype::I8,
            "nvfp4" => Dtype::U8,
            other => return Err(self.foreign(&format!("weights in the format {other}"))),
        };
        if dtype != wanted {
            return Err(self.damaged(&format!(
                "`{}` is stored as {dtype:?}, where the format {} has {wanted:?}",
                self.key, mark.format
            )));
        }
        if dtype == Dtype::U8 {
            return self.nvfp4(layer);
        }
        let scale = self.scale(layer).ok_or_else(|| {
            self.damaged(&format!(
                "`{}` has no scale `{layer}.weight_scale`",
                self.key
            ))
        })?;
        match dtype {
            Dtype::I8 => {
                let group = mark.convrot_groupsize.unwrap_or(USUAL_GROUP);
                self.int8(scale, mark.convrot.then_some(group))
            }
            _ => self.float8(Some(scale), dtype),
        }
    }

    /// As the number format and the scales beside it say.
    fn unmarked(&self, layer: Option<&str>, dtype: Dtype) -> Result<Packing, Failure> {
        let scale = layer.and_then(|layer| self.scale(layer));
        match (dtype, scale) {
            (Dtype::F8_E4M3 | Dtype::F8_E5M2, scale) => self.float8(scale, dtype),
            // As LightX2V writes them.
            (Dtype::I8, Some(scale)) => self.int8(scale, None),
            _ if self.info.shape.len() < 2 => Ok(Packing::Plain(dtype)),
            _ => match narrow_numbers(self.key, dtype) {
                Some(numbers) => Err(self.foreign(&format!("weights of {numbers}"))),
                None => Ok(Packing::Plain(dtype)),
            },
        }
    }

    fn float8(&self, scale: Option<Place>, dtype: Dtype) -> Result<Packing, Failure> {
        let kind = match dtype {
            Dtype::F8_E5M2 => Kind::Float8e5m2,
            _ => Kind::Float8e4m3fn,
        };
        let scale = scale.map(|scale| self.checked_scale(scale)).transpose()?;
        Ok(Packing::Float8(kind, scale))
    }

    fn int8(&self, scale: Place, group: Option<i64>) -> Result<Packing, Failure> {
        let scale = self.checked_scale(scale)?;
        let columns = self.matrix()?[1];
        match group {
            Some(group) if !is_group(group) => Err(self.foreign(&format!(
                "weights that were rotated in groups of {group}, which is no power of 4"
            ))),
            Some(group) if columns % group != 0 => Err(self.foreign(&format!(
                "weights of {columns} columns that were rotated in groups of {group}"
            ))),
            group => Ok(Packing::Int8(scale, group)),
        }
    }

    fn nvfp4(&self, layer: &str) -> Result<Packing, Failure> {
        let [rows, bytes] = self.matrix()?;
        let columns = bytes.saturating_mul(2);
        let block_scales = self.beside(layer, ".weight_scale");
        let scale = self.beside(layer, ".weight_scale_2");
        let (Some(block_scales), Some(scale)) = (block_scales, scale) else {
            return Err(self.damaged(&format!("`{}` lacks its scales", self.key)));
        };
        let is_whole = [rows, columns]
            .iter()
            .all(|length| *length > 0 && *length <= i64::MAX / 2 && length % NVFP4_PADDING == 0);
        let stored = self.packings.info(&block_scales.key);
        let stored = stored.map(|(_, info)| (info.format, info.lengths()));
        let scales = NumberFormat::Plain(Dtype::F8_E4M3);
        let has_scales = |shape: [i64; 2]| stored == Some((scales, shape.to_vec()));
        if !is_whole || !has_scales(stored_scales_shape(rows, columns)) {
            return Err(self.damaged(&format!(
                "`{}` is no matrix with a scale for {NVFP4_BLOCK_NUMBERS} numbers",
                self.key
            )));
        }
        let scale = self.checked_scale(scale)?;
        let info = self.packings.info(&scale.key).map(|(_, info)| info);
        if info.is_none_or(|info| info.shape.iter().any(|&length| length != 1)) {
            return Err(self.damaged(&format!("`{}` is no scale of one number", scale.key)));
        }
        Ok(Packing::Nvfp4(block_scales, scale))
    }

    /// The scale of a layer, under either of its names.
    fn scale(&self, layer: &str) -> Option<Place> {
        let names = [".weight_scale", ".scale_weight"];
        names.iter().find_map(|name| self.beside(layer, name))
    }

    fn beside(&self, layer: &str, end: &str) -> Option<Place> {
        let key = format!("{layer}{end}");
        let (file, _) = self.packings.info(&key)?;
        Some(Place { file, key })
    }

    /// A scale of one number, or of one for each row.
    fn checked_scale(&self, scale: Place) -> Result<Place, Failure> {
        let rows = self.info.shape.first().copied().unwrap_or(1);
        let info = self.packings.info(&scale.key).map(|(_, info)| info);
        let numbers = info.filter(|info| info.format.kind().is_some());
        let shape = numbers.map_or(&[][..], |info| info.shape.as_slice());
        let is_scale = numbers.is_some()
            && match shape {
                [] | [1] | [1, 1] => true,
                [length] | [length, 1] => *length == rows && self.info.shape.len() > 1,
                _ => false,
            };
        match is_scale {
            true => Ok(scale),
            false => Err(self.foreign(&format!(
                "weights with scales of another kind than one for all or one for each row (`{}`)",
                scale.key
            ))),
        }
    }

    /// Rows and columns.
    fn matrix(&self) -> Result<[i64; 2], Failure> {
        match self.info.lengths()[..] {
            [rows, columns] => Ok([rows, columns]),
            ref other => Err(self.damaged(&format!("`{}` {other:?} is no matrix", self.key))),
        }
    }

    /// The failure of a file with weights that the engine cannot read.
    fn foreign(&self, what: &str) -> Failure {
        Failure::bad_file(
            format!(
                "{} has {what}: `{}` is stored as {}",
                self.path(),
                self.key,
                self.info.format
            ),
            "use the same model in fp16 or bf16, or in one of the formats listed in docs/models.md",
        )
    }

    fn damaged(&self, why: &str) -> Failure {
        Failure::bad_file(
            format!("{}: {why}", self.path()),
            "the file is damaged, or its program does not write what it says: fetch it again, or use the same model in fp16 or bf16",
        )
    }

    fn path(&self) -> String {
        let file = self.packings.files.get(self.file);
        file.map_or_else(String::new, |file| file.path().display().to_string())
    }
}
