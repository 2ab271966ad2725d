//! Which libtorch this program runs on: its version, and where its libraries were loaded from.

use std::path::PathBuf;

/// The version `kinora-engine` was built for, as "2.11.0".
pub const VERSION: &str = if env!("KINORA_LIBTORCH_VERSION").is_empty() {
    "2.11.0" // a LIBTORCH of the user's own: the set-up has checked that it is this version
} else {
    env!("KINORA_LIBTORCH_VERSION")
};

/// Where the loaded `libtorch_cpu` lies, links resolved; `None` where the system does not tell.
pub fn cpu_library() -> Option<PathBuf> {
    // Linux lists every mapped file; a library is mapped from the place it was found in.
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.split_ascii_whitespace().nth(5))
        .find(|path| path.contains("/libtorch_cpu.so"))
        .map(PathBuf::from)
}

/// The most memory this process has held at once, in bytes; 0 where the system does not tell.
pub fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// What the allocator does with the memory of tensors that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Keeps it: the same sizes come again and again, and fresh pages cost as much as some arithmetic.
    ForNextUse,
    /// Gives it back at once: many sizes, and the peak counts.
    Nothing,
}

/// Chooses for the work that follows. On the processor only; a graphics card has its own allocator.
pub fn keep_freed_memory(keeping: Keeping) {
    crate::ffi::return_blocks_from(match keeping {
        Keeping::ForNextUse => 1 << 30,
        Keeping::Nothing => 1 << 20,
    });
}
