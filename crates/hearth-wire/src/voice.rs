//! The microphone and the voice of a desktop program: what they are asked for, and what they tell.

use hearth_domain::{DictationId, LeftDictation, NotebookId, SPEECH_RATE, TurnId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// Begins to listen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListenRequest {
    /// The notebook that is asked: names that it knows are written as it has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// It ends by itself when nobody speaks any more.
    pub hands_free: bool,
}

/// Begins to dictate over a socket: the microphone is whoever's asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DictateQuery {
    /// The notebook that is asked: names that it knows are written as it has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// It ends by itself when nobody speaks any more.
    pub hands_free: bool,
    /// Samples a second of what is sent.
    pub rate: u32,
    /// What the microphone is called.
    pub microphone: String,
}

impl Default for DictateQuery {
    fn default() -> Self {
        Self { notebook_id: None, hands_free: false, rate: SPEECH_RATE, microphone: String::new() }
    }
}

/// What is sent besides samples to whoever takes a dictation down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum DictateOrder {
    /// It has ended: what was said becomes text.
    Stop {},
    /// What was said is gone.
    Drop {},
    /// The microphone is gone, and why; what was said becomes text.
    Lost { why: String },
}

/// What was said and has not become text, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DictationList {
    pub dictations: Vec<LeftDictation>,
}

/// Makes text of what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WriteRequest {
    /// The notebook whose names may have been said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
}

/// What was said; empty where nobody spoke.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrittenDictation {
    pub text: String,
}

/// Which dictation it is: each has a number of its own, larger than those before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhichListening {
    /// Whichever goes on, where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// A microphone that can be chosen, by `desktop.microphone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Microphone {
    pub id: String,
    pub name: String,
    /// The system's own.
    pub is_default: bool,
}

/// The microphones that are there now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MicrophoneList {
    pub microphones: Vec<Microphone>,
    /// The one that was chosen; empty for the system's own.
    pub chosen: String,
    /// Why it is not open, where it is to stay open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What becomes of what somebody says, from the key that is pressed to the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Voice {
    /// The microphone is being opened: nothing is heard yet.
    Opening {
        /// The notebook that will be asked, by its title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notebook: Option<String>,
        /// It ends by itself when nobody speaks any more.
        #[serde(default)]
        hands_free: bool,
    },
    /// The first samples are there.
    Listening { microphone: String },
    /// How loud it is, 0 to 1, some thirty times a second.
    Level { level: f32 },
    /// What will stay of the text, and what may still change.
    Partial { committed: String, tentative: String },
    /// Nobody listens any more; the last of it is written down.
    Writing {},
    /// All of it; empty where nobody spoke. The microphone may have been lost before.
    Said {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<String>,
    },
    /// It did not become text; `kept` where the recording is there to be tried again.
    Failed {
        error: ApiError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<DictationId>,
    },
    /// It was dropped, as somebody wanted.
    Dropped {},
}

/// Why something is read aloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Somebody asked for it.
    #[default]
    Wanted,
    /// Its question was spoken: the settings say whether such answers are read.
    Spoken,
    /// Its question was typed: likewise.
    Typed,
}

/// What is to be read aloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadRequest {
    /// An answer, from its first finished sentence on, while the rest is still being written.
    Answer {
        turn_id: TurnId,
        #[serde(default)]
        occasion: Occasion,
    },
    /// A few words, to try a voice.
    Text { text: String },
}

/// A voice that reads aloud, by `desktop.voice`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingVoice {
    pub id: String,
    pub name: String,
    /// Of the language: `en`, `de-at`; empty where the system does not say.
    pub language: String,
}

/// The voices that are there now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceList {
    pub voices: Vec<ReadingVoice>,
    /// The one that was chosen; empty for one of the answer's language.
    pub chosen: String,
    /// How fast it speaks: 1 as the voice itself does.
    pub rate: f64,
}
