//! Adding sources to the open notebook: files of the page or of the desktop program, addresses, texts.

use hearth_domain::{Source, SourceKind};
use hearth_texts::Explanation;
use hearth_wire::operations::{AddPendingFiles, AddSources, PickFiles};
use hearth_wire::{
    AddPendingFilesRequest, AddedFiles, AddedSources, ApiError, ErrorCode, NewSources, NotebookChange,
    PickFilesRequest, PickTarget,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pending_files::IncomingFiles;
use super::{ActiveUpload, NotebookContext};
use crate::api::{Upload, call_operation};
use crate::contexts::localisation::explain_refusal;

impl NotebookContext {
    /// Adds pages or a text.
    pub fn add_sources(self, sources: NewSources) {
        spawn_local(async move {
            let added = call_operation::<AddSources>(&[&self.id.to_string()], &(), &sources).await;
            self.apply_added_sources(added, "");
        });
    }

    /// Adds files, of the page or of the desktop program.
    pub fn add_incoming_files(self, files: IncomingFiles) {
        match files {
            IncomingFiles::Files(files) => self.upload_files(files),
            IncomingFiles::Shell => spawn_local(async move {
                let request = AddPendingFilesRequest { notebook_id: self.id };
                self.report_left_out_files(call_operation::<AddPendingFiles>(&[], &(), &request).await);
            }),
        }
    }

    /// Opens the system's own dialog for choosing files or a folder.
    pub fn pick_files(self, target: PickTarget) {
        spawn_local(async move {
            let request = PickFilesRequest { notebook_id: self.id, what: target };
            self.report_left_out_files(call_operation::<PickFiles>(&[], &(), &request).await);
        });
    }

    /// Reports files that the desktop program left out; the others come as events.
    fn report_left_out_files(self, added: Result<AddedFiles, ApiError>) {
        match added {
            Ok(AddedFiles { left_out: 0, .. }) => {}
            Ok(AddedFiles { files, .. }) => {
                self.notices.show_info(self.strings.too_many_files(files as usize));
            }
            Err(error) => self.notices.show_error(&error),
        }
    }

    /// Uploads files one after the other, after those already queued; each is added as soon as the node has
    /// it.
    pub fn upload_files(self, files: Vec<web_sys::File>) {
        let is_first = self.upload_queue.try_update_value(|queue| {
            queue.1.extend(files);
            !std::mem::replace(&mut queue.0, true)
        });
        if is_first != Some(true) {
            return;
        }
        spawn_local(async move {
            while let Some(Some(file)) = self.upload_queue.try_update_value(|queue| queue.1.pop_front()) {
                let remaining =
                    || self.upload_queue.try_with_value(|queue| queue.1.len()).unwrap_or_default();
                match self.upload_file(&file, remaining()).await {
                    Some(Err(error)) if error.code == ErrorCode::UpstreamUnavailable => {
                        self.notices.show_failure(self.strings.files_not_added(remaining() + 1));
                        self.clear_upload_queue();
                    }
                    Some(added) => self.apply_added_sources(added, &file.name()),
                    None => self.clear_upload_queue(),
                }
            }
            self.upload_queue.try_update_value(|queue| queue.0 = false);
            self.upload.try_set(None);
        });
    }

    fn clear_upload_queue(self) {
        self.upload_queue.try_update_value(|queue| queue.1.clear());
    }

    /// Uploads a file, and shows its progress; `None` if it was stopped.
    async fn upload_file(
        self,
        file: &web_sys::File,
        queued_files: usize,
    ) -> Option<Result<AddedSources, ApiError>> {
        let share = ArcRwSignal::new(0.0);
        let progress = share.clone();
        match Upload::start(self.id, file, move |share| progress.set(share)) {
            Ok((upload, response)) => {
                self.upload.try_set(Some(ActiveUpload {
                    name: file.name(),
                    sent_share: share,
                    queued_files,
                    upload,
                }));
                response.await
            }
            Err(error) => Some(Err(error)),
        }
    }

    fn apply_added_sources(self, added: Result<AddedSources, ApiError>, name: &str) {
        let report_refusal = |name: &str, error: &ApiError| {
            let why = explain_refusal(self.strings, error);
            let text = self.strings.source_refused(&name, &why.text);
            self.notices.show_explained_failure(Explanation { text, ..why });
        };
        let added = match added {
            Ok(added) => added,
            Err(error) => return report_refusal(name, &error),
        };
        for refused in &added.refused {
            report_refusal(&refused.name, &refused.error);
        }
        let known_count = added.sources.iter().filter(|source| self.has_source(source.id)).count();
        if known_count > 0 {
            self.notices.show_info(self.strings.already_added(known_count));
        }
        let new_sources: Vec<Source> =
            added.sources.into_iter().filter(|source| !self.has_source(source.id)).collect();
        self.chosen.update(|chosen| chosen.extend(new_sources.iter().map(|source| source.id)));
        self.name_after_source(new_sources.first());
        self.sources.update(|sources| sources.extend(new_sources));
    }

    /// Names a notebook without a title of its own after its first source.
    pub(super) fn name_after_source(self, source: Option<&Source>) {
        let Some(source) = source else { return };
        let is_nameless = self.sources.with_untracked(Vec::is_empty)
            && self.details.with_untracked(|notebook| {
                notebook.as_ref().is_some_and(|notebook| notebook.title == self.strings.untitled)
            });
        if !is_nameless {
            return;
        }
        let title = strip_extension(&source.title).to_owned();
        self.change_notebook(NotebookChange {
            title: Some(title),
            emoji: Some(default_emoji(source.kind).into()),
            description: None,
        });
    }
}

/// A file's name without its extension, as a title.
fn strip_extension(name: &str) -> &str {
    let is_extension = |text: &str| {
        text.len() <= 5 && text.chars().all(char::is_alphanumeric) && text.chars().any(char::is_alphabetic)
    };
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_extension(extension) => stem,
        _ => name,
    }
}

fn default_emoji(kind: SourceKind) -> &'static str {
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
    use super::strip_extension;

    #[test]
    fn only_what_is_an_extension_is_left_out() {
        assert_eq!(strip_extension("paper.pdf"), "paper");
        assert_eq!(strip_extension("Release 2.10"), "Release 2.10");
        assert_eq!(strip_extension("Dr. Who"), "Dr. Who");
        assert_eq!(strip_extension(".profile"), ".profile");
        assert_eq!(strip_extension("song.mp3"), "song");
    }
}
