//! Durable work: what is to be done, how far it is, and what went wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, JobId, SourceId};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Read, cut, embed and index one source.
    Ingest,
    /// Make vectors for all passages with another embedder.
    Reembed,
    /// Download a model.
    Download,
}

impl JobKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Reembed => "reembed",
            Self::Download => "download",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ingest, Self::Reembed, Self::Download].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl JobState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen to it by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// The step a job is at; each is repeatable and leaves its result in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStep {
    Waiting,
    Reading,
    Transcribing,
    Embedding,
    Indexing,
    Downloading,
    Finished,
}

impl JobStep {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::Transcribing => "transcribing",
            Self::Embedding => "embedding",
            Self::Indexing => "indexing",
            Self::Downloading => "downloading",
            Self::Finished => "finished",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Waiting,
            Self::Reading,
            Self::Transcribing,
            Self::Embedding,
            Self::Indexing,
            Self::Downloading,
            Self::Finished,
        ];
        all.into_iter().find(|step| step.as_str() == name)
    }
}

/// A job as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// What it works on when that is no source: a model's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub state: JobState,
    pub step: JobStep,
    /// 0 to 1.
    pub progress: f32,
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<f32>,
}
