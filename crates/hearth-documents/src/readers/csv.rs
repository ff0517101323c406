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

    fn read(text: &str) -> Document {
        read_csv(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn the_delimiter_is_the_one_that_divides_all_lines_alike() {
        for (text, row) in [
            ("name\tprice\ntea\t1,50\n", "| tea | 1,50 |"),
            ("name|price\ntea|1;50\n", "| tea | 1;50 |"),
            // Commas in each line, but not as many in each.
            ("a;b, c;d\n1,0;2,0;3,0\n4,1;5;6\n", "| 4,1 | 5 | 6 |"),
            ("name,price\ntea,1;50\n", "| tea | 1;50 |"),
            ("name\ntea\n", "| tea |"),
        ] {
            let found = read(text).revision.text;
            assert!(found.lines().any(|line| line == row), "{found}");
        }
    }

    #[test]
    fn a_quoted_cell_may_have_lines_quotes_and_delimiters() {
        // RFC 4180, 2.6 and 2.7.
        let document = read("name,note\r\ntea,\"green, \"\"loose\"\"\r\nor in bags\"\r\nsoup,hot\r\n");
        assert_eq!(
            document.revision.text,
            "| name | note |\n| --- | --- |\n| tea | green, \"loose\" or in bags |\n| soup | hot |"
        );
        // The quoted line break does not end the record.
        assert_eq!(document.revision.layout.spans[2].mark, Mark::Row { sheet: None, row: 3 });
    }

    #[test]
    fn rows_of_other_lengths_are_read() {
        assert_eq!(read("a,b\n1\n1,2,3\n").revision.text, "| a | b |\n| --- | --- |\n| 1 |\n| 1 | 2 | 3 |");
    }

    #[test]
    fn a_table_above_the_limit_is_cut_and_says_so() {
        let text = "a,b\n".repeat(1000);
        let options = ReadOptions { max_chars: 100, ..ReadOptions::default() };
        let document = read_csv(text.as_bytes(), &options).unwrap();
        assert_eq!(document.revision.text.chars().count(), 100);
        assert!(document.revision.is_valid());
        let codes: Vec<_> = document.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::Truncated]);
    }
}
