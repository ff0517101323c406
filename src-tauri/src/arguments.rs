//! Command line arguments: files to open, or a link to a notebook.

use std::path::{Path, PathBuf};

use clap::Parser;
use hearth_domain::NotebookId;
use hearth_wire::ShowWindowRequest;

/// Prefix of links to notebooks: `hearth://notebook/ID`.
const LINK_PREFIX: &str = "hearth://";

/// Ask your own documents, on your own machines, and see the very passage behind every claim.
#[derive(Clone, Debug, Parser)]
#[command(name = "hearth-desktop", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Folder of the library [default: the platform's data folder, or HEARTH_DATA_DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Files and folders to add, or a link to a notebook
    #[arg(value_name = "PATH|LINK")]
    paths_or_links: Vec<String>,
}

impl Arguments {
    /// The request to show the given paths or notebook; paths are made absolute, as another process may read
    /// them.
    pub(crate) fn show_request(&self) -> ShowWindowRequest {
        let (links, paths): (Vec<&String>, Vec<&String>) =
            self.paths_or_links.iter().partition(|argument| argument.starts_with(LINK_PREFIX));
        let absolute =
            |path: &String| std::path::absolute(path).unwrap_or_else(|_| Path::new(path).to_owned());
        ShowWindowRequest {
            paths: paths.into_iter().map(absolute).collect(),
            notebook_id: links.into_iter().find_map(|link| parse_notebook_link(link)),
        }
    }
}

/// Parses the notebook of a link; browsers and systems sometimes append a slash.
fn parse_notebook_link(link: &str) -> Option<NotebookId> {
    link.strip_prefix(LINK_PREFIX)?.strip_prefix("notebook/")?.trim_end_matches('/').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_paths() {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        let link = format!("hearth://notebook/{id}/");
        let arguments = Arguments::parse_from(["hearth-desktop", &link, "/tmp/a b.pdf", "c.txt"]);
        let show = arguments.show_request();
        assert_eq!(show.notebook_id.map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!(show.paths[0], Path::new("/tmp/a b.pdf"));
        assert!(show.paths[1].is_absolute() && show.paths[1].ends_with("c.txt"));
        for bad in ["hearth://notebook/", "hearth://settings", "hearth://notebook/../../etc"] {
            let show = Arguments::parse_from(["hearth-desktop", bad]).show_request();
            assert_eq!((show.notebook_id, show.paths.len()), (None, 0), "{bad}");
        }
    }
}
