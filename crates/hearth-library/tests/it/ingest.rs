//! Sources from their bytes to passages that are found.

use hearth_domain::{SourceStatus, TurnMode};
use hearth_library::{
    AskRequest, LibraryError, LibraryEvent, NewFile, RetrievalMode, RetrievalRequest, SearchScope,
};
use hearth_testkit::TestLibrary;

use crate::{HANDBOOK, question};

async fn find_passages(test: &TestLibrary, notebook: hearth_domain::NotebookId, query: &str) -> Vec<String> {
    let request = RetrievalRequest {
        query: query.into(),
        mode: RetrievalMode::Hybrid,
        scope: SearchScope::Selection(notebook),
        limit: 10,
    };
    let hits = test.library.search_passages(&request).await.unwrap();
    hits.into_iter().map(|hit| hit.row.passage.text).collect()
}

#[tokio::test]
async fn a_file_is_read_found_and_announced() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let (_, mut events) = test.library.subscribe_events(None);
    let source = test.add_file(notebook, "handbook.md", HANDBOOK).await;
    TestLibrary::wait_for_event(&mut events, |event| *event == LibraryEvent::Source(source.id)).await;
    let source = test.wait_for_source(source.id).await;
    assert_eq!((source.status, source.language.as_deref()), (SourceStatus::Ready, Some("en")));
    assert!(find_passages(&test, notebook, "burner").await[0].contains("burner"));
    let job = &test.library.list_jobs(10, None).await.unwrap()[0];
    assert_eq!(job.payload.source_id(), Some(source.id));

    // The same bytes are the same source, in another notebook as well.
    let other = test.create_notebook("Flat").await;
    assert_eq!(test.add_file(other, "copy.md", HANDBOOK).await.id, source.id);
    assert_eq!(test.library.list_jobs(10, None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_and_stores_nothing() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    for (name, content) in [("empty.md", &b""[..]), ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00")] {
        let mut bytes = test.library.stage_file().await.unwrap();
        bytes.write(content).await.unwrap();
        let origin = hearth_domain::Origin { kind: hearth_domain::OriginKind::Upload, value: None };
        let error =
            test.library.add_file(notebook, NewFile { name: name.into(), bytes, origin }).await.unwrap_err();
        assert!(matches!(error, LibraryError::Invalid(_) | LibraryError::Unreadable(_)), "{name}: {error}");
    }
    assert!(test.library.list_sources(notebook).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_document_fails_with_a_reason_and_can_be_removed() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let source = test.read_file(notebook, "letter.pdf", b"%PDF-1.4\nthis is no document").await;
    assert_eq!(source.status, SourceStatus::Failed);
    assert!(!source.error.unwrap().message.is_empty());
    test.library.remove_source(notebook, source.id).await.unwrap();
    assert!(test.library.list_sources(notebook).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_recording_becomes_a_transcript_with_times() {
    let words = ["The", "meter", "is", "behind", "stairs.", "boiler", "hums."];
    let test = TestLibrary::start(&words).await;
    let notebook = test.create_notebook("House").await;
    // RIFF marks a recording; the scripted decoder takes the words that it knows.
    let recording =
        b"RIFF\x00\x00\x00\x00WAVEfmt  The meter is behind stairs. \xC2\xB7 \xC2\xB7 The boiler hums.";
    let source = test.read_file(notebook, "memo.wav", recording).await;
    assert_eq!(source.status, SourceStatus::Ready, "{source:#?}");
    assert!(find_passages(&test, notebook, "meter").await[0].contains("The meter is behind stairs."));
    let request = AskRequest { mode: Some(TurnMode::Extracts), ..question("Where is the meter?") };
    let turn = test.ask(notebook, request).await;
    assert!(turn.citations[0].quote.contains("meter"), "{turn:#?}");
    let (_, transcript) = test.library.get_transcript(source.id, None).await.unwrap();
    let times: Vec<_> = transcript.sentences.iter().map(|sentence| sentence.start_ms).collect();
    assert!(times.len() >= 2 && times.is_sorted() && times[0] < times[1], "{transcript:?}");
}

#[tokio::test]
async fn what_is_deleted_is_not_found_until_it_is_restored() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let source = test.read_file(notebook, "handbook.md", HANDBOOK).await;
    test.library.delete_source(source.id).await.unwrap();
    assert!(find_passages(&test, notebook, "burner").await.is_empty());
    assert_eq!(test.library.list_trash().await.unwrap().len(), 1);
    test.library.restore_from_trash(&source.id.to_string()).await.unwrap();
    assert!(!find_passages(&test, notebook, "burner").await.is_empty());
}

#[tokio::test]
async fn a_new_name_is_found() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let source = test.read_file(notebook, "handbook.md", HANDBOOK).await;
    test.library.rename_source(source.id, "Vaillant manual").await.unwrap();
    assert!(!find_passages(&test, notebook, "Vaillant").await.is_empty());
    assert!(matches!(test.library.rename_source(source.id, " ").await, Err(LibraryError::Invalid(_))));
}

#[tokio::test]
async fn all_is_found_after_a_restart() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    let test = test.restart().await;
    assert!(!find_passages(&test, notebook, "burner").await.is_empty());
    // An index that was lost is made anew from the store.
    let folder = test.folder().join("index");
    let (words, vectors) = test.library.count_indexed_passages().unwrap();
    assert!(folder.is_dir() && words > 0 && words == vectors);
}
