//! Gives the linker the path of libtorch, for linking and for run time.

fn main() {
    // torch-sys passes the folder it found to its direct dependents only.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo::error=torch-sys did not say where libtorch is: run `cargo xtask setup`");
        return;
    };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    // libtorch_cpu.so needs libraries next to it in the view folder.
    println!("cargo::rustc-link-arg=-Wl,-rpath-link,{lib}");
}
