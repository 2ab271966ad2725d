//! The checks of the engine: whether it starts, its libtorch and CUDA, and the devices that it found. A remedy depends on
//! where this program came from: a checkout or an installation.

use std::path::{Path, PathBuf};

use kinora_wire::{Cuda, Device, DeviceKind, Ended, Hello};

use super::{Check, gibibytes};

/// Where the programs come from. It decides what a person can do about a missing part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProgramOrigin {
    /// Built in a checkout, which has its set-up.
    Checkout,
    /// Installed, or an unpacked folder.
    Installed,
}

impl ProgramOrigin {
    /// For a program built outside the checkout, cargo names the crate's folder in an environment variable.
    pub(super) fn of_this_program() -> Self {
        let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
        let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let mut origins = [own, crate_folder].into_iter().flatten();
        match origins.any(|place| Self::of(&place) == Self::Checkout) {
            true => Self::Checkout,
            false => Self::Installed,
        }
    }

    pub(super) fn of(program: &Path) -> Self {
        let is_checkout = |folder: &Path| folder.join("xtask/Cargo.toml").is_file();
        match program.ancestors().any(is_checkout) {
            true => Self::Checkout,
            false => Self::Installed,
        }
    }

    /// The remedy for this origin: of a checkout, and of an installed program.
    pub(super) fn remedy(self, [checkout, installed]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Checkout => checkout,
            Self::Installed => installed,
        }
    }
}

pub(super) const CUDA_LIBRARIES: [&str; 2] = [
    "cargo xtask setup --cuda",
    "install the Kinora that comes with CUDA, then restart it; until then videos are generated on the processor",
];
pub(super) const LIBTORCH: [&str; 2] = [
    "cargo xtask setup && cargo build",
    "install Kinora again: libtorch belongs into its own folder",
];
pub(super) const ENGINE: [&str; 2] = [
    "cargo build --bin kinora --bin kinora-engine",
    "install Kinora again: kinora-engine belongs beside kinora",
];

pub(super) fn engine_checks(answer: Result<Hello, Ended>, origin: ProgramOrigin) -> Vec<Check> {
    match answer {
        Ok(hello) => {
            let mut checks = vec![
                Check::good(
                    "engine",
                    format!(
                        "kinora-engine {}, protocol {}",
                        hello.engine, hello.protocol
                    ),
                ),
                Check::good(
                    "libtorch",
                    format!("{} in {}", hello.libtorch, hello.libtorch_path),
                ),
            ];
            checks.extend(hello.devices.iter().map(device_check));
            checks.extend(cuda_check(&hello.cuda, origin));
            checks
        }
        Err(ended) => vec![no_engine_check(&ended, origin)],
    }
}

pub(super) fn device_check(device: &Device) -> Check {
    let part = match device.kind {
        DeviceKind::Cpu => "processor",
        DeviceKind::Cuda => "graphics",
    };
    let memory = format!(
        "{} of {} free",
        gibibytes(device.memory_free_bytes),
        gibibytes(device.memory_total_bytes)
    );
    let mut found = vec![format!("{}: {}", device.id, device.name), memory];
    if let Some(card) = &device.card {
        found.push(format!("compute capability {}", card.compute_capability));
        let attention = card.attention.as_ref();
        found.extend(attention.map(|kernel| format!("{kernel} attention")));
    }
    Check::good(part, found.join(", "))
}

fn cuda_check(cuda: &Cuda, origin: ProgramOrigin) -> Option<Check> {
    match cuda {
        Cuda::Ready { .. } => None, // the CUDA devices are listed by themselves
        Cuda::NoDriver { why } => Some(Check::absent(
            "graphics",
            format!("no NVIDIA driver, so videos are generated on the processor, slowly ({why})"),
            Some("with an NVIDIA card: install NVIDIA driver 580 or newer, then restart Kinora"),
        )),
        Cuda::NoLibraries { looked_for } => Some(Check::absent(
            "graphics",
            format!(
                "there is an NVIDIA driver, but libtorch's CUDA libraries are missing ({looked_for})"
            ),
            Some(origin.remedy(CUDA_LIBRARIES)),
        )),
        Cuda::Broken { why } => Some(Check::absent(
            "graphics",
            format!("there is an NVIDIA driver, but CUDA does not work: {why}"),
            Some("install NVIDIA driver 580 or newer, then restart Kinora"),
        )),
    }
}

pub(super) fn no_engine_check(ended: &Ended, origin: ProgramOrigin) -> Check {
    let log = ended.stderr_tail().join("; ");
    if log.contains("error while loading shared libraries") {
        return Check::missing("libtorch", log, origin.remedy(LIBTORCH));
    }
    let found = if log.is_empty() {
        ended.to_string()
    } else {
        format!("{ended}: {log}")
    };
    Check::missing("engine", found, origin.remedy(ENGINE))
}
