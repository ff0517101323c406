//! The notebook that is open: its sources, which of them are checked, its notes, and what is shown
//! beside the chat.

use std::collections::HashSet;

use hearth_domain::{
    CharRange, Citation, Job, JobStep, Note, NoteId, Notebook, NotebookId, Place, RevisionId, Source,
    SourceId, SourceKind, SourceStatus,
};
use hearth_wire::operations::{
    AddSources, ChangeNotebook, ChooseSelection, GetNotebook, GetPlaces, GetSelection, GetSource, ListNotes,
    ListSources, PickFiles, TakeFiles,
};
use hearth_wire::{
    AddedSources, ApiError, ErrorCode, NewSources, NodeEvent, NotebookChange, Pick, PickRequest, PlacesQuery,
    Selection, TakeRequest,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{call, page_of, upload};
use crate::contexts::live::live;
use crate::contexts::notices::{Notices, notices};
use crate::contexts::shell;
use crate::contexts::words::{said, words};
use crate::strings::{Strings, count, fill};

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
    pub opened: RwSignal<Option<Opened>>,
    /// A passage was asked for, the one that is open perhaps.
    pub shown: Trigger,
    /// The open source has as much room as the chat.
    pub is_large: RwSignal<bool>,
    /// The note that is open on the right.
    pub opened_note: RwSignal<Option<NoteId>>,
    notices: Notices,
    words: &'static Strings,
    left: Left,
    loading: StoredValue<Loading>,
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
        opened: RwSignal::new(None),
        shown: Trigger::new(),
        is_large: RwSignal::new(false),
        opened_note: RwSignal::new(None),
        notices: notices(),
        words: words(),
        left: left(),
        loading: StoredValue::new(Loading::Not),
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
                    Err(error) => State::Failed(error),
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
        Ok(())
    }

    fn heard(self, event: &NodeEvent) {
        match event {
            NodeEvent::Source { source } => self.sources.update(|sources| {
                if let Some(known) = sources.iter_mut().find(|known| known.id == source.id) {
                    known.clone_from(source);
                }
            }),
            NodeEvent::Job { job } => self.worked(job),
            NodeEvent::Notebook { notebook_id } if *notebook_id == self.id => self.load(),
            NodeEvent::Note { note } if note.notebook_id == self.id => self.put_note((**note).clone()),
            NodeEvent::Gone { id } => {
                self.sources.update(|sources| sources.retain(|source| source.id.to_string() != *id));
                self.notes.update(|notes| notes.retain(|note| note.id.to_string() != *id));
            }
            NodeEvent::Reset {} => self.load(),
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

    /// Adds pages or a text.
    pub fn add(self, what: NewSources) {
        spawn_local(async move {
            let added = call::<AddSources>(&[&self.id.to_string()], &(), &what).await;
            self.took(added, "");
        });
    }

    /// Adds files, wherever they are.
    pub fn add_incoming(self, files: Incoming) {
        match files {
            Incoming::Files(files) => self.add_files(files),
            Incoming::Shell => spawn_local(async move {
                let request = TakeRequest { notebook_id: self.id };
                if let Err(error) = call::<TakeFiles>(&[], &(), &request).await {
                    self.notices.fail(&error);
                }
            }),
        }
    }

    /// Has files or a folder chosen in the system's own dialog.
    pub fn pick(self, what: Pick) {
        spawn_local(async move {
            let request = PickRequest { notebook_id: self.id, what };
            if let Err(error) = call::<PickFiles>(&[], &(), &request).await {
                self.notices.fail(&error);
            }
        });
    }

    /// Adds files one after the other: each is there as soon as the node has it.
    pub fn add_files(self, files: Vec<web_sys::File>) {
        spawn_local(async move {
            let count_all = files.len();
            for (at, file) in files.into_iter().enumerate() {
                let added = upload(self.id, &file).await;
                let is_away = added.as_ref().is_err_and(|error| error.code == ErrorCode::UpstreamUnavailable);
                if is_away {
                    return self.notices.complain(count(self.words.not_added, count_all - at));
                }
                self.took(added, &file.name());
            }
        });
    }

    fn took(self, added: Result<AddedSources, ApiError>, name: &str) {
        let refuse = |name: &str, error: &ApiError| {
            let why = said(self.words, error);
            self.notices.complain(fill(self.words.refused, &[("name", name), ("why", &why)]));
        };
        let added = match added {
            Ok(added) => added,
            Err(error) => return refuse(name, &error),
        };
        for refused in &added.refused {
            refuse(&refused.name, &refused.error);
        }
        let known = added.sources.iter().filter(|source| self.has(source.id)).count();
        if known > 0 {
            self.notices.tell(count(self.words.already_here, known));
        }
        let fresh: Vec<Source> = added.sources.into_iter().filter(|source| !self.has(source.id)).collect();
        self.chosen.update(|chosen| chosen.extend(fresh.iter().map(|source| source.id)));
        self.name_after(fresh.first());
        self.sources.update(|sources| sources.extend(fresh));
    }

    /// A notebook without a title of its own is called after its first source.
    fn name_after(self, source: Option<&Source>) {
        let Some(source) = source else { return };
        let is_nameless = self.sources.with_untracked(Vec::is_empty)
            && self.notebook.with_untracked(|notebook| {
                notebook.as_ref().is_some_and(|notebook| notebook.title == self.words.untitled)
            });
        if !is_nameless {
            return;
        }
        let title = without_extension(&source.title).to_owned();
        self.change(NotebookChange {
            title: Some(title),
            emoji: Some(emoji(source.kind).into()),
            description: None,
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

/// Files on their way into a notebook.
#[derive(Clone)]
pub enum Incoming {
    /// Of the page.
    Files(Vec<web_sys::File>),
    /// They wait in the desktop program.
    Shell,
}

/// What was dropped where its notebook was only about to be made.
#[derive(Clone, Copy)]
pub struct Left(StoredValue<Option<(NotebookId, Incoming)>, LocalStorage>);

pub fn left() -> Left {
    expect_context()
}

/// Holds what is left, for all pages.
pub fn provide_left() {
    provide_context(Left(StoredValue::new_local(None)));
}

impl Left {
    /// Leaves files for a notebook's page, which adds them as soon as it is open.
    pub fn leave(self, notebook: NotebookId, files: Incoming) {
        self.0.set_value(Some((notebook, files)));
    }

    fn take(self, notebook: NotebookId) -> Option<Incoming> {
        let left = self.0.try_update_value(Option::take).flatten()?;
        (left.0 == notebook).then_some(left.1)
    }
}

/// A file's name as a title.
fn without_extension(name: &str) -> &str {
    let is_extension = |text: &str| {
        text.len() <= 5 && text.chars().all(char::is_alphanumeric) && text.chars().any(char::is_alphabetic)
    };
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_extension(extension) => stem,
        _ => name,
    }
}

fn emoji(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Pdf | SourceKind::Docx => "📄",
        SourceKind::Pptx => "🖼️",
        SourceKind::Xlsx | SourceKind::Csv => "📊",
        SourceKind::Html => "🌐",
        SourceKind::Markdown | SourceKind::Text => "📝",
        SourceKind::Calendar => "📅",
        SourceKind::Image => "📷",
        SourceKind::Audio => "🎧",
    }
}

#[cfg(test)]
mod tests {
    use super::without_extension;

    #[test]
    fn only_what_is_an_extension_is_left_out() {
        assert_eq!(without_extension("paper.pdf"), "paper");
        assert_eq!(without_extension("Release 2.10"), "Release 2.10");
        assert_eq!(without_extension("Dr. Who"), "Dr. Who");
        assert_eq!(without_extension(".profile"), ".profile");
        assert_eq!(without_extension("song.mp3"), "song");
    }
}
