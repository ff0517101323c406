//! Dictation: speech becomes text while it is recorded, so that little is left to do at its end.

mod partial_transcript;
mod pending_dictations;
mod recording_file;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hearth_domain::{
    CaptureEvent, DictationId, NotebookId, SPEECH_SAMPLE_RATE, TranscribeOptions, Transcriber, Transcript,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::partial_transcript::{AudioClip, PartialTranscript};
use self::recording_file::RecordingFile;
use crate::{Machine, MachineError};

pub(crate) use self::recording_file::recover_recordings;

/// Maximum bytes of names in the transcriber's prompt; whisper takes some two hundred tokens.
const MAX_PROMPT_BYTES: usize = 400;
/// Maximum samples of a dictation; only a stuck key records for longer.
const MAX_DICTATION_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize * 60 * 10;

/// What a dictation needs of a library, which may be on another machine.
#[async_trait]
pub trait DictationLibrary: Send + Sync {
    /// Names of a notebook that may be spoken; none if they cannot be had.
    async fn list_vocabulary(&self, notebook: NotebookId) -> Vec<String>;

    /// Loads the data that a question which begins like this will need.
    async fn prefetch(&self, notebook: NotebookId, text: &str);

    /// Loads the models that a question will need.
    async fn warm_models(&self);
}

/// Options of a dictation.
#[derive(Clone, Debug, Default)]
pub struct DictationOptions {
    /// Notebook whose names may be spoken.
    pub notebook: Option<NotebookId>,
    /// Finishes the dictation: capture stops, and speech until then becomes text.
    pub finish: CancellationToken,
    /// Cancels the dictation: the recording is deleted when the future is dropped.
    pub cancel: CancellationToken,
    /// True if the dictation finishes by itself at the end of speech.
    pub hands_free: bool,
}

/// Progress of a dictation.
#[derive(Clone, Debug, PartialEq)]
pub enum DictationProgress {
    /// The first samples of this microphone have arrived.
    Started { microphone: String },
    /// Level of the microphone, 0 to 1.
    Level(f32),
    /// Partial transcript: committed text stays, tentative text may still change.
    Partial { committed: String, tentative: String },
    /// Capture has ended, and the rest is transcribed.
    Transcribing,
}

/// Outcome of a dictation. Its recording is on disk until it is known if the text was delivered.
#[derive(Debug)]
pub struct DictationOutcome {
    /// Final text; empty without speech.
    pub text: String,
    /// Reason of an early loss of the microphone, or `None`.
    pub microphone_error: Option<String>,
    recording: RecordingFile,
}

impl DictationOutcome {
    /// Records the delivery of the text. The recording of undelivered text is saved as a pending dictation;
    /// one without speech is deleted.
    pub async fn record_delivery(self, is_delivered: bool) {
        if is_delivered || self.text.is_empty() {
            return self.recording.delete_recording().await;
        }
        self.recording.save_recording().await;
    }
}

/// Error of a dictation that did not become text.
#[derive(Debug)]
pub struct DictationError {
    pub error: MachineError,
    /// The recording for [`Machine::transcribe_pending_dictation`], or `None` if there is none.
    pub recording_id: Option<DictationId>,
}

impl From<MachineError> for DictationError {
    fn from(error: MachineError) -> Self {
        Self { error, recording_id: None }
    }
}

/// A running transcription; aborted when dropped.
struct RunningTranscription {
    task: AbortOnDropHandle<Result<(Transcript, Duration), hearth_domain::TranscribeError>>,
    clip: AudioClip,
}

impl Machine {
    /// Transcribes the samples of a microphone until they end. The recording is on disk until it is text:
    /// after a failure, [`Machine::transcribe_pending_dictation`] continues with it.
    pub async fn run_dictation(
        &self,
        mut capture: mpsc::Receiver<CaptureEvent>,
        options: DictationOptions,
        library: Arc<dyn DictationLibrary>,
        on_progress: &(dyn Fn(DictationProgress) + Send + Sync),
    ) -> Result<DictationOutcome, DictationError> {
        let speech = &self.0.engines;
        let transcriber = speech.transcriber(None).map_err(MachineError::from)?;
        // Models load during the speech. A failure shows when they are used.
        let (loading, warming) = (Arc::clone(&transcriber), Arc::clone(&library));
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            stop.run_until_cancelled(async { tokio::join!(loading.load(), warming.warm_models()) }).await;
        });
        let transcribe_options = self.build_transcribe_options(options.notebook, library.as_ref()).await;
        let mut recording = RecordingFile::create_recording(&self.0.folder, options.cancel.clone()).await;
        let (mut draft, mut running, mut microphone_error) =
            (PartialTranscript::default(), None::<RunningTranscription>, None);
        let (mut sample_count, mut is_finishing, mut prefetch) = (0, false, None);
        loop {
            tokio::select! {
                event = capture.recv() => match event {
                    None => break,
                    Some(CaptureEvent::Lost(reason)) => microphone_error = Some(reason),
                    Some(CaptureEvent::Started { microphone }) => {
                        on_progress(DictationProgress::Started { microphone });
                    }
                    Some(CaptureEvent::Level(level)) => on_progress(DictationProgress::Level(level)),
                    Some(CaptureEvent::Samples(samples)) => {
                        sample_count += samples.len();
                        recording.append_samples(&samples).await;
                        draft.push_samples(&samples);
                    }
                },
                // At a pause, samples that are still on their way are most likely silence: the rest is
                // transcribed meanwhile.
                () = options.finish.cancelled(), if !is_finishing => {
                    is_finishing = true;
                    draft.rescan_speech(|samples| speech.detect_speech(samples));
                    running.take_if(|running| !draft.is_clip_sufficient(&running.clip));
                    if running.is_none()
                        && draft.is_last_sound_complete()
                        && let Some(clip) = draft.remaining_clip()
                    {
                        let samples = draft.clip_samples(&clip);
                        running = Some(spawn_transcription(&transcriber, &transcribe_options, samples, clip));
                    }
                }
                // After the finish, the result waits until all samples are known.
                ended = wait_for_transcription(&mut running), if !is_finishing => {
                    let (clip, result) = ended;
                    // A failure now may be a success at the end; only then it counts.
                    match result {
                        Ok((text, duration)) => {
                            draft.record_duration(duration);
                            draft.apply_transcript(&clip, &text);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a part of a dictation could not be transcribed yet");
                            draft.record_failure();
                        }
                    }
                    on_progress(DictationProgress::Partial {
                        committed: draft.committed_text(),
                        tentative: draft.tentative_text(),
                    });
                    start_prefetch(&library, options.notebook, draft.text(), &mut prefetch);
                }
            }
            if is_finishing {
                continue;
            }
            draft.scan_speech(|samples| speech.detect_speech(samples));
            if running.is_none() {
                draft.discard_silence();
            }
            if sample_count >= MAX_DICTATION_SAMPLES || (options.hands_free && draft.has_ended()) {
                options.finish.cancel();
            }
            if running.is_none()
                && let Some(clip) = draft.next_clip()
            {
                let samples = draft.clip_samples(&clip);
                running = Some(spawn_transcription(&transcriber, &transcribe_options, samples, clip));
            }
        }
        on_progress(DictationProgress::Transcribing);
        let detect = |samples: &[f32]| speech.detect_speech(samples);
        match transcribe_rest(&transcriber, &transcribe_options, &mut draft, running, detect).await {
            Ok(text) => Ok(DictationOutcome { text, microphone_error, recording }),
            Err(error) => Err(DictationError { error, recording_id: recording.save_recording().await }),
        }
    }

    /// Options of the transcriber: a notebook's names as its prompt, so that they are spelt as the notebook
    /// has them.
    async fn build_transcribe_options(
        &self,
        notebook: Option<NotebookId>,
        library: &dyn DictationLibrary,
    ) -> TranscribeOptions {
        let terms = match notebook {
            Some(notebook) => library.list_vocabulary(notebook).await,
            None => Vec::new(),
        };
        TranscribeOptions {
            language: self.0.engines.speech_language(),
            prompt: build_prompt(&terms),
            is_speech: true,
            ..TranscribeOptions::default()
        }
    }
}

/// A transcriber's prompt of names, as many as fit.
fn build_prompt(terms: &[String]) -> String {
    let mut prompt = String::new();
    for term in terms {
        let term = term.trim();
        if term.is_empty() || prompt.contains(term) || prompt.len() + term.len() > MAX_PROMPT_BYTES {
            continue;
        }
        prompt.push_str(if prompt.is_empty() { "" } else { ", " });
        prompt.push_str(term);
    }
    prompt
}

/// Starts a prefetch for the text so far, unless one is running.
fn start_prefetch(
    library: &Arc<dyn DictationLibrary>,
    notebook: Option<NotebookId>,
    text: String,
    running: &mut Option<AbortOnDropHandle<()>>,
) {
    let Some(notebook) = notebook.filter(|_| !text.is_empty()) else { return };
    if running.as_ref().is_some_and(|running| !running.is_finished()) {
        return;
    }
    let library = Arc::clone(library);
    let prefetch = async move { library.prefetch(notebook, &text).await };
    *running = Some(AbortOnDropHandle::new(tokio::spawn(prefetch)));
}

fn spawn_transcription(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    samples: Vec<f32>,
    clip: AudioClip,
) -> RunningTranscription {
    let (transcriber, options) = (Arc::clone(transcriber), options.clone());
    let task = tokio::spawn(async move {
        // The time of loading is no measure of the time of transcribing.
        transcriber.load().await?;
        let started_at = Instant::now();
        let transcript = transcriber.transcribe(&samples, &options).await?;
        Ok((transcript, started_at.elapsed()))
    });
    RunningTranscription { task: AbortOnDropHandle::new(task), clip }
}

/// Waits for the running transcription and its duration; for ever if there is none.
async fn wait_for_transcription(
    transcription: &mut Option<RunningTranscription>,
) -> (AudioClip, Result<(String, Duration), MachineError>) {
    let Some(running) = transcription else { return std::future::pending().await };
    let joined = (&mut running.task).await;
    let clip = running.clip.clone();
    *transcription = None;
    let result = joined.map_err(MachineError::from).and_then(|result| Ok(result?));
    (clip, result.map(|(transcript, duration)| (transcript.text(), duration)))
}

/// Transcribes the rest after the last samples.
async fn transcribe_rest(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    draft: &mut PartialTranscript,
    mut running: Option<RunningTranscription>,
    detect: impl Fn(&[f32]) -> Vec<std::ops::Range<usize>>,
) -> Result<String, MachineError> {
    // Speech detection takes a moment for which the user waits.
    if !draft.is_speaking() {
        draft.rescan_speech(&detect);
    }
    running.take_if(|running| !draft.is_clip_sufficient(&running.clip));
    if running.is_some() {
        let (clip, result) = wait_for_transcription(&mut running).await;
        match result {
            Ok((text, _)) => draft.apply_transcript(&clip, &text),
            Err(_) => draft.record_failure(),
        }
    }
    while let Some(clip) = draft.remaining_clip() {
        let transcript = transcriber.transcribe(&draft.clip_samples(&clip), options).await?;
        draft.apply_transcript(&clip, &transcript.text());
        draft.rescan_speech(&detect);
    }
    Ok(draft.text())
}
