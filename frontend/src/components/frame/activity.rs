//! Running jobs and past messages: a dialog behind the status line.

use hearth_domain::{Job, JobId, JobState};
use hearth_texts::{Explanation, Strings};
use hearth_wire::operations::{CancelJob, RetryJob};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::{Dialog, ExplanationView, Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notices::use_notices;

/// Listed jobs at most; running ones come first.
const MAX_LISTED_JOBS: usize = 200;

/// Dialog of jobs and messages.
#[component]
pub fn Activity(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let history = use_notices().history;
    let jobs = Memo::new(move |_| {
        let mut jobs = node.jobs.get();
        jobs.sort_by_key(|job| (job.state.is_final(), job.state != JobState::Failed));
        jobs.truncate(MAX_LISTED_JOBS);
        jobs
    });
    let ids = move || jobs.with(|jobs| jobs.iter().map(|job| job.id).collect::<Vec<JobId>>());
    let row = move |id: JobId| {
        let job = Memo::new(move |_| jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned()));
        view! { <JobRow id job /> }
    };
    view! {
        <Dialog is_open title=strings.activity>
            <Show
                when=move || !jobs.with(Vec::is_empty)
                fallback=move || view! { <p class="empty">{strings.no_jobs}</p> }
            >
                <ul class="plain-list jobs">
                    <For each=ids key=|id| *id children=row />
                </ul>
            </Show>
            <h3 class="section">{strings.notices}</h3>
            <Show
                when=move || !history.with(Vec::is_empty)
                fallback=move || view! { <p class="meta">{strings.no_notices}</p> }
            >
                <ul class="plain-list">
                    <For
                        each=move || history.get()
                        key=|notice| notice.id
                        children=|notice| {
                            view! {
                                <li class="row">
                                    <span class="row-name">
                                        <Icon name=if notice.is_failure { "circle-alert" } else { "circle-check" } />
                                        <ExplanationView explanation=notice.text />
                                    </span>
                                </li>
                            }
                        }
                    />
                </ul>
            </Show>
        </Dialog>
    }
}

#[component]
fn JobRow(id: JobId, job: Memo<Option<Job>>) -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let notices = use_notices();
    let state = Memo::new(move |_| job.with(|job| job.as_ref().map(|job| job.state)));
    let title = move || job.with(|job| job.as_ref().map(|job| strings.describe_job(&job.payload)));
    let progress =
        Memo::new(move |_| job.with(|job| job.as_ref().map(|job| describe_job_progress(strings, job))));
    let progress_view = move || progress.get().map(|explanation| view! { <ExplanationView explanation /> });
    let percent = move || job.with(|job| job.as_ref().map_or(0.0, |job| job.progress * 100.0));
    let is_working = move || matches!(state.get(), Some(JobState::Queued | JobState::Running));
    let cancel = move || {
        spawn_local(async move {
            if let Err(error) = call_operation::<CancelJob>(&[&id.to_string()], &(), &()).await {
                notices.show_error(&error);
            }
            node.refresh_status();
        });
    };
    let retry = move || {
        spawn_local(async move {
            if let Err(error) = call_operation::<RetryJob>(&[&id.to_string()], &(), &()).await {
                notices.show_error(&error);
            }
            node.refresh_status();
        });
    };
    view! {
        <li class="row">
            <span class="row-name">
                <span class="name">{title}</span>
                <span class="meta">{progress_view}</span>
            </span>
            <Show when=is_working>
                <span class="bar">
                    <i style:width=move || format!("{:.0}%", percent())></i>
                </span>
                <IconButton name="x" label=strings.cancel on_click=cancel />
            </Show>
            <Show when=move || matches!(state.get(), Some(JobState::Failed | JobState::Cancelled))>
                <IconButton name="rotate-ccw" label=strings.retry on_click=retry />
            </Show>
        </li>
    }
}

/// Describes a job's progress, or its end.
fn describe_job_progress(strings: &Strings, job: &Job) -> Explanation {
    match (job.state, &job.error) {
        (JobState::Running, _) => {
            let step = strings.describe_job_step(job.step);
            Explanation::of_text(format!("{step}, {:.0} %", job.progress * 100.0))
        }
        (JobState::Failed, Some(error)) if job.payload.source_id().is_some() => {
            strings.explain_source_error(error.code, &error.message)
        }
        (JobState::Failed, Some(error)) => strings.explain_failure(error),
        (state, _) => Explanation::of_text(strings.describe_job_state(state)),
    }
}
