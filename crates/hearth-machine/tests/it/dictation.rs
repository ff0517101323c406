//! Dictation with scripted speech: transcription, delivery of the text, and recordings that are kept until then.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hearth_domain::{CaptureEvent, NotebookId};
use hearth_machine::{
    DictationError, DictationLibrary, DictationOptions, DictationOutcome, DictationProgress, Machine,
};
use hearth_testkit::ScriptedSpeech;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

const WORDS: [&str; 5] = ["where", "is", "the", "meter", "Vaillant"];

/// A library that records what a dictation asks of it.
#[derive(Default)]
struct RecordingLibrary {
    prefetched: Mutex<Vec<String>>,
}

#[async_trait]
impl DictationLibrary for RecordingLibrary {
    async fn list_vocabulary(&self, _notebook: NotebookId) -> Vec<String> {
        vec!["Vaillant".into()]
    }

    async fn prefetch(&self, _notebook: NotebookId, text: &str) {
        self.prefetched.lock().unwrap().push(text.to_owned());
    }

    async fn warm_models(&self) {}
}

/// A dictation that runs, and the microphone that it hears.
struct RunningDictation {
    task: JoinHandle<Result<DictationOutcome, DictationError>>,
    microphone: mpsc::Sender<CaptureEvent>,
    progress: mpsc::UnboundedReceiver<DictationProgress>,
    speech: Arc<ScriptedSpeech>,
}

impl RunningDictation {
    /// Starts a dictation, and waits until its first samples have arrived.
    async fn start(machine: &Machine, speech: &Arc<ScriptedSpeech>, options: DictationOptions) -> Self {
        Self::start_in(machine, speech, options, Arc::new(RecordingLibrary::default())).await
    }

    async fn start_in(
        machine: &Machine,
        speech: &Arc<ScriptedSpeech>,
        options: DictationOptions,
        library: Arc<RecordingLibrary>,
    ) -> Self {
        let (microphone, capture) = mpsc::channel(64);
        let (report, mut progress) = mpsc::unbounded_channel();
        let machine = machine.clone();
        let task = tokio::spawn(async move {
            let on_progress = move |event| {
                let _ = report.send(event);
            };
            machine.run_dictation(capture, options, library, &on_progress).await
        });
        microphone.send(CaptureEvent::Started { microphone: "Desk".into() }).await.unwrap();
        assert_eq!(progress.recv().await, Some(DictationProgress::Started { microphone: "Desk".into() }));
        Self { task, microphone, progress, speech: Arc::clone(speech) }
    }

    async fn say(&self, words: &[&str]) {
        self.microphone.send(CaptureEvent::Samples(self.speech.speak(words))).await.unwrap();
    }

    /// Waits until the partial transcript has a word.
    async fn wait_for_word(&mut self, word: &str) {
        loop {
            if let DictationProgress::Partial { committed, tentative } = self.progress.recv().await.unwrap()
                && (committed.contains(word) || tentative.contains(word))
            {
                return;
            }
        }
    }

    /// Ends the capture and waits for the text.
    async fn finish(self) -> Result<DictationOutcome, DictationError> {
        drop(self.microphone);
        self.task.await.unwrap()
    }
}

fn list_recordings(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("recordings")).map_or(0, Iterator::count)
}

async fn start_machine(folder: &Path) -> (Machine, Arc<ScriptedSpeech>) {
    let speech = Arc::new(ScriptedSpeech::new(&WORDS));
    (crate::start_machine_with_speech(folder, None, &[], Arc::clone(&speech)).await, speech)
}

#[tokio::test]
async fn speech_becomes_text_and_its_recording_is_deleted_after_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let dictation = RunningDictation::start(&machine, &speech, DictationOptions::default()).await;
    dictation.say(&["where", "is", "the", "meter", "", ""]).await;
    let outcome = dictation.finish().await.unwrap();
    assert_eq!((outcome.text.as_str(), outcome.microphone_error.as_ref()), ("where is the meter", None));
    assert_eq!(list_recordings(folder.path()), 1, "until it is delivered");
    outcome.record_delivery(true).await;
    assert_eq!(list_recordings(folder.path()), 0);
    assert!(machine.list_pending_dictations().await.is_empty());
}

#[tokio::test]
async fn text_comes_while_it_is_said_and_is_searched_for_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let library = Arc::new(RecordingLibrary::default());
    let options =
        DictationOptions { notebook: Some(NotebookId(Uuid::now_v7())), ..DictationOptions::default() };
    let mut dictation = RunningDictation::start_in(&machine, &speech, options, Arc::clone(&library)).await;
    dictation.say(&["where", "is", "the", "meter", "", "", ""]).await;
    dictation.wait_for_word("meter").await;
    dictation.say(&["Vaillant", ""]).await;
    let outcome = dictation.finish().await.unwrap();
    assert_eq!(outcome.text, "where is the meter Vaillant");
    assert!(library.prefetched.lock().unwrap()[0].starts_with("where"));
}

#[tokio::test]
async fn an_undelivered_text_is_pending_and_can_be_transcribed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let dictation = RunningDictation::start(&machine, &speech, DictationOptions::default()).await;
    dictation.say(&["where", "is", "the", "meter"]).await;
    dictation.finish().await.unwrap().record_delivery(false).await;
    let pending = machine.list_pending_dictations().await;
    assert_eq!(pending.len(), 1);
    assert!((pending[0].seconds - 2.0).abs() < 0.01, "{pending:?}");
    let library = RecordingLibrary::default();
    let text = machine.transcribe_pending_dictation(pending[0].id, None, &library).await.unwrap();
    assert_eq!(text, "where is the meter");
    assert_eq!(machine.list_pending_dictations().await.len(), 1, "until its text is delivered");
    machine.delete_pending_dictation(pending[0].id).await.unwrap();
    assert!(machine.delete_pending_dictation(pending[0].id).await.is_err());
    assert_eq!(list_recordings(folder.path()), 0);
}

#[tokio::test]
async fn silence_leaves_neither_text_nor_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let dictation = RunningDictation::start(&machine, &speech, DictationOptions::default()).await;
    dictation.say(&["", "", ""]).await;
    let outcome = dictation.finish().await.unwrap();
    assert!(outcome.text.is_empty());
    outcome.record_delivery(false).await;
    assert_eq!(list_recordings(folder.path()), 0);
}

#[tokio::test]
async fn a_lost_microphone_is_said_and_what_came_before_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let dictation = RunningDictation::start(&machine, &speech, DictationOptions::default()).await;
    dictation.say(&["where", "is"]).await;
    dictation.microphone.send(CaptureEvent::Lost("it was unplugged".into())).await.unwrap();
    let outcome = dictation.finish().await.unwrap();
    assert_eq!(outcome.text, "where is");
    assert_eq!(outcome.microphone_error.as_deref(), Some("it was unplugged"));
}

#[tokio::test]
async fn a_cancelled_dictation_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let options = DictationOptions::default();
    let cancel = options.cancel.clone();
    let mut dictation = RunningDictation::start(&machine, &speech, options).await;
    dictation.say(&["where", "is", "", "", ""]).await;
    dictation.wait_for_word("where").await;
    cancel.cancel();
    dictation.task.abort();
    assert!(dictation.task.await.unwrap_err().is_cancelled());
    assert_eq!(list_recordings(folder.path()), 0);
}

#[tokio::test]
async fn the_recording_of_a_process_that_was_killed_is_pending_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, speech) = start_machine(folder.path()).await;
    let mut dictation = RunningDictation::start(&machine, &speech, DictationOptions::default()).await;
    dictation.say(&["where", "is", "the", "meter", "", "", ""]).await;
    dictation.wait_for_word("meter").await;
    dictation.task.abort();
    assert!(dictation.task.await.unwrap_err().is_cancelled());
    machine.stop().await;
    let (machine, _) = start_machine(folder.path()).await;
    let pending = machine.list_pending_dictations().await;
    assert_eq!(pending.len(), 1);
    let library = RecordingLibrary::default();
    let text = machine.transcribe_pending_dictation(pending[0].id, None, &library).await.unwrap();
    assert_eq!(text, "where is the meter");
}
