//! Durable jobs: kind, state, step, progress and error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, JobId, RevisionId, SourceId};

/// Kind of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    Ingest,
    Reread,
    Reembed,
    Download,
}

impl JobKind {
    /// The name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Reread => "reread",
            Self::Reembed => "reembed",
            Self::Download => "download",
        }
    }
}

/// Place that a model is downloaded from, and that it then belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelProvider {
    /// The hub of the settings; the model is on this machine.
    Hub,
    /// The language model server, which downloads and keeps the model itself.
    ChatServer,
}

/// Work of a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobPayload {
    /// Read, cut, embed and index one source.
    Ingest { source_id: SourceId },
    /// Read a source again, of which this is the current revision; it stays current until the new one is indexed.
    Reread { source_id: SourceId, revision: RevisionId },
    /// Embed all passages with another embedder.
    Reembed { embedder: String },
    /// Download a model.
    Download { model: String, provider: ModelProvider },
}

impl JobPayload {
    /// Kind of the job.
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Ingest { .. } => JobKind::Ingest,
            Self::Reread { .. } => JobKind::Reread,
            Self::Reembed { .. } => JobKind::Reembed,
            Self::Download { .. } => JobKind::Download,
        }
    }

    /// Source that the job works on, or `None`.
    pub fn source_id(&self) -> Option<SourceId> {
        match self {
            Self::Ingest { source_id } | Self::Reread { source_id, .. } => Some(*source_id),
            Self::Reembed { .. } | Self::Download { .. } => None,
        }
    }
}

/// Resource that the jobs of a lane share; each lane has a limit of jobs that run at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Reading and indexing documents.
    Reading,
    /// Work that uses all processors for long.
    Processor,
    /// Work of large models, such as speech recognition, which run on the graphics card if there is one.
    Graphics,
    /// Transfers.
    Network,
}

impl Lane {
    /// The name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Processor => "processor",
            Self::Graphics => "graphics",
            Self::Network => "network",
        }
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
    #[serde(flatten)]
    pub payload: JobPayload,
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
