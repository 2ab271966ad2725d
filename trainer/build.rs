//! Tells the linker where libtorch lies, now and when the program runs.

fn main() {
    // torch-sys names the folder it has found; only its direct dependents hear it.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo::error=torch-sys did not say where libtorch is: run `cargo xtask setup`");
        return;
    };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    // libtorch_cpu.so needs libraries that lie beside it in the view folder.
    println!("cargo::rustc-link-arg=-Wl,-rpath-link,{lib}");
}
