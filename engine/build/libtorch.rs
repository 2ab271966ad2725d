//! For the build scripts of the engine and the trainer: where the linker and the programs find libtorch.

use std::path::Path;

/// Where libtorch lies, from the program's own folder: beside it, in an installed tree (`bin/`, `lib/kinora/`), and in a
/// checkout, for `target/debug` and `target/debug/deps`. No path of this machine is compiled in.
const LIBRARY_FOLDERS: [&str; 4] = [
    "$ORIGIN",
    "$ORIGIN/../lib/kinora",
    "$ORIGIN/../../.libtorch/lib",
    "$ORIGIN/../../../.libtorch/lib",
];

/// Gives the linker the path of libtorch, and the program the places where it looks for libtorch when it runs. Returns
/// the folder that torch-sys has found; prints the error for cargo if there is none.
pub fn link() -> Option<String> {
    // torch-sys passes the folder it found to its direct dependents only.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo::error=torch-sys did not say where libtorch is: run `cargo xtask setup`");
        return None;
    };
    for folder in LIBRARY_FOLDERS {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
    if !builds_inside_checkout(&lib) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    }
    // libtorch_cpu.so needs libraries next to it in the view folder.
    println!("cargo::rustc-link-arg=-Wl,-rpath-link,{lib}");
    Some(lib)
}

/// Whether the folders above lead to this libtorch: it is the checkout's own, and the target folder lies in the checkout.
fn builds_inside_checkout(lib: &str) -> bool {
    let (Ok(manifest), Ok(out)) = (
        std::env::var("CARGO_MANIFEST_DIR"),
        std::env::var("OUT_DIR"),
    ) else {
        return false;
    };
    let Some(checkout) = Path::new(&manifest).parent() else {
        return false;
    };
    let same = |one: &Path, other: &Path| {
        let (one, other) = (one.canonicalize(), other.canonicalize());
        one.is_ok_and(|one| other.is_ok_and(|other| one == other))
    };
    Path::new(&out).starts_with(checkout.join("target"))
        && same(Path::new(lib), &checkout.join(".libtorch/lib"))
}
