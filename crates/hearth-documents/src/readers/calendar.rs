//! Reader of calendars (iCalendar, RFC 5545): one block per event, with its local times.

use hearth_domain::{Mark, ProblemCode};
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
    due: Option<EventTime>,
}

/// Local time of an event, in `zone` if it names one.
struct EventTime {
    at: civil::DateTime,
    all_day: bool,
    zone: Option<String>,
}

/// Reads a calendar; each event is a section with an event mark.
pub(super) fn read_calendar(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let (text, had_errors) = decode_calendar(bytes);
    let mut builder = DocumentBuilder::new(options);
    if had_errors {
        builder.add_problem(ProblemCode::Encoding, "some characters could not be decoded", None);
    }
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
    if entries.is_empty() && current.is_none() && !text.to_uppercase().contains("BEGIN:VCALENDAR") {
        return Err(ReadError::Broken("it contains no calendar".into()));
    }
    if current.is_some() {
        builder.add_problem(ProblemCode::Damaged, "the calendar is cut off in its last event", None);
        entries.extend(current);
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
        "DTEND" => entry.ends = parse_time(parameters, value),
        "DUE" => entry.due = parse_time(parameters, value),
        _ => {}
    }
}

fn write_entry(builder: &mut DocumentBuilder, entry: &CalendarEntry) {
    let summary = if entry.summary.is_empty() { "Event" } else { &entry.summary };
    let mut lines = vec![summary.to_owned()];
    if let Some(starts) = &entry.starts {
        let start = format_time(starts);
        let mut line = format!("When: {start}");
        // Some programs write the first day as the end of an event of one day.
        let ends = entry.ends.as_ref().filter(|ends| !ends.all_day || ends.at > starts.at);
        if let Some(end) = ends.map(format_end).filter(|end| *end != start) {
            line.push_str(&format!(" to {end}"));
        }
        if let Some(zone) = &starts.zone {
            line.push_str(&format!(" ({zone})"));
        }
        lines.push(line);
    }
    let due = entry.due.as_ref().map(format_time).unwrap_or_default();
    for (label, text) in [("Due", &due), ("Where", &entry.location), ("Repeats", &entry.repeats)] {
        if !text.is_empty() {
            lines.push(format!("{label}: {text}"));
        }
    }
    if !entry.description.is_empty() {
        lines.push(entry.description.clone());
    }
    let mark = entry.starts.as_ref().map(|starts| Mark::Event {
        starts: starts.at,
        ends: entry.ends.as_ref().or(entry.due.as_ref()).map(|ends| ends.at),
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

/// Text of an event's end. The end of an event without times is the day after it (RFC 5545, 3.6.1).
fn format_end(time: &EventTime) -> String {
    match time.at.date().yesterday() {
        Ok(last_day) if time.all_day => last_day.to_string(),
        _ => format_time(time),
    }
}

/// Decodes a calendar. A line may be folded inside a character (RFC 5545, 3.1), which is no UTF-8 until it is
/// unfolded.
fn decode_calendar(bytes: &[u8]) -> (String, bool) {
    if std::str::from_utf8(bytes).is_err() {
        let mut unfolded: Vec<u8> = Vec::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            match line.first() {
                Some(b' ' | b'\t') => {
                    let line_end = if unfolded.ends_with(b"\r\n") { 2 } else { 1 };
                    unfolded.truncate(unfolded.len().saturating_sub(line_end));
                    unfolded.extend_from_slice(&line[1..]);
                }
                _ => unfolded.extend_from_slice(line),
            }
        }
        if std::str::from_utf8(&unfolded).is_ok() {
            return decode_text(&unfolded);
        }
    }
    decode_text(bytes)
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
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(escaped @ ('n' | 'N' | ',' | ';' | '\\'))) => {
                out.push(if matches!(escaped, 'n' | 'N') { '\n' } else { escaped });
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
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

    /// Text and problems of a calendar with these lines.
    fn read_lines(lines: &[&str]) -> Document {
        let text = format!("BEGIN:VCALENDAR\r\n{}\r\n", lines.join("\r\n"));
        let document = read_calendar(text.as_bytes(), &ReadOptions::default()).unwrap();
        assert!(document.revision.is_valid());
        document
    }

    /// Text of an event with these lines.
    fn read_event(lines: &[&str]) -> String {
        let lines = [&["BEGIN:VEVENT"][..], lines, &["END:VEVENT", "END:VCALENDAR"]].concat();
        read_lines(&lines).revision.text
    }

    #[test]
    fn escapes_are_resolved_from_left_to_right() {
        // An escaped backslash before an n is no line break.
        let text = read_event(&["SUMMARY:a", r"DESCRIPTION:C:\\new\, D:\\x\; two\nlines\Nhere \q"]);
        assert_eq!(text, "a\nC:\\new, D:\\x; two\nlines\nhere \\q");
    }

    #[test]
    fn an_event_of_days_ends_on_its_last_day() {
        // The end is not part of the event (RFC 5545, 3.6.1).
        let day = ["SUMMARY:Fair", "DTSTART;VALUE=DATE:20240228", "DTEND;VALUE=DATE:20240229"];
        assert_eq!(read_event(&day), "Fair\nWhen: 2024-02-28");
        let same = ["SUMMARY:Fair", "DTSTART;VALUE=DATE:20240228", "DTEND;VALUE=DATE:20240228"];
        assert_eq!(read_event(&same), "Fair\nWhen: 2024-02-28");
        let days = ["SUMMARY:Fair", "DTSTART;VALUE=DATE:20240228", "DTEND;VALUE=DATE:20240302"];
        assert_eq!(read_event(&days), "Fair\nWhen: 2024-02-28 to 2024-03-01");
    }

    #[test]
    fn times_keep_the_zone_that_they_are_written_in() {
        assert_eq!(read_event(&["SUMMARY:a", "DTSTART:20240305T143000Z"]), "a\nWhen: 2024-03-05 14:30 (UTC)");
        assert_eq!(read_event(&["SUMMARY:a", "DTSTART:20240305T143000"]), "a\nWhen: 2024-03-05 14:30");
        // A colon in a quoted parameter does not end the parameters.
        let quoted = "DTSTART;TZID=\"Custom: Bern\":20240305T143000";
        assert_eq!(read_event(&["SUMMARY:a", quoted]), "a\nWhen: 2024-03-05 14:30 (Custom: Bern)");
    }

    #[test]
    fn a_date_that_does_not_exist_is_left_out() {
        let document = read_lines(&["BEGIN:VEVENT", "SUMMARY:a", "DTSTART:20240231T100000", "END:VEVENT"]);
        assert_eq!(document.revision.text, "a");
        assert!(document.revision.layout.spans.is_empty());
    }

    #[test]
    fn a_task_without_a_start_has_its_due_date() {
        let document = read_lines(&["BEGIN:VTODO", "SUMMARY:Tax", "DUE;VALUE=DATE:20240731", "END:VTODO"]);
        assert_eq!(document.revision.text, "Tax\nDue: 2024-07-31");
    }

    #[test]
    fn a_line_folded_inside_a_character_is_joined() {
        let bytes = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Caf\xc3\r\n \xa9 Wien\r\nEND:VEVENT\r\n";
        let document = read_calendar(bytes, &ReadOptions::default()).unwrap();
        assert_eq!(document.revision.text, "Café Wien");
    }

    #[test]
    fn a_calendar_that_is_cut_off_keeps_its_last_event() {
        let document =
            read_lines(&["BEGIN:VEVENT", "SUMMARY:one", "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:two"]);
        assert_eq!(document.revision.text, "one\n\ntwo");
        let codes: Vec<_> = document.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::Damaged]);
    }

    #[test]
    fn a_text_without_a_calendar_is_refused_and_an_empty_calendar_is_not() {
        let error = read_calendar(b"SUMMARY:a", &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::Broken(_)), "{error}");
        let document = read_lines(&["X-WR-CALNAME:Family", "END:VCALENDAR"]);
        assert_eq!((document.revision.text.as_str(), document.title.as_deref()), ("", Some("Family")));
    }
}
