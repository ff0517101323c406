//! `cargo xtask check windows`: the program as Windows users get it, built on this machine and tried
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

use crate::command::{Cargo, exists};
use crate::foreign::{DEBIAN_PACKAGES, Toolchain};
use crate::setup;
use compiler::{ARCHIVER, COMPILER, CPLUSPLUS};
use wine::Wine;

#[derive(Subcommand)]
pub(crate) enum Check {
    /// Build hearth.exe; under Wine: add a folder, ask it, be killed in between and lose nothing
    Windows {
        /// Where to build [default: `windows` in cargo's target folder]; never the one of other builds,
        /// whose compiler may be another
        #[arg(long, value_name = "DIR")]
        target_dir: Option<PathBuf>,
    },
}

const TARGET: &str = "x86_64-pc-windows-gnu";
/// Wine 8 has no bcryptprimitives.dll, which Rust's standard library takes its random numbers from;
/// Windows has. For this check only: it is never shipped.
const RANDOM_NUMBERS: &str = r"
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

pub(crate) fn run(root: &Path, cargo: &Cargo, what: Check) -> anyhow::Result<()> {
    let Check::Windows { target_dir } = what;
    let target = match target_dir {
        Some(folder) => std::path::absolute(folder)?,
        None => cargo.target_folder()?.join("windows"),
    };
    let toolchain = tools()?;
    setup::all()?;
    let pdfium = match setup::pdfium_of("windows") {
        Ok(library) => Some(library),
        Err(error) => {
            println!("PDFs are left out: there is no PDFium library for Windows ({error:#})");
            None
        }
    };
    let built = build(root, toolchain, &target)?;
    let program = assemble(&built, pdfium.as_deref(), &target.join("wine").join("program"))?;
    let wine = Wine::prepare(&target.join("wine"), program, pdfium.is_some())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(journey::all(&wine));
    wine.end();
    outcome?;
    println!("windows: hearth.exe does what it should");
    Ok(())
}

/// Looks for all that is needed, and tells everything that is missing at once.
fn tools() -> anyhow::Result<Toolchain> {
    let mut packages = Vec::new();
    let toolchain = Toolchain::find(TARGET);
    match toolchain {
        Some(Toolchain::Own) => println!("windows: building with this toolchain, which has {TARGET}"),
        Some(Toolchain::Debian) => {
            println!("windows: building with Debian's Rust; this toolchain lacks {TARGET}");
        }
        None => packages.extend(DEBIAN_PACKAGES),
    }
    if !(exists(COMPILER) && exists(CPLUSPLUS) && exists(ARCHIVER)) {
        packages.push("g++-mingw-w64-x86-64-posix");
    }
    if !wine::is_here() {
        packages.push("wine64");
    }
    if let (Some(toolchain), true) = (toolchain, packages.is_empty()) {
        return Ok(toolchain);
    }
    let rust = match toolchain {
        Some(_) => String::new(),
        None => format!("\nInstead of {}: rustup target add {TARGET}", DEBIAN_PACKAGES.join(", ")),
    };
    bail!(
        "this check needs more than is here. On Debian 12:\n  sudo apt-get install --no-install-recommends {}{rust}",
        packages.join(" ")
    )
}

/// Builds the program; gives its path.
fn build(root: &Path, toolchain: Toolchain, target: &Path) -> anyhow::Result<PathBuf> {
    let mut arguments = vec![
        "build",
        "--locked",
        "--package",
        "hearth-cli",
        "--package",
        "hearth-desktop",
        "--target",
        TARGET,
    ];
    arguments.extend(toolchain.arguments());
    println!("$ cargo {}  (the first time takes some minutes)", arguments.join(" "));
    let mut build = toolchain.cargo();
    build.args(&arguments).arg("--target-dir").arg(target).current_dir(root);
    compiler::choose(&mut build, root, target)?;
    let status = build.status().context("cargo could not be started")?;
    if !status.success() {
        bail!("the program does not build for Windows");
    }
    Ok(target.join(TARGET).join("debug").join("hearth.exe"))
}

/// Puts the program and what belongs beside it into a folder of their own, as an installer would.
fn assemble(built: &Path, pdfium: Option<&Path>, folder: &Path) -> anyhow::Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let program = folder.join("hearth.exe");
    fs::copy(built, &program).with_context(|| format!("{} was not built", built.display()))?;
    if let Some(library) = pdfium {
        fs::copy(library, folder.join("pdfium.dll"))?;
    }
    let stub = folder.join("bcryptprimitives.dll");
    let mut compiler = Command::new(COMPILER)
        .args(["-shared", "-x", "c", "-o"])
        .arg(&stub)
        .args(["-", "-lbcrypt"])
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("{COMPILER} could not be started"))?;
    compiler.stdin.take().context("a pipe to the compiler")?.write_all(RANDOM_NUMBERS.as_bytes())?;
    if !compiler.wait()?.success() {
        bail!("the stub of bcryptprimitives.dll does not compile");
    }
    Ok(program)
}
