//! Reader of workbooks (XLSX): one section per sheet, one line per row.

use std::io::Cursor;

use calamine::{Data, Dimensions, Reader, Xlsx, open_workbook_from_rs};
use hearth_domain::{Mark, ProblemCode};

use super::package::Package;
use crate::document::{
    Document, DocumentBuilder, ReadError, ReadOptions, format_table_row, format_table_rule,
};

/// Reads a workbook; each row is a Markdown table row with a row mark, the first of a sheet is the header.
pub(super) fn read_xlsx(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    check_sizes(bytes)?;
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| ReadError::Broken(error.to_string()))?;
    let mut builder = DocumentBuilder::new(options);
    for sheet in workbook.sheet_names() {
        let range = match workbook.worksheet_range(&sheet) {
            Ok(range) => range,
            Err(error) => {
                builder.add_problem(ProblemCode::PartUnreadable, format!("sheet {sheet}: {error}"), None);
                continue;
            }
        };
        builder.add_heading(1, &sheet, None);
        builder.start_block();
        let merged = workbook.merge_cells_by_sheet_name(&sheet).unwrap_or_default();
        let (first_row, first_column) = range.start().map_or((1, 0), |(row, column)| (row + 1, column));
        let mut is_header = true;
        for (number, row) in (first_row..).zip(range.rows()) {
            if builder.is_full() {
                break;
            }
            let mut cells: Vec<String> = row.iter().map(format_cell).collect();
            repeat_merged_cells(&mut cells, number - 1, first_column, &merged, |at| {
                range.get_value(at).map(format_cell)
            });
            if cells.iter().all(String::is_empty) {
                continue;
            }
            builder.start_line();
            let mark = Mark::Row { sheet: Some(sheet.clone()), row: number };
            builder.push_marked(&format_table_row(&cells), Some(mark));
            if std::mem::take(&mut is_header) {
                builder.push_text("\n");
                builder.push_text(&format_table_rule(cells.len()));
            }
        }
    }
    Ok(builder.finish(None, None))
}

/// Maximum columns that a merged cell covers, and maximum merged cells per sheet.
const MAX_COLUMN_SPAN: u32 = 64;
const MAX_MERGED_CELLS: usize = 4096;

/// Repeats the value of each merged cell in all cells of the row that it covers, so that every row is
/// complete by itself.
fn repeat_merged_cells(
    cells: &mut [String],
    row: u32,
    first_column: u32,
    merged: &[Dimensions],
    value: impl Fn((u32, u32)) -> Option<String>,
) {
    for area in merged.iter().take(MAX_MERGED_CELLS).filter(|area| (area.start.0..=area.end.0).contains(&row))
    {
        let text = value(area.start).unwrap_or_default();
        for column in area.start.1..=area.end.1.min(area.start.1 + MAX_COLUMN_SPAN) {
            let at = column.checked_sub(first_column).and_then(|at| cells.get_mut(at as usize));
            if let Some(cell) = at.filter(|cell| cell.is_empty()) {
                cell.clone_from(&text);
            }
        }
    }
}

/// Unpacks every part once within the limits, before the workbook is opened without limits.
fn check_sizes(bytes: &[u8]) -> Result<(), ReadError> {
    let mut package = Package::open(bytes)?;
    for name in package.part_names() {
        package.read_part(&name)?;
    }
    Ok(())
}

/// Text of a cell: numbers as they are, dates in ISO 8601 form, durations as `h:mm:ss`.
fn format_cell(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(number) => format!("{number}"),
        Data::DateTime(duration) if duration.is_duration() => format_duration(duration.as_f64()),
        Data::DateTime(date_time) => {
            let (year, month, day, hour, minute, second, _) = date_time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            match (hour, minute, second) {
                // Day 0 is no date: the cell holds a time of day.
                _ if date_time.as_f64() < 1.0 => time,
                (0, 0, 0) => date,
                _ => format!("{date} {time}"),
            }
        }
        other => other.to_string(),
    }
}

/// Text of a duration in days.
fn format_duration(days: f64) -> String {
    let seconds = (days.abs() * 86_400.0).round() as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests;
