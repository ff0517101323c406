//! Use cases of one computer: its models and engines, downloads, speech recognition and dictation.
//!
//! Invariants: knows no library and no web framework. What dictation needs of a library comes through
//! [`DictationLibrary`], so that the library may be on another machine.

mod access;
mod access_store;
mod chat;
mod chat_status;
mod dictation;
mod download_list;
mod downloads;
mod error;
mod events;
mod local_models;
mod local_speech;
mod machine;
mod model_files;
mod router;
mod settings;
mod settings_source;
mod state_file;
mod transcription;
mod watched_server;

pub use chat::ChatServers;
pub use chat_status::ChatStatus;
pub use dictation::{
    DictationError, DictationLibrary, DictationOptions, DictationOutcome, DictationProgress,
};
pub use error::MachineError;
pub use events::MachineEvent;
pub use local_models::{LocalModels, ModelTimes, OwnModelError, add_own_model};
pub use local_speech::LocalSpeech;
pub use machine::{Machine, MachineParts};
pub use router::{Candidate, Route, Router};
pub use settings::{ChatServerReport, SettingEntry};
pub use settings_source::SettingsSource;
pub use transcription::RecordingTranscript;
