//! Places: the positions of a range of text in the original.

use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rectangle on a page, as fractions (0 to 1) of the page's width and height, origin top left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// One place in an original, for opening and highlighting it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// Boxes on a page (from 1), one a line of text.
    Page { page: u32, boxes: Vec<Area> },
    /// A period of a recording.
    Time {
        start_ms: u64,
        end_ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
    },
    /// Rows of a table (from 1, both ends included).
    Rows {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        first: u32,
        last: u32,
    },
    /// A calendar event, in its own local time.
    Event {
        #[schemars(with = "String")]
        starts: civil::DateTime,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        ends: Option<civil::DateTime>,
        summary: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms that `API.md` documents.
    #[test]
    fn places_travel_in_their_documented_forms() {
        for text in [
            r#"{"kind":"page","page":7,"boxes":[{"x":0.5,"y":0.25,"width":0.125,"height":1.0}]}"#,
            r#"{"kind":"time","start_ms":0,"end_ms":4294967296,"speaker":"2"}"#,
            r#"{"kind":"time","start_ms":0,"end_ms":1}"#,
            r#"{"kind":"rows","sheet":"Sums","first":3,"last":5}"#,
            r#"{"kind":"rows","first":3,"last":5}"#,
            r#"{"kind":"event","starts":"2027-03-12T09:00:00","ends":"2027-03-12T10:30:00","summary":"Sweep"}"#,
            r#"{"kind":"event","starts":"2027-03-12T09:00:00","summary":"Sweep"}"#,
        ] {
            let place: Place = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&place).expect("serialises"), text);
        }
    }
}
