//! Who speaks when: on a labelled recording, and in a notebook.

use std::path::{Path, PathBuf};

use hearth_domain::Place;
use hearth_host::eval_dir;
use hearth_tests::speakers::{Label, errors, samples_of, turns, voice_encoder};
use hearth_tests::whisper::{CONVERSATION, add_scripted, conversation, models_home, voices_too};
use hearth_tests::{NodeProcess, Script, ScriptedOllama};
use hearth_wire::operations::{GetSourceText, GetStatus, GetTranscript};
use hearth_wire::{Question, RevisionQuery};

/// The evaluation's recordings; a test that has none says so and ends.
fn recordings() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    let folder = eval_dir(&default).map(|folder| folder.join("audio"));
    if folder.is_none() {
        println!("no recordings: HEARTH_EVAL_DIR names the folder of the evaluation");
    }
    folder
}

/// Where somebody speaks, and who, as the labels (NIST's RTTM) have it.
fn labels(file: &Path) -> Vec<Label> {
    let text = std::fs::read_to_string(file).unwrap();
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [start, length] = [fields[3], fields[4]].map(|seconds| seconds.parse::<f64>().unwrap());
        (start, start + length, fields[7].to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn two_who_talk_on_the_telephone_are_told_apart() {
    let Some(folder) = recordings() else { return };
    let encoder = voice_encoder(0);
    let heard = |name: &str| turns(&encoder, &samples_of(std::fs::read(folder.join(name)).unwrap())).0;
    let found = heard("pyannote-src-pyannote-audio-sample-sample.wav");
    assert_eq!(found.iter().map(|turn| turn.speaker).max(), Some(2));
    let errors = errors(&labels(&folder.join("pyannote-sample.rttm")), &found);
    println!("diarisation error rate {:.3}, {errors:.3?}", errors.rate());
    assert!(errors.rate() < 0.16 && errors.confused < 0.08, "{errors:?}");
    // Three who speak after each other; and one who reads.
    let three = heard("leopard-diarization_test.wav");
    assert_eq!(three.iter().map(|turn| turn.speaker).max(), Some(3), "{three:?}");
    assert!(heard("whisper_cpp-jfk.wav").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_says_who_speaks() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = models_home(folder.path());
    let ollama = ScriptedOllama::start(Script::says(&[])).await;
    let variables = [("HF_HOME", home.as_str()), ("HEARTH_CHAT__ADDRESS", &ollama.address)];
    let node = NodeProcess::start(data.path(), &variables);
    let notebook = node.notebook("House").await;
    add_scripted(&node.client, folder.path(), "scripted", CONVERSATION).await;
    let talk = conversation();
    // Without the model that tells voices apart nobody is named.
    node.add(notebook, "first.wav", &talk).await;
    let first = node.settled(notebook).await.remove(0);
    let lines = async |source: &hearth_domain::Source| {
        let id = source.id.to_string();
        node.client.call::<GetTranscript>(&[&id], &RevisionQuery::default(), &()).await.unwrap().lines
    };
    assert!(lines(&first).await.iter().all(|line| line.speaker.is_none()));
    let tells = async || {
        let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
        status.engines.iter().any(|engine| engine.task == "speakers" && engine.reachable)
    };
    assert!(!tells().await);
    voices_too(folder.path());
    assert!(tells().await);
    // The same once more would be linked: it has a second of silence behind it.
    node.add(notebook, "second.wav", &[talk.as_slice(), &vec![0; 44_100]].concat()).await;
    let second =
        node.settled(notebook).await.into_iter().find(|source| source.title == "second.wav").unwrap();
    assert!(second.error.is_none(), "{second:#?}");
    let told = lines(&second).await;
    let speakers: Vec<_> = told.iter().map(|line| line.speaker.as_deref()).collect();
    assert_eq!((speakers.first(), speakers.last()), (Some(&Some("1")), Some(&Some("2"))), "{told:#?}");
    // Whoever comes to speak begins a paragraph, and a citation says who it is.
    let id = second.id.to_string();
    let text = node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap().text;
    assert_eq!(text.matches("\n\n").count(), 1, "{text}");
    let source_ids = Some(vec![second.id]);
    let question =
        Question { question: "When is the burner to be cleaned?".into(), source_ids, ..Question::default() };
    let says = format!("Speaker 2 says: {} [1].", text.split("\n\n").nth(1).unwrap().trim_end_matches('.'));
    ollama.next(Script::says(&[&says]));
    let turn = node.ask(notebook, question).await;
    // Whoever puts it into another's mouth is not believed.
    ollama.next(Script::says(&[&says.replace("Speaker 2", "Speaker 1")]));
    let source_ids = Some(vec![second.id]);
    let wrong =
        Question { question: "When is the burner to be cleaned?".into(), source_ids, ..Question::default() };
    let wrong = node.ask(notebook, wrong).await;
    assert!(wrong.citations.is_empty() && wrong.unsupported.len() == 1, "{wrong:#?}");
    // And the language model is told who says it.
    let asked = ollama.requests().iter().map(ToString::to_string).find(|asked| asked.contains("Question: "));
    let asked = asked.expect("a question with its passages");
    assert!(asked.contains("Speaker 1: ") && asked.contains("\\n\\nSpeaker 2: "), "{asked}");
    let cited: Vec<_> = turn.citations.iter().flat_map(|citation| &citation.places).collect();
    assert!(
        cited.iter().any(|place| matches!(place, Place::Time { speaker: Some(who), .. } if who == "2")),
        "{turn:#?}"
    );
}
