//! The work of jobs, as JSON.

use hearth_domain::{JobPayload, ModelProvider, RevisionId, SourceId};
use serde::{Deserialize, Serialize};

use super::{JOB_PAYLOAD_FORMATS, from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum JobPayloadRecord {
    Ingest { source_id: SourceId },
    Reread { source_id: SourceId, revision: RevisionId },
    Reembed { embedder: String },
    Download { model: String, provider: ModelProviderRecord },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModelProviderRecord {
    Hub,
    ChatServer,
}

pub(crate) fn encode_job_payload(payload: &JobPayload) -> Result<String, StoreError> {
    to_json(&match payload.clone() {
        JobPayload::Ingest { source_id } => JobPayloadRecord::Ingest { source_id },
        JobPayload::Reread { source_id, revision } => JobPayloadRecord::Reread { source_id, revision },
        JobPayload::Reembed { embedder } => JobPayloadRecord::Reembed { embedder },
        JobPayload::Download { model, provider } => JobPayloadRecord::Download {
            model,
            provider: match provider {
                ModelProvider::Hub => ModelProviderRecord::Hub,
                ModelProvider::ChatServer => ModelProviderRecord::ChatServer,
            },
        },
    })
}

pub(crate) fn decode_job_payload(text: &str, format: i64) -> Result<JobPayload, StoreError> {
    Ok(match from_json(text, format, JOB_PAYLOAD_FORMATS)? {
        JobPayloadRecord::Ingest { source_id } => JobPayload::Ingest { source_id },
        JobPayloadRecord::Reread { source_id, revision } => JobPayload::Reread { source_id, revision },
        JobPayloadRecord::Reembed { embedder } => JobPayload::Reembed { embedder },
        JobPayloadRecord::Download { model, provider } => JobPayload::Download {
            model,
            provider: match provider {
                ModelProviderRecord::Hub => ModelProvider::Hub,
                ModelProviderRecord::ChatServer => ModelProvider::ChatServer,
            },
        },
    })
}
