//! A revision: one reading of a source, with immutable text, sections and layout.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharRange, Layout};

/// A titled part of a text: a heading and the text under it, a slide, a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    pub title: String,
    #[serde(flatten)]
    pub range: CharRange,
    /// Depth from 1.
    pub level: u8,
}

/// How far the work on a revision has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionStage {
    /// Its text is stored.
    Read,
    /// Its passages are stored.
    Cut,
    /// Each passage has its vector.
    Embedded,
    /// It is in both indexes, and its source's current revision.
    Indexed,
}

impl RevisionStage {
    /// The name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Cut => "cut",
            Self::Embedded => "embedded",
            Self::Indexed => "indexed",
        }
    }

    /// The stage with this name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Read, Self::Cut, Self::Embedded, Self::Indexed]
            .into_iter()
            .find(|stage| stage.as_str() == name)
    }
}

/// Result of reading a source. Never changes once stored; reading again makes another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Canonical text, Markdown-like: headings, lists and tables as such, no other markup.
    pub text: String,
    /// Ascending by start; a section ends where the next of its level or above starts.
    pub sections: Vec<Section>,
    pub layout: Layout,
}

impl Revision {
    /// True if every range lies inside the text and the layout ascends without overlap.
    pub fn is_valid(&self) -> bool {
        let length = self.text.chars().count() as u32;
        let inside = |range: CharRange| range.start <= range.end && range.end.0 <= length;
        self.sections.iter().all(|section| inside(section.range))
            && self.layout.spans.iter().all(|span| inside(span.range))
            && self.layout.spans.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start)
    }

    /// The titles of the sections around an offset, outermost first.
    pub fn section_path(&self, at: crate::CharOffset) -> Vec<String> {
        let mut path: Vec<&Section> = Vec::new();
        for section in &self.sections {
            if section.range.start > at {
                break;
            }
            if section.range.end > at {
                path.retain(|outer| outer.level < section.level);
                path.push(section);
            }
        }
        path.into_iter().map(|section| section.title.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CharOffset, LayoutSpan, Mark};

    fn make_section(title: &str, start: u32, end: u32, level: u8) -> Section {
        Section { title: title.into(), range: CharRange::new(start, end), level }
    }

    fn row_span(start: u32, end: u32) -> LayoutSpan {
        LayoutSpan { range: CharRange::new(start, end), mark: Mark::Row { sheet: None, row: 1 } }
    }

    #[test]
    fn the_sections_around_an_offset_are_named_from_the_outside() {
        let sections = vec![
            make_section("Heating", 0, 60, 1),
            make_section("Burner", 10, 40, 2),
            make_section("Cleaning", 20, 30, 3),
            make_section("Pump", 40, 60, 2),
            make_section("Cellar", 60, 80, 1),
            // A heading whose level leaves one out.
            make_section("Damp", 70, 80, 3),
        ];
        let revision = Revision { sections, ..Revision::default() };
        let path = |at| revision.section_path(CharOffset(at)).join(" > ");
        assert_eq!(path(5), "Heating");
        assert_eq!(path(20), "Heating > Burner > Cleaning");
        assert_eq!(path(30), "Heating > Burner", "a section ends before its end");
        assert_eq!(path(40), "Heating > Pump");
        assert_eq!(path(75), "Cellar > Damp");
        assert_eq!((path(80), Revision::default().section_path(CharOffset(0)).len()), (String::new(), 0));
    }

    #[test]
    fn ranges_past_the_end_and_overlapping_spans_are_not_valid() {
        // Four characters, seven bytes.
        let revision =
            |sections, spans| Revision { text: "aé𝄞b".into(), sections, layout: Layout { spans } };
        assert!(revision(vec![make_section("S", 0, 4, 1)], vec![row_span(0, 2), row_span(2, 4)]).is_valid());
        assert!(!revision(vec![make_section("S", 0, 5, 1)], vec![]).is_valid());
        assert!(!revision(vec![], vec![row_span(2, 5)]).is_valid());
        assert!(!revision(vec![], vec![row_span(0, 3), row_span(2, 4)]).is_valid());
        assert!(!revision(vec![], vec![row_span(2, 4), row_span(0, 2)]).is_valid());
    }
}
