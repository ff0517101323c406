//! Revisions and their stages: a first reading, and a later one that takes its place.

use hearth_domain::{
    CharRange, ErrorCode, Failure, Guide, JobId, JobPayload, Lane, Passage, PassageId, Problem, ProblemCode,
    Revision, RevisionId, RevisionStage, SourceId, SourceStatus,
};
use hearth_store::{RevisionMetadata, Store};

use crate::{add_source, new_id, open_store};

const LIMITS: [(Lane, u32); 1] = [(Lane::Reading, 8)];

pub(crate) fn sample_revision(text: &str) -> Revision {
    Revision { text: text.into(), ..Revision::default() }
}

pub(crate) fn sample_passage(
    source: SourceId,
    revision: RevisionId,
    text: &str,
    start: u32,
    end: u32,
) -> Passage {
    Passage {
        id: PassageId(format!("{revision}-{start:03}")),
        source_id: source,
        revision,
        ordinal: start,
        text: CharRange::new(start, end).slice(text).unwrap().to_owned(),
        range: CharRange::new(start, end),
        section: vec!["S".into()],
        places: vec![],
    }
}

/// A source with a current revision that is indexed, and its finished job.
pub(crate) async fn add_ready_source(store: &Store, text: &str) -> (SourceId, RevisionId) {
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(store, notebook.id, text).await.source.id;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap().id;
    let revision: RevisionId = new_id();
    let metadata = RevisionMetadata { words: 2, ..RevisionMetadata::default() };
    store.save_revision(source, job, revision, &sample_revision(text), &metadata).await.unwrap();
    store.save_passages(revision, &[sample_passage(source, revision, text, 0, 4)]).await.unwrap();
    store.finish_revision(source, revision).await.unwrap();
    store.finish_job(job).await.unwrap();
    (source, revision)
}

#[tokio::test]
async fn passages_are_written_once_and_vectors_come_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "text").await.source.id;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    assert_eq!(store.find_open_revision(source, job.id).await.unwrap(), None);
    let id: RevisionId = new_id();
    let revision = sample_revision("Grüße. Zwei.");
    let metadata = RevisionMetadata {
        title: Some("Better".into()),
        words: 2,
        language: Some("de".into()),
        ..RevisionMetadata::default()
    };
    store.save_revision(source, job.id, id, &revision, &metadata).await.unwrap();
    assert_eq!(store.find_open_revision(source, new_id()).await.unwrap(), Some((id, RevisionStage::Read)));
    let passages =
        [sample_passage(source, id, &revision.text, 0, 6), sample_passage(source, id, &revision.text, 7, 12)];
    store.save_passages(id, &passages).await.unwrap();
    store.save_passages(id, &passages).await.unwrap();
    assert_eq!(store.find_open_revision(source, job.id).await.unwrap(), Some((id, RevisionStage::Cut)));
    let rows = store.list_passages(source).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.passage.clone()).collect::<Vec<_>>(), passages);
    let vector = vec![0.25_f32, -1.0, f32::MIN_POSITIVE];
    store.save_vectors("e", &[(rows[0].key, vector.clone())]).await.unwrap();
    assert_eq!(store.list_revision_passages_without_vector(id, "e", 10).await.unwrap().len(), 1);
    assert_eq!(store.count_revision_vectors(id, "e").await.unwrap(), (2, 1));
    assert_eq!(store.list_vectors(source, None, "e").await.unwrap()[0].vector, vector);
    assert_eq!(store.get_revision(source, None).await.unwrap(), (id, revision));
    assert_eq!(store.get_source(source).await.unwrap().title, "Better");
    assert!(store.list_indexed_sources("e").await.unwrap().is_empty(), "not before its last stage");
    store.finish_revision(source, id).await.unwrap();
    let indexed = store.list_indexed_sources("e").await.unwrap()[0];
    assert_eq!((indexed.passage_count, indexed.vector_count, indexed.vector_key_sum), (2, 1, rows[0].key));
}

#[tokio::test]
async fn a_later_reading_takes_the_place_of_the_first_once_it_is_indexed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, first) = add_ready_source(&store, "first reading").await;
    store.rename_source(source, "My name").await.unwrap();
    let payload = JobPayload::Reread { source_id: source, revision: first };
    let job = store.add_job(new_id(), &payload).await.unwrap();
    assert_eq!(store.add_job(new_id(), &payload).await.unwrap().id, job.id);
    assert_eq!(store.claim_job(&LIMITS).await.unwrap().unwrap().id, job.id);

    let second: RevisionId = new_id();
    let metadata = RevisionMetadata {
        title: Some("Its own title".into()),
        words: 7,
        language: Some("fr".into()),
        loudness: vec![1, 2],
        ..RevisionMetadata::default()
    };
    let text = "second reading";
    store.save_revision(source, job.id, second, &sample_revision(text), &metadata).await.unwrap();
    store.save_passages(second, &[sample_passage(source, second, text, 0, 6)]).await.unwrap();
    // All is as it was, and the source can be asked.
    let before = store.get_source(source).await.unwrap();
    assert_eq!((before.revision, before.words, before.status), (Some(first), 2, SourceStatus::Ready));
    assert_eq!(store.list_passages(source).await.unwrap()[0].passage.text, "firs");
    assert_eq!(store.list_indexed_sources("e").await.unwrap()[0].passage_count, 1);
    assert_eq!(store.find_open_revision(source, job.id).await.unwrap(), Some((second, RevisionStage::Cut)));
    let entries = store.list_index_entries(source, Some(second)).await.unwrap();
    assert_eq!((entries[0].text.as_str(), entries[0].language.as_deref()), ("second", Some("fr")));

    store.finish_revision(source, second).await.unwrap();
    let after = store.get_source(source).await.unwrap();
    assert_eq!((after.revision, after.words, after.language.as_deref()), (Some(second), 7, Some("fr")));
    assert_eq!(after.title, "My name", "a later reading does not rename");
    assert_eq!(store.list_passages(source).await.unwrap()[0].passage.text, "second");
    assert_eq!(store.find_open_revision(source, job.id).await.unwrap(), None);
    // Citations of the first reading still have their text.
    assert_eq!(store.get_revision(source, Some(first)).await.unwrap().1.text, "first reading");
}

#[tokio::test]
async fn a_later_reading_that_fails_is_a_problem_of_a_ready_source() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, first) = add_ready_source(&store, "first reading").await;
    let payload = JobPayload::Reread { source_id: source, revision: first };
    let job = store.add_job(new_id(), &payload).await.unwrap();
    store.claim_job(&LIMITS).await.unwrap().unwrap();
    let second: RevisionId = new_id();
    let metadata = RevisionMetadata::default();
    store.save_revision(source, job.id, second, &sample_revision("half"), &metadata).await.unwrap();
    let failure = Failure { code: ErrorCode::Internal, message: "the disk is gone".into() };
    store.fail_job(job.id, &failure, None).await.unwrap();
    let found = store.get_source(source).await.unwrap();
    assert_eq!((found.status, found.revision, found.error), (SourceStatus::Ready, Some(first), None));
    assert_eq!(found.problems[0].code, ProblemCode::RereadFailed);
    assert!(found.problems[0].message.contains("the disk is gone"));
    // Another attempt begins anew.
    let next: JobId = new_id();
    assert_eq!(store.find_open_revision(source, next).await.unwrap(), None);
    store.delete_unfinished_revisions(source, next).await.unwrap();
    assert!(store.get_revision(source, Some(second)).await.is_err());
    assert!(store.get_revision(source, Some(first)).await.is_ok());
}

#[tokio::test]
async fn other_facts_of_the_same_text_are_stored_and_title_and_guide_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, revision) = add_ready_source(&store, "first reading").await;
    let guide = Guide { summary: "A guide of a model.".into(), ..Guide::default() };
    store.save_guide(source, revision, Some(&guide), "m").await.unwrap();
    let problem =
        Problem { code: ProblemCode::PartUnreadable, message: "a chart was not read".into(), page: None };
    let metadata = RevisionMetadata {
        title: Some("Its own title".into()),
        words: 2,
        pages: Some(3),
        problems: vec![problem.clone()],
        ..RevisionMetadata::default()
    };
    store.update_revision_facts(source, &metadata).await.unwrap();
    let after = store.get_source(source).await.unwrap();
    assert_eq!((after.revision, after.pages, after.problems), (Some(revision), Some(3), vec![problem]));
    assert_eq!((after.title.as_str(), after.guide), ("a.txt", Some(guide)));
}
