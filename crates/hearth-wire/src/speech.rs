//! Speech: dictation, microphones and reading aloud, as requests, responses and events.

use hearth_domain::{DictationId, DictationInput, NotebookId, PendingDictation, SPEECH_SAMPLE_RATE, TurnId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// Starts a dictation with the microphone of the desktop program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StartDictationRequest {
    /// The notebook to ask; names that occur in it are spelt the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// True if the dictation ends by itself after a silence.
    pub hands_free: bool,
}

/// Starts a dictation over a WebSocket; the client sends the samples of its own microphone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StreamDictationQuery {
    /// The notebook to ask; names that occur in it are spelt the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// True if the dictation ends by itself after a silence.
    pub hands_free: bool,
    /// Sample rate of the samples, in hertz.
    pub rate: u32,
    /// Name of the microphone.
    pub microphone: String,
}

impl Default for StreamDictationQuery {
    fn default() -> Self {
        Self { notebook_id: None, hands_free: false, rate: SPEECH_SAMPLE_RATE, microphone: String::new() }
    }
}

/// A command of the client to a running dictation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DictationCommand {
    /// Finishes the dictation: the recording becomes text.
    Finish {},
    /// Cancels the dictation: the recording is discarded.
    Cancel {},
    /// The microphone is gone, with the reason; the recording so far becomes text.
    MicrophoneLost { reason: String },
}

/// The pending dictations, latest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PendingDictationList {
    pub dictations: Vec<PendingDictation>,
}

/// Transcribes a pending dictation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TranscribeDictationRequest {
    /// The notebook whose names may occur in the speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
}

/// Text of a dictation; empty if it contains no speech.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TranscribedDictation {
    pub text: String,
}

/// Number of a dictation; each number is larger than those before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DictationNumber {
    /// The running dictation if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// A microphone that can be chosen, by `desktop.microphone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Microphone {
    pub id: String,
    pub name: String,
    /// True for the system's default.
    pub is_default: bool,
}

/// The connected microphones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MicrophoneList {
    pub microphones: Vec<Microphone>,
    /// Id of the chosen microphone; empty for the system's default.
    pub chosen: String,
    /// Reason why the microphone is not open although it is to stay open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Progress of a dictation, from the pressed key to the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DictationEvent {
    /// The microphone is being opened; no samples yet.
    Opening {
        /// Title of the notebook to ask.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notebook: Option<String>,
        /// True if the dictation ends by itself after a silence.
        #[serde(default)]
        hands_free: bool,
    },
    /// The first samples have arrived.
    Started { microphone: String },
    /// Loudness from 0 to 1, some thirty times a second.
    Level { level: f32 },
    /// Partial transcript: committed text stays, tentative text may still change.
    Partial { committed: String, tentative: String },
    /// The capture has ended; the rest is being transcribed.
    Transcribing {},
    /// The whole text, empty if there was no speech; `microphone_error` is set if the microphone was lost before.
    Finished {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        microphone_error: Option<String>,
    },
    /// The dictation did not become text; `recording_id` names its stored recording, for another attempt.
    Failed {
        error: ApiError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recording_id: Option<DictationId>,
    },
    /// The dictation was cancelled.
    Cancelled {},
}

impl DictationEvent {
    /// The input that this event of a dictation is to the dictation's life.
    pub fn to_input(&self, number: u64) -> DictationInput {
        match self {
            Self::Opening { .. } => DictationInput::Opening { number },
            Self::Started { .. } => DictationInput::Started { number },
            Self::Level { .. } | Self::Partial { .. } => DictationInput::Progress { number },
            Self::Transcribing {} => DictationInput::Transcribing { number },
            Self::Finished { .. } | Self::Failed { .. } | Self::Cancelled {} => {
                DictationInput::Ended { number }
            }
        }
    }
}

/// Reason for reading an answer aloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadAloudReason {
    /// The user asked for it.
    #[default]
    Requested,
    /// The question was spoken: the settings decide if such answers are read.
    Spoken,
    /// The question was typed: the settings decide as well.
    Typed,
}

/// An answer or a text to read aloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadAloudRequest {
    /// An answer, from its first finished sentence on, while the rest is still being written.
    Answer {
        turn_id: TurnId,
        #[serde(default)]
        reason: ReadAloudReason,
    },
    /// A short text, to try a voice.
    Text { text: String },
}

/// A voice for reading aloud, chosen by `desktop.voice`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingVoice {
    pub id: String,
    pub name: String,
    /// Language of the voice: `en`, `de-at`; empty if the system does not name one.
    pub language: String,
}

/// The installed voices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceList {
    pub voices: Vec<ReadingVoice>,
    /// Id of the chosen voice; empty for one of the answer's language.
    pub chosen: String,
    /// Speed as a factor: 1 is the voice's own.
    pub rate: f64,
}
