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

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_texts::english_strings;

    fn make_job(kind: &serde_json::Value, state: &str, error: Option<&str>) -> Job {
        let mut job = serde_json::json!({
            "id": "01a1ffe2-4995-773f-9a82-45a4d6c23e92", "state": state, "step": "embedding", "progress": 0.254,
            "attempts": 0,
            "error": error.map(|message| serde_json::json!({"code": "INVALID_REQUEST", "message": message}))
        });
        job.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn a_job_says_how_far_it_is_and_why_it_failed() {
        let strings = english_strings();
        let reembed = serde_json::json!({"kind": "reembed", "embedder": "e"});
        let describe =
            |state: &str, error| describe_job_progress(strings, &make_job(&reembed, state, error)).text;
        assert_eq!(describe("running", None), "Embedding, 25 %");
        assert_eq!(describe("running", Some("an earlier attempt")), describe("running", None));
        assert_eq!(describe("queued", Some("an earlier attempt")), strings.status_queued);
        assert_eq!(describe("failed", Some("no room")), "no room");
        assert_eq!(describe("failed", None), strings.job_failed);
    }

    #[test]
    fn a_failed_reading_is_explained_as_one_of_its_source() {
        let german = hearth_texts::find_strings(["de"]);
        let ingest =
            serde_json::json!({"kind": "ingest", "source_id": "01a1ffe2-4995-773f-9a82-45a4d6c23e92"});
        let why = describe_job_progress(german, &make_job(&ingest, "failed", Some("it is damaged")));
        assert_eq!((&*why.text, why.details.as_deref()), (german.source_unreadable, Some("it is damaged")));
    }
}
