//! Tables of separated values, whatever separates them.

use hearth_domain::{Mark, ProblemCode};

use super::text::decode;
use crate::document::{Builder, Document, ReadError, ReadOptions, table_row, table_rule};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let (text, had_errors) = decode(bytes);
    let mut builder = Builder::new(options);
    if had_errors {
        builder.problem(ProblemCode::Encoding, "some bytes belong to no known encoding", None);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    for (number, record) in (1..).zip(reader.records()) {
        if builder.is_full() {
            break;
        }
        let record = record.map_err(|error| ReadError::Broken(error.to_string()))?;
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        builder.line_break();
        builder.marked(&table_row(&cells), Some(Mark::Row { sheet: None, row: number }));
        if number == 1 {
            builder.push("\n");
            builder.push(&table_rule(cells.len()));
        }
    }
    Ok(builder.finish(None, None))
}

/// The separator that splits the first lines most evenly.
fn delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).take(20).collect();
    let evenness = |&separator: &u8| {
        let counts: Vec<usize> =
            lines.iter().map(|line| line.bytes().filter(|&byte| byte == separator).count()).collect();
        let first = counts.first().copied().unwrap_or(0);
        let same = counts.iter().filter(|&&count| count == first).count();
        if first == 0 { 0 } else { same * 1000 + first }
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
        let document = read("name;price\n\"tea; green\";3\n".as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(document.revision.text, "| name | price |\n| --- | --- |\n| tea; green | 3 |");
        let last = document.revision.layout.spans.last().unwrap();
        assert_eq!(last.range.slice(&document.revision.text), Some("| tea; green | 3 |"));
        assert_eq!(last.mark, Mark::Row { sheet: None, row: 2 });
    }
}
