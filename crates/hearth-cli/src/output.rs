//! What is printed: results on standard output, messages on standard error. The only place that
//! prints.
//!
//! A reader that has gone away (`hearth list | head`) is no error: what it does not take is dropped.

use std::io::Write;

use hearth_domain::{Citation, Place};
use serde::Serialize;

/// A line of the result.
pub(crate) fn line(text: &str) {
    part(&format!("{text}\n"));
}

/// A part of a line, at once.
pub(crate) fn part(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The result for programs.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A message that is not part of the result.
pub(crate) fn message(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn error(text: &str) {
    message(&format!("error: {text}"));
}

/// Where a quote stands, in few words.
pub(crate) fn place(places: &[Place]) -> String {
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

/// A numbered quote.
pub(crate) fn citation(citation: &Citation) -> String {
    let place = place(&citation.places);
    let place = if place.is_empty() { String::new() } else { format!(", {place}") };
    let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("[{}] {}{place}\n    “{quote}”", citation.number, citation.source_title)
}
