//! Reading a source again: it can be asked meanwhile, its new text is used once it is indexed, and what cited the
//! earlier text still does.

use hearth_domain::{Job, JobId, JobState, SourceStatus, TurnMode};
use hearth_tests::NodeProcess;
use hearth_wire::operations::{GetSource, GetSourceText, ReadSourceAgain};
use hearth_wire::{NewQuestion, RevisionQuery};

/// Waits until a job has ended.
async fn wait_for_job_end(node: &NodeProcess, id: JobId) -> Job {
    node.wait_for_job("the end of reading", id, |job| job.state.is_final()).await
}

fn extracts_question(question: &str) -> NewQuestion {
    NewQuestion { question: question.into(), mode: Some(TurnMode::Extracts), ..NewQuestion::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_cut_short_is_read_whole() {
    let data = tempfile::tempdir().unwrap();
    let filler = "The garden has a pond. Its fish are fed in the evening.\n\n".repeat(20);
    let text =
        format!("# House\n\nThe boiler stands in the cellar.\n\n{filler}The meter is behind the stairs.\n");
    let node = NodeProcess::start(data.path(), &[("HEARTH_INGEST__MAX_TEXT_CHARS", "400")]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "house.md", text.as_bytes()).await;
    let first = node.wait_until_settled(notebook).await.remove(0);
    assert_eq!(first.problems.len(), 1, "{first:#?}");
    let turn = node.ask_question(notebook, extracts_question("Where does the boiler stand?")).await;
    let citation = turn.citations[0].clone();
    drop(node);

    let node = NodeProcess::start(data.path(), &[]);
    let id = first.id.to_string();
    let job = node.client.call::<ReadSourceAgain>(&[&id], &(), &()).await.unwrap();
    assert_eq!(wait_for_job_end(&node, job.id).await.state, JobState::Done);
    let second = node.client.call::<GetSource>(&[&id], &(), &()).await.unwrap();
    assert_ne!(second.revision, first.revision);
    assert!(second.problems.is_empty() && second.words > first.words, "{second:#?}");
    let turn = node.ask_question(notebook, extracts_question("Where is the meter?")).await;
    assert!(turn.answer.contains("behind the stairs"), "{turn:#?}");
    assert_eq!(Some(turn.citations[0].revision), second.revision);
    // The citation of the earlier text opens the earlier text.
    let query = RevisionQuery { revision: Some(citation.revision) };
    let earlier = node.client.call::<GetSourceText>(&[&id], &query, &()).await.unwrap();
    assert_eq!(citation.range.slice(&earlier.text), Some(citation.quote.as_str()));

    // Once more gives the same text, which stays as it is.
    let job = node.client.call::<ReadSourceAgain>(&[&id], &(), &()).await.unwrap();
    assert_eq!(wait_for_job_end(&node, job.id).await.state, JobState::Done);
    let third = node.client.call::<GetSource>(&[&id], &(), &()).await.unwrap();
    assert_eq!((third.revision, third.status), (second.revision, SourceStatus::Ready));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_original_is_gone_stays_ready_and_says_so() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "house.md", b"The boiler stands in the cellar.").await;
    let source = node.wait_until_settled(notebook).await.remove(0);
    std::fs::remove_dir_all(data.path().join("blobs")).unwrap();
    let id = source.id.to_string();
    let job = node.client.call::<ReadSourceAgain>(&[&id], &(), &()).await.unwrap();
    assert_eq!(wait_for_job_end(&node, job.id).await.state, JobState::Failed);
    let after = node.client.call::<GetSource>(&[&id], &(), &()).await.unwrap();
    assert_eq!(
        (after.status, after.revision, after.problems.len()),
        (SourceStatus::Ready, source.revision, 1)
    );
    let turn = node.ask_question(notebook, extracts_question("Where does the boiler stand?")).await;
    assert!(turn.answer.contains("cellar"), "{turn:#?}");
}
