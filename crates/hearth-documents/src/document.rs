//! The document that a reader returns, and the builder that readers use.

use std::borrow::Cow;

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
            title: remove_hidden_chars(title).into_owned(),
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

    /// Appends text without hidden characters, up to the character limit; the first cut records a problem.
    pub(crate) fn push_text(&mut self, text: &str) {
        let text = &*remove_hidden_chars(text);
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
        let title = title
            .map(|title| collapse_whitespace(&remove_hidden_chars(&title)))
            .filter(|title| !title.is_empty());
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

/// True for control characters, direction overrides, byte order marks and tag characters: they show nothing and
/// can hide instructions.
pub(crate) fn is_hidden_char(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Text without hidden characters. Formats have them as such, or as character references.
fn remove_hidden_chars(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden_char) {
        text.chars().filter(|&c| !is_hidden_char(c)).collect::<String>().into()
    } else {
        text.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(max_chars: usize) -> DocumentBuilder {
        DocumentBuilder::new(&ReadOptions { max_chars, ..ReadOptions::default() })
    }

    #[test]
    fn text_beyond_the_limit_is_cut_between_characters_and_recorded_once() {
        let mut builder = builder(9);
        builder.add_heading(1, "Één", None);
        assert!(!builder.is_full());
        let row = |row| Some(Mark::Row { sheet: None, row });
        builder.add_block("čaj", row(1));
        builder.add_block("lost", row(2));
        assert!(builder.is_full());
        let document = builder.finish(None, None);
        assert_eq!(document.revision.text, "# Één\n\nča");
        assert!(document.revision.is_valid());
        assert_eq!(document.revision.layout.spans.len(), 1);
        assert_eq!(document.revision.layout.spans[0].range, CharRange::new(7, 9));
        let codes: Vec<_> = document.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::Truncated]);
    }

    #[test]
    fn the_first_twenty_problems_of_each_code_are_kept() {
        let mut builder = builder(100);
        for page in 1..=1000 {
            builder.add_problem(ProblemCode::PageWithoutText, "no text", Some(page));
        }
        builder.add_problem(ProblemCode::Damaged, "cut off", None);
        let problems = builder.finish(None, None).problems;
        let pages: Vec<_> = problems.iter().filter_map(|problem| problem.page).collect();
        assert_eq!(pages, (1..=20).collect::<Vec<_>>());
        assert_eq!(problems[20].code, ProblemCode::Damaged);
    }

    #[test]
    fn hidden_characters_of_any_format_do_not_reach_the_text() {
        // Tag characters spell out ASCII that no one sees; an override shows "txt.exe" for "exe.txt".
        let mut builder = builder(100);
        builder.add_heading(1, "Offer\u{e0041}\u{e0042}", None);
        builder.add_block("Pay\u{202e}\u{2066} \u{feff}now\u{0}", Some(Mark::Row { sheet: None, row: 1 }));
        let document = builder.finish(Some("Of\u{e0041}fer".into()), None);
        assert_eq!(document.revision.text, "# Offer\n\nPay now");
        assert_eq!(document.revision.sections[0].title, "Offer");
        assert_eq!(document.title.as_deref(), Some("Offer"));
        assert_eq!(document.revision.layout.spans[0].range, CharRange::new(9, 16));
    }

    #[test]
    fn a_section_ends_where_the_next_of_its_level_or_above_starts() {
        let mut builder = builder(1000);
        for (level, title) in [(1, "A"), (3, "B"), (2, "C"), (1, "D")] {
            builder.add_heading(level, title, None);
        }
        let document = builder.finish(None, None);
        // "# A\n\n### B\n\n## C\n\n# D": the blocks start at 0, 5, 12 and 18, and the text ends at 21.
        let ranges: Vec<_> = document
            .revision
            .sections
            .iter()
            .map(|section| (section.title.as_str(), section.range.start.0, section.range.end.0))
            .collect();
        assert_eq!(ranges, [("A", 0, 18), ("B", 5, 12), ("C", 12, 18), ("D", 18, 21)]);
    }

    #[test]
    fn a_cell_cannot_break_its_table() {
        let cells = ["a | b".to_owned(), "two\nlines ".to_owned(), String::new()];
        assert_eq!(format_table_row(&cells), "| a \\| b | two lines |  |");
        assert_eq!(format_table_rule(2), "| --- | --- |");
    }
}
