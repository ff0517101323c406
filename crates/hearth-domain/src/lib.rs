//! Domain types for every other crate: ids, sources, revisions and their layout, passages, places,
//! citations, turns, notes and jobs, and the small contracts that engines fulfil.
//!
//! Invariants: no IO, no clock, no randomness; builds for wasm. Offsets count Unicode scalar values and
//! are newtypes ([`CharOffset`], [`CharRange`]), so that none is used as a byte index.

mod access;
mod chat;
mod citation;
mod clock;
mod dictation;
mod embed;
mod engine_error;
mod engines;
mod error_code;
mod event_stream;
mod ids;
mod job;
mod layout;
mod model_task;
mod note;
mod notebook;
mod passage;
mod place;
mod revision;
mod source;
mod speech;
mod text;
mod turn;

pub use access::{AccessRecords, KeyScope, PageSession, ProgramKey};
pub use chat::{
    ChatError, ChatEvent, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, Reasoning, Role,
    SamplingOptions, TokenUsage,
};
pub use citation::{Citation, CitationMethod};
pub use clock::Clock;
pub use dictation::{
    DictationEffect, DictationInput, DictationLife, DictationPhase, DictationState, PendingDictation,
    PushToTalk, StartResult, TalkEffect, TalkInput, TriggerSource,
};
pub use embed::{EmbedError, Embedder, EmbedderInfo, TextRole, TokenSpans};
pub use engine_error::{EngineError, FailureScope};
pub use engines::{DecodedRecording, EmbedderCatalogue, EmbeddingModel, SpeechEngines};
pub use error_code::ErrorCode;
pub use event_stream::{EventStream, Positioned};
pub use ids::{
    CitationId, ConversationId, DictationId, JobId, KeyId, NoteId, NotebookId, PassageId, RevisionId,
    SourceId, TurnId,
};
pub use job::{Job, JobKind, JobPayload, JobState, JobStep, Lane, ModelProvider};
pub use layout::{Layout, LayoutSpan, LineBox, Mark};
pub use model_task::{ModelTask, UnknownTask};
pub use note::Note;
pub use notebook::Notebook;
pub use passage::{Cutting, Passage};
pub use place::{Area, Place};
pub use revision::{Revision, RevisionStage, Section};
pub use source::{
    Failure, Guide, Origin, OriginKind, Problem, ProblemCode, Source, SourceKind, SourceStatus,
};
pub use speech::{
    CaptureEvent, GraphicsProblem, SPEECH_SAMPLE_RATE, Segment, SpeakerSegment, TranscribeError,
    TranscribeOptions, Transcriber, Transcript, VoiceEncodeError, VoiceEncoder, Word,
};
pub use text::{CharOffset, CharRange, TextIndex};
pub use turn::{
    AnswerLength, Conversation, RefusalReason, RetrievedHit, Turn, TurnEvent, TurnMode, TurnRefusal,
    TurnState, TurnStep, TurnTimings,
};
