//! System libraries: installed through apt on Debian and Ubuntu; elsewhere they are listed.

use std::process::Command;

use crate::shell::{Failed, run, works};

/// Packages for building and running, each with its purpose.
const PACKAGES: &[&str] = &[
    "build-essential",     // torch-sys compiles C++
    "pkg-config",          // finds the libraries below
    "libasound2-dev",      // sound
    "libclang-dev",        // FFmpeg: reads its headers while building
    "libavcodec-dev",      // FFmpeg: codecs
    "libavfilter-dev",     // FFmpeg: filters
    "libavformat-dev",     // FFmpeg: containers
    "libavutil-dev",       // FFmpeg: shared utilities
    "libswresample-dev",   // FFmpeg: sample rates
    "libswscale-dev",      // FFmpeg: pixel formats
    "libwayland-client0",  // the window, on Wayland
    "libx11-xcb1",         // the window, on X11
    "libxcursor1",         // the mouse pointer, on X11
    "libxi6",              // mouse and pen, on X11
    "libxkbcommon-x11-0",  // the keyboard, on X11
    "mesa-vulkan-drivers", // Vulkan for Intel and AMD, and in software where there is no GPU
    "xvfb",                // a display for tests and for machines without one
];

pub fn ensure() -> Result<String, Failed> {
    if !works("dpkg-query", &["--version"]) {
        return Ok(format!(
            "this is not Debian or Ubuntu: install the equivalents of these packages: {}",
            PACKAGES.join(" ")
        ));
    }
    let missing: Vec<&str> = PACKAGES
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(format!("{} system packages are installed", PACKAGES.len()));
    }
    install(&missing)?;
    Ok(format!("installed {}", missing.join(" ")))
}

fn installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

fn install(missing: &[&str]) -> Result<(), Failed> {
    let names = missing.join(" ");
    println!("    installing {names}");
    let root = works("sh", &["-c", "test $(id -u) = 0"]);
    let sudo = !root && works("sudo", &["-n", "true"]);
    if !root && !sudo {
        return Err(Failed(format!(
            "these packages are missing and need an administrator; run\n\n    \
             sudo apt-get update && sudo apt-get install --no-install-recommends {names}\n\nand then this command again"
        )));
    }
    let apt_get = |args: &[&str]| {
        let mut command = if sudo {
            Command::new("sudo")
        } else {
            Command::new("apt-get")
        };
        if sudo {
            command.args(["-n", "apt-get"]);
        }
        run(command
            .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null()))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], missing].concat())
}
