//! libtorch 2.11.0, the version of tch 0.24: the user's, if LIBTORCH is set, else downloaded. The download gets a
//! view folder for linking a CPU-only program that finds CUDA at run time.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::cache_folder;
use super::wheel::{Wheel, ensure_unpacked};
use crate::shell::{Failed, workspace_root};

/// Must match `tch` in Cargo.toml.
const VERSION: &str = "2.11.0";

/// Only the libraries of the wheel are used, so any Python version's would do; this one is pinned by its hash.
pub const TORCH: Wheel = Wheel {
    project: "torch",
    file: "torch-2.11.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    size: 530_712_279,
    sha256: "0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756",
};

const TORCH_CPU: &[&str] = &[
    "torch-2.11.0.dist-info/licenses/",
    "torch/include/",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "torch/lib/libtorch_cpu.so",
];

/// `libtorch_cpu.so` of this wheel links these two, with or without a GPU.
#[rustfmt::skip] // a table
const NEEDED_BY_CPU: &[Wheel] = &[
    Wheel { project: "nvidia-cuda-runtime", file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", size: 2_243_632, sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548" },
    Wheel { project: "nvidia-cuda-cupti", file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl", size: 10_715_597, sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8" },
];

/// The entries of the view's `lib/`, and their targets. `libtorch_cuda.so` is left out on purpose: torch-sys would
/// link it, and the engine could not start without CUDA.
const VIEW: &[(&str, &str)] = &[
    ("libc10.so", "../../torch/lib/libc10.so"),
    ("libgomp.so", "../../torch/lib/libgomp.so.1"),
    ("libgomp.so.1", "../../torch/lib/libgomp.so.1"),
    ("libtorch_cpu.so", "../../torch/lib/libtorch_cpu.so"),
    ("libcudart.so.13", "../../nvidia/cu13/lib/libcudart.so.13"),
    ("libcupti.so.13", "../../nvidia/cu13/lib/libcupti.so.13"),
];

pub fn ensure() -> Result<String, Failed> {
    if let Some(yours) = named_by_you() {
        let found = version_in(&yours)?;
        if found != VERSION {
            return Err(Failed(format!(
                "LIBTORCH={} is libtorch {found}, and Kinora needs {VERSION}: point it to {VERSION}, \
                 or unset it to have that installed",
                yours.display()
            )));
        }
        return Ok(format!("{VERSION}, from LIBTORCH: {}", yours.display()));
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failed(format!(
            "libtorch can be installed on Linux x86-64 only: set LIBTORCH to a libtorch {VERSION} for this machine"
        )));
    }
    let (cache, into) = (cache_folder()?, folder()?);
    let mut fresh = ensure_unpacked(&TORCH, &cache, &into, TORCH_CPU, "cpu")?;
    for wheel in NEEDED_BY_CPU {
        fresh |= ensure_unpacked(wheel, &cache, &into, &["nvidia/"], "all")?;
    }
    fresh |= ensure_view(&into)?;
    fresh |= ensure_link(&workspace_root().join(".libtorch"), &into.join("view"))?;
    let done = if fresh { "installed in" } else { "is in" };
    Ok(format!("{VERSION} {done} {}", into.display()))
}

/// The unpacked libraries: `torch/` and `nvidia/` as Python would install them, and `view/`.
pub fn folder() -> Result<PathBuf, Failed> {
    Ok(cache_folder()?.join(format!("libtorch-{VERSION}")))
}

/// True if the libtorch in use is the user's own.
pub fn is_yours() -> bool {
    named_by_you().is_some()
}

/// LIBTORCH as exported by the user. Cargo sets it to `.libtorch` otherwise.
fn named_by_you() -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os("LIBTORCH")?);
    let ours = workspace_root().join(".libtorch");
    (!named.as_os_str().is_empty() && named != ours).then_some(named)
}

/// The version of a libtorch folder, from a header that both the zip and the wheel contain.
fn version_in(libtorch: &Path) -> Result<String, Failed> {
    let headers = [
        "torch/headeronly/version.h",
        "torch/csrc/api/include/torch/version.h",
    ];
    headers
        .iter()
        .filter_map(|header| fs::read_to_string(libtorch.join("include").join(header)).ok())
        .find_map(|text| version_of_header(&text))
        .ok_or_else(|| {
            Failed(format!(
                "LIBTORCH={} does not look like libtorch: no version in its include folder. \
                 Point it to a libtorch {VERSION}, or unset it to have that installed",
                libtorch.display()
            ))
        })
}

fn version_of_header(text: &str) -> Option<String> {
    let part = |name: &str| {
        let define = format!("#define TORCH_VERSION_{name} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&define))
            .map(str::trim)
    };
    Some(format!(
        "{}.{}.{}",
        part("MAJOR")?,
        part("MINOR")?,
        part("PATCH")?
    ))
}

/// True if anything in the view had to be created.
fn ensure_view(into: &Path) -> Result<bool, Failed> {
    let view = into.join("view");
    let lib = view.join("lib");
    fs::create_dir_all(&lib).map_err(|error| Failed::io("make", &lib, &error))?;
    let mut fresh = ensure_link(&view.join("include"), Path::new("../torch/include"))?;
    for (name, target) in VIEW {
        fresh |= ensure_link(&lib.join(name), Path::new(target))?;
    }
    // The linker follows this script to the CPU libraries only.
    fresh |= ensure_text(&lib.join("libtorch.so"), "INPUT(-ltorch_cpu)\n")?;
    fresh |= ensure_text(&view.join("build-version"), &format!("{VERSION}\n"))?; // torch-sys checks it
    Ok(fresh)
}

fn ensure_link(link: &Path, target: &Path) -> Result<bool, Failed> {
    if fs::read_link(link).is_ok_and(|now| now == target) {
        return Ok(false);
    }
    if link.is_symlink() {
        fs::remove_file(link).map_err(|error| Failed::io("renew", link, &error))?;
    }
    symlink(target, link).map_err(|error| Failed::io("make the link", link, &error))?;
    Ok(true)
}

fn ensure_text(path: &Path, text: &str) -> Result<bool, Failed> {
    if fs::read_to_string(path).is_ok_and(|now| now == text) {
        return Ok(false);
    }
    fs::write(path, text).map_err(|error| Failed::io("write", path, &error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_header_of_libtorch() {
        let header = "/// Major\n#define TORCH_VERSION_MAJOR 2\n\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n";
        assert_eq!(version_of_header(header).as_deref(), Some("2.11.0"));
        assert_eq!(version_of_header("#define TORCH_VERSION_MAJOR 2\n"), None);
    }
}
