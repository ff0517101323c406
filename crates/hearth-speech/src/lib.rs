//! Speech: decoding recordings, voice activity, transcription, diarisation, the microphone, speech synthesis.
//!
//! Decoders and whisper run in confined processes ([`SpeechWorker`] is the parent's side, [`serve_speech`]
//! the child's). Invariants: only detected speech is transcribed; a decoded recording is never whole in the
//! node's memory.

mod decode;
mod diarisation;
mod graphics_card;
mod level_meter;
#[cfg(feature = "microphone")]
mod microphone;
mod model_file;
mod resample;
mod sample_file;
#[cfg(feature = "synthesis")]
mod synthesis;
mod transcriber;
mod voice_activity;
mod whisper;
mod worker;

pub use decode::{DecodeError, DecodeSummary, decode_recording};
pub use diarisation::{Diariser, select_voiceprint_windows};
pub use graphics_card::{GraphicsCard, HAS_GRAPHICS_SUPPORT};
pub use level_meter::LevelMeter;
#[cfg(feature = "microphone")]
pub use microphone::{InputDevices, Microphone, MicrophoneError, MicrophoneInfo};
pub use model_file::{ModelFileError, ModelShape, read_model_shape};
pub use resample::{Resampler, UnsupportedSampleRate};
pub use sample_file::{RecordingOverview, analyse_recording, read_part};
#[cfg(feature = "synthesis")]
pub use synthesis::{SynthesisError, SynthesisOptions, SynthesisVoice, list_voices, read_aloud};
pub use transcriber::{WhisperSettings, WhisperTimes, WhisperTranscriber};
pub use voice_activity::{VoiceActivityDetector, detect_speech, split_at_pauses};
pub use whisper::language_name;
pub use worker::{RecordingError, SpeechWorker, serve_speech};
