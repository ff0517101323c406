//! What concerns the desktop program: its keys, and whether it goes on without a window.

use std::collections::BTreeMap;

use hearth_wire::operations::{ChangeHotkeys, ChangeSettings, GetHotkeys, GetSettings};
use hearth_wire::{HotkeyChange, Hotkeys};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::Icon;
use crate::contexts::notices::notices;
use crate::contexts::shell;
use crate::contexts::words::words;

/// Nothing in a plain browser.
#[component]
pub fn DesktopSection() -> impl IntoView {
    let words = words();
    view! {
        <Show when=shell::is_here()>
            <section>
                <h2>{words.desktop}</h2>
                <AskKeys/>
                <Switch key="desktop.keep_running" label=words.keep_running/>
                <Switch key="desktop.open_with" label=words.open_with/>
            </section>
        </Show>
    }
}

/// Keys that ask from anywhere.
#[component]
fn AskKeys() -> impl IntoView {
    let words = words();
    let notices = notices();
    let hotkeys = RwSignal::new(None::<Hotkeys>);
    let field = RwSignal::new(String::new());
    let take = move |now: Hotkeys| {
        field.try_set(now.ask.clone());
        hotkeys.try_set(Some(now));
    };
    spawn_local(async move {
        if let Ok(now) = call::<GetHotkeys>(&[], &(), &()).await {
            take(now);
        }
    });
    let save = move || {
        spawn_local(async move {
            let change = HotkeyChange { ask: Some(field.get_untracked().trim().to_owned()) };
            match call::<ChangeHotkeys>(&[], &(), &change).await {
                Ok(now) => {
                    take(now);
                    notices.tell(words.saved);
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    let problem =
        move || hotkeys.with(|hotkeys| hotkeys.as_ref().and_then(|hotkeys| hotkeys.problem.clone()));
    view! {
        <form class="labelled" on:submit=move |event| { event.prevent_default(); save(); }>
            <label for="ask-keys">{words.ask_keys}</label>
            <span class="field-row">
                <input id="ask-keys" class="field" type="text" placeholder="Ctrl+Shift+Space" prop:value=move || field.get() on:input:target=move |event| field.set(event.target().value())/>
                <button class="btn" type="submit">{words.save}</button>
            </span>
            <span class="meta">{words.ask_keys_text}</span>
        </form>
        {move || problem().map(|problem| view! { <p class="failed"><Icon name="circle-alert"/>{problem}</p> })}
    }
}

/// A setting that is on or off.
#[component]
pub(super) fn Switch(key: &'static str, label: &'static str) -> impl IntoView {
    let notices = notices();
    let is_on = RwSignal::new(false);
    spawn_local(async move {
        if let Ok(list) = call::<GetSettings>(&[], &(), &()).await {
            let setting = list.settings.iter().find(|setting| setting.key == key);
            is_on.try_set(setting.is_some_and(|setting| setting.value == true));
        }
    });
    let change = move |wanted: bool| {
        spawn_local(async move {
            let changes = BTreeMap::from([(key.to_owned(), wanted.into())]);
            match call::<ChangeSettings>(&[], &(), &changes).await {
                Ok(_) => {
                    is_on.try_set(wanted);
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    view! {
        <label class="option">
            <input type="checkbox" name=key prop:checked=move || is_on.get() on:change:target=move |event| change(event.target().checked())/>
            <span>{label}</span>
        </label>
    }
}
