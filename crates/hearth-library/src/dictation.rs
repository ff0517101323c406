//! Dictation: speech becomes text while it is recorded, so that little is left to do at its end.

mod partial_transcript;
mod pending_dictations;
mod recording_file;

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::{
    CaptureEvent, DictationId, NotebookId, SPEECH_SAMPLE_RATE, TranscribeOptions, Transcriber, Transcript,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::partial_transcript::{AudioClip, PartialTranscript};
use self::recording_file::RecordingFile;
use crate::{Library, LibraryError, RetrievalMode, RetrievalRequest, SearchScope};

pub(crate) use self::recording_file::recover_recordings;

/// Maximum bytes of names in the transcriber's prompt; whisper takes some two hundred tokens.
const MAX_PROMPT_BYTES: usize = 400;
/// Maximum samples of a dictation; only a stuck key records for longer.
const MAX_DICTATION_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize * 60 * 10;

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
    pub async fn record_delivery(self, has_it: bool) {
        if has_it || self.text.is_empty() {
            return self.recording.delete_recording().await;
        }
        self.recording.save_recording().await;
    }
}

/// Error of a dictation that did not become text.
#[derive(Debug)]
pub struct DictationError {
    pub error: LibraryError,
    /// The recording for [`Library::transcribe_pending_dictation`], or `None` if there is none.
    pub recording_id: Option<DictationId>,
}

impl From<LibraryError> for DictationError {
    fn from(error: LibraryError) -> Self {
        Self { error, recording_id: None }
    }
}

/// A running transcription; aborted when dropped.
struct RunningTranscription {
    task: AbortOnDropHandle<Result<(Transcript, Duration), hearth_domain::TranscribeError>>,
    clip: AudioClip,
}

impl Library {
    /// Fails if there is no model for transcription.
    pub fn ensure_transcriber(&self) -> Result<(), LibraryError> {
        Ok(self.0.speech.transcriber(None).map(drop)?)
    }

    /// Transcribes the samples of a microphone until they end. The recording is on disk until it is text:
    /// after a failure, [`Library::transcribe_pending_dictation`] continues with it.
    pub async fn run_dictation(
        &self,
        mut sounds: mpsc::Receiver<CaptureEvent>,
        how: DictationOptions,
        tell: &(dyn Fn(DictationProgress) + Send + Sync),
    ) -> Result<DictationOutcome, DictationError> {
        let speech = &self.0.speech;
        let transcriber = speech.transcriber(None).map_err(LibraryError::from)?;
        // Models load during the speech. A failure shows when they are used.
        let (warm, library) = (Arc::clone(&transcriber), self.clone());
        tokio::spawn(async move { tokio::join!(warm.load(), library.warm_models()) });
        let options = self.build_transcribe_options(how.notebook).await;
        let mut kept = RecordingFile::create_recording(self.0.store.folder(), how.cancel.clone()).await;
        let (mut draft, mut work, mut lost) =
            (PartialTranscript::default(), None::<RunningTranscription>, None);
        let (mut all, mut is_ending, mut ahead) = (0, false, None);
        loop {
            tokio::select! {
                sound = sounds.recv() => match sound {
                    None => break,
                    Some(CaptureEvent::Lost(why)) => lost = Some(why),
                    Some(CaptureEvent::Started { microphone }) => tell(DictationProgress::Started { microphone }),
                    Some(CaptureEvent::Level(level)) => tell(DictationProgress::Level(level)),
                    Some(CaptureEvent::Samples(samples)) => {
                        all += samples.len();
                        kept.append_samples(&samples).await;
                        draft.push_samples(&samples);
                    }
                },
                // At a pause, samples that are still on their way are most likely silence: the rest is
                // transcribed meanwhile.
                () = how.finish.cancelled(), if !is_ending => {
                    is_ending = true;
                    draft.rescan_speech(|samples| speech.detect_speech(samples));
                    work.take_if(|work| !draft.is_clip_sufficient(&work.clip));
                    if work.is_none()
                        && draft.is_last_sound_complete()
                        && let Some(step) = draft.remaining_clip()
                    {
                        work = Some(spawn_transcription(&transcriber, &options, draft.clip_samples(&step), step));
                    }
                }
                // After the finish, the result waits until all samples are known.
                ended = wait_for_transcription(&mut work), if !is_ending => {
                    let (step, heard) = ended;
                    // A failure now may be a success at the end; only then it counts.
                    match heard {
                        Ok((text, took)) => {
                            draft.record_duration(took);
                            draft.apply_transcript(&step, &text);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a part of what is said could not be written down");
                            draft.record_failure();
                        }
                    }
                    tell(DictationProgress::Partial {
                        committed: draft.committed_text(),
                        tentative: draft.tentative_text(),
                    });
                    self.prefetch_search(how.notebook, draft.text(), &mut ahead);
                }
            }
            if is_ending {
                continue;
            }
            draft.scan_speech(|samples| speech.detect_speech(samples));
            if work.is_none() {
                draft.discard_silence();
            }
            if all >= MAX_DICTATION_SAMPLES || (how.hands_free && draft.has_ended()) {
                how.finish.cancel();
            }
            if work.is_none()
                && let Some(step) = draft.next_clip()
            {
                work = Some(spawn_transcription(&transcriber, &options, draft.clip_samples(&step), step));
            }
        }
        tell(DictationProgress::Transcribing);
        let written = transcribe_rest(&transcriber, &options, &mut draft, work, |samples| {
            speech.detect_speech(samples)
        })
        .await;
        match written {
            Ok(text) => Ok(DictationOutcome { text, microphone_error: lost, recording: kept }),
            Err(error) => Err(DictationError { error, recording_id: kept.save_recording().await }),
        }
    }

    /// Searches for the text so far, unless a search is running: data of the library that it needs, which may
    /// not fit into memory, is loaded by the time the question is complete.
    fn prefetch_search(
        &self,
        notebook: Option<NotebookId>,
        query: String,
        running: &mut Option<AbortOnDropHandle<()>>,
    ) {
        let Some(notebook) = notebook.filter(|_| !query.is_empty()) else { return };
        if running.as_ref().is_some_and(|running| !running.is_finished()) {
            return;
        }
        let (scope, library) = (SearchScope::Selection(notebook), self.clone());
        let request = RetrievalRequest { query, mode: RetrievalMode::Hybrid, scope, limit: 1 };
        *running = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            if let Err(error) = library.search_passages(&request).await {
                tracing::debug!(%error, "nothing was found ahead of the question");
            }
        })));
    }

    /// Options of the transcriber: a notebook's names as its prompt, so that they are spelt as the notebook
    /// has them.
    async fn build_transcribe_options(&self, notebook: Option<NotebookId>) -> TranscribeOptions {
        let mut terms: Vec<String> = Vec::new();
        if let Some(id) = notebook {
            terms.extend(self.0.store.get_notebook(id).await.map(|notebook| notebook.title));
            for source in self.0.store.list_sources(id).await.unwrap_or_default() {
                let stem = source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem);
                terms.push(stem.replace(['_', '-'], " "));
                terms.extend(source.guide.map(|guide| guide.topics).unwrap_or_default());
            }
        }
        let mut prompt = String::new();
        for term in terms {
            let term = term.trim();
            if term.is_empty() || prompt.contains(term) || prompt.len() + term.len() > MAX_PROMPT_BYTES {
                continue;
            }
            prompt.push_str(if prompt.is_empty() { "" } else { ", " });
            prompt.push_str(term);
        }
        TranscribeOptions {
            language: self.0.speech.speech_language(),
            prompt,
            is_speech: true,
            ..TranscribeOptions::default()
        }
    }
}

fn spawn_transcription(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    clip: Vec<f32>,
    step: AudioClip,
) -> RunningTranscription {
    let (transcriber, options) = (Arc::clone(transcriber), options.clone());
    let task = tokio::spawn(async move {
        // The time of loading is no measure of the time of transcribing.
        transcriber.load().await?;
        let begun = Instant::now();
        let heard = transcriber.transcribe(&clip, &options).await?;
        Ok((heard, begun.elapsed()))
    });
    RunningTranscription { task: AbortOnDropHandle::new(task), clip: step }
}

/// Waits for the running transcription and its duration; for ever if there is none.
async fn wait_for_transcription(
    work: &mut Option<RunningTranscription>,
) -> (AudioClip, Result<(String, Duration), LibraryError>) {
    let Some(running) = work else { return std::future::pending().await };
    let heard = (&mut running.task).await;
    let step = running.clip.clone();
    *work = None;
    let heard = heard.map_err(LibraryError::from).and_then(|heard| Ok(heard?));
    (step, heard.map(|(heard, took)| (heard.text(), took)))
}

/// Transcribes the rest after the last samples.
async fn transcribe_rest(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    draft: &mut PartialTranscript,
    mut work: Option<RunningTranscription>,
    spoken: impl Fn(&[f32]) -> Vec<std::ops::Range<usize>>,
) -> Result<String, LibraryError> {
    // Speech detection takes a moment for which the user waits.
    if !draft.is_speaking() {
        draft.rescan_speech(&spoken);
    }
    work.take_if(|work| !draft.is_clip_sufficient(&work.clip));
    if work.is_some() {
        let (step, heard) = wait_for_transcription(&mut work).await;
        match heard {
            Ok((text, _)) => draft.apply_transcript(&step, &text),
            Err(_) => draft.record_failure(),
        }
    }
    while let Some(step) = draft.remaining_clip() {
        let heard = transcriber.transcribe(&draft.clip_samples(&step), options).await?;
        draft.apply_transcript(&step, &heard.text());
        draft.rescan_speech(&spoken);
    }
    Ok(draft.text())
}
