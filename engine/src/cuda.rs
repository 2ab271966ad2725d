//! Finds CUDA cards from a program that is not linked with CUDA: query the driver, load libtorch's CUDA library, count
//! the devices. Each way this can fail is reported separately, since each has its own remedy.

use std::path::PathBuf;

use kinora_wire::{Cuda, Device, DeviceKind};
use nvml_wrapper::{Nvml, error::NvmlError};

use crate::{ffi, libtorch};

/// The CUDA cards that libtorch can use, in CUDA's order, and how the search ended.
pub fn find() -> (Vec<Device>, Cuda) {
    let nvml = match Nvml::init() {
        Ok(nvml) => nvml,
        Err(error) => {
            let why = match error {
                NvmlError::LibloadingError(_) => {
                    "its library libnvidia-ml.so.1 is not installed".into()
                }
                other => other.to_string(),
            };
            return (Vec::new(), Cuda::NoDriver { why });
        }
    };
    if let Err(failed) = load_cuda_library() {
        return (Vec::new(), failed);
    }
    let count = tch::Cuda::device_count();
    if count < 1 {
        let why =
            "libtorch found no usable CUDA device (is the driver too old for CUDA 13?)".into();
        return (Vec::new(), Cuda::Broken { why });
    }
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
    let cards = (0..u32::try_from(count).unwrap_or(0))
        .filter_map(|index| card(&nvml, index, visible.as_deref()))
        .collect();
    let driver = nvml
        .sys_driver_version()
        .unwrap_or_else(|_| "unknown".into());
    (cards, Cuda::Ready { driver })
}

/// Loads libtorch's CUDA library, which is in the folder of its CPU library if it is installed.
fn load_cuda_library() -> Result<(), Cuda> {
    let folder = libtorch::cpu_library()
        .and_then(|path| path.parent().map(PathBuf::from))
        .unwrap_or_default();
    let library = folder.join("libtorch_cuda.so");
    if !library.exists() {
        let looked_for = library.display().to_string();
        return Err(Cuda::NoLibraries { looked_for });
    }
    ffi::load_for_good(&library).map_err(|error| Cuda::Broken {
        why: error.to_string(),
    })
}

/// The card with this CUDA index. NVML counts all cards of the machine; CUDA counts only those in
/// `CUDA_VISIBLE_DEVICES`, in its order (numbers or UUIDs).
fn card(nvml: &Nvml, index: u32, visible: Option<&str>) -> Option<Device> {
    let named = visible
        .and_then(|list| list.split(',').nth(index as usize))
        .map(str::trim);
    let device = match named {
        None | Some("") => nvml.device_by_index(index),
        Some(name) => match name.parse() {
            Ok(number) => nvml.device_by_index(number),
            Err(_) => nvml.device_by_uuid(name),
        },
    };
    let device = device.ok()?;
    let memory = device.memory_info().ok()?;
    Some(Device {
        id: format!("cuda:{index}"),
        name: device.name().unwrap_or_else(|_| "NVIDIA GPU".into()),
        kind: DeviceKind::Cuda,
        memory_total_bytes: memory.total,
        memory_free_bytes: memory.free,
    })
}
