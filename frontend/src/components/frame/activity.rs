//! What is being worked on, and what was said before: a dialog behind the status line.

use hearth_domain::{Job, JobId, JobKind, JobState, JobStep};
use hearth_wire::operations::{CancelJob, RetryJob};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::{Dialog, Icon, IconButton};
use crate::contexts::live::live;
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::Strings;

/// Jobs that are listed at most; those at work come first.
const LISTED: usize = 200;

#[component]
pub fn Activity(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let live = live();
    let past = notices().past;
    let jobs = Memo::new(move |_| {
        let mut jobs = live.jobs.get();
        jobs.sort_by_key(|job| (job.state.is_final(), job.state != JobState::Failed));
        jobs.truncate(LISTED);
        jobs
    });
    let ids = move || jobs.with(|jobs| jobs.iter().map(|job| job.id).collect::<Vec<JobId>>());
    let row = move |id: JobId| {
        let job = Memo::new(move |_| jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned()));
        view! { <JobRow id job/> }
    };
    view! {
        <Dialog is_open title=words.activity>
            <Show when=move || !jobs.with(Vec::is_empty) fallback=move || view! { <p class="empty">{words.no_jobs}</p> }>
                <ul class="plain-list jobs"><For each=ids key=|id| *id children=row/></ul>
            </Show>
            <h3 class="section">{words.notices}</h3>
            <Show when=move || !past.with(Vec::is_empty) fallback=move || view! { <p class="meta">{words.no_notices}</p> }>
                <ul class="plain-list">
                    <For each=move || past.get() key=|notice| notice.id children=|notice| view! {
                        <li class="row"><span class="row-name"><Icon name=if notice.is_failure { "circle-alert" } else { "circle-check" }/>{notice.text}</span></li>
                    }/>
                </ul>
            </Show>
        </Dialog>
    }
}

#[component]
fn JobRow(id: JobId, job: Memo<Option<Job>>) -> impl IntoView {
    let words = words();
    let live = live();
    let notices = notices();
    let state = Memo::new(move |_| job.with(|job| job.as_ref().map(|job| job.state)));
    let title = move || job.with(|job| job.as_ref().map(|job| subject(words, job)));
    let said = move || job.with(|job| job.as_ref().map(|job| progress(words, job)));
    let done = move || job.with(|job| job.as_ref().map_or(0.0, |job| job.progress * 100.0));
    let is_working = move || matches!(state.get(), Some(JobState::Queued | JobState::Running));
    let cancel = move || {
        spawn_local(async move {
            if let Err(error) = call::<CancelJob>(&[&id.to_string()], &(), &()).await {
                notices.fail(&error);
            }
            live.refresh();
        });
    };
    let retry = move || {
        spawn_local(async move {
            if let Err(error) = call::<RetryJob>(&[&id.to_string()], &(), &()).await {
                notices.fail(&error);
            }
            live.refresh();
        });
    };
    view! {
        <li class="row">
            <span class="row-name">
                <span class="name">{title}</span>
                <span class="meta">{said}</span>
            </span>
            <Show when=is_working>
                <span class="bar"><i style:width=move || format!("{:.0}%", done())></i></span>
                <IconButton name="x" label=words.cancel on_click=cancel/>
            </Show>
            <Show when=move || matches!(state.get(), Some(JobState::Failed | JobState::Cancelled))>
                <IconButton name="rotate-ccw" label=words.retry on_click=retry/>
            </Show>
        </li>
    }
}

/// What a job works on.
fn subject(words: &Strings, job: &Job) -> String {
    let what = match job.kind {
        JobKind::Ingest => words.job_ingest,
        JobKind::Reembed => words.job_reembed,
        JobKind::Download => words.job_download,
    };
    match &job.subject {
        Some(subject) => format!("{what}: {subject}"),
        None => what.to_owned(),
    }
}

/// How far it is, or how it ended.
fn progress(words: &Strings, job: &Job) -> String {
    match job.state {
        JobState::Queued => words.status_queued.to_owned(),
        JobState::Running => {
            let step = match job.step {
                JobStep::Waiting => words.status_queued,
                JobStep::Reading => words.status_reading,
                JobStep::Transcribing => words.status_transcribing,
                JobStep::Embedding => words.status_embedding,
                JobStep::Indexing | JobStep::Finished => words.status_indexing,
                JobStep::Downloading => words.job_download,
            };
            format!("{step}, {:.0} %", job.progress * 100.0)
        }
        JobState::Done => words.job_done.to_owned(),
        JobState::Cancelled => words.stopped.to_owned(),
        JobState::Failed => job.error.as_ref().map(|error| error.message.clone()).unwrap_or_default(),
    }
}
