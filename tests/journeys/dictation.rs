//! Dictation over a node's web socket, as a browser or another program uses it.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use hearth_domain::{NotebookId, PendingDictation};
use hearth_tests::whisper::{add_scripted_whisper, create_models_home, synthesise_speech};
use hearth_tests::{NodeProcess, wait_for, wait_for_end, wait_until};
use hearth_wire::operation::Operation;
use hearth_wire::operations::{
    DeletePendingDictation, GetPendingDictation, ListPendingDictations, StreamDictation,
    TranscribePendingDictation,
};
use hearth_wire::{
    DictationCommand, DictationEvent, ErrorCode, StreamDictationQuery, TranscribeDictationRequest,
};
use reqwest::StatusCode;
use reqwest::header::{ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Sentence that is spoken, and that the scripted model transcribes.
const SPOKEN_SENTENCE: &str = "Clean the burner once a year before the heating season.";
/// Interval of the samples that a microphone sends in a quiet room: without any, it would count as lost.
const SILENCE_INTERVAL: Duration = Duration::from_secs(1);

/// A node with a notebook, and its folders of data and models.
struct DictationFixture {
    node: NodeProcess,
    notebook: NotebookId,
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl DictationFixture {
    /// Starts a node without a speech model.
    async fn start() -> Self {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let node = NodeProcess::start(data.path(), &[("HF_HOME", &create_models_home(folder.path()))]);
        let notebook = node.create_notebook("House").await;
        Self { node, notebook, folder, data }
    }

    /// Starts a node with the scripted speech model.
    async fn start_with_model() -> Self {
        let fixture = Self::start().await;
        add_scripted_whisper(&fixture.node.client, fixture.folder.path(), "scripted", SPOKEN_SENTENCE).await;
        fixture
    }

    /// Starts a dictation for the notebook; `rate` is in Hz.
    async fn open_dictation(&self, rate: u32) -> DictationSocket {
        let query = StreamDictationQuery {
            notebook_id: Some(self.notebook),
            rate,
            microphone: "Desk\n".into(),
            ..StreamDictationQuery::default()
        };
        self.open_dictation_with(&query).await
    }

    /// Starts a dictation with given options.
    async fn open_dictation_with(&self, query: &StreamDictationQuery) -> DictationSocket {
        let fields = serde_json::to_value(query).unwrap();
        let fields: Vec<(String, String)> = fields
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().map_or(value.to_string(), str::to_owned)))
            .collect();
        let mut address =
            reqwest::Url::parse(&self.node.address).unwrap().join(StreamDictation::INFO.path).unwrap();
        address.query_pairs_mut().extend_pairs(fields);
        let mut request = address.as_str().replacen("http", "ws", 1).into_client_request().unwrap();
        let token = format!("Bearer {}", self.node.token).parse().unwrap();
        request.headers_mut().insert("authorization", token);
        DictationSocket(connect_async(request).await.unwrap().0)
    }

    /// Pending dictations of the node.
    async fn list_pending(&self) -> Vec<PendingDictation> {
        self.node.client.call::<ListPendingDictations>(&[], &(), &()).await.unwrap().dictations
    }

    /// Body of a response of the node.
    async fn fetch_bytes(&self, path: &str) -> Vec<u8> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{}{path}", self.node.address)).bearer_auth(&self.node.token);
        request.send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    /// Waits until there are `count` pending dictations.
    async fn wait_for_pending(&self, count: usize) -> Vec<PendingDictation> {
        let what = format!("{count} pending dictations");
        wait_for(&what, async || self.list_pending().await, |pending| pending.len() == count).await
    }
}

/// The socket of a running dictation.
struct DictationSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl DictationSocket {
    /// Sends the samples of a WAV, in pieces of a fiftieth of a second.
    async fn send_recording(&mut self, wav: &[u8]) {
        for piece in wav[44..].chunks(22_050 / 50 * 2) {
            self.0.send(Message::Binary(piece.to_vec().into())).await.unwrap();
        }
    }

    /// Sends a command.
    async fn send_command(&mut self, command: &DictationCommand) {
        self.0.send(Message::Text(serde_json::to_string(command).unwrap().into())).await.unwrap();
    }

    /// Next event, or `None` at the end of the connection.
    async fn next_event(&mut self) -> Option<DictationEvent> {
        loop {
            match wait_for_end("a message of the dictation", self.0.next()).await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Err(Error::ConnectionClosed | Error::Protocol(_)) => return None,
                // Reading on answers other messages: pings, and the end.
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// All further events until the end of the connection.
    async fn collect_events(&mut self) -> Vec<DictationEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next_event().await {
            events.push(event);
        }
        events
    }

    /// Waits for an event that meets a condition, with silence at the microphone.
    async fn wait_for_event(&mut self, condition: impl Fn(&DictationEvent) -> bool) {
        let waiting = async {
            loop {
                match tokio::time::timeout(SILENCE_INTERVAL, self.next_event()).await {
                    Ok(None) => panic!("the connection has ended"),
                    Ok(Some(event)) if condition(&event) => return,
                    Ok(Some(_)) => {}
                    Err(_) => self.0.send(Message::Binary(vec![0; 200].into())).await.unwrap(),
                }
            }
        };
        wait_for_end("an event of the dictation", waiting).await;
    }
}

/// Text of a finished dictation, and the reason why its microphone was lost, if it was.
fn final_text(events: &[DictationEvent]) -> (&str, Option<&str>) {
    match events.last() {
        Some(DictationEvent::Finished { text, microphone_error: lost }) => (text, lost.as_deref()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_becomes_text_while_it_is_said() {
    let fixture = DictationFixture::start_with_model().await;
    let mut dictation = fixture.open_dictation(22_050).await;
    let wav = synthesise_speech(SPOKEN_SENTENCE);
    dictation.send_recording(&wav).await;
    dictation.send_command(&DictationCommand::Finish {}).await;
    let events = dictation.collect_events().await;
    let opening = DictationEvent::Opening { notebook: Some("House".into()), hands_free: false };
    assert_eq!(events[0], opening);
    assert_eq!(events[1], DictationEvent::Started { microphone: "Desk".into() });
    let is_level = |event: &&DictationEvent| matches!(event, DictationEvent::Level { level } if *level > 0.5);
    assert!(events.iter().filter(is_level).count() > 20);
    assert!(events.contains(&DictationEvent::Transcribing {}));
    assert_eq!(final_text(&events), (SPOKEN_SENTENCE, None));
    // A hands-free dictation ends at the pause.
    let query = StreamDictationQuery { hands_free: true, rate: 22_050, ..StreamDictationQuery::default() };
    let mut dictation = fixture.open_dictation_with(&query).await;
    dictation.send_recording(&wav).await;
    let silence = vec![0; wav.len()];
    dictation.send_recording(&silence).await;
    let events = dictation.collect_events().await;
    assert_eq!(final_text(&events), (SPOKEN_SENTENCE, None));
    // Its recording is deleted once the text has arrived.
    fixture.wait_for_pending(0).await;
    assert_eq!(std::fs::read_dir(fixture.data.path().join("recordings")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_searched_for_before_it_is_asked() {
    let fixture = DictationFixture::start_with_model().await;
    fixture
        .node
        .add_file(fixture.notebook, "boiler.md", b"# Boiler\n\nThe burner is cleaned once a year.")
        .await;
    fixture.node.wait_until_settled(fixture.notebook).await;
    let batches = async || {
        let text = String::from_utf8(fixture.fetch_bytes("/metrics").await).unwrap();
        // The line of the embedder; the speech model has a line of its own.
        let mut lines =
            text.lines().filter(|line| line.starts_with("model_inference_duration_seconds_count"));
        let line = lines.find(|line| !line.contains("scripted")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let before = batches().await;
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&synthesise_speech(SPOKEN_SENTENCE)).await;
    dictation.wait_for_event(|event| matches!(event, DictationEvent::Partial { .. })).await;
    wait_until("a search starts", async || batches().await > before).await;
    dictation.send_command(&DictationCommand::Cancel {}).await;
    dictation.collect_events().await;
    let metrics = String::from_utf8(fixture.fetch_bytes("/metrics").await).unwrap();
    let name = "model_inference_duration_seconds_sum{model=\"scripted\"} ";
    let seconds = metrics.lines().find_map(|line| line.strip_prefix(name)?.parse::<f64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0.0), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_was_told_stays_until_it_is_text() {
    let mut fixture = DictationFixture::start_with_model().await;
    let wav = synthesise_speech(SPOKEN_SENTENCE);
    // The connection breaks in the middle of it.
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&wav).await;
    dictation.wait_for_event(|event| matches!(event, DictationEvent::Started { .. })).await;
    drop(dictation);
    let pending = fixture.wait_for_pending(1).await;
    let seconds = (wav.len() - 44) as f64 / 44_100.0;
    assert!((pending[0].seconds - seconds).abs() < 0.3, "{} of {seconds}", pending[0].seconds);
    // The node is killed in the middle of another.
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&wav).await;
    dictation.wait_for_event(|event| matches!(event, DictationEvent::Partial { .. })).await;
    fixture.node.kill();
    let home = fixture.folder.path().join("home").display().to_string();
    fixture.node = NodeProcess::start(fixture.data.path(), &[("HF_HOME", &home)]);
    let pending = fixture.wait_for_pending(2).await;
    assert!(pending[0].at > pending[1].at, "{pending:?}");
    for dictation in pending {
        let id = dictation.id.to_string();
        let bytes = fixture.fetch_bytes(&GetPendingDictation::INFO.format_path(&[&id])).await;
        assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
        assert_eq!(u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize, bytes.len() - 44);
        let request = TranscribeDictationRequest { notebook_id: Some(fixture.notebook) };
        let transcribed =
            fixture.node.client.call::<TranscribePendingDictation>(&[&id], &(), &request).await.unwrap();
        assert_eq!(transcribed.text, SPOKEN_SENTENCE);
        fixture.node.client.call::<DeletePendingDictation>(&[&id], &(), &()).await.unwrap();
        let deleted =
            fixture.node.client.call::<TranscribePendingDictation>(&[&id], &(), &request).await.unwrap_err();
        assert_eq!(deleted.error_code(), Some(ErrorCode::NotFound));
    }
    assert!(fixture.list_pending().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drops_it_leaves_nothing_and_what_is_wrong_is_told() {
    let fixture = DictationFixture::start().await;
    let failed = async |query: &StreamDictationQuery| match fixture
        .open_dictation_with(query)
        .await
        .collect_events()
        .await
        .as_slice()
    {
        [DictationEvent::Failed { error, recording_id: None }] => (error.code, error.message.clone()),
        other => panic!("{other:?}"),
    };
    let (code, message) = failed(&StreamDictationQuery::default()).await;
    assert_eq!(code, ErrorCode::ModelNotLoaded);
    assert!(message.contains("no speech model"), "{message}");
    add_scripted_whisper(&fixture.node.client, fixture.folder.path(), "scripted", SPOKEN_SENTENCE).await;
    assert_eq!(
        failed(&StreamDictationQuery { rate: 7, ..StreamDictationQuery::default() }).await.0,
        ErrorCode::InvalidRequest
    );
    let nowhere = StreamDictationQuery {
        notebook_id: "00000000-0000-0000-0000-000000000000".parse().ok(),
        ..StreamDictationQuery::default()
    };
    assert_eq!(failed(&nowhere).await.0, ErrorCode::NotFound);

    let wav = synthesise_speech(SPOKEN_SENTENCE);
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&wav).await;
    dictation.send_command(&DictationCommand::Cancel {}).await;
    assert_eq!(dictation.collect_events().await.last(), Some(&DictationEvent::Cancelled {}));
    // An unknown command ends it, and the speech so far becomes text.
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&wav).await;
    dictation.0.send(Message::Text(r#"{"type":"dance"}"#.into())).await.unwrap();
    let events = dictation.collect_events().await;
    let (text, lost) = final_text(&events);
    assert_eq!(text, SPOKEN_SENTENCE);
    assert!(lost.is_some_and(|reason| reason.contains("this command is not valid")), "{lost:?}");
    // The loss of the microphone is reported with its reason.
    let mut dictation = fixture.open_dictation(22_050).await;
    dictation.send_recording(&wav).await;
    dictation.send_command(&DictationCommand::MicrophoneLost { reason: "It was pulled out.".into() }).await;
    assert_eq!(final_text(&dictation.collect_events().await), (SPOKEN_SENTENCE, Some("It was pulled out.")));
    fixture.wait_for_pending(0).await;

    // The number of concurrent dictations is limited.
    let mut dictations = Vec::new();
    for _ in 0..4 {
        let mut dictation = fixture.open_dictation(22_050).await;
        dictation.wait_for_event(|event| matches!(event, DictationEvent::Opening { .. })).await;
        dictations.push(dictation);
    }
    let (code, _) = failed(&StreamDictationQuery::default()).await;
    assert_eq!(code, ErrorCode::Overloaded);
    for mut dictation in dictations {
        dictation.send_command(&DictationCommand::Cancel {}).await;
        dictation.collect_events().await;
    }
    // A message larger than any samples ends the connection, and not the node.
    let mut dictation = fixture.open_dictation(22_050).await;
    let _ = dictation.0.send(Message::Binary(vec![0; 1 << 20].into())).await;
    while let Some(Ok(_)) = dictation.0.next().await {}
    assert!(fixture.list_pending().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_speaks() {
    let fixture = DictationFixture::start().await;
    let connect_with = async |headers: &[(&str, &str)]| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(format!("{}{}", fixture.node.address, StreamDictation::INFO.path));
        let upgrade = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        for (name, value) in upgrade.iter().chain(headers) {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status()
    };
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let entered = http.get(&fixture.node.login_address).send().await.unwrap();
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = format!("Bearer {}", fixture.node.token);
    assert_eq!(connect_with(&[]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(connect_with(&[("authorization", &token)]).await, StatusCode::SWITCHING_PROTOCOLS);
    let own = (ORIGIN.as_str(), fixture.node.address.as_str());
    assert_eq!(connect_with(&[("cookie", &cookie), own]).await, StatusCode::SWITCHING_PROTOCOLS);
    // The browser sends the cookie with requests of any page.
    assert_eq!(connect_with(&[("cookie", &cookie)]).await, StatusCode::FORBIDDEN);
    let foreign = (ORIGIN.as_str(), "http://evil.example");
    assert_eq!(connect_with(&[("cookie", &cookie), foreign]).await, StatusCode::FORBIDDEN);
}
