//! Reads a packed tensor from its file: the stored numbers, and the scales that lie beside them.

use tch::{Kind, Tensor};

use super::{Packing, Place};
use crate::weights::file::MappedFile;
use crate::weights::packed::{Coding, Packed, plain_scales, stored_scales_shape};
use crate::weights::stored::BlockFormat;

/// A tensor whose numbers are packed.
pub struct PackedTensor<'f> {
    /// The files of its checkpoint.
    pub files: &'f [MappedFile],
    /// The file that it lies in.
    pub file: &'f MappedFile,
    /// Its key there.
    pub key: &'f str,
    /// Its shape, as the checkpoint has it.
    pub shape: &'f [i64],
}

impl PackedTensor<'_> {
    /// Reads it onto the CPU, as rows x columns: the first axis, and all others together. `None` if it is not packed, or
    /// is not as its packing says.
    pub fn read(&self, packing: &Packing) -> Option<Packed> {
        let numbers: i64 = self.shape.iter().product();
        let rows = match self.shape {
            [rows, _, ..] => *rows,
            _ => 1,
        };
        let columns = numbers.checked_div(rows)?;
        let bytes = |row_bytes: i64| self.file.raw(self.key, &[rows, row_bytes], Kind::Uint8);
        Some(match packing {
            Packing::Plain(_) => return None,
            Packing::Float8(kind, scale) => {
                let scale = match scale {
                    Some(place) => Some(self.scale(place)?),
                    None => None,
                };
                let kind = *kind;
                Packed::new(bytes(columns)?, Coding::Float8 { kind, scale }, columns)
            }
            Packing::Int8(place, group) => {
                let (scale, group) = (self.scale(place)?, *group);
                Packed::new(bytes(columns)?, Coding::Int8 { scale, group }, columns)
            }
            Packing::Nvfp4(block_scales, scale) => {
                let shape = stored_scales_shape(rows, columns);
                let file = self.files.get(block_scales.file)?;
                let stored = file.raw(&block_scales.key, &shape, Kind::Uint8)?;
                let coding = Coding::Nvfp4 {
                    block_scales: plain_scales(&stored, rows, columns),
                    scale: self.scale(scale)?,
                };
                Packed::new(bytes(columns / 2)?, coding, columns)
            }
            Packing::Blocks(format) => self.blocks(*format, numbers, columns)?,
        })
    }

    /// Blocks that lie within rows; else a block is a row.
    fn blocks(&self, format: BlockFormat, numbers: i64, columns: i64) -> Option<Packed> {
        let (block, block_bytes) = (format.numbers() as i64, format.bytes() as i64);
        let columns = if columns % block == 0 { columns } else { block };
        let shape = [numbers.checked_div(columns)?, columns / block * block_bytes];
        let bytes = self.file.raw(self.key, &shape, Kind::Uint8)?;
        Some(Packed::new(bytes, Coding::Blocks(format), columns))
    }

    /// A scale as fp32: 1 x 1, or rows x 1.
    fn scale(&self, place: &Place) -> Option<Tensor> {
        let scale = self.files.get(place.file)?.tensor(&place.key)?;
        Some(scale.to_kind(Kind::Float).reshape([-1, 1]))
    }
}
