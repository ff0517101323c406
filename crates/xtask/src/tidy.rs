//! What keeps the house in order, checked rather than hoped for.

mod dependencies;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::command::Cargo;

/// Lines of a file, and of one that is excused by a comment at its head never.
const FILE_HARD: usize = 800;
const FILE_SOFT: usize = 400;

/// Which crate may depend on which: the arrows of the house. Tests and tools may use anything.
const ARROWS: &[(&str, &[&str])] = &[
    ("hearth-domain", &[]),
    ("hearth-wire", &["domain"]),
    ("hearth-host", &[]),
    ("hearth-store", &["domain"]),
    ("hearth-index", &["domain"]),
    ("hearth-worker", &["domain"]),
    ("hearth-documents", &["domain", "worker"]),
    ("hearth-models", &["domain", "worker"]),
    ("hearth-chat", &["domain"]),
    ("hearth-speech", &["domain", "worker"]),
    ("hearth-client", &["wire", "domain"]),
    ("hearth-frontend", &["wire", "domain"]),
    ("hearth-bundle", &[]),
    ("hearth-engine", &["domain", "store", "index", "documents"]),
    (
        "hearth-node",
        &[
            "engine",
            "store",
            "index",
            "documents",
            "models",
            "chat",
            "speech",
            "worker",
            "wire",
            "host",
            "domain",
        ],
    ),
    ("hearth-desktop", &["node", "client", "speech", "wire", "host", "domain"]),
    ("hearth-cli", &["node", "client", "wire", "host", "domain", "models"]),
];

/// Checks that read files and metadata only.
pub(crate) fn files(root: &Path) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().current_dir(root).exec().context("cargo metadata")?;
    let mut complaints = Vec::new();
    arrows(&metadata, &mut complaints);
    dependencies::banned(&metadata, &mut complaints);
    dependencies::licences(&metadata, &mut complaints);
    dependencies::unused(&metadata, &mut complaints)?;
    map(root, &metadata, &mut complaints)?;
    let mut long = 0;
    for path in rust_files(root)? {
        let text = fs::read_to_string(&path)?;
        let name = path.strip_prefix(root).unwrap_or(&path).display();
        if !text.starts_with("//!") {
            complaints.push(format!("{name} does not say what it is for: begin it with //!"));
        }
        let lines = text.lines().count();
        if lines > FILE_HARD {
            complaints.push(format!("{name} has {lines} lines; split it by meaning ({FILE_HARD} at most)"));
        } else if lines > FILE_SOFT {
            long += 1;
            println!("tidy: {name} has {lines} lines, more than {FILE_SOFT}");
        }
    }
    if !complaints.is_empty() {
        bail!("tidy:\n  {}", complaints.join("\n  "));
    }
    println!("tidy: files, arrows and map are in order ({long} files over {FILE_SOFT} lines)");
    Ok(())
}

/// Formatting and lints.
pub(crate) fn tools(cargo: &Cargo) -> anyhow::Result<()> {
    cargo.run(&["fmt", "--all", "--check"])?;
    cargo.run(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
}

fn arrows(metadata: &Metadata, complaints: &mut Vec<String>) {
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if ["xtask", "hearth-bench", "hearth-tests"].contains(&name) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            complaints.push(format!("{name} has no arrows: say in tidy.rs what it may depend on"));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(to) = dependency.name.strip_prefix("hearth-") else {
                continue;
            };
            if dependency.kind == DependencyKind::Normal && !allowed.contains(&to) {
                complaints.push(format!("{name} may not depend on hearth-{to}"));
            }
        }
    }
}

/// The map in `crates/README.md` names every crate, and none that is not there.
fn map(root: &Path, metadata: &Metadata, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    let page = fs::read_to_string(root.join("crates/README.md")).context("crates/README.md")?;
    let drawn: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let real: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for missing in real.difference(&drawn) {
        complaints.push(format!("crates/README.md does not have {missing} on its map"));
    }
    for gone in drawn.difference(&real) {
        complaints.push(format!("crates/README.md has {gone} on its map, which is no crate"));
    }
    Ok(())
}

fn rust_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = rust_files_in(&root.join("crates"))?;
    found.extend(rust_files_in(&root.join("tests"))?);
    Ok(found)
}

fn rust_files_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
