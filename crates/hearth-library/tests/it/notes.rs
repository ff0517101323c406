//! Notes from answers, and searching passages and notes together.

use hearth_library::{LibraryHit, LibrarySearch, NoteDraft, RetrievalMode};
use hearth_testkit::{ScriptedReply, TestLibrary};

use crate::{HANDBOOK, question};

#[tokio::test]
async fn an_answer_becomes_a_note_whose_citations_stay_linked() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]. Refill water [1]."]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    let draft = NoteDraft { title: String::new(), body: String::new(), from_turn: Some(turn.id) };
    let note = test.library.create_note(notebook, draft).await.unwrap();
    assert_eq!(note.title, "How often is the burner cleaned?");
    assert_eq!(note.citations.len(), turn.citations.len());
    for citation in &note.citations {
        assert!(note.body.contains(&format!("[^{}]", citation.id)), "{}", note.body);
    }
    // Without its marks the note is the answer.
    let mut body = note.body.clone();
    for citation in &note.citations {
        body = body.replace(&format!("[^{}]", citation.id), "");
    }
    assert_eq!(body, turn.answer);
    // A body of one's own is kept.
    let draft = NoteDraft { title: "Mine".into(), body: "My words".into(), from_turn: Some(turn.id) };
    let note = test.library.create_note(notebook, draft).await.unwrap();
    assert_eq!((note.title.as_str(), note.body.as_str()), ("Mine", "My words"));
}

#[tokio::test]
async fn passages_and_notes_are_found_together_within_a_notebook() {
    let test = TestLibrary::start(&[]).await;
    let house = test.create_notebook("House").await;
    let flat = test.create_notebook("Flat").await;
    test.read_file(house, "handbook.md", HANDBOOK).await;
    let draft = NoteDraft {
        title: "Burner".into(),
        body: "Ask the technician about the burner.".into(),
        from_turn: None,
    };
    test.library.create_note(flat, draft).await.unwrap();
    let search = async |notebook, mode| {
        let search = LibrarySearch { query: "burner technician".into(), mode, notebook, limit: 10 };
        let hits = test.library.search_library(&search).await.unwrap();
        assert!(hits.is_sorted_by(|a, b| a.score() >= b.score()), "best first");
        let notes = hits.iter().filter(|hit| matches!(hit, LibraryHit::Note(_))).count();
        (hits.len() - notes > 0, notes)
    };
    assert_eq!(search(None, RetrievalMode::Hybrid).await, (true, 1));
    assert_eq!(search(Some(house), RetrievalMode::Hybrid).await, (true, 0));
    assert_eq!(search(Some(flat), RetrievalMode::Hybrid).await, (false, 1));
    assert_eq!(search(None, RetrievalMode::Vector).await, (true, 0), "notes have no vectors");
}

#[tokio::test]
async fn a_backup_brings_back_what_was_there() {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    let backup = test.library.create_backup().await.unwrap();
    assert_eq!(test.library.list_backups().as_slice(), std::slice::from_ref(&backup));
    test.library.verify_backup(&backup.id).await.unwrap();
    assert!(test.library.verify_backup("20000101-000000-000").await.is_err());
    let mut bytes = std::fs::read(&backup.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&backup.path, bytes).unwrap();
    assert!(test.library.verify_backup(&backup.id).await.is_err(), "a damaged backup is not good");
}
