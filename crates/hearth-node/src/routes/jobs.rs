//! Jobs, and what changes as it changes.

use axum::Json;
use axum::extract::State;
use futures::StreamExt;
use hearth_domain::{Job, JobId};
use hearth_engine::LibraryEvent;
use hearth_wire::{JobList, NodeEvent, PageQuery};
use tokio_stream::wrappers::BroadcastStream;

use super::page;
use crate::app::App;
use crate::extract::{Answer, Id, Params, Raw};
use crate::stream::{Item, events as stream};

pub(crate) async fn list(State(app): State<App>, Params(query): Params<PageQuery>) -> Answer<Json<JobList>> {
    let (limit, after) = page::<JobId>(&query)?;
    let mut jobs = app.engine.store().jobs(limit + 1, after).await?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next_cursor = jobs.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(JobList { jobs, next_cursor }))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    Ok(Json(app.engine.store().job(id).await?))
}

pub(crate) async fn cancel(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    let job = app.engine.store().cancel_job(id).await?;
    app.engine.tell(LibraryEvent::Job(id));
    Ok(Json(job))
}

pub(crate) async fn retry(State(app): State<App>, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    let job = app.engine.store().retry_job(id).await?;
    app.engine.ring();
    app.engine.tell(LibraryEvent::Job(id));
    Ok(Json(job))
}

pub(crate) async fn events(State(app): State<App>) -> Raw {
    let engine = app.engine.clone();
    // A listener that falls behind misses changes, never the newest state: each event is looked
    // up when it is sent.
    let changes = BroadcastStream::new(engine.events()).filter_map(|change| async move { change.ok() });
    let items = changes.filter_map(move |change| {
        let engine = engine.clone();
        async move {
            let event = match change {
                LibraryEvent::Job(id) => NodeEvent::Job { job: engine.store().job(id).await.ok()? },
                LibraryEvent::Source(id) => {
                    NodeEvent::Source { source: Box::new(engine.store().source(id).await.ok()?) }
                }
                LibraryEvent::Notebook(notebook_id) => NodeEvent::Notebook { notebook_id },
                LibraryEvent::Turn(id) => NodeEvent::Turn { turn: Box::new(engine.turn(id).await.ok()?) },
            };
            Some(Item { id: None, name: event.name(), data: event })
        }
    });
    Ok(stream(&app, items))
}
