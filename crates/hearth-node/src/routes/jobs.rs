//! Jobs, and the stream of the node's events.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use futures::{Stream, StreamExt};
use hearth_domain::{Job, JobId};
use hearth_library::{LibraryEvent, PositionedEvent};
use hearth_wire::{JobList, NodeEvent, PageQuery, ShellEvent};
use tokio_stream::wrappers::BroadcastStream;

use super::parse_page_query;
use crate::app::App;
use crate::credentials::PageKind;
use crate::event_stream::{StreamEvent, stream_events as stream};
use crate::extractors::{PathId, QueryParams, ResponseResult, RouteResult};
use crate::guard::Caller;
use crate::shell::ShellHandle;

pub(crate) async fn list_jobs(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<JobList>> {
    let (limit, after) = parse_page_query::<JobId>(&query)?;
    let mut jobs = app.library.list_jobs(limit + 1, after).await?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next_cursor = jobs.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(JobList { jobs, next_cursor }))
}

pub(crate) async fn get_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    Ok(Json(app.library.get_job(id).await?))
}

pub(crate) async fn cancel_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    Ok(Json(app.library.cancel_job(id).await?))
}

pub(crate) async fn retry_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    Ok(Json(app.library.retry_job(id).await?))
}

/// Loads the present state of an event's subject; `None` if the subject is gone.
async fn load_event(app: &App, event: LibraryEvent) -> Option<NodeEvent> {
    Some(match event {
        LibraryEvent::Job(id) => NodeEvent::Job { job: app.library.get_job(id).await.ok()? },
        LibraryEvent::Source(id) => match app.library.get_source(id).await {
            Ok(source) => NodeEvent::Source { source: Box::new(source) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Notebook(notebook_id) => NodeEvent::Notebook { notebook_id },
        LibraryEvent::Note(id) => match app.library.get_note(id).await {
            Ok(note) => NodeEvent::Note { note: Box::new(note) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Turn(id) => NodeEvent::Turn { turn: Box::new(app.library.get_turn(id).await.ok()?) },
        LibraryEvent::Model(id) => {
            NodeEvent::Model { model: Box::new(super::machine::find_local_model(app, &id).await?) }
        }
        LibraryEvent::Settings => NodeEvent::Settings {},
    })
}

/// Id of an event: this process and the event's position in it. Positions restart with each process.
fn event_id(app: &App, number: u64) -> String {
    format!("{}-{number}", app.run_id)
}

pub(crate) async fn stream_node_events(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> ResponseResult {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let (missed, receiver) = match last {
        None => app.library.subscribe_events(None),
        Some(id) => {
            // The id of another process: the missed events are unknown.
            let number =
                id.strip_prefix(app.run_id.as_str()).and_then(|rest| rest.strip_prefix('-')?.parse().ok());
            app.library.subscribe_events(Some(number.unwrap_or(u64::MAX - 1)))
        }
    };
    let reset = || (None, NodeEvent::Reset {});
    let before: Vec<Result<PositionedEvent, ()>> = match missed {
        Some(missed) => missed.into_iter().map(Ok).collect(),
        None => vec![Err(())],
    };
    // State is loaded when an event is sent: a slow client misses intermediate states, never the last.
    let changes = BroadcastStream::new(receiver).map(|change| change.map_err(|_| ()));
    let all = futures::stream::iter(before).chain(changes);
    let items = all.filter_map({
        let app = app.clone();
        move |change| {
            let app = app.clone();
            async move {
                let (number, event) = match change {
                    Ok((number, event)) => (Some(number), load_event(&app, event).await?),
                    Err(()) => reset(),
                };
                let id = number.map(|number| event_id(&app, number));
                Some(StreamEvent { id, name: event.event_name(), data: event })
            }
        }
    });
    match app.shell.as_ref().filter(|_| caller == Caller::Page(PageKind::Window)) {
        None => Ok(stream(&app, items)),
        Some(attached) => {
            let watched = ConnectedPage::new(&app);
            let items = items.boxed();
            let all = futures::stream::select(items, stream_shell_events(attached).boxed());
            // The page counts as connected until the stream is dropped.
            Ok(stream(
                &app,
                all.inspect(move |_| {
                    let _ = &watched;
                }),
            ))
        }
    }
}

/// Grace period before capture stops when no page is connected: a reload takes a moment.
const RECONNECT_GRACE_PERIOD: Duration = Duration::from_secs(3);

/// Connected page of the window, which receives shell events; counted until dropped.
struct ConnectedPage(App);

impl ConnectedPage {
    fn new(app: &App) -> Self {
        app.connected_pages.fetch_add(1, Ordering::SeqCst);
        Self(app.clone())
    }
}

impl Drop for ConnectedPage {
    fn drop(&mut self) {
        let app = self.0.clone();
        if app.connected_pages.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            tokio::time::sleep(RECONNECT_GRACE_PERIOD).await;
            if app.connected_pages.load(Ordering::SeqCst) == 0 {
                // The page is gone: no key release can end the dictation, and no control stops reading aloud.
                app.dictation_slot.finish_active(None);
                app.current_reading.stop_reading();
            }
        });
    }
}

/// Stream of shell events; the number of waiting files comes first.
fn stream_shell_events(attached: &ShellHandle) -> impl Stream<Item = StreamEvent<NodeEvent>> + use<> {
    let told = BroadcastStream::new(attached.subscribe_events());
    let files = attached.shell.waiting_file_count();
    let waiting = (files > 0).then_some(ShellEvent::Waiting { files });
    // A slow client misses events, which mattered only at their moment.
    let events = futures::stream::iter(waiting).chain(told.filter_map(async |event| event.ok()));
    events.map(|event| {
        let data = NodeEvent::Shell { event };
        StreamEvent { id: None, name: data.event_name(), data }
    })
}
