//! leptosfmt, the formatter of `view!`: a program in the tools folder. It cannot be a dependency: it holds a copy of
//! prettyplease, which no graph of crates may have twice, and whisper's build script has the other one.

use std::path::PathBuf;

use anyhow::Context;
use hearth_host::tools_folder;

use crate::command::Cargo;

/// Version whose output the repository has.
const LEPTOSFMT_VERSION: &str = "0.1.33";

/// Installs leptosfmt; returns its path.
pub(crate) fn install_leptosfmt(cargo: &Cargo) -> anyhow::Result<PathBuf> {
    let tools = tools_folder().context("this user has no cache folder")?;
    let folder = tools.join(format!("leptosfmt-{LEPTOSFMT_VERSION}"));
    let program = folder.join("bin").join(format!("leptosfmt{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        println!("setup: leptosfmt {LEPTOSFMT_VERSION} is missing");
        let package = format!("leptosfmt@{LEPTOSFMT_VERSION}");
        // Unoptimised, it takes a third of the time to build, and a fifth of a second for the interface.
        cargo.run(&[
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "--root",
            &folder.to_string_lossy(),
            &package,
        ])?;
    }
    Ok(program)
}
