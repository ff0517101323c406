//! Embeds the interface, as `cargo xtask` built it, in the program. Without an interface the node serves
//! its API and a hint how to build it.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

fn main() {
    let manifest_dir =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out_dir = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let frontend = manifest_dir.join("../../frontend");
    let dist = frontend.join("dist");
    // A missing folder would count as changed at every build.
    let watched = if dist.is_dir() { &dist } else { &frontend };
    println!("cargo::rerun-if-changed={}", watched.display());
    fs::write(out_dir.join("interface.rs"), format_file_table(&dist))
        .expect("the build folder can be written");
}

/// Rust source of the table of embedded files.
fn format_file_table(dist: &Path) -> String {
    let mut rows = String::from("&[\n");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dist).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let (name, packed) = file.strip_suffix(".br").map_or((file, false), |name| (name, true));
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs::read(&path).expect("a file of the interface can be read"));
        let path = fs::canonicalize(&path).expect("the file exists");
        let path = path.to_str().expect("the path is UTF-8");
        writeln!(
            rows,
            "File {{ name: {name:?}, packed: {packed}, tag: \"\\\"{:016x}\\\"\", bytes: include_bytes!({path:?}) }},",
            hasher.finish()
        )
        .expect("writing into a string cannot fail");
    }
    rows.push(']');
    rows
}
