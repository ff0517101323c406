//! Diarisation: on labelled recordings, and in a notebook.

use std::path::{Path, PathBuf};

use hearth_domain::{ModelTask, Place};
use hearth_host::evaluation_folder;
use hearth_tests::speakers::{
    SpeakerLabel, decode_samples, find_speaker_segments, load_voice_encoder, measure_errors,
};
use hearth_tests::whisper::{
    CONVERSATION_TRANSCRIPT, add_scripted_whisper, add_speaker_model, create_models_home,
    synthesise_conversation,
};
use hearth_tests::{NodeProcess, Script, ScriptedOllama};
use hearth_wire::operations::{GetSourceText, GetStatus, GetTranscript};
use hearth_wire::{NewQuestion, RevisionQuery};

/// Folder of the evaluation's recordings, or `None` if there is none, which is printed.
fn find_recordings() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    let folder = evaluation_folder(&default).map(|folder| folder.join("audio"));
    if folder.is_none() {
        println!("no recordings: HEARTH_EVAL_DIR names the folder of the evaluation");
    }
    folder
}

/// Labelled speaker segments of a file in NIST's RTTM format.
fn read_labels(file: &Path) -> Vec<SpeakerLabel> {
    let text = std::fs::read_to_string(file).unwrap();
    let parse_line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [start, length] = [fields[3], fields[4]].map(|seconds| seconds.parse::<f64>().unwrap());
        (start, start + length, fields[7].to_owned())
    };
    text.lines().map(parse_line).collect()
}

#[test]
fn two_who_talk_on_the_telephone_are_told_apart() {
    let Some(folder) = find_recordings() else { return };
    let encoder = load_voice_encoder(0);
    let diarise = |name: &str| {
        find_speaker_segments(&encoder, &decode_samples(std::fs::read(folder.join(name)).unwrap())).0
    };
    let segments = diarise("pyannote-src-pyannote-audio-sample-sample.wav");
    assert_eq!(segments.iter().map(|segment| segment.speaker).max(), Some(2));
    let errors = measure_errors(&read_labels(&folder.join("pyannote-sample.rttm")), &segments);
    println!("diarisation error rate {:.3}, {errors:.3?}", errors.error_rate());
    assert!(errors.error_rate() < 0.16 && errors.confused < 0.08, "{errors:?}");
    // Three speakers who take turns; and a single one.
    let segments = diarise("leopard-diarization_test.wav");
    assert_eq!(segments.iter().map(|segment| segment.speaker).max(), Some(3), "{segments:?}");
    assert!(diarise("whisper_cpp-jfk.wav").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_says_who_speaks() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = create_models_home(folder.path());
    let ollama = ScriptedOllama::start(Script::answering(&[])).await;
    let variables = [("HF_HOME", home.as_str()), ("HEARTH_CHAT__ADDRESS", &ollama.address)];
    let node = NodeProcess::start(data.path(), &variables);
    let notebook = node.create_notebook("House").await;
    add_scripted_whisper(&node.client, folder.path(), "scripted", CONVERSATION_TRANSCRIPT).await;
    let recording = synthesise_conversation();
    // Without the voice encoder no speaker is named.
    node.add_file(notebook, "first.wav", &recording).await;
    let first = node.wait_until_settled(notebook).await.remove(0);
    let lines = async |source: &hearth_domain::Source| {
        let id = source.id.to_string();
        node.client.call::<GetTranscript>(&[&id], &RevisionQuery::default(), &()).await.unwrap().lines
    };
    assert!(lines(&first).await.iter().all(|line| line.speaker.is_none()));
    let has_speaker_model = async || {
        let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
        status.engines.iter().any(|engine| engine.task == ModelTask::Speakers && engine.reachable)
    };
    assert!(!has_speaker_model().await);
    add_speaker_model(folder.path());
    assert!(has_speaker_model().await);
    // The same bytes would be the same source: a second of silence is appended.
    node.add_file(notebook, "second.wav", &[recording.as_slice(), &vec![0; 44_100]].concat()).await;
    let second = node
        .wait_until_settled(notebook)
        .await
        .into_iter()
        .find(|source| source.title == "second.wav")
        .unwrap();
    assert!(second.error.is_none(), "{second:#?}");
    let transcript = lines(&second).await;
    let speakers: Vec<_> = transcript.iter().map(|line| line.speaker.as_deref()).collect();
    assert_eq!((speakers.first(), speakers.last()), (Some(&Some("1")), Some(&Some("2"))), "{transcript:#?}");
    // Each change of speaker begins a paragraph, and a citation names the speaker.
    let id = second.id.to_string();
    let text = node.client.call::<GetSourceText>(&[&id], &RevisionQuery::default(), &()).await.unwrap().text;
    assert_eq!(text.matches("\n\n").count(), 1, "{text}");
    let source_ids = Some(vec![second.id]);
    let question = NewQuestion {
        question: "When is the burner to be cleaned?".into(),
        source_ids,
        ..NewQuestion::default()
    };
    let answer = format!("Speaker 2 says: {} [1].", text.split("\n\n").nth(1).unwrap().trim_end_matches('.'));
    ollama.set_script(Script::answering(&[&answer]));
    let turn = node.ask_question(notebook, question).await;
    // The same claim about another speaker is not supported.
    ollama.set_script(Script::answering(&[&answer.replace("Speaker 2", "Speaker 1")]));
    let source_ids = Some(vec![second.id]);
    let wrong = NewQuestion {
        question: "When is the burner to be cleaned?".into(),
        source_ids,
        ..NewQuestion::default()
    };
    let wrong = node.ask_question(notebook, wrong).await;
    assert!(wrong.citations.is_empty() && wrong.unsupported.len() == 1, "{wrong:#?}");
    // The prompt names the speakers.
    let requests = ollama.chat_requests();
    let prompt = requests.iter().map(ToString::to_string).find(|prompt| prompt.contains("Question: "));
    let prompt = prompt.expect("a question with its passages");
    assert!(prompt.contains("Speaker 1: ") && prompt.contains("\\n\\nSpeaker 2: "), "{prompt}");
    let places: Vec<_> = turn.citations.iter().flat_map(|citation| &citation.places).collect();
    assert!(
        places.iter().any(|place| matches!(place, Place::Time { speaker: Some(name), .. } if name == "2")),
        "{turn:#?}"
    );
}
