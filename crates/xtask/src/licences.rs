//! The parts of the program with their licences, which the settings show.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};
use serde::Serialize;

/// Programs that are shipped.
const SHIPPED_PROGRAMS: [&str; 3] = ["hearth-cli", "hearth-desktop", "hearth-frontend"];
/// Shipped parts that are no crates: name, version, licence.
const SHIPPED_PARTS: [(&str, &str, &str); 5] = [
    ("Inter", "4", "OFL-1.1"),
    ("Source Serif 4", "4", "OFL-1.1"),
    ("Lucide icons", "", "ISC"),
    ("PDFium", "8149", "BSD-3-Clause AND Apache-2.0"),
    ("all-MiniLM-L6-v2", "", "Apache-2.0"),
];

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct LicensedPart {
    name: String,
    version: String,
    licence: String,
}

/// Writes the list as JSON, if it has changed.
pub(crate) fn write_licences(root: &Path, path: &Path) -> anyhow::Result<()> {
    let text = serde_json::to_string(&collect_parts(root)?)?;
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Collects all parts linked into the programs, by name; build and test dependencies are left out.
fn collect_parts(root: &Path) -> anyhow::Result<BTreeSet<LicensedPart>> {
    let metadata = MetadataCommand::new().current_dir(root).exec().context("cargo metadata")?;
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolves")?;
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let programs =
        metadata.packages.iter().filter(|package| SHIPPED_PROGRAMS.contains(&package.name.as_str()));
    let mut pending: Vec<&PackageId> = programs.map(|package| &package.id).collect();
    let mut seen: BTreeSet<&PackageId> = pending.iter().copied().collect();
    while let Some(id) = pending.pop() {
        let dependencies = nodes.get(id).map_or(&[][..], |node| node.deps.as_slice());
        for dependency in dependencies {
            let is_linked = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if is_linked && seen.insert(&dependency.pkg) {
                pending.push(&dependency.pkg);
            }
        }
    }
    let workspace_members = &metadata.workspace_members;
    let crates = metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id) && !workspace_members.contains(&package.id));
    let mut parts: BTreeSet<LicensedPart> = crates
        .map(|package| LicensedPart {
            name: package.name.to_string(),
            version: package.version.to_string(),
            licence: package.license.clone().unwrap_or_else(|| "see its licence file".to_owned()),
        })
        .collect();
    parts.extend(SHIPPED_PARTS.map(|(name, version, licence)| LicensedPart {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.to_owned(),
    }));
    Ok(parts)
}
