//! Recordings: transcribed, asked, cited by their second; and transcribed for other programs.

use std::path::Path;
use std::process::Command;

use hearth_domain::{ModelTask, NotebookId, Place, ProblemCode, Source, SourceKind, SourceStatus};
use hearth_host::python_executable;
use hearth_tests::whisper::{build_scripted_whisper, create_models_home, synthesise_speech};
use hearth_tests::{NodeProcess, wait_for};
use hearth_wire::operations::{AddModel, GetSourceText, GetStatus, ListPlaces};
use hearth_wire::{NewModel, NewQuestion, PlacesQuery, RevisionQuery};

/// Sentence that is spoken, and that the scripted model transcribes.
const SPOKEN_SENTENCE: &str = "Clean the burner once a year before the heating season.";

/// A node with a notebook, its folder of data and its model cache.
struct TranscriptionFixture {
    node: NodeProcess,
    notebook: NotebookId,
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl TranscriptionFixture {
    /// Starts a node without a speech model.
    async fn start() -> Self {
        let (data, folder, cache) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let node = NodeProcess::start(data.path(), &[("HF_HOME", &create_models_home(cache.path()))]);
        let notebook = node.create_notebook("House").await;
        Self { node, notebook, folder, data, cache }
    }

    /// Adds a model under the id `scripted`; returns the id, or the node's error as text.
    async fn add_model(&self, file: &str, bytes: &[u8]) -> Result<String, String> {
        let path = self.folder.path().join(file);
        std::fs::write(&path, bytes).unwrap();
        let new = NewModel {
            id: "scripted".into(),
            path: path.display().to_string(),
            task: Some(ModelTask::Transcribe),
        };
        let added = self.node.client.call::<AddModel>(&[], &(), &new).await;
        added.map(|model| model.id).map_err(|error| error.to_string())
    }

    /// Waits until the notebook's first source meets a condition.
    async fn wait_for_source(&self, condition: impl Fn(&Source) -> bool) -> Source {
        let get_source = async || self.node.list_sources(self.notebook).await.remove(0);
        wait_for("a state of the source", get_source, condition).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_written_down_asked_and_cited_by_its_second() {
    let fixture = TranscriptionFixture::start().await;
    let (node, notebook) = (&fixture.node, fixture.notebook);
    // Without a speech model the source waits, with the reason.
    node.add_file(notebook, "handbook.wav", &synthesise_speech(SPOKEN_SENTENCE)).await;
    let waiting = fixture.wait_for_source(|source| source.error.is_some()).await;
    assert_eq!((waiting.kind, waiting.status), (SourceKind::Audio, SourceStatus::Queued));
    assert!(waiting.error.unwrap().message.contains("no speech model"));
    // A truncated model and another file are refused with the reason.
    let model = build_scripted_whisper(SPOKEN_SENTENCE);
    let refused = fixture.add_model("cut.bin", &model[..model.len() - 1000]).await.unwrap_err();
    assert!(refused.contains("incomplete"), "{refused}");
    let refused = fixture.add_model("text.bin", b"no model at all").await.unwrap_err();
    assert!(refused.contains("not a whisper.cpp model"), "{refused}");
    assert_eq!(fixture.add_model("scripted.bin", &model).await.as_deref(), Ok("scripted"));
    // Once a model is added, the source is transcribed without a further request.
    let source = fixture.wait_for_source(|source| source.status == SourceStatus::Ready).await;
    assert!((2.0..8.0).contains(&source.seconds.unwrap()), "{source:#?}");
    assert_eq!((source.words, source.problems.len()), (10, 0), "{source:#?}");
    let id = source.id.to_string();
    let text = node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap();
    assert_eq!(text.text, SPOKEN_SENTENCE);
    // Each word has its second.
    let start = SPOKEN_SENTENCE.find("heating").unwrap() as u32;
    let query = PlacesQuery { start, end: start + 7, revision: None };
    let places = node.client.call::<ListPlaces>(&[&id], &query, &()).await.unwrap().places;
    let [Place::Time { start_ms, end_ms, .. }] = places.as_slice() else { panic!("{places:?}") };
    assert!(start_ms < end_ms && *start_ms > 300, "{places:?}");
    let question =
        NewQuestion { question: "How often is the burner cleaned?".into(), ..NewQuestion::default() };
    let turn = node.ask_question(notebook, question).await;
    assert_eq!(turn.citations[0].quote, SPOKEN_SENTENCE);
    assert!(matches!(turn.citations[0].places.as_slice(), [Place::Time { .. }]), "{turn:#?}");
    // The status names the speech model that is used.
    let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
    let transcriber = status.engines.iter().find(|engine| engine.task == ModelTask::Transcribe).unwrap();
    assert_eq!((transcriber.chosen.as_deref(), transcriber.reachable), (Some("scripted"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_broken_recordings_say_what_they_are() {
    let fixture = TranscriptionFixture::start().await;
    fixture.add_model("scripted.bin", &build_scripted_whisper(SPOKEN_SENTENCE)).await.unwrap();
    let (node, notebook) = (&fixture.node, fixture.notebook);
    let mut silence = synthesise_speech("Hello.");
    silence[44..].fill(0);
    node.add_file(notebook, "silence.wav", &silence).await;
    node.add_file(notebook, "broken.mp3", &[b"ID3\x04\0\0\0\0\0\0".as_slice(), &[7; 3000]].concat()).await;
    node.add_file(notebook, "header.wav", &synthesise_speech("Hello.")[..44]).await;
    let sources = node.wait_until_settled(notebook).await;
    let source = |name: &str| sources.iter().find(|source| source.title == name).unwrap();
    // The model would have given its words: there was no speech, so it was not run.
    let silent = source("silence.wav");
    assert_eq!((silent.status, silent.words), (SourceStatus::Ready, 0));
    assert_eq!(silent.problems[0].code, ProblemCode::NoSpeech);
    for name in ["broken.mp3", "header.wav"] {
        let failed = source(name);
        assert_eq!(failed.status, SourceStatus::Failed, "{failed:#?}");
        assert!(
            failed.error.as_ref().is_some_and(|error| error.message.contains("recording")),
            "{failed:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_recording_goes_on_where_a_killed_node_left_it() {
    let mut fixture = TranscriptionFixture::start().await;
    fixture.add_model("scripted.bin", &build_scripted_whisper(SPOKEN_SENTENCE)).await.unwrap();
    // Some minutes, in parts of half a minute.
    let sentence = synthesise_speech(&format!("{SPOKEN_SENTENCE} ").repeat(6));
    let mut long = sentence.clone();
    for _ in 0..7 {
        long.extend_from_slice(&sentence[44..]);
    }
    let size = (long.len() - 44) as u32;
    long[40..44].copy_from_slice(&size.to_le_bytes());
    fixture.node.add_file(fixture.notebook, "long.wav", &long).await;
    fixture
        .wait_for_source(|source| source.status == SourceStatus::Transcribing && source.progress > 0.2)
        .await;
    fixture.node.kill();
    let cache = fixture.cache.path().join("home").display().to_string();
    fixture.node = NodeProcess::start(fixture.data.path(), &[("HF_HOME", &cache)]);
    let source = fixture.wait_for_source(|source| source.status == SourceStatus::Ready).await;
    assert!(source.seconds.unwrap() > 60.0, "{source:#?}");
    let id = source.id.to_string();
    let text =
        fixture.node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap().text;
    // Each part once: the scripted model gives its words once a part.
    let parts = text.matches("Clean the burner").count();
    assert!((2..40).contains(&parts) && source.words as usize == 10 * parts, "{parts}: {source:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openais_client_has_recordings_written_down() {
    let fixture = TranscriptionFixture::start().await;
    fixture.add_model("scripted.bin", &build_scripted_whisper(SPOKEN_SENTENCE)).await.unwrap();
    let recording = fixture.folder.path().join("spoken.wav");
    std::fs::write(&recording, synthesise_speech(SPOKEN_SENTENCE)).unwrap();
    let script = "
import sys, openai
client = openai.OpenAI(base_url=sys.argv[1] + '/v1', api_key=sys.argv[2], max_retries=0)
said, path = sys.argv[3], sys.argv[4]
def ask(**more):
    return client.audio.transcriptions.create(model='whisper-1', file=open(path, 'rb'), **more)
assert ask().text == said
assert ask(response_format='text', prompt='Boilers', temperature=0.2, language='en').strip() == said
assert ask(response_format='srt').startswith('1\\n00:00:00,'), ask(response_format='srt')
assert ask(response_format='vtt').startswith('WEBVTT\\n\\n00:00:00.')
whole = ask(response_format='verbose_json', timestamp_granularities=['word', 'segment'])
assert whole.text == said and whole.language == 'english' and 2 < whole.duration < 8, whole
assert [word.word for word in whole.words] == said.split() and whole.words[0].end <= whole.words[-1].start
assert 0.5 < whole.segments[0].compression_ratio < 1.5, whole.segments[0]
assert whole.segments[0].end <= whole.duration + 0.01 and whole.segments[0].text.strip() == said
for bad in [dict(model='no-such-model'), dict(file=('a.txt', b'no recording'))]:
    try:
        client.audio.transcriptions.create(**{'model': 'whisper-1', 'file': open(path, 'rb'), **bad})
        raise SystemExit('not refused: ' + str(bad))
    except openai.APIStatusError as error:
        assert error.status_code in (404, 415), error
print('spoken')
";
    let python = python_executable().expect("the tests' Python; start this by `cargo xtask test`");
    let path = recording.display().to_string();
    let output = Command::new(python)
        .args(["-c", script, &fixture.node.address, &fixture.node.token, SPOKEN_SENTENCE, &path])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("spoken"), "{printed}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_command_line_takes_a_model_of_ones_own_and_refuses_others() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(hearth_tests::node::hearth_program());
        command.arg("--data-dir").arg(folder.path()).args(arguments).env("HF_HOME", cache.path());
        command.output().unwrap()
    };
    let add = |path: &Path| {
        run(&["models", "add", &path.display().to_string(), "--task", "transcribe", "--id", "my-own"])
    };
    let good = folder.path().join("good.bin");
    std::fs::write(&good, build_scripted_whisper(SPOKEN_SENTENCE)).unwrap();
    let output = add(&good);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = run(&["models"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("ready   my-own"));
    assert!(run(&["models", "rm", "my-own"]).status.success());
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    if let Some(eval) = hearth_host::evaluation_folder(&default) {
        let output = add(&eval.join("models/for-tests-ggml-tiny.bin"));
        assert!(!output.status.success());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains("the whisper model is incomplete"), "{message}");
    }
}
