//! The one place in Kinora where Rust's promises are not enough: loading a library, mapping a file.
//! Everything here is a safe function around one foreign call, with the reason why it is sound.

#![allow(
    unsafe_code,
    reason = "the workspace denies unsafe code everywhere but in this module"
)]

use std::path::Path;

use libloading::Library;

/// Loads a shared library for the rest of the process, so that what it registers stays registered.
/// libtorch's CUDA half announces itself to the CPU half from its initialisers.
pub fn load_for_good(library: &Path) -> Result<(), libloading::Error> {
    // SAFETY: loading runs the library's initialisers. The callers load only libtorch's own
    // libraries, from the folder of the libtorch this program is already linked against, and those
    // initialisers may run on any thread at any time (PyTorch itself loads them with dlopen).
    let library = unsafe { Library::new(library) }?;
    std::mem::forget(library); // unloading would leave libtorch with dangling registrations
    Ok(())
}

/// Maps a file into memory for reading.
pub fn map_file(file: &std::fs::File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: the map is read only. Should another program shorten the file meanwhile, the system
    // ends this process (never the studio's); should it overwrite it, numbers change and no more:
    // the bytes are only ever read as numbers, and the header is parsed from the same map once.
    unsafe { memmap2::Mmap::map(file) }
}
