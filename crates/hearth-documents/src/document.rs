//! What a reader makes, and the builder that readers make it with.

use hearth_domain::{CharRange, Layout, LayoutSpan, Mark, Problem, ProblemCode, Revision, Section};
use serde::{Deserialize, Serialize};

/// What reading one file gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub revision: Revision,
    /// The title that the document gives itself.
    pub title: Option<String>,
    pub pages: Option<u32>,
    pub problems: Vec<Problem>,
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("it needs a password; save a copy without one and add that")]
    Password,
    #[error("it is damaged beyond reading: {0}")]
    Broken(String),
    #[error("it is too large to read: {0}")]
    TooLarge(String),
    #[error("reading {0} is not supported")]
    Unsupported(String),
}

/// Limits and choices for a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// Characters that are kept of one document.
    pub max_chars: usize,
    /// A page from the web: keep the article, leave the furniture.
    pub article: bool,
    /// The address that a page came from.
    pub address: Option<String>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_chars: 20_000_000, article: false, address: None }
    }
}

/// Builds a document block by block; blocks are separated by an empty line.
pub(crate) struct Builder {
    text: String,
    chars: usize,
    max_chars: usize,
    sections: Vec<Section>,
    /// Indexes of the sections that are not closed yet.
    open: Vec<usize>,
    spans: Vec<LayoutSpan>,
    problems: Vec<Problem>,
    full: bool,
}

impl Builder {
    pub(crate) fn new(options: &ReadOptions) -> Self {
        Self {
            text: String::new(),
            chars: 0,
            max_chars: options.max_chars,
            sections: Vec::new(),
            open: Vec::new(),
            spans: Vec::new(),
            problems: Vec::new(),
            full: false,
        }
    }

    /// Whether nothing more fits.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn problem(&mut self, code: ProblemCode, message: impl Into<String>, page: Option<u32>) {
        // Thousands of the same say no more than the first ones.
        if self.problems.iter().filter(|p| p.code == code).count() < 20 {
            self.problems.push(Problem { code, message: message.into(), page });
        }
    }

    fn close_to(&mut self, level: u8) {
        while let Some(&index) = self.open.last() {
            if self.sections[index].level < level {
                break;
            }
            self.sections[index].range.end.0 = self.chars as u32;
            self.open.pop();
        }
    }

    /// Starts a section whose title is part of the text as a heading line.
    pub(crate) fn heading(&mut self, level: u8, title: &str, mark: Option<Mark>) {
        let title = squeezed(title);
        if title.is_empty() {
            return;
        }
        self.separate();
        self.section(level, &title);
        let hashes = "#".repeat(usize::from(level.clamp(1, 6)));
        self.push(&hashes);
        self.push(" ");
        self.marked(&title, mark);
    }

    /// Starts a section without writing its title.
    pub(crate) fn section(&mut self, level: u8, title: &str) {
        self.close_to(level);
        self.open.push(self.sections.len());
        self.sections.push(Section {
            title: title.to_owned(),
            range: CharRange::new(self.chars as u32, self.chars as u32),
            level,
        });
    }

    /// Puts an empty line before what comes next.
    pub(crate) fn separate(&mut self) {
        if self.text.is_empty() || self.text.ends_with("\n\n") {
            return;
        }
        let missing = if self.text.ends_with('\n') { "\n" } else { "\n\n" };
        self.push(missing);
    }

    /// Starts a new line, unless one has just begun.
    pub(crate) fn line_break(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
    }

    /// A block of its own.
    pub(crate) fn block(&mut self, text: &str, mark: Option<Mark>) {
        let text = text.trim_matches(['\n', ' ']);
        if text.is_empty() {
            return;
        }
        self.separate();
        self.marked(text, mark);
    }

    /// Appends text as it is, with a mark on exactly that text.
    pub(crate) fn marked(&mut self, text: &str, mark: Option<Mark>) {
        let start = self.chars;
        self.push(text);
        if let Some(mark) = mark
            && self.chars > start
        {
            self.spans.push(LayoutSpan { range: CharRange::new(start as u32, self.chars as u32), mark });
        }
    }

    /// Appends text as it is, as far as it fits.
    pub(crate) fn push(&mut self, text: &str) {
        let room = self.max_chars - self.chars;
        let chars = text.chars().count();
        if chars <= room {
            self.text.push_str(text);
            self.chars += chars;
            return;
        }
        self.text.extend(text.chars().take(room));
        self.chars = self.max_chars;
        if !self.full {
            self.full = true;
            let message = format!("only the first {} characters were read", self.max_chars);
            self.problem(ProblemCode::Truncated, message, None);
        }
    }

    pub(crate) fn finish(mut self, title: Option<String>, pages: Option<u32>) -> Document {
        self.close_to(0);
        let title = title.map(|title| squeezed(&title)).filter(|title| !title.is_empty());
        Document {
            revision: Revision {
                text: self.text,
                sections: self.sections,
                layout: Layout { spans: self.spans },
            },
            title,
            pages,
            problems: self.problems,
        }
    }
}

/// Text with every run of white space as one space, and none at the ends.
pub(crate) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A table as lines of `| a | b |`, the first row as its header. Writes a line a row.
pub(crate) fn table_row(cells: &[String]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(&squeezed(cell).replace('|', "\\|"));
        line.push_str(" |");
    }
    line
}

/// The line that separates a table's header from its rows.
pub(crate) fn table_rule(columns: usize) -> String {
    format!("|{}", " --- |".repeat(columns))
}
