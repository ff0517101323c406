//! Layouts of revisions: protobuf, whose readers pass over fields that they do not know and whose optional fields may
//! be absent. Numbers of fields are never used again.

use hearth_domain::{Area, CharRange, Layout, LayoutSpan, LineBox, Mark};
use jiff::civil;
use prost::{Message, Oneof};

use super::{REVISION_FORMAT, unknown_format};
use crate::StoreError;

#[derive(Message)]
struct LayoutRecord {
    #[prost(message, repeated, tag = "1")]
    spans: Vec<SpanRecord>,
}

#[derive(Message)]
struct SpanRecord {
    /// Characters from the start of the text.
    #[prost(uint32, tag = "1")]
    start: u32,
    /// Characters.
    #[prost(uint32, tag = "2")]
    length: u32,
    #[prost(oneof = "MarkRecord", tags = "3, 4, 5, 6")]
    mark: Option<MarkRecord>,
}

#[derive(Oneof)]
enum MarkRecord {
    #[prost(message, tag = "3")]
    Line(LineRecord),
    #[prost(message, tag = "4")]
    Time(TimeRecord),
    #[prost(message, tag = "5")]
    Row(RowRecord),
    #[prost(message, tag = "6")]
    Event(EventRecord),
}

#[derive(Message)]
struct LineRecord {
    /// From 1.
    #[prost(uint32, tag = "1")]
    page: u32,
    /// Fractions of the page.
    #[prost(float, tag = "2")]
    x: f32,
    #[prost(float, tag = "3")]
    y: f32,
    #[prost(float, tag = "4")]
    width: f32,
    #[prost(float, tag = "5")]
    height: f32,
    /// Each character's end less the end before it, in 1/65535 of the width.
    #[prost(sint32, repeated, tag = "6")]
    edge_steps: Vec<i32>,
}

#[derive(Message)]
struct TimeRecord {
    #[prost(uint64, tag = "1")]
    start_ms: u64,
    #[prost(uint64, tag = "2")]
    end_ms: u64,
    #[prost(string, optional, tag = "3")]
    speaker: Option<String>,
}

#[derive(Message)]
struct RowRecord {
    #[prost(string, optional, tag = "1")]
    sheet: Option<String>,
    /// From 1.
    #[prost(uint32, tag = "2")]
    row: u32,
}

#[derive(Message)]
struct EventRecord {
    /// ISO 8601, local time.
    #[prost(string, tag = "1")]
    starts: String,
    #[prost(string, optional, tag = "2")]
    ends: Option<String>,
    #[prost(string, tag = "3")]
    summary: String,
}

/// A layout in the form [`REVISION_FORMAT`].
pub(crate) fn encode_layout(layout: &Layout) -> Vec<u8> {
    LayoutRecord { spans: layout.spans.iter().map(encode_span).collect() }.encode_to_vec()
}

/// A layout of any released form.
pub(crate) fn decode_layout(bytes: &[u8], format: i64) -> Result<Layout, StoreError> {
    let damaged =
        |error: &dyn std::fmt::Display| StoreError::Damaged(format!("a layout is damaged: {error}"));
    match format {
        1 => postcard::from_bytes(bytes).map(first_form::Layout::into).map_err(|error| damaged(&error)),
        REVISION_FORMAT => {
            let record = LayoutRecord::decode(bytes).map_err(|error| damaged(&error))?;
            let spans = record.spans.into_iter().filter_map(|span| decode_span(span).transpose());
            Ok(Layout { spans: spans.collect::<Result<_, _>>().map_err(|error| damaged(&error))? })
        }
        _ => Err(unknown_format(format)),
    }
}

fn encode_span(span: &LayoutSpan) -> SpanRecord {
    let mark = match &span.mark {
        Mark::Line(LineBox { page, area, edges }) => MarkRecord::Line(LineRecord {
            page: *page,
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
            edge_steps: edges
                .iter()
                .scan(0, |before, &edge| Some(i32::from(edge) - std::mem::replace(before, i32::from(edge))))
                .collect(),
        }),
        Mark::Time { start_ms, end_ms, speaker } => {
            MarkRecord::Time(TimeRecord { start_ms: *start_ms, end_ms: *end_ms, speaker: speaker.clone() })
        }
        Mark::Row { sheet, row } => MarkRecord::Row(RowRecord { sheet: sheet.clone(), row: *row }),
        Mark::Event { starts, ends, summary } => MarkRecord::Event(EventRecord {
            starts: starts.to_string(),
            ends: ends.as_ref().map(ToString::to_string),
            summary: summary.clone(),
        }),
    };
    SpanRecord {
        start: span.range.start.0,
        length: span.range.end.0.saturating_sub(span.range.start.0),
        mark: Some(mark),
    }
}

/// A span, or `None` where its mark is of a kind that this version does not know.
fn decode_span(record: SpanRecord) -> Result<Option<LayoutSpan>, jiff::Error> {
    let mark = match record.mark {
        None => return Ok(None),
        Some(MarkRecord::Line(line)) => Mark::Line(LineBox {
            page: line.page,
            area: Area { x: line.x, y: line.y, width: line.width, height: line.height },
            edges: line
                .edge_steps
                .iter()
                .scan(0_i32, |edge, &step| {
                    *edge = edge.saturating_add(step);
                    Some((*edge).clamp(0, i32::from(u16::MAX)) as u16)
                })
                .collect(),
        }),
        Some(MarkRecord::Time(TimeRecord { start_ms, end_ms, speaker })) => {
            Mark::Time { start_ms, end_ms, speaker }
        }
        Some(MarkRecord::Row(RowRecord { sheet, row })) => Mark::Row { sheet, row },
        Some(MarkRecord::Event(EventRecord { starts, ends, summary })) => {
            let ends = ends.map(|ends| ends.parse::<civil::DateTime>()).transpose()?;
            Mark::Event { starts: starts.parse()?, ends, summary }
        }
    };
    let range = CharRange::new(record.start, record.start.saturating_add(record.length));
    Ok(Some(LayoutSpan { range, mark }))
}

/// The first form, postcard without a version: written until 0.1.0, frozen.
mod first_form {
    use hearth_domain::{Area, CharRange, LayoutSpan, LineBox};
    use jiff::civil;
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Layout {
        spans: Vec<Span>,
    }

    #[derive(Deserialize)]
    struct Span {
        range: [u32; 2],
        mark: Mark,
    }

    #[derive(Deserialize)]
    enum Mark {
        Line(Line),
        Time { start_ms: u64, end_ms: u64, speaker: Option<String> },
        Row { sheet: Option<String>, row: u32 },
        Event { starts: civil::DateTime, ends: Option<civil::DateTime>, summary: String },
    }

    #[derive(Deserialize)]
    struct Line {
        page: u32,
        area: [f32; 4],
        edges: Vec<u16>,
    }

    impl From<Layout> for hearth_domain::Layout {
        fn from(layout: Layout) -> Self {
            let span = |Span { range: [start, end], mark }| LayoutSpan {
                range: CharRange::new(start, end),
                mark: mark.into(),
            };
            Self { spans: layout.spans.into_iter().map(span).collect() }
        }
    }

    impl From<Mark> for hearth_domain::Mark {
        fn from(mark: Mark) -> Self {
            match mark {
                Mark::Line(Line { page, area: [x, y, width, height], edges }) => {
                    Self::Line(LineBox { page, area: Area { x, y, width, height }, edges })
                }
                Mark::Time { start_ms, end_ms, speaker } => Self::Time { start_ms, end_ms, speaker },
                Mark::Row { sheet, row } => Self::Row { sheet, row },
                Mark::Event { starts, ends, summary } => Self::Event { starts, ends, summary },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout_of_each_mark() -> Layout {
        let area = Area { x: 0.1, y: 0.25, width: 0.5, height: 0.0125 };
        let line = LineBox { page: 3, area, edges: vec![800, 70, 65_535, 12] };
        let starts = civil::date(2027, 3, 12).at(9, 0, 0, 0);
        let marks = [
            Mark::Line(line),
            Mark::Time { start_ms: 1, end_ms: u64::from(u32::MAX) + 7, speaker: Some("2".into()) },
            Mark::Row { sheet: Some("Zähler".into()), row: 1_048_576 },
            Mark::Event { starts, ends: None, summary: "Chimney sweep".into() },
        ];
        let span = |(n, mark): (u32, Mark)| LayoutSpan { range: CharRange::new(n * 10, n * 10 + 4), mark };
        Layout { spans: (0..).zip(marks).map(span).collect() }
    }

    #[test]
    fn each_mark_comes_back() {
        let layout = layout_of_each_mark();
        assert_eq!(decode_layout(&encode_layout(&layout), REVISION_FORMAT).expect("its own form"), layout);
    }

    #[test]
    fn fields_and_marks_of_later_versions_are_passed_over() {
        #[derive(Message)]
        struct LaterSpan {
            #[prost(uint32, tag = "1")]
            start: u32,
            #[prost(uint32, tag = "2")]
            length: u32,
            #[prost(message, optional, tag = "5")]
            row: Option<RowRecord>,
            /// A field and a mark that this version has not.
            #[prost(string, tag = "7")]
            new_mark: String,
            #[prost(float, tag = "8")]
            new_field: f32,
        }
        #[derive(Message)]
        struct LaterLayout {
            #[prost(message, repeated, tag = "1")]
            spans: Vec<LaterSpan>,
            #[prost(string, tag = "2")]
            made_by: String,
        }
        let row = Some(RowRecord { sheet: None, row: 7 });
        let known = LaterSpan { start: 4, length: 2, row, new_mark: String::new(), new_field: 0.5 };
        let unknown = LaterSpan { start: 9, length: 2, row: None, new_mark: "figure".into(), new_field: 0.5 };
        let bytes = LaterLayout { spans: vec![known, unknown], made_by: "OCR".into() }.encode_to_vec();
        let read = decode_layout(&bytes, REVISION_FORMAT).expect("readable");
        let mark = Mark::Row { sheet: None, row: 7 };
        assert_eq!(read.spans, [LayoutSpan { range: CharRange::new(4, 6), mark }]);
    }

    #[test]
    fn damaged_and_unknown_forms_are_errors() {
        assert!(decode_layout(&[0x0a, 0xff], REVISION_FORMAT).is_err());
        assert!(decode_layout(&[9, 9, 9], 1).is_err());
        assert!(decode_layout(&[], 99).is_err());
    }
}
