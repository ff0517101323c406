//! The router with scripted engines that come and go.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use hearth_domain::{
    ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, EmbedError, EngineError, FailureScope,
    Reasoning, SamplingOptions, TranscribeError,
};
use hearth_machine::{Candidate, ChatServers, Router};

/// An engine that answers with its name, or fails with an error.
struct ScriptedEngine {
    name: &'static str,
    error: Mutex<Option<EmbedError>>,
    calls: AtomicU32,
}

impl ScriptedEngine {
    fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, error: Mutex::default(), calls: AtomicU32::new(0) })
    }

    fn candidate(self: &Arc<Self>) -> Candidate<Self> {
        Candidate { name: self.name.into(), engine: Arc::clone(self) }
    }

    fn set_error(&self, error: Option<EmbedError>) {
        *self.error.lock().unwrap() = error;
    }

    /// Calls since the last look.
    fn take_calls(&self) -> u32 {
        self.calls.swap(0, Ordering::SeqCst)
    }

    fn answer(&self) -> Result<&'static str, EmbedError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match &*self.error.lock().unwrap() {
            None => Ok(self.name),
            Some(EmbedError::Overloaded) => Err(EmbedError::Overloaded),
            Some(EmbedError::Inference(reason)) => Err(EmbedError::Inference(reason.clone())),
            Some(_) => Err(unreachable(self.name)),
        }
    }
}

fn unreachable(name: &str) -> EmbedError {
    EmbedError::Unreachable { address: name.into(), reason: "it is off".into() }
}

async fn ask(router: &Router<ScriptedEngine>) -> Result<&'static str, EmbedError> {
    router.run(|engine: Arc<ScriptedEngine>| std::future::ready(engine.answer())).await
}

#[tokio::test(start_paused = true)]
async fn the_first_that_works_is_used_and_the_first_comes_back() {
    let (near, far) = (ScriptedEngine::new("near"), ScriptedEngine::new("far"));
    let router = Router::new(near.candidate(), vec![far.candidate()]);
    assert_eq!(ask(&router).await.unwrap(), "near");
    assert_eq!((near.take_calls(), far.take_calls()), (1, 0));

    near.set_error(Some(unreachable("near")));
    assert_eq!(ask(&router).await.unwrap(), "far");
    let route = router.route();
    assert_eq!(route.name, "far");
    assert_eq!(route.passed_over, [("near".to_owned(), unreachable("near").to_string())]);
    // It is not asked again for a while.
    near.take_calls();
    assert_eq!(ask(&router).await.unwrap(), "far");
    assert_eq!(near.take_calls(), 0);

    // Asked again, and passed over for longer, each time it fails.
    for seconds in [5, 10, 20, 40, 60, 60] {
        tokio::time::advance(Duration::from_millis(seconds * 1000 - 1)).await;
        assert_eq!(ask(&router).await.unwrap(), "far");
        assert_eq!(near.take_calls(), 0, "{seconds}");
        tokio::time::advance(Duration::from_millis(2)).await;
        assert_eq!(ask(&router).await.unwrap(), "far");
        assert_eq!(near.take_calls(), 1, "{seconds}");
    }

    near.set_error(None);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(ask(&router).await.unwrap(), "near");
    assert_eq!(router.route().passed_over, []);
    // Its failures are forgotten.
    near.set_error(Some(unreachable("near")));
    ask(&router).await.unwrap();
    near.set_error(None);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(ask(&router).await.unwrap(), "near");
}

#[tokio::test(start_paused = true)]
async fn a_full_engine_is_passed_over_once_and_a_wrong_request_fails_at_once() {
    let (near, far) = (ScriptedEngine::new("near"), ScriptedEngine::new("far"));
    let router = Router::new(near.candidate(), vec![far.candidate()]);
    near.set_error(Some(EmbedError::Overloaded));
    assert_eq!(ask(&router).await.unwrap(), "far");
    near.set_error(None);
    assert_eq!(ask(&router).await.unwrap(), "near");

    far.take_calls();
    near.set_error(Some(EmbedError::Inference("no text".into())));
    assert!(matches!(ask(&router).await, Err(EmbedError::Inference(_))));
    assert_eq!(far.take_calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn when_none_works_the_error_is_that_of_the_first_and_all_are_tried_each_time() {
    let (near, far) = (ScriptedEngine::new("near"), ScriptedEngine::new("far"));
    let router = Router::new(near.candidate(), vec![far.candidate()]);
    near.set_error(Some(unreachable("near")));
    far.set_error(Some(unreachable("far")));
    for _ in 0..2 {
        let error = ask(&router).await.unwrap_err();
        assert_eq!(error.to_string(), unreachable("near").to_string());
        assert_eq!((near.take_calls(), far.take_calls()), (1, 1));
    }
    far.set_error(None);
    assert_eq!(ask(&router).await.unwrap(), "far");
}

#[test]
fn an_error_says_whether_another_engine_may_do_better() {
    assert_eq!(EmbedError::Overloaded.failure_scope(), FailureScope::Request);
    assert_eq!(TranscribeError::Overloaded.failure_scope(), FailureScope::Request);
    let gone = TranscribeError::Unreachable { address: "attic".into(), reason: "it is off".into() };
    assert_eq!(gone.failure_scope(), FailureScope::Engine);
    assert!(ChatError::ModelMissing { model: "m".into() }.can_try_elsewhere());
    assert!(!ChatError::Refused("the key is wrong".into()).can_try_elsewhere());
}

/// A server that streams these events.
struct ScriptedServer(&'static str, Vec<Result<ChatEvent, ChatError>>);

#[async_trait]
impl ChatModel for ScriptedServer {
    fn address(&self) -> String {
        self.0.into()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        Ok(vec![ChatModelInfo {
            name: self.0.into(),
            size_bytes: None,
            context: None,
            can_chat: true,
            can_reason: false,
        }])
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        Err(ChatError::ModelMissing { model: model.into() })
    }

    fn stream_chat(&self, _request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let copy = |event: &Result<ChatEvent, ChatError>| match event {
            Ok(event) => Ok(event.clone()),
            Err(ChatError::Interrupted(reason)) => Err(ChatError::Interrupted(reason.clone())),
            Err(error) => Err(ChatError::Refused(error.to_string())),
        };
        stream::iter(self.1.iter().map(copy).collect::<Vec<_>>()).boxed()
    }
}

async fn stream_answer(servers: &ChatServers) -> Result<Vec<ChatEvent>, ChatError> {
    let request = ChatRequest {
        model: "m".into(),
        messages: Vec::new(),
        context: 100,
        max_answer: 10,
        reasoning: Reasoning::UpTo(0),
        sampling: SamplingOptions::with_temperature(0.0),
        schema: None,
    };
    servers.stream_chat(request).try_collect().await
}

fn build_servers(near: Vec<Result<ChatEvent, ChatError>>) -> ChatServers {
    let done = Ok(ChatEvent::Done { truncated: false, usage: None });
    let far = ScriptedServer("far", vec![Ok(ChatEvent::Text("from afar".into())), done]);
    ChatServers::new(Arc::new(ScriptedServer("near", near)), vec![Arc::new(far)])
}

#[tokio::test]
async fn an_answer_moves_to_another_server_only_before_its_first_word() {
    let lost = || Err(ChatError::Interrupted("it hung up".into()));
    let servers = build_servers(vec![Ok(ChatEvent::Loading), lost()]);
    let events = stream_answer(&servers).await.unwrap();
    assert_eq!(events[..2], [ChatEvent::Loading, ChatEvent::Text("from afar".into())]);
    assert_eq!((servers.address().as_str(), servers.route().passed_over.len()), ("far", 1));
    assert_eq!(servers.list_models().await.unwrap()[0].name, "far");

    let servers = build_servers(vec![Ok(ChatEvent::Text("From".into())), lost()]);
    assert!(matches!(stream_answer(&servers).await, Err(ChatError::Interrupted(_))));
    let servers = build_servers(vec![Err(ChatError::Refused("the key is wrong".into()))]);
    assert!(matches!(stream_answer(&servers).await, Err(ChatError::Refused(_))));
}

/// A server with an embedder, a model that turns out to be one, and a model that chats.
struct MixedServer;

impl MixedServer {
    fn info(name: &str, can_chat: bool) -> ChatModelInfo {
        ChatModelInfo { name: name.into(), size_bytes: None, context: None, can_chat, can_reason: false }
    }
}

#[async_trait]
impl ChatModel for MixedServer {
    fn address(&self) -> String {
        "mixed".into()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        Ok(vec![Self::info("embedder", false), Self::info("surprise", true), Self::info("talker", true)])
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        Ok(Self::info(model, model == "talker"))
    }

    fn stream_chat(&self, _request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        stream::empty().boxed()
    }
}

#[tokio::test]
async fn the_model_that_is_taken_first_can_chat() {
    let servers = ChatServers::new(Arc::new(MixedServer), Vec::new());
    let found = servers.find_chat_model().await.unwrap().unwrap();
    assert_eq!(found.name, "talker");
}
