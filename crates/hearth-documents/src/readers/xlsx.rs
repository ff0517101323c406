//! Workbooks: a section a sheet, a line a row.

use std::io::Cursor;

use calamine::{Data, Dimensions, Reader, Xlsx, open_workbook_from_rs};
use hearth_domain::{Mark, ProblemCode};

use super::package::Package;
use crate::document::{Builder, Document, ReadError, ReadOptions, table_row, table_rule};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    check_sizes(bytes)?;
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| ReadError::Broken(error.to_string()))?;
    let mut builder = Builder::new(options);
    for sheet in book.sheet_names() {
        let range = match book.worksheet_range(&sheet) {
            Ok(range) => range,
            Err(error) => {
                builder.problem(ProblemCode::PartUnreadable, format!("sheet {sheet}: {error}"), None);
                continue;
            }
        };
        builder.heading(1, &sheet, None);
        builder.separate();
        let merged = book.merge_cells_by_sheet_name(&sheet).unwrap_or_default();
        let (first, left) = range.start().map_or((1, 0), |(row, column)| (row + 1, column));
        let mut header = true;
        for (number, row) in (first..).zip(range.rows()) {
            if builder.is_full() {
                break;
            }
            let mut cells: Vec<String> = row.iter().map(shown).collect();
            repeat(&mut cells, number - 1, left, &merged, |at| range.get_value(at).map(shown));
            if cells.iter().all(String::is_empty) {
                continue;
            }
            builder.line_break();
            let mark = Mark::Row { sheet: Some(sheet.clone()), row: number };
            builder.marked(&table_row(&cells), Some(mark));
            if std::mem::take(&mut header) {
                builder.push("\n");
                builder.push(&table_rule(cells.len()));
            }
        }
    }
    Ok(builder.finish(None, None))
}

/// Cells that one merged cell may cover, and merged cells that are looked at.
const WIDEST: u32 = 64;
const MERGED: usize = 4096;

/// A merged cell is said in each row and column that it covers, so that every row is whole by itself.
fn repeat(
    cells: &mut [String],
    row: u32,
    left: u32,
    merged: &[Dimensions],
    value: impl Fn((u32, u32)) -> Option<String>,
) {
    for area in merged.iter().take(MERGED).filter(|area| (area.start.0..=area.end.0).contains(&row)) {
        let text = value(area.start).unwrap_or_default();
        for column in area.start.1..=area.end.1.min(area.start.1 + WIDEST) {
            let at = column.checked_sub(left).and_then(|at| cells.get_mut(at as usize));
            if let Some(cell) = at.filter(|cell| cell.is_empty()) {
                cell.clone_from(&text);
            }
        }
    }
}

/// Unpacks every part once, within limits, before the workbook is opened without any.
fn check_sizes(bytes: &[u8]) -> Result<(), ReadError> {
    let mut package = Package::open(bytes)?;
    for name in package.names() {
        package.part(&name)?;
    }
    Ok(())
}

/// A cell as its reader would say it.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(number) => format!("{number}"),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        other => other.to_string(),
    }
}
