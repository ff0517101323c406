//! Uses that the architecture keeps out of a crate, beyond its dependencies.

use super::code::CodeFile;

/// A folder, a text that must not stand in its shipped code, and the reason.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("crates/hearth-domain/src/", "fs::read", "the domain does no IO"),
    ("crates/hearth-domain/src/", "File::open", "the domain does no IO"),
    ("crates/hearth-domain/src/", "tokio::fs", "the domain does no IO"),
    ("crates/hearth-domain/src/", "tokio::spawn", "the domain runs nothing"),
    ("crates/hearth-domain/src/", "Timestamp::now", "time is passed in"),
    ("crates/hearth-wire/src/", "std::fs", "the wire does no IO"),
    ("crates/hearth-library/src/", "axum", "use cases know no HTTP"),
    ("crates/hearth-machine/src/", "axum", "use cases know no HTTP"),
    ("crates/hearth-node/src/routes/", "hearth_store", "routes call use cases"),
    ("crates/hearth-index/src/", "sqlx", "SQL stands in hearth-store"),
    ("crates/hearth-node/src/", "sqlx", "SQL stands in hearth-store"),
    ("frontend/src/", "set_inner_html", "nothing that a document or a model writes becomes markup"),
    ("frontend/src/", "inner_html=", "nothing that a document or a model writes becomes markup"),
];

/// Crates whose code may read the environment: the one whose job it is, and what is not shipped.
const ENVIRONMENT_READERS: [&str; 5] =
    ["crates/hearth-host/", "crates/xtask/", "crates/hearth-bench/", "crates/hearth-bundle/", "tests/"];

pub(super) fn check_uses(files: &[CodeFile], complaints: &mut Vec<String>) {
    for file in files {
        for (folder, text, reason) in FORBIDDEN {
            if file.path.starts_with(folder) && file.text.contains(text) {
                complaints.push(format!("{} uses {text}: {reason}", file.path));
            }
        }
        let reads_environment = file.text.contains("env::var");
        let may_read = ENVIRONMENT_READERS.iter().any(|folder| file.path.starts_with(folder))
            || file.path.ends_with("build.rs")
            || file.path.contains("/tests/");
        if reads_environment && !may_read {
            complaints.push(format!("{} reads the environment: hearth-host alone does", file.path));
        }
    }
}
