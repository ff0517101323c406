//! Decoding and recognising in confined processes: what is asked of them, and both sides of it.

use std::io;
use std::path::{Path, PathBuf};

use hearth_domain::{TranscribeOptions, Transcript};
use hearth_worker::{Input, Limits, Refusal, STOPPED, Session, Worker, WorkerError, serve_session};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::decode::{DecodeError, Decoded, decode};
use crate::graphics::{NO_CARD, has_card};
use crate::whisper::Recogniser;

/// What a process is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Setup {
    Decode,
    Whisper { model: PathBuf, threads: usize, gpu: bool },
}

/// What it is asked to do with the bytes that follow: a recording, or samples as little-endian floats.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    Decode,
    Hear(TranscribeOptions),
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Decoded(Decoded),
    Heard(Transcript),
}

/// Pieces of samples that wait for the disk.
const WAITING: usize = 4;

/// Seconds that a driver may take until a large model is on its card; the first time it makes its programs.
const LOADING_ON_CARD: u64 = 300;

/// Why a recording could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{message}")]
    Refused { code: String, message: String },
    #[error("reading the recording took longer than {0} s")]
    TooLong(u64),
    #[error("the reader crashed on the recording; nothing else was affected")]
    Crashed,
    #[error("the reader could not be started: {0}")]
    Unavailable(WorkerError),
    #[error("its samples could not be written: {0}")]
    Io(#[from] io::Error),
}

impl From<WorkerError> for RecordingError {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Refused(Refusal { code, message }) => Self::Refused { code, message },
            WorkerError::TimedOut(seconds) => Self::TooLong(seconds),
            WorkerError::Died(_) | WorkerError::Protocol(_) => Self::Crashed,
            WorkerError::Spawn(_) => Self::Unavailable(error),
        }
    }
}

/// How recordings are read and heard: this program again, as a worker that ends in [`serve_speech`].
#[derive(Clone, Debug)]
pub struct SpeechWorker {
    worker: Worker,
    limits: Limits,
}

impl SpeechWorker {
    pub fn new(program: PathBuf, arguments: &[&str], limits: Limits) -> Self {
        Self { worker: Worker::new(program, arguments, limits), limits }
    }

    /// Reads a recording into a file of samples: 16 bits each, little-endian, one channel of
    /// [`hearth_domain::SPEECH_RATE`]. The file's bytes never stand in this process's memory.
    pub async fn decode(&self, recording: File, samples: &Path) -> Result<Decoded, RecordingError> {
        let mut session = self.worker.open(&Setup::Decode).await?;
        let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(WAITING);
        let mut file = File::create(samples).await?;
        let written = async move {
            while let Some(piece) = receiver.recv().await {
                file.write_all(&piece).await?;
            }
            file.sync_all().await
        };
        let read = async {
            let input = Input::File(recording);
            // Whoever does not wait any more drops it, and the process ends.
            let never = CancellationToken::new();
            let read = session.call(&Job::Decode, input, self.limits.seconds, Some(&sender), &never).await;
            drop(sender);
            read
        };
        let (read, written) = tokio::join!(read, written);
        let outcome = read?;
        written?;
        match outcome.reply {
            Reply::Decoded(decoded) => Ok(decoded),
            Reply::Heard(_) => Err(RecordingError::Crashed),
        }
    }

    /// Starts a process with a model in it.
    pub(crate) async fn whisper(
        &self,
        model: &Path,
        threads: usize,
        gpu: bool,
    ) -> Result<Session, WorkerError> {
        let setup = Setup::Whisper { model: model.to_owned(), threads, gpu };
        if gpu {
            // Drivers map all of a card's memory, and more: addresses tell nothing about memory there.
            let limits = Limits { memory_bytes: u64::MAX, seconds: LOADING_ON_CARD, ..self.limits };
            return self.worker.with(limits).open(&setup).await;
        }
        self.worker.open(&setup).await
    }
}

/// A clip as a process takes it.
pub(crate) fn clip_bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Has a process hear a clip; when `stop` comes it ends after its present step, and can hear the next.
pub(crate) async fn hear(
    session: &mut Session,
    clip: &[u8],
    options: TranscribeOptions,
    seconds: u64,
    stop: &CancellationToken,
) -> Result<Transcript, WorkerError> {
    match session.call(&Job::Hear(options), Input::Bytes(clip), seconds, None, stop).await?.reply {
        Reply::Heard(transcript) => Ok(transcript),
        Reply::Decoded(_) => Err(WorkerError::Protocol("another answer than was asked for".into())),
    }
}

fn refusal(error: &DecodeError) -> Refusal {
    let code = match error {
        DecodeError::Unknown(_) | DecodeError::Codec(_) => "UNSUPPORTED_MEDIA",
        DecodeError::Silent | DecodeError::Damaged(_) | DecodeError::Rate(_) => "INVALID_REQUEST",
        DecodeError::Sink(_) => "INTERNAL",
    };
    Refusal { code: code.to_owned(), message: error.to_string() }
}

/// What a process has before it gives up its rights.
enum Prepared {
    Nothing,
    Read { bytes: Vec<u8>, threads: usize },
    Loaded(Recogniser),
}

fn read_model(path: &Path) -> Result<Vec<u8>, Refusal> {
    std::fs::read(path).map_err(unloaded)
}

fn unheard(error: impl std::fmt::Display) -> Refusal {
    Refusal { code: "INFERENCE_FAILED".into(), message: error.to_string() }
}

fn unloaded(error: impl std::fmt::Display) -> Refusal {
    Refusal { code: "MODEL_LOAD_FAILED".into(), message: error.to_string() }
}

/// The child's side.
pub fn serve_speech() -> io::Result<()> {
    serve_session(
        |setup: Setup| match setup {
            Setup::Decode => Ok(Prepared::Nothing),
            // Drivers open what they need while the model is loaded: that cannot wait until nothing may be opened.
            Setup::Whisper { model, threads, gpu: true } => {
                if !has_card() {
                    let message = "no graphics card was found".into();
                    return Err(Refusal { code: NO_CARD.into(), message });
                }
                let bytes = read_model(&model)?;
                Recogniser::load(&bytes, threads, true).map(Prepared::Loaded).map_err(unloaded)
            }
            Setup::Whisper { model, threads, gpu: false } => {
                Ok(Prepared::Read { bytes: read_model(&model)?, threads })
            }
        },
        |prepared| match prepared {
            Prepared::Nothing => Ok(None),
            Prepared::Loaded(recogniser) => Ok(Some(recogniser)),
            // A model may be anyone's file: it is looked into where it can do no harm.
            Prepared::Read { bytes, threads } => {
                Recogniser::load(&bytes, threads, false).map(Some).map_err(unloaded)
            }
        },
        |recogniser, job: Job, bytes, parts| {
            let reply = match (recogniser, job) {
                (_, Job::Decode) => {
                    let mut send = |samples: &[f32]| {
                        let piece: Vec<u8> =
                            samples.iter().flat_map(|sample| to_i16(*sample).to_le_bytes()).collect();
                        parts.send(&piece)
                    };
                    Reply::Decoded(decode(bytes, &mut send).map_err(|error| refusal(&error))?)
                }
                (Some(recogniser), Job::Hear(options)) => {
                    let samples: Vec<f32> = bytes
                        .chunks_exact(4)
                        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                        .collect();
                    let stopped = parts.stopped();
                    match recogniser.hear(&samples, &options, &stopped) {
                        Ok(heard) => Reply::Heard(heard),
                        Err(_) if stopped.is_so() => {
                            let message = "nobody waits for it any more".into();
                            return Err(Refusal { code: STOPPED.into(), message });
                        }
                        Err(error) => return Err(unheard(error)),
                    }
                }
                (None, Job::Hear(_)) => {
                    return Err(Refusal { code: "INTERNAL".into(), message: "no model was loaded".into() });
                }
            };
            Ok((reply, Vec::new()))
        },
    )
}

fn to_i16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}
