//! HTML: headings, paragraphs, lists, tables and code, without the page's furniture. Pages from
//! the web are first reduced to their article.

use ego_tree::iter::Edge;
use hearth_domain::ProblemCode;
use scraper::{ElementRef, Html, Node};

use super::page::{article, decode_page, page_title};
use crate::document::{Builder, Document, ReadOptions, squeezed, table_row, table_rule};

/// Never shown, or not part of what a page says.
const DROPPED: &[&str] = &[
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "canvas",
    "button", "select", "textarea", "input", "dialog", "nav",
];
/// Elements that end the paragraph before and after them.
const BLOCKS: &[&str] = &[
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

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode_page(bytes);
    let mut title = None;
    let mut page = None;
    if options.article
        && let Some((found, article)) = article(&text, options.address.as_deref())
    {
        title = Some(found);
        page = Some(Html::parse_document(&article));
    }
    let page = page.unwrap_or_else(|| Html::parse_document(&text));
    let title = title.filter(|title| !title.is_empty()).or_else(|| page_title(&text));
    let mut writer = Writer::new(options);
    if had_errors {
        writer.builder.problem(ProblemCode::Encoding, "some bytes belong to no known encoding", None);
    }
    writer.walk(&page);
    writer.builder.finish(title, None)
}

/// Columns and rows that one cell may span.
const WIDEST_CELL: usize = 64;
const HIGHEST_CELL: usize = 1000;

struct Writer {
    builder: Builder,
    line: String,
    heading: Option<u8>,
    /// Open lists: `Some(n)` counts an ordered one.
    lists: Vec<Option<u32>>,
    item: Option<String>,
    preformatted: usize,
    row: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Columns and rows that the open cell spans.
    span: (usize, usize),
    /// By column: what a cell above still says, and in how many rows.
    hanging: Vec<Option<(usize, String)>>,
    tables: usize,
    after_item: bool,
}

impl Writer {
    fn new(options: &ReadOptions) -> Self {
        Self {
            builder: Builder::new(options),
            line: String::new(),
            heading: None,
            lists: Vec::new(),
            item: None,
            preformatted: 0,
            row: Vec::new(),
            rows: Vec::new(),
            span: (1, 1),
            hanging: Vec::new(),
            tables: 0,
            after_item: false,
        }
    }

    /// Goes through the tree without recursion: nesting may be as deep as a page's author likes.
    fn walk(&mut self, page: &Html) {
        let mut hidden = 0;
        for edge in page.root_element().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        if hidden > 0 || is_hidden(element) {
                            hidden += 1;
                        } else if let Some(element) = ElementRef::wrap(node) {
                            self.open(element);
                        }
                    }
                    Node::Text(text) if hidden == 0 => self.text(text),
                    _ => {}
                },
                Edge::Close(node) => {
                    if let Node::Element(element) = node.value() {
                        if hidden > 0 {
                            hidden -= 1;
                        } else {
                            self.close(element.name());
                        }
                    }
                }
            }
        }
        self.flush();
    }

    fn text(&mut self, text: &str) {
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

    fn open(&mut self, element: ElementRef<'_>) {
        let name = element.value().name();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = name[1..].parse().ok();
            }
            "ul" | "ol" => {
                self.flush();
                self.lists.push((name == "ol").then_some(0));
            }
            "li" => {
                self.flush();
                let depth = self.lists.len().saturating_sub(1).min(8);
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{number}. ")
                    }
                    _ => "- ".to_owned(),
                };
                self.item = Some("  ".repeat(depth) + &bullet);
            }
            "pre" => {
                self.flush();
                self.preformatted += 1;
            }
            "table" => {
                self.flush();
                self.tables += 1;
            }
            "td" | "th" if self.tables == 1 => {
                self.line.clear();
                let number = |name| element.attr(name).and_then(|number| number.trim().parse().ok());
                self.span = (
                    number("colspan").unwrap_or(1).clamp(1, WIDEST_CELL),
                    number("rowspan").unwrap_or(1).clamp(1, HIGHEST_CELL),
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
                    self.text(&format!(" {text} "));
                }
            }
            _ if BLOCKS.contains(&name) && self.tables == 0 => self.flush(),
            _ if BLOCKS.contains(&name) => self.line.push(' '),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = None;
            }
            "ul" | "ol" => {
                self.flush();
                self.lists.pop();
            }
            "pre" => {
                let code = std::mem::take(&mut self.line);
                self.preformatted = self.preformatted.saturating_sub(1);
                let code = code.trim_matches('\n');
                if !code.is_empty() && self.tables == 0 {
                    self.builder.block(&format!("```\n{code}\n```"), None);
                } else {
                    self.line.push_str(&squeezed(code));
                }
            }
            "td" | "th" if self.tables == 1 => {
                let cell = squeezed(&std::mem::take(&mut self.line));
                self.put_cell(&cell);
            }
            "tr" if self.tables == 1 => {
                self.put_hanging();
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
            "li" => self.flush(),
            _ if BLOCKS.contains(&name) && self.tables == 0 => self.flush(),
            _ => {}
        }
    }

    fn flush(&mut self) {
        if self.tables > 0 {
            // Blocks inside a cell are words of the cell; a heading in one is none of the page's.
            self.line.push(' ');
            return;
        }
        let line = std::mem::take(&mut self.line);
        let text = line.trim();
        if text.is_empty() {
            return;
        }
        if let Some(level) = self.heading {
            self.builder.heading(level, text, None);
            self.after_item = false;
        } else if let Some(bullet) = self.item.take() {
            if self.after_item {
                self.builder.line_break();
            } else {
                self.builder.separate();
            }
            self.builder.push(&bullet);
            self.builder.push(&text.replace('\n', " "));
            self.after_item = true;
        } else {
            self.builder.block(text, None);
            self.after_item = false;
        }
    }

    /// A cell that spans several columns or rows is said in each of them, so that every row is
    /// whole by itself.
    fn put_cell(&mut self, cell: &str) {
        self.put_hanging();
        let (columns, rows) = std::mem::replace(&mut self.span, (1, 1));
        for _ in 0..columns {
            let column = self.row.len();
            if rows > 1 {
                self.hanging.resize(self.hanging.len().max(column + 1), None);
                self.hanging[column] = Some((rows - 1, cell.to_owned()));
            }
            self.row.push(cell.to_owned());
        }
    }

    /// Fills the next columns with what hangs down from rows above.
    fn put_hanging(&mut self) {
        while let Some(Some((rows, cell))) = self.hanging.get_mut(self.row.len()) {
            self.row.push(cell.clone());
            *rows -= 1;
            if *rows == 0 {
                self.hanging[self.row.len() - 1] = None;
            }
        }
    }

    fn end_table(&mut self) {
        self.line.clear();
        self.hanging.clear();
        let rows = std::mem::take(&mut self.rows);
        self.after_item = false;
        // A table of one column is layout, not data.
        if rows.iter().all(|row| row.len() < 2) {
            for row in rows {
                self.builder.block(&row.join(" "), None);
            }
            return;
        }
        let mut lines = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            lines.push(table_row(row));
            if number == 0 {
                lines.push(table_rule(row.len()));
            }
        }
        self.builder.block(&lines.join("\n"), None);
    }
}

fn is_hidden(element: &scraper::node::Element) -> bool {
    let style = element.attr("style").unwrap_or_default().replace(' ', "").to_lowercase();
    // "[12]" behind a sentence points to a list that is no part of it.
    let footnote = element.name() == "sup" && element.classes().any(|class| class == "reference");
    DROPPED.contains(&element.name())
        || footnote
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(read(html.as_bytes(), &ReadOptions::default()).revision.text, expected);
    }

    #[test]
    fn structure_is_kept_and_furniture_left_out() {
        check(
            "<html><head><title>T</title></head><body><nav>menu</nav><h1>Big</h1><p>Some <b>bold</b>\n text.</p>\
             <ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul><script>x()</script>\
             <p style='display: none'>secret</p></body></html>",
            "# Big\n\nSome bold text.\n\n- one\n  - inner\n- two",
        );
        check(
            "<table><tr><th>a</th><th>b</th></tr><tr><td><p>1</p></td><td>2 | 3</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 \\| 3 |",
        );
        check(
            "<table><tr><th>a<th colspan=2>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>",
            "| a | b | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |",
        );
        check("<p>Ducks dive.<sup class=reference>[12]</sup> Often.</p>", "Ducks dive. Often.");
        check("<pre>a\n  b</pre>", "```\na\n  b\n```");
    }

    #[test]
    fn nesting_of_any_depth_is_read() {
        let html = format!("{}deep{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
        check(&html, "deep");
    }

    #[test]
    fn a_page_in_another_encoding_is_read() {
        let mut bytes = b"<meta charset=windows-1251><p>".to_vec();
        bytes.extend_from_slice(&[0xcf, 0xf0, 0xe8]);
        let document = read(&bytes, &ReadOptions::default());
        assert_eq!(document.revision.text, "При");
    }
}
