//! Writes tensors as safetensors.
//! Used for latents, encoded prompts, and the trainer's checkpoints.

use kinora_wire::Failure;
use safetensors::Dtype;
use safetensors::tensor::View;
use std::borrow::Cow;
use tch::{Device, Kind, Tensor};

/// A tensor's bytes with number format and shape, as the safetensors library takes them.
#[derive(Debug)]
pub struct TensorBytes {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl TensorBytes {
    /// These bytes, as numbers of this format.
    pub fn new(dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        Self {
            dtype,
            shape,
            bytes,
        }
    }
}

/// Copies a tensor out of libtorch. Supports fp32, fp16, bf16, u8 and i64.
pub fn view_of(tensor: &Tensor) -> Result<TensorBytes, Failure> {
    let dtype = match tensor.kind() {
        Kind::Float => Dtype::F32,
        Kind::Half => Dtype::F16,
        Kind::BFloat16 => Dtype::BF16,
        Kind::Int64 => Dtype::I64,
        Kind::Uint8 => Dtype::U8,
        other => return Err(Failure::bug(format!("{other:?} numbers cannot be written"))),
    };
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let count = tensor.numel();
    let mut bytes = vec![0; count * dtype.bitsize() / 8];
    tensor
        .f_copy_data_u8(&mut bytes, count)
        .map_err(|error| Failure::bug(error.to_string()))?;
    let shape = tensor
        .size()
        .iter()
        .map(|&length| length as usize)
        .collect();
    Ok(TensorBytes::new(dtype, shape, bytes))
}

impl View for TensorBytes {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
