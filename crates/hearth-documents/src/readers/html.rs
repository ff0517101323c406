//! Reader of HTML: headings, paragraphs, lists, tables and code, without navigation and controls. Web pages
//! are first reduced to their article.

use ego_tree::iter::Edge;
use hearth_domain::ProblemCode;
use scraper::{ElementRef, Html, Node};

use super::web_page::{decode_page, extract_article, page_title};
use crate::document::{
    Document, DocumentBuilder, ReadOptions, collapse_whitespace, format_table_row, format_table_rule,
};

/// Elements that are skipped with all their contents: never shown, or not part of the page's text.
const SKIPPED_ELEMENTS: &[&str] = &[
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "canvas",
    "button", "select", "textarea", "input", "dialog", "nav",
];
/// Elements that end the paragraph before and after them.
const BLOCK_ELEMENTS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "ul",
    "ol",
    "dl",
    "dd",
    "dt",
    "figure",
    "figcaption",
    "blockquote",
    "address",
    "form",
    "fieldset",
    "hr",
    "details",
    "summary",
    "body",
    "html",
    "center",
    "table",
];

/// Reads an HTML page; with `options.article` only its article.
pub(super) fn read_html(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode_page(bytes);
    let mut title = None;
    let mut page = None;
    if options.article
        && let Some((article_title, article)) = extract_article(&text, options.address.as_deref())
    {
        title = Some(article_title);
        page = Some(Html::parse_document(&article));
    }
    let page = page.unwrap_or_else(|| Html::parse_document(&text));
    let title = title.filter(|title| !title.is_empty()).or_else(|| page_title(&text));
    let mut converter = HtmlConverter::new(options);
    if had_errors {
        converter.builder.add_problem(ProblemCode::Encoding, "some characters could not be decoded", None);
    }
    converter.convert_page(&page);
    converter.builder.finish(title, None)
}

/// Maximum columns and rows that one cell may span.
const MAX_COLUMN_SPAN: usize = 64;
const MAX_ROW_SPAN: usize = 1000;

/// Conversion of an HTML tree into a document.
struct HtmlConverter {
    builder: DocumentBuilder,
    line: String,
    heading: Option<u8>,
    /// Open lists, innermost last: `Some(n)` with the last number of an ordered list.
    lists: Vec<Option<u32>>,
    item: Option<String>,
    preformatted: usize,
    row: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Columns and rows that the open cell spans.
    span: (usize, usize),
    /// By column: the text of a cell that spans rows from above, and the rows that it still covers.
    spanned_cells: Vec<Option<(usize, String)>>,
    tables: usize,
    after_item: bool,
}

impl HtmlConverter {
    fn new(options: &ReadOptions) -> Self {
        Self {
            builder: DocumentBuilder::new(options),
            line: String::new(),
            heading: None,
            lists: Vec::new(),
            item: None,
            preformatted: 0,
            row: Vec::new(),
            rows: Vec::new(),
            span: (1, 1),
            spanned_cells: Vec::new(),
            tables: 0,
            after_item: false,
        }
    }

    /// Converts the page, without recursion, because nesting can be of any depth.
    fn convert_page(&mut self, page: &Html) {
        let mut hidden = 0;
        for edge in page.root_element().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        if hidden > 0 || is_hidden(element) {
                            hidden += 1;
                        } else if let Some(element) = ElementRef::wrap(node) {
                            self.open_element(element);
                        }
                    }
                    Node::Text(text) if hidden == 0 => self.push_text(text),
                    _ => {}
                },
                Edge::Close(node) => {
                    if let Node::Element(element) = node.value() {
                        if hidden > 0 {
                            hidden -= 1;
                        } else {
                            self.close_element(element.name());
                        }
                    }
                }
            }
        }
        self.flush_block();
    }

    /// Appends text to the open line, white space collapsed unless preformatted.
    fn push_text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.line.push_str(text);
            return;
        }
        for (number, word) in text.split(|c: char| c.is_whitespace() && c != '\u{a0}').enumerate() {
            if number > 0 && !self.line.is_empty() && !self.line.ends_with([' ', '\n']) {
                self.line.push(' ');
            }
            self.line.push_str(word);
        }
    }

    fn open_element(&mut self, element: ElementRef<'_>) {
        let name = element.value().name();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush_block();
                self.heading = name[1..].parse().ok();
            }
            "ul" | "ol" => {
                self.flush_block();
                let first = element.attr("start").and_then(|start| start.trim().parse::<u32>().ok());
                self.lists.push((name == "ol").then_some(first.unwrap_or(1).saturating_sub(1)));
            }
            "li" => {
                self.flush_block();
                let depth = self.lists.len().saturating_sub(1).min(8);
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{number}. ")
                    }
                    _ => "- ".to_owned(),
                };
                if self.tables == 0 {
                    self.item = Some("  ".repeat(depth) + &bullet);
                }
            }
            "pre" => {
                self.flush_block();
                self.preformatted += 1;
            }
            "table" => {
                self.flush_block();
                self.tables += 1;
            }
            "td" | "th" if self.tables == 1 => {
                self.line.clear();
                let number = |name| element.attr(name).and_then(|number| number.trim().parse().ok());
                self.span = (
                    number("colspan").unwrap_or(1).clamp(1, MAX_COLUMN_SPAN),
                    number("rowspan").unwrap_or(1).clamp(1, MAX_ROW_SPAN),
                );
            }
            "td" | "th" | "tr" if self.tables > 1 => self.line.push(' '),
            "br" => {
                let end = self.line.trim_end_matches(' ').len();
                self.line.truncate(end);
                self.line.push('\n');
            }
            "img" => {
                if let Some(text) = element.attr("alt").filter(|text| text.len() > 2) {
                    self.push_text(&format!(" {text} "));
                }
            }
            _ if BLOCK_ELEMENTS.contains(&name) && self.tables == 0 => self.flush_block(),
            _ if BLOCK_ELEMENTS.contains(&name) => self.line.push(' '),
            _ => {}
        }
    }

    fn close_element(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush_block();
                self.heading = None;
            }
            "ul" | "ol" => {
                self.flush_block();
                self.lists.pop();
            }
            "pre" => {
                let code = std::mem::take(&mut self.line);
                self.preformatted = self.preformatted.saturating_sub(1);
                let code = code.trim_matches('\n');
                if !code.is_empty() && self.tables == 0 {
                    self.builder.add_block(&format!("```\n{code}\n```"), None);
                } else {
                    self.line.push_str(&collapse_whitespace(code));
                }
            }
            "td" | "th" if self.tables == 1 => {
                let cell = collapse_whitespace(&std::mem::take(&mut self.line));
                self.push_cell(&cell);
            }
            "tr" if self.tables == 1 => {
                self.push_spanned_cells();
                let row = std::mem::take(&mut self.row);
                if row.iter().any(|cell| !cell.is_empty()) {
                    self.rows.push(row);
                }
            }
            "table" => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    self.end_table();
                }
            }
            "li" => {
                self.flush_block();
                // An empty item does not make the next paragraph an item.
                self.item = None;
            }
            _ if BLOCK_ELEMENTS.contains(&name) && self.tables == 0 => self.flush_block(),
            _ => {}
        }
    }

    /// Ends the open line and writes it as a heading, a list item or a paragraph.
    fn flush_block(&mut self) {
        if self.tables > 0 {
            // Blocks inside a cell are text of the cell; a heading in a cell is no heading of the page.
            self.line.push(' ');
            return;
        }
        let line = std::mem::take(&mut self.line);
        let text = line.trim();
        if text.is_empty() {
            return;
        }
        if let Some(level) = self.heading {
            self.builder.add_heading(level, text, None);
            self.after_item = false;
        } else if let Some(bullet) = self.item.take() {
            if self.after_item {
                self.builder.start_line();
            } else {
                self.builder.start_block();
            }
            self.builder.push_text(&bullet);
            self.builder.push_text(&text.replace('\n', " "));
            self.after_item = true;
        } else {
            self.builder.add_block(text, None);
            self.after_item = false;
        }
    }

    /// Appends a cell to the row; a cell that spans several columns or rows is repeated in each of them, so
    /// that every row is complete by itself.
    fn push_cell(&mut self, cell: &str) {
        self.push_spanned_cells();
        let (columns, rows) = std::mem::replace(&mut self.span, (1, 1));
        for _ in 0..columns {
            let column = self.row.len();
            if rows > 1 {
                self.spanned_cells.resize(self.spanned_cells.len().max(column + 1), None);
                self.spanned_cells[column] = Some((rows - 1, cell.to_owned()));
            }
            self.row.push(cell.to_owned());
        }
    }

    /// Fills the next columns with the cells that span rows from above.
    fn push_spanned_cells(&mut self) {
        while let Some(Some((rows, cell))) = self.spanned_cells.get_mut(self.row.len()) {
            self.row.push(cell.clone());
            *rows -= 1;
            if *rows == 0 {
                self.spanned_cells[self.row.len() - 1] = None;
            }
        }
    }

    /// Writes the finished table as Markdown; a table of one column becomes blocks of text.
    fn end_table(&mut self) {
        self.line.clear();
        self.spanned_cells.clear();
        let rows = std::mem::take(&mut self.rows);
        self.after_item = false;
        // A table of one column is layout, not data.
        if rows.iter().all(|row| row.len() < 2) {
            for row in rows {
                self.builder.add_block(&row.join(" "), None);
            }
            return;
        }
        let mut lines = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            lines.push(format_table_row(row));
            if number == 0 {
                lines.push(format_table_rule(row.len()));
            }
        }
        self.builder.add_block(&lines.join("\n"), None);
    }
}

/// True if an element and its contents are skipped: hidden, a footnote marker, or of a skipped kind.
fn is_hidden(element: &scraper::node::Element) -> bool {
    let style = element.attr("style").unwrap_or_default().replace(' ', "").to_lowercase();
    // "[12]" after a sentence points to a list of references that is not part of it.
    let footnote = element.name() == "sup" && element.classes().any(|class| class == "reference");
    SKIPPED_ELEMENTS.contains(&element.name())
        || footnote
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

#[cfg(test)]
mod tests;
