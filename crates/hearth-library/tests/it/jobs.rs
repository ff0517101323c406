//! Jobs of a library: cancelling, retrying, restarts, another embedder, and reading again.

use hearth_domain::{JobPayload, JobState, SourceStatus};
use hearth_library::{LibraryError, LibraryEvent};
use hearth_testkit::{TestLibrary, WORD_EMBEDDER};

use crate::{HANDBOOK, question};

#[tokio::test]
async fn a_failed_job_is_retried_from_its_beginning() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let source = test.read_file(notebook, "letter.pdf", b"%PDF-1.4\nthis is no document").await;
    let job = test.library.list_jobs(1, None).await.unwrap().remove(0);
    assert_eq!(job.state, JobState::Failed);
    let (_, mut events) = test.library.subscribe_events(None);
    test.library.retry_job(job.id).await.unwrap();
    // Read once more, with the same end.
    TestLibrary::wait_for_event(&mut events, |event| *event == LibraryEvent::Source(source.id)).await;
    assert_eq!(test.wait_for_job(job.id).await.state, JobState::Failed);
    assert_eq!(test.wait_for_source(source.id).await.status, SourceStatus::Failed);
}

#[tokio::test]
async fn reading_again_changes_nothing_if_the_text_is_the_same() {
    let test = TestLibrary::start(&["Meter", "hums."]).await;
    let notebook = test.create_notebook("House").await;
    let source = test.read_file(notebook, "handbook.md", HANDBOOK).await;
    let job = test.library.read_source_again(source.id).await.unwrap();
    let payload = JobPayload::Reread { source_id: source.id, revision: source.revision.unwrap() };
    assert_eq!(job.payload, payload);
    assert_eq!(test.wait_for_job(job.id).await.state, JobState::Done);
    let after = test.library.get_source(source.id).await.unwrap();
    assert_eq!((after.revision, after.status), (source.revision, SourceStatus::Ready));
    // So it is with a recording.
    let memo = test.read_file(notebook, "memo.wav", b"RIFF\x00\x00\x00\x00WAVEfmt  Meter hums.").await;
    assert!(memo.words == 2 && memo.revision.is_some(), "{memo:#?}");
    let job = test.library.read_source_again(memo.id).await.unwrap();
    assert_eq!(test.wait_for_job(job.id).await.state, JobState::Done);
    assert_eq!(test.library.get_source(memo.id).await.unwrap().revision, memo.revision);
    // One that was never read cannot be read again.
    let failed = test.read_file(notebook, "letter.pdf", b"%PDF-1.4\nthis is no document").await;
    assert!(matches!(test.library.read_source_again(failed.id).await, Err(LibraryError::Conflict(_))));
}

#[tokio::test]
async fn another_embedder_takes_over_once_all_vectors_are_there() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    assert_eq!(test.library.embedder().info().id, WORD_EMBEDDER);
    assert!(test.library.change_embedder("missing").await.is_err());
    assert!(test.library.change_embedder(WORD_EMBEDDER).await.unwrap().is_none());
    let job = test.library.change_embedder("other").await.unwrap().unwrap();
    assert_eq!(test.wait_for_job(job.id).await.state, JobState::Done);
    assert_eq!(test.library.embedder().info().id, "other");
    let (words, vectors) = test.library.count_indexed_passages().unwrap();
    assert_eq!(words, vectors);
    let mut request = question("How often is the burner cleaned?");
    request.mode = Some(hearth_domain::TurnMode::Extracts);
    assert!(test.ask(notebook, request).await.answer.contains("once a year"));
}

#[tokio::test]
async fn jobs_that_were_open_at_a_stop_go_on_at_the_next_start() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let mut sources = Vec::new();
    for number in 0..12 {
        let text = format!("Meter {number} stands at {} kilowatt hours.", number * 100);
        sources.push(test.add_file(notebook, &format!("meter {number}.md"), text.as_bytes()).await.id);
    }
    let test = test.restart().await;
    for source in sources {
        assert_eq!(test.wait_for_source(source).await.status, SourceStatus::Ready);
    }
    for job in test.library.list_jobs(100, None).await.unwrap() {
        // A source is ready a moment before its job has ended.
        let job = test.wait_for_job(job.id).await;
        assert!(job.state == JobState::Done && job.attempts == 0, "{job:#?}");
    }
}
