//! What a file imports from other modules of its crate, and what it offers to them.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// Imports and items of a file without its tests. What an inline module names is written as in the file's own module.
#[derive(Debug, Default)]
pub(super) struct FileImports {
    /// Modules that stand in files of their own.
    pub(super) children: BTreeSet<String>,
    /// Other items of the file's module.
    pub(super) items: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// Paths in the code, without generics.
    pub(super) paths: BTreeSet<Vec<String>>,
}

impl FileImports {
    /// The `use` that declares a name.
    pub(super) fn find_use(&self, name: &str) -> Option<&Use> {
        self.uses.iter().find(|import| import.name == name)
    }
}

/// A name that a `use` declares.
#[derive(Debug)]
pub(super) struct Use {
    /// `*` for all names of a module.
    pub(super) name: String,
    pub(super) path: Vec<String>,
    pub(super) is_reexport: bool,
}

/// Collects the imports of a file.
pub(super) fn collect_imports(syntax: &syn::File) -> FileImports {
    let mut collector = Collector::default();
    collector.visit_file(syntax);
    collector.imports
}

#[derive(Default)]
struct Collector {
    imports: FileImports,
    /// Inline modules around the present place.
    depth: usize,
    in_function: bool,
}

impl Collector {
    /// A path as the file's own module would write it; `None` if it stays within the file.
    fn leave_inline_modules(&self, mut path: Vec<String>) -> Option<Vec<String>> {
        let supers = path.iter().take_while(|part| *part == "super").count();
        match path.first()?.as_str() {
            "crate" => {}
            _ if self.depth == 0 => {}
            "super" if supers > self.depth => drop(path.drain(..self.depth)),
            _ => return None,
        }
        Some(path)
    }

    fn add_path(&mut self, path: Vec<String>) {
        self.imports.paths.extend(self.leave_inline_modules(path));
    }

    fn add_use(&mut self, tree: &UseTree, mut path: Vec<String>, is_reexport: bool) {
        let name = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.add_use(&tree.tree, path, is_reexport);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, path.clone(), is_reexport);
                }
                return;
            }
            UseTree::Name(tree) if tree.ident == "self" => path.last().cloned().unwrap_or_default(),
            UseTree::Name(tree) => {
                path.push(tree.ident.to_string());
                tree.ident.to_string()
            }
            UseTree::Rename(tree) => {
                if tree.ident != "self" {
                    path.push(tree.ident.to_string());
                }
                tree.rename.to_string()
            }
            UseTree::Glob(_) => "*".to_owned(),
        };
        if self.depth > 0 {
            // The name is known within the inline module only.
            return self.add_path(path);
        }
        self.imports.uses.push(Use { name, path, is_reexport });
    }

    /// Adds the paths in the tokens of a macro's call.
    fn add_token_paths(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        // Punctuation since the last name.
        let mut between = String::new();
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if between != "::" || path.is_empty() {
                        self.add_path(std::mem::take(&mut path));
                    }
                    // A name after a point is a field or a method.
                    if between != "." {
                        path.push(name.to_string());
                    }
                    between.clear();
                }
                TokenTree::Punct(punctuation) => between.push(punctuation.as_char()),
                TokenTree::Group(group) => {
                    self.add_token_paths(group.stream());
                    self.add_path(std::mem::take(&mut path));
                    between.clear();
                }
                TokenTree::Literal(_) => {
                    self.add_path(std::mem::take(&mut path));
                    between.clear();
                }
            }
        }
        self.add_path(path);
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes): (_, &[Attribute]) = match item {
            Item::Mod(item) => (None, &item.attrs),
            Item::Use(item) => (None, &item.attrs),
            Item::Impl(item) => (None, &item.attrs),
            Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
            Item::Struct(item) => (Some(&item.ident), &item.attrs),
            Item::Enum(item) => (Some(&item.ident), &item.attrs),
            Item::Trait(item) => (Some(&item.ident), &item.attrs),
            Item::Type(item) => (Some(&item.ident), &item.attrs),
            Item::Const(item) => (Some(&item.ident), &item.attrs),
            Item::Static(item) => (Some(&item.ident), &item.attrs),
            _ => (None, &[]),
        };
        if attributes.iter().any(is_test_condition) {
            return;
        }
        if let Some(name) = name.filter(|_| self.depth == 0 && !self.in_function) {
            self.imports.items.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if item.content.is_none() && self.depth == 0 {
            self.imports.children.insert(name);
            return;
        }
        if self.depth == 0 {
            self.imports.items.insert(name);
        }
        self.depth += 1;
        visit::visit_item_mod(self, item);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&item.tree, Vec::new(), !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !item.attrs.iter().any(is_test_condition) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let outer = std::mem::replace(&mut self.in_function, true);
        visit::visit_block(self, block);
        self.in_function = outer;
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.add_path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_token_paths(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// True for `#[cfg(test)]`, alone or among other conditions.
fn is_test_condition(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let text = list.tokens.to_string();
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    attribute.path().is_ident("cfg") && words.any(|word| word == "test") && !text.contains("not")
}
