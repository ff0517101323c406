//! The language model servers: the first of the settings that works is used.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_chat::{Ollama, OpenAi};
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, EngineError};
use hearth_host::{ChatServer, Settings};

use crate::router::{Candidate, Route, Router};
use crate::watched_server::WatchedServer;

/// Several language model servers as one.
pub struct ChatServers(Arc<Router<dyn ChatModel>>);

/// Client of the server at an address.
fn create_client(settings: &Settings, address: &str) -> Result<Arc<dyn ChatModel>, ChatError> {
    let chat = &settings.chat;
    let idle_timeout = Duration::from_secs(chat.patience_seconds);
    Ok(match chat.server {
        ChatServer::Ollama => Arc::new(Ollama::new(address, &chat.keep_alive, idle_timeout)?),
        ChatServer::OpenAi => Arc::new(OpenAi::new(address, &chat.key, idle_timeout)?),
    })
}

/// The server in the settings, and its fallbacks.
type Clients = (Arc<dyn ChatModel>, Vec<Arc<dyn ChatModel>>);

fn create_clients(settings: &Settings) -> Result<Clients, ChatError> {
    let first = create_client(settings, &settings.chat.address)?;
    let others = settings.chat.fallbacks.iter().map(|address| create_client(settings, address));
    Ok((first, others.collect::<Result<_, _>>()?))
}

impl ChatServers {
    /// The servers in the settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, ChatError> {
        let (first, others) = create_clients(settings)?;
        Ok(Self::new(first, others))
    }

    /// The servers in the settings for one test of them, which waits for a slow server.
    pub(crate) fn for_test(settings: &Settings) -> Result<Self, ChatError> {
        let (first, others) = create_clients(settings)?;
        Ok(Self::with_engines(first, others))
    }

    /// A server, and others that are used when it fails. No request waits for one that hangs.
    pub fn new(first: Arc<dyn ChatModel>, others: Vec<Arc<dyn ChatModel>>) -> Self {
        let watch = |engine| -> Arc<dyn ChatModel> { Arc::new(WatchedServer::new(engine)) };
        Self::with_engines(watch(first), others.into_iter().map(watch).collect())
    }

    fn with_engines(first: Arc<dyn ChatModel>, others: Vec<Arc<dyn ChatModel>>) -> Self {
        let candidate = |engine: Arc<dyn ChatModel>| Candidate { name: engine.address(), engine };
        Self(Arc::new(Router::new(candidate(first), others.into_iter().map(candidate).collect())))
    }

    /// The server in use, and those before it that do not work.
    pub fn route(&self) -> Route {
        self.0.route()
    }
}

#[async_trait]
impl ChatModel for ChatServers {
    /// Address of the server in use.
    fn address(&self) -> String {
        self.0.route().name
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        self.0.run(|server| async move { server.list_models().await }).await
    }

    async fn server_version(&self) -> Result<String, ChatError> {
        self.0.run(|server| async move { server.server_version().await }).await
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        self.0.run(|server| async move { server.describe_model(model).await }).await
    }

    /// Has the server in use download a model: a download is not moved to another one.
    fn pull_model(&self, model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        match self.0.list_candidates().into_iter().next() {
            Some(server) => server.engine.pull_model(model),
            None => futures::stream::empty().boxed(),
        }
    }

    async fn preload_model(&self, model: &str, context: u32) -> Result<(), ChatError> {
        self.0.run(|server| async move { server.preload_model(model, context).await }).await
    }

    /// Streams an answer. Another server takes over only as long as nothing of the answer has come.
    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let router = Arc::clone(&self.0);
        async_stream::try_stream! {
            let mut first_error = None;
            for server in router.list_candidates() {
                let mut events = server.engine.stream_chat(request.clone());
                let mut has_begun = false;
                let error = loop {
                    match events.next().await {
                        Some(Ok(event)) => {
                            has_begun |= event != ChatEvent::Loading;
                            yield event;
                        }
                        Some(Err(error)) => break error,
                        None => {
                            router.record_success(&server.name);
                            return;
                        }
                    }
                };
                router.record_failure(&server.name, &error);
                if has_begun || !error.can_try_elsewhere() {
                    Err(error)?;
                    return;
                }
                tracing::info!(server = %server.name, %error, "a language model server was passed over");
                first_error = first_error.or(Some(error));
            }
            if let Some(error) = first_error {
                Err(error)?;
            }
        }
        .boxed()
    }
}
