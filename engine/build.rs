//! Tells the linker where libtorch lies, now and when the program runs, and the program its version.

use std::path::Path;

fn main() {
    // torch-sys names the folder it has found; only its direct dependents hear it.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo::error=torch-sys did not say where libtorch is: run `cargo xtask setup`");
        return;
    };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    // libtorch_cpu.so needs libraries that lie beside it in the view folder.
    println!("cargo::rustc-link-arg=-Wl,-rpath-link,{lib}");

    let version = Path::new(&lib).with_file_name("build-version");
    println!("cargo::rerun-if-changed={}", version.display());
    let version = std::fs::read_to_string(version).unwrap_or_default();
    println!(
        "cargo::rustc-env=KINORA_LIBTORCH_VERSION={}",
        version.trim()
    );
}
