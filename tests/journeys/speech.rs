//! Recordings: written down, asked, cited by their second; and written down for other programs.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hearth_domain::{NotebookId, Place, ProblemCode, Source, SourceKind, SourceStatus};
use hearth_host::python;
use hearth_tests::NodeProcess;
use hearth_tests::whisper::{models_home, scripted_whisper, spoken};
use hearth_wire::operations::{AddModel, GetPlaces, GetSourceText, GetStatus};
use hearth_wire::{NewModel, PlacesQuery, Question, RevisionQuery};

const SAID: &str = "Clean the burner once a year before the heating season.";

struct House {
    node: NodeProcess,
    notebook: NotebookId,
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl House {
    async fn start() -> Self {
        let (data, folder, cache) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let node = NodeProcess::start(data.path(), &[("HF_HOME", &models_home(cache.path()))]);
        let notebook = node.notebook("House").await;
        Self { node, notebook, folder, data, cache }
    }

    /// Adds the scripted model; gives what the node says to it.
    async fn add_model(&self, file: &str, bytes: &[u8]) -> Result<String, String> {
        let path = self.folder.path().join(file);
        std::fs::write(&path, bytes).unwrap();
        let new = NewModel {
            id: "scripted".into(),
            path: path.display().to_string(),
            task: Some("transcribe".into()),
        };
        let added = self.node.client.call::<AddModel>(&[], &(), &new).await;
        added.map(|model| model.id).map_err(|error| error.to_string())
    }

    async fn one(&self, is_so: impl Fn(&Source) -> bool) -> Source {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let source = self.node.sources(self.notebook).await.remove(0);
            if is_so(&source) {
                return source;
            }
            assert!(Instant::now() < deadline, "{source:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_written_down_asked_and_cited_by_its_second() {
    let house = House::start().await;
    let (node, notebook) = (&house.node, house.notebook);
    // Without a model it waits, and says for what.
    node.add(notebook, "handbook.wav", &spoken(SAID)).await;
    let waiting = house.one(|source| source.error.is_some()).await;
    assert_eq!((waiting.kind, waiting.status), (SourceKind::Audio, SourceStatus::Queued));
    assert!(waiting.error.unwrap().message.contains("no speech model"));
    // What is no whole model is refused with the reason.
    let model = scripted_whisper(SAID);
    let refused = house.add_model("cut.bin", &model[..model.len() - 1000]).await.unwrap_err();
    assert!(refused.contains("ends in the middle"), "{refused}");
    let refused = house.add_model("text.bin", b"no model at all").await.unwrap_err();
    assert!(refused.contains("no whisper model"), "{refused}");
    assert_eq!(house.add_model("scripted.bin", &model).await.as_deref(), Ok("scripted"));
    // It comes, and the recording goes on by itself.
    let source = house.one(|source| source.status == SourceStatus::Ready).await;
    assert!((2.0..8.0).contains(&source.seconds.unwrap()), "{source:#?}");
    assert_eq!((source.words, source.problems.len()), (10, 0), "{source:#?}");
    let id = source.id.to_string();
    let text = node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap();
    assert_eq!(text.text, SAID);
    // Each word has its second.
    let at = SAID.find("heating").unwrap() as u32;
    let query = PlacesQuery { start: at, end: at + 7, revision: None };
    let places = node.client.call::<GetPlaces>(&[&id], &query, &()).await.unwrap().places;
    let [Place::Time { start_ms, end_ms, .. }] = places.as_slice() else { panic!("{places:?}") };
    assert!(start_ms < end_ms && *start_ms > 300, "{places:?}");
    let question = Question { question: "How often is the burner cleaned?".into(), ..Question::default() };
    let turn = node.ask(notebook, question).await;
    assert_eq!(turn.citations[0].quote, SAID);
    assert!(matches!(turn.citations[0].places.as_slice(), [Place::Time { .. }]), "{turn:#?}");
    // The status says which model hears, and why.
    let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
    let ears = status.engines.iter().find(|engine| engine.task == "transcribe").unwrap();
    assert_eq!((ears.chosen.as_deref(), ears.reachable), (Some("scripted"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_broken_recordings_say_what_they_are() {
    let house = House::start().await;
    house.add_model("scripted.bin", &scripted_whisper(SAID)).await.unwrap();
    let (node, notebook) = (&house.node, house.notebook);
    let mut silence = spoken("Hello.");
    silence[44..].fill(0);
    node.add(notebook, "silence.wav", &silence).await;
    node.add(notebook, "broken.mp3", &[b"ID3\x04\0\0\0\0\0\0".as_slice(), &[7; 3000]].concat()).await;
    node.add(notebook, "header.wav", &spoken("Hello.")[..44]).await;
    let sources = node.settled(notebook).await;
    let of = |name: &str| sources.iter().find(|source| source.title == name).unwrap();
    // The model would have said its words: nobody spoke, so it was not asked.
    assert_eq!((of("silence.wav").status, of("silence.wav").words), (SourceStatus::Ready, 0));
    assert_eq!(of("silence.wav").problems[0].code, ProblemCode::NoSpeech);
    for name in ["broken.mp3", "header.wav"] {
        let failed = of(name);
        assert_eq!(failed.status, SourceStatus::Failed, "{failed:#?}");
        assert!(
            failed.error.as_ref().is_some_and(|error| error.message.contains("recording")),
            "{failed:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_recording_goes_on_where_a_killed_node_left_it() {
    let mut house = House::start().await;
    house.add_model("scripted.bin", &scripted_whisper(SAID)).await.unwrap();
    // Some minutes, in parts of half a minute.
    let sentence = spoken(&format!("{SAID} ").repeat(6));
    let mut long = sentence.clone();
    for _ in 0..7 {
        long.extend_from_slice(&sentence[44..]);
    }
    let size = (long.len() - 44) as u32;
    long[40..44].copy_from_slice(&size.to_le_bytes());
    house.node.add(house.notebook, "long.wav", &long).await;
    house.one(|source| source.status == SourceStatus::Transcribing && source.progress > 0.2).await;
    house.node.kill();
    let cache = house.cache.path().join("home").display().to_string();
    house.node = NodeProcess::start(house.data.path(), &[("HF_HOME", &cache)]);
    let begun = house.one(|source| source.status == SourceStatus::Transcribing).await;
    let source = house.one(|source| source.status == SourceStatus::Ready).await;
    assert!(source.seconds.unwrap() > 60.0, "{source:#?}");
    let id = source.id.to_string();
    let text =
        house.node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap().text;
    // Each part once: the scripted model says its words once a part.
    let parts = text.matches("Clean the burner").count();
    assert!((2..40).contains(&parts) && source.words as usize == 10 * parts, "{parts}: {begun:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openais_client_has_recordings_written_down() {
    let house = House::start().await;
    house.add_model("scripted.bin", &scripted_whisper(SAID)).await.unwrap();
    let recording = house.folder.path().join("spoken.wav");
    std::fs::write(&recording, spoken(SAID)).unwrap();
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
    let python = python().expect("the tests' Python; start this by `cargo xtask test`");
    let output = Command::new(python)
        .args(["-c", script, &house.node.address, &house.node.token, SAID, &recording.display().to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("spoken"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_command_line_takes_a_model_of_ones_own_and_refuses_others() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(hearth_tests::node::program());
        command.arg("--data-dir").arg(folder.path()).args(arguments).env("HF_HOME", cache.path());
        command.output().unwrap()
    };
    let add = |path: &Path| {
        run(&["models", "add", &path.display().to_string(), "--task", "transcribe", "--id", "my-own"])
    };
    let good = folder.path().join("good.bin");
    std::fs::write(&good, scripted_whisper(SAID)).unwrap();
    let output = add(&good);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = run(&["models"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("ready   my-own"));
    assert!(run(&["models", "rm", "my-own"]).status.success());
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    if let Some(eval) = hearth_host::eval_dir(&default) {
        let output = add(&eval.join("models/for-tests-ggml-tiny.bin"));
        assert!(!output.status.success());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains("no whole whisper model"), "{message}");
    }
}
