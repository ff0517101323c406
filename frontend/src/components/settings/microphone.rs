//! The microphone, the desktop program's or the browser's: which one, whether it stays open, and a test of it.

use std::collections::BTreeMap;
use std::time::Duration;

use hearth_wire::operations::{ChangeSettings, ListMicrophones};
use hearth_wire::{ApiError, MicrophoneList};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desktop::Switch;
use crate::api::call;
use crate::browser;
use crate::components::chat::Meter;
use crate::components::shared::Icon;
use crate::contexts::notices::notices;
use crate::contexts::shell;
use crate::contexts::voice::{self, Now, voice};
use crate::contexts::words::{said, words};
use crate::strings::{Strings, fill};

/// How often it is looked which microphones are there.
const AGAIN: Duration = Duration::from_secs(4);
const CHOSEN: &str = "desktop.microphone";

#[component]
pub fn MicrophoneSettings() -> impl IntoView {
    let words = words();
    let notices = notices();
    let has_shell = shell::is_here();
    let found = RwSignal::new(None::<Result<MicrophoneList, ApiError>>);
    let is_asked = StoredValue::new(false);
    let load = move || {
        // A sound server may take its time.
        if is_asked.try_update_value(|is_asked| std::mem::replace(is_asked, true)) != Some(false) {
            return;
        }
        spawn_local(async move {
            let list = list(words, untrack(has_shell)).await;
            // A list that is open in somebody's hand stays as it is, unless it is another one.
            if found.try_with_untracked(|before| before.as_ref() != Some(&list)) == Some(true) {
                found.try_set(Some(list));
            }
            is_asked.try_set_value(false);
        });
    };
    // Whose microphones they are is known once the node has said what it is.
    Effect::new(move |_| {
        has_shell();
        load();
    });
    // Microphones are plugged in and pulled out.
    let again = set_interval_with_handle(load, AGAIN);
    on_cleanup(move || {
        if let Ok(again) = again {
            again.clear();
        }
    });
    let choose = move |id: String| {
        if !untrack(has_shell) {
            voice::choose(&id);
            return load();
        }
        spawn_local(async move {
            let changes = BTreeMap::from([(CHOSEN.to_owned(), id.into())]);
            if let Err(error) = call::<ChangeSettings>(&[], &(), &changes).await {
                notices.fail(&error);
            }
            load();
        });
    };
    let trouble =
        move || found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok()?.trouble.clone()));
    let choice = move |list: MicrophoneList| {
        let chosen = list.chosen.clone();
        let option = move |microphone: hearth_wire::Microphone| {
            let is_chosen = microphone.id == chosen;
            view! { <option value=microphone.id selected=is_chosen>{microphone.name}</option> }
        };
        let is_own = list.chosen.is_empty();
        view! {
            <select id="microphone" class="field" on:change:target=move |event| choose(event.target().value())>
                <option value="" selected=is_own>{if untrack(has_shell) { words.microphone_of_system } else { words.microphone_of_browser }}</option>
                {list.microphones.into_iter().map(option).collect_view()}
            </select>
        }
    };
    view! {
        <div class="labelled">
            <label for="microphone">{words.microphone}</label>
            <Trial is_found=move || found.with(|found| matches!(found, Some(Ok(_))))>
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Ok(list)) => choice(list).into_any(),
                    Some(Err(error)) => view! { <p class="failed"><Icon name="circle-alert"/>{said(words, &error)}</p> }.into_any(),
                }}
            </Trial>
        </div>
        <Show when=has_shell><Switch key="desktop.microphone_ready" label=words.microphone_ready/></Show>
        {move || trouble().map(|why| view! { <p class="failed" role="alert"><Icon name="circle-alert"/>{why}</p> })}
    }
}

/// Those of the desktop program's machine, or those that the browser shows the page.
async fn list(words: &'static Strings, has_shell: bool) -> Result<MicrophoneList, ApiError> {
    if has_shell {
        return call::<ListMicrophones>(&[], &(), &()).await;
    }
    let microphones = browser::microphone::microphones().await.map_err(|error| voice::why(words, error))?;
    Ok(MicrophoneList { microphones, chosen: voice::chosen(), trouble: None })
}

/// Listens until it is ended, and shows what it heard.
#[component]
fn Trial(#[prop(into)] is_found: Signal<bool>, children: Children) -> impl IntoView {
    let words = words();
    let voice = voice();
    // Of what went wrong elsewhere nothing is said here.
    voice.unheard.set(None);
    let heard = RwSignal::new(None::<String>);
    let is_on = move || voice.now.get() != Now::Idle;
    // What is said here is no question.
    Effect::new(move |_| {
        if let Some((None, text)) = voice.said.get() {
            voice.said.set(None);
            heard.set(Some(text));
        }
    });
    on_cleanup(move || {
        if voice.is_busy() {
            voice.drop_it();
        }
    });
    let label = move || if is_on() { words.microphone_test_end } else { words.microphone_test };
    let outcome = move || {
        heard.get().map(|text| {
            let text =
                if text.is_empty() { words.microphone_nothing.to_owned() } else { format!("“{text}”") };
            fill(words.microphone_heard, &[("text", &text)])
        })
    };
    view! {
        <span class="field-row">
            {children()}
            <Show when=move || is_found.get()>
                <button class="btn" type="button" on:click=move |_| { heard.set(None); voice.toggle(); }>{label}</button>
            </Show>
            <Show when=is_on><span class="speaking"><Meter/></span></Show>
        </span>
        <span class="meta" role="status">{outcome}</span>
        {move || voice.unheard.get().map(|unheard| view! { <p class="failed" role="alert"><Icon name="circle-alert"/>{said(words, &unheard.error)}</p> })}
    }
}
