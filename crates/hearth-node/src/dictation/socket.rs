//! Dictation from a remote microphone, in a browser or in another program: samples and commands are received
//! over a WebSocket, progress and outcome are sent over it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use hearth_domain::CaptureEvent;
use hearth_machine::DictationOptions;
use hearth_speech::{LevelMeter, Resampler};
use hearth_wire::{DictationCommand, DictationEvent, ErrorCode, StreamDictationQuery};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{failed_event, to_final_event, to_wire_event};
use crate::app::App;
use crate::composition::LocalDictationLibrary;
use crate::extractors::{QueryParams, ResponseResult};
use crate::guard::Caller;
use crate::route_error::RouteError;

/// Limit of a message in bytes: more than a second of sound at any accepted sample rate.
const MAX_MESSAGE_BYTES: usize = 256 << 10;
/// Time limit of a dictation, also for connections whose messages hold no sound.
const MAX_DURATION: Duration = Duration::from_mins(11);
/// Time without samples after which the microphone counts as lost, even if the connection is alive.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval of the pings that keep idle connections open through proxies.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Timeout of the client's confirmation, which is closing the connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Capacity of the queue in each direction, in messages.
const QUEUE_CAPACITY: usize = 256;
/// Longest name of a microphone, in characters.
const MAX_NAME_CHARS: usize = 200;

/// Handles `GET /api/dictate`. Errors are sent over the socket, as browsers hide the reason of a refused
/// socket from the page.
pub(crate) async fn stream_dictation(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    QueryParams(query): QueryParams<StreamDictationQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ResponseResult {
    // Browsers attach the cookie by themselves, and do not keep foreign pages from opening sockets.
    if matches!(caller, Caller::Page(_)) && !headers.contains_key(ORIGIN) {
        return Err(RouteError::new(ErrorCode::Forbidden, "the request has no Origin header"));
    }
    let upgrade = upgrade.map_err(|error| RouteError::invalid_request(error.body_text()))?;
    let upgrade = upgrade.max_message_size(MAX_MESSAGE_BYTES).max_frame_size(MAX_MESSAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| serve_socket(app, query, socket)))
}

async fn serve_socket(app: App, query: StreamDictationQuery, socket: WebSocket) {
    let (sink, mut messages) = socket.split();
    let (events, event_receiver) = mpsc::channel(QUEUE_CAPACITY);
    let sending = AbortOnDropHandle::new(tokio::spawn(send_events(sink, event_receiver)));
    let (converter, permit) = match prepare_dictation(&app, &query, &events).await {
        Ok(prepared) => prepared,
        Err(failure) => {
            // A client that is gone needs no reason.
            let _ = events.send(failed_event(failure.0)).await;
            drop(events);
            let _ = timeout(CLOSE_TIMEOUT, sending).await;
            return;
        }
    };
    let (stop, cancel) = (CancellationToken::new(), CancellationToken::new());
    let (sender, capture) = mpsc::channel(QUEUE_CAPACITY);
    let mut reading = pin!(read_messages(&mut messages, sender, converter, &stop, &cancel));
    let mut closed = None;
    let result = {
        let options = DictationOptions {
            notebook: query.notebook_id,
            finish: stop.clone(),
            cancel: cancel.clone(),
            hands_free: query.hands_free,
        };
        // A slow client misses levels, and partial transcripts that later ones replace.
        let on_progress = |progress| drop(events.try_send(to_wire_event(progress)));
        let library = Arc::new(LocalDictationLibrary(app.library.clone()));
        let mut dictation = pin!(app.machine.run_dictation(capture, options, library, &on_progress));
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => break None,
                () = app.stop.cancelled() => return,
                result = &mut dictation => break Some(result),
                end = &mut reading, if closed.is_none() => closed = Some(end),
            }
        }
    };
    let (event, outcome) = result.map_or((DictationEvent::Cancelled {}, None), to_final_event);
    drop(permit);
    // A client closes the connection once it has the text; if it broke or stalls, delivery is unknown.
    let delivery = async {
        let is_queued = events.send(event).await.is_ok();
        drop(events);
        let is_sent = sending.await.is_ok_and(|is_sent| is_sent && is_queued);
        is_sent && closed.is_none() && reading.await == ConnectionEnd::Properly
    };
    let is_delivered = timeout(CLOSE_TIMEOUT, delivery).await.unwrap_or(false) || cancel.is_cancelled();
    if let Some(outcome) = outcome {
        outcome.record_delivery(is_delivered).await;
    }
}

/// Prepares a dictation: a permit, a speech model, a supported sample rate.
async fn prepare_dictation(
    app: &App,
    query: &StreamDictationQuery,
    events: &mpsc::Sender<DictationEvent>,
) -> Result<(SampleConverter, OwnedSemaphorePermit), RouteError> {
    let busy = |_| {
        RouteError::new(ErrorCode::Overloaded, "too many dictations at the same time; try again in a moment")
    };
    let permit = app.dictation_permits.clone().try_acquire_owned().map_err(busy)?;
    app.machine.ensure_transcriber()?;
    let resampler =
        Resampler::new(query.rate).map_err(|error| RouteError::invalid_request(error.to_string()))?;
    let notebook = match query.notebook_id {
        Some(id) => Some(app.library.get_notebook(id).await?.title),
        None => None,
    };
    // If the client is gone, reading its messages ends the dictation.
    let _ = events.send(DictationEvent::Opening { notebook, hands_free: query.hands_free }).await;
    let name = query.microphone.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    Ok((SampleConverter { resampler, meter: LevelMeter::default(), microphone_name: Some(name) }, permit))
}

/// Converter of messages (16-bit little-endian samples) to resampled sound with levels.
struct SampleConverter {
    resampler: Resampler,
    meter: LevelMeter,
    /// Name of the microphone, until its first samples.
    microphone_name: Option<String>,
}

impl SampleConverter {
    async fn convert_message(&mut self, bytes: &[u8], to: &mpsc::Sender<CaptureEvent>) {
        let to_sample = |pair: &[u8; 2]| f32::from(i16::from_le_bytes(*pair)) / 32_768.0;
        let samples: Vec<f32> = bytes.as_chunks().0.iter().map(to_sample).collect();
        let mut out = Vec::new();
        self.resampler.push(&samples, &mut out);
        self.send_samples(out, to).await;
    }

    async fn flush_samples(&mut self, to: &mpsc::Sender<CaptureEvent>) {
        let mut rest = Vec::new();
        self.resampler.finish(&mut rest);
        self.send_samples(rest, to).await;
    }

    /// Sends samples and their levels; a failure means that the dictation has ended.
    async fn send_samples(&mut self, samples: Vec<f32>, to: &mpsc::Sender<CaptureEvent>) {
        if samples.is_empty() {
            return;
        }
        if let Some(microphone) = self.microphone_name.take() {
            let _ = to.send(CaptureEvent::Started { microphone }).await;
        }
        let mut levels = Vec::new();
        self.meter.push(&samples, |level| levels.push(level));
        let _ = to.send(CaptureEvent::Samples(samples)).await;
        for level in levels {
            let _ = to.send(CaptureEvent::Level(level)).await;
        }
    }
}

/// End of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionEnd {
    Properly,
    Broken,
}

/// Reads samples and commands until the client is gone; what was recorded until then is transcribed.
async fn read_messages(
    messages: &mut SplitStream<WebSocket>,
    to: mpsc::Sender<CaptureEvent>,
    mut converter: SampleConverter,
    stop: &CancellationToken,
    cancel: &CancellationToken,
) -> ConnectionEnd {
    let mut to = Some(to);
    let deadline = Instant::now() + MAX_DURATION;
    let mut silence_deadline = Instant::now() + SILENCE_TIMEOUT;
    let end = loop {
        let command = tokio::select! {
            message = messages.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(to) = &to {
                        converter.convert_message(&bytes, to).await;
                    }
                    if !bytes.is_empty() {
                        silence_deadline = Instant::now() + SILENCE_TIMEOUT;
                    }
                    continue;
                }
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap_or_else(|error| {
                    DictationCommand::MicrophoneLost { reason: format!("this command is not valid: {error}") }
                }),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_))) => break ConnectionEnd::Properly,
                Some(Err(_)) | None => break ConnectionEnd::Broken,
            },
            // The capture ends by itself at a pause, or at its time limit.
            () = stop.cancelled(), if to.is_some() => DictationCommand::Finish {},
            () = sleep_until(deadline), if to.is_some() => DictationCommand::Finish {},
            () = sleep_until(silence_deadline), if to.is_some() => {
                DictationCommand::MicrophoneLost { reason: "the microphone sends no sound any more; try again, or choose another microphone".into() }
            }
        };
        if command == (DictationCommand::Cancel {}) {
            cancel.cancel();
        }
        stop.cancel();
        let Some(to) = to.take() else { continue };
        converter.flush_samples(&to).await;
        if let DictationCommand::MicrophoneLost { reason: why } = command {
            let _ = to.send(CaptureEvent::Lost(why)).await;
        }
    };
    stop.cancel();
    if let Some(to) = to {
        converter.flush_samples(&to).await;
    }
    end
}

/// Sends all events, with pings in between; returns true if all could be sent.
async fn send_events(
    mut sink: SplitSink<WebSocket, Message>,
    mut events: mpsc::Receiver<DictationEvent>,
) -> bool {
    loop {
        let message = match timeout(KEEP_ALIVE_INTERVAL, events.recv()).await {
            Err(_) => Message::Ping(Vec::new().into()),
            Ok(Some(event)) => match serde_json::to_string(&event) {
                Ok(text) => Message::Text(text.into()),
                Err(error) => {
                    tracing::error!(%error, "a dictation event could not be serialised");
                    continue;
                }
            },
            Ok(None) => break,
        };
        if sink.send(message).await.is_err() {
            return false;
        }
    }
    let close_frame = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    sink.send(Message::Close(Some(close_frame))).await.is_ok()
}
