//! Checks of the repository: crate dependencies, circles of imports, licences, the map, file lengths, lints.

mod code;
mod dependencies;
mod import_circles;
mod imports;
mod lengths;
mod names;
mod unused;
mod uses;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::command::Cargo;
use crate::format;

/// Dependencies allowed between crates. Tests and tools may use anything.
const ALLOWED_DEPENDENCIES: &[(&str, &[&str])] = &[
    ("hearth-domain", &[]),
    ("hearth-wire", &["domain"]),
    ("hearth-facts", &[]),
    ("hearth-texts", &["domain"]),
    ("hearth-host", &[]),
    ("hearth-store", &["domain"]),
    ("hearth-index", &["domain"]),
    ("hearth-worker", &["domain"]),
    ("hearth-documents", &["domain", "worker"]),
    ("hearth-models", &["domain", "worker"]),
    ("hearth-chat", &["domain"]),
    ("hearth-speech", &["domain", "worker"]),
    ("hearth-client", &["wire", "domain"]),
    ("hearth-frontend", &["wire", "texts", "domain"]),
    ("hearth-bundle", &[]),
    ("hearth-machine", &["domain", "models", "speech", "chat", "worker", "host"]),
    ("hearth-library", &["domain", "facts", "store", "index", "documents"]),
    ("hearth-testkit", &["domain", "store", "index", "documents", "library"]),
    (
        "hearth-node",
        &[
            "library",
            "machine",
            "store",
            "index",
            "documents",
            "models",
            "speech",
            "worker",
            "wire",
            "texts",
            "host",
            "domain",
        ],
    ),
    ("hearth-desktop", &["node", "client", "speech", "wire", "texts", "host", "domain"]),
    ("hearth-cli", &["node", "client", "wire", "texts", "host", "domain", "models"]),
];

/// Runs the checks that read files and metadata only.
pub(crate) fn check_files(root: &Path) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().current_dir(root).exec().context("cargo metadata")?;
    let mut complaints = Vec::new();
    check_crate_dependencies(&metadata, &mut complaints);
    dependencies::check_banned_crates(&metadata, &mut complaints);
    dependencies::check_licences(&metadata, &mut complaints);
    dependencies::check_unused_dependencies(&metadata, &mut complaints)?;
    check_crate_map(root, &metadata, &mut complaints)?;
    let code = code::parse_code(root)?;
    lengths::check_lengths(&code, &mut complaints);
    names::check_names(&code, &mut complaints);
    names::check_glossary(root, &code, &mut complaints)?;
    uses::check_uses(&code, &mut complaints);
    import_circles::check_import_circles(&code, &mut complaints);
    unused::check_unused_strings(root, &code, &mut complaints)?;
    unused::check_unused_styles(root, &code, &mut complaints)?;
    format::check_styles(root, &mut complaints)?;
    if !complaints.is_empty() {
        bail!("tidy:\n  {}", complaints.join("\n  "));
    }
    println!("tidy: all checks passed");
    Ok(())
}

/// Checks formatting and lints.
pub(crate) fn check_formatting_and_lints(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    cargo.run(&["fmt", "--all", "--check"])?;
    format::check_views(root, cargo)?;
    cargo.run(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
}

fn check_crate_dependencies(metadata: &Metadata, complaints: &mut Vec<String>) {
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if ["xtask", "hearth-bench", "hearth-tests"].contains(&name) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED_DEPENDENCIES.iter().find(|(from, _)| *from == name) else {
            complaints.push(format!(
                "{name} is not in ALLOWED_DEPENDENCIES of tidy.rs: add the crates that it may depend on"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(dependency_name) = dependency.name.strip_prefix("hearth-") else {
                continue;
            };
            if dependency.kind == DependencyKind::Normal && !allowed.contains(&dependency_name) {
                complaints.push(format!("{name} may not depend on hearth-{dependency_name}"));
            }
        }
    }
}

/// Checks that the map in `crates/README.md` names exactly the existing crates.
fn check_crate_map(root: &Path, metadata: &Metadata, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    let readme = fs::read_to_string(root.join("crates/README.md")).context("crates/README.md")?;
    let listed: BTreeSet<String> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let existing: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for missing in existing.difference(&listed) {
        complaints.push(format!("the crate map of crates/README.md lacks {missing}"));
    }
    for removed in listed.difference(&existing) {
        complaints.push(format!("the crate map of crates/README.md has {removed}, which is not a crate"));
    }
    Ok(())
}
