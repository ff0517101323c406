//! The open notebook: its sources, the selected ones, its notes, and the source or note shown beside the
//! chat.

mod add_sources;
mod pending_files;

use std::collections::{HashSet, VecDeque};

use hearth_domain::{
    CharRange, Citation, Job, JobStep, Note, NoteId, Notebook, NotebookId, Place, RevisionId, Source,
    SourceId, SourceStatus,
};
use hearth_texts::Strings;
use hearth_wire::operations::{
    ChangeNotebook, ChangeSelection, GetNotebook, GetSelection, GetSource, ListNotes, ListPlaces, ListSources,
};
use hearth_wire::{ApiError, ErrorCode, NodeEvent, NotebookChange, PlacesQuery, Selection};
use leptos::prelude::*;
use leptos::task::spawn_local;

pub use pending_files::{
    IncomingFiles, PendingFilesContext, provide_pending_files_context, use_pending_files,
};

use crate::api::{Upload, call_operation, page_query};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notices::{NoticesContext, use_notices};
use crate::contexts::shell;

/// A range of a source that is to be highlighted.
#[derive(Clone, Debug, PartialEq)]
pub struct HighlightTarget {
    pub revision: RevisionId,
    pub range: CharRange,
    pub places: Vec<Place>,
}

/// The source that the left pane shows in place of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedSource {
    pub source: SourceId,
    pub target: Option<HighlightTarget>,
}

/// A file that is being uploaded.
#[derive(Clone)]
pub struct ActiveUpload {
    pub name: String,
    /// Share that was sent, 0 to 1.
    pub sent_share: ArcRwSignal<f64>,
    /// Number of files queued after it.
    pub queued_files: usize,
    /// Stopping this upload also clears the queue.
    pub upload: Upload,
}

/// State of loading the notebook.
#[derive(Clone, Debug, PartialEq)]
pub enum NotebookState {
    Loading,
    Loaded,
    Failed(ApiError),
}

/// The open notebook.
#[derive(Clone, Copy)]
pub struct NotebookContext {
    pub id: NotebookId,
    pub state: RwSignal<NotebookState>,
    /// The stored notebook: title, emoji and the like; `None` until it is loaded.
    pub details: RwSignal<Option<Notebook>>,
    pub sources: RwSignal<Vec<Source>>,
    pub chosen: RwSignal<HashSet<SourceId>>,
    pub notes: RwSignal<Vec<Note>>,
    /// The running upload.
    pub upload: RwSignal<Option<ActiveUpload>, LocalStorage>,
    pub opened: RwSignal<Option<OpenedSource>>,
    /// Notified when a passage is to be shown, even if it is open already.
    pub target_requested: Trigger,
    /// Notified when the chat is to be shown, where only one pane is visible.
    pub chat_requested: Trigger,
    /// The open source is as wide as the chat.
    pub is_large: RwSignal<bool>,
    /// The note that is open on the right.
    pub opened_note: RwSignal<Option<NoteId>>,
    /// True while files are being sent, and those queued.
    upload_queue: StoredValue<(bool, VecDeque<web_sys::File>), LocalStorage>,
    notices: NoticesContext,
    strings: &'static Strings,
    pending_files: PendingFilesContext,
    loading: StoredValue<LoadState>,
    /// Events since loading began: the responses may be older than they are.
    events_while_loading: StoredValue<Vec<NodeEvent>>,
}

/// State of loading: idle, running, or running with another load requested meanwhile.
#[derive(Clone, Copy, PartialEq)]
enum LoadState {
    Idle,
    Running,
    RunAgain,
}

/// The open notebook's context.
pub fn use_notebook() -> NotebookContext {
    expect_context()
}

/// Provides an open notebook for the components below.
pub fn provide_notebook_context(id: NotebookId) -> NotebookContext {
    let notebook = NotebookContext {
        id,
        state: RwSignal::new(NotebookState::Loading),
        details: RwSignal::new(None),
        sources: RwSignal::new(Vec::new()),
        chosen: RwSignal::new(HashSet::new()),
        notes: RwSignal::new(Vec::new()),
        upload: RwSignal::new_local(None),
        opened: RwSignal::new(None),
        target_requested: Trigger::new(),
        chat_requested: Trigger::new(),
        is_large: RwSignal::new(false),
        opened_note: RwSignal::new(None),
        upload_queue: StoredValue::new_local((false, VecDeque::new())),
        notices: use_notices(),
        strings: use_strings(),
        pending_files: use_pending_files(),
        loading: StoredValue::new(LoadState::Idle),
        events_while_loading: StoredValue::new(Vec::new()),
    };
    provide_context(notebook);
    shell::remember_last_notebook(id);
    notebook.load();
    use_node().subscribe_to_events(move |event| notebook.handle_event(event));
    notebook
}

impl NotebookContext {
    /// Loads everything again; requests during a load are merged into one more load.
    pub fn load(self) {
        if self.loading.get_value() != LoadState::Idle {
            return self.loading.set_value(LoadState::RunAgain);
        }
        self.loading.set_value(LoadState::Running);
        spawn_local(async move {
            loop {
                let state = match self.fetch_contents().await {
                    Ok(()) => NotebookState::Loaded,
                    Err(error) => {
                        if error.code == ErrorCode::NotFound {
                            shell::forget_last_notebook();
                        }
                        NotebookState::Failed(error)
                    }
                };
                let is_loaded = state == NotebookState::Loaded;
                if self.state.try_set(state).is_some() {
                    return; // the page is gone
                }
                if is_loaded && let Some(files) = self.pending_files.take_files(self.id) {
                    self.add_incoming_files(files);
                }
                if self.loading.get_value() != LoadState::RunAgain {
                    break;
                }
                self.loading.set_value(LoadState::Running);
            }
            self.loading.set_value(LoadState::Idle);
        });
    }

    async fn fetch_contents(self) -> Result<(), ApiError> {
        let id = self.id.to_string();
        self.events_while_loading.set_value(Vec::new());
        let notebook = call_operation::<GetNotebook>(&[&id], &(), &()).await?;
        let mut sources = Vec::new();
        let mut cursor = None;
        loop {
            let page = call_operation::<ListSources>(&[&id], &page_query(cursor), &()).await?;
            sources.extend(page.sources);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let chosen = call_operation::<GetSelection>(&[&id], &(), &()).await?;
        let notes = call_operation::<ListNotes>(&[&id], &page_query(None), &()).await?;
        self.details.try_set(Some(notebook));
        if self.state.try_get_untracked() == Some(NotebookState::Loaded) {
            self.name_after_source(sources.first());
        }
        self.sources.try_set(sources);
        self.chosen.try_set(chosen.source_ids.into_iter().collect());
        self.notes.try_set(notes.notes);
        for event in self.events_while_loading.try_update_value(std::mem::take).unwrap_or_default() {
            self.apply_event(&event);
        }
        Ok(())
    }

    fn handle_event(self, event: &NodeEvent) {
        match event {
            NodeEvent::Notebook { notebook_id } if *notebook_id == self.id => self.load(),
            NodeEvent::Reset {} => self.load(),
            _ => {
                if self.loading.get_value() != LoadState::Idle {
                    self.events_while_loading.update_value(|events| events.push(event.clone()));
                }
                self.apply_event(event);
            }
        }
    }

    fn apply_event(self, event: &NodeEvent) {
        match event {
            NodeEvent::Source { source } => self.sources.update(|sources| {
                if let Some(known) = sources.iter_mut().find(|known| known.id == source.id) {
                    known.clone_from(source);
                }
            }),
            NodeEvent::Job { job } => self.apply_job_progress(job),
            NodeEvent::Note { note } if note.notebook_id == self.id => self.upsert_note((**note).clone()),
            NodeEvent::Gone { id } => {
                self.sources.update(|sources| sources.retain(|source| source.id.to_string() != *id));
                self.notes.update(|notes| notes.retain(|note| note.id.to_string() != *id));
            }
            _ => {}
        }
    }

    fn has_source(self, id: SourceId) -> bool {
        self.sources.with_untracked(|sources| sources.iter().any(|source| source.id == id))
    }

    /// Applies a job's progress to its source. When the job ends, the source is fetched: its event may have
    /// come before the job's last progress.
    fn apply_job_progress(self, job: &Job) {
        let Some(id) = job.payload.source_id() else { return };
        if job.state.is_final() {
            spawn_local(async move {
                if let Ok(source) = call_operation::<GetSource>(&[&id.to_string()], &(), &()).await {
                    self.handle_event(&NodeEvent::Source { source: Box::new(source) });
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

    /// Replaces a note in the list, or adds it at the front (newest first).
    pub fn upsert_note(self, note: Note) {
        self.notes.update(|notes| match notes.iter_mut().find(|known| known.id == note.id) {
            Some(known) => *known = note,
            None => notes.insert(0, note),
        });
    }

    /// Opens the passage of a citation.
    pub fn show_citation(self, citation: &Citation) {
        let target = HighlightTarget {
            revision: citation.revision,
            range: citation.range,
            places: citation.places.clone(),
        };
        self.opened.set(Some(OpenedSource { source: citation.source_id, target: Some(target) }));
        self.target_requested.notify();
    }

    /// Opens a range of a source, after fetching its places.
    pub fn show_range(self, source: SourceId, revision: RevisionId, range: CharRange) {
        spawn_local(async move {
            let query = PlacesQuery { start: range.start.0, end: range.end.0, revision: Some(revision) };
            match call_operation::<ListPlaces>(&[&source.to_string()], &query, &()).await {
                Ok(list) => {
                    let target = HighlightTarget { revision, range, places: list.places };
                    if self.opened.try_set(Some(OpenedSource { source, target: Some(target) })).is_none() {
                        self.target_requested.notify();
                    }
                }
                Err(error) => self.notices.show_error(&error),
            }
        });
    }

    /// Selects or deselects sources for answers, and stores that on the node.
    pub fn select_sources(self, ids: &[SourceId], is_chosen: bool) {
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
            if let Err(error) =
                call_operation::<ChangeSelection>(&[&self.id.to_string()], &(), &selection).await
            {
                self.notices.show_error(&error);
            }
        });
    }

    /// Changes the notebook's title or emoji.
    pub fn change_notebook(self, change: NotebookChange) {
        spawn_local(async move {
            match call_operation::<ChangeNotebook>(&[&self.id.to_string()], &(), &change).await {
                Ok(notebook) => {
                    self.details.try_set(Some(notebook));
                }
                Err(error) => self.notices.show_error(&error),
            }
        });
    }
}
