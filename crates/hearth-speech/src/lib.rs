//! Speech: a recording becomes samples, and samples become text.
//!
//! Decoders and whisper run in confined processes ([`SpeechWorker`] is the parent's side, [`serve_speech`] the
//! child's). Invariants: what nobody said is not transcribed; a recording never stands decoded in the node's memory.

mod activity;
mod decode;
mod graphics;
mod meter;
#[cfg(feature = "microphone")]
mod microphone;
mod model_file;
mod recogniser;
mod resample;
mod samples;
#[cfg(feature = "speaker")]
mod speaker;
mod turns;
mod whisper;
mod worker;

pub use activity::{Listener, parts, speech};
pub use decode::{DecodeError, Decoded, decode};
pub use graphics::{Graphics, HAS_GRAPHICS};
pub use meter::Meter;
#[cfg(feature = "microphone")]
pub use microphone::{Devices, Microphone, MicrophoneError, MicrophoneInfo};
pub use model_file::{ModelShape, NotAModel, whisper_shape};
pub use recogniser::{Whisper, WhisperSettings, WhisperTimes};
pub use resample::{BadRate, Resampler};
pub use samples::{Overview, look_over, read_part};
#[cfg(feature = "speaker")]
pub use speaker::{Manner, SpeakerError, SpeakerVoice, say, voices};
pub use turns::{Voices, voice_windows};
pub use whisper::language_name;
pub use worker::{RecordingError, SpeechWorker, serve_speech};
