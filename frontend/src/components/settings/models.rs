//! The engines by task, and the language model server.

use std::collections::BTreeMap;

use hearth_texts::Strings;
use hearth_wire::operations::{ChangeSettings, ListModels, ListSettings, TestSettings};
use hearth_wire::{
    EngineStatus, ModelQuery, ModelTask, NodeEvent, Setting, SettingsTestRequest, SettingsTestResult,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::catalogue::{Catalogue, PullModelForm};
use crate::api::call_operation;
use crate::components::shared::{FailureLine, Icon};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notices::{NoticesContext, use_notices};

const ADDRESS_SETTING: &str = "chat.address";
const MODEL_SETTING: &str = "chat.model";

/// Section of engines and models.
#[component]
pub fn ModelsSection() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let engines =
        move || node.status.with(|status| status.as_ref().map(|s| s.engines.clone()).unwrap_or_default());
    let settings = RwSignal::new(Vec::<Setting>::new());
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call_operation::<ListSettings>(&[], &(), &()).await {
                settings.try_set(list.settings);
            }
        });
    };
    load();
    node.subscribe_to_events(move |event| {
        if matches!(event, NodeEvent::Settings {} | NodeEvent::Reset {}) {
            load();
        }
    });
    let value = move |key: &str| {
        settings.with(|all| all.iter().find(|setting| setting.key == key)?.value.as_str().map(str::to_owned))
    };
    let address = Memo::new(move |_| value(ADDRESS_SETTING).unwrap_or_default());
    let chosen = Memo::new(move |_| value(MODEL_SETTING).unwrap_or_default());
    view! {
        <section>
            <h2>{strings.models}</h2>
            <p class="meta">{strings.models_text}</p>
            <ul class="engines">
                {move || engines().into_iter().map(|engine| view! { <Engine engine /> }).collect_view()}
            </ul>
            <Server address />
            <ChatModel chosen address />
            <Catalogue task=ModelTask::Embed />
            <Catalogue task=ModelTask::Transcribe />
            <Catalogue task=ModelTask::Speakers />
            <PullModelForm />
        </section>
    }
}

#[component]
fn Engine(engine: EngineStatus) -> impl IntoView {
    let strings = use_strings();
    let task = match engine.task {
        ModelTask::Chat => strings.task_chat.to_owned(),
        ModelTask::Embed => strings.task_embed.to_owned(),
        ModelTask::Transcribe => strings.task_transcribe.to_owned(),
        ModelTask::Speakers => strings.task_speakers.to_owned(),
    };
    let (dot, state) =
        if engine.reachable { ("dot", strings.reachable) } else { ("dot off", strings.unreachable) };
    view! {
        <li>
            <b>{task}</b>
            <span>{engine.chosen.unwrap_or_else(|| "–".to_owned())}</span>
            <span class="meta">
                <i class=dot></i>
                {state}
                ", "
                {engine.location}
            </span>
            <span class="meta why">{engine.why}</span>
        </li>
    }
}

/// Changes one setting of the node; true if that succeeded.
pub(super) async fn change_setting(
    notices: NoticesContext,
    strings: &'static Strings,
    key: &'static str,
    value: impl Into<Value>,
) -> bool {
    let changes = BTreeMap::from([(key.to_owned(), value.into())]);
    match call_operation::<ChangeSettings>(&[], &(), &changes).await {
        Ok(list) => {
            let needs_restart =
                list.settings.iter().any(|setting| setting.key == key && setting.waits_for_restart);
            notices.show_info(if needs_restart { strings.needs_restart } else { strings.saved });
            true
        }
        Err(error) => {
            notices.show_error(&error);
            false
        }
    }
}

/// Address of the language model server, with a connection test.
#[component]
fn Server(address: Memo<String>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let field = RwSignal::new(String::new());
    Effect::new(move |_| field.set(address.get()));
    let test_result = RwSignal::new(None::<SettingsTestResult>);
    let save = move || {
        spawn_local(async move {
            test_result.set(None);
            if !change_setting(notices, strings, ADDRESS_SETTING, field.get_untracked().trim().to_owned())
                .await
            {
                return;
            }
            let section = SettingsTestRequest { section: "chat".to_owned() };
            match call_operation::<TestSettings>(&[], &(), &section).await {
                Ok(result) => {
                    test_result.try_set(Some(result));
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let render_result = move |result: SettingsTestResult| {
        if !result.reached || !result.message.is_empty() {
            return view! { <FailureLine explanation=strings.explain(strings.server_failed, &result.message) /> }
            .into_any();
        }
        let models = strings.models_count(result.models.len());
        let version = result.version.unwrap_or_default();
        let text = strings.test_succeeded(&version, &models);
        view! {
            <p class="good">
                <Icon name="circle-check" />
                {text}
            </p>
        }
        .into_any()
    };
    view! {
        <form
            class="labelled"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <label for="ollama">{strings.ollama_address}</label>
            <span class="field-row">
                <input
                    id="ollama"
                    class="field"
                    type="url"
                    prop:value=move || field.get()
                    on:input:target=move |event| field.set(event.target().value())
                />
                <button class="btn" type="submit">
                    {strings.save_and_test}
                </button>
            </span>
        </form>
        {move || test_result.get().map(render_result)}
    }
}

/// Choice of the model for answers among the server's.
#[component]
fn ChatModel(chosen: Memo<String>, address: Memo<String>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let models = RwSignal::new(Vec::<String>::new());
    Effect::new(move |_| {
        address.track();
        spawn_local(async move {
            let query = ModelQuery { task: Some(ModelTask::Chat) };
            if let Ok(list) = call_operation::<ListModels>(&[], &query, &()).await {
                models.try_set(list.models.into_iter().map(|model| model.id).collect());
            }
        });
    });
    // The chosen model is listed even if the server has it no more.
    let ids = move || {
        let chosen = chosen.get();
        let missing = (!chosen.is_empty() && !models.read().contains(&chosen)).then_some(chosen);
        missing.into_iter().chain(models.get()).collect::<Vec<String>>()
    };
    let option = move |id: String| {
        let is_chosen = id == chosen.get_untracked();
        let text = id.clone();
        view! {
            <option value=id selected=is_chosen>
                {text}
            </option>
        }
    };
    let choose = move |id: String| {
        spawn_local(async move {
            change_setting(notices, strings, MODEL_SETTING, id).await;
        });
    };
    view! {
        <Show when=move || !ids().is_empty()>
            <label class="labelled">
                <span>{strings.chat_model}</span>
                <select class="field" on:change:target=move |event| choose(event.target().value())>
                    <option value="" selected=move || chosen.read().is_empty()>
                        {strings.first_server_model}
                    </option>
                    {move || ids().into_iter().map(option).collect_view()}
                </select>
            </label>
        </Show>
    }
}
