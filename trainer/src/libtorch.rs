//! The training device, by name.

use kinora_wire::Failure;
use tch::{Device, Kind};

/// "cpu" or "cuda", and the precision networks compute in there.
pub fn device(name: &str) -> Result<(Device, Kind), Failure> {
    match name {
        "cpu" => Ok((Device::Cpu, Kind::Float)),
        "cuda" => {
            let (devices, why) = kinora_engine::device::find();
            match devices.iter().any(|device| device.id.starts_with("cuda")) {
                true => Ok((Device::Cuda(0), Kind::BFloat16)),
                false => Err(Failure::refused(
                    format!("there is no CUDA device: {why:?}"),
                    "use --device cpu",
                )),
            }
        }
        other => Err(Failure::refused(
            format!("{other} is no device"),
            "use cpu or cuda",
        )),
    }
}
