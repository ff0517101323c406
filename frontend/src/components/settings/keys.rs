//! API keys of other programs: created, shown once, revoked.

use hearth_wire::operations::{CreateKey, ListKeys, RevokeKey};
use hearth_wire::{Key, KeyScope, NewKey};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;

/// Section of API keys.
#[component]
pub fn KeysSection() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let keys = RwSignal::new(Vec::<Key>::new());
    let secret = RwSignal::new(None::<String>);
    let name = RwSignal::new(String::new());
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call_operation::<ListKeys>(&[], &(), &()).await {
                keys.try_set(list.keys);
            }
        });
    };
    load();
    let create = move |_| {
        let new = NewKey { name: name.get_untracked().trim().to_owned(), scopes: None, per_minute: None };
        spawn_local(async move {
            match call_operation::<CreateKey>(&[], &(), &new).await {
                Ok(created) => {
                    secret.try_set(Some(created.secret));
                    name.try_set(String::new());
                    load();
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    view! {
        <section>
            <h2>{strings.keys}</h2>
            <p class="meta">{strings.keys_text}</p>
            <ul class="plain-list">
                <For
                    each=move || keys.get()
                    key=|key| key.id
                    children=move |key| view! { <KeyRow key on_change=load /> }
                />
            </ul>
            {move || secret.get().map(|secret| view! { <Secret secret /> })}
            <span class="field-row wide-row">
                <input
                    class="field"
                    type="text"
                    placeholder=strings.key_name
                    aria-label=strings.key_name
                    prop:value=move || name.get()
                    on:input:target=move |event| name.set(event.target().value())
                />
                <button class="btn" type="button" disabled=move || name.read().trim().is_empty() on:click=create>
                    {strings.key_create}
                </button>
            </span>
        </section>
    }
}

/// The secret of a new key, shown this once.
#[component]
fn Secret(secret: String) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let copied = secret.clone();
    let copy = move || notices.copy_text(copied.clone(), strings.copied);
    view! {
        <p class="good">
            <Icon name="key-round" />
            <span>{strings.key_shown_once}" "<code>{secret}</code></span>
            <IconButton name="copy" label=strings.copy on_click=copy />
        </p>
    }
}

#[component]
fn KeyRow(key: Key, on_change: impl Fn() + Copy + 'static) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let id = key.id;
    let scopes = key.scopes.iter().map(|scope| KeyScope::as_str(*scope)).collect::<Vec<&str>>().join(", ");
    let revoke = move || {
        spawn_local(async move {
            match call_operation::<RevokeKey>(&[&id.to_string()], &(), &()).await {
                Ok(()) => on_change(),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    view! {
        <li class="row">
            <span class="row-name">
                <Icon name="key-round" />
                <span class="name">{key.name}</span>
                <span class="meta">{scopes}</span>
            </span>
            <IconButton name="trash-2" label=strings.key_revoke on_click=revoke />
        </li>
    }
}
