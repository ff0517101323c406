//! Reader of calendars (iCalendar, RFC 5545): one block per event, with its local times.

use hearth_domain::Mark;
use jiff::civil;

use super::text::decode_text;
use crate::document::{Document, DocumentBuilder, ReadError, ReadOptions, collapse_whitespace};

/// Event or to-do of a calendar.
#[derive(Default)]
struct CalendarEntry {
    summary: String,
    location: String,
    description: String,
    repeats: String,
    starts: Option<EventTime>,
    ends: Option<EventTime>,
}

/// Local time of an event, in `zone` if it names one.
struct EventTime {
    at: civil::DateTime,
    all_day: bool,
    zone: Option<String>,
}

/// Reads a calendar; each event is a section with an event mark.
pub(super) fn read_calendar(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let (text, _) = decode_text(bytes);
    let mut builder = DocumentBuilder::new(options);
    let mut current: Option<CalendarEntry> = None;
    let mut depth: i32 = 0;
    let mut calendar_name = None;
    let mut entries = Vec::new();
    for line in unfold_lines(&text) {
        let Some((name, parameters, value)) = parse_property(&line) else {
            continue;
        };
        match (name.as_str(), value.to_uppercase().as_str()) {
            ("BEGIN", "VEVENT" | "VTODO") => {
                current = Some(CalendarEntry::default());
                depth = 0;
            }
            ("END", "VEVENT" | "VTODO") => entries.extend(current.take()),
            // An alarm inside an event has a description of its own.
            ("BEGIN", _) if current.is_some() => depth += 1,
            ("END", _) if current.is_some() => depth = (depth - 1).max(0),
            ("X-WR-CALNAME", _) => calendar_name = Some(unescape_text(&value)),
            _ => {
                if let (Some(entry), 0) = (current.as_mut(), depth) {
                    set_property(entry, &name, &parameters, &value);
                }
            }
        }
    }
    if entries.is_empty() && !text.to_uppercase().contains("BEGIN:VCALENDAR") {
        return Err(ReadError::Broken("it contains no calendar".into()));
    }
    for entry in entries {
        write_entry(&mut builder, &entry);
    }
    Ok(builder.finish(calendar_name, None))
}

fn set_property(entry: &mut CalendarEntry, name: &str, parameters: &str, value: &str) {
    match name {
        "SUMMARY" => entry.summary = collapse_whitespace(&unescape_text(value)),
        "LOCATION" => entry.location = collapse_whitespace(&unescape_text(value)),
        "DESCRIPTION" => unescape_text(value).trim().clone_into(&mut entry.description),
        "RRULE" => entry.repeats = value.to_lowercase().replace(';', ", ").replace('=', " "),
        "DTSTART" => entry.starts = parse_time(parameters, value),
        "DTEND" | "DUE" => entry.ends = parse_time(parameters, value),
        _ => {}
    }
}

fn write_entry(builder: &mut DocumentBuilder, entry: &CalendarEntry) {
    let summary = if entry.summary.is_empty() { "Event" } else { &entry.summary };
    let mut lines = vec![summary.to_owned()];
    if let Some(starts) = &entry.starts {
        let mut line = format!("When: {}", format_time(starts));
        if let Some(ends) = &entry.ends {
            line.push_str(" to ");
            line.push_str(&format_time(ends));
        }
        if let Some(zone) = &starts.zone {
            line.push_str(&format!(" ({zone})"));
        }
        lines.push(line);
    }
    for (label, text) in [("Where", &entry.location), ("Repeats", &entry.repeats)] {
        if !text.is_empty() {
            lines.push(format!("{label}: {text}"));
        }
    }
    if !entry.description.is_empty() {
        lines.push(entry.description.clone());
    }
    let mark = entry.starts.as_ref().map(|starts| Mark::Event {
        starts: starts.at,
        ends: entry.ends.as_ref().map(|ends| ends.at),
        summary: summary.to_owned(),
    });
    builder.start_block();
    builder.start_section(1, summary);
    builder.add_block(&lines.join("\n"), mark);
}

fn format_time(time: &EventTime) -> String {
    if time.all_day {
        return time.at.date().to_string();
    }
    time.at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Logical lines of the file: a line that starts with white space continues its predecessor (RFC 5545, 3.1).
fn unfold_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name, parameters and value of a line `NAME;PARAMETERS:VALUE`; a colon inside quotes belongs to a
/// parameter.
fn parse_property(line: &str) -> Option<(String, String, String)> {
    let mut is_quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        if c == '"' {
            is_quoted = !is_quoted;
        }
        (c == ':' && !is_quoted).then_some(at)
    })?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.to_uppercase(), parameters.to_owned(), value.trim().to_owned()))
}

/// Text value without its escapes (RFC 5545, 3.3.11).
fn unescape_text(value: &str) -> String {
    value
        .replace("\\n", "\n")
        .replace("\\N", "\n")
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
}

/// Parses a date or date-time as local time of the event; it is never converted to another zone.
fn parse_time(parameters: &str, value: &str) -> Option<EventTime> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let year = digits.get(0..4)?.parse::<i16>().ok()?;
    let date = civil::Date::new(year, number(4..6)?, number(6..8)?).ok()?;
    let all_day = digits.len() < 12;
    let time = if all_day {
        civil::Time::midnight()
    } else {
        civil::Time::new(number(8..10)?, number(10..12)?, number(12..14).unwrap_or(0).min(59), 0).ok()?
    };
    let zone = parameters
        .split(';')
        .find_map(|parameter| parameter.strip_prefix("TZID="))
        .map(|zone| zone.trim_matches('"').to_owned());
    let zone = if value.ends_with('Z') { Some("UTC".to_owned()) } else { zone };
    Some(EventTime { at: date.to_datetime(time), all_day, zone: zone.filter(|_| !all_day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_block_with_its_local_time() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Physio\\, second\r\n  visit\r\n\
            DTSTART;TZID=Europe/Berlin:20240305T143000\r\nDTEND;TZID=Europe/Berlin:20240305T151500\r\n\
            BEGIN:VALARM\r\nDESCRIPTION:beep\r\nEND:VALARM\r\nLOCATION:Main St\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = read_calendar(text.as_bytes(), &ReadOptions::default()).unwrap();
        insta::assert_snapshot!(document.revision.text, @r"
        Physio, second visit
        When: 2024-03-05 14:30 to 2024-03-05 15:15 (Europe/Berlin)
        Where: Main St
        ");
        let places = document.revision.layout.places_in_range(hearth_domain::CharRange::new(0, 5));
        assert_eq!(places.len(), 1);
    }
}
