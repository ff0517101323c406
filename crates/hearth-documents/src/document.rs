//! The document that a reader returns, and the builder that readers use.

use hearth_domain::{CharRange, Layout, LayoutSpan, Mark, Problem, ProblemCode, Revision, Section};
use serde::{Deserialize, Serialize};

/// Result of reading one file: canonical text with sections and layout, title, page count, problems.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub revision: Revision,
    /// Title from the document itself, or `None` if it has none.
    pub title: Option<String>,
    /// Number of pages (or slides), or `None` if the format has no pages.
    pub pages: Option<u32>,
    pub problems: Vec<Problem>,
}

/// Reason for which nothing of a file can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("it is password-protected; save a copy without a password and add that copy")]
    Password,
    #[error("it is damaged and cannot be read: {0}")]
    Broken(String),
    #[error("it is too large to read: {0}")]
    TooLarge(String),
    #[error("reading {0} is not supported")]
    Unsupported(String),
}

/// Limits and options of a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// Maximum length of a document's text in characters; the rest is dropped.
    pub max_chars: usize,
    /// True for a web page of which only the article is kept, without navigation and advertising.
    pub article: bool,
    /// Address of the web page, or `None` if it has none.
    pub address: Option<String>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_chars: 20_000_000, article: false, address: None }
    }
}

/// Builder of a document from blocks, which are separated by an empty line.
pub(crate) struct DocumentBuilder {
    text: String,
    chars: usize,
    max_chars: usize,
    sections: Vec<Section>,
    /// Indexes of the sections that are still open, outermost first.
    open_sections: Vec<usize>,
    spans: Vec<LayoutSpan>,
    problems: Vec<Problem>,
    full: bool,
}

impl DocumentBuilder {
    /// Empty document with the limits of `options`.
    pub(crate) fn new(options: &ReadOptions) -> Self {
        Self {
            text: String::new(),
            chars: 0,
            max_chars: options.max_chars,
            sections: Vec::new(),
            open_sections: Vec::new(),
            spans: Vec::new(),
            problems: Vec::new(),
            full: false,
        }
    }

    /// True if the character limit is reached.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Records a problem; at most 20 of one code are kept.
    pub(crate) fn add_problem(&mut self, code: ProblemCode, message: impl Into<String>, page: Option<u32>) {
        // Thousands of problems of one code carry no more information than the first ones.
        if self.problems.iter().filter(|p| p.code == code).count() < 20 {
            self.problems.push(Problem { code, message: message.into(), page });
        }
    }

    /// Ends all open sections of this level or deeper.
    fn close_sections(&mut self, level: u8) {
        while let Some(&index) = self.open_sections.last() {
            if self.sections[index].level < level {
                break;
            }
            self.sections[index].range.end.0 = self.chars as u32;
            self.open_sections.pop();
        }
    }

    /// Starts a section and writes its title into the text as a Markdown heading line.
    pub(crate) fn add_heading(&mut self, level: u8, title: &str, mark: Option<Mark>) {
        let title = collapse_whitespace(title);
        if title.is_empty() {
            return;
        }
        self.start_block();
        self.start_section(level, &title);
        let hashes = "#".repeat(usize::from(level.clamp(1, 6)));
        self.push_text(&hashes);
        self.push_text(" ");
        self.push_marked(&title, mark);
    }

    /// Starts a section without writing its title.
    pub(crate) fn start_section(&mut self, level: u8, title: &str) {
        self.close_sections(level);
        self.open_sections.push(self.sections.len());
        self.sections.push(Section {
            title: title.to_owned(),
            range: CharRange::new(self.chars as u32, self.chars as u32),
            level,
        });
    }

    /// Starts a new block: an empty line before the text that follows.
    pub(crate) fn start_block(&mut self) {
        if self.text.is_empty() || self.text.ends_with("\n\n") {
            return;
        }
        let line_breaks = if self.text.ends_with('\n') { "\n" } else { "\n\n" };
        self.push_text(line_breaks);
    }

    /// Starts a new line, unless the text already ends with one.
    pub(crate) fn start_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push_text("\n");
        }
    }

    /// Appends text as a block of its own, with a mark on exactly that text.
    pub(crate) fn add_block(&mut self, text: &str, mark: Option<Mark>) {
        let text = text.trim_matches(['\n', ' ']);
        if text.is_empty() {
            return;
        }
        self.start_block();
        self.push_marked(text, mark);
    }

    /// Appends text unchanged, with a mark on exactly that text.
    pub(crate) fn push_marked(&mut self, text: &str, mark: Option<Mark>) {
        let start = self.chars;
        self.push_text(text);
        if let Some(mark) = mark
            && self.chars > start
        {
            self.spans.push(LayoutSpan { range: CharRange::new(start as u32, self.chars as u32), mark });
        }
    }

    /// Appends text unchanged, up to the character limit; the first cut records a problem.
    pub(crate) fn push_text(&mut self, text: &str) {
        let remaining_chars = self.max_chars - self.chars;
        let chars = text.chars().count();
        if chars <= remaining_chars {
            self.text.push_str(text);
            self.chars += chars;
            return;
        }
        self.text.extend(text.chars().take(remaining_chars));
        self.chars = self.max_chars;
        if !self.full {
            self.full = true;
            let message = format!("only the first {} characters were read", self.max_chars);
            self.add_problem(ProblemCode::Truncated, message, None);
        }
    }

    /// Finished document; all open sections end here.
    pub(crate) fn finish(mut self, title: Option<String>, pages: Option<u32>) -> Document {
        self.close_sections(0);
        let title = title.map(|title| collapse_whitespace(&title)).filter(|title| !title.is_empty());
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
pub(crate) fn collapse_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One table row as a Markdown line `| a | b |`; the first row of a table is its header.
pub(crate) fn format_table_row(cells: &[String]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(&collapse_whitespace(cell).replace('|', "\\|"));
        line.push_str(" |");
    }
    line
}

/// Markdown line `| --- |` between a table's header and its rows.
pub(crate) fn format_table_rule(columns: usize) -> String {
    format!("|{}", " --- |".repeat(columns))
}
