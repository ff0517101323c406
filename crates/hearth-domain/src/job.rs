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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SOURCE_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";

    #[test]
    fn the_work_of_a_job_stands_beside_its_state() {
        let payloads = [
            json!({"kind": "ingest", "source_id": SOURCE_ID}),
            json!({"kind": "reread", "source_id": SOURCE_ID, "revision": SOURCE_ID}),
            json!({"kind": "reembed", "embedder": "e"}),
            json!({"kind": "download", "model": "m", "provider": "hub"}),
            json!({"kind": "download", "model": "m", "provider": "chat_server"}),
        ];
        for payload in payloads {
            let Value::Object(mut fields) = payload.clone() else { unreachable!("{payload}") };
            let kind = fields["kind"].clone();
            let state = json!({"id": SOURCE_ID, "state": "running", "step": "reading", "progress": 0.5, "attempts": 2});
            fields.extend(state.as_object().expect("an object").clone());
            let job: Job = serde_json::from_value(Value::Object(fields.clone())).expect("parses");
            assert_eq!(job.payload.kind().as_str(), kind);
            assert_eq!(job.payload.source_id().is_some(), payload.get("source_id").is_some());
            assert_eq!(
                serde_json::to_value(&job).expect("serialises"),
                Value::Object(fields),
                "absent parts are left out"
            );
        }
    }

    #[test]
    fn work_that_is_incomplete_or_of_an_unknown_kind_is_refused() {
        for payload in [
            json!({"kind": "ingest"}),
            json!({"kind": "reread", "source_id": SOURCE_ID}),
            json!({"kind": "download", "model": "m"}),
            json!({"kind": "download", "model": "m", "provider": "elsewhere"}),
            json!({"kind": "translate", "source_id": SOURCE_ID}),
            json!({"source_id": SOURCE_ID}),
            json!({"kind": "ingest", "source_id": "../etc"}),
        ] {
            assert!(serde_json::from_value::<JobPayload>(payload.clone()).is_err(), "{payload}");
        }
    }

    #[test]
    fn names_in_the_store_are_those_on_the_wire() {
        for state in ["queued", "running", "done", "failed", "cancelled"] {
            let parsed = JobState::parse(state).expect("a state");
            assert_eq!(serde_json::to_value(parsed).expect("serialises"), state);
            assert_eq!(parsed.is_final(), !["queued", "running"].contains(&state));
        }
        for step in ["waiting", "reading", "transcribing", "embedding", "indexing", "downloading", "finished"]
        {
            let parsed = JobStep::parse(step).expect("a step");
            assert_eq!(serde_json::to_value(parsed).expect("serialises"), step);
        }
        assert_eq!((JobState::parse("Queued"), JobStep::parse("")), (None, None));
    }
}
