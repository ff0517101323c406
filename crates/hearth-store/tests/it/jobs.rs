//! The job queue: one owner a job, leases, lanes, and jobs in whose time the process ends.

use std::path::Path;
use std::sync::atomic::Ordering;

use hearth_domain::{
    Clock, ErrorCode, Failure, JobId, JobKind, JobPayload, JobState, JobStep, Lane, ModelProvider,
    SourceKind, SourceStatus,
};
use hearth_store::Store;

use crate::{add_source, add_source_of_kind, moving_clock, new_id, open_store};

const LIMITS: [(Lane, u32); 1] = [(Lane::Reading, 8)];

/// Opens the library as the next process does, after the one before was killed.
async fn restart(store: Store, clock: &Clock) -> Store {
    let folder = store.folder().to_owned();
    drop(store);
    let store = Store::open(&folder, clock.clone()).await.unwrap();
    store.expire_leases().await.unwrap();
    store.recover_jobs().await.unwrap();
    store
}

async fn reopen_store(folder: &Path) -> Store {
    let store = open_store(folder).await;
    store.expire_leases().await.unwrap();
    assert_eq!(store.recover_jobs().await.unwrap(), 1);
    store
}

#[tokio::test]
async fn a_job_survives_its_process_and_is_retried_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let added = add_source(&store, notebook.id, "text").await;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    assert_eq!(Some(job.id), added.job.map(|job| job.id));
    assert!(store.claim_job(&LIMITS).await.unwrap().is_none());
    assert!(store.update_job_progress(job.id, JobStep::Embedding, 0.5).await.unwrap());
    let source = store.get_source(added.source.id).await.unwrap();
    assert_eq!((source.status, source.progress), (SourceStatus::Embedding, 0.5));
    store.close().await;

    let store = reopen_store(dir.path()).await;
    assert!(store.claim_job(&LIMITS).await.unwrap().is_some());
    // A regular stop makes no job suspected.
    store.release_jobs().await.unwrap();
    let reclaimed = store.claim_job(&LIMITS).await.unwrap().unwrap();
    assert_eq!((reclaimed.id, reclaimed.attempts), (job.id, 0));
    let failure = Failure { code: ErrorCode::Internal, message: "no".into() };
    store.fail_job(job.id, &failure, Some(60_000)).await.unwrap();
    assert!(store.claim_job(&LIMITS).await.unwrap().is_none(), "not before its time");
    assert_eq!(store.cancel_job(job.id).await.unwrap().state, JobState::Cancelled);
    assert!(!store.update_job_progress(job.id, JobStep::Indexing, 0.9).await.unwrap());
    assert_eq!(store.retry_job(job.id).await.unwrap().state, JobState::Queued);
}

#[tokio::test]
async fn a_job_in_whose_time_the_process_ends_again_and_again_waits_and_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let mut store = Store::open(dir.path(), clock.clone()).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    add_source(&store, notebook.id, "text").await;
    let mut wait_counts = Vec::new();
    let last = loop {
        let mut wait_count = 0;
        let job = loop {
            if let Some(job) = store.claim_job(&LIMITS).await.unwrap() {
                break job;
            }
            wait_count += 1;
            time.fetch_add(1000, Ordering::Relaxed);
        };
        wait_counts.push(wait_count);
        store = restart(store, &clock).await;
        let job = store.get_job(job.id).await.unwrap();
        if job.state == JobState::Failed {
            break job;
        }
    };
    assert_eq!(wait_counts[..7], [0, 0, 0, 0, 1, 2, 4]);
    assert_eq!((wait_counts.len(), wait_counts[20]), (21, 60));
    assert!(last.error.unwrap().message.contains("retry"));
    assert_eq!(store.retry_job(last.id).await.unwrap().state, JobState::Queued);
    assert!(store.claim_job(&LIMITS).await.unwrap().is_some());
}

#[tokio::test]
async fn of_several_suspected_jobs_the_innocent_get_done() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let mut store = Store::open(dir.path(), clock.clone()).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let guilty = add_source(&store, notebook.id, "guilty").await.job.unwrap().id;
    add_source(&store, notebook.id, "innocent").await;
    add_source(&store, notebook.id, "innocent, too").await;
    let mut done = 0;
    for _ in 0..10 {
        // As many as may run; the guilty one ends the process before any other is done.
        let mut running = Vec::new();
        while let Some(job) = store.claim_job(&LIMITS).await.unwrap() {
            running.push(job.id);
        }
        if !running.contains(&guilty) {
            for job in &running {
                store.finish_job(*job).await.unwrap();
                done += 1;
            }
        }
        store = restart(store, &clock).await;
        time.fetch_add(2000, Ordering::Relaxed);
    }
    assert_eq!(done, 2);
}

#[tokio::test]
async fn two_processes_never_run_the_same_job_and_a_dead_ones_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let first = Store::open(dir.path(), clock.clone()).await.unwrap();
    let second = Store::open(dir.path(), clock).await.unwrap();
    let notebook = first.create_notebook(new_id(), "N", "📓").await.unwrap();
    for number in 0..6 {
        add_source(&first, notebook.id, &format!("text {number}")).await;
    }
    let (mut of_first, mut of_second) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (one, other) = tokio::join!(first.claim_job(&LIMITS), second.claim_job(&LIMITS));
        of_first.extend(one.unwrap().map(|job| job.id));
        of_second.extend(other.unwrap().map(|job| job.id));
    }
    let mut all: Vec<JobId> = of_first.iter().chain(&of_second).copied().collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);

    // A job is its owner's alone.
    assert!(!second.update_job_progress(of_first[0], JobStep::Reading, 0.5).await.unwrap());
    second.finish_job(of_first[0]).await.unwrap();
    assert_eq!(second.get_job(of_first[0]).await.unwrap().state, JobState::Running);

    // The second process lives and renews its leases; the first is dead.
    for _ in 0..3 {
        time.fetch_add(10_000, Ordering::Relaxed);
        second.renew_leases().await.unwrap();
        assert!(second.recover_jobs().await.is_ok());
    }
    time.fetch_add(1, Ordering::Relaxed);
    assert_eq!(first.get_job(of_second[0]).await.unwrap().state, JobState::Running);
    let taken = second.claim_job(&LIMITS).await.unwrap().unwrap();
    assert!(of_first.contains(&taken.id));
    // What the first does with it now, should it wake up again, changes nothing.
    assert!(!first.update_job_progress(taken.id, JobStep::Embedding, 0.9).await.unwrap());
    first.finish_job(taken.id).await.unwrap();
    first.release_jobs().await.unwrap();
    assert_eq!(second.get_job(taken.id).await.unwrap().state, JobState::Running);
    second.finish_job(taken.id).await.unwrap();
    assert_eq!(second.get_job(taken.id).await.unwrap().state, JobState::Done);
}

#[tokio::test]
async fn a_process_that_slept_past_its_lease_does_not_take_over_its_own_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    add_source(&store, notebook.id, "text").await;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    time.fetch_add(3_600_000, Ordering::Relaxed);
    assert_eq!(store.recover_jobs().await.unwrap(), 0);
    assert!(store.update_job_progress(job.id, JobStep::Reading, 0.1).await.unwrap());
}

#[tokio::test]
async fn each_lane_has_its_own_limit() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    for number in 0..3 {
        add_source_of_kind(&store, notebook.id, &format!("speech {number}"), SourceKind::Audio).await;
    }
    for number in 0..3 {
        add_source(&store, notebook.id, &format!("text {number}")).await;
    }
    let embedder = JobPayload::Reembed { embedder: "e".into() };
    let reembed = store.add_job(new_id(), &embedder).await.unwrap();
    assert_eq!(store.add_job(new_id(), &embedder).await.unwrap().id, reembed.id, "the same work once");
    let limits = [(Lane::Graphics, 1), (Lane::Reading, 2)];
    let mut running = Vec::new();
    while let Some(job) = store.claim_job(&limits).await.unwrap() {
        running.push(job);
    }
    let mut kinds = Vec::new();
    for job in &running {
        kinds.push(store.get_source(job.payload.source_id().unwrap()).await.unwrap().kind);
    }
    // Hours of speech block no document, and the lane without a limit runs nothing.
    assert_eq!(kinds, [SourceKind::Audio, SourceKind::Text, SourceKind::Text]);
    store.finish_job(running[0].id).await.unwrap();
    let next = store.claim_job(&limits).await.unwrap().unwrap();
    let kind = store.get_source(next.payload.source_id().unwrap()).await.unwrap().kind;
    assert_eq!(kind, SourceKind::Audio);
    assert_eq!(store.claim_job(&[(Lane::Processor, 1)]).await.unwrap().unwrap().payload, embedder);
}

#[tokio::test]
async fn each_kind_of_work_is_run_in_its_lane() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let speech = add_source_of_kind(&store, notebook, "speech", SourceKind::Audio).await;
    store.cancel_job(speech.job.unwrap().id).await.unwrap();
    let document = add_source(&store, notebook, "text").await;
    store.cancel_job(document.job.unwrap().id).await.unwrap();
    let download = |provider| JobPayload::Download { model: "m".into(), provider };
    let reread = |source_id| JobPayload::Reread { source_id, revision: new_id() };
    for (payload, lane) in [
        (reread(speech.source.id), Lane::Graphics),
        (reread(document.source.id), Lane::Reading),
        (JobPayload::Reembed { embedder: "e".into() }, Lane::Processor),
        (download(ModelProvider::Hub), Lane::Network),
        (download(ModelProvider::ChatServer), Lane::Network),
    ] {
        let job = store.add_job(new_id(), &payload).await.unwrap();
        assert_eq!(job.payload, payload);
        for other in [Lane::Reading, Lane::Processor, Lane::Graphics, Lane::Network] {
            if other != lane {
                assert!(store.claim_job(&[(other, 9)]).await.unwrap().is_none(), "{payload:?} in {other:?}");
            }
        }
        assert_eq!(store.claim_job(&[(lane, 1)]).await.unwrap().map(|claimed| claimed.id), Some(job.id));
        store.finish_job(job.id).await.unwrap();
    }
}

#[tokio::test]
async fn delayed_jobs_run_as_soon_as_what_they_wait_for_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let added = add_source(&store, notebook.id, "text").await;
    let failure = Failure { code: ErrorCode::UpstreamUnavailable, message: "no model yet".into() };
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    store.fail_job(job.id, &failure, Some(60_000)).await.unwrap();
    let waiting = store.get_source(added.source.id).await.unwrap();
    assert_eq!((waiting.status, waiting.error), (SourceStatus::Queued, Some(failure.clone())));
    time.fetch_add(59_999, Ordering::Relaxed);
    assert!(store.claim_job(&LIMITS).await.unwrap().is_none());
    store.wake_delayed_jobs().await.unwrap();
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    assert_eq!((job.attempts, job.error), (1, None), "the failure of before is no news while it runs");
    store.fail_job(job.id, &failure, Some(60_000)).await.unwrap();
    time.fetch_add(60_000, Ordering::Relaxed);
    assert_eq!(store.claim_job(&LIMITS).await.unwrap().unwrap().attempts, 2);
}

#[tokio::test]
async fn an_end_is_final_until_a_retry() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let embedder = |name: &str| JobPayload::Reembed { embedder: name.into() };
    let limits = [(Lane::Processor, 2)];
    let done = store.add_job(new_id(), &embedder("done")).await.unwrap().id;
    let cancelled = store.add_job(new_id(), &embedder("cancelled")).await.unwrap().id;
    while store.claim_job(&limits).await.unwrap().is_some() {}
    store.finish_job(done).await.unwrap();
    store.cancel_job(cancelled).await.unwrap();
    // Its runner has not noticed yet.
    let failure = Failure { code: ErrorCode::Internal, message: "no".into() };
    store.finish_job(cancelled).await.unwrap();
    store.fail_job(cancelled, &failure, Some(0)).await.unwrap();
    let job = store.get_job(cancelled).await.unwrap();
    assert_eq!((job.state, job.error, job.attempts), (JobState::Cancelled, None, 0));
    assert_eq!(store.cancel_job(done).await.unwrap().state, JobState::Done);
    assert_eq!(store.retry_job(done).await.unwrap().state, JobState::Done);
    assert!((store.get_job(done).await.unwrap().progress - 1.0).abs() < f32::EPSILON);
    // The same work may be asked for again once it has ended.
    assert_ne!(store.add_job(new_id(), &embedder("done")).await.unwrap().id, done);
}

#[tokio::test]
async fn jobs_are_listed_in_pages_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let payload = JobPayload::Reembed { embedder: format!("e{number}") };
        ids.push(store.add_job(new_id(), &payload).await.unwrap().id);
    }
    ids.sort_unstable();
    ids.reverse();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_jobs(2, after).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.id);
        listed.extend(page.iter().map(|job| job.id));
    }
    assert_eq!(listed, ids);
    store.cancel_job(ids[0]).await.unwrap();
    assert_eq!(store.list_open_jobs(JobKind::Reembed).await.unwrap().len(), 4);
    assert!(store.list_open_jobs(JobKind::Ingest).await.unwrap().is_empty());
}
