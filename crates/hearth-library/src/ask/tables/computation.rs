//! Computation of a query over the rows of a table.

use std::cmp::Ordering;

use super::cell::{DecimalSign, is_absent, parse_number, parse_time};
use super::indexed_table::IndexedTable;
use super::request::{Comparison, Operation};
use super::table::Table;
use super::table_query::{Condition, TableQuery, find_column_sign};
use super::vocabulary::{PARTIAL_LABELS, TOTAL_LABELS};
use crate::ask::weekdays::parse_weekdays;

/// Result of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ask) struct TableResult {
    /// The number that was asked for, as it is written in the table; `None` if rows were asked for.
    pub(in crate::ask) number: Option<String>,
    /// The rows that it rests on.
    pub(in crate::ask) rows: Vec<usize>,
}

/// Computes a query; `None` if no row fits, or a value that is needed is no number.
pub(in crate::ask) fn compute_query(query: &TableQuery, indexed: &IndexedTable<'_>) -> Option<TableResult> {
    let table = indexed.table;
    let selects_by_word = query.conditions.iter().any(Condition::is_of_words);
    if let Some(column) = query.column.filter(|_| query.operation == Operation::Sum && !selects_by_word)
        && let Some(row) = (0..table.rows.len()).rev().find(|row| is_total(table, *row, column))
    {
        // The table has the sum itself.
        return Some(TableResult { number: Some(table.cell(row, column).to_owned()), rows: vec![row] });
    }
    let is_item =
        |row: &usize| !has_label(table, *row, TOTAL_LABELS) && !has_label(table, *row, PARTIAL_LABELS);
    let fitting: Vec<usize> =
        (0..table.rows.len()).filter(is_item).filter(|row| meets_conditions(query, indexed, *row)).collect();
    if fitting.is_empty() && (selects_by_word || query.operation != Operation::Count) {
        return None;
    }
    let sign = query.column.map_or(DecimalSign::Point, |column| find_column_sign(table, column));
    let value = |row: usize| parse_number(table.cell(row, query.column?), sign);
    match query.operation {
        Operation::Count => Some(TableResult { number: Some(fitting.len().to_string()), rows: fitting }),
        Operation::Rows => Some(TableResult { number: None, rows: fitting }),
        Operation::Sum | Operation::Average => {
            let values: Vec<(f64, usize)> = fitting.iter().map(|row| value(*row)).collect::<Option<_>>()?;
            let mut decimals = values.iter().map(|(_, decimals)| *decimals).max().unwrap_or(0);
            let mut total: f64 = values.iter().map(|(value, _)| value).sum();
            if query.operation == Operation::Average {
                total /= values.len() as f64;
                decimals = decimals.max(2);
            }
            Some(TableResult { number: Some(format_number(total, decimals, sign)), rows: fitting })
        }
        Operation::Extreme { highest, .. } => {
            let valued: Vec<(usize, f64)> =
                fitting.iter().filter_map(|row| Some((*row, value(*row)?.0))).collect();
            let best =
                valued.iter().map(|(_, value)| *value).reduce(if highest { f64::max } else { f64::min })?;
            let rows = valued.into_iter().filter(|(_, value)| value.total_cmp(&best).is_eq());
            Some(TableResult { number: None, rows: rows.map(|(row, _)| row).collect() })
        }
    }
}

/// True for the row of a sum with a number in a column.
fn is_total(table: &Table, row: usize, column: usize) -> bool {
    has_label(table, row, TOTAL_LABELS) && parse_number(table.cell(row, column), DecimalSign::Point).is_some()
}

/// True if a cell of a row is one of the labels; numbers and signs beside it do not count: "VAT (20 %)".
fn has_label(table: &Table, row: usize, labels: &[&str]) -> bool {
    table.rows[row].cells.iter().any(|cell| {
        let words = cell.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        let label = words.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        labels.contains(&label.as_str())
    })
}

fn meets_conditions(query: &TableQuery, indexed: &IndexedTable<'_>, row: usize) -> bool {
    let table = indexed.table;
    query.conditions.iter().all(|condition| match condition {
        Condition::Word(_) | Condition::Code(_) => condition.is_met_by_words(indexed, row),
        Condition::Absent(column) => is_absent(table.cell(row, *column)),
        Condition::Weekday(column, day) => {
            parse_weekdays(table.cell(row, *column)).is_some_and(|days| days[*day])
        }
        Condition::Compared(column, comparison, sign) => {
            let cell = table.cell(row, *column);
            let value = if comparison.is_time {
                parse_time(cell)
            } else {
                parse_number(cell, *sign).map(|(value, _)| value)
            };
            value.is_some_and(|value| is_compared(value, comparison))
        }
    })
}

fn is_compared(value: f64, comparison: &Comparison) -> bool {
    match value.total_cmp(&comparison.value) {
        Ordering::Equal => comparison.inclusive,
        order => order.is_gt() == comparison.is_above,
    }
}

fn format_number(value: f64, decimals: usize, sign: DecimalSign) -> String {
    let text = format!("{value:.decimals$}");
    if sign == DecimalSign::Comma { text.replace('.', ",") } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::HashSet;

    use super::super::request::TableRequest;
    use super::*;

    const PARTS: &str = "| Part number | Description | Price EUR | In stock |\n| --- | --- | --- | --- |\n\
        | AX-1042-K | Hex bolt M8x40 | 0.34 | 1200 |\n| AX-1042-L | Hex bolt M8x60 | 0.41 | 860 |\n\
        | AX-1024-K | Hex bolt M6x40 | 0.22 | 2400 |\n| BR-77/3 | Brass elbow 3/4 inch | 3.95 | 0 |\n\
        | ZK | Ionisation electrode | 41.80 | 9 |";
    const FERRY: &str = "# Ferry\n\n| Departure | Arrival | Days | Remarks |\n| --- | --- | --- | --- |\n\
        | 05:40 | 06:25 | Monday to Friday | not on public holidays |\n| 08:15 | 09:00 | daily | |\n\
        | 12:30 | 13:15 | Monday to Saturday | |\n| 21:20 | 22:05 | Friday and Sunday | last |";

    /// Words in lower case without a plural's ending, in place of stems.
    fn forms(word: &str) -> HashSet<String> {
        HashSet::from([word.to_lowercase().trim_end_matches('s').to_owned()])
    }

    fn ask(question: &str, text: &str, title: &str) -> Option<(Option<String>, Vec<usize>)> {
        const STOP_WORDS: &[&str] = &[
            "the", "were", "an", "of", "are", "is", "a", "in", "which", "what", "on", "has", "have", "for",
            "do", "there",
        ];
        let request = TableRequest::from_question(question, &|word| STOP_WORDS.contains(&word))?;
        let table = Table::parse_all(text).remove(0);
        let indexed = IndexedTable::new(&table, &forms);
        let query = TableQuery::link_request(&request, &indexed, title)?;
        let result = compute_query(&query, &indexed)?;
        Some((result.number, result.rows))
    }

    #[test]
    fn rows_are_counted_added_up_and_compared() {
        let parts = |question: &str| ask(question, PARTS, "parts");
        let number = |text: &str| Some(text.to_owned());
        assert_eq!(parts("How many parts of the price list are out of stock?"), Some((number("1"), vec![3])));
        assert_eq!(parts("Which part of the list is the dearest?"), Some((None, vec![4])));
        assert_eq!(parts("Which hex bolts cost more than 0.30 euro?"), Some((None, vec![0, 1])));
        assert_eq!(parts("Which is the cheapest hex bolt?"), Some((None, vec![2])));
        assert_eq!(parts("How many hex bolts are in stock?"), Some((number("4460"), vec![0, 1, 2])));
        assert_eq!(parts("How many AX-1042-L are in stock?"), Some((number("860"), vec![1])));
        assert_eq!(parts("What is the average price of hex bolts?"), Some((number("0.32"), vec![0, 1, 2])));
        assert_eq!(parts("How many bolts cost less than 0.1 euro?"), None, "no row fits");
    }

    #[test]
    fn years_are_compared_in_the_column_of_years() {
        let books = "| Title | Year | Price EUR |\n| --- | --- | --- |\n| Harbour | 2019 | 18.90 |\n\
            | Salt | 2021 | 24.00 |\n| Orchard | 2024 | 26.80 |";
        let (number, rows) = ask("How many books were published after 2020?", books, "books").unwrap();
        assert_eq!((number.as_deref(), rows), (Some("2"), vec![1, 2]));
    }

    #[test]
    fn rows_of_sums_are_no_items() {
        let invoice = "| Item | Quantity | Amount |\n| --- | --- | --- |\n| Tiles | 120 | 252.00 |\n\
            | Labour | 9 | 432.00 |\n| Net | | 684.00 |\n| VAT 20 % | | 136.80 |\n| **Total:** | | 820.80 |";
        let ask = |question: &str| ask(question, invoice, "invoice");
        assert_eq!(ask("What is the total amount?"), Some((Some("820.80".into()), vec![4])));
        assert_eq!(ask("Which item has the highest amount?"), Some((None, vec![1])));
        assert_eq!(ask("Which items have an amount of more than 100?"), Some((None, vec![0, 1])));
        assert_eq!(ask("What is the average amount?"), Some((Some("342.00".into()), vec![0, 1])));
    }

    #[test]
    fn days_and_times_select_rows() {
        let ferry = |question: &str| ask(question, FERRY, "timetable");
        let count = |question: &str| ferry(question).and_then(|(number, _)| number);
        assert_eq!(count("How many departures has the ferry on a Sunday?").as_deref(), Some("2"));
        assert_eq!(count("How many ferry departures are there on Friday?").as_deref(), Some("4"));
        assert_eq!(count("How many departures after 9 pm?").as_deref(), Some("1"));
        assert_eq!(ferry("Which departures are there before 08:15?"), Some((None, vec![0])));
    }

    #[test]
    fn words_that_the_table_has_not_leave_the_question_to_the_search() {
        for question in [
            "How many people are waiting for a plot?",
            "What is the highest daily dose?",
            "How many parts are in stock?",
            "Which is the heaviest part?",
            "Which nuts cost more than 0.30 euro?",
            "What is the total?",
        ] {
            assert_eq!(ask(question, PARTS, "parts"), None, "{question}");
        }
    }
}
