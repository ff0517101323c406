//! Events: each change publishes its own, and those after a position can be had later.

use hearth_library::{LibraryEvent, NoteDraft, NotebookEdit};
use hearth_testkit::{ScriptedReply, TestLibrary};

use crate::{HANDBOOK, question};

/// Events since the last call, each kind once and in order.
fn take_events(test: &TestLibrary, position: &mut u64) -> Vec<LibraryEvent> {
    let (missed, _) = test.library.subscribe_events(Some(*position));
    *position = test.library.event_position();
    let mut events: Vec<LibraryEvent> = missed.unwrap().into_iter().map(|(_, event)| event).collect();
    events.dedup();
    events
}

#[tokio::test]
async fn each_change_publishes_what_changed() {
    let test = TestLibrary::start(&[]).await;
    let mut at = test.library.event_position();
    let library = &test.library;
    let notebook = test.create_notebook("House").await;
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Notebook(notebook)]);
    let edit = NotebookEdit { title: Some("Flat".into()), ..NotebookEdit::default() };
    library.change_notebook(notebook, edit).await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Notebook(notebook)]);

    let draft = NoteDraft { title: "Plan".into(), body: "Call the sweep.".into(), from_turn: None };
    let note = library.create_note(notebook, draft).await.unwrap().id;
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Note(note), LibraryEvent::Notebook(notebook)]);
    library.change_note(note, Some("Plans".into()), None).await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Note(note)]);
    library.delete_note(note).await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Note(note), LibraryEvent::Notebook(notebook)]);

    let source = test.read_file(notebook, "handbook.md", HANDBOOK).await.id;
    let job = library.list_jobs(1, None).await.unwrap()[0].id;
    test.wait_for_job(job).await;
    let events = take_events(&test, &mut at);
    for event in [LibraryEvent::Notebook(notebook), LibraryEvent::Source(source), LibraryEvent::Job(job)] {
        assert!(events.contains(&event), "{event:?} of {events:?}");
    }
    library.select_sources(notebook, &[]).await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Notebook(notebook)]);
    library.select_sources(notebook, &[source]).await.unwrap();
    take_events(&test, &mut at);

    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert!(take_events(&test, &mut at).contains(&LibraryEvent::Turn(turn.id)));
    library.rename_conversation(turn.conversation_id, "Burner").await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Notebook(notebook)]);
    library.delete_conversation(turn.conversation_id).await.unwrap();
    assert_eq!(take_events(&test, &mut at), [LibraryEvent::Notebook(notebook)]);

    library.remove_source(notebook, source).await.unwrap();
    let events = take_events(&test, &mut at);
    assert!(
        events.contains(&LibraryEvent::Source(source)) && events.contains(&LibraryEvent::Notebook(notebook))
    );
    library.delete_notebook(notebook).await.unwrap();
    assert!(take_events(&test, &mut at).contains(&LibraryEvent::Notebook(notebook)));
}

#[tokio::test]
async fn what_fails_publishes_nothing() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    let mut at = test.library.event_position();
    let long = "x".repeat(1000);
    for title in ["", "  ", long.as_str()] {
        let edit = NotebookEdit { title: Some(title.into()), ..NotebookEdit::default() };
        assert!(test.library.change_notebook(notebook, edit).await.is_err());
        assert!(test.library.create_notebook(title, None).await.is_err());
    }
    assert_eq!(take_events(&test, &mut at), []);
}

#[tokio::test]
async fn a_position_of_another_run_says_that_events_were_missed() {
    let test = TestLibrary::start(&[]).await;
    for number in 0..5 {
        test.create_notebook(&format!("{number}")).await;
    }
    let position = test.library.event_position();
    let (missed, _) = test.library.subscribe_events(Some(position - 2));
    assert_eq!(missed.unwrap().len(), 2);
    // A position that this run has not reached yet is one of an earlier run.
    let (missed, _) = test.library.subscribe_events(Some(position + 1000));
    assert!(missed.is_none());
}
