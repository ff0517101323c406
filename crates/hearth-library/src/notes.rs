//! Notes, among them those made from answers.

use hearth_domain::{Note, NoteId, NotebookId, Turn, TurnId};
use uuid::Uuid;

use crate::{Library, LibraryError, LibraryEvent};

/// Characters of a question that become the title of a note.
const MAX_TITLE_CHARS: usize = 120;

/// A note to create.
#[derive(Clone, Debug, Default)]
pub struct NoteDraft {
    pub title: String,
    pub body: String,
    /// Answer whose text and citations become the note's.
    pub from_turn: Option<TurnId>,
}

impl Library {
    /// Notes of a notebook, most recently changed first.
    pub async fn list_notes(&self, notebook: NotebookId) -> Result<Vec<Note>, LibraryError> {
        Ok(self.0.store.list_notes(notebook).await?)
    }

    /// A note by its id.
    pub async fn get_note(&self, id: NoteId) -> Result<Note, LibraryError> {
        Ok(self.0.store.get_note(id).await?)
    }

    /// Creates a note.
    pub async fn create_note(&self, notebook: NotebookId, draft: NoteDraft) -> Result<Note, LibraryError> {
        let now = self.0.clock.now();
        let mut note = Note {
            id: NoteId(Uuid::now_v7()),
            notebook_id: notebook,
            title: draft.title,
            body: draft.body,
            citations: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        if let Some(turn) = draft.from_turn {
            copy_answer(&mut note, self.get_turn(turn).await?);
        }
        let note = self.0.store.save_note(&note).await?;
        self.0.publish(LibraryEvent::Note(note.id));
        self.0.publish(LibraryEvent::Notebook(notebook));
        Ok(note)
    }

    /// Changes title or body of a note; `None` leaves a field as it is.
    pub async fn change_note(
        &self,
        id: NoteId,
        title: Option<String>,
        body: Option<String>,
    ) -> Result<Note, LibraryError> {
        let mut note = self.0.store.get_note(id).await?;
        note.title = title.unwrap_or(note.title);
        note.body = body.unwrap_or(note.body);
        let note = self.0.store.save_note(&note).await?;
        self.0.publish(LibraryEvent::Note(id));
        Ok(note)
    }

    /// Moves a note to the trash.
    pub async fn delete_note(&self, id: NoteId) -> Result<(), LibraryError> {
        let note = self.0.store.get_note(id).await?;
        self.0.store.delete_note(id).await?;
        self.0.publish(LibraryEvent::Note(id));
        self.0.publish(LibraryEvent::Notebook(note.notebook_id));
        Ok(())
    }
}

/// Copies an answer into a note, with its citations as `[^id]`, which stay linked.
fn copy_answer(note: &mut Note, turn: Turn) {
    let mut body: Vec<char> = turn.answer.chars().collect();
    let mut citations = turn.citations;
    citations.sort_by_key(|citation| citation.at);
    // From the end, so that earlier offsets stay valid.
    for citation in citations.iter().rev() {
        let at = (citation.at.0 as usize).min(body.len());
        body.splice(at..at, format!("[^{}]", citation.id).chars());
    }
    if note.body.is_empty() {
        note.body = body.into_iter().collect();
    }
    if note.title.is_empty() {
        note.title = turn.question.chars().take(MAX_TITLE_CHARS).collect();
    }
    note.citations = citations;
}
