//! A language model server that is watched: a server that hangs is remembered and looked at in the background, so that
//! no question waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, EngineError, FailureScope};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Time that a list or a description is waited for.
const MIN_PATIENCE: Duration = Duration::from_millis(500);
/// Maximum of that time, for a server that was seen to be slow.
const MAX_PATIENCE: Duration = Duration::from_secs(10);
/// Time that a hanging server is remembered without another look.
const HANG_MEMORY: Duration = Duration::from_secs(30);
/// Interval between two looks at a hanging server.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// What is known of a server.
struct ServerState {
    /// End of the memory of its hanging, and the error.
    hang: Option<(Instant, ChatError)>,
    patience: Duration,
}

/// State that a server shares with the task that looks at it.
#[derive(Clone)]
struct SharedState(Arc<Mutex<ServerState>>);

impl SharedState {
    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Error of the server while it is known to hang.
    fn find_hang(&self) -> Option<ChatError> {
        let state = self.lock();
        state.hang.as_ref().filter(|(end, _)| *end > Instant::now()).map(|(_, error)| error.clone())
    }

    fn record_hang(&self, error: ChatError) {
        self.lock().hang = Some((Instant::now() + HANG_MEMORY, error));
    }

    /// Records that the server answered after a time: the next request is waited for twice as long.
    fn record_answer(&self, elapsed: Duration) {
        let mut state = self.lock();
        state.hang = None;
        state.patience = (elapsed * 2).clamp(MIN_PATIENCE, MAX_PATIENCE);
    }
}

/// A server whose lists and descriptions come in time or not at all.
pub(crate) struct WatchedServer {
    engine: Arc<dyn ChatModel>,
    state: SharedState,
    /// Task that looks at the server while it hangs.
    look: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl WatchedServer {
    pub(crate) fn new(engine: Arc<dyn ChatModel>) -> Self {
        let state = ServerState { hang: None, patience: MIN_PATIENCE };
        Self { engine, state: SharedState(Arc::new(Mutex::new(state))), look: Mutex::new(None) }
    }

    /// Runs a request that a server answers at once; one that takes longer fails, and is looked at in the background.
    async fn request_metadata<T>(
        &self,
        request: impl Future<Output = Result<T, ChatError>>,
    ) -> Result<T, ChatError> {
        if let Some(error) = self.state.find_hang() {
            return Err(error);
        }
        let patience = self.state.lock().patience;
        if let Ok(result) = tokio::time::timeout(patience, request).await {
            return result;
        }
        let error = ChatError::Unreachable {
            address: self.engine.address(),
            reason: format!(
                "it did not answer within {:.1} s; Hearth goes on looking for it",
                patience.as_secs_f32()
            ),
        };
        self.state.record_hang(error.clone());
        let look =
            tokio::spawn(look_until_answer(Arc::clone(&self.engine), self.state.clone(), error.clone()));
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) = Some(AbortOnDropHandle::new(look));
        Err(error)
    }
}

/// Looks at a hanging server until it answers.
async fn look_until_answer(engine: Arc<dyn ChatModel>, state: SharedState, error: ChatError) {
    loop {
        let started = Instant::now();
        let answer = tokio::time::timeout(MAX_PATIENCE, engine.list_models()).await;
        let has_answered = match &answer {
            Ok(Ok(_)) => true,
            Ok(Err(failure)) => failure.failure_scope() != FailureScope::Engine,
            Err(_) => false,
        };
        if has_answered {
            return state.record_answer(started.elapsed());
        }
        let error = answer.ok().and_then(Result::err).unwrap_or_else(|| error.clone());
        state.record_hang(error);
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

#[async_trait]
impl ChatModel for WatchedServer {
    fn address(&self) -> String {
        self.engine.address()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        self.request_metadata(self.engine.list_models()).await
    }

    async fn server_version(&self) -> Result<String, ChatError> {
        self.request_metadata(self.engine.server_version()).await
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        self.request_metadata(self.engine.describe_model(model)).await
    }

    fn pull_model(&self, model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        self.engine.pull_model(model)
    }

    async fn preload_model(&self, model: &str, context: u32) -> Result<(), ChatError> {
        match self.state.find_hang() {
            Some(error) => Err(error),
            None => self.engine.preload_model(model, context).await,
        }
    }

    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        match self.state.find_hang() {
            Some(error) => stream::iter([Err(error)]).boxed(),
            None => self.engine.stream_chat(request),
        }
    }
}
