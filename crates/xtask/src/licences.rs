//! The parts that the program is made of, with their licences: what the settings show.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};
use serde::Serialize;

/// The programs that people get.
const PROGRAMS: [&str; 3] = ["hearth-cli", "hearth-desktop", "hearth-frontend"];
/// What comes along besides crates.
const OTHERS: [(&str, &str, &str); 5] = [
    ("Inter", "4", "OFL-1.1"),
    ("Source Serif 4", "4", "OFL-1.1"),
    ("Lucide icons", "", "ISC"),
    ("PDFium", "8149", "BSD-3-Clause AND Apache-2.0"),
    ("all-MiniLM-L6-v2", "", "Apache-2.0"),
];

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Part {
    name: String,
    version: String,
    licence: String,
}

/// Writes the list, if it is another one than before.
pub(crate) fn write(root: &Path, path: &Path) -> anyhow::Result<()> {
    let text = serde_json::to_string(&parts(root)?)?;
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Everything that is linked into the programs, by name; what only builds or tests them is not.
fn parts(root: &Path) -> anyhow::Result<BTreeSet<Part>> {
    let metadata = MetadataCommand::new().current_dir(root).exec().context("cargo metadata")?;
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolves")?;
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let programs = metadata.packages.iter().filter(|package| PROGRAMS.contains(&package.name.as_str()));
    let mut waiting: Vec<&PackageId> = programs.map(|package| &package.id).collect();
    let mut seen: BTreeSet<&PackageId> = waiting.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        let dependencies = nodes.get(id).map_or(&[][..], |node| node.deps.as_slice());
        for dependency in dependencies {
            let is_linked = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if is_linked && seen.insert(&dependency.pkg) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    let own = &metadata.workspace_members;
    let crates =
        metadata.packages.iter().filter(|package| seen.contains(&package.id) && !own.contains(&package.id));
    let mut parts: BTreeSet<Part> = crates
        .map(|package| Part {
            name: package.name.to_string(),
            version: package.version.to_string(),
            licence: package.license.clone().unwrap_or_else(|| "see its licence file".to_owned()),
        })
        .collect();
    parts.extend(OTHERS.map(|(name, version, licence)| Part {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.to_owned(),
    }));
    Ok(parts)
}
