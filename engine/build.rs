//! Links libtorch and compiles its version in.

#[path = "build/libtorch.rs"]
mod libtorch;

use std::path::Path;

fn main() {
    let Some(folder) = libtorch::link() else {
        return;
    };
    let version = Path::new(&folder).with_file_name("build-version");
    println!("cargo::rerun-if-changed={}", version.display());
    let version = std::fs::read_to_string(version).unwrap_or_default();
    println!(
        "cargo::rustc-env=KINORA_LIBTORCH_VERSION={}",
        version.trim()
    );
}
