//! The place of a passage in short form.

use hearth_domain::Place;

use hearth_texts::Strings;

/// Formats places: "p. 7", "rows 3–5", a time, an event's day; `None` for a text without places.
pub fn format_places(strings: &Strings, places: &[Place]) -> Option<String> {
    Some(match places.first()? {
        Place::Page { page, .. } => strings.page_short(&page),
        Place::Rows { sheet, first, last } => {
            let rows = if first == last { strings.row(&first) } else { strings.rows(&first, &last) };
            match sheet {
                Some(sheet) => format!("{sheet}, {rows}"),
                None => rows,
            }
        }
        Place::Time { start_ms, .. } => match common_speaker(places) {
            Some(speaker) => format!("{}, {}", format_timestamp(*start_ms), strings.speaker(&speaker)),
            None => format_timestamp(*start_ms),
        },
        Place::Event { starts, .. } => starts.strftime("%Y-%m-%d %H:%M").to_string(),
    })
}

/// Speaker of all places, or `None` if there are several.
fn common_speaker(places: &[Place]) -> Option<&str> {
    let mut all = places.iter().map(|place| match place {
        Place::Time { speaker, .. } => speaker.as_deref(),
        _ => None,
    });
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// Formats a time in milliseconds as a clock shows it: "1:02:05".
pub fn format_timestamp(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_texts::{english_strings, find_strings};

    #[test]
    fn times_are_shown_as_by_a_clock() {
        let times = [0, 59_999, 60_000, 3_599_999, 3_600_000, 36_000_000];
        assert_eq!(times.map(format_timestamp), ["0:00", "0:59", "1:00", "59:59", "1:00:00", "10:00:00"]);
    }

    #[test]
    fn a_single_row_and_an_event_have_their_own_form() {
        let row = Place::Rows { sheet: None, first: 3, last: 3 };
        assert_eq!(format_places(english_strings(), &[row]).as_deref(), Some("row 3"));
        let event: Place = serde_json::from_str(
            r#"{"kind": "event", "starts": "2027-03-12T09:05:00", "summary": "Chimney sweep"}"#,
        )
        .unwrap();
        assert_eq!(format_places(english_strings(), &[event]).as_deref(), Some("2027-03-12 09:05"));
    }

    #[test]
    fn places_in_words() {
        let page = Place::Page { page: 7, boxes: vec![] };
        assert_eq!(format_places(find_strings(["de"]), &[page]).as_deref(), Some("S. 7"));
        let rows = Place::Rows { sheet: Some("Sums".into()), first: 3, last: 5 };
        assert_eq!(format_places(english_strings(), &[rows]).as_deref(), Some("Sums, rows 3–5"));
        let time = Place::Time { start_ms: 3_725_000, end_ms: 0, speaker: None };
        assert_eq!(format_places(english_strings(), &[time]).as_deref(), Some("1:02:05"));
        let first = Place::Time { start_ms: 5_000, end_ms: 0, speaker: Some("2".into()) };
        assert_eq!(
            format_places(find_strings(["de"]), std::slice::from_ref(&first)).as_deref(),
            Some("0:05, Sprecher 2")
        );
        let other = Place::Time { start_ms: 9_000, end_ms: 0, speaker: Some("1".into()) };
        assert_eq!(format_places(find_strings(["de"]), &[first, other]).as_deref(), Some("0:05"));
        assert_eq!(format_places(english_strings(), &[]), None);
    }
}
