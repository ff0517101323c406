//! Rust for other targets than this machine's: of the toolchain in use where that has the target, else
//! Debian's own, which brings the standard library as sources.

use std::path::Path;
use std::process::Command;

use crate::command::exists;

/// Where Debian's own Rust lies, and the sources of its standard library.
const DEBIAN: &str = "/usr/bin";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library/std";
pub(crate) const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one in use has the target's standard library.
    Own,
    Debian,
}

impl Toolchain {
    /// The one that can build for a target as things are.
    pub(crate) fn find(target: &str) -> Option<Self> {
        if has_target(target) {
            return Some(Self::Own);
        }
        let is_there = exists(&format!("{DEBIAN}/rustc"))
            && exists(&format!("{DEBIAN}/cargo"))
            && Path::new(DEBIAN_STD).is_dir();
        is_there.then_some(Self::Debian)
    }

    /// Cargo of this toolchain.
    pub(crate) fn cargo(self) -> Command {
        match self {
            Self::Own => Command::new(env!("CARGO")),
            Self::Debian => {
                let mut command = Command::new(format!("{DEBIAN}/cargo"));
                command
                    .env("RUSTC", format!("{DEBIAN}/rustc"))
                    .env("RUSTDOC", format!("{DEBIAN}/rustdoc"))
                    // Building the standard library is an unstable option of cargo's.
                    .env("RUSTC_BOOTSTRAP", "1")
                    // `cargo xtask` points this at the libraries of another compiler.
                    .env_remove("LD_LIBRARY_PATH");
                command
            }
        }
    }

    /// What cargo must be told besides the target.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
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
