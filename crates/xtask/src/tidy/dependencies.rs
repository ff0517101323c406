//! Checks of dependencies: licences, banned crates, unused ones.

use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package};
use spdx::{Expression, ParseMode};

use crate::file_listing::list_files;

/// Licences of parts that may be shipped with an Apache-2.0 program.
const ALLOWED_LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates whose licence is in a file only, which was read: name and licence.
const CHECKED_LICENCES: &[(&str, &str)] = &[("ollama-rs", "MIT")];

/// Banned crates, or features of crates (`crate/feature`), with the reason.
const BANNED_CRATES: &[(&str, &str)] = &[
    ("esaxx-rs/cpp", "on Windows it links a different C runtime than whisper"),
    ("openssl-sys", "Hearth uses rustls for TLS"),
    ("aws-lc-sys", "it needs cmake and nasm on Windows; rustls uses ring"),
];

/// Checks that no banned crate or feature is a dependency.
pub(super) fn check_banned_crates(metadata: &Metadata, complaints: &mut Vec<String>) {
    let nodes = metadata.resolve.as_ref().map_or(&[][..], |resolve| &resolve.nodes);
    for (banned, reason) in BANNED_CRATES {
        let (name, feature) = banned.split_once('/').unwrap_or((banned, ""));
        let is_dependency =
            metadata.packages.iter().filter(|package| package.name.as_str() == name).any(|package| {
                feature.is_empty()
                    || nodes
                        .iter()
                        .filter(|node| node.id == package.id)
                        .any(|node| node.features.iter().any(|enabled| enabled.as_str() == feature))
            });
        if is_dependency {
            complaints.push(format!("the banned crate {banned} is a dependency: {reason}"));
        }
    }
}

/// Checks that every part's licence allows shipping it with an Apache-2.0 program.
pub(super) fn check_licences(metadata: &Metadata, complaints: &mut Vec<String>) {
    for package in &metadata.packages {
        let name = format!("{} {}", package.name, package.version);
        let checked = CHECKED_LICENCES
            .iter()
            .find(|(name, _)| package.name.as_str() == *name)
            .map(|(_, licence)| *licence);
        let Some(licence) = package.license.as_deref().or(checked) else {
            complaints.push(format!("{name} has no licence as an SPDX expression"));
            continue;
        };
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression) if is_licence_allowed(&expression) => {}
            Ok(_) => complaints.push(format!("{name} has the licence {licence}, which is not allowed")),
            Err(error) => {
                complaints.push(format!(
                    "{name} has the licence {licence}, which could not be parsed: {}",
                    error.reason
                ));
            }
        }
    }
}

fn is_licence_allowed(expression: &Expression) -> bool {
    expression.evaluate(|requirement| {
        requirement.license.id().is_some_and(|id| ALLOWED_LICENCES.contains(&id.name))
    })
}

/// Checks that each crate names its dependencies in its code (as cargo-machete does).
pub(super) fn check_unused_dependencies(
    metadata: &Metadata,
    complaints: &mut Vec<String>,
) -> anyhow::Result<()> {
    for package in metadata.workspace_packages() {
        let code = read_package_code(package)?;
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            if dependency.kind != DependencyKind::Build && !contains_name(&code, &name) {
                complaints
                    .push(format!("{} depends on {} but does not use it", package.name, dependency.name));
            }
        }
    }
    Ok(())
}

/// Reads all code of a package, tests included.
fn read_package_code(package: &Package) -> anyhow::Result<String> {
    let folder = package.manifest_path.parent().map(|folder| folder.as_std_path().to_owned());
    let mut code = String::new();
    for target in &package.targets {
        let target_folder = target.src_path.parent().map(|folder| folder.as_std_path().to_owned());
        // A target may be outside its package's folder.
        for code_folder in [&folder, &target_folder].into_iter().flatten() {
            for path in list_files(Path::new(code_folder), "rs")? {
                code.push_str(&fs::read_to_string(path)?);
            }
        }
    }
    Ok(code)
}

/// True if a name is in the code as a whole word.
pub(super) fn contains_name(code: &str, name: &str) -> bool {
    let is_name_char = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(name).any(|(start, _)| {
        !is_name_char(code[..start].chars().next_back())
            && !is_name_char(code[start + name.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_fits_when_one_of_its_choices_does() {
        let is_allowed = |text| is_licence_allowed(&Expression::parse_mode(text, ParseMode::LAX).unwrap());
        assert!(is_allowed("MIT/Apache-2.0"));
        assert!(is_allowed("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only"));
        assert!(is_allowed("LGPL-2.1-or-later OR (MIT AND Unicode-3.0)"));
        assert!(!is_allowed("GPL-3.0-only"));
        assert!(!is_allowed("MIT AND LGPL-3.0-only"));
    }

    #[test]
    fn a_name_inside_another_is_no_use() {
        assert!(contains_name("use url::Url;", "url"));
        assert!(!contains_name("let curl = url_of(x);", "url"));
    }
}
