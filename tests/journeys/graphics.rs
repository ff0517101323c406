//! A speech model that cannot be on the graphics card is heard all the same. The programs of these tests were built for none, as
//! a machine without one has it; a driver that ends its process is one that a script stands for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::{GraphicsProblem, TranscribeError, TranscribeOptions, Transcriber};
use hearth_speech::{Graphics, SpeechWorker, Whisper, WhisperSettings};
use hearth_tests::node::program;
use hearth_tests::whisper::{samples, scripted_whisper, spoken};
use hearth_worker::Limits;

const SAID: &str = "Clean the burner once a year.";

/// A model that tries the card, in processes of that program.
fn whisper(folder: &Path, worker: PathBuf, graphics: &Graphics) -> Whisper {
    let model = folder.join("scripted.bin");
    if !model.exists() {
        std::fs::write(&model, scripted_whisper(SAID)).unwrap();
    }
    let limits = Limits { memory_bytes: 4 << 30, ..Limits::default() };
    let worker = SpeechWorker::new(worker, &["worker", "speech"], limits);
    let settings = WhisperSettings { threads: 2, keep: Duration::from_mins(1), graphics: graphics.clone() };
    Whisper::new("scripted", model, worker, settings)
}

async fn hear(whisper: &Whisper) -> Result<String, TranscribeError> {
    let options = TranscribeOptions::default();
    Ok(whisper.transcribe(&samples(&spoken(SAID)), &options).await?.text())
}

#[tokio::test]
async fn without_a_card_the_processor_hears() {
    let folder = tempfile::tempdir().unwrap();
    let graphics = Graphics::new(true);
    let model = whisper(folder.path(), program(), &graphics);
    assert_eq!(hear(&model).await.unwrap(), SAID);
    tokio::time::timeout(Duration::from_secs(1), graphics.let_down()).await.unwrap();
    assert_eq!(graphics.problem(), Some(GraphicsProblem::Missing));
    // A program that was not built for one has no problem.
    let graphics = Graphics::new(false);
    assert_eq!(hear(&whisper(folder.path(), program(), &graphics)).await.unwrap(), SAID);
    assert_eq!(graphics.problem(), None);
}

/// A file that is no model is no fault of a card.
#[tokio::test]
async fn a_broken_model_says_nothing_about_the_card() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scripted.bin"), b"ggml").unwrap();
    let graphics = Graphics::new(true);
    let failed = hear(&whisper(folder.path(), program(), &graphics)).await;
    assert!(matches!(failed, Err(TranscribeError::Load(_))), "{failed:?}");
    assert_eq!(graphics.problem(), None);
}

/// A worker whose first process does this, and whose others are real ones.
#[cfg(unix)]
fn first(folder: &Path, does: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let script = folder.join("worker.sh");
    let (begun, program) = (folder.join("begun"), program());
    let (begun, program) = (begun.display(), program.display());
    let text = format!("#!/bin/sh\n[ -e '{begun}' ] && exec '{program}' \"$@\"\n: > '{begun}'\n{does}\n");
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[cfg(unix)]
#[tokio::test]
async fn a_driver_that_ends_the_process_keeps_nobody_from_being_heard() {
    // While the model is loaded; and while it hears the first clip: it has said that it is ready, and reads on.
    let ready = r#"printf '\013\0\0\0\0\0\0\0{"Ok":null}'; head -c 2000 > /dev/null; kill -SEGV $$"#;
    for does in ["kill -SEGV $$", ready] {
        let folder = tempfile::tempdir().unwrap();
        let graphics = Graphics::new(true);
        let model = whisper(folder.path(), first(folder.path(), does), &graphics);
        assert_eq!(hear(&model).await.unwrap(), SAID, "{does}");
        assert_eq!(graphics.problem(), Some(GraphicsProblem::Failed), "{does}");
        assert_eq!(model.graphics_problem(), Some(GraphicsProblem::Failed), "{does}");
        assert_eq!(hear(&model).await.unwrap(), SAID, "{does}");
    }
}
