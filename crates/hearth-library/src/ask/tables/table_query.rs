//! A request linked to a table: its columns and its rows.

use std::collections::HashSet;

use super::cell::{DecimalSign, find_decimal_sign, parse_number, parse_time};
use super::indexed_table::IndexedTable;
use super::request::{Comparison, Operation, TableRequest};
use super::table::Table;
use crate::ask::quantity::Quantity;
use crate::ask::question_codes::{contains_code, is_code};
use crate::ask::question_terms::shares_part;
use crate::ask::weekdays::parse_weekdays;

/// A test that a row must pass.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// One of the cells has a word.
    Word(HashSet<String>),
    /// One of the cells has a code, in lower case.
    Code(String),
    /// The column says that there is none.
    Absent(usize),
    /// The column names a day of the week.
    Weekday(usize, usize),
    /// The number of the column, written with this sign, is compared.
    Compared(usize, Comparison, DecimalSign),
}

/// A request linked to the columns and rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ask) struct TableQuery {
    pub(super) operation: Operation,
    /// Column whose values are computed.
    pub(super) column: Option<usize>,
    pub(super) conditions: Vec<Condition>,
    /// Number of words of the question that name the table, its columns or its rows.
    pub(in crate::ask) linked_words: usize,
}

/// Years of a column of years.
const YEARS: std::ops::RangeInclusive<f64> = 1800.0..=2100.0;
/// Minimum share of the cells of a column with values of a kind.
const MIN_VALUE_RATIO: f32 = 0.6;

impl TableQuery {
    /// Links a request to a table under a title; `None` if a word of the request has no place in it.
    pub(in crate::ask) fn link_request(
        request: &TableRequest,
        indexed: &IndexedTable<'_>,
        title: &str,
    ) -> Option<Self> {
        let table = indexed.table;
        let heading = format!("{title} {}", table.heading.as_deref().unwrap_or_default());
        let title_forms = indexed.collect_forms(&heading);
        let header_forms: Vec<HashSet<String>> =
            table.header.iter().map(|name| indexed.collect_forms(name)).collect();
        let mut conditions = Vec::new();
        let mut named_columns = Vec::new();
        for word in &request.words {
            let condition = if is_code(word) {
                Condition::Code(word.clone())
            } else {
                let word_forms = (indexed.forms)(word);
                if let Some(column) = header_forms.iter().position(|header| !header.is_disjoint(&word_forms))
                {
                    named_columns.push(column);
                    continue;
                }
                if is_in_title(&title_forms, &word_forms) {
                    continue;
                }
                Condition::Word(word_forms)
            };
            (0..table.rows.len()).any(|row| condition.is_met_by_words(indexed, row)).then_some(())?;
            conditions.push(condition);
        }
        if let Some(day) = request.weekday {
            conditions.push(Condition::Weekday(find_weekday_column(table)?, day));
        }
        if request.wants_absent {
            conditions.push(Condition::Absent(find_quantity_column(table, Quantity::Stock)?));
        }
        if let Some(comparison) = request.comparison {
            let column = find_compared_column(table, &comparison, &named_columns)?;
            let sign = find_column_sign(table, column);
            conditions.push(Condition::Compared(column, comparison, sign));
        }
        let column = find_value_column(table, request.operation, &named_columns, &conditions)?;
        let linked_words = request.words.len();
        if linked_words == 0
            && conditions.is_empty()
            && !matches!(request.operation, Operation::Extreme { .. })
        {
            return None;
        }
        Some(Self { operation: column.0, column: column.1, conditions, linked_words })
    }
}

/// True if a title has a word, or a compound with it.
fn is_in_title(title: &HashSet<String>, word: &HashSet<String>) -> bool {
    !title.is_disjoint(word) || word.iter().any(|form| title.iter().any(|token| shares_part(form, token)))
}

impl Condition {
    /// True for a condition on the words of a row, whatever the column.
    pub(super) fn is_of_words(&self) -> bool {
        matches!(self, Self::Word(_) | Self::Code(_))
    }

    /// True if a row has the word or the code; false for another condition.
    pub(super) fn is_met_by_words(&self, indexed: &IndexedTable<'_>, row: usize) -> bool {
        match self {
            Self::Word(word) => indexed.row_has_word(row, word),
            Self::Code(code) => {
                let cells = &indexed.table.rows[row].cells;
                cells.iter().any(|cell| contains_code(&cell.to_lowercase(), code))
            }
            Self::Absent(_) | Self::Weekday(..) | Self::Compared(..) => false,
        }
    }
}

/// Sign before the decimals of a column.
pub(super) fn find_column_sign(table: &Table, column: usize) -> DecimalSign {
    find_decimal_sign((0..table.rows.len()).map(|row| table.cell(row, column)))
}

/// True if most cells of a column that are not empty have values of a kind.
fn is_column_of(table: &Table, column: usize, is_value: &dyn Fn(&str) -> bool) -> bool {
    let cells: Vec<&str> =
        (0..table.rows.len()).map(|row| table.cell(row, column)).filter(|cell| !cell.is_empty()).collect();
    let count = cells.iter().filter(|cell| is_value(cell)).count();
    !cells.is_empty() && count as f32 >= MIN_VALUE_RATIO * cells.len() as f32
}

fn is_number_column(table: &Table, column: usize) -> bool {
    is_column_of(table, column, &|cell| {
        parse_number(cell, DecimalSign::Point).is_some() && parse_time(cell).is_none()
    })
}

fn find_weekday_column(table: &Table) -> Option<usize> {
    (0..table.header.len())
        .find(|column| is_column_of(table, *column, &|cell| parse_weekdays(cell).is_some()))
}

/// Column that measures a quantity, by its header or by the units of its cells.
fn find_quantity_column(table: &Table, quantity: Quantity) -> Option<usize> {
    let columns = 0..table.header.len();
    let by_unit = |at: &usize| {
        is_column_of(table, *at, &|cell| {
            let unit = cell.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '-'));
            Quantity::of_unit(unit) == Some(quantity)
        })
    };
    columns.clone().find(|at| quantity.is_named(&table.header[*at])).or_else(|| columns.clone().find(by_unit))
}

fn find_compared_column(table: &Table, comparison: &Comparison, named: &[usize]) -> Option<usize> {
    if comparison.is_time {
        let is_times = |column: &usize| is_column_of(table, *column, &|cell| parse_time(cell).is_some());
        let named = named.iter().copied().find(is_times);
        return named.or_else(|| (0..table.header.len()).find(is_times));
    }
    let is_year =
        |cell: &str| parse_number(cell, DecimalSign::Point).is_some_and(|(value, _)| YEARS.contains(&value));
    if comparison.quantity.is_none() && YEARS.contains(&comparison.value) {
        let years = |column: &usize| is_column_of(table, *column, &is_year);
        if let Some(column) = (0..table.header.len()).find(years) {
            return Some(column);
        }
    }
    let numeric = named.iter().copied().find(|column| is_number_column(table, *column));
    let by_quantity = || find_quantity_column(table, comparison.quantity?);
    let column = numeric.or_else(by_quantity)?;
    is_number_column(table, column).then_some(column)
}

/// The operation as the table has it, and the column whose values it takes.
fn find_value_column(
    table: &Table,
    operation: Operation,
    named: &[usize],
    conditions: &[Condition],
) -> Option<(Operation, Option<usize>)> {
    let numeric = named.iter().copied().find(|column| is_number_column(table, *column));
    let selects_rows = conditions.iter().any(Condition::is_of_words);
    let is_compared = conditions.iter().any(|condition| !condition.is_of_words());
    match operation {
        Operation::Count => match numeric {
            // "How many bolts are in stock?" asks for the number that the column has, not for that of the rows; for all
            // rows together either may be meant.
            Some(column) if !is_compared => selects_rows.then_some((Operation::Sum, Some(column))),
            _ => Some((Operation::Count, None)),
        },
        Operation::Sum | Operation::Average => Some((operation, Some(numeric?))),
        Operation::Extreme { quantity: Some(quantity), .. } => {
            let column = find_quantity_column(table, quantity)?;
            is_number_column(table, column).then_some((operation, Some(column)))
        }
        Operation::Extreme { quantity: None, .. } => Some((operation, Some(numeric?))),
        Operation::Rows => Some((operation, None)),
    }
}
