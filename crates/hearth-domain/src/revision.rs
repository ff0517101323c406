//! One reading of a source: immutable text, its sections and its layout.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharRange, Layout};

/// A titled part of a text: a heading and what stands under it, a slide, a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    pub title: String,
    #[serde(flatten)]
    pub range: CharRange,
    /// Depth from 1.
    pub level: u8,
}

/// What a reader makes of a file. Never changes once stored; reading again makes another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Canonical text, Markdown-like: headings, lists and tables as such, no markup else.
    pub text: String,
    /// Ascending by start; a section ends where the next of its level or above starts.
    pub sections: Vec<Section>,
    pub layout: Layout,
}

impl Revision {
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
