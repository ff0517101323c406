//! The models that there are, on this machine and to be had: downloading, using, deleting.

use std::collections::BTreeMap;

use hearth_domain::{JobKind, JobState};
use hearth_wire::operations::{ChangeSettings, DeleteModel, DownloadModel, ListModels};
use hearth_wire::{Model, ModelDownload, ModelQuery, ModelState, NodeEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::live::live;
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::fill;

const TRANSCRIBE: &str = "transcribe";
/// Is used when it is there.
const SPEAKERS: &str = "speakers";
const CHAT: &str = "chat";

/// The models for a task.
#[component]
pub fn Catalogue(task: &'static str) -> impl IntoView {
    let words = words();
    let live = live();
    let models = RwSignal::new(Vec::<Model>::new());
    let load = move || {
        spawn_local(async move {
            let query = ModelQuery { task: Some(task.to_owned()) };
            if let Ok(list) = call::<ListModels>(&[], &query, &()).await {
                models.try_set(list.models);
            }
        });
    };
    load();
    live.listen(move |event| {
        if matches!(event, NodeEvent::Model { .. } | NodeEvent::Settings {} | NodeEvent::Reset {}) {
            load();
        }
    });
    let title = match task {
        TRANSCRIBE => words.speech_catalogue,
        SPEAKERS => words.speakers_catalogue,
        _ => words.catalogue,
    };
    view! {
        <details class="wide-row">
            <summary>{title}</summary>
            <ul class="plain-list">
                <For each=move || models.get() key=|model| (model.id.clone(), model.state) children=move |model| view! { <ModelRow task model on_change=load/> }/>
            </ul>
        </details>
    }
}

/// A model of the catalogue, and what can be done with it.
#[component]
fn ModelRow(
    task: &'static str,
    model: Model,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let words = words();
    let live = live();
    let notices = notices();
    let id = StoredValue::new(model.id.clone());
    // Of some the size is known only once they are here.
    let size = (model.size_mb > 0).then(|| fill(words.megabytes, &[("n", &model.size_mb.to_string())]));
    let about = [size, model.licence];
    let about = about.into_iter().flatten().collect::<Vec<String>>().join(" · ");
    let is_used = Memo::new(move |_| {
        live.engine(task).is_some_and(|engine| engine.chosen.as_deref() == Some(&*id.read_value()))
    });
    let download = move || {
        spawn_local(async move {
            let wanted = ModelDownload { id: id.get_value(), task: None };
            if let Err(error) = call::<DownloadModel>(&[], &(), &wanted).await {
                notices.fail(&error);
            }
            on_change();
        });
    };
    let choose = move |_| {
        spawn_local(async move {
            let (setting, told) = match task {
                TRANSCRIBE => ("speech.model", words.hears_now),
                _ => ("embed.model", words.vectors_anew),
            };
            let changes = BTreeMap::from([(setting.to_owned(), id.get_value().into())]);
            match call::<ChangeSettings>(&[], &(), &changes).await {
                Ok(_) => notices.tell(told),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let delete = move || {
        spawn_local(async move {
            match call::<DeleteModel>(&[&id.get_value()], &(), &()).await {
                Ok(()) => on_change(),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let actions = move || {
        match model.state {
        ModelState::Absent => {
            view! { <IconButton name="download" label=words.get_model on_click=download/> }.into_any()
        }
        ModelState::Downloading => view! { <Downloaded id/> }.into_any(),
        ModelState::Ready | ModelState::Loaded if task == SPEAKERS || is_used.get() => view! {
            <span class="meta"><Icon name="check"/>{words.in_use}</span>
            {(task == SPEAKERS).then(|| view! { <IconButton name="trash-2" label=words.delete on_click=delete/> })}
        }
        .into_any(),
        ModelState::Ready | ModelState::Loaded => view! {
            <button class="btn" type="button" on:click=choose>{words.use_model}</button>
            <IconButton name="trash-2" label=words.delete on_click=delete/>
        }
        .into_any(),
    }
    };
    view! {
        <li class="row">
            <span class="row-name"><Icon name="cpu"/><span class="name">{model.name}</span><span class="meta">{about}</span></span>
            {actions}
        </li>
    }
}

/// How far a download is.
#[component]
fn Downloaded(id: StoredValue<String>) -> impl IntoView {
    let live = live();
    let share = move || {
        live.jobs.with(|jobs| {
            let mut mine = jobs.iter().filter(|job| job.kind == JobKind::Download && !job.state.is_final());
            let job = mine.find(|job| job.subject.as_ref() == Some(&*id.read_value()));
            job.filter(|job| job.state == JobState::Running).map_or(0.0, |job| job.progress)
        })
    };
    view! { <span class="bar" role="progressbar" aria-label=words().job_download><i style:width=move || format!("{:.0}%", share() * 100.0)></i></span> }
}

/// A name of a model that the language model server brings.
#[component]
pub fn Pull() -> impl IntoView {
    let words = words();
    let live = live();
    let notices = notices();
    let name = RwSignal::new(String::new());
    let is_reachable = move || live.engine(CHAT).is_some_and(|engine| engine.reachable);
    let pull = move || {
        let id = name.get_untracked().trim().to_owned();
        if id.is_empty() {
            return;
        }
        spawn_local(async move {
            let wanted = ModelDownload { id, task: Some(CHAT.to_owned()) };
            match call::<DownloadModel>(&[], &(), &wanted).await {
                Ok(_) => {
                    name.try_set(String::new());
                    notices.tell(words.pulling);
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    view! {
        <Show when=is_reachable>
            <form class="labelled" on:submit=move |event| { event.prevent_default(); pull(); }>
                <label for="pull">{words.pull}</label>
                <span class="field-row">
                    <input id="pull" class="field" type="text" placeholder="llama3.1:8b" prop:value=move || name.get() on:input:target=move |event| name.set(event.target().value())/>
                    <button class="btn" type="submit" disabled=move || name.read().trim().is_empty()>{words.get_model}</button>
                </span>
            </form>
        </Show>
    }
}
