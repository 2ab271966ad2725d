//! The compute devices of this machine: the CPU, and the CUDA cards that libtorch can use.
//! With names and memory.

use kinora_wire::{Cuda, Device, DeviceKind};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::cuda;

/// Adds the attention kernel to each graphics card. Takes memory on each: not for a program that then waits for work.
pub fn ask_for_attention(devices: &mut [Device]) {
    let details = devices
        .iter_mut()
        .filter(|device| device.kind == DeviceKind::Cuda)
        .filter_map(|device| device.card.as_mut());
    for (index, details) in details.enumerate() {
        details.attention = cuda::attention(index);
    }
}

/// All devices, the CPU first, and how the search for CUDA ended.
/// The first call may load libtorch's CUDA library, which takes about a second.
pub fn find() -> (Vec<Device>, Cuda) {
    let (cards, cuda) = cuda::find();
    let mut devices = vec![processor()];
    devices.extend(cards);
    (devices, cuda)
}

fn processor() -> Device {
    let system = System::new_with_specifics(
        RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram()),
    );
    let name = system
        .cpus()
        .first()
        .map(|cpu| cpu.brand().trim().to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Device {
        id: "cpu".into(),
        name: format!(
            "{}, {cores} threads",
            name.filter(|name| !name.is_empty())
                .unwrap_or_else(|| std::env::consts::ARCH.into())
        ),
        kind: DeviceKind::Cpu,
        memory_total_bytes: system.total_memory(),
        memory_free_bytes: system.available_memory(),
        card: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there_and_has_memory() {
        let (devices, _) = find();
        assert_eq!(devices[0].id, "cpu");
        assert!(devices[0].memory_free_bytes > 0);
        assert!(devices[0].memory_free_bytes <= devices[0].memory_total_bytes);
    }
}
