//! Jobs, and the stream of the node's events.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use hearth_domain::{Job, JobId, JobPayload};
use hearth_wire::{JobList, PageQuery};

use super::parse_page_query;
use crate::app::App;
use crate::credentials::PageKind;
use crate::extractors::{PathId, QueryParams, ResponseResult, RouteResult};
use crate::guard::Caller;
use crate::node_events;

pub(crate) async fn list_jobs(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<JobList>> {
    let (limit, after) = parse_page_query::<JobId>(&query)?;
    let mut jobs = app.library.list_jobs(limit + 1, after).await?;
    // Downloads are the machine's; ids of both sort by time.
    jobs.extend(app.machine.list_jobs().into_iter().filter(|job| after.is_none_or(|after| job.id < after)));
    jobs.sort_by_key(|job| Reverse(job.id));
    let has_more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next_cursor = jobs.last().filter(|_| has_more).map(|last| last.id.to_string());
    Ok(Json(JobList { jobs, next_cursor }))
}

pub(crate) async fn get_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    let download = app.machine.find_job(id);
    Ok(Json(match download {
        Some(download) => download,
        None => app.library.get_job(id).await?,
    }))
}

pub(crate) async fn cancel_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    let download = app.machine.cancel_job(id);
    Ok(Json(match download {
        Some(download) => download,
        None => app.library.cancel_job(id).await?,
    }))
}

pub(crate) async fn retry_job(State(app): State<App>, PathId(id): PathId<JobId>) -> RouteResult<Json<Job>> {
    if let Some(download) = app.machine.retry_job(id) {
        return Ok(Json(download));
    }
    let job = app.library.get_job(id).await?;
    match job.payload {
        // A download of a library of 0.1.0.
        JobPayload::Download { model, provider } => Ok(Json(app.machine.start_download(&model, provider)?)),
        _ => Ok(Json(app.library.retry_job(id).await?)),
    }
}

pub(crate) async fn stream_node_events(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> ResponseResult {
    let last_event_id = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let shell = app.shell.as_ref().filter(|_| caller == Caller::Page(PageKind::Window));
    // The page counts as connected until the stream is dropped.
    let page = shell.map(|_| ConnectedPage::new(&app));
    Ok(node_events::stream_node_events(&app, last_event_id, shell, page))
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
        let tasks = app.tasks.clone();
        let watch = async move {
            tokio::select! {
                () = tokio::time::sleep(RECONNECT_GRACE_PERIOD) => {}
                () = app.stop.cancelled() => return,
            }
            if app.connected_pages.load(Ordering::SeqCst) == 0 {
                // The page is gone: no key release can end the dictation, and no control stops reading aloud.
                app.dictation_slot.finish_active(None);
                app.current_reading.stop_reading();
            }
        };
        tasks.spawn_on(watch, &runtime);
    }
}
