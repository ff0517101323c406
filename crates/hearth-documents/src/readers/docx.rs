//! Word documents: paragraphs with their styles, lists, tables, footnotes.

use std::collections::HashMap;

use hearth_domain::ProblemCode;

use super::formula::Formula;
use super::package::{Package, Step, attribute, walk};
use crate::document::{Builder, Document, ReadError, ReadOptions, squeezed, table_row, table_rule};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes)?;
    let styles = package.part("word/styles.xml")?.map(|xml| heading_styles(&xml)).unwrap_or_default();
    let Some(body) = package.part("word/document.xml")? else {
        return Err(ReadError::Broken("it has no document part".into()));
    };
    let mut writer = Writer::new(options, styles);
    if let Err(error) = walk(&body, |step| writer.step(step)) {
        writer.builder.problem(ProblemCode::Damaged, error.to_string(), None);
    }
    for notes in ["word/footnotes.xml", "word/endnotes.xml"] {
        if let Some(xml) = package.part(notes)? {
            // A note that cannot be read takes nothing else with it.
            let _ = walk(&xml, |step| writer.step(step));
        }
    }
    let title = package.part("docProps/core.xml")?.and_then(|xml| core_title(&xml));
    Ok(writer.builder.finish(title, None))
}

/// The title in an office document's core properties.
pub(super) fn core_title(xml: &str) -> Option<String> {
    let (mut inside, mut title) = (false, String::new());
    walk(xml, |step| match step {
        Step::Open { name, empty, .. } => inside = name == "title" && !empty,
        Step::Close(_) => inside = false,
        Step::Text(text) if inside => title.push_str(&text),
        Step::Text(_) => {}
    })
    .ok()?;
    Some(title).filter(|title| !title.trim().is_empty())
}

/// Style id → heading level.
fn heading_styles(xml: &str) -> HashMap<String, u8> {
    let mut styles = HashMap::new();
    let mut current = None;
    let _ = walk(xml, |step| {
        if let Step::Open { name, attributes, .. } = step {
            match name.as_str() {
                "style" => current = attribute(&attributes, "styleId").map(str::to_owned),
                "name" => {
                    let level = attribute(&attributes, "val").and_then(heading_level);
                    if let (Some(id), Some(level)) = (current.clone(), level) {
                        styles.insert(id, level);
                    }
                }
                _ => {}
            }
        }
    });
    styles
}

fn heading_level(style: &str) -> Option<u8> {
    let style = style.to_lowercase();
    if style == "title" {
        return Some(1);
    }
    let level: u8 = style.strip_prefix("heading")?.trim().parse().ok()?;
    Some(level.clamp(1, 6))
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    row: Vec<String>,
    cell: String,
    /// Columns that the cell spans.
    columns: usize,
    /// The cell goes on with the one above it.
    goes_on: bool,
}

/// Columns that one cell may span.
const WIDEST_CELL: usize = 64;

impl Table {
    /// A cell that spans several columns or rows is said in each of them, so that every row is
    /// whole by itself.
    fn end_cell(&mut self) {
        let mut text = squeezed(&std::mem::take(&mut self.cell));
        if std::mem::take(&mut self.goes_on) && text.is_empty() {
            let above = self.rows.last().and_then(|row| row.get(self.row.len()));
            text = above.cloned().unwrap_or_default();
        }
        let columns = std::mem::take(&mut self.columns).clamp(1, WIDEST_CELL);
        self.row.extend(std::iter::repeat_n(text, columns));
    }
}

struct Writer {
    builder: Builder,
    styles: HashMap<String, u8>,
    paragraph: String,
    heading: Option<u8>,
    list_level: Option<usize>,
    in_text: bool,
    after_list: bool,
    /// Innermost last: a table may stand in a cell.
    tables: Vec<Table>,
    /// Inside a part that is written a second time for older programs.
    skipping: usize,
    formula: Option<Formula>,
    /// The formulas stand in a line of their own.
    displayed: bool,
}

impl Writer {
    fn new(options: &ReadOptions, styles: HashMap<String, u8>) -> Self {
        Self {
            builder: Builder::new(options),
            styles,
            paragraph: String::new(),
            heading: None,
            list_level: None,
            in_text: false,
            after_list: false,
            tables: Vec::new(),
            skipping: 0,
            formula: None,
            displayed: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Open { name, attributes, empty } => match &mut self.formula {
                Some(formula) if self.skipping == 0 => formula.open(&name, &attributes, empty),
                _ => self.open(&name, &attributes, empty),
            },
            Step::Close(name) => match &mut self.formula {
                Some(_) if name == "oMath" => self.end_formula(),
                Some(formula) => formula.close(),
                None => self.close(&name),
            },
            Step::Text(text) if self.formula.is_some() => {
                if let Some(formula) = &mut self.formula {
                    formula.text(&text);
                }
            }
            Step::Text(text) if self.in_text && self.skipping == 0 => self.paragraph.push_str(&text),
            Step::Text(_) => {}
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)], empty: bool) {
        match name {
            "Fallback" | "delText" | "instrText" if !empty => self.skipping += 1,
            _ if self.skipping > 0 => {}
            "t" => self.in_text = !empty,
            "oMathPara" => self.displayed = !empty,
            "oMath" if !empty => self.formula = Some(Formula::default()),
            "tab" => self.paragraph.push('\t'),
            "br" | "cr" => self.paragraph.push('\n'),
            "noBreakHyphen" => self.paragraph.push('-'),
            "p" if empty => self.end_paragraph(),
            "pStyle" => {
                let style = attribute(attributes, "val").unwrap_or_default();
                self.heading = self.styles.get(style).copied().or_else(|| heading_level(style));
            }
            "outlineLvl" => {
                let level = attribute(attributes, "val").and_then(|level| level.parse::<u8>().ok());
                self.heading = self.heading.or(level.filter(|&level| level < 6).map(|level| level + 1));
            }
            "numPr" if !empty => self.list_level = Some(0),
            "ilvl" => {
                let level = attribute(attributes, "val").and_then(|level| level.parse().ok());
                self.list_level = self.list_level.and(level);
            }
            "gridSpan" => {
                let columns = attribute(attributes, "val").and_then(|columns| columns.parse().ok());
                if let (Some(table), Some(columns)) = (self.tables.last_mut(), columns) {
                    table.columns = columns;
                }
            }
            "vMerge" => {
                if let Some(table) = self.tables.last_mut() {
                    table.goes_on = attribute(attributes, "val") != Some("restart");
                }
            }
            "tbl" if !empty => {
                self.end_paragraph();
                self.tables.push(Table::default());
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "Fallback" | "delText" | "instrText" => self.skipping = self.skipping.saturating_sub(1),
            _ if self.skipping > 0 => {}
            "t" => self.in_text = false,
            "oMathPara" => self.displayed = false,
            "p" => self.end_paragraph(),
            "tc" => {
                if let Some(table) = self.tables.last_mut() {
                    table.end_cell();
                }
            }
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    let row = std::mem::take(&mut table.row);
                    table.rows.push(row);
                }
            }
            "tbl" => self.end_table(),
            _ => {}
        }
    }

    fn end_formula(&mut self) {
        let text = self.formula.take().map(Formula::finish).unwrap_or_default();
        if !text.is_empty() {
            let sign = if self.displayed { "$$" } else { "$" };
            self.paragraph.push_str(&format!("{sign}{text}{sign}"));
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.paragraph);
        let (heading, list) = (self.heading.take(), self.list_level.take());
        if let Some(table) = self.tables.last_mut() {
            table.cell.push_str(&text);
            table.cell.push(' ');
            return;
        }
        if text.trim().is_empty() {
            return;
        }
        match (heading, list) {
            (Some(level), _) => self.builder.heading(level, &text, None),
            (None, Some(level)) => {
                let item = format!("{}- {}", "  ".repeat(level.min(8)), squeezed(&text));
                if self.after_list {
                    self.builder.line_break();
                    self.builder.push(&item);
                } else {
                    self.builder.separate();
                    self.builder.push(&item);
                }
            }
            (None, None) => self.builder.block(text.trim(), None),
        }
        self.after_list = heading.is_none() && list.is_some();
    }

    fn end_table(&mut self) {
        let Some(table) = self.tables.pop() else {
            return;
        };
        if let Some(outer) = self.tables.last_mut() {
            let flat = table.rows.iter().flatten().map(String::as_str);
            outer.cell.push_str(&flat.collect::<Vec<_>>().join(" "));
            return;
        }
        let mut lines = Vec::new();
        for (number, row) in table.rows.iter().enumerate() {
            lines.push(table_row(row));
            if number == 0 {
                lines.push(table_rule(row.len()));
            }
        }
        self.builder.block(&lines.join("\n"), None);
        self.after_list = false;
    }
}
