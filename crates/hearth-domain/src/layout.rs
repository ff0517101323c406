//! The layout of a revision: a table from ranges of the text to marks in the original.

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::{Area, CharRange, Place};

/// One line of text on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineBox {
    /// Page number, from 1.
    pub page: u32,
    pub area: Area,
    /// Right end of each character across the box's width, in 1/65535 of it; empty if only the whole line is
    /// known. Lets a part of a line be highlighted exactly.
    pub edges: Vec<u16>,
}

/// Position of a range in the original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    Line(LineBox),
    Time { start_ms: u64, end_ms: u64, speaker: Option<String> },
    Row { sheet: Option<String>, row: u32 },
    Event { starts: civil::DateTime, ends: Option<civil::DateTime>, summary: String },
}

/// A range of the text and its mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayoutSpan {
    pub range: CharRange,
    pub mark: Mark,
}

/// All spans of a revision, ascending and without overlap. Empty for plain text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    pub spans: Vec<LayoutSpan>,
}

impl Layout {
    /// The places of a range, in order: one per page, per run of a sheet's rows, per event or per period of
    /// time.
    pub fn places_in_range(&self, range: CharRange) -> Vec<Place> {
        let first = self.spans.partition_point(|span| span.range.end <= range.start);
        let mut places = Vec::new();
        for span in &self.spans[first..] {
            if span.range.start >= range.end {
                break;
            }
            append_place(&mut places, span, range);
        }
        places
    }
}

/// Appends the place of a span, or extends the last place by it.
fn append_place(places: &mut Vec<Place>, span: &LayoutSpan, range: CharRange) {
    match (&span.mark, places.last_mut()) {
        (Mark::Line(line), last) => {
            let area = clip_area(line, span.range, range);
            match last {
                Some(Place::Page { page, boxes }) if *page == line.page => boxes.push(area),
                _ => places.push(Place::Page { page: line.page, boxes: vec![area] }),
            }
        }
        (Mark::Row { sheet, row }, last) => match last {
            Some(Place::Rows { sheet: open, last, .. }) if open == sheet && *row >= *last => *last = *row,
            _ => places.push(Place::Rows { sheet: sheet.clone(), first: *row, last: *row }),
        },
        (Mark::Time { start_ms, end_ms, speaker }, last) => match last {
            Some(Place::Time { end_ms: open, speaker: who, .. }) if who == speaker => *open = *end_ms,
            _ => places.push(Place::Time { start_ms: *start_ms, end_ms: *end_ms, speaker: speaker.clone() }),
        },
        (Mark::Event { starts, ends, summary }, _) => {
            places.push(Place::Event { starts: *starts, ends: *ends, summary: summary.clone() });
        }
    }
}

/// The part of a line's box that a range covers; the whole box if the edges are unknown.
fn clip_area(line: &LineBox, line_range: CharRange, range: CharRange) -> Area {
    let Some(part) = line_range.intersection(range) else {
        return line.area;
    };
    let edge = |chars: u32| -> f32 {
        match chars {
            0 => 0.0,
            n => f32::from(line.edges[n as usize - 1]) / 65535.0,
        }
    };
    if line.edges.len() != line_range.len() as usize || part == line_range {
        return line.area;
    }
    let left = edge(part.start.0 - line_range.start.0);
    let right = edge(part.end.0 - line_range.start.0);
    Area {
        x: line.area.x + left * line.area.width,
        width: (right - left).max(0.0) * line.area.width,
        ..line.area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_span(start: u32, end: u32, page: u32, edges: Vec<u16>) -> LayoutSpan {
        LayoutSpan {
            range: CharRange::new(start, end),
            mark: Mark::Line(LineBox { page, area: Area { x: 0.0, y: 0.5, width: 1.0, height: 0.1 }, edges }),
        }
    }

    #[test]
    fn a_part_of_a_line_is_lit_exactly() {
        let layout = Layout {
            spans: vec![
                line_span(0, 2, 1, vec![32768, 65535]),
                line_span(3, 5, 1, vec![]),
                line_span(6, 8, 2, vec![]),
            ],
        };
        let places = layout.places_in_range(CharRange::new(1, 7));
        let [Place::Page { page: 1, boxes }, Place::Page { page: 2, .. }] = places.as_slice() else {
            panic!("two pages expected: {places:?}");
        };
        assert!((boxes[0].x - 0.5).abs() < 0.001 && (boxes[0].width - 0.5).abs() < 0.001);
        assert!((boxes[1].width - 1.0).abs() < 0.001);
        assert!(layout.places_in_range(CharRange::new(2, 3)).is_empty());
    }

    fn span(start: u32, mark: Mark) -> LayoutSpan {
        LayoutSpan { range: CharRange::new(start, start + 5), mark }
    }

    #[test]
    fn another_speaker_begins_another_period() {
        let time = |start: u32, speaker: Option<&str>| {
            let start_ms = u64::from(start) * 1000;
            let speaker = speaker.map(str::to_owned);
            span(start, Mark::Time { start_ms, end_ms: start_ms + 4000, speaker })
        };
        let spans = vec![time(0, Some("1")), time(5, Some("1")), time(10, Some("2")), time(15, None)];
        let layout = Layout { spans };
        let periods: Vec<_> = layout
            .places_in_range(CharRange::new(2, 20))
            .into_iter()
            .map(|place| match place {
                Place::Time { start_ms, end_ms, speaker } => (start_ms, end_ms, speaker),
                other => panic!("{other:?}"),
            })
            .collect();
        let expect =
            [(0, 9000, Some("1".to_owned())), (10_000, 14_000, Some("2".to_owned())), (15_000, 19_000, None)];
        assert_eq!(periods, expect);
    }

    #[test]
    fn each_event_and_each_sheet_has_its_own_place() {
        let starts = civil::date(2027, 3, 12).at(9, 0, 0, 0);
        let event = |start| span(start, Mark::Event { starts, ends: None, summary: "Sweep".into() });
        let row = |start, sheet: &str, row| span(start, Mark::Row { sheet: Some(sheet.into()), row });
        let spans =
            vec![event(0), event(5), row(10, "A", 8), row(15, "A", 9), row(20, "B", 10), row(25, "B", 2)];
        let places = Layout { spans }.places_in_range(CharRange::new(0, 30));
        let rows = |sheet: &str, first, last| Place::Rows { sheet: Some(sheet.into()), first, last };
        assert!(matches!(places[..2], [Place::Event { .. }, Place::Event { .. }]), "{places:?}");
        assert_eq!(places[2..], [rows("A", 8, 9), rows("B", 10, 10), rows("B", 2, 2)]);
    }

    #[test]
    fn the_middle_of_a_line_is_lit_from_its_first_to_its_last_character() {
        let mut line = line_span(0, 4, 1, vec![13107, 26214, 39321, 65535]);
        let Mark::Line(line_box) = &mut line.mark else { unreachable!() };
        line_box.area = Area { x: 0.1, y: 0.5, width: 0.5, height: 0.1 };
        // Characters 1 and 2: from a fifth to three fifths of the line.
        let places = Layout { spans: vec![line] }.places_in_range(CharRange::new(1, 3));
        let [Place::Page { boxes, .. }] = places.as_slice() else { panic!("{places:?}") };
        assert!((boxes[0].x - 0.2).abs() < 1e-4 && (boxes[0].width - 0.2).abs() < 1e-4, "{boxes:?}");
        assert!((boxes[0].y - 0.5).abs() < 1e-6 && (boxes[0].height - 0.1).abs() < 1e-6, "{boxes:?}");
    }

    #[test]
    fn rows_of_one_sheet_are_one_place() {
        let row = |start, row| LayoutSpan {
            range: CharRange::new(start, start + 1),
            mark: Mark::Row { sheet: None, row },
        };
        let layout = Layout { spans: vec![row(0, 4), row(1, 5), row(2, 6)] };
        assert_eq!(
            layout.places_in_range(CharRange::new(0, 3)),
            [Place::Rows { sheet: None, first: 4, last: 6 }]
        );
    }
}
