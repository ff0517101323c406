//! Building the interface: Rust to WebAssembly, then `hearth-bundle` makes it ready to be served.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::command::Cargo;
use crate::licences;
use crate::setup::{self, WASM_LINKER, WASM_TARGET};
use crate::toolchain::Toolchain;

/// File that the bundler writes last: newer inputs are not bundled yet.
const BUNDLE_STAMP_FILE: &str = "index.html.br";

/// Builds the interface, if its inputs have changed.
pub(crate) fn build_interface(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    let toolchain = setup::install_for_interface()?;
    let target = cargo.target_folder()?.join("interface");
    println!("building the interface (the first time takes some minutes)");
    let mut command = toolchain.cargo_command();
    command
        .args(["build", "--locked", "--profile", "wasm", "--package", "hearth-frontend"])
        .args(["--target", WASM_TARGET, "--target-dir"])
        .arg(&target)
        .args(toolchain.extra_arguments())
        .current_dir(root);
    if toolchain == Toolchain::Debian {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", WASM_LINKER);
    }
    if !command.status().context("cargo could not be started")?.success() {
        bail!("the interface could not be built");
    }
    let wasm = target.join(WASM_TARGET).join("wasm/hearth_frontend.wasm");
    let (frontend, assets) = (root.join("frontend"), root.join("assets"));
    let licences_file = target.join("licences.json");
    licences::write_licences(root, &licences_file)?;
    let dist = frontend.join("dist");
    let pages = ["index.html", "main.js", "early.js", "microphone.js"].map(|name| frontend.join(name));
    let inputs = pages.into_iter().chain([wasm.clone(), assets.join("hearth.svg"), licences_file.clone()]);
    let bundler = root.join("crates/hearth-bundle/src");
    let folders = [frontend.join("style"), assets.join("icons"), assets.join("fonts"), bundler];
    let bundle_time = modified_time(&dist.join(BUNDLE_STAMP_FILE));
    let newest_input = inputs
        .chain(folders.iter().flat_map(|folder| list_files(folder)))
        .filter_map(|path| modified_time(&path))
        .max();
    if bundle_time.is_some() && bundle_time >= newest_input {
        return Ok(());
    }
    let wasm_opt = setup::install_wasm_opt();
    let paths = [Some(wasm), Some(frontend), Some(assets), Some(dist), Some(licences_file), wasm_opt];
    let paths: Vec<String> =
        paths.into_iter().flatten().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut arguments = vec!["run", "--quiet", "--package", "hearth-bundle", "--"];
    arguments.extend(paths.iter().map(String::as_str));
    cargo.run(&arguments)
}

/// Takes screenshots by the browser tests, and copies those that README.md shows to `assets`.
pub(crate) fn take_screenshots(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
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
    for (screenshot, asset) in
        [("viewer-light-1440.png", "notebook.png"), ("viewer-dark-1440.png", "notebook-dark.png")]
    {
        fs::copy(folder.join(screenshot), root.join("assets").join(asset))?;
    }
    println!("the screenshots are in {}", folder.display());
    Ok(())
}

fn modified_time(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn list_files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
