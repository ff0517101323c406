//! The Rust code of the house, parsed once for all checks.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, TraitItemFn, Visibility};

use super::imports::{FileImports, collect_imports};
use crate::file_listing::list_files;

/// Folders of the root that hold Rust code.
const CODE_FOLDERS: [&str; 4] = ["crates", "frontend", "src-tauri", "tests"];

/// Characters of a text that a line of `view!` may be too long for.
const MIN_LONG_TEXT_CHARS: usize = 60;

/// A file with what the checks look at.
pub(super) struct CodeFile {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) functions: Vec<Function>,
    /// Constants and statics at the level of a module.
    pub(super) constants: Vec<String>,
    /// Structs, enums, traits, type aliases and modules, with their lines.
    pub(super) names: Vec<(String, usize)>,
    /// First lines of documentation comments.
    pub(super) summaries: Vec<(String, usize)>,
    /// Public items, and those of them with documentation.
    pub(super) public_items: (usize, usize),
    /// Lines with a text in quotes, from 1; in `view!` with a long one.
    pub(super) text_lines: HashSet<usize>,
    pub(super) imports: FileImports,
}

/// A function with a body.
pub(super) struct Function {
    pub(super) name: String,
    /// From 1.
    pub(super) line: usize,
    /// From the signature to the closing brace.
    pub(super) lines: usize,
    pub(super) is_component: bool,
    pub(super) is_test: bool,
}

impl CodeFile {
    /// True for code that is not shipped: tests, benchmarks and the tools of this repository.
    pub(super) fn is_support(&self) -> bool {
        let is_support = |part: &str| matches!(part, "tests" | "xtask" | "hearth-bench" | "hearth-testkit");
        self.path.split('/').any(is_support) || self.path.ends_with("_tests.rs")
    }
}

/// All files of the house.
pub(super) fn parse_code(root: &Path) -> anyhow::Result<Vec<CodeFile>> {
    let mut files = Vec::new();
    for folder in CODE_FOLDERS {
        for path in list_files(&root.join(folder), "rs")? {
            files.push(parse_file(root, &path)?);
        }
    }
    Ok(files)
}

fn parse_file(root: &Path, path: &PathBuf) -> anyhow::Result<CodeFile> {
    let text = std::fs::read_to_string(path)?;
    let relative = path.strip_prefix(root).unwrap_or(path);
    let relative = relative.to_string_lossy().replace('\\', "/");
    let syntax = syn::parse_file(&text).with_context(|| relative.clone())?;
    let mut file = CodeFile {
        path: relative,
        text,
        functions: Vec::new(),
        constants: Vec::new(),
        names: Vec::new(),
        summaries: Vec::new(),
        public_items: (0, 0),
        text_lines: HashSet::new(),
        imports: collect_imports(&syntax),
    };
    collect_text_lines(
        file.text.parse().map_err(|_| anyhow!("{}: no Rust", file.path))?,
        false,
        &mut file.text_lines,
    );
    let mut collector = Collector { file, depth: 0, in_tests: false, in_implementation: false };
    collector.visit_file(&syntax);
    Ok(collector.file)
}

/// The lines of string literals, those within macros, too; in `view!`, where texts are children beside others, only
/// those of long ones.
fn collect_text_lines(tokens: TokenStream, in_view: bool, lines: &mut HashSet<usize>) {
    let mut after_view = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => collect_text_lines(group.stream(), in_view || after_view, lines),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') && (!in_view || text.chars().count() >= MIN_LONG_TEXT_CHARS) {
                    lines.extend(literal.span().start().line..=literal.span().end().line);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        after_view = match &token {
            TokenTree::Ident(name) => name == "view",
            TokenTree::Punct(punctuation) => after_view && punctuation.as_char() == '!',
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        };
    }
}

struct Collector {
    file: CodeFile,
    /// Functions around the present place.
    depth: usize,
    in_tests: bool,
    /// Within the implementation of a trait.
    in_implementation: bool,
}

impl Collector {
    fn add_function(&mut self, name: &syn::Ident, attributes: &[Attribute], whole: proc_macro2::Span) {
        let (start, end) = (name.span().start().line, whole.end().line);
        let has = |wanted: &str| {
            let is_wanted = |part: &syn::PathSegment| part.ident == wanted;
            attributes.iter().any(|attribute| attribute.path().segments.iter().any(is_wanted))
        };
        self.file.functions.push(Function {
            name: name.to_string(),
            line: start,
            lines: end + 1 - start,
            is_component: has("component"),
            is_test: self.in_tests || has("test"),
        });
    }

    fn add_public(&mut self, visibility: &Visibility, attributes: &[Attribute]) {
        if self.in_tests || !matches!(visibility, Visibility::Public(_)) {
            return;
        }
        self.file.public_items.0 += 1;
        if attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
            self.file.public_items.1 += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let (name, public) = match item {
            Item::Struct(item) => (Some(&item.ident), Some((&item.vis, &item.attrs))),
            Item::Enum(item) => (Some(&item.ident), Some((&item.vis, &item.attrs))),
            Item::Trait(item) => (Some(&item.ident), Some((&item.vis, &item.attrs))),
            Item::Type(item) => (Some(&item.ident), Some((&item.vis, &item.attrs))),
            Item::Mod(item) => (Some(&item.ident), None),
            Item::Const(item) => (None, Some((&item.vis, &item.attrs))),
            Item::Static(item) => (None, Some((&item.vis, &item.attrs))),
            Item::Fn(item) => (None, Some((&item.vis, &item.attrs))),
            _ => (None, None),
        };
        if let Some(name) = name.filter(|_| !self.in_tests) {
            self.file.names.push((name.to_string(), name.span().start().line));
        }
        if let Some((visibility, attributes)) = public {
            self.add_public(visibility, attributes);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if self.depth == 0 && !self.in_tests && item.ident != "_" {
            self.file.constants.push(item.ident.to_string());
        }
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        if self.depth == 0 && !self.in_tests {
            self.file.constants.push(item.ident.to_string());
        }
        visit::visit_item_static(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let outer = self.in_tests;
        self.in_tests |= item.ident == "tests";
        visit::visit_item_mod(self, item);
        self.in_tests = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outer = std::mem::replace(&mut self.in_implementation, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.in_implementation = outer;
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add_function(&item.sig.ident, &item.attrs, item.span());
        self.depth += 1;
        visit::visit_item_fn(self, item);
        self.depth -= 1;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add_function(&item.sig.ident, &item.attrs, item.span());
        if !self.in_implementation {
            self.add_public(&item.vis, &item.attrs);
        }
        self.depth += 1;
        visit::visit_impl_item_fn(self, item);
        self.depth -= 1;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.add_function(&item.sig.ident, &item.attrs, item.span());
        visit::visit_trait_item_fn(self, item);
    }

    /// Attributes of one item stand together: the first documentation line of each group is a summary.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc")
            && matches!(attribute.style, syn::AttrStyle::Outer)
            && let syn::Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(literal) = &pair.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            let line = attribute.span().start().line;
            let is_continued = self
                .file
                .text
                .lines()
                .nth(line.wrapping_sub(2))
                .is_some_and(|before| before.trim_start().starts_with("///"));
            if !is_continued {
                self.file.summaries.push((text.value().trim().to_owned(), line));
            }
        }
        visit::visit_attribute(self, attribute);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_in_a_view_does_not_excuse_its_line() {
        let long_text = "x".repeat(MIN_LONG_TEXT_CHARS);
        let code = format!("f(\"a\");\nview! {{\n<p>\"a\"</p>\n<p>\"{long_text}\"</p>\n}}\n g(\"b\");");
        let mut lines = HashSet::new();
        collect_text_lines(code.parse().unwrap(), false, &mut lines);
        assert_eq!(lines, HashSet::from([1, 4, 6]));
    }
}
