//! Makes the interface ready to be served: WebAssembly bound to JavaScript and shrunk, styles in one
//! file, icons in the page, all of it compressed. `cargo xtask` calls this after the build.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use wasm_bindgen_cli_support::Bindgen;

/// What WebAssembly everyone's browser has had for years; wasm-opt must be told.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
/// The styles that others build on come first; the rest follows by name.
const FIRST_STYLES: [&str; 2] = ["tokens.css", "base.css"];
/// Is compressed already.
const PACKED: &str = "woff2";

struct Paths {
    wasm: PathBuf,
    frontend: PathBuf,
    assets: PathBuf,
    dist: PathBuf,
    /// The parts of the program with their licences, as JSON.
    licences: PathBuf,
    wasm_opt: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, frontend, assets, dist, licences, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: hearth-bundle WASM FRONTEND ASSETS DIST LICENCES [WASM_OPT]");
        return ExitCode::from(2);
    };
    let paths = Paths {
        wasm: wasm.clone(),
        frontend: frontend.clone(),
        assets: assets.clone(),
        dist: dist.clone(),
        licences: licences.clone(),
        wasm_opt: rest.first().cloned(),
    };
    match bundle(&paths) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the whole interface beside the old one and then takes its place.
fn bundle(paths: &Paths) -> anyhow::Result<()> {
    let fresh = paths.dist.with_extension("new");
    remove(&fresh)?;
    fs::create_dir_all(&fresh).with_context(|| fresh.display().to_string())?;
    bind(paths, &fresh)?;
    fs::write(fresh.join("app.css"), styles(&paths.frontend.join("style"))?)?;
    let page = fs::read_to_string(paths.frontend.join("index.html"))?;
    let page = page.replace("<!-- icons -->", &sprite(&paths.assets.join("icons"))?);
    fs::write(fresh.join("index.html"), page)?;
    for script in ["main.js", "early.js", "microphone.js"] {
        fs::copy(paths.frontend.join(script), fresh.join(script)).with_context(|| script.to_owned())?;
    }
    fs::copy(paths.assets.join("hearth.svg"), fresh.join("hearth.svg")).context("hearth.svg")?;
    fs::copy(&paths.licences, fresh.join("licences.json")).context("licences.json")?;
    for font in files(&paths.assets.join("fonts"), PACKED)? {
        fs::copy(&font, fresh.join(name(&font)))?;
    }
    compress(&fresh)?;
    remove(&paths.dist)?;
    Ok(fs::rename(&fresh, &paths.dist)?)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

fn bind(paths: &Paths, out: &Path) -> anyhow::Result<()> {
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
        println!("  wasm-opt is not here: the interface stays larger than it need be");
        return Ok(());
    };
    let bound = out.join("hearth_bg.wasm");
    let smaller = out.join("smaller.wasm");
    let status = Command::new(wasm_opt)
        .arg("-Oz")
        .args(WASM_FEATURES)
        .arg(&bound)
        .arg("-o")
        .arg(&smaller)
        .status()
        .with_context(|| format!("{} could not be started", wasm_opt.display()))?;
    if !status.success() {
        bail!("wasm-opt failed");
    }
    Ok(fs::rename(smaller, bound)?)
}

fn styles(folder: &Path) -> anyhow::Result<String> {
    let mut all = files(folder, "css")?;
    all.sort_by_key(|path| {
        let rank = FIRST_STYLES.iter().position(|first| path.ends_with(first));
        (rank.unwrap_or(FIRST_STYLES.len()), path.clone())
    });
    let mut css = String::new();
    for path in all {
        css.push_str(&fs::read_to_string(path)?);
    }
    Ok(css)
}

/// All icons as symbols of one hidden drawing: `<use href="#plus">` shows one without a request.
fn sprite(folder: &Path) -> anyhow::Result<String> {
    let mut out = String::from("<svg hidden aria-hidden=\"true\">");
    for path in files(folder, "svg")? {
        let text = fs::read_to_string(&path)?;
        let inner = text
            .split_once("<svg")
            .and_then(|(_, rest)| rest.split_once('>'))
            .and_then(|(_, rest)| rest.rsplit_once("</svg>"))
            .with_context(|| format!("{} is no drawing", path.display()))?;
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let lines: String = inner.0.lines().map(str::trim).collect();
        out.push_str(&format!("<symbol id=\"{id}\" viewBox=\"0 0 24 24\">{lines}</symbol>"));
    }
    out.push_str("</svg>");
    Ok(out)
}

/// Leaves `NAME.br` instead of each file that gets smaller by it.
fn compress(folder: &Path) -> anyhow::Result<()> {
    for path in files(folder, "")? {
        if path.extension().is_some_and(|extension| extension == PACKED) {
            continue;
        }
        let bytes = fs::read(&path)?;
        let mut packed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &parameters)?;
        let name = name(&path);
        if path.extension().is_some_and(|extension| extension == "wasm") {
            println!("  {name}: {} KB, {} KB compressed", bytes.len() / 1000, packed.len() / 1000);
        }
        fs::write(folder.join(format!("{name}.br")), packed)?;
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The files of a folder with an extension ("" for all), by name.
fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let fits = extension.is_empty() || path.extension().is_some_and(|found| found == extension);
        if path.is_file() && fits {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
