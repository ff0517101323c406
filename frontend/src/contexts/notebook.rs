//! The notebook that is open: its sources, which of them are checked, its notes, and what is shown
//! beside the chat.

mod adding;

use std::collections::{HashSet, VecDeque};

use hearth_domain::{
    CharRange, Citation, Job, JobStep, Note, NoteId, Notebook, NotebookId, Place, RevisionId, Source,
    SourceId, SourceStatus,
};
use hearth_wire::operations::{
    ChangeNotebook, ChooseSelection, GetNotebook, GetPlaces, GetSelection, GetSource, ListNotes, ListSources,
};
use hearth_wire::{ApiError, ErrorCode, NodeEvent, NotebookChange, PlacesQuery, Selection};
use leptos::prelude::*;
use leptos::task::spawn_local;

pub use adding::{Incoming, Left, OnItsWay, left, provide_left};

use crate::api::{call, page_of};
use crate::contexts::live::live;
use crate::contexts::notices::{Notices, notices};
use crate::contexts::shell;
use crate::contexts::words::words;
use crate::strings::Strings;

/// A range of a source that is to be lit.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub revision: RevisionId,
    pub range: CharRange,
    pub places: Vec<Place>,
}

/// What the left pane shows instead of the list alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub source: SourceId,
    pub target: Option<Target>,
}

/// What is known of the notebook.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Loading,
    Here,
    Failed(ApiError),
}

#[derive(Clone, Copy)]
pub struct Open {
    pub id: NotebookId,
    pub state: RwSignal<State>,
    pub notebook: RwSignal<Option<Notebook>>,
    pub sources: RwSignal<Vec<Source>>,
    pub chosen: RwSignal<HashSet<SourceId>>,
    pub notes: RwSignal<Vec<Note>>,
    /// What is being sent by the page.
    pub sending: RwSignal<Option<OnItsWay>, LocalStorage>,
    pub opened: RwSignal<Option<Opened>>,
    /// A passage was asked for, the one that is open perhaps.
    pub shown: Trigger,
    /// The chat is to be seen where only one pane is.
    pub chat_wanted: Trigger,
    /// The open source has as much room as the chat.
    pub is_large: RwSignal<bool>,
    /// The note that is open on the right.
    pub opened_note: RwSignal<Option<NoteId>>,
    /// Whether files are being sent, and those that wait.
    to_send: StoredValue<(bool, VecDeque<web_sys::File>), LocalStorage>,
    notices: Notices,
    words: &'static Strings,
    left: Left,
    loading: StoredValue<Loading>,
    /// What was told while everything is being read: the answers may be older.
    told: StoredValue<Vec<NodeEvent>>,
}

/// Whether everything is being read, and whether something changed since that was begun.
#[derive(Clone, Copy, PartialEq)]
enum Loading {
    Not,
    Once,
    Again,
}

pub fn open_notebook() -> Open {
    expect_context()
}

/// Opens a notebook for the components below.
pub fn provide(id: NotebookId) -> Open {
    let open = Open {
        id,
        state: RwSignal::new(State::Loading),
        notebook: RwSignal::new(None),
        sources: RwSignal::new(Vec::new()),
        chosen: RwSignal::new(HashSet::new()),
        notes: RwSignal::new(Vec::new()),
        sending: RwSignal::new_local(None),
        opened: RwSignal::new(None),
        shown: Trigger::new(),
        chat_wanted: Trigger::new(),
        is_large: RwSignal::new(false),
        opened_note: RwSignal::new(None),
        to_send: StoredValue::new_local((false, VecDeque::new())),
        notices: notices(),
        words: words(),
        left: left(),
        loading: StoredValue::new(Loading::Not),
        told: StoredValue::new(Vec::new()),
    };
    provide_context(open);
    shell::remember(id);
    open.load();
    live().listen(move |event| open.heard(event));
    open
}

impl Open {
    /// Reads everything anew; asked for many times at once, it is done twice at most.
    pub fn load(self) {
        if self.loading.get_value() != Loading::Not {
            return self.loading.set_value(Loading::Again);
        }
        self.loading.set_value(Loading::Once);
        spawn_local(async move {
            loop {
                let state = match self.read().await {
                    Ok(()) => State::Here,
                    Err(error) => {
                        if error.code == ErrorCode::NotFound {
                            shell::forget();
                        }
                        State::Failed(error)
                    }
                };
                let is_here = state == State::Here;
                if self.state.try_set(state).is_some() {
                    return; // the page is gone
                }
                if is_here && let Some(files) = self.left.take(self.id) {
                    self.add_incoming(files);
                }
                if self.loading.get_value() != Loading::Again {
                    break;
                }
                self.loading.set_value(Loading::Once);
            }
            self.loading.set_value(Loading::Not);
        });
    }

    async fn read(self) -> Result<(), ApiError> {
        let id = self.id.to_string();
        self.told.set_value(Vec::new());
        let notebook = call::<GetNotebook>(&[&id], &(), &()).await?;
        let mut sources = Vec::new();
        let mut cursor = None;
        loop {
            let part = call::<ListSources>(&[&id], &page_of(cursor), &()).await?;
            sources.extend(part.sources);
            cursor = part.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let chosen = call::<GetSelection>(&[&id], &(), &()).await?;
        let notes = call::<ListNotes>(&[&id], &page_of(None), &()).await?;
        self.notebook.try_set(Some(notebook));
        if self.state.try_get_untracked() == Some(State::Here) {
            self.name_after(sources.first());
        }
        self.sources.try_set(sources);
        self.chosen.try_set(chosen.source_ids.into_iter().collect());
        self.notes.try_set(notes.notes);
        for event in self.told.try_update_value(std::mem::take).unwrap_or_default() {
            self.take_in(&event);
        }
        Ok(())
    }

    fn heard(self, event: &NodeEvent) {
        match event {
            NodeEvent::Notebook { notebook_id } if *notebook_id == self.id => self.load(),
            NodeEvent::Reset {} => self.load(),
            _ => {
                if self.loading.get_value() != Loading::Not {
                    self.told.update_value(|told| told.push(event.clone()));
                }
                self.take_in(event);
            }
        }
    }

    fn take_in(self, event: &NodeEvent) {
        match event {
            NodeEvent::Source { source } => self.sources.update(|sources| {
                if let Some(known) = sources.iter_mut().find(|known| known.id == source.id) {
                    known.clone_from(source);
                }
            }),
            NodeEvent::Job { job } => self.worked(job),
            NodeEvent::Note { note } if note.notebook_id == self.id => self.put_note((**note).clone()),
            NodeEvent::Gone { id } => {
                self.sources.update(|sources| sources.retain(|source| source.id.to_string() != *id));
                self.notes.update(|notes| notes.retain(|note| note.id.to_string() != *id));
            }
            _ => {}
        }
    }

    fn has(self, id: SourceId) -> bool {
        self.sources.with_untracked(|sources| sources.iter().any(|source| source.id == id))
    }

    /// A source's progress is its job's. When that ends, the source is asked for: what was told of it may have
    /// come before the last of its progress.
    fn worked(self, job: &Job) {
        let Some(id) = job.source_id else { return };
        if job.state.is_final() {
            spawn_local(async move {
                if let Ok(source) = call::<GetSource>(&[&id.to_string()], &(), &()).await {
                    self.heard(&NodeEvent::Source { source: Box::new(source) });
                }
            });
            return;
        }
        self.sources.update(|sources| {
            let Some(source) = sources.iter_mut().find(|source| source.id == id) else { return };
            source.progress = job.progress;
            source.status = match job.step {
                JobStep::Reading => SourceStatus::Reading,
                JobStep::Transcribing => SourceStatus::Transcribing,
                JobStep::Embedding => SourceStatus::Embedding,
                JobStep::Indexing | JobStep::Finished => SourceStatus::Indexing,
                JobStep::Waiting | JobStep::Downloading => SourceStatus::Queued,
            };
        });
    }

    /// Puts a note at its place, newest first.
    pub fn put_note(self, note: Note) {
        self.notes.update(|notes| match notes.iter_mut().find(|known| known.id == note.id) {
            Some(known) => *known = note,
            None => notes.insert(0, note),
        });
    }

    /// Opens the passage of a citation.
    pub fn show(self, citation: &Citation) {
        let target =
            Target { revision: citation.revision, range: citation.range, places: citation.places.clone() };
        self.opened.set(Some(Opened { source: citation.source_id, target: Some(target) }));
        self.shown.notify();
    }

    /// Opens a range of a source, after asking where it stands.
    pub fn show_range(self, source: SourceId, revision: RevisionId, range: CharRange) {
        spawn_local(async move {
            let query = PlacesQuery { start: range.start.0, end: range.end.0, revision: Some(revision) };
            match call::<GetPlaces>(&[&source.to_string()], &query, &()).await {
                Ok(list) => {
                    let target = Target { revision, range, places: list.places };
                    if self.opened.try_set(Some(Opened { source, target: Some(target) })).is_none() {
                        self.shown.notify();
                    }
                }
                Err(error) => self.notices.fail(&error),
            }
        });
    }

    /// Checks or unchecks sources, and has the node remember it.
    pub fn choose(self, ids: &[SourceId], is_chosen: bool) {
        self.chosen.update(|chosen| {
            for id in ids {
                if is_chosen {
                    chosen.insert(*id);
                } else {
                    chosen.remove(id);
                }
            }
        });
        let source_ids = self.chosen.get_untracked().into_iter().collect();
        spawn_local(async move {
            let selection = Selection { source_ids };
            if let Err(error) = call::<ChooseSelection>(&[&self.id.to_string()], &(), &selection).await {
                self.notices.fail(&error);
            }
        });
    }

    /// Renames the notebook, or gives it another emoji.
    pub fn change(self, change: NotebookChange) {
        spawn_local(async move {
            match call::<ChangeNotebook>(&[&self.id.to_string()], &(), &change).await {
                Ok(notebook) => {
                    self.notebook.try_set(Some(notebook));
                }
                Err(error) => self.notices.fail(&error),
            }
        });
    }
}
