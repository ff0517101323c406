//! Which engine does what, and the language model server.

use std::collections::BTreeMap;

use hearth_wire::operations::{ChangeSettings, GetSettings, ListModels, TestSettings};
use hearth_wire::{EngineStatus, ModelQuery, NodeEvent, SectionChoice, Setting, SettingsTest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

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
    view! {
        <section>
            <h2>{words.models}</h2>
            <p class="meta">{words.models_text}</p>
            <ul class="engines">
                {move || engines().into_iter().map(|engine| view! { <Engine engine/> }).collect_view()}
            </ul>
            {move || value(ADDRESS).map(|address| view! { <Server address/> })}
            {move || value(MODEL).map(|chosen| view! { <ChatModel chosen/> })}
        </section>
    }
}

#[component]
fn Engine(engine: EngineStatus) -> impl IntoView {
    let words = words();
    let task = match engine.task.as_str() {
        "chat" => words.task_chat.to_owned(),
        "embed" => words.task_embed.to_owned(),
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

/// Changes one setting of the node.
fn change(notices: Notices, words: &'static Strings, key: &'static str, value: Value) {
    spawn_local(async move {
        let changes = BTreeMap::from([(key.to_owned(), value)]);
        match call::<ChangeSettings>(&[], &(), &changes).await {
            Ok(list) => {
                let waits =
                    list.settings.iter().any(|setting| setting.key == key && setting.waits_for_restart);
                notices.tell(if waits { words.needs_restart } else { words.saved });
            }
            Err(error) => notices.fail(&error),
        }
    });
}

/// The address of the language model server, and whether it answers.
#[component]
fn Server(address: String) -> impl IntoView {
    let words = words();
    let notices = notices();
    let field = RwSignal::new(address);
    let tested = RwSignal::new(None::<SettingsTest>);
    let test = move |_| {
        spawn_local(async move {
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
        <label class="labelled">
            <span>{words.ollama_address}</span>
            <span class="field-row">
                <input class="field" type="url" prop:value=move || field.get() on:input:target=move |event| field.set(event.target().value())/>
                <button class="btn" type="button" on:click=move |_| change(notices, words, ADDRESS, Value::String(field.get_untracked()))>{words.save}</button>
                <button class="btn" type="button" on:click=test>{words.test}</button>
            </span>
        </label>
        {move || tested.get().map(said)}
    }
}

/// Which model writes answers: one of those that the server has.
#[component]
fn ChatModel(chosen: String) -> impl IntoView {
    let words = words();
    let notices = notices();
    let models = RwSignal::new(Vec::<String>::new());
    spawn_local(async move {
        let query = ModelQuery { task: Some("chat".to_owned()) };
        if let Ok(list) = call::<ListModels>(&[], &query, &()).await {
            models.try_set(list.models.into_iter().map(|model| model.id).collect());
        }
    });
    let option = move |id: String| {
        let is_chosen = id == chosen;
        let text = id.clone();
        view! { <option value=id selected=is_chosen>{text}</option> }
    };
    view! {
        <Show when=move || !models.with(Vec::is_empty)>
            <label class="labelled">
                <span>{words.chat_model}</span>
                <select class="field" on:change:target=move |event| change(notices, words, MODEL, Value::String(event.target().value()))>
                    {models.get().into_iter().map(option.clone()).collect_view()}
                </select>
            </label>
        </Show>
    }
}
