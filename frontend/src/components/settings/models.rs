//! Which engine does what, and the language model server.

use std::collections::BTreeMap;

use hearth_wire::operations::{ChangeSettings, GetSettings, ListModels, TestSettings};
use hearth_wire::{EngineStatus, ModelQuery, NodeEvent, SectionChoice, Setting, SettingsTest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::catalogue::{Catalogue, Pull};
use crate::api::call;
use crate::components::shared::Icon;
use crate::contexts::live::live;
use crate::contexts::notices::{Notices, notices};
use crate::contexts::words::words;
use crate::strings::{Strings, count, fill};

const ADDRESS: &str = "chat.address";
const MODEL: &str = "chat.model";

#[component]
pub fn ModelsSection() -> impl IntoView {
    let words = words();
    let live = live();
    let engines =
        move || live.status.with(|status| status.as_ref().map(|s| s.engines.clone()).unwrap_or_default());
    let settings = RwSignal::new(Vec::<Setting>::new());
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call::<GetSettings>(&[], &(), &()).await {
                settings.try_set(list.settings);
            }
        });
    };
    load();
    live.listen(move |event| {
        if matches!(event, NodeEvent::Settings {} | NodeEvent::Reset {}) {
            load();
        }
    });
    let value = move |key: &str| {
        settings.with(|all| all.iter().find(|setting| setting.key == key)?.value.as_str().map(str::to_owned))
    };
    let address = Memo::new(move |_| value(ADDRESS).unwrap_or_default());
    let chosen = Memo::new(move |_| value(MODEL).unwrap_or_default());
    view! {
        <section>
            <h2>{words.models}</h2>
            <p class="meta">{words.models_text}</p>
            <ul class="engines">
                {move || engines().into_iter().map(|engine| view! { <Engine engine/> }).collect_view()}
            </ul>
            <Server address/>
            <ChatModel chosen address/>
            <Catalogue task="embed"/>
            <Catalogue task="transcribe"/>
            <Catalogue task="speakers"/>
            <Pull/>
        </section>
    }
}

#[component]
fn Engine(engine: EngineStatus) -> impl IntoView {
    let words = words();
    let task = match engine.task.as_str() {
        "chat" => words.task_chat.to_owned(),
        "embed" => words.task_embed.to_owned(),
        "transcribe" => words.task_transcribe.to_owned(),
        "speakers" => words.task_speakers.to_owned(),
        _ => engine.task.clone(),
    };
    let (dot, state) =
        if engine.reachable { ("dot", words.reachable) } else { ("dot off", words.unreachable) };
    view! {
        <li>
            <b>{task}</b>
            <span>{engine.chosen.unwrap_or_else(|| "–".to_owned())}</span>
            <span class="meta"><i class=dot></i>{state}", "{engine.location}</span>
            <span class="meta why">{engine.why}</span>
        </li>
    }
}

/// Changes one setting of the node; whether that went well.
pub(super) async fn change(
    notices: Notices,
    words: &'static Strings,
    key: &'static str,
    value: impl Into<Value>,
) -> bool {
    let changes = BTreeMap::from([(key.to_owned(), value.into())]);
    match call::<ChangeSettings>(&[], &(), &changes).await {
        Ok(list) => {
            let waits = list.settings.iter().any(|setting| setting.key == key && setting.waits_for_restart);
            notices.tell(if waits { words.needs_restart } else { words.saved });
            true
        }
        Err(error) => {
            notices.fail(&error);
            false
        }
    }
}

/// The address of the language model server, and whether it answers.
#[component]
fn Server(address: Memo<String>) -> impl IntoView {
    let words = words();
    let notices = notices();
    let field = RwSignal::new(String::new());
    Effect::new(move |_| field.set(address.get()));
    let tested = RwSignal::new(None::<SettingsTest>);
    let save = move || {
        spawn_local(async move {
            tested.set(None);
            if !change(notices, words, ADDRESS, field.get_untracked().trim().to_owned()).await {
                return;
            }
            let section = SectionChoice { section: "chat".to_owned() };
            match call::<TestSettings>(&[], &(), &section).await {
                Ok(result) => {
                    tested.try_set(Some(result));
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    let said = move |test: SettingsTest| {
        if !test.reached || !test.message.is_empty() {
            return view! { <p class="failed"><Icon name="circle-alert"/>{test.message}</p> }.into_any();
        }
        let models = count(words.models_count, test.models.len());
        let version = test.version.unwrap_or_default();
        let text = fill(words.test_good, &[("version", &version), ("models", &models)]);
        view! { <p class="good"><Icon name="circle-check"/>{text}</p> }.into_any()
    };
    view! {
        <form class="labelled" on:submit=move |event| { event.prevent_default(); save(); }>
            <label for="ollama">{words.ollama_address}</label>
            <span class="field-row">
                <input id="ollama" class="field" type="url" prop:value=move || field.get() on:input:target=move |event| field.set(event.target().value())/>
                <button class="btn" type="submit">{words.save_and_test}</button>
            </span>
        </form>
        {move || tested.get().map(said)}
    }
}

/// Which model writes answers: one of those that the server has.
#[component]
fn ChatModel(chosen: Memo<String>, address: Memo<String>) -> impl IntoView {
    let words = words();
    let notices = notices();
    let models = RwSignal::new(Vec::<String>::new());
    Effect::new(move |_| {
        address.track();
        spawn_local(async move {
            let query = ModelQuery { task: Some("chat".to_owned()) };
            if let Ok(list) = call::<ListModels>(&[], &query, &()).await {
                models.try_set(list.models.into_iter().map(|model| model.id).collect());
            }
        });
    });
    // The chosen one is among them even where the server has it no more.
    let ids = move || {
        let chosen = chosen.get();
        let missing = (!chosen.is_empty() && !models.read().contains(&chosen)).then_some(chosen);
        missing.into_iter().chain(models.get()).collect::<Vec<String>>()
    };
    let option = move |id: String| {
        let is_chosen = id == chosen.get_untracked();
        let text = id.clone();
        view! { <option value=id selected=is_chosen>{text}</option> }
    };
    let choose = move |id: String| {
        spawn_local(async move {
            change(notices, words, MODEL, id).await;
        });
    };
    view! {
        <Show when=move || !ids().is_empty()>
            <label class="labelled">
                <span>{words.chat_model}</span>
                <select class="field" on:change:target=move |event| choose(event.target().value())>
                    <option value="" selected=move || chosen.read().is_empty()>{words.first_of_server}</option>
                    {move || ids().into_iter().map(option).collect_view()}
                </select>
            </label>
        </Show>
    }
}
