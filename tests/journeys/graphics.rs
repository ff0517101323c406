//! Speech recognition without a usable graphics card: the processor transcribes. The programs of these tests are built
//! without support of a card, as on a machine that has none; a script stands for a driver that ends its process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::{GraphicsProblem, TranscribeError, TranscribeOptions, Transcriber};
use hearth_speech::{GraphicsCard, SpeechWorker, WhisperSettings, WhisperTranscriber};
use hearth_tests::node::hearth_program;
use hearth_tests::wait_for_end;
use hearth_tests::whisper::{build_scripted_whisper, decode_wav, synthesise_speech};
use hearth_worker::Limits;

/// Sentence that is spoken, and that the scripted model transcribes.
const SPOKEN_SENTENCE: &str = "Clean the burner once a year.";

/// Transcriber of the scripted model that tries the card, in processes of a worker program.
fn create_transcriber(folder: &Path, worker: PathBuf, graphics: &GraphicsCard) -> WhisperTranscriber {
    let model = folder.join("scripted.bin");
    if !model.exists() {
        std::fs::write(&model, build_scripted_whisper(SPOKEN_SENTENCE)).unwrap();
    }
    let limits = Limits { memory_bytes: 4 << 30, ..Limits::default() };
    let worker = SpeechWorker::new(worker, &["worker", "speech"], limits);
    let settings =
        WhisperSettings { threads: 2, idle_timeout: Duration::from_mins(1), graphics: graphics.clone() };
    WhisperTranscriber::new("scripted", model, worker, settings)
}

/// Transcribes the spoken sentence.
async fn transcribe_sentence(transcriber: &WhisperTranscriber) -> Result<String, TranscribeError> {
    let options = TranscribeOptions::default();
    Ok(transcriber.transcribe(&decode_wav(&synthesise_speech(SPOKEN_SENTENCE)), &options).await?.text())
}

#[tokio::test]
async fn without_a_card_the_processor_hears() {
    let folder = tempfile::tempdir().unwrap();
    let graphics = GraphicsCard::new(true);
    let model = create_transcriber(folder.path(), hearth_program(), &graphics);
    assert_eq!(transcribe_sentence(&model).await.unwrap(), SPOKEN_SENTENCE);
    wait_for_end("the problem of the card", graphics.wait_for_problem()).await;
    assert_eq!(graphics.last_problem(), Some(GraphicsProblem::Missing));
    // A program that is built without support of a card has no problem.
    let graphics = GraphicsCard::new(false);
    assert_eq!(
        transcribe_sentence(&create_transcriber(folder.path(), hearth_program(), &graphics)).await.unwrap(),
        SPOKEN_SENTENCE
    );
    assert_eq!(graphics.last_problem(), None);
}

/// The load error of a broken model file is not counted as a problem of the card.
#[tokio::test]
async fn a_broken_model_says_nothing_about_the_card() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scripted.bin"), b"ggml").unwrap();
    let graphics = GraphicsCard::new(true);
    let failed = transcribe_sentence(&create_transcriber(folder.path(), hearth_program(), &graphics)).await;
    assert!(matches!(failed, Err(TranscribeError::Load(_))), "{failed:?}");
    assert_eq!(graphics.last_problem(), None);
}

/// Worker whose first process runs a shell command, and whose further processes are real ones.
#[cfg(unix)]
fn create_failing_worker(folder: &Path, first_command: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let script = folder.join("worker.sh");
    let (started, program) = (folder.join("started"), hearth_program());
    let (started, program) = (started.display(), program.display());
    let text = format!(
        "#!/bin/sh\n[ -e '{started}' ] && exec '{program}' \"$@\"\n: > '{started}'\n{first_command}\n"
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[cfg(unix)]
#[tokio::test]
async fn a_driver_that_ends_the_process_keeps_nobody_from_being_heard() {
    // The process ends while it loads the model, or after it has reported that it is ready, while it reads samples.
    let fail_when_ready =
        r#"printf '\013\0\0\0\0\0\0\0{"Ok":null}'; head -c 2000 > /dev/null; kill -SEGV $$"#;
    for command in ["kill -SEGV $$", fail_when_ready] {
        let folder = tempfile::tempdir().unwrap();
        let graphics = GraphicsCard::new(true);
        let model =
            create_transcriber(folder.path(), create_failing_worker(folder.path(), command), &graphics);
        assert_eq!(transcribe_sentence(&model).await.unwrap(), SPOKEN_SENTENCE, "{command}");
        assert_eq!(graphics.last_problem(), Some(GraphicsProblem::Failed), "{command}");
        assert_eq!(model.graphics_problem(), Some(GraphicsProblem::Failed), "{command}");
        assert_eq!(transcribe_sentence(&model).await.unwrap(), SPOKEN_SENTENCE, "{command}");
    }
}
