//! A source: something that was added to the library.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{RevisionId, SourceId};

/// What kind of thing a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Pdf,
    Docx,
    Pptx,
    Xlsx,
    Html,
    Markdown,
    Text,
    Csv,
    Calendar,
    Image,
    Audio,
}

impl SourceKind {
    pub const ALL: [Self; 11] = [
        Self::Pdf,
        Self::Docx,
        Self::Pptx,
        Self::Xlsx,
        Self::Html,
        Self::Markdown,
        Self::Text,
        Self::Csv,
        Self::Calendar,
        Self::Image,
        Self::Audio,
    ];

    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Pptx => "pptx",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Calendar => "calendar",
            Self::Image => "image",
            Self::Audio => "audio",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Where a source came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    pub kind: OriginKind,
    /// The path, address or note id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    Upload,
    Path,
    Url,
    Text,
    Note,
}

/// Where a source stands; derived from its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    Queued,
    Reading,
    /// A recording is being written down.
    Transcribing,
    Embedding,
    Indexing,
    Ready,
    Failed,
}

/// What a source is about, for its first page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Guide {
    pub summary: String,
    pub topics: Vec<String>,
    /// What it could be asked; only a language model suggests any.
    pub questions: Vec<String>,
    /// The language model that wrote it; its own sentences and headings where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Something that did not go well while reading; the rest of the source is usable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub code: ProblemCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

/// Why a part of a document could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// A page holds no text, only pictures.
    PageWithoutText,
    /// A page or part could not be read.
    PartUnreadable,
    /// The document is longer than what is read of one.
    Truncated,
    /// Bytes that belong to no known encoding were replaced.
    Encoding,
    /// The structure is damaged; what could be read was kept.
    Damaged,
    /// Nobody speaks in the recording.
    NoSpeech,
}

/// A failure as users and programs see it: a code of the wire's closed table and a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub code: String,
    pub message: String,
}

/// A document, page, text or recording of the library. Notebooks hold references to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    pub id: SourceId,
    pub title: String,
    pub kind: SourceKind,
    pub media_type: String,
    /// Size of the original in bytes.
    pub bytes: u64,
    /// SHA-256 of the original, hexadecimal.
    pub sha256: String,
    pub origin: Origin,
    /// The reading in use, once there is one.
    pub revision: Option<RevisionId>,
    pub status: SourceStatus,
    /// How far its job is, 0 to 1.
    pub progress: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    pub words: u32,
    /// ISO 639-1 code of the detected language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
    pub problems: Vec<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    pub created_at: Timestamp,
}
