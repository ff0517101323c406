//! The library's location and size, and its backups.

use hearth_wire::operations::{CreateBackup, ListBackups, RestoreBackup, RevealFolder, VerifyBackup};
use hearth_wire::{Backup, Folder, RevealFolderRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::browser;
use crate::components::shared::IconButton;
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notices::{NoticesContext, use_notices};
use crate::contexts::shell;

/// Section of the library's data and backups.
#[component]
pub fn DataSection() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let notices = use_notices();
    let has_shell = shell::use_has_shell();
    let library = move || node.status.with(|status| status.as_ref().map(|status| status.library.clone()));
    let backups = RwSignal::new(Vec::<Backup>::new());
    let is_busy = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call_operation::<ListBackups>(&[], &(), &()).await {
                backups.try_set(list.backups);
            }
        });
    };
    load();
    let create = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            match call_operation::<CreateBackup>(&[], &(), &()).await {
                Ok(backup) => {
                    notices.show_info(strings.backup_made(&backup.path));
                }
                Err(error) => notices.show_error(&error),
            }
            is_busy.try_set(false);
            load();
        });
    };
    view! {
        <section>
            <h2>{strings.data}</h2>
            {move || {
                library()
                    .map(|library| {
                        view! {
                            <dl>
                                <dt>{strings.data_location}</dt>
                                <dd class="path">
                                    {library.location} <Show when=has_shell>
                                        <IconButton
                                            name="folder"
                                            label=strings.show_folder
                                            on_click=move || reveal_folder(notices, Folder::Library)
                                        />
                                    </Show>
                                </dd>
                                <dt>{strings.data_size}</dt>
                                <dd>
                                    {format_size(library.bytes)}", " {strings.sources_count(library.sources as usize)}
                                    ", " {strings.passages_count(library.passages as usize)}
                                </dd>
                            </dl>
                        }
                    })
            }}
            <h3>
                {strings.backups} <Show when=move || has_shell() && !backups.read().is_empty()>
                    <IconButton
                        name="folder"
                        label=strings.show_folder
                        on_click=move || reveal_folder(notices, Folder::Backups)
                    />
                </Show>
            </h3>
            <ul class="plain-list">
                <For
                    each=move || backups.get()
                    key=|backup| backup.id.clone()
                    children=move |backup| view! { <BackupRow backup /> }
                />
            </ul>
            <button class="btn" type="button" disabled=move || is_busy.get() on:click=create>
                {strings.backup_create}
            </button>
        </section>
    }
}

#[component]
fn BackupRow(backup: Backup) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let id = backup.id.clone();
    let is_confirming = RwSignal::new(false);
    let restored_id = id.clone();
    let restore = move |_| {
        if !is_confirming.get_untracked() {
            return is_confirming.set(true);
        }
        is_confirming.set(false);
        let id = restored_id.clone();
        spawn_local(async move {
            match call_operation::<RestoreBackup>(&[&id], &(), &()).await {
                Ok(_) => notices.show_info(strings.backup_restored),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let verify = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match call_operation::<VerifyBackup>(&[&id], &(), &()).await {
                Ok(_) => notices.show_info(strings.backup_complete),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    view! {
        <li class="row">
            <span class="row-name">
                <span class="name">{browser::format_local_time(backup.created_at.as_millisecond())}</span>
                <span class="meta">{format_size(backup.bytes)}</span>
            </span>
            <button class="btn" type="button" on:click=verify>
                {strings.backup_verify}
            </button>
            <button class="btn" class:primary=move || is_confirming.get() type="button" on:click=restore>
                {move || if is_confirming.get() { strings.backup_confirm } else { strings.backup_restore }}
            </button>
        </li>
    }
}

fn reveal_folder(notices: NoticesContext, folder: Folder) {
    spawn_local(async move {
        if let Err(error) = call_operation::<RevealFolder>(&[], &(), &RevealFolderRequest { folder }).await {
            notices.show_error(&error);
        }
    });
}

/// Formats a size: "3.4 MB".
fn format_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        // What is rounded to 1000 has the next unit.
        if value < 999.95 {
            return if unit == "B" { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

#[cfg(test)]
mod tests {
    use super::format_size;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [format_size(0), format_size(999), format_size(3_400_000), format_size(12_000_000_000)],
            ["0 B", "999 B", "3.4 MB", "12.0 GB"]
        );
    }

    #[test]
    fn a_size_that_rounds_up_to_the_next_unit_has_that_unit() {
        assert_eq!(
            [format_size(1000), format_size(999_949), format_size(999_950), format_size(999_999_999)],
            ["1.0 KB", "999.9 KB", "1.0 MB", "1.0 GB"]
        );
    }
}
