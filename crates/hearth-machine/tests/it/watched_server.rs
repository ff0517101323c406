//! Servers that hang or are slow, by a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use hearth_domain::{
    ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, Reasoning, SamplingOptions,
};
use hearth_machine::ChatServers;
use tokio::sync::watch;
use tokio::time::Instant;

/// A server that answers after a delay, or never.
struct SlowServer {
    delay: watch::Receiver<Option<Duration>>,
    /// Number of lists that were asked for.
    lists: watch::Sender<usize>,
}

#[async_trait]
impl ChatModel for SlowServer {
    fn address(&self) -> String {
        "attic".into()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        self.lists.send_modify(|count| *count += 1);
        let delay = *self.delay.borrow();
        match delay {
            Some(delay) => tokio::time::sleep(delay).await,
            None => std::future::pending().await,
        }
        Ok(Vec::new())
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        self.list_models().await?;
        Err(ChatError::ModelMissing { model: model.into() })
    }

    fn stream_chat(&self, _request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        stream::iter([Ok(ChatEvent::Text("Yes".into()))]).boxed()
    }
}

/// A server with a delay that the test changes, and the count of its lists.
fn start_server(
    delay: Option<Duration>,
) -> (ChatServers, watch::Sender<Option<Duration>>, watch::Receiver<usize>) {
    let (delay, delays) = watch::channel(delay);
    let (lists, counts) = watch::channel(0);
    let server = SlowServer { delay: delays, lists };
    (ChatServers::new(Arc::new(server), Vec::new()), delay, counts)
}

/// Result of a list, and the time that it took.
async fn time_list(servers: &ChatServers) -> (Result<Vec<ChatModelInfo>, ChatError>, Duration) {
    let started = Instant::now();
    let result = servers.list_models().await;
    (result, started.elapsed())
}

async fn ask(servers: &ChatServers) -> Result<ChatEvent, ChatError> {
    let request = ChatRequest {
        model: "m".into(),
        messages: Vec::new(),
        context: 100,
        max_answer: 10,
        reasoning: Reasoning::UpTo(0),
        sampling: SamplingOptions::default(),
        schema: None,
    };
    servers.stream_chat(request).next().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_costs_half_a_second_once() {
    let (servers, _delay, _lists) = start_server(None);
    let (result, took) = time_list(&servers).await;
    assert!(matches!(result, Err(ChatError::Unreachable { .. })), "{result:?}");
    assert_eq!(took, Duration::from_millis(500));
    // For hours, nothing waits for it again.
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let (result, took) = time_list(&servers).await;
        assert!(result.is_err() && took.is_zero(), "{took:?}");
        assert!(ask(&servers).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_back_is_used_again() {
    let (servers, delay, mut lists) = start_server(None);
    assert!(servers.list_models().await.is_err());
    delay.send_replace(Some(Duration::ZERO));
    let looks = *lists.borrow_and_update();
    lists.wait_for(|count| *count > looks).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(servers.list_models().await, Ok(Vec::new()));
    assert_eq!(ask(&servers).await, Ok(ChatEvent::Text("Yes".into())));
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for_once_it_is_known_to_be_slow() {
    let (servers, _delay, _lists) = start_server(Some(Duration::from_millis(800)));
    assert!(servers.list_models().await.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (result, took) = time_list(&servers).await;
    assert_eq!((result, took), (Ok(Vec::new()), Duration::from_millis(800)));
}
