//! Building the interface: Rust to WebAssembly, then `hearth-bundle` makes it ready to be served.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::command::Cargo;
use crate::foreign::Toolchain;
use crate::licences;
use crate::setup::{self, WASM, WASM_LINKER};

/// Written last: whatever is newer has not been bundled.
const LAST: &str = "index.html.br";

/// Builds what changed; quick when nothing did.
pub(crate) fn build(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    let toolchain = setup::for_interface()?;
    let target = cargo.target_folder()?.join("interface");
    println!("building the interface (the first time takes some minutes)");
    let mut command = toolchain.cargo();
    command
        .args(["build", "--locked", "--quiet", "--profile", "wasm", "--package", "hearth-frontend"])
        .args(["--target", WASM, "--target-dir"])
        .arg(&target)
        .args(toolchain.arguments())
        .current_dir(root);
    if toolchain == Toolchain::Debian {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", WASM_LINKER);
    }
    if !command.status().context("cargo could not be started")?.success() {
        bail!("the interface does not build");
    }
    let wasm = target.join(WASM).join("wasm/hearth_frontend.wasm");
    let (frontend, assets) = (root.join("frontend"), root.join("assets"));
    let parts = target.join("licences.json");
    licences::write(root, &parts)?;
    let dist = frontend.join("dist");
    let pages = ["index.html", "main.js", "early.js", "microphone.js"].map(|name| frontend.join(name));
    let inputs = pages.into_iter().chain([wasm.clone(), assets.join("hearth.svg"), parts.clone()]);
    let bundler = root.join("crates/hearth-bundle/src");
    let folders = [frontend.join("style"), assets.join("icons"), assets.join("fonts"), bundler];
    let bundled = modified(&dist.join(LAST));
    let newest = inputs
        .chain(folders.iter().flat_map(|folder| files(folder)))
        .filter_map(|path| modified(&path))
        .max();
    if bundled.is_some() && bundled >= newest {
        return Ok(());
    }
    let wasm_opt = setup::wasm_opt();
    let paths = [Some(wasm), Some(frontend), Some(assets), Some(dist), Some(parts), wasm_opt];
    let paths: Vec<String> =
        paths.into_iter().flatten().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut arguments = vec!["run", "--quiet", "--package", "hearth-bundle", "--"];
    arguments.extend(paths.iter().map(String::as_str));
    cargo.run(&arguments)
}

/// Has the browser tests take their pictures, and puts the one that README.md shows where it shows it.
pub(crate) fn screenshots(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    cargo.run(&["build", "--package", "hearth-cli"])?;
    cargo.run(&[
        "test",
        "--package",
        "hearth-tests",
        "--test",
        "browser",
        "--",
        "every_page",
        "comes_back",
    ])?;
    let folder = cargo.target_folder()?.join("screenshots");
    for (taken, shown) in
        [("viewer-light-1440.png", "notebook.png"), ("viewer-dark-1440.png", "notebook-dark.png")]
    {
        fs::copy(folder.join(taken), root.join("assets").join(shown))?;
    }
    println!("the pictures are in {}", folder.display());
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
