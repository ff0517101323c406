//! Reader of Word documents (DOCX): paragraphs with heading styles, lists, tables, formulas, footnotes.

use std::collections::HashMap;

use hearth_domain::ProblemCode;

use super::formula::FormulaBuilder;
use super::package::{Package, XmlEvent, attribute_value, walk_xml};
use crate::document::{
    Document, DocumentBuilder, ReadError, ReadOptions, collapse_whitespace, format_table_row,
    format_table_rule,
};

/// Reads a Word document; damaged XML gives the text before the damage and a problem.
pub(super) fn read_docx(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes)?;
    let styles = package.read_part("word/styles.xml")?.map(|xml| heading_styles(&xml)).unwrap_or_default();
    let Some(body) = package.read_part("word/document.xml")? else {
        return Err(ReadError::Broken("its main document part is missing".into()));
    };
    let mut converter = DocxConverter::new(options, styles);
    if let Err(error) = walk_xml(&body, |event| converter.handle_event(event)) {
        converter.close_open_elements();
        converter.builder.add_problem(ProblemCode::Damaged, error.to_string(), None);
    }
    for part in ["word/footnotes.xml", "word/endnotes.xml"] {
        if let Some(xml) = package.read_part(part)? {
            // Notes that cannot be read do not affect the rest.
            if walk_xml(&xml, |event| converter.handle_event(event)).is_err() {
                converter.close_open_elements();
            }
        }
    }
    let title = package.read_part("docProps/core.xml")?.and_then(|xml| core_title(&xml));
    Ok(converter.builder.finish(title, None))
}

/// Title in an office document's core properties, or `None` if it is missing or blank.
pub(super) fn core_title(xml: &str) -> Option<String> {
    let (mut in_title, mut title) = (false, String::new());
    walk_xml(xml, |event| match event {
        XmlEvent::Open { name, empty, .. } => in_title = name == "title" && !empty,
        XmlEvent::Close(_) => in_title = false,
        XmlEvent::Text(text) if in_title => title.push_str(&text),
        XmlEvent::Text(_) => {}
    })
    .ok()?;
    Some(title).filter(|title| !title.trim().is_empty())
}

/// Heading levels by style id.
fn heading_styles(xml: &str) -> HashMap<String, u8> {
    let mut styles = HashMap::new();
    let mut current = None;
    let _ = walk_xml(xml, |event| {
        if let XmlEvent::Open { name, attributes, .. } = event {
            match name.as_str() {
                "style" => current = attribute_value(&attributes, "styleId").map(str::to_owned),
                "name" => {
                    let level = attribute_value(&attributes, "val").and_then(heading_level);
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

/// Heading level (1 to 6) of a style's name, or `None` if it is no heading style.
fn heading_level(style: &str) -> Option<u8> {
    let style = style.to_lowercase();
    if style == "title" {
        return Some(1);
    }
    let level: u8 = style.strip_prefix("heading")?.trim().parse().ok()?;
    Some(level.clamp(1, 6))
}

/// Open table.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    row: Vec<String>,
    cell: String,
    /// Columns that the open cell spans.
    columns: usize,
    /// True if the open cell is merged with the cell above.
    continues_above: bool,
}

/// Maximum columns that one cell may span.
const MAX_COLUMN_SPAN: usize = 64;

impl Table {
    /// Ends the open cell; a cell that spans several columns or rows is repeated in each of them, so that
    /// every row is complete by itself.
    fn end_cell(&mut self) {
        let mut text = collapse_whitespace(&std::mem::take(&mut self.cell));
        if std::mem::take(&mut self.continues_above) && text.is_empty() {
            let above = self.rows.last().and_then(|row| row.get(self.row.len()));
            text = above.cloned().unwrap_or_default();
        }
        let columns = std::mem::take(&mut self.columns).clamp(1, MAX_COLUMN_SPAN);
        self.row.extend(std::iter::repeat_n(text, columns));
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.rows.push(row);
    }
}

/// Conversion of WordprocessingML events into a document.
struct DocxConverter {
    builder: DocumentBuilder,
    styles: HashMap<String, u8>,
    paragraph: String,
    heading: Option<u8>,
    list_level: Option<usize>,
    in_text: bool,
    after_list: bool,
    /// Open tables, innermost last: a table may stand in a cell.
    tables: Vec<Table>,
    /// Open elements whose text is skipped: fallbacks for older programs, deleted text, field instructions.
    skip_depth: usize,
    formula: Option<FormulaBuilder>,
    /// True while the formulas are displayed on a line of their own.
    displayed: bool,
}

impl DocxConverter {
    fn new(options: &ReadOptions, styles: HashMap<String, u8>) -> Self {
        Self {
            builder: DocumentBuilder::new(options),
            styles,
            paragraph: String::new(),
            heading: None,
            list_level: None,
            in_text: false,
            after_list: false,
            tables: Vec::new(),
            skip_depth: 0,
            formula: None,
            displayed: false,
        }
    }

    /// Handles one XML event: formula events go to the open formula.
    fn handle_event(&mut self, event: XmlEvent) {
        match event {
            XmlEvent::Open { name, attributes, empty } => match &mut self.formula {
                Some(formula) if self.skip_depth == 0 => formula.open_element(&name, &attributes, empty),
                _ => self.open_element(&name, &attributes, empty),
            },
            XmlEvent::Close(name) => match &mut self.formula {
                Some(_) if name == "oMath" => self.end_formula(),
                Some(formula) => formula.close_element(),
                None => self.close_element(&name),
            },
            XmlEvent::Text(text) if self.formula.is_some() => {
                if let Some(formula) = &mut self.formula {
                    formula.push_text(&text);
                }
            }
            XmlEvent::Text(text) if self.in_text && self.skip_depth == 0 => self.paragraph.push_str(&text),
            XmlEvent::Text(_) => {}
        }
    }

    fn open_element(&mut self, name: &str, attributes: &[(String, String)], empty: bool) {
        match name {
            "Fallback" | "delText" | "instrText" if !empty => self.skip_depth += 1,
            _ if self.skip_depth > 0 => {}
            "t" => self.in_text = !empty,
            "oMathPara" => self.displayed = !empty,
            "oMath" if !empty => self.formula = Some(FormulaBuilder::default()),
            "tab" => self.paragraph.push('\t'),
            "br" | "cr" => self.paragraph.push('\n'),
            "noBreakHyphen" => self.paragraph.push('-'),
            "p" if empty => self.end_paragraph(),
            "pStyle" => {
                let style = attribute_value(attributes, "val").unwrap_or_default();
                self.heading = self.styles.get(style).copied().or_else(|| heading_level(style));
            }
            "outlineLvl" => {
                let level = attribute_value(attributes, "val").and_then(|level| level.parse::<u8>().ok());
                self.heading = self.heading.or(level.filter(|&level| level < 6).map(|level| level + 1));
            }
            "numPr" if !empty => self.list_level = Some(0),
            "ilvl" => {
                let level = attribute_value(attributes, "val").and_then(|level| level.parse().ok());
                self.list_level = self.list_level.and(level);
            }
            "gridSpan" => {
                let columns = attribute_value(attributes, "val").and_then(|columns| columns.parse().ok());
                if let (Some(table), Some(columns)) = (self.tables.last_mut(), columns) {
                    table.columns = columns;
                }
            }
            "vMerge" => {
                if let Some(table) = self.tables.last_mut() {
                    table.continues_above = attribute_value(attributes, "val") != Some("restart");
                }
            }
            "tbl" if !empty => {
                self.end_paragraph();
                self.tables.push(Table::default());
            }
            _ => {}
        }
    }

    fn close_element(&mut self, name: &str) {
        match name {
            "Fallback" | "delText" | "instrText" => self.skip_depth = self.skip_depth.saturating_sub(1),
            _ if self.skip_depth > 0 => {}
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
                    table.end_row();
                }
            }
            "tbl" => self.end_table(),
            _ => {}
        }
    }

    /// Ends all open elements where an XML part breaks off, so that their text is kept.
    fn close_open_elements(&mut self) {
        self.end_formula();
        (self.in_text, self.displayed, self.skip_depth) = (false, false, 0);
        self.end_paragraph();
        while let Some(table) = self.tables.last_mut() {
            if !table.cell.trim().is_empty() {
                table.end_cell();
            }
            if !table.row.is_empty() {
                table.end_row();
            }
            self.end_table();
        }
    }

    fn end_formula(&mut self) {
        let text = self.formula.take().map(FormulaBuilder::finish).unwrap_or_default();
        if !text.is_empty() {
            let delimiter = if self.displayed { "$$" } else { "$" };
            self.paragraph.push_str(&format!("{delimiter}{text}{delimiter}"));
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
            (Some(level), _) => self.builder.add_heading(level, &text, None),
            (None, Some(level)) => {
                let item = format!("{}- {}", "  ".repeat(level.min(8)), collapse_whitespace(&text));
                if self.after_list {
                    self.builder.start_line();
                    self.builder.push_text(&item);
                } else {
                    self.builder.start_block();
                    self.builder.push_text(&item);
                }
            }
            (None, None) => self.builder.add_block(text.trim(), None),
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
            lines.push(format_table_row(row));
            if number == 0 {
                lines.push(format_table_rule(row.len()));
            }
        }
        self.builder.add_block(&lines.join("\n"), None);
        self.after_list = false;
    }
}

#[cfg(test)]
mod tests;
