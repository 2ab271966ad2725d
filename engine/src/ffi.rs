//! All unsafe code of Kinora: loading a library, process priority, mapping files, allocator settings.
//! Each item is a safe function around a foreign call, with the reason why it is sound.

#![allow(
    unsafe_code,
    reason = "the workspace denies unsafe code everywhere but in this module"
)]

use std::path::Path;

use libloading::Library;

/// Loads a shared library and never unloads it, so that what its initialisers register stays valid.
/// libtorch's CUDA library registers itself with the CPU library in this way.
pub fn load_for_good(library: &Path) -> Result<(), libloading::Error> {
    // SAFETY: loading runs the library's initialisers. The callers load only libtorch's own
    // libraries, from the folder of the libtorch this program is already linked against, and those
    // initialisers may run on any thread at any time (PyTorch itself loads them with dlopen).
    let library = unsafe { Library::new(library) }?;
    std::mem::forget(library); // unloading would leave libtorch with dangling registrations
    Ok(())
}

/// Lowers the CPU priority of this process: 0 is normal, 19 the lowest. Failure is ignored.
pub fn lower_priority(nice: i32) {
    // SAFETY: the call changes one number of this process and touches no memory.
    let _ = unsafe { libc::nice(nice) };
}

/// Maps a file into memory for reading.
pub fn map_file(file: &std::fs::File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: the map is read only. Should another program shorten the file meanwhile, the system
    // ends this process (never the studio's); should it overwrite it, numbers change and no more:
    // the bytes are only ever read as numbers, and the header is parsed from the same map once.
    unsafe { memmap2::Mmap::map(file) }
}

/// Releases pages of a map from memory. They are read from the file again when needed.
pub fn forget_pages(map: &memmap2::Mmap, offset: usize, length: usize) {
    // SAFETY: the map is read only and of a file, so forgetting its pages loses nothing: the next read
    // fetches the same bytes again.
    let advised =
        unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, length) };
    advised.ok(); // it is only advice
}

/// Allocates blocks of at least `bytes` directly from the system and returns them when freed. Smaller blocks are kept
/// for reuse. Has an effect with glibc only.
pub fn return_blocks_from(bytes: i32) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: these set two numbers inside the allocator, and release what it holds and does not use.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, bytes);
        libc::mallopt(libc::M_TRIM_THRESHOLD, bytes);
        libc::malloc_trim(0);
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = bytes;
}
