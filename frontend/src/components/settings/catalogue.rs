//! The model catalogue: installed and available models; download, choose, delete.

use std::collections::BTreeMap;

use hearth_domain::{Job, JobPayload, JobState};
use hearth_wire::operations::{ChangeSettings, DeleteModel, DownloadModel, ListModels};
use hearth_wire::{Model, ModelDownload, ModelQuery, ModelState, ModelTask, NodeEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notices::use_notices;

/// Catalogue of the models for one task.
#[component]
pub fn Catalogue(task: ModelTask) -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let models = RwSignal::new(Vec::<Model>::new());
    let load = move || {
        spawn_local(async move {
            let query = ModelQuery { task: Some(task) };
            if let Ok(list) = call_operation::<ListModels>(&[], &query, &()).await {
                models.try_set(list.models);
            }
        });
    };
    load();
    node.subscribe_to_events(move |event| {
        if matches!(event, NodeEvent::Model { .. } | NodeEvent::Settings {} | NodeEvent::Reset {}) {
            load();
        }
    });
    let title = match task {
        ModelTask::Transcribe => strings.speech_models,
        ModelTask::Speakers => strings.speaker_models,
        _ => strings.search_models,
    };
    view! {
        <details class="wide-row">
            <summary>{title}</summary>
            <ul class="plain-list">
                <For
                    each=move || models.get()
                    key=|model| (model.id.clone(), model.state)
                    children=move |model| view! { <ModelRow task model on_change=load /> }
                />
            </ul>
        </details>
    }
}

/// A model of the catalogue, with its actions.
#[component]
fn ModelRow(
    task: ModelTask,
    model: Model,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let notices = use_notices();
    let id = StoredValue::new(model.id.clone());
    // The size of some models is known only once they are installed.
    let size = (model.size_mb > 0).then(|| strings.megabytes(&model.size_mb));
    let details = [size, model.licence];
    let details = details.into_iter().flatten().collect::<Vec<String>>().join(" · ");
    let is_used = Memo::new(move |_| {
        node.engine_status(task).is_some_and(|engine| engine.chosen.as_deref() == Some(&*id.read_value()))
    });
    let download = move || {
        spawn_local(async move {
            let request = ModelDownload { id: id.get_value(), task: None };
            if let Err(error) = call_operation::<DownloadModel>(&[], &(), &request).await {
                notices.show_error(&error);
            }
            on_change();
        });
    };
    let choose = move |_| {
        spawn_local(async move {
            let (setting, message) = match task {
                ModelTask::Transcribe => ("speech.model", strings.speech_model_changed),
                _ => ("embed.model", strings.search_model_changed),
            };
            let changes = BTreeMap::from([(setting.to_owned(), id.get_value().into())]);
            match call_operation::<ChangeSettings>(&[], &(), &changes).await {
                Ok(_) => notices.show_info(message),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let delete = move || {
        spawn_local(async move {
            match call_operation::<DeleteModel>(&[&id.get_value()], &(), &()).await {
                Ok(()) => on_change(),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let actions = move || match model.state {
        ModelState::Absent => {
            view! { <IconButton name="download" label=strings.get_model on_click=download /> }.into_any()
        }
        ModelState::Downloading => view! { <DownloadProgress id /> }.into_any(),
        ModelState::Ready | ModelState::Loaded if task == ModelTask::Speakers || is_used.get() => view! {
            <span class="meta">
                <Icon name="check" />
                {strings.in_use}
            </span>
            {(task == ModelTask::Speakers)
                .then(|| view! { <IconButton name="trash-2" label=strings.delete on_click=delete /> })}
        }
        .into_any(),
        ModelState::Ready | ModelState::Loaded => view! {
            <button class="btn" type="button" on:click=choose>
                {strings.use_model}
            </button>
            <IconButton name="trash-2" label=strings.delete on_click=delete />
        }
        .into_any(),
    };
    view! {
        <li class="row">
            <span class="row-name">
                <Icon name="cpu" />
                <span class="name">{model.name}</span>
                <span class="meta">{details}</span>
            </span>
            {actions}
        </li>
    }
}

/// Progress bar of a model's download.
#[component]
fn DownloadProgress(id: StoredValue<String>) -> impl IntoView {
    let node = use_node();
    let share = move || {
        node.jobs.with(|jobs| {
            let is_of_model = |job: &Job| {
                matches!(&job.payload, JobPayload::Download { model, .. } if *model == *id.read_value())
            };
            let job = jobs.iter().find(|job| !job.state.is_final() && is_of_model(job));
            job.filter(|job| job.state == JobState::Running).map_or(0.0, |job| job.progress)
        })
    };
    view! {
        <span class="bar" role="progressbar" aria-label=use_strings().status_downloading>
            <i style:width=move || format!("{:.0}%", share() * 100.0)></i>
        </span>
    }
}

/// Form to pull a model by name into the language model server.
#[component]
pub fn PullModelForm() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let notices = use_notices();
    let name = RwSignal::new(String::new());
    let is_reachable = move || node.engine_status(ModelTask::Chat).is_some_and(|engine| engine.reachable);
    let pull = move || {
        let id = name.get_untracked().trim().to_owned();
        if id.is_empty() {
            return;
        }
        spawn_local(async move {
            let request = ModelDownload { id, task: Some(ModelTask::Chat) };
            match call_operation::<DownloadModel>(&[], &(), &request).await {
                Ok(_) => {
                    name.try_set(String::new());
                    notices.show_info(strings.pulling_model);
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    view! {
        <Show when=is_reachable>
            <form
                class="labelled"
                on:submit=move |event| {
                    event.prevent_default();
                    pull();
                }
            >
                <label for="pull">{strings.pull_model}</label>
                <span class="field-row">
                    <input
                        id="pull"
                        class="field"
                        type="text"
                        placeholder="llama3.1:8b"
                        prop:value=move || name.get()
                        on:input:target=move |event| name.set(event.target().value())
                    />
                    <button class="btn" type="submit" disabled=move || name.read().trim().is_empty()>
                        {strings.get_model}
                    </button>
                </span>
            </form>
        </Show>
    }
}
