//! Finds CUDA cards from a program that is not linked with CUDA: query the driver, load libtorch's CUDA library, count
//! the devices. Each way this can fail is reported separately, since each has its own remedy.

use std::path::PathBuf;

use kinora_wire::{CardDetails, Cuda, Device, DeviceKind};
use nvml_wrapper::{Nvml, error::NvmlError};
use tch::{Kind, Tensor};

use crate::{ffi, libtorch};

/// Queries for which the attention kernel is asked: batch, heads, tokens, channels per head. Long enough that no kernel
/// is ruled out for its overhead.
const ASKED_QUERIES: [i64; 4] = [1, 12, 1024, 128];
/// The attention kernels in the numbers of libtorch (`SDPBackend` in `c10`'s and `ATen`'s `sdp_utils`), from 0.
const ATTENTION_KERNELS: [&str; 4] = ["math", "flash", "memory-efficient", "cuDNN"];

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

/// Memory of the card with this CUDA index that is in use, by all programs, in bytes.
pub fn used_bytes(index: usize) -> Option<u64> {
    let nvml = Nvml::init().ok()?;
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
    let card = nvml_device(&nvml, u32::try_from(index).ok()?, visible.as_deref())?;
    Some(card.memory_info().ok()?.used)
}

/// The attention kernel that libtorch chooses on the card with this CUDA index for bf16 without a mask: "flash",
/// "memory-efficient", "math" or "cuDNN". `None` if it cannot be asked. The first call takes CUDA's own memory on the
/// card, some hundred megabytes.
pub fn attention(index: usize) -> Option<String> {
    let _no_grad = tch::no_grad_guard();
    let options = (Kind::BFloat16, tch::Device::Cuda(index));
    let queries = Tensor::f_zeros(ASKED_QUERIES, options).ok()?;
    let (q, k, v) = (&queries, &queries, &queries);
    let chosen =
        Tensor::f_internal_fused_sdp_choice(q, k, v, None::<&Tensor>, 0.0, false, None, false);
    let number = usize::try_from(chosen.ok()?).ok()?;
    let name = ATTENTION_KERNELS.get(number).copied();
    Some(name.map_or_else(|| format!("kernel {number}"), Into::into))
}

/// The card with this CUDA index.
fn card(nvml: &Nvml, index: u32, visible: Option<&str>) -> Option<Device> {
    let device = nvml_device(nvml, index, visible)?;
    let memory = device.memory_info().ok()?;
    let capability = device.cuda_compute_capability().ok();
    Some(Device {
        id: format!("cuda:{index}"),
        name: device.name().unwrap_or_else(|_| "NVIDIA GPU".into()),
        kind: DeviceKind::Cuda,
        memory_total_bytes: memory.total,
        memory_free_bytes: memory.free,
        card: capability.map(|capability| CardDetails {
            compute_capability: format!("{}.{}", capability.major, capability.minor),
            attention: None,
        }),
    })
}

/// NVML's device for this CUDA index. NVML counts all cards of the machine; CUDA counts only those in
/// `CUDA_VISIBLE_DEVICES`, in its order (numbers or UUIDs).
fn nvml_device<'n>(
    nvml: &'n Nvml,
    index: u32,
    visible: Option<&str>,
) -> Option<nvml_wrapper::Device<'n>> {
    let named = visible
        .and_then(|list| list.split(',').nth(index as usize))
        .map(str::trim);
    let device = match named {
        None | Some("") => nvml.device_by_index(index),
        Some(name) => match name.parse::<u32>() {
            Ok(number) => nvml.device_by_index(number),
            Err(_) => nvml.device_by_uuid(name),
        },
    };
    device.ok()
}
