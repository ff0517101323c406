//! Bundler of the web interface: WebAssembly bound to JavaScript and optimised, styles in one file, icons
//! inlined in the page, everything compressed. `cargo xtask` runs it after the build.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Options of wasm-opt for the WebAssembly features that all current browsers support.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
/// Style sheets on which the others depend; they come first, the rest follows by name.
const FIRST_STYLES: [&str; 5] = ["tokens.css", "base.css", "shared.css", "dialogs.css", "loading.css"];
/// Extension of files that are already compressed.
const COMPRESSED_EXTENSION: &str = "woff2";

/// Paths of the bundler's inputs and its output folder `dist`.
struct BundlePaths {
    wasm: PathBuf,
    frontend: PathBuf,
    assets: PathBuf,
    dist: PathBuf,
    /// JSON file with the licences of the program's dependencies.
    licences: PathBuf,
    /// Program `wasm-opt`, or `None` to skip the optimisation.
    wasm_opt: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, frontend, assets, dist, licences, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: hearth-bundle WASM FRONTEND ASSETS DIST LICENCES [WASM_OPT]");
        return ExitCode::from(2);
    };
    let paths = BundlePaths {
        wasm: wasm.clone(),
        frontend: frontend.clone(),
        assets: assets.clone(),
        dist: dist.clone(),
        licences: licences.clone(),
        wasm_opt: rest.first().cloned(),
    };
    match bundle_interface(&paths) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the bundle in a new folder, then replaces the old one by a rename.
fn bundle_interface(paths: &BundlePaths) -> anyhow::Result<()> {
    let new_dist = paths.dist.with_extension("new");
    remove_folder(&new_dist)?;
    fs::create_dir_all(&new_dist).with_context(|| new_dist.display().to_string())?;
    bind_wasm(paths, &new_dist)?;
    fs::write(new_dist.join("app.css"), concatenate_styles(&paths.frontend.join("style"))?)?;
    let page = fs::read_to_string(paths.frontend.join("index.html"))?;
    let page = page.replace("<!-- icons -->", &build_icon_sprite(&paths.assets.join("icons"))?);
    fs::write(new_dist.join("index.html"), page)?;
    for script in ["main.js", "early.js", "microphone.js"] {
        fs::copy(paths.frontend.join(script), new_dist.join(script)).with_context(|| script.to_owned())?;
    }
    fs::copy(paths.assets.join("hearth.svg"), new_dist.join("hearth.svg")).context("hearth.svg")?;
    fs::copy(&paths.licences, new_dist.join("licences.json")).context("licences.json")?;
    for font in list_files(&paths.assets.join("fonts"), COMPRESSED_EXTENSION)? {
        fs::copy(&font, new_dist.join(file_name(&font)))?;
    }
    compress_files(&new_dist)?;
    remove_folder(&paths.dist)?;
    Ok(fs::rename(&new_dist, &paths.dist)?)
}

/// Deletes a folder if it exists.
fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

/// Generates the JavaScript bindings and optimises the WebAssembly.
fn bind_wasm(paths: &BundlePaths, out: &Path) -> anyhow::Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&paths.wasm)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("hearth")
        .generate(out)
        .with_context(|| paths.wasm.display().to_string())?;
    let Some(wasm_opt) = &paths.wasm_opt else {
        println!("  wasm-opt is missing: the interface is not optimised for size");
        return Ok(());
    };
    let bound = out.join("hearth_bg.wasm");
    let optimised = out.join("optimised.wasm");
    let status = Command::new(wasm_opt)
        .arg("-Oz")
        .args(WASM_FEATURES)
        .arg(&bound)
        .arg("-o")
        .arg(&optimised)
        .status()
        .with_context(|| format!("{} could not be started", wasm_opt.display()))?;
    if !status.success() {
        bail!("wasm-opt failed");
    }
    Ok(fs::rename(optimised, bound)?)
}

/// Concatenates the style sheets of a folder.
fn concatenate_styles(folder: &Path) -> anyhow::Result<String> {
    let mut style_sheets = list_files(folder, "css")?;
    style_sheets.sort_by_key(|path| {
        let rank = FIRST_STYLES.iter().position(|first| path.ends_with(first));
        (rank.unwrap_or(FIRST_STYLES.len()), path.clone())
    });
    let mut css = String::new();
    for path in style_sheets {
        css.push_str(&fs::read_to_string(path)?);
    }
    Ok(css)
}

/// All icons as symbols of one hidden SVG: `<use href="#plus">` shows one without a request.
fn build_icon_sprite(folder: &Path) -> anyhow::Result<String> {
    let mut out = String::from("<svg hidden aria-hidden=\"true\">");
    for path in list_files(folder, "svg")? {
        let text = fs::read_to_string(&path)?;
        let inner = text
            .split_once("<svg")
            .and_then(|(_, rest)| rest.split_once('>'))
            .and_then(|(_, rest)| rest.rsplit_once("</svg>"))
            .with_context(|| format!("{} is not an SVG drawing", path.display()))?;
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let lines: String = inner.0.lines().map(str::trim).collect();
        out.push_str(&format!("<symbol id=\"{id}\" viewBox=\"0 0 24 24\">{lines}</symbol>"));
    }
    out.push_str("</svg>");
    Ok(out)
}

/// Replaces each file of a folder by its Brotli form `NAME.br`, unless its format is already compressed.
fn compress_files(folder: &Path) -> anyhow::Result<()> {
    for path in list_files(folder, "")? {
        if path.extension().is_some_and(|extension| extension == COMPRESSED_EXTENSION) {
            continue;
        }
        let bytes = fs::read(&path)?;
        let mut compressed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut compressed, &parameters)?;
        let name = file_name(&path);
        if path.extension().is_some_and(|extension| extension == "wasm") {
            println!("  {name}: {} KB, {} KB compressed", bytes.len() / 1000, compressed.len() / 1000);
        }
        fs::write(folder.join(format!("{name}.br")), compressed)?;
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Files of a folder with an extension ("" for all), sorted by name.
fn list_files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let has_extension =
            extension.is_empty() || path.extension().is_some_and(|actual| actual == extension);
        if path.is_file() && has_extension {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// File name of a path, or an empty text.
fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
