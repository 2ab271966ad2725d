//! libtorch at run time: its version, the path of its library, and how it keeps freed memory.
//! Peak memory of the process, for benchmarks.

use std::path::PathBuf;

use tch::Device;

/// The version `kinora-engine` was built for, as "2.11.0".
pub const VERSION: &str = if env!("KINORA_LIBTORCH_VERSION").is_empty() {
    "2.11.0" // LIBTORCH is set by the user; the set-up has checked the version
} else {
    env!("KINORA_LIBTORCH_VERSION")
};

/// Path of the loaded `libtorch_cpu`, links resolved. `None` on systems that do not list mapped files.
pub fn cpu_library() -> Option<PathBuf> {
    // Linux lists every mapped file with its path.
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.split_ascii_whitespace().nth(5))
        .find(|path| path.contains("/libtorch_cpu.so"))
        .map(PathBuf::from)
}

/// Peak memory of this process, in bytes. 0 on systems without /proc.
pub fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Waits until a graphics card has done what it was given, so that a time is the time of the work.
pub fn wait_for(device: Device) {
    if let Device::Cuda(index) = device {
        tch::Cuda::synchronize(index as i64);
    }
}

/// What the allocator does with the memory of freed tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Keeps it for tensors of the same sizes. New pages from the system cost as much as some operations.
    ForNextUse,
    /// Returns it at once. For work with many sizes, where peak memory counts.
    Nothing,
}

/// Sets this for the work that follows. CPU only: a graphics card has its own allocator.
pub fn keep_freed_memory(keeping: Keeping) {
    crate::ffi::return_blocks_from(match keeping {
        Keeping::ForNextUse => 1 << 30,
        Keeping::Nothing => 1 << 20,
    });
}
