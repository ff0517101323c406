//! Settings of the desktop program: its hotkeys, and running on without a window.

use std::collections::BTreeMap;

use hearth_wire::operations::{ChangeHotkeys, ChangeSettings, GetHotkeys, ListSettings};
use hearth_wire::{HotkeyChange, Hotkeys};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::FailureLine;
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;
use crate::contexts::shell;

/// Section for the desktop program; empty in a plain browser.
#[component]
pub fn DesktopSection() -> impl IntoView {
    let strings = use_strings();
    view! {
        <Show when=shell::use_has_shell()>
            <section>
                <h2>{strings.desktop_program}</h2>
                <AskKeys />
                <Switch key="desktop.keep_running" label=strings.keep_running />
                <Switch key="desktop.open_with" label=strings.open_with />
            </section>
        </Show>
    }
}

/// Hotkeys that ask from any program.
#[component]
fn AskKeys() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let hotkeys = RwSignal::new(None::<Hotkeys>);
    let field = RwSignal::new(String::new());
    let set_hotkeys = move |new: Hotkeys| {
        field.try_set(new.ask.clone());
        hotkeys.try_set(Some(new));
    };
    spawn_local(async move {
        if let Ok(new) = call_operation::<GetHotkeys>(&[], &(), &()).await {
            set_hotkeys(new);
        }
    });
    let save = move || {
        spawn_local(async move {
            let change = HotkeyChange { ask: Some(field.get_untracked().trim().to_owned()) };
            match call_operation::<ChangeHotkeys>(&[], &(), &change).await {
                Ok(new) => {
                    set_hotkeys(new);
                    notices.show_info(strings.saved);
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let problem =
        move || hotkeys.with(|hotkeys| hotkeys.as_ref().and_then(|hotkeys| hotkeys.problem.clone()));
    view! {
        <form
            class="labelled"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <label for="ask-keys">{strings.push_to_talk_keys}</label>
            <span class="field-row">
                <input
                    id="ask-keys"
                    class="field"
                    type="text"
                    placeholder="Ctrl+Shift+Space"
                    prop:value=move || field.get()
                    on:input:target=move |event| field.set(event.target().value())
                />
                <button class="btn" type="submit">
                    {strings.save}
                </button>
            </span>
            <span class="meta">{strings.push_to_talk_keys_hint}</span>
        </form>
        {move || {
            problem()
                .map(|problem| {
                    view! { <FailureLine explanation=strings.explain(strings.hotkey_failed, &problem) /> }
                })
        }}
    }
}

/// Check box for a boolean setting of the node.
#[component]
pub(super) fn Switch(key: &'static str, label: &'static str) -> impl IntoView {
    let notices = use_notices();
    let is_on = RwSignal::new(false);
    spawn_local(async move {
        if let Ok(list) = call_operation::<ListSettings>(&[], &(), &()).await {
            let setting = list.settings.iter().find(|setting| setting.key == key);
            is_on.try_set(setting.is_some_and(|setting| setting.value == true));
        }
    });
    let change = move |is_checked: bool| {
        spawn_local(async move {
            let changes = BTreeMap::from([(key.to_owned(), is_checked.into())]);
            match call_operation::<ChangeSettings>(&[], &(), &changes).await {
                Ok(_) => {
                    is_on.try_set(is_checked);
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    view! {
        <label class="option">
            <input
                type="checkbox"
                name=key
                prop:checked=move || is_on.get()
                on:change:target=move |event| change(event.target().checked())
            />
            <span>{label}</span>
        </label>
    }
}
