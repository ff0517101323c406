//! Tables in Markdown, as the readers write them.

use hearth_domain::{CharRange, TextIndex};

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ask) struct TableRow {
    /// Range in the revision.
    pub(in crate::ask) range: CharRange,
    pub(in crate::ask) cells: Vec<String>,
}

/// A table of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ask) struct Table {
    /// The last heading before the table.
    pub(in crate::ask) heading: Option<String>,
    pub(in crate::ask) header: Vec<String>,
    pub(in crate::ask) rows: Vec<TableRow>,
}

impl Table {
    /// The tables of a text, in order.
    pub(in crate::ask) fn parse_all(text: &str) -> Vec<Self> {
        let index = TextIndex::new(text);
        let mut tables: Vec<Self> = Vec::new();
        let mut heading = None;
        let mut before: Option<&str> = None;
        let mut is_open = false;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.trim();
            if bare.starts_with("| ---") && before.is_some_and(|line| line.starts_with('|')) {
                let header = split_cells(before.unwrap_or_default());
                tables.push(Self { heading: heading.clone(), header, rows: Vec::new() });
                is_open = true;
            } else if let Some(table) = tables.last_mut().filter(|_| is_open && bare.starts_with('|')) {
                let first = start + line.len() - line.trim_start().len();
                let range =
                    CharRange { start: index.char_offset(first), end: index.char_offset(first + bare.len()) };
                table.rows.push(TableRow { range, cells: split_cells(bare) });
            } else if !bare.is_empty() {
                is_open = false;
                if bare.starts_with('#') {
                    heading = Some(bare.trim_start_matches('#').trim().to_owned());
                }
            }
            before = Some(bare);
            start += line.len();
        }
        tables.retain(|table| !table.rows.is_empty());
        tables
    }

    /// Cell of a row; empty if the row is shorter.
    pub(in crate::ask) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].cells.get(column).map_or("", String::as_str)
    }
}

/// Cells of a table row in Markdown; none of other text.
pub(in crate::ask) fn split_cells(row: &str) -> Vec<String> {
    let Some(inner) = row.trim().strip_prefix('|') else {
        return Vec::new();
    };
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek(), cells.last_mut()) {
            ('\\', Some('|'), Some(cell)) => {
                cell.push('|');
                chars.next();
            }
            ('|', ..) => cells.push(String::new()),
            (_, _, Some(cell)) => cell.push(c),
            _ => {}
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_ranges_of_its_rows() {
        let text = "# Prices 2026\n\nÄ\n\n| Name | EUR |\n| --- | --- |\n| tea \\| herbs | 3 |\n| rye |\n\nEnd.\n\n\
                    | a |\n| --- |\n| 1 |";
        let tables = Table::parse_all(text);
        assert_eq!(tables.len(), 2);
        assert_eq!(tables[0].heading.as_deref(), Some("Prices 2026"));
        assert_eq!(tables[0].header, ["Name", "EUR"]);
        let quotes: Vec<_> = tables[0].rows.iter().map(|row| row.range.slice(text)).collect();
        assert_eq!(quotes, [Some("| tea \\| herbs | 3 |"), Some("| rye |")]);
        assert_eq!((tables[0].cell(0, 0), tables[0].cell(1, 1)), ("tea | herbs", ""));
        assert_eq!(tables[1].rows[0].range.slice(text), Some("| 1 |"));
    }

    #[test]
    fn text_without_tables_has_none() {
        for text in ["", "| a |", "| a |\n| --- |", "no | table\n--- | ---", "| --- |\n| a |"] {
            assert_eq!(Table::parse_all(text), [], "{text}");
        }
        assert!(split_cells("Technical data").is_empty());
    }
}
