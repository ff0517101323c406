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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn format(places: &Value) -> String {
        format_places(&serde_json::from_value::<Vec<Place>>(places.clone()).unwrap_or_default())
    }

    #[test]
    fn a_place_is_named_as_its_format_counts() {
        assert_eq!(format(&json!([{"kind": "page", "page": 3, "boxes": []}])), "page 3");
        assert_eq!(format(&json!([{"kind": "rows", "first": 7, "last": 7}])), "row 7");
        assert_eq!(
            format(&json!([{"kind": "rows", "sheet": "Costs", "first": 7, "last": 9}])),
            "Costs, rows 7–9"
        );
        let event = json!([{"kind": "event", "starts": "2026-03-01T09:05:00", "summary": "Inspection"}]);
        assert_eq!(format(&event), "Inspection, 2026-03-01 09:05");
    }

    #[test]
    fn a_time_is_minutes_and_seconds_also_after_an_hour() {
        let time =
            |start_ms: u64| format(&json!([{"kind": "time", "start_ms": start_ms, "end_ms": start_ms + 1}]));
        assert_eq!([0, 59_999, 65_000, 3_661_000].map(time), ["0:00", "0:59", "1:05", "61:01"]);
    }

    #[test]
    fn all_places_of_a_quote_are_named() {
        let pages =
            json!([{"kind": "page", "page": 3, "boxes": []}, {"kind": "page", "page": 4, "boxes": []}]);
        assert_eq!(format(&pages), "page 3, page 4");
        assert_eq!(format(&json!([])), "");
    }

    #[test]
    fn a_quote_is_one_line_below_its_source() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let citation = |places: Value| {
            serde_json::from_value::<Citation>(json!({
                "id": id, "number": 2, "at": 5, "covers": {"start": 0, "end": 5}, "source_id": id, "revision": id,
                "source_title": "Manual", "start": 0, "end": 9, "quote": "The\n  boiler \thums.", "places": places,
                "found_by": "model",
            }))
            .map(|citation| format_citation(&citation))
            .ok()
        };
        let page = json!([{"kind": "page", "page": 3, "boxes": []}]);
        assert_eq!(citation(page).as_deref(), Some("[2] Manual, page 3\n    “The boiler hums.”"));
        assert_eq!(citation(json!([])).as_deref(), Some("[2] Manual\n    “The boiler hums.”"));
    }
}
