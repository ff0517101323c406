//! What comes in from outside: licences that fit, nothing that must stay away, nothing unused.

use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package};
use spdx::{Expression, ParseMode};

use super::rust_files_in;

/// Licences under which a part may come with an Apache-2.0 program.
const LICENCES: &[&str] = &[
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

/// Crates whose licence stands in a file only, which was read: name and licence.
const READ: &[(&str, &str)] = &[("ollama-rs", "MIT")];

/// Crates, or features of crates (`crate/feature`), that must not come in, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("esaxx-rs/cpp", "it links the other C runtime on Windows, beside whisper"),
    ("openssl-sys", "TLS is rustls"),
    ("aws-lc-sys", "it needs cmake and nasm on Windows; rustls uses ring"),
];

pub(super) fn banned(metadata: &Metadata, complaints: &mut Vec<String>) {
    let nodes = metadata.resolve.as_ref().map_or(&[][..], |resolve| &resolve.nodes);
    for (what, reason) in BANNED {
        let (name, feature) = what.split_once('/').unwrap_or((what, ""));
        let is_there =
            metadata.packages.iter().filter(|package| package.name.as_str() == name).any(|package| {
                feature.is_empty()
                    || nodes
                        .iter()
                        .filter(|node| node.id == package.id)
                        .any(|node| node.features.iter().any(|on| on.as_str() == feature))
            });
        if is_there {
            complaints.push(format!("{what} came in as a dependency: {reason}"));
        }
    }
}

/// Every part's licence lets it come with an Apache-2.0 program.
pub(super) fn licences(metadata: &Metadata, complaints: &mut Vec<String>) {
    for package in &metadata.packages {
        let name = format!("{} {}", package.name, package.version);
        let read = READ.iter().find(|(name, _)| package.name.as_str() == *name).map(|(_, licence)| *licence);
        let Some(licence) = package.license.as_deref().or(read) else {
            complaints.push(format!("{name} does not say its licence as an SPDX expression"));
            continue;
        };
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression) if fits(&expression) => {}
            Ok(_) => complaints.push(format!("{name} is under {licence}, which does not fit")),
            Err(error) => {
                complaints.push(format!("{name}: its licence {licence} cannot be read: {}", error.reason));
            }
        }
    }
}

fn fits(expression: &Expression) -> bool {
    expression.evaluate(|wanted| wanted.license.id().is_some_and(|id| LICENCES.contains(&id.name)))
}

/// Each crate names in its code what it depends on (as cargo-machete looks at it).
pub(super) fn unused(metadata: &Metadata, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    for package in metadata.workspace_packages() {
        let code = code(package)?;
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            if dependency.kind != DependencyKind::Build && !names(&code, &name) {
                complaints
                    .push(format!("{} depends on {} and does not use it", package.name, dependency.name));
            }
        }
    }
    Ok(())
}

/// All code of a package, of its tests, too.
fn code(package: &Package) -> anyhow::Result<String> {
    let folder = package.manifest_path.parent().map(|folder| folder.as_std_path().to_owned());
    let mut all = String::new();
    for target in &package.targets {
        let own = target.src_path.parent().map(|folder| folder.as_std_path().to_owned());
        // A target may stand outside of its package's folder.
        for place in [&folder, &own].into_iter().flatten() {
            for path in rust_files_in(Path::new(place))? {
                all.push_str(&fs::read_to_string(path)?);
            }
        }
    }
    Ok(all)
}

/// Whether a word stands in the code as a word of its own.
fn names(code: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(name)
        .any(|(at, _)| !part(code[..at].chars().next_back()) && !part(code[at + name.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_fits_when_one_of_its_choices_does() {
        let fits = |text| fits(&Expression::parse_mode(text, ParseMode::LAX).unwrap());
        assert!(fits("MIT/Apache-2.0"));
        assert!(fits("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only"));
        assert!(fits("LGPL-2.1-or-later OR (MIT AND Unicode-3.0)"));
        assert!(!fits("GPL-3.0-only"));
        assert!(!fits("MIT AND LGPL-3.0-only"));
    }

    #[test]
    fn a_name_inside_another_is_no_use() {
        assert!(names("use url::Url;", "url"));
        assert!(!names("let curl = url_of(x);", "url"));
    }
}
