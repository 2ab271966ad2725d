//! Layers shared by several networks: linear, convolution, norms, leaky rectifier.
//! Weights are tensors, or matrices that may be packed; a layer is a function of tensors.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::weights::{Matrix, Weights};

/// y = x Wᵀ + b.
#[derive(Debug)]
pub struct Linear {
    weight: Matrix, // out, in
    bias: Option<Tensor>,
}

impl Linear {
    /// A layer with a bias.
    pub fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.matrix("weight", &[outputs, inputs])?,
            bias: Some(weights.tensor("bias", &[outputs])?),
        })
    }

    /// A layer without a bias.
    pub fn plain(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.matrix("weight", &[outputs, inputs])?,
            bias: None,
        })
    }

    /// A layer with a bias that computes in fp32 on every device.
    pub fn exact(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: Matrix::Dense(weights.exact("weight", &[outputs, inputs])?),
            bias: Some(weights.exact("bias", &[outputs])?),
        })
    }

    /// ... x in -> ... x out.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.weight.linear(x, self.bias.as_ref())
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// Its device.
    pub fn device(&self) -> Device {
        self.weight.device()
    }
}

/// A 3 x 3 convolution with a bias, over a border of zeros.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor, // out, in, 3, 3
    bias: Tensor,
    stride: i64,
}

impl Conv {
    /// A layer that keeps the size.
    pub fn new(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::strided(weights, inputs, outputs, 1)
    }

    /// A layer that divides height and width by `stride`.
    pub fn strided(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        stride: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.kernel("weight", &[outputs, inputs, 3, 3])?,
            bias: weights.tensor("bias", &[outputs])?,
            stride,
        })
    }

    /// b x in x h x w -> b x out x h/stride x w/stride.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), self.stride, 1, 1, 1)
    }
}

/// A leaky rectifier (`LeakyReLU`) with a slope of 0.2 below zero, as in ESRGAN and RIFE.
pub fn leaky_relu(x: &Tensor) -> Tensor {
    x.maximum(&(x * 0.2))
}

/// x / rms(x) * weight over the last axis; the mean square is computed in fp32.
#[derive(Debug)]
pub struct RmsNorm {
    weight: Tensor,
    epsilon: f64,
}

impl RmsNorm {
    /// For a last axis of this length.
    pub fn new(mut weights: Weights, length: i64, epsilon: f64) -> Result<Self, Failure> {
        let weight = weights.tensor("weight", &[length])?;
        Ok(Self { weight, epsilon })
    }

    /// ... x length -> ... x length.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        if x.device().is_cuda() {
            // One fused kernel, which sums in fp32.
            return x.rms_norm(self.weight.size(), Some(&self.weight), self.epsilon);
        }
        let mean_square = x
            .to_kind(Kind::Float)
            .square()
            .mean_dim(-1, true, None::<Kind>);
        let scale = (mean_square + self.epsilon).rsqrt().to_kind(x.kind());
        x * scale * &self.weight
    }
}

/// x / rms(x) * scale over the last axis, computed in fp32 on every device and rounded once.
#[derive(Debug)]
pub struct ExactRmsNorm {
    scale: Tensor, // fp32
    epsilon: f64,
}

impl ExactRmsNorm {
    /// With a scale in fp32, as long as the last axis.
    pub fn new(scale: Tensor, epsilon: f64) -> Self {
        Self { scale, epsilon }
    }

    /// ... x length -> ... x length, in the precision of `x`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let exact = x.to_kind(Kind::Float);
        let normed = exact.rms_norm(self.scale.size(), Some(&self.scale), self.epsilon);
        normed.to_kind(x.kind())
    }
}

/// Rotates channel i of a head with channel i + half (rotary positions), in fp32: `x`, `cosines` and `sines` end with all
/// channels of the head.
pub fn halves_rotated(x: &Tensor, cosines: &Tensor, sines: &Tensor) -> Tensor {
    let half = x.size().last().copied().unwrap_or_default() / 2;
    let (first, second) = (x.narrow(-1, 0, half), x.narrow(-1, half, half));
    let across = Tensor::cat(&[&second.neg(), &first], -1);
    x * cosines + across * sines
}

/// (x - mean) / deviation * weight + bias over the last axis, summed in fp32.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f64,
}

impl LayerNorm {
    /// For a last axis of this length.
    pub fn new(mut weights: Weights, length: i64, epsilon: f64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", &[length])?,
            bias: weights.tensor("bias", &[length])?,
            epsilon,
        })
    }

    /// ... x length -> ... x length.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm(
            self.weight.size(),
            Some(&self.weight),
            Some(&self.bias),
            self.epsilon,
            false,
        )
    }
}
