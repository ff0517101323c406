//! A source: a document, page, text or recording that was added to the library.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ErrorCode, RevisionId, SourceId};

/// Format of a source.
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
    /// All kinds.
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

    /// The kind with this name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Origin of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    pub kind: OriginKind,
    /// The path, address or note id, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Kind of a source's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    Upload,
    Path,
    Url,
    Text,
    Note,
}

/// Status of a source: ready once its current revision is indexed, before that by its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    Queued,
    Reading,
    /// A recording is being transcribed.
    Transcribing,
    Embedding,
    Indexing,
    Ready,
    Failed,
}

/// Guide of a source: summary, topics and suggested questions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Guide {
    pub summary: String,
    pub topics: Vec<String>,
    /// Suggested questions; only a language model makes any.
    pub questions: Vec<String>,
    /// The language model that wrote the guide; absent if the source's own sentences and headings serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A problem while reading a source; the rest of the source is usable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub code: ProblemCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

/// Reason why a part of a document is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// A page holds no text, only pictures.
    PageWithoutText,
    /// A page or part could not be read.
    PartUnreadable,
    /// The document exceeds the length limit; its end was not read.
    Truncated,
    /// Bytes that belong to no known encoding were replaced.
    Encoding,
    /// The structure is damaged; the readable part was kept.
    Damaged,
    /// The recording contains no speech.
    NoSpeech,
    /// Reading the source again failed; the text is that of the reading before.
    RereadFailed,
}

/// A failure for users and programs: a code of the wire's closed table and a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub code: ErrorCode,
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
    /// The current revision, if the source was read.
    pub revision: Option<RevisionId>,
    pub status: SourceStatus,
    /// Progress of its job, 0 to 1.
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
