//! Calendars (RFC 5545): a block an event, with its own local times.

use hearth_domain::Mark;
use jiff::civil;

use super::text::decode;
use crate::document::{Builder, Document, ReadError, ReadOptions, squeezed};

#[derive(Default)]
struct Entry {
    summary: String,
    location: String,
    description: String,
    repeats: String,
    starts: Option<When>,
    ends: Option<When>,
}

struct When {
    at: civil::DateTime,
    whole_day: bool,
    zone: Option<String>,
}

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let (text, _) = decode(bytes);
    let mut builder = Builder::new(options);
    let mut open: Option<Entry> = None;
    let mut nested: i32 = 0;
    let mut calendar = None;
    let mut entries = Vec::new();
    for line in unfolded(&text) {
        let Some((name, parameters, value)) = property(&line) else {
            continue;
        };
        match (name.as_str(), value.to_uppercase().as_str()) {
            ("BEGIN", "VEVENT" | "VTODO") => {
                open = Some(Entry::default());
                nested = 0;
            }
            ("END", "VEVENT" | "VTODO") => entries.extend(open.take()),
            // An alarm inside an event has a description of its own.
            ("BEGIN", _) if open.is_some() => nested += 1,
            ("END", _) if open.is_some() => nested = (nested - 1).max(0),
            ("X-WR-CALNAME", _) => calendar = Some(plain(&value)),
            _ => {
                if let (Some(entry), 0) = (open.as_mut(), nested) {
                    put(entry, &name, &parameters, &value);
                }
            }
        }
    }
    if entries.is_empty() && !text.to_uppercase().contains("BEGIN:VCALENDAR") {
        return Err(ReadError::Broken("it holds no calendar".into()));
    }
    for entry in entries {
        write(&mut builder, &entry);
    }
    Ok(builder.finish(calendar, None))
}

fn put(entry: &mut Entry, name: &str, parameters: &str, value: &str) {
    match name {
        "SUMMARY" => entry.summary = squeezed(&plain(value)),
        "LOCATION" => entry.location = squeezed(&plain(value)),
        "DESCRIPTION" => plain(value).trim().clone_into(&mut entry.description),
        "RRULE" => entry.repeats = value.to_lowercase().replace(';', ", ").replace('=', " "),
        "DTSTART" => entry.starts = when(parameters, value),
        "DTEND" | "DUE" => entry.ends = when(parameters, value),
        _ => {}
    }
}

fn write(builder: &mut Builder, entry: &Entry) {
    let summary = if entry.summary.is_empty() { "Event" } else { &entry.summary };
    let mut lines = vec![summary.to_owned()];
    if let Some(starts) = &entry.starts {
        let mut line = format!("When: {}", shown(starts));
        if let Some(ends) = &entry.ends {
            line.push_str(" to ");
            line.push_str(&shown(ends));
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
    builder.separate();
    builder.section(1, summary);
    builder.block(&lines.join("\n"), mark);
}

fn shown(when: &When) -> String {
    if when.whole_day {
        return when.at.date().to_string();
    }
    when.at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Long lines are folded: a line that starts with white space continues the one before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// `NAME;PARAMETERS:VALUE`; a colon inside quotes belongs to a parameter.
fn property(line: &str) -> Option<(String, String, String)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.to_uppercase(), parameters.to_owned(), value.trim().to_owned()))
}

fn plain(value: &str) -> String {
    value
        .replace("\\n", "\n")
        .replace("\\N", "\n")
        .replace("\\,", ",")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
}

/// A date or date-time as it is written: local to the event, never moved to another zone.
fn when(parameters: &str, value: &str) -> Option<When> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let year = digits.get(0..4)?.parse::<i16>().ok()?;
    let date = civil::Date::new(year, number(4..6)?, number(6..8)?).ok()?;
    let whole_day = digits.len() < 12;
    let time = if whole_day {
        civil::Time::midnight()
    } else {
        civil::Time::new(number(8..10)?, number(10..12)?, number(12..14).unwrap_or(0).min(59), 0).ok()?
    };
    let zone = parameters
        .split(';')
        .find_map(|parameter| parameter.strip_prefix("TZID="))
        .map(|zone| zone.trim_matches('"').to_owned());
    let zone = if value.ends_with('Z') { Some("UTC".to_owned()) } else { zone };
    Some(When { at: date.to_datetime(time), whole_day, zone: zone.filter(|_| !whole_day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_block_with_its_local_time() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Physio\\, second\r\n  visit\r\n\
            DTSTART;TZID=Europe/Berlin:20240305T143000\r\nDTEND;TZID=Europe/Berlin:20240305T151500\r\n\
            BEGIN:VALARM\r\nDESCRIPTION:beep\r\nEND:VALARM\r\nLOCATION:Main St\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = read(text.as_bytes(), &ReadOptions::default()).unwrap();
        insta::assert_snapshot!(document.revision.text, @r"
        Physio, second visit
        When: 2024-03-05 14:30 to 2024-03-05 15:15 (Europe/Berlin)
        Where: Main St
        ");
        let places = document.revision.layout.places(hearth_domain::CharRange::new(0, 5));
        assert_eq!(places.len(), 1);
    }
}
