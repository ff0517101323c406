//! Where a passage stands, in a few words.

use hearth_domain::Place;

use crate::strings::{Strings, fill};

/// "p. 7", "rows 3–5", a time, an event's day; nothing for a text without places.
pub fn short(words: &Strings, places: &[Place]) -> Option<String> {
    Some(match places.first()? {
        Place::Page { page, .. } => fill(words.page_short, &[("n", &page.to_string())]),
        Place::Rows { sheet, first, last } => {
            let rows = if first == last {
                fill(words.row, &[("n", &first.to_string())])
            } else {
                fill(words.rows, &[("first", &first.to_string()), ("last", &last.to_string())])
            };
            match sheet {
                Some(sheet) => format!("{sheet}, {rows}"),
                None => rows,
            }
        }
        Place::Time { start_ms, .. } => match speaker(places) {
            Some(speaker) => format!("{}, {}", clock(*start_ms), fill(words.speaker, &[("n", speaker)])),
            None => clock(*start_ms),
        },
        Place::Event { starts, .. } => starts.strftime("%Y-%m-%d %H:%M").to_string(),
    })
}

/// Who says all of it; nobody where several do.
fn speaker(places: &[Place]) -> Option<&str> {
    let mut all = places.iter().map(|place| match place {
        Place::Time { speaker, .. } => speaker.as_deref(),
        _ => None,
    });
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// A time as a clock shows it.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strings::{ENGLISH, GERMAN};

    #[test]
    fn places_in_words() {
        let page = Place::Page { page: 7, boxes: vec![] };
        assert_eq!(short(&GERMAN, &[page]).as_deref(), Some("S. 7"));
        let rows = Place::Rows { sheet: Some("Sums".into()), first: 3, last: 5 };
        assert_eq!(short(&ENGLISH, &[rows]).as_deref(), Some("Sums, rows 3–5"));
        let time = Place::Time { start_ms: 3_725_000, end_ms: 0, speaker: None };
        assert_eq!(short(&ENGLISH, &[time]).as_deref(), Some("1:02:05"));
        let said = Place::Time { start_ms: 5_000, end_ms: 0, speaker: Some("2".into()) };
        assert_eq!(short(&GERMAN, std::slice::from_ref(&said)).as_deref(), Some("0:05, Stimme 2"));
        let other = Place::Time { start_ms: 9_000, end_ms: 0, speaker: Some("1".into()) };
        assert_eq!(short(&GERMAN, &[said, other]).as_deref(), Some("0:05"));
        assert_eq!(short(&ENGLISH, &[]), None);
    }
}
