//! Rust toolchains for other targets than this machine's: the one in use if it has the target, else
//! Debian's own, which has the standard library as sources.

use std::path::Path;
use std::process::Command;

use crate::command::has_program;

/// Folder of Debian's own Rust.
const DEBIAN_FOLDER: &str = "/usr/bin";
/// Sources of Debian's standard library.
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library/std";
/// Debian packages of this toolchain.
pub(crate) const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Rust toolchain that builds for a target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain in use, which has the target's standard library.
    Own,
    Debian,
}

impl Toolchain {
    /// Finds the installed toolchain that can build for a target, or `None`.
    pub(crate) fn find_for_target(target: &str) -> Option<Self> {
        if has_target(target) {
            return Some(Self::Own);
        }
        let has_debian_rust = has_program(&format!("{DEBIAN_FOLDER}/rustc"))
            && has_program(&format!("{DEBIAN_FOLDER}/cargo"))
            && Path::new(DEBIAN_STD).is_dir();
        has_debian_rust.then_some(Self::Debian)
    }

    /// Cargo of this toolchain.
    pub(crate) fn cargo_command(self) -> Command {
        match self {
            Self::Own => Command::new(env!("CARGO")),
            Self::Debian => {
                let mut command = Command::new(format!("{DEBIAN_FOLDER}/cargo"));
                command
                    .env("RUSTC", format!("{DEBIAN_FOLDER}/rustc"))
                    .env("RUSTDOC", format!("{DEBIAN_FOLDER}/rustdoc"))
                    // Building the standard library is an unstable option of cargo.
                    .env("RUSTC_BOOTSTRAP", "1")
                    // `cargo xtask` points this at the libraries of another compiler.
                    .env_remove("LD_LIBRARY_PATH");
                command
            }
        }
    }

    /// Arguments that cargo needs besides the target.
    pub(crate) fn extra_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Own => &[],
            Self::Debian => &["-Zbuild-std=std,panic_abort"],
        }
    }
}

fn has_target(target: &str) -> bool {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    libraries.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}
