//! Adding to the open notebook: files of the page or of the desktop program, addresses, texts.

use hearth_domain::{NotebookId, Source, SourceKind};
use hearth_wire::operations::{AddSources, PickFiles, TakeFiles};
use hearth_wire::{
    AddedSources, ApiError, ErrorCode, FilesTaken, NewSources, NotebookChange, Pick, PickRequest, TakeRequest,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Open;
use crate::api::{Sending, call};
use crate::contexts::words::said;
use crate::strings::{count, fill};

impl Open {
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
                self.coming(call::<TakeFiles>(&[], &(), &request).await);
            }),
        }
    }

    /// Has files or a folder chosen in the system's own dialog.
    pub fn pick(self, what: Pick) {
        spawn_local(async move {
            let request = PickRequest { notebook_id: self.id, what };
            self.coming(call::<PickFiles>(&[], &(), &request).await);
        });
    }

    /// The desktop program adds them; they come as events.
    fn coming(self, taken: Result<FilesTaken, ApiError>) {
        match taken {
            Ok(FilesTaken { left_out: 0, .. }) => {}
            Ok(FilesTaken { files, .. }) => {
                self.notices.tell(fill(self.words.too_many_files, &[("n", &files.to_string())]));
            }
            Err(error) => self.notices.fail(&error),
        }
    }

    /// Adds files one after the other, behind those that are on their way: each is there as soon as the node has it.
    pub fn add_files(self, files: Vec<web_sys::File>) {
        let is_first = self.to_send.try_update_value(|waiting| {
            waiting.1.extend(files);
            !std::mem::replace(&mut waiting.0, true)
        });
        if is_first != Some(true) {
            return;
        }
        spawn_local(async move {
            while let Some(Some(file)) = self.to_send.try_update_value(|waiting| waiting.1.pop_front()) {
                let left = || self.to_send.try_with_value(|waiting| waiting.1.len()).unwrap_or_default();
                match self.send(&file, left()).await {
                    Some(Err(error)) if error.code == ErrorCode::UpstreamUnavailable => {
                        self.notices.complain(count(self.words.not_added, left() + 1));
                        self.stop_sending();
                    }
                    Some(added) => self.took(added, &file.name()),
                    None => self.stop_sending(),
                }
            }
            self.to_send.try_update_value(|waiting| waiting.0 = false);
            self.sending.try_set(None);
        });
    }

    fn stop_sending(self) {
        self.to_send.try_update_value(|waiting| waiting.1.clear());
    }

    /// Sends a file, and shows how far it is; `None` when someone stopped it.
    async fn send(self, file: &web_sys::File, waiting: usize) -> Option<Result<AddedSources, ApiError>> {
        let share = ArcRwSignal::new(0.0);
        let sent = share.clone();
        match Sending::start(self.id, file, move |part| sent.set(part)) {
            Ok((sending, answer)) => {
                self.sending.try_set(Some(OnItsWay { name: file.name(), share, waiting, sending }));
                answer.await
            }
            Err(error) => Some(Err(error)),
        }
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
    pub(super) fn name_after(self, source: Option<&Source>) {
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
}

/// A file that is being sent to the node.
#[derive(Clone)]
pub struct OnItsWay {
    pub name: String,
    /// How much of it was sent, 0 to 1.
    pub share: ArcRwSignal<f64>,
    /// Files that come after it.
    pub waiting: usize,
    /// Stopping it stops those after it, too.
    pub sending: Sending,
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

    pub(super) fn take(self, notebook: NotebookId) -> Option<Incoming> {
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
