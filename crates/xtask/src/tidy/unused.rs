//! What the compiler does not miss: texts of the interface, CSS classes and custom properties that nothing uses.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use proc_macro2::{TokenStream, TokenTree};

use super::code::CodeFile;
use super::dependencies::contains_name;
use crate::file_listing::list_files;

/// File of texts that says which there are; the others have the same.
const TEXTS_FILE: &str = "crates/hearth-texts/texts/en.ftl";
/// Folder with the words for what the domain enumerates: there, `self` is the texts of a language.
const WORDS_FOLDER: &str = "crates/hearth-texts/src/";
/// Expressions that stand for the texts of a language, in one line.
const OWNERS: [&str; 4] = ["strings.", "use_strings().", "system_strings().", "english_strings()."];
/// Code that sets classes.
const CLASS_USERS: [&str; 3] = ["frontend/src/app.rs", "frontend/src/components/", "frontend/src/pages/"];

/// Each text is read by code other than its tests.
pub(super) fn check_unused_strings(
    root: &Path,
    files: &[CodeFile],
    complaints: &mut Vec<String>,
) -> anyhow::Result<()> {
    let texts = fs::read_to_string(root.join(TEXTS_FILE)).context(TEXTS_FILE)?;
    let is_reader = |file: &&CodeFile| !file.path.starts_with("crates/hearth-texts/tests/");
    let code: String = files
        .iter()
        .filter(is_reader)
        .map(|file| {
            let is_word = file.path.starts_with(WORDS_FOLDER);
            if is_word { file.text.replace("self.", "strings.") } else { file.text.clone() }
        })
        .collect();
    for name in find_unused_strings(&texts, &code) {
        complaints.push(format!("{TEXTS_FILE}: nothing uses {name}: delete it in each language"));
    }
    Ok(())
}

/// Each class and each custom property of the style sheets is used.
pub(super) fn check_unused_styles(
    root: &Path,
    files: &[CodeFile],
    complaints: &mut Vec<String>,
) -> anyhow::Result<()> {
    let frontend = root.join("frontend");
    let mut names = HashSet::new();
    let sets_classes = |file: &&CodeFile| CLASS_USERS.iter().any(|path| file.path.starts_with(path));
    for file in files.iter().filter(sets_classes) {
        collect_names(&file.text, &mut names).with_context(|| file.path.clone())?;
    }
    for page in ["index.html", "early.js", "main.js"] {
        let text = fs::read_to_string(frontend.join(page)).with_context(|| page.to_owned())?;
        names.extend(words_of(&text).map(str::to_owned));
    }
    let mut styles = String::new();
    for path in list_files(&frontend.join("style"), "css")? {
        styles.push_str(&without_comments(&fs::read_to_string(path)?));
    }
    for class in find_unused_classes(&styles, &names) {
        complaints.push(format!("frontend/style: nothing has the class {class}: delete its rules"));
    }
    for property in find_unused_properties(&styles, &names) {
        complaints.push(format!("frontend/style: nothing uses {property}: delete it"));
    }
    for property in find_undeclared_properties(&styles, &names) {
        complaints.push(format!("frontend/style: nothing declares {property}: declare it in tokens.css"));
    }
    Ok(())
}

/// Names of texts that no code reads from one of the [`OWNERS`].
fn find_unused_strings<'a>(texts: &'a str, code: &str) -> Vec<&'a str> {
    // A long chain of fields stands in several lines.
    let code = code.split_whitespace().collect::<Vec<&str>>().join(" ").replace(" .", ".");
    let is_used = |name: &str| OWNERS.iter().any(|owner| contains_name(&code, &format!("{owner}{name}")));
    let names: BTreeSet<&str> =
        texts.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name).collect();
    names.into_iter().filter(|name| words_of(name).eq([*name]) && !is_used(name)).collect()
}

fn find_unused_classes<'a>(styles: &'a str, names: &HashSet<String>) -> BTreeSet<&'a str> {
    // `kind-{}` in a text stands for all classes that begin so.
    let is_used = |class: &str| {
        names.contains(class)
            || names.iter().any(|name| name.ends_with('-') && class.starts_with(name.as_str()))
    };
    selectors_of(styles)
        .flat_map(|selector| selector.split('.').skip(1))
        .filter_map(|rest| words_of(rest).next().filter(|class| rest.starts_with(class)))
        // A number may have a point, too.
        .filter(|class| !class.starts_with(|c: char| c.is_ascii_digit()) && !is_used(class))
        .collect()
}

fn find_unused_properties<'a>(styles: &'a str, names: &HashSet<String>) -> BTreeSet<&'a str> {
    let mut used = names.iter().map(String::as_str).collect::<HashSet<&str>>();
    used.extend(styles.split("var(").skip(1).filter_map(|rest| words_of(rest).next()));
    declared_properties(styles).filter(|name| !used.contains(name)).collect()
}

/// Custom properties that rules use, and neither a rule nor code sets.
fn find_undeclared_properties<'a>(styles: &'a str, names: &HashSet<String>) -> BTreeSet<&'a str> {
    let declared: HashSet<&str> = declared_properties(styles).collect();
    let used = styles.split("var(").skip(1).filter_map(|rest| words_of(rest).next());
    used.filter(|name| !declared.contains(name) && !names.contains(*name)).collect()
}

fn declared_properties(styles: &str) -> impl Iterator<Item = &str> {
    let names = styles.split(['{', ';']).filter_map(|text| text.split_once(':')).map(|(name, _)| name.trim());
    names.filter(|name| name.starts_with("--"))
}

/// Selectors of the rules, with the conditions of the rules around them.
fn selectors_of(styles: &str) -> impl Iterator<Item = &str> {
    styles.split('{').filter_map(|text| text.rsplit(['}', ';']).next())
}

/// Words of all texts of a Rust file, and names after `class:`.
fn collect_names(code: &str, names: &mut HashSet<String>) -> anyhow::Result<()> {
    let tokens: TokenStream = code.parse().map_err(|_| anyhow::anyhow!("no Rust"))?;
    collect_text_words(tokens, names);
    names.extend(code.split("class:").skip(1).filter_map(|rest| words_of(rest).next()).map(str::to_owned));
    Ok(())
}

fn collect_text_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_text_words(group.stream(), words),
            TokenTree::Literal(literal) => words.extend(words_of(&literal.to_string()).map(str::to_owned)),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Words as they are in CSS: of letters, digits, `-` and `_`.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).filter(|word| !word.is_empty())
}

fn without_comments(styles: &str) -> String {
    let mut parts = styles.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("*/").map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(code: &str) -> HashSet<String> {
        let mut names = HashSet::new();
        collect_names(code, &mut names).unwrap();
        names
    }

    #[test]
    fn a_string_that_no_code_reads_is_found() {
        let table = "# A name = a comment\nopen = Open\nopened = { $n ->\n    [one] a = b\n   *[other] c\n}\nname = Name\n";
        assert_eq!(find_unused_strings(table, "let open = strings.opened; source.name"), ["name", "open"]);
        assert!(
            find_unused_strings(table, "(strings\n  .open, use_strings().name, a=strings.opened b)")
                .is_empty()
        );
    }

    #[test]
    fn a_class_that_nothing_has_is_found() {
        let styles = ".row.on, .kind-pdf > i { top: 0.5px; }\n@media (max-width: 37.5em) { a.lost:not(.gone) { top: 0; } }";
        let code = "view! { <p class=\"row\" class:on=is_on><i class=format!(\"kind kind-{}\", kind)/></p> } // lost";
        assert_eq!(Vec::from_iter(find_unused_classes(styles, &names_in(code))), ["gone", "lost"]);
    }

    #[test]
    fn a_custom_property_that_nothing_uses_is_found() {
        let styles = ":root { --a: 1px; --b: var(--a); --c: 0; }\n.row { --d: 1; }";
        let code = "style.set_property(\"--c\", \"1\")";
        assert_eq!(Vec::from_iter(find_unused_properties(styles, &names_in(code))), ["--b", "--d"]);
    }

    #[test]
    fn a_custom_property_that_nothing_declares_is_found() {
        let styles = ":root { --a: 1px; }\n.row { top: var(--a); left: var(--b); width: var(--c, 1px); }";
        let code = "style.set_property(\"--c\", \"1\")";
        assert_eq!(Vec::from_iter(find_undeclared_properties(styles, &names_in(code))), ["--b"]);
    }

    #[test]
    fn comments_of_style_sheets_are_left_out() {
        assert_eq!(without_comments("/* .a */.b{}/* .c */\n.d{}"), ".b{}\n.d{}");
    }
}
