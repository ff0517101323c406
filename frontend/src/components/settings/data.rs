//! Where the library is, how large, and its backups.

use hearth_wire::operations::{CreateBackup, ListBackups, RestoreBackup, Reveal, VerifyBackup};
use hearth_wire::{Backup, Folder, RevealRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::browser;
use crate::components::shared::IconButton;
use crate::contexts::live::live;
use crate::contexts::notices::{Notices, notices};
use crate::contexts::shell;
use crate::contexts::words::words;
use crate::strings::{count, fill};

#[component]
pub fn DataSection() -> impl IntoView {
    let words = words();
    let live = live();
    let notices = notices();
    let has_shell = shell::is_here();
    let library = move || live.status.with(|status| status.as_ref().map(|status| status.library.clone()));
    let backups = RwSignal::new(Vec::<Backup>::new());
    let is_busy = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call::<ListBackups>(&[], &(), &()).await {
                backups.try_set(list.backups);
            }
        });
    };
    load();
    let create = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            match call::<CreateBackup>(&[], &(), &()).await {
                Ok(backup) => notices.tell(fill(words.backup_made, &[("path", &backup.path)])),
                Err(error) => notices.fail(&error),
            }
            is_busy.try_set(false);
            load();
        });
    };
    view! {
        <section>
            <h2>{words.data}</h2>
            {move || library().map(|library| view! {
                <dl>
                    <dt>{words.data_where}</dt>
                    <dd class="path">{library.location}
                        <Show when=has_shell><IconButton name="folder" label=words.show_folder on_click=move || reveal(notices, Folder::Library)/></Show>
                    </dd>
                    <dt>{words.data_size}</dt>
                    <dd>{size(library.bytes)}", "{count(words.sources_count, library.sources as usize)}", "{count(words.passages_count, library.passages as usize)}</dd>
                </dl>
            })}
            <h3>
                {words.backups}
                <Show when=move || has_shell() && !backups.read().is_empty()>
                    <IconButton name="folder" label=words.show_folder on_click=move || reveal(notices, Folder::Backups)/>
                </Show>
            </h3>
            <ul class="plain-list">
                <For each=move || backups.get() key=|backup| backup.id.clone() children=move |backup| view! { <BackupRow backup/> }/>
            </ul>
            <button class="btn" type="button" disabled=move || is_busy.get() on:click=create>{words.backup_create}</button>
        </section>
    }
}

#[component]
fn BackupRow(backup: Backup) -> impl IntoView {
    let words = words();
    let notices = notices();
    let id = backup.id.clone();
    let is_sure = RwSignal::new(false);
    let restored = id.clone();
    let restore = move |_| {
        if !is_sure.get_untracked() {
            return is_sure.set(true);
        }
        is_sure.set(false);
        let id = restored.clone();
        spawn_local(async move {
            match call::<RestoreBackup>(&[&id], &(), &()).await {
                Ok(_) => notices.tell(words.backup_restored),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let verify = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match call::<VerifyBackup>(&[&id], &(), &()).await {
                Ok(_) => notices.tell(words.backup_good),
                Err(error) => notices.fail(&error),
            }
        });
    };
    view! {
        <li class="row">
            <span class="row-name"><span class="name">{browser::local(backup.created_at.as_millisecond())}</span><span class="meta">{size(backup.bytes)}</span></span>
            <button class="btn" type="button" on:click=verify>{words.backup_verify}</button>
            <button class="btn" class:primary=move || is_sure.get() type="button" on:click=restore>
                {move || if is_sure.get() { words.backup_really } else { words.backup_restore }}
            </button>
        </li>
    }
}

fn reveal(notices: Notices, folder: Folder) {
    spawn_local(async move {
        if let Err(error) = call::<Reveal>(&[], &(), &RevealRequest { folder }).await {
            notices.fail(&error);
        }
    });
}

/// "3.4 MB"
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [size(0), size(999), size(3_400_000), size(12_000_000_000)],
            ["0 B", "999 B", "3.4 MB", "12.0 GB"]
        );
    }
}
