//! Reader of tables of separated values (CSV, TSV) with any common delimiter.

use hearth_domain::{Mark, ProblemCode};

use super::text::decode_text;
use crate::document::{
    Document, DocumentBuilder, ReadError, ReadOptions, format_table_row, format_table_rule,
};

/// Reads a table; each record is a Markdown table row with a row mark, the first is the header.
pub(super) fn read_csv(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let (text, had_errors) = decode_text(bytes);
    let mut builder = DocumentBuilder::new(options);
    if had_errors {
        builder.add_problem(ProblemCode::Encoding, "some characters could not be decoded", None);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(detect_delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    for (number, record) in (1..).zip(reader.records()) {
        if builder.is_full() {
            break;
        }
        let record = record.map_err(|error| ReadError::Broken(error.to_string()))?;
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        builder.start_line();
        builder.push_marked(&format_table_row(&cells), Some(Mark::Row { sheet: None, row: number }));
        if number == 1 {
            builder.push_text("\n");
            builder.push_text(&format_table_rule(cells.len()));
        }
    }
    Ok(builder.finish(None, None))
}

/// Delimiter that splits the first 20 lines most evenly; a comma if none does.
fn detect_delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).take(20).collect();
    let evenness = |&separator: &u8| {
        let counts: Vec<usize> =
            lines.iter().map(|line| line.bytes().filter(|&byte| byte == separator).count()).collect();
        let first = counts.first().copied().unwrap_or(0);
        let equal_count = counts.iter().filter(|&&count| count == first).count();
        if first == 0 { 0 } else { equal_count * 1000 + first }
    };
    [b',', b';', b'\t', b'|']
        .into_iter()
        .rev()
        .max_by_key(evenness)
        .filter(|separator| evenness(separator) > 0)
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_numbers() {
        let document =
            read_csv("name;price\n\"tea; green\";3\n".as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(document.revision.text, "| name | price |\n| --- | --- |\n| tea; green | 3 |");
        let last = document.revision.layout.spans.last().unwrap();
        assert_eq!(last.range.slice(&document.revision.text), Some("| tea; green | 3 |"));
        assert_eq!(last.mark, Mark::Row { sheet: None, row: 2 });
    }
}
