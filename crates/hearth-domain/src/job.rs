//! Durable jobs: kind, state, step, progress and error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, JobId, SourceId};

/// Kind of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Read, cut, embed and index one source.
    Ingest,
    /// Embed all passages with another embedder.
    Reembed,
    /// Download a model.
    Download,
}

impl JobKind {
    /// The name on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Reembed => "reembed",
            Self::Download => "download",
        }
    }

    /// The kind with this name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Ingest, Self::Reembed, Self::Download].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// State of a job.
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
    /// The name on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// True if the job is over: only a retry runs it again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Step of a job; each is repeatable and leaves its result in the store.
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
    /// The name on the wire and in the store.
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

    /// The step with this name, or `None`.
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

/// A job with its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// The object of a job that has no source: a model's id.
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
