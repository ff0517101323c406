//! Jobs, and what changes as it changes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use futures::{Stream, StreamExt};
use hearth_domain::{Job, JobId};
use hearth_engine::{LibraryEvent, Numbered};
use hearth_wire::{JobList, NodeEvent, PageQuery, ShellEvent};
use tokio_stream::wrappers::BroadcastStream;

use super::page;
use crate::app::App;
use crate::credentials::Visitor;
use crate::extract::{Answer, Id, Params, Raw};
use crate::guard::Caller;
use crate::shell::Attached;
use crate::stream::{Item, events as stream};

pub(crate) async fn list(State(app): State<App>, Params(query): Params<PageQuery>) -> Answer<Json<JobList>> {
    let (limit, after) = page::<JobId>(&query)?;
    let mut jobs = app.engine.store().jobs(limit + 1, after).await?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    for job in &mut jobs {
        app.engine.guess(job);
    }
    let next_cursor = jobs.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(JobList { jobs, next_cursor }))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    Ok(Json(app.engine.job(id).await?))
}

pub(crate) async fn cancel(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    Ok(Json(app.engine.cancel_job(id).await?))
}

pub(crate) async fn retry(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    Ok(Json(app.engine.retry_job(id).await?))
}

/// An event as it is now; `None` when what it is about is gone.
async fn looked_up(app: &App, event: LibraryEvent) -> Option<NodeEvent> {
    let store = app.engine.store();
    Some(match event {
        LibraryEvent::Job(id) => NodeEvent::Job { job: app.engine.job(id).await.ok()? },
        LibraryEvent::Source(id) => match store.source(id).await {
            Ok(source) => NodeEvent::Source { source: Box::new(source) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Notebook(notebook_id) => NodeEvent::Notebook { notebook_id },
        LibraryEvent::Note(id) => match store.note(id).await {
            Ok(note) => NodeEvent::Note { note: Box::new(note) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Turn(id) => NodeEvent::Turn { turn: Box::new(app.engine.turn(id).await.ok()?) },
        LibraryEvent::Model(id) => NodeEvent::Model { model: Box::new(super::machine::one(app, &id).await?) },
        LibraryEvent::Settings => NodeEvent::Settings {},
    })
}

/// An event's id: this process and the event's number in it. Numbers begin anew with each process.
fn event_id(app: &App, number: u64) -> String {
    format!("{}-{number}", app.run)
}

pub(crate) async fn events(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Raw {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let (missed, receiver) = match last {
        None => app.engine.events(None),
        Some(id) => {
            // Of another process: nothing is known of what was missed.
            let number =
                id.strip_prefix(app.run.as_str()).and_then(|rest| rest.strip_prefix('-')?.parse().ok());
            app.engine.events(Some(number.unwrap_or(u64::MAX - 1)))
        }
    };
    let reset = || (None, NodeEvent::Reset {});
    let before: Vec<Result<Numbered, ()>> = match missed {
        Some(missed) => missed.into_iter().map(Ok).collect(),
        None => vec![Err(())],
    };
    // Each event is looked up when it is sent: whoever falls behind misses steps, never the end.
    let changes = BroadcastStream::new(receiver).map(|change| change.map_err(|_| ()));
    let all = futures::stream::iter(before).chain(changes);
    let items = all.filter_map({
        let app = app.clone();
        move |change| {
            let app = app.clone();
            async move {
                let (number, event) = match change {
                    Ok((number, event)) => (Some(number), looked_up(&app, event).await?),
                    Err(()) => reset(),
                };
                let id = number.map(|number| event_id(&app, number));
                Some(Item { id, name: event.name(), data: event })
            }
        }
    });
    match app.shell.as_ref().filter(|_| caller == Caller::Page(Visitor::Window)) {
        None => Ok(stream(&app, items)),
        Some(attached) => {
            let watched = Watching::begin(&app);
            let items = items.boxed();
            let all = futures::stream::select(items, of_shell(attached).boxed());
            // It ends with the stream.
            Ok(stream(
                &app,
                all.inspect(move |_| {
                    let _ = &watched;
                }),
            ))
        }
    }
}

/// How long nobody may watch before nobody is listened to: a page that is loaded anew takes a moment.
const AWAY: Duration = Duration::from_secs(3);

/// A window's page that hears what the desktop program tells.
struct Watching(App);

impl Watching {
    fn begin(app: &App) -> Self {
        app.watching.fetch_add(1, Ordering::SeqCst);
        Self(app.clone())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let app = self.0.clone();
        if app.watching.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            tokio::time::sleep(AWAY).await;
            if app.watching.load(Ordering::SeqCst) == 0 {
                // The page is gone: nobody lets go of its keys, or sees what is read.
                app.listening.stop(None);
                app.reading.hush();
            }
        });
    }
}

/// What the desktop program tells its page; what waits for it goes first.
fn of_shell(attached: &Attached) -> impl Stream<Item = Item<NodeEvent>> + use<> {
    let told = BroadcastStream::new(attached.events());
    let files = attached.shell.waiting();
    let waiting = (files > 0).then_some(ShellEvent::Waiting { files });
    // Whoever falls behind has missed what was of that moment.
    let events = futures::stream::iter(waiting).chain(told.filter_map(async |event| event.ok()));
    events.map(|event| {
        let data = NodeEvent::Shell { event };
        Item { id: None, name: data.name(), data }
    })
}
