//! Decoding and transcription in confined worker processes: requests, responses, and both sides of the pipe.

use std::io;
use std::path::{Path, PathBuf};

use hearth_domain::{ErrorCode, TranscribeOptions, Transcript};
use hearth_worker::{Input, Limits, Refusal, Worker, WorkerError, WorkerSession, serve_session};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::decode::{DecodeError, DecodeSummary, decode_recording};
use crate::graphics_card::has_card;
use crate::whisper::WhisperModel;

/// Purpose of a worker process, sent at its start.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Setup {
    Decode,
    Whisper { model: PathBuf, threads: usize, gpu: bool },
}

/// A request, followed by bytes: a recording, or samples as little-endian floats.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Decode,
    Hear(TranscribeOptions),
}

/// The response to a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Response {
    Decoded(DecodeSummary),
    Heard(Transcript),
}

/// Capacity of the queue to the disk, in blocks of samples.
const WRITE_QUEUE_CAPACITY: usize = 4;

/// Timeout of loading a model on a graphics card, in seconds: the first time, the driver compiles its
/// kernels.
const CARD_LOAD_TIMEOUT_SECONDS: u64 = 300;

/// Error of reading a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{message}")]
    Refused { code: ErrorCode, message: String },
    #[error("decoding the recording took longer than {0} s")]
    TooLong(u64),
    #[error("the decoder crashed on the recording; nothing else was affected")]
    Crashed,
    #[error("the decoder could not be started: {0}")]
    Unavailable(WorkerError),
    #[error("the samples of the recording could not be written: {0}")]
    Io(#[from] io::Error),
}

impl From<WorkerError> for RecordingError {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Refused(refusal) => {
                // A decoder that was taken over may answer anything.
                let code = match refusal.code() {
                    code @ (ErrorCode::TooLarge
                    | ErrorCode::UnsupportedMedia
                    | ErrorCode::InvalidRequest
                    | ErrorCode::ResourceExhausted) => code,
                    _ => ErrorCode::Internal,
                };
                Self::Refused { code, message: refusal.to_string() }
            }
            WorkerError::TimedOut(seconds) => Self::TooLong(seconds),
            WorkerError::Died(_) | WorkerError::Protocol(_) => Self::Crashed,
            WorkerError::Spawn(_) => Self::Unavailable(error),
        }
    }
}

/// Parent's side: starts this program again as a worker that runs [`serve_speech`].
#[derive(Clone, Debug)]
pub struct SpeechWorker {
    worker: Worker,
    limits: Limits,
}

impl SpeechWorker {
    /// A worker by its program, arguments and limits.
    pub fn new(program: PathBuf, arguments: &[&str], limits: Limits) -> Self {
        Self { worker: Worker::new(program, arguments, limits), limits }
    }

    /// Decodes a recording into a sample file: 16 bits, little-endian, one channel of
    /// [`hearth_domain::SPEECH_SAMPLE_RATE`]. Neither file is ever whole in this process's memory.
    pub async fn decode_recording(
        &self,
        recording: File,
        samples: &Path,
    ) -> Result<DecodeSummary, RecordingError> {
        let mut session = self.worker.open_session(&Setup::Decode).await?;
        let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(WRITE_QUEUE_CAPACITY);
        let mut file = File::create(samples).await?;
        let write_samples = async move {
            while let Some(block) = receiver.recv().await {
                file.write_all(&block).await?;
            }
            file.sync_all().await
        };
        let run_decoder = async {
            let input = Input::File(recording);
            // Dropping the future ends the process: no stop is needed.
            let unused_stop = CancellationToken::new();
            let result =
                session.run(&Request::Decode, input, self.limits.seconds, Some(&sender), &unused_stop).await;
            drop(sender);
            result
        };
        let (decoded, written) = tokio::join!(run_decoder, write_samples);
        let outcome = decoded?;
        written?;
        match outcome.reply {
            Response::Decoded(summary) => Ok(summary),
            Response::Heard(_) => Err(RecordingError::Crashed),
        }
    }

    /// Starts a worker process, and loads a whisper model in it.
    pub(crate) async fn open_whisper(
        &self,
        model: &Path,
        threads: usize,
        gpu: bool,
    ) -> Result<WorkerSession, WorkerError> {
        let setup = Setup::Whisper { model: model.to_owned(), threads, gpu };
        if gpu {
            // Drivers map all of a card's memory, and more: address space is no measure of memory there.
            let limits = Limits { memory_bytes: u64::MAX, seconds: CARD_LOAD_TIMEOUT_SECONDS, ..self.limits };
            return self.worker.with_limits(limits).open_session(&setup).await;
        }
        self.worker.open_session(&setup).await
    }
}

/// Encodes a clip for the worker: little-endian floats.
pub(crate) fn encode_clip(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Requests the transcript of a clip; on `stop` the process ends the current step, and can take the next
/// request.
pub(crate) async fn request_transcript(
    session: &mut WorkerSession,
    clip: &[u8],
    options: TranscribeOptions,
    seconds: u64,
    stop: &CancellationToken,
) -> Result<Transcript, WorkerError> {
    match session.run(&Request::Hear(options), Input::Bytes(clip), seconds, None, stop).await?.reply {
        Response::Heard(transcript) => Ok(transcript),
        Response::Decoded(_) => Err(WorkerError::Protocol("the response does not match the request".into())),
    }
}

/// The refusal for a decoding error, with its error code.
fn decode_refusal(error: &DecodeError) -> Refusal {
    let code = match error {
        DecodeError::Unknown(_) | DecodeError::Codec(_) => ErrorCode::UnsupportedMedia,
        DecodeError::Silent | DecodeError::Damaged(_) | DecodeError::Rate(_) => ErrorCode::InvalidRequest,
        DecodeError::Sink(_) => ErrorCode::Internal,
    };
    Refusal::new(code, error.to_string())
}

/// State of a worker before it confines itself.
enum Prepared {
    Nothing,
    Read { bytes: Vec<u8>, threads: usize },
    Loaded(WhisperModel),
}

fn read_model(path: &Path) -> Result<Vec<u8>, Refusal> {
    std::fs::read(path).map_err(load_refusal)
}

fn inference_refusal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::InferenceFailed, error.to_string())
}

fn load_refusal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::ModelLoadFailed, error.to_string())
}

/// Child's side: serves one session on standard input and output.
pub fn serve_speech() -> io::Result<()> {
    serve_session(
        |setup: Setup| match setup {
            Setup::Decode => Ok(Prepared::Nothing),
            // Drivers open files while the model is loaded: that must happen before confinement forbids it.
            Setup::Whisper { model, threads, gpu: true } => {
                if !has_card() {
                    let message = "no graphics card was found".into();
                    return Err(Refusal::Unavailable { message });
                }
                let bytes = read_model(&model)?;
                WhisperModel::load(&bytes, threads, true).map(Prepared::Loaded).map_err(load_refusal)
            }
            Setup::Whisper { model, threads, gpu: false } => {
                Ok(Prepared::Read { bytes: read_model(&model)?, threads })
            }
        },
        |prepared| match prepared {
            Prepared::Nothing => Ok(None),
            Prepared::Loaded(model) => Ok(Some(model)),
            // A model file may be untrusted: it is parsed inside the confinement.
            Prepared::Read { bytes, threads } => {
                WhisperModel::load(&bytes, threads, false).map(Some).map_err(load_refusal)
            }
        },
        |model, request: Request, bytes, parts| {
            let reply = match (model, request) {
                (_, Request::Decode) => {
                    let mut send = |samples: &[f32]| {
                        let block: Vec<u8> =
                            samples.iter().flat_map(|sample| to_i16(*sample).to_le_bytes()).collect();
                        parts.send_part(&block)
                    };
                    Response::Decoded(
                        decode_recording(bytes, &mut send).map_err(|error| decode_refusal(&error))?,
                    )
                }
                (Some(model), Request::Hear(options)) => {
                    let samples: Vec<f32> = bytes
                        .chunks_exact(4)
                        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                        .collect();
                    let stopped = parts.stop_flag();
                    match model.transcribe(&samples, &options, &stopped) {
                        Ok(transcript) => Response::Heard(transcript),
                        Err(_) if stopped.is_set() => {
                            return Err(Refusal::Stopped);
                        }
                        Err(error) => return Err(inference_refusal(error)),
                    }
                }
                (None, Request::Hear(_)) => {
                    return Err(Refusal::new(ErrorCode::Internal, "no model was loaded"));
                }
            };
            Ok((reply, Vec::new()))
        },
    )
}

fn to_i16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_beyond_full_scale_are_limited() {
        let samples = [0.0, 1.0, -1.0, 7.0, -7.0, 0.5, f32::NAN];
        assert_eq!(samples.map(to_i16), [0, 32_767, -32_767, 32_767, -32_767, 16_384, 0]);
    }

    #[test]
    fn a_decoder_that_was_taken_over_cannot_choose_any_error_code() {
        let code = |code| match RecordingError::from(WorkerError::Refused(Refusal::new(code, "m"))) {
            RecordingError::Refused { code, .. } => code,
            other => panic!("{other}"),
        };
        assert_eq!(code(ErrorCode::UnsupportedMedia), ErrorCode::UnsupportedMedia);
        assert_eq!(code(ErrorCode::Conflict), ErrorCode::Internal);
    }
}
