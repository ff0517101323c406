//! Formatting: Rust by rustfmt, the interface's `view!` macros by leptosfmt, style sheets by malva.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, anyhow, bail};
use malva::Syntax;
use malva::config::FormatOptions;

use crate::command::Cargo;
use crate::file_listing::list_files;
use crate::setup::install_leptosfmt;

/// Folders with style sheets.
const STYLE_FOLDERS: [&str; 2] = ["frontend/style", "crates/hearth-node/src"];
/// Longest line of a style sheet, in characters.
const MAX_STYLE_LINE_CHARS: usize = 120;
/// Passes of rustfmt and leptosfmt after which nothing may change any more.
const MAX_PASSES: usize = 8;

/// Formats all code and style sheets of the repository.
pub(crate) fn format_all(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    for UnformattedStyle { path, formatted } in find_unformatted_styles(root)? {
        println!("formatted {path}");
        fs::write(root.join(&path), formatted).context(path)?;
    }
    let leptosfmt = Leptosfmt { program: install_leptosfmt(cargo)?, frontend: root.join("frontend") };
    // Each of the two formatters may find more to do in what the other one wrote.
    for _ in 0..MAX_PASSES {
        cargo.run(&["fmt", "--all"])?;
        if leptosfmt.find_unformatted()?.is_empty() {
            return Ok(());
        }
        leptosfmt.format()?;
    }
    bail!("rustfmt and leptosfmt undo each other's changes: write what `git diff` shows differently")
}

/// Checks the `view!` macros of the interface.
pub(crate) fn check_views(root: &Path, cargo: &Cargo) -> anyhow::Result<()> {
    let program = match install_leptosfmt(cargo) {
        Ok(program) => program,
        Err(error) => {
            println!(
                "tidy: the formatting of `view!` is not checked: leptosfmt could not be installed: {error:#}"
            );
            return Ok(());
        }
    };
    let unformatted = Leptosfmt { program, frontend: root.join("frontend") }.find_unformatted()?;
    if !unformatted.is_empty() {
        bail!("`view!` is not formatted, run `cargo xtask format`:\n  {}", unformatted.join("\n  "));
    }
    Ok(())
}

/// Checks that the style sheets are formatted.
pub(crate) fn check_styles(root: &Path, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    for UnformattedStyle { path, .. } in find_unformatted_styles(root)? {
        complaints.push(format!("{path} is not formatted: run `cargo xtask format`"));
    }
    Ok(())
}

/// A style sheet that is not formatted, and its formatted text.
struct UnformattedStyle {
    /// Relative to the root.
    path: String,
    formatted: String,
}

fn find_unformatted_styles(root: &Path) -> anyhow::Result<Vec<UnformattedStyle>> {
    let mut found = Vec::new();
    for folder in STYLE_FOLDERS {
        for path in list_files(&root.join(folder), "css")? {
            let text = fs::read_to_string(&path)?;
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let formatted = format_style_sheet(&text).with_context(|| path.clone())?;
            if formatted != text {
                found.push(UnformattedStyle { path, formatted });
            }
        }
    }
    Ok(found)
}

/// Formats a style sheet: one declaration a line.
fn format_style_sheet(text: &str) -> anyhow::Result<String> {
    let mut options = FormatOptions::default();
    options.layout.print_width = MAX_STYLE_LINE_CHARS;
    // The error borrows the text.
    malva::format_text(text, Syntax::Css, &options).map_err(|error| anyhow!("{error}"))
}

/// The formatter of `view!`, which reads `frontend/leptosfmt.toml`.
struct Leptosfmt {
    program: PathBuf,
    frontend: PathBuf,
}

impl Leptosfmt {
    fn format(&self) -> anyhow::Result<()> {
        println!("$ leptosfmt src");
        let output = self.run(&["--quiet"])?;
        if !output.status.success() {
            bail!("leptosfmt failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Files that it would change.
    fn find_unformatted(&self) -> anyhow::Result<Vec<String>> {
        let output = self.run(&["--check"])?;
        let report = String::from_utf8_lossy(&output.stderr);
        let unformatted = parse_unformatted(&report);
        if !output.status.success() && unformatted.is_empty() {
            bail!("leptosfmt failed: {}", report.trim());
        }
        Ok(unformatted)
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        Command::new(&self.program)
            .args(arguments)
            .arg("src")
            .current_dir(&self.frontend)
            .output()
            .with_context(|| format!("{} could not be started", self.program.display()))
    }
}

/// Files that a report of leptosfmt names, among the lines that differ.
fn parse_unformatted(report: &str) -> Vec<String> {
    let file = |line: &str| {
        let (file, _) = line.strip_prefix("❌ ")?.split_once(" is not correctly formatted")?;
        Some(format!("frontend/{file}"))
    };
    report.lines().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_has_one_declaration_a_line() {
        let text = "/* Rows */ .row { top: .5px; left: 0; } .row:hover { top: 0 }";
        let formatted = format_style_sheet(text).unwrap();
        let expected = "/* Rows */\n.row {\n  top: 0.5px;\n  left: 0;\n}\n.row:hover {\n  top: 0;\n}\n";
        assert_eq!(formatted, expected);
        assert_eq!(format_style_sheet(&formatted).unwrap(), formatted);
        assert!(format_style_sheet(".row { top: ").is_err(), "a damaged style sheet is not written back");
    }

    #[test]
    fn files_are_found_in_a_report_of_differences() {
        let report = "❌ src/app.rs is not correctly formatted. See the difference below:\n\n-<p/>\n+<p />\n\
                      ❌ Some files are not correctly formatted, see the diff above\n";
        assert_eq!(parse_unformatted(report), ["frontend/src/app.rs"]);
    }
}
