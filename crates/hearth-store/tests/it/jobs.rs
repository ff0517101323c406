//! The job queue: one owner a job, leases, lanes, and jobs in whose time the process ends.

use std::path::Path;
use std::sync::atomic::Ordering;

use hearth_domain::{
    Clock, ErrorCode, Failure, JobId, JobPayload, JobState, JobStep, Lane, SourceKind, SourceStatus,
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
