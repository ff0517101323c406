//! Speaking to a node over a socket, as a browser or another program does.

use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use hearth_domain::{LeftDictation, NotebookId};
use hearth_tests::NodeProcess;
use hearth_tests::whisper::{add_scripted, models_home, spoken};
use hearth_wire::operation::Operation;
use hearth_wire::operations::{DeleteDictation, Dictate, GetDictation, ListDictations, WriteDictation};
use hearth_wire::{DictateOrder, DictateQuery, ErrorCode, Voice, WriteRequest};
use reqwest::StatusCode;
use reqwest::header::{ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const SAID: &str = "Clean the burner once a year before the heating season.";

struct House {
    node: NodeProcess,
    notebook: NotebookId,
    folder: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl House {
    async fn start() -> Self {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let node = NodeProcess::start(data.path(), &[("HF_HOME", &models_home(folder.path()))]);
        let notebook = node.notebook("House").await;
        Self { node, notebook, folder, data }
    }

    async fn with_ears() -> Self {
        let house = Self::start().await;
        add_scripted(&house.node.client, house.folder.path(), "scripted", SAID).await;
        house
    }

    async fn speaker(&self, rate: u32) -> Speaker {
        let query = DictateQuery {
            notebook_id: Some(self.notebook),
            rate,
            microphone: "Desk\n".into(),
            ..DictateQuery::default()
        };
        self.speaker_with(&query).await
    }

    async fn speaker_with(&self, query: &DictateQuery) -> Speaker {
        let fields = serde_json::to_value(query).unwrap();
        let fields: Vec<(String, String)> = fields
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().map_or(value.to_string(), str::to_owned)))
            .collect();
        let mut address = reqwest::Url::parse(&self.node.address).unwrap().join(Dictate::INFO.path).unwrap();
        address.query_pairs_mut().extend_pairs(fields);
        let mut request = address.as_str().replacen("http", "ws", 1).into_client_request().unwrap();
        let token = format!("Bearer {}", self.node.token).parse().unwrap();
        request.headers_mut().insert("authorization", token);
        Speaker(connect_async(request).await.unwrap().0)
    }

    async fn left(&self) -> Vec<LeftDictation> {
        self.node.client.call::<ListDictations>(&[], &(), &()).await.unwrap().dictations
    }

    async fn bytes(&self, path: &str) -> Vec<u8> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{}{path}", self.node.address)).bearer_auth(&self.node.token);
        request.send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    /// Waits until so many recordings are left.
    async fn until_left(&self, count: usize) -> Vec<LeftDictation> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let left = self.left().await;
            if left.len() == count {
                return left;
            }
            assert!(Instant::now() < deadline, "{left:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Somebody who speaks.
struct Speaker(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Speaker {
    /// Says all samples of a WAV, in pieces of a fiftieth of a second.
    async fn say(&mut self, wav: &[u8]) {
        for piece in wav[44..].chunks(22_050 / 50 * 2) {
            self.0.send(Message::Binary(piece.to_vec().into())).await.unwrap();
        }
    }

    async fn order(&mut self, order: &DictateOrder) {
        self.0.send(Message::Text(serde_json::to_string(order).unwrap().into())).await.unwrap();
    }

    async fn next(&mut self) -> Option<Voice> {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(30), self.0.next()).await.unwrap();
            match message? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Err(Error::ConnectionClosed | Error::Protocol(_)) => return None,
                // Reading on answers what is no text: pings, and the end.
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// All that is told from now on.
    async fn all(&mut self) -> Vec<Voice> {
        let mut all = Vec::new();
        while let Some(voice) = self.next().await {
            all.push(voice);
        }
        all
    }

    async fn until(&mut self, is_it: impl Fn(&Voice) -> bool) {
        while !is_it(&self.next().await.expect("something is told")) {}
    }
}

fn said(voices: &[Voice]) -> (&str, Option<&str>) {
    match voices.last() {
        Some(Voice::Said { text, lost }) => (text, lost.as_deref()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_becomes_text_while_it_is_said() {
    let house = House::with_ears().await;
    let mut speaker = house.speaker(22_050).await;
    let wav = spoken(SAID);
    speaker.say(&wav).await;
    speaker.order(&DictateOrder::Stop {}).await;
    let voices = speaker.all().await;
    let opening = Voice::Opening { notebook: Some("House".into()), hands_free: false };
    assert_eq!(voices[0], opening);
    assert_eq!(voices[1], Voice::Listening { microphone: "Desk".into() });
    let is_level = |voice: &&Voice| matches!(voice, Voice::Level { level } if *level > 0.5);
    assert!(voices.iter().filter(is_level).count() > 20);
    assert!(voices.contains(&Voice::Writing {}));
    assert_eq!(said(&voices), (SAID, None));
    // Without hands it ends at the pause, and the text so far was told before.
    let query = DictateQuery { hands_free: true, rate: 22_050, ..DictateQuery::default() };
    let mut speaker = house.speaker_with(&query).await;
    speaker.say(&wav).await;
    let silence = vec![0; wav.len()];
    speaker.say(&silence).await;
    let voices = speaker.all().await;
    assert_eq!(said(&voices), (SAID, None));
    // Nothing of it is left, once it is known that it has come.
    house.until_left(0).await;
    assert_eq!(std::fs::read_dir(house.data.path().join("recordings")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_searched_for_before_it_is_asked() {
    let house = House::with_ears().await;
    house.node.add(house.notebook, "boiler.md", b"# Boiler\n\nThe burner is cleaned once a year.").await;
    house.node.settled(house.notebook).await;
    let batches = async || {
        let text = String::from_utf8(house.bytes("/metrics").await).unwrap();
        // Of the embedder; the model that hears has a line of its own.
        let mut lines =
            text.lines().filter(|line| line.starts_with("model_inference_duration_seconds_count"));
        let line = lines.find(|line| !line.contains("scripted")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let before = batches().await;
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&spoken(SAID)).await;
    speaker.until(|voice| matches!(voice, Voice::Partial { .. })).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while batches().await <= before {
        assert!(Instant::now() < deadline, "nobody searches");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    speaker.order(&DictateOrder::Drop {}).await;
    speaker.all().await;
    let metrics = String::from_utf8(house.bytes("/metrics").await).unwrap();
    let name = "model_inference_duration_seconds_sum{model=\"scripted\"} ";
    let seconds = metrics.lines().find_map(|line| line.strip_prefix(name)?.parse::<f64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0.0), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_was_told_stays_until_it_is_text() {
    let mut house = House::with_ears().await;
    let wav = spoken(SAID);
    // The connection breaks in the middle of it.
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&wav).await;
    speaker.until(|voice| matches!(voice, Voice::Listening { .. })).await;
    drop(speaker);
    let left = house.until_left(1).await;
    let seconds = (wav.len() - 44) as f64 / 44_100.0;
    assert!((left[0].seconds - seconds).abs() < 0.3, "{} of {seconds}", left[0].seconds);
    // So does the node, in the middle of another.
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&wav).await;
    speaker.until(|voice| matches!(voice, Voice::Partial { .. })).await;
    house.node.kill();
    let home = house.folder.path().join("home").display().to_string();
    house.node = NodeProcess::start(house.data.path(), &[("HF_HOME", &home)]);
    let left = house.until_left(2).await;
    assert!(left[0].at > left[1].at, "{left:?}");
    for one in left {
        let id = one.id.to_string();
        let bytes = house.bytes(&GetDictation::INFO.path_with(&[&id])).await;
        assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
        assert_eq!(u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize, bytes.len() - 44);
        let request = WriteRequest { notebook_id: Some(house.notebook) };
        let written = house.node.client.call::<WriteDictation>(&[&id], &(), &request).await.unwrap();
        assert_eq!(written.text, SAID);
        house.node.client.call::<DeleteDictation>(&[&id], &(), &()).await.unwrap();
        let again = house.node.client.call::<WriteDictation>(&[&id], &(), &request).await.unwrap_err();
        assert_eq!(again.code(), Some(ErrorCode::NotFound));
    }
    assert!(house.left().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drops_it_leaves_nothing_and_what_is_wrong_is_told() {
    let house = House::start().await;
    let failed = async |query: &DictateQuery| match house.speaker_with(query).await.all().await.as_slice() {
        [Voice::Failed { error, kept: None }] => (error.code, error.message.clone()),
        other => panic!("{other:?}"),
    };
    let (code, message) = failed(&DictateQuery::default()).await;
    assert_eq!(code, ErrorCode::ModelNotLoaded);
    assert!(message.contains("no speech model"), "{message}");
    add_scripted(&house.node.client, house.folder.path(), "scripted", SAID).await;
    assert_eq!(
        failed(&DictateQuery { rate: 7, ..DictateQuery::default() }).await.0,
        ErrorCode::InvalidRequest
    );
    let nowhere = DictateQuery {
        notebook_id: "00000000-0000-0000-0000-000000000000".parse().ok(),
        ..DictateQuery::default()
    };
    assert_eq!(failed(&nowhere).await.0, ErrorCode::NotFound);

    let wav = spoken(SAID);
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&wav).await;
    speaker.order(&DictateOrder::Drop {}).await;
    assert_eq!(speaker.all().await.last(), Some(&Voice::Dropped {}));
    // What is no order ends it, and what was said is text all the same.
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&wav).await;
    speaker.0.send(Message::Text(r#"{"do":"dance"}"#.into())).await.unwrap();
    let voices = speaker.all().await;
    let (text, lost) = said(&voices);
    assert_eq!(text, SAID);
    assert!(lost.is_some_and(|why| why.contains("not understood")), "{lost:?}");
    // A microphone that is pulled out says so.
    let mut speaker = house.speaker(22_050).await;
    speaker.say(&wav).await;
    speaker.order(&DictateOrder::Lost { why: "It was pulled out.".into() }).await;
    assert_eq!(said(&speaker.all().await), (SAID, Some("It was pulled out.")));
    house.until_left(0).await;

    // Not everyone at once.
    let mut speakers = Vec::new();
    for _ in 0..4 {
        let mut speaker = house.speaker(22_050).await;
        speaker.until(|voice| matches!(voice, Voice::Opening { .. })).await;
        speakers.push(speaker);
    }
    let (code, _) = failed(&DictateQuery::default()).await;
    assert_eq!(code, ErrorCode::Overloaded);
    for mut speaker in speakers {
        speaker.order(&DictateOrder::Drop {}).await;
        speaker.all().await;
    }
    // A message that is larger than any sound ends the connection, and not the node.
    let mut speaker = house.speaker(22_050).await;
    let _ = speaker.0.send(Message::Binary(vec![0; 1 << 20].into())).await;
    while let Some(Ok(_)) = speaker.0.next().await {}
    assert!(house.left().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_speaks() {
    let house = House::start().await;
    let ask = async |headers: &[(&str, &str)]| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(format!("{}{}", house.node.address, Dictate::INFO.path));
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
    let entered = http.get(&house.node.page).send().await.unwrap();
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = format!("Bearer {}", house.node.token);
    assert_eq!(ask(&[]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&[("authorization", &token)]).await, StatusCode::SWITCHING_PROTOCOLS);
    let own = (ORIGIN.as_str(), house.node.address.as_str());
    assert_eq!(ask(&[("cookie", &cookie), own]).await, StatusCode::SWITCHING_PROTOCOLS);
    // The cookie goes with what any page has the browser send.
    assert_eq!(ask(&[("cookie", &cookie)]).await, StatusCode::FORBIDDEN);
    let foreign = (ORIGIN.as_str(), "http://evil.example");
    assert_eq!(ask(&[("cookie", &cookie), foreign]).await, StatusCode::FORBIDDEN);
}
