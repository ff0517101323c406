//! Downloads by a scripted language model server: progress, refusals, attempts, cancelling, and a restart.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use hearth_domain::{
    ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, ErrorCode, Job, JobId, JobState,
};
use hearth_machine::{Machine, MachineEvent};

/// A server that has `good:1b` in three steps, loses the connection twice for `shaky:1b`, never ends `slow:1b`,
/// and knows no other model.
#[derive(Default)]
struct ScriptedServer {
    attempts: AtomicU32,
}

#[async_trait]
impl ChatModel for ScriptedServer {
    fn address(&self) -> String {
        "scripted".into()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        Ok(Vec::new())
    }

    async fn describe_model(&self, _model: &str) -> Result<ChatModelInfo, ChatError> {
        Err(ChatError::Refused("it has none".into()))
    }

    fn pull_model(&self, name: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
        match name {
            "good:1b" => stream::iter([Ok(0.1), Ok(0.5), Ok(1.0)]).boxed(),
            "shaky:1b" if attempt < 2 => {
                let lost = ChatError::Unreachable { address: "scripted".into(), reason: "it hung up".into() };
                stream::iter([Ok(0.2), Err(lost)]).boxed()
            }
            "shaky:1b" => stream::iter([Ok(1.0)]).boxed(),
            "slow:1b" => stream::iter([Ok(0.4)]).chain(stream::pending()).boxed(),
            _ => stream::iter([Err(ChatError::Refused("file does not exist".into()))]).boxed(),
        }
    }

    fn stream_chat(&self, _request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        stream::empty().boxed()
    }
}

async fn start_machine(folder: &Path) -> Machine {
    crate::start_machine(folder, Some(Arc::new(ScriptedServer::default())), &[]).await
}

/// Waits for a job's state by the machine's events.
async fn wait_for_state(machine: &Machine, id: JobId, state: JobState) -> Job {
    let (_, mut events) = machine.subscribe_events(None);
    loop {
        let job = machine.find_job(id).unwrap();
        if job.state == state {
            return job;
        }
        assert!(!job.state.is_final(), "{job:?}");
        let _ = events.recv().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_is_downloaded_and_announced() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    let (_, mut events) = machine.subscribe_events(None);
    let job = machine.pull_model("good:1b");
    assert_eq!(machine.list_pulling_models(), ["good:1b"]);
    let done = wait_for_state(&machine, job.id, JobState::Done).await;
    assert!((done.progress - 1.0).abs() < f32::EPSILON && done.error.is_none());
    let mut announced = Vec::new();
    while let Some(Ok((_, event))) = events.recv().now_or_never() {
        announced.push(event);
    }
    assert_eq!(announced.last(), Some(&MachineEvent::Model("good:1b".into())), "{announced:?}");
    assert!(machine.list_pulling_models().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_tried_again_and_a_refusal_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    let job = machine.pull_model("shaky:1b");
    let done = wait_for_state(&machine, job.id, JobState::Done).await;
    assert_eq!(done.attempts, 2);
    let job = machine.pull_model("unknown:1b");
    let failed = wait_for_state(&machine, job.id, JobState::Failed).await;
    let error = failed.error.unwrap();
    assert_eq!((failed.attempts, error.code), (1, ErrorCode::InferenceFailed));
    assert!(machine.download_model("no-such-model").is_err());
}

#[tokio::test(start_paused = true)]
async fn an_open_download_is_listed_once_cancelled_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    let job = machine.pull_model("slow:1b");
    assert_eq!(machine.pull_model("slow:1b").id, job.id);
    wait_for_state(&machine, job.id, JobState::Running).await;
    assert_eq!(machine.cancel_job(job.id).unwrap().state, JobState::Cancelled);
    assert!(machine.list_pulling_models().is_empty());
    assert_eq!(machine.retry_job(job.id).unwrap().state, JobState::Queued);
    wait_for_state(&machine, job.id, JobState::Running).await;
    machine.stop().await;
    // The next process goes on with it.
    let machine = start_machine(folder.path()).await;
    assert_eq!(machine.list_pulling_models(), ["slow:1b"]);
    wait_for_state(&machine, job.id, JobState::Running).await;
    machine.stop().await;
    // A damaged list is no reason not to start.
    std::fs::write(folder.path().join("downloads.json"), b"{").unwrap();
    assert!(start_machine(folder.path()).await.list_jobs().is_empty());
}
