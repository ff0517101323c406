//! `cargo xtask check windows`: the program as Windows users get it, built on this machine and tested
//! under Wine.

mod compiler;
mod journey;
mod wine;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::command::{Cargo, has_program};
use crate::setup;
use crate::toolchain::{DEBIAN_PACKAGES, Toolchain};
use compiler::{ARCHIVE_PROGRAM, C_COMPILER, CXX_COMPILER};
use wine::Wine;

#[derive(Subcommand)]
pub(crate) enum Check {
    /// Build hearth.exe and test it under Wine: add a folder, ask questions, recover after being killed
    Windows {
        /// Build folder, not shared with builds by other compilers [default: `windows` in cargo's target
        /// folder]
        #[arg(long, value_name = "DIR")]
        target_dir: Option<PathBuf>,
    },
}

const WINDOWS_TARGET: &str = "x86_64-pc-windows-gnu";
/// C source of a stub of bcryptprimitives.dll, from which Rust's standard library takes random numbers:
/// Windows has it, Wine 8 lacks it. For this check only, never shipped.
const RANDOM_NUMBERS_SOURCE: &str = r"
#include <windows.h>
#include <bcrypt.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
        if (BCryptGenRandom(NULL, data, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) return FALSE;
        data += part;
        length -= part;
    }
    return TRUE;
}
";

pub(crate) fn run_check(root: &Path, cargo: &Cargo, check: Check) -> anyhow::Result<()> {
    let Check::Windows { target_dir } = check;
    let target = match target_dir {
        Some(folder) => std::path::absolute(folder)?,
        None => cargo.target_folder()?.join("windows"),
    };
    let toolchain = find_tools()?;
    setup::install_all()?;
    let pdfium = match setup::install_pdfium_for("windows") {
        Ok(library) => Some(library),
        Err(error) => {
            println!(
                "windows: testing without PDFs, as the PDFium library for Windows is missing ({error:#})"
            );
            None
        }
    };
    let built_program = build_program(root, toolchain, &target)?;
    let program = assemble_program(&built_program, pdfium.as_deref(), &target.join("wine").join("program"))?;
    let wine = Wine::prepare(&target.join("wine"), program, pdfium.is_some())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(journey::run_journey(&wine));
    wine.stop_wine_server();
    outcome?;
    println!("windows: hearth.exe passed all checks");
    Ok(())
}

/// Finds the tools that the check needs; the error names all missing ones at once.
fn find_tools() -> anyhow::Result<Toolchain> {
    let mut packages = Vec::new();
    let toolchain = Toolchain::find_for_target(WINDOWS_TARGET);
    match toolchain {
        Some(Toolchain::Own) => println!("windows: building with this toolchain, which has {WINDOWS_TARGET}"),
        Some(Toolchain::Debian) => {
            println!("windows: building with Debian's Rust; this toolchain lacks {WINDOWS_TARGET}");
        }
        None => packages.extend(DEBIAN_PACKAGES),
    }
    if !(has_program(C_COMPILER) && has_program(CXX_COMPILER) && has_program(ARCHIVE_PROGRAM)) {
        packages.push("g++-mingw-w64-x86-64-posix");
    }
    if !wine::is_wine_installed() {
        packages.push("wine64");
    }
    if let (Some(toolchain), true) = (toolchain, packages.is_empty()) {
        return Ok(toolchain);
    }
    let rust = match toolchain {
        Some(_) => String::new(),
        None => format!("\nInstead of {}: rustup target add {WINDOWS_TARGET}", DEBIAN_PACKAGES.join(", ")),
    };
    bail!(
        "this check needs programs that are missing. On Debian 12:\n  sudo apt-get install --no-install-recommends {}{rust}",
        packages.join(" ")
    )
}

/// Builds the program; returns its path.
fn build_program(root: &Path, toolchain: Toolchain, target: &Path) -> anyhow::Result<PathBuf> {
    let mut arguments = vec![
        "build",
        "--locked",
        "--package",
        "hearth-cli",
        "--package",
        "hearth-desktop",
        "--target",
        WINDOWS_TARGET,
    ];
    arguments.extend(toolchain.extra_arguments());
    println!("$ cargo {}  (the first time takes some minutes)", arguments.join(" "));
    let mut build = toolchain.cargo_command();
    build.args(&arguments).arg("--target-dir").arg(target).current_dir(root);
    compiler::set_compilers(&mut build, root, target)?;
    let status = build.status().context("cargo could not be started")?;
    if !status.success() {
        bail!("the program could not be built for Windows");
    }
    Ok(target.join(WINDOWS_TARGET).join("debug").join("hearth.exe"))
}

/// Copies the program and its libraries into a folder of their own, as an installer would.
fn assemble_program(built_program: &Path, pdfium: Option<&Path>, folder: &Path) -> anyhow::Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let program = folder.join("hearth.exe");
    fs::copy(built_program, &program)
        .with_context(|| format!("{} was not built", built_program.display()))?;
    if let Some(library) = pdfium {
        fs::copy(library, folder.join("pdfium.dll"))?;
    }
    let stub = folder.join("bcryptprimitives.dll");
    let mut compiler = Command::new(C_COMPILER)
        .args(["-shared", "-x", "c", "-o"])
        .arg(&stub)
        .args(["-", "-lbcrypt"])
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("{C_COMPILER} could not be started"))?;
    compiler.stdin.take().context("a pipe to the compiler")?.write_all(RANDOM_NUMBERS_SOURCE.as_bytes())?;
    if !compiler.wait()?.success() {
        bail!("the stub of bcryptprimitives.dll does not compile");
    }
    Ok(program)
}
