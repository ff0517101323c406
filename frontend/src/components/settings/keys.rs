//! Keys of other programs: made, shown once, revoked.

use hearth_wire::operations::{CreateKey, ListKeys, RevokeKey};
use hearth_wire::{Key, KeyScope, NewKey};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::notices::notices;
use crate::contexts::words::words;

#[component]
pub fn KeysSection() -> impl IntoView {
    let words = words();
    let notices = notices();
    let keys = RwSignal::new(Vec::<Key>::new());
    let secret = RwSignal::new(None::<String>);
    let name = RwSignal::new(String::new());
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call::<ListKeys>(&[], &(), &()).await {
                keys.try_set(list.keys);
            }
        });
    };
    load();
    let create = move |_| {
        let new = NewKey { name: name.get_untracked().trim().to_owned(), scopes: None, per_minute: None };
        spawn_local(async move {
            match call::<CreateKey>(&[], &(), &new).await {
                Ok(created) => {
                    secret.try_set(Some(created.secret));
                    name.try_set(String::new());
                    load();
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    view! {
        <section>
            <h2>{words.keys}</h2>
            <p class="meta">{words.keys_text}</p>
            <ul class="plain-list">
                <For each=move || keys.get() key=|key| key.id children=move |key| view! { <KeyRow key on_change=load/> }/>
            </ul>
            {move || secret.get().map(|secret| view! { <Secret secret/> })}
            <span class="field-row wide-row">
                <input class="field" type="text" placeholder=words.key_name aria-label=words.key_name prop:value=move || name.get() on:input:target=move |event| name.set(event.target().value())/>
                <button class="btn" type="button" disabled=move || name.read().trim().is_empty() on:click=create>{words.key_create}</button>
            </span>
        </section>
    }
}

/// The key itself, shown this once.
#[component]
fn Secret(secret: String) -> impl IntoView {
    let words = words();
    let notices = notices();
    let copied = secret.clone();
    let copy = move || notices.copy(copied.clone(), words.copied);
    view! {
        <p class="good">
            <Icon name="key-round"/>
            <span>{words.key_once}" "<code>{secret}</code></span>
            <IconButton name="copy" label=words.copy on_click=copy/>
        </p>
    }
}

#[component]
fn KeyRow(key: Key, on_change: impl Fn() + Copy + 'static) -> impl IntoView {
    let words = words();
    let notices = notices();
    let id = key.id;
    let scopes = key.scopes.iter().map(|scope| KeyScope::as_str(*scope)).collect::<Vec<&str>>().join(", ");
    let revoke = move || {
        spawn_local(async move {
            match call::<RevokeKey>(&[&id.to_string()], &(), &()).await {
                Ok(()) => on_change(),
                Err(error) => notices.fail(&error),
            }
        });
    };
    view! {
        <li class="row">
            <span class="row-name"><Icon name="key-round"/><span class="name">{key.name}</span><span class="meta">{scopes}</span></span>
            <IconButton name="trash-2" label=words.key_revoke on_click=revoke/>
        </li>
    }
}
