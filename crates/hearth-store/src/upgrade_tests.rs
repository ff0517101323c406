//! Rows of other forms that are updated. In tests, forms 0 of sources and 1 of jobs stand for earlier ones.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use hearth_domain::{
    Clock, ErrorCode, Failure, Guide, Job, JobPayload, Lane, NotebookId, Origin, OriginKind, Problem,
    ProblemCode, Revision, RevisionId, Source, SourceKind,
};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::records::{JOB_FORMAT, SOURCE_FORMAT};
use crate::{NewJob, NewSource, RevisionMetadata, Store, StoreError};

const LIMITS: [(Lane, u32); 1] = [(Lane::Reading, 8)];
/// Columns of an earlier form: the JSON is spaced, so that a rewritten one is known.
const EARLIER_SOURCE: &str = r#"UPDATE sources SET format = 0,
    origin = '{ "kind": "url", "value": "https://a.example" }',
    guide = '{ "summary": "S", "topics": ["t"], "questions": [] }',
    problems = '[ { "code": "TRUNCATED", "message": "long", "page": 3 } ]'"#;

async fn open_store(folder: &Path) -> Store {
    Store::open(folder, Clock::fixed_at(Timestamp::UNIX_EPOCH)).await.unwrap()
}

fn new_id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

/// A source with a first revision, and its running job.
async fn add_source(store: &Store) -> (Source, RevisionId, Job) {
    let notebook: NotebookId = new_id();
    store.create_notebook(notebook, "N", "📓").await.unwrap();
    let new = NewSource {
        id: new_id(),
        title: "a.txt".into(),
        kind: SourceKind::Text,
        media_type: "text/plain".into(),
        bytes: 1,
        sha256: "ab".repeat(32),
        origin: Origin { kind: OriginKind::Upload, value: None },
    };
    let source = store.add_source(notebook, &new, NewJob { id: new_id() }).await.unwrap().source;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    let revision = new_id();
    let metadata = RevisionMetadata::default();
    store.save_revision(source.id, job.id, revision, &Revision::default(), &metadata).await.unwrap();
    (source, revision, job)
}

async fn execute(store: &Store, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&store.writer).await.unwrap();
}

/// Format and one column of the only row of a table.
async fn read_row(store: &Store, table: &str, column: &str) -> (i64, String) {
    let statement = format!("SELECT format, {column} AS text FROM {table}");
    let row = sqlx::query(AssertSqlSafe(statement)).fetch_one(&store.writer).await.unwrap();
    (row.get("format"), row.get("text"))
}

#[tokio::test]
async fn each_update_of_a_source_of_an_earlier_form_rewrites_all_of_its_columns() {
    for update in ["guide", "facts", "revision"] {
        let dir = tempfile::tempdir().unwrap();
        let store = open_store(dir.path()).await;
        let (source, revision, job) = add_source(&store).await;
        execute(&store, EARLIER_SOURCE).await;
        let later = Guide { summary: "Later".into(), ..Guide::default() };
        let problem = Problem { code: ProblemCode::Encoding, message: "bytes".into(), page: None };
        let metadata = RevisionMetadata { problems: vec![problem], ..RevisionMetadata::default() };
        match update {
            "guide" => store.save_guide(source.id, revision, Some(&later), "m").await.unwrap(),
            "facts" => store.update_revision_facts(source.id, &metadata).await.unwrap(),
            _ => {
                let second = new_id();
                let text = Revision { text: "again".into(), ..Revision::default() };
                store.save_revision(source.id, job.id, second, &text, &metadata).await.unwrap();
                store.finish_revision(source.id, second).await.unwrap();
            }
        }
        let origin = r#"{"kind":"url","value":"https://a.example"}"#.to_owned();
        assert_eq!(read_row(&store, "sources", "origin").await, (SOURCE_FORMAT, origin), "{update}");
        let now = store.get_source(source.id).await.unwrap();
        assert_eq!(now.origin.value.as_deref(), Some("https://a.example"), "{update}");
        let summary = now.guide.map(|guide| guide.summary);
        let codes: Vec<ProblemCode> = now.problems.iter().map(|problem| problem.code).collect();
        match update {
            "guide" => assert_eq!((summary, codes), (Some("Later".into()), vec![ProblemCode::Truncated])),
            "facts" => assert_eq!((summary, codes), (Some("S".into()), vec![ProblemCode::Encoding])),
            _ => assert_eq!((summary, codes), (None, vec![ProblemCode::Encoding])),
        }
    }
}

#[tokio::test]
async fn a_job_of_an_earlier_form_that_fails_keeps_its_work() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, _, job) = add_source(&store).await;
    let spaced = format!(r#"{{ "kind": "ingest", "source_id": "{}" }}"#, source.id);
    execute(&store, &format!("UPDATE jobs SET format = 1, payload = '{spaced}'")).await;
    let failure = Failure { code: ErrorCode::TooLarge, message: "it is too long".into() };
    store.fail_job(job.id, &failure, None).await.unwrap();
    let payload = format!(r#"{{"kind":"ingest","source_id":"{}"}}"#, source.id);
    assert_eq!(read_row(&store, "jobs", "payload").await, (JOB_FORMAT, payload));
    let failed = store.get_job(job.id).await.unwrap();
    assert_eq!(failed.payload, JobPayload::Ingest { source_id: source.id });
    assert_eq!(failed.error, Some(failure));
}

#[tokio::test]
async fn a_job_of_an_earlier_form_that_is_given_up_after_interruptions_keeps_its_work() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, _, job) = add_source(&store).await;
    execute(&store, "UPDATE jobs SET format = 1, owner = 'dead', lease_until = 0, interruptions = 20").await;
    assert_eq!(store.recover_jobs().await.unwrap(), 1);
    assert_eq!(read_row(&store, "jobs", "state").await, (JOB_FORMAT, "failed".into()));
    let given_up = store.get_job(job.id).await.unwrap();
    assert_eq!(given_up.payload, JobPayload::Ingest { source_id: source.id });
    assert_eq!(given_up.error.map(|error| error.code), Some(ErrorCode::Internal));
}

#[tokio::test]
async fn rows_of_unknown_forms_are_refused_and_stay_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, revision, job) = add_source(&store).await;
    execute(&store, r#"UPDATE sources SET format = 99, guide = '{"shape":"new"}', problems = '{"new":1}'"#)
        .await;
    execute(&store, "UPDATE jobs SET format = 99").await;
    let facts = store.update_revision_facts(source.id, &RevisionMetadata::default()).await;
    assert!(matches!(facts, Err(StoreError::NewerVersion)), "{facts:?}");
    let guide = store.save_guide(source.id, revision, Some(&Guide::default()), "m").await;
    assert!(matches!(guide, Err(StoreError::NewerVersion)), "{guide:?}");
    let failure = Failure { code: ErrorCode::Internal, message: "no".into() };
    let failed = store.fail_job(job.id, &failure, None).await;
    assert!(matches!(failed, Err(StoreError::NewerVersion)), "{failed:?}");
    assert_eq!(read_row(&store, "sources", "guide").await, (99, r#"{"shape":"new"}"#.into()));
    assert_eq!(read_row(&store, "sources", "problems").await, (99, r#"{"new":1}"#.into()));
    assert_eq!(read_row(&store, "jobs", "state").await, (99, "running".into()));
}
