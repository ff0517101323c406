//! Circles of imports between the files of a crate. Data flows one way: of two files at most one uses items of the
//! other, be they parent and child. A parent that only declares or re-exports its children does not use them.

use std::collections::{BTreeMap, BTreeSet};

use super::code::CodeFile;
use super::imports::{FileImports, Use};

/// Number of imports of imports that a path is followed through.
const MAX_HOPS: usize = 16;

/// Path of a module within its crate; empty for the root.
type ModulePath = Vec<String>;

/// Modules that each module takes items from, with the items.
type Arrows = BTreeMap<ModulePath, BTreeMap<ModulePath, BTreeSet<String>>>;

/// Complains about each circle of imports.
pub(super) fn check_import_circles(files: &[CodeFile], complaints: &mut Vec<String>) {
    let mut crates: BTreeMap<&str, Vec<(&str, &FileImports)>> = BTreeMap::new();
    for file in files {
        if let Some((folder, path)) = file.path.split_once("/src/") {
            crates.entry(folder).or_default().push((path, &file.imports));
        }
    }
    for (folder, files) in crates {
        for circle in Modules::from_files(&files).find_circles() {
            complaints.push(format!(
                "{folder}/src: files import each other in a circle; put what they share into a file of its own:\n    {}",
                circle.join("\n    ")
            ));
        }
    }
}

/// The thing that a path names.
enum Named {
    Module(ModulePath),
    Item(ModulePath, String),
}

/// The modules of a crate that have a file: its path in `src`, and its imports.
struct Modules<'a>(BTreeMap<ModulePath, (&'a str, &'a FileImports)>);

impl<'a> Modules<'a> {
    /// The crate's root, and the modules that it and its modules declare.
    fn from_files(files: &[(&'a str, &'a FileImports)]) -> Self {
        let by_path: BTreeMap<ModulePath, _> =
            files.iter().map(|(path, imports)| (module_path(path), (*path, *imports))).collect();
        let mut modules = BTreeMap::new();
        let mut waiting = vec![ModulePath::new()];
        while let Some(module) = waiting.pop() {
            if let Some((path, imports)) = by_path.get(&module) {
                let child_path = |name: &String| [module.as_slice(), std::slice::from_ref(name)].concat();
                waiting.extend(imports.children.iter().map(child_path));
                modules.insert(module, (*path, *imports));
            }
        }
        Self(modules)
    }

    /// The circles: for each its arrows, as two files and the items that the first takes from the second.
    fn find_circles(&self) -> Vec<Vec<String>> {
        let arrows = self.find_arrows();
        let reachable: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
            arrows.keys().map(|module| (module, find_reachable(&arrows, module))).collect();
        let mut circles = BTreeSet::new();
        for (module, targets) in &reachable {
            let leads_back =
                |target: &&&ModulePath| reachable.get(**target).is_some_and(|back| back.contains(module));
            let circle: BTreeSet<&ModulePath> = targets.iter().filter(leads_back).copied().collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.iter().map(|circle| self.describe_circle(circle, &arrows)).collect()
    }

    fn describe_circle(&self, circle: &BTreeSet<&ModulePath>, arrows: &Arrows) -> Vec<String> {
        let file = |module: &ModulePath| self.0.get(module).map_or("", |(path, _)| *path);
        let mut lines = Vec::new();
        for from in circle {
            for (to, items) in arrows.get(*from).into_iter().flatten().filter(|(to, _)| circle.contains(to)) {
                let items: Vec<&str> = items.iter().map(String::as_str).collect();
                lines.push(format!("{} -> {}: {}", file(from), file(to), items.join(", ")));
            }
        }
        lines
    }

    fn find_arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, (_, imports)) in &self.0 {
            let imported = imports.uses.iter().filter(|import| !import.is_reexport);
            let all_of_modules = imported.clone().filter(|import| import.name == "*");
            let mut add_arrow = |target: ModulePath, item: &str| {
                if target != *module {
                    let items = arrows.entry(module.clone()).or_default().entry(target).or_default();
                    items.insert(item.to_owned());
                }
            };
            for path in imported.map(|import| &import.path).chain(&imports.paths) {
                if let Some(Named::Item(target, item)) = self.find_named(module, path, MAX_HOPS) {
                    add_arrow(target, &item);
                }
            }
            for import in all_of_modules {
                if let Some(Named::Module(target)) = self.find_named(module, &import.path, MAX_HOPS)
                    && self.0.get(&target).is_some_and(|(_, imports)| !imports.items.is_empty())
                {
                    add_arrow(target, "*");
                }
            }
        }
        arrows
    }

    /// Finds what a path in a module names, through imports and re-exports; `None` if that is not of this crate.
    fn find_named(&self, from: &[String], path: &[String], hops: usize) -> Option<Named> {
        let hops = hops.checked_sub(1)?;
        let (mut module, mut rest) = (from.to_vec(), path);
        match path.first()?.as_str() {
            "crate" => {
                module.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while let Some((_, after)) = rest.split_first().filter(|(first, _)| *first == "super") {
                    module.pop()?;
                    rest = after;
                }
            }
            name => {
                let (_, imports) = self.0.get(from)?;
                if !imports.children.contains(name) && imports.find_use(name).is_none() {
                    return None;
                }
            }
        }
        while let Some((name, after)) = rest.split_first() {
            let (_, imports) = self.0.get(&module)?;
            if !imports.children.contains(name) {
                return self.find_item(&module, name, after, hops);
            }
            module.push(name.clone());
            rest = after;
        }
        Some(Named::Module(module))
    }

    /// Finds a name of a module that is not one of its child modules; `after` follows it in the path.
    fn find_item(&self, module: &[String], name: &str, after: &[String], hops: usize) -> Option<Named> {
        let (_, imports) = self.0.get(module)?;
        let follow_use = |import: &Use, rest: &[String]| {
            self.find_named(module, &[import.path.as_slice(), rest].concat(), hops)
        };
        if imports.items.contains(name) {
            return Some(Named::Item(module.to_vec(), name.to_owned()));
        }
        if let Some(import) = imports.find_use(name) {
            return follow_use(import, after);
        }
        let mut rest = vec![name.to_owned()];
        rest.extend_from_slice(after);
        let mut offers = imports.uses.iter().filter(|import| import.name == "*").filter_map(|import| {
            follow_use(import, &rest).filter(|named| match named {
                Named::Item(target, item) => {
                    self.0.get(target).is_some_and(|(_, imports)| imports.items.contains(item))
                }
                Named::Module(_) => true,
            })
        });
        // A macro may define an item that is found nowhere.
        offers.next().or_else(|| Some(Named::Item(module.to_vec(), name.to_owned())))
    }
}

/// Path of the module that a file in `src` is.
fn module_path(file: &str) -> ModulePath {
    let name = file.strip_suffix(".rs").unwrap_or(file);
    let name = name.strip_suffix("/mod").unwrap_or(name);
    match name {
        "lib" | "main" => ModulePath::new(),
        name => name.split('/').map(str::to_owned).collect(),
    }
}

/// Modules that the arrows from a module lead to, over others, too.
fn find_reachable<'a>(arrows: &'a Arrows, from: &'a [String]) -> BTreeSet<&'a ModulePath> {
    let mut reachable = BTreeSet::new();
    let mut waiting: Vec<&[String]> = vec![from];
    while let Some(module) = waiting.pop() {
        for target in arrows.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reachable.insert(target) {
                waiting.push(target);
            }
        }
    }
    reachable
}

#[cfg(test)]
mod tests {
    use super::super::imports::collect_imports;
    use super::*;

    /// Circles of a crate with these files, by their paths in `src`.
    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let parsed: Vec<(&str, FileImports)> = files
            .iter()
            .map(|(path, text)| (*path, collect_imports(&syn::parse_file(text).expect("valid code"))))
            .collect();
        let files: Vec<(&str, &FileImports)> =
            parsed.iter().map(|(path, imports)| (*path, imports)).collect();
        Modules::from_files(&files).find_circles()
    }

    #[test]
    fn a_circle_through_re_exports_is_named_with_its_files_and_items() {
        let circles = circles_of(&[
            ("lib.rs", "mod app; mod slot; mod slots; pub use app::App;"),
            ("app.rs", "use crate::slots::{Number, Slot as Place}; pub struct App(Place);"),
            ("slots.rs", "pub use crate::slot::Slot; pub struct Number;"),
            ("slot.rs", "pub struct Slot; fn start(app: &super::App) {}"),
        ]);
        assert_eq!(circles, [["app.rs -> slot.rs: Slot", "slot.rs -> app.rs: App"]]);
    }

    #[test]
    fn a_parent_may_offer_its_children_or_use_them_and_be_used_by_them_not_all() {
        let child = ("ask/turn.rs", "use super::Exchange; pub struct Turn; fn f() -> Exchange { todo!() }");
        let root = ("main.rs", "mod ask;");
        let parent = "mod turn; pub use turn::Turn; pub struct Exchange;";
        assert!(circles_of(&[root, ("ask.rs", parent), child]).is_empty());
        let expected = [["ask.rs -> ask/turn.rs: Turn", "ask/turn.rs -> ask.rs: Exchange"]];
        let uses =
            ["use turn::Turn;", "fn f() { turn::Turn::new(); }", "fn f() { print!(\"{}\", turn::Turn {}); }"];
        for use_of_child in uses {
            let parent = format!("mod turn; pub struct Exchange; {use_of_child}");
            assert_eq!(circles_of(&[root, ("ask.rs", parent.as_str()), child]), expected, "{use_of_child}");
        }
        let parent = format!("{parent} fn f(turn: Turn) {{}}");
        assert_eq!(
            circles_of(&[root, ("ask.rs", parent.as_str()), child]),
            expected,
            "it uses what it offers"
        );
    }

    #[test]
    fn tests_comments_strings_and_inline_modules_are_no_imports_of_another_file() {
        let circles = circles_of(&[
            ("lib.rs", "mod a; mod b; pub mod system { use super::OPTIONS; } const OPTIONS: u8 = 0;"),
            ("a.rs", "use crate::b::B; pub struct A; mod inner { use super::A; }"),
            (
                "b.rs",
                "// use crate::a::A;\npub struct B; const TEXT: &str = \"use crate::a::A;\";\n\
                 #[cfg(test)] mod tests { use crate::a::A; }\n#[cfg(test)] use super::a::A;",
            ),
        ]);
        assert!(circles.is_empty(), "{circles:?}");
        let circles = circles_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b; pub struct A; fn f() { b::start() }"),
            ("b.rs", "pub fn start() {} mod system { use super::super::a::A; }"),
        ]);
        assert_eq!(circles, [["a.rs -> b.rs: start", "b.rs -> a.rs: A"]]);
    }
}
