//! Printing: results to standard output, messages to standard error. The only place that prints.
//!
//! A closed pipe (`hearth list | head`) is no error: the rest of the output is dropped.

use std::io::Write;

use hearth_domain::{Citation, Place};
use serde::Serialize;

/// Prints a line of the result.
pub(crate) fn print_line(text: &str) {
    print_part(&format!("{text}\n"));
}

/// Prints a part of a line and flushes.
pub(crate) fn print_part(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints the result as JSON, for programs.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints a message that is not part of the result.
pub(crate) fn print_message(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn print_error(text: &str) {
    print_message(&format!("error: {text}"));
}

/// Formats the places of a quote, in few words.
pub(crate) fn format_places(places: &[Place]) -> String {
    let described: Vec<String> = places
        .iter()
        .map(|place| match place {
            Place::Page { page, .. } => format!("page {page}"),
            Place::Rows { sheet, first, last } => {
                let rows =
                    if first == last { format!("row {first}") } else { format!("rows {first}–{last}") };
                sheet.as_ref().map_or(rows.clone(), |sheet| format!("{sheet}, {rows}"))
            }
            Place::Time { start_ms, .. } => format!("{}:{:02}", start_ms / 60_000, start_ms / 1000 % 60),
            Place::Event { starts, summary, .. } => {
                format!("{summary}, {}", starts.strftime("%Y-%m-%d %H:%M"))
            }
        })
        .collect();
    described.join(", ")
}

/// Formats a citation: number, source, place and quote.
pub(crate) fn format_citation(citation: &Citation) -> String {
    let place = format_places(&citation.places);
    let place = if place.is_empty() { String::new() } else { format!(", {place}") };
    let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("[{}] {}{place}\n    “{quote}”", citation.number, citation.source_title)
}
