//! A dictation whose microphone is elsewhere: in a browser, or in another program. Samples and orders come over a socket,
//! and over it goes what becomes of them.

use std::pin::pin;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use hearth_domain::Sound;
use hearth_engine::Dictation;
use hearth_speech::{Meter, Resampler};
use hearth_wire::{DictateOrder, DictateQuery, ErrorCode, Voice};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{ended, failed, told};
use crate::app::App;
use crate::extract::{Params, Raw};
use crate::failure::Failure;
use crate::guard::Caller;

/// Bytes of a message: more than a second of sound at any rate that is sent.
const LARGEST: usize = 256 << 10;
/// Nobody speaks for longer; a connection that sends what is no sound may last for ever.
const LONGEST: Duration = Duration::from_mins(11);
/// A microphone that sends nothing for so long is gone, whatever the connection says.
const SILENCE: Duration = Duration::from_secs(10);
/// Quiet connections are kept open through proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long whoever has the text may take to say so by closing the connection.
const PARTING: Duration = Duration::from_secs(5);
/// Messages that either side may be behind.
const BEHIND: usize = 256;
/// Characters of a microphone's name.
const NAME: usize = 200;

/// `GET /api/dictate`: what is wrong is told over the socket, as browsers do not let a page see why there is none.
pub(crate) async fn dictate(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Params(query): Params<DictateQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Raw {
    // A cookie is sent by the browser by itself, and no rule of its own keeps other pages from opening sockets.
    if matches!(caller, Caller::Page(_)) && !headers.contains_key(ORIGIN) {
        return Err(Failure::new(ErrorCode::Forbidden, "this request does not say which page it comes from"));
    }
    let upgrade = upgrade.map_err(|error| Failure::invalid(error.body_text()))?;
    let upgrade = upgrade.max_message_size(LARGEST).max_frame_size(LARGEST);
    Ok(upgrade.on_upgrade(move |socket| serve(app, query, socket)))
}

async fn serve(app: App, query: DictateQuery, socket: WebSocket) {
    let (to, mut from) = socket.split();
    let (voices, to_tell) = mpsc::channel(BEHIND);
    let telling = AbortOnDropHandle::new(tokio::spawn(tell(to, to_tell)));
    let (intake, permit) = match begin(&app, &query, &voices).await {
        Ok(begun) => begun,
        Err(failure) => {
            // Whoever is gone already needs no reason.
            let _ = voices.send(failed(failure.0)).await;
            drop(voices);
            let _ = timeout(PARTING, telling).await;
            return;
        }
    };
    let (stop, dropped) = (CancellationToken::new(), CancellationToken::new());
    let (sender, sounds) = mpsc::channel(BEHIND);
    let mut reading = pin!(read(&mut from, sender, intake, &stop, &dropped));
    let mut closed = None;
    let said = {
        let how = Dictation {
            notebook: query.notebook_id,
            stop: stop.clone(),
            dropped: dropped.clone(),
            hands_free: query.hands_free,
        };
        // Who is far behind misses levels, and guesses that later ones replace.
        let heard = |now| drop(voices.try_send(told(now)));
        let mut dictating = pin!(app.engine.dictate(sounds, how, &heard));
        loop {
            tokio::select! {
                biased;
                () = dropped.cancelled() => break None,
                () = app.stop.cancelled() => return,
                said = &mut dictating => break Some(said),
                how = &mut reading, if closed.is_none() => closed = Some(how),
            }
        }
    };
    let (voice, dictated) = said.map_or((Voice::Dropped {}, None), ended);
    drop(permit);
    // Whoever has the text closes the connection; where it broke, or nobody takes anything any more, nobody knows.
    let parting = async {
        let is_told = voices.send(voice).await.is_ok();
        drop(voices);
        let is_told = telling.await.is_ok_and(|is_sent| is_sent && is_told);
        is_told && closed.is_none() && reading.await == Closed::Properly
    };
    let has_it = timeout(PARTING, parting).await.unwrap_or(false) || dropped.is_cancelled();
    if let Some(dictated) = dictated {
        dictated.told(has_it).await;
    }
}

/// What is needed to listen: a place, a model, a rate that there is.
async fn begin(
    app: &App,
    query: &DictateQuery,
    voices: &mpsc::Sender<Voice>,
) -> Result<(Intake, OwnedSemaphorePermit), Failure> {
    let busy = |_| Failure::new(ErrorCode::Overloaded, "too many speak at once; try again in a moment");
    let permit = app.dictating.clone().try_acquire_owned().map_err(busy)?;
    app.engine.ears()?;
    let resampler = Resampler::new(query.rate).map_err(|error| Failure::invalid(error.to_string()))?;
    let notebook = match query.notebook_id {
        Some(id) => Some(app.engine.store().notebook(id).await?.title),
        None => None,
    };
    // Whoever is gone already is not listened to.
    let _ = voices.send(Voice::Opening { notebook, hands_free: query.hands_free }).await;
    let name = query.microphone.chars().filter(|c| !c.is_control()).take(NAME).collect();
    Ok((Intake { resampler, meter: Meter::default(), name: Some(name) }, permit))
}

/// From what is sent to what is heard.
struct Intake {
    resampler: Resampler,
    meter: Meter,
    /// The microphone's, until it is heard.
    name: Option<String>,
}

impl Intake {
    async fn take(&mut self, bytes: &[u8], to: &mpsc::Sender<Sound>) {
        let value = |pair: &[u8; 2]| f32::from(i16::from_le_bytes(*pair)) / 32_768.0;
        let samples: Vec<f32> = bytes.as_chunks().0.iter().map(value).collect();
        let mut out = Vec::new();
        self.resampler.push(&samples, &mut out);
        self.hand_on(out, to).await;
    }

    async fn finish(&mut self, to: &mpsc::Sender<Sound>) {
        let mut rest = Vec::new();
        self.resampler.finish(&mut rest);
        self.hand_on(rest, to).await;
    }

    /// What does not arrive has nobody who listens any more.
    async fn hand_on(&mut self, samples: Vec<f32>, to: &mpsc::Sender<Sound>) {
        if samples.is_empty() {
            return;
        }
        if let Some(microphone) = self.name.take() {
            let _ = to.send(Sound::Began { microphone }).await;
        }
        let mut levels = Vec::new();
        self.meter.push(&samples, |level| levels.push(level));
        let _ = to.send(Sound::Samples(samples)).await;
        for level in levels {
            let _ = to.send(Sound::Level(level)).await;
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    Properly,
    Broken,
}

/// Takes samples and orders until the other side is gone; what was said until then becomes text.
async fn read(
    from: &mut SplitStream<WebSocket>,
    to: mpsc::Sender<Sound>,
    mut intake: Intake,
    stop: &CancellationToken,
    dropped: &CancellationToken,
) -> Closed {
    let mut to = Some(to);
    let end = Instant::now() + LONGEST;
    let mut silent = Instant::now() + SILENCE;
    let closed = loop {
        let order = tokio::select! {
            message = from.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(to) = &to {
                        intake.take(&bytes, to).await;
                    }
                    if !bytes.is_empty() {
                        silent = Instant::now() + SILENCE;
                    }
                    continue;
                }
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap_or_else(|error| {
                    DictateOrder::Lost { why: format!("this order is not understood: {error}") }
                }),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_))) => break Closed::Properly,
                Some(Err(_)) | None => break Closed::Broken,
            },
            // By itself, at a pause, or as it is too long.
            () = stop.cancelled(), if to.is_some() => DictateOrder::Stop {},
            () = sleep_until(end), if to.is_some() => DictateOrder::Stop {},
            () = sleep_until(silent), if to.is_some() => {
                DictateOrder::Lost { why: "nothing comes from the microphone any more; try again, or choose another".into() }
            }
        };
        if order == (DictateOrder::Drop {}) {
            dropped.cancel();
        }
        stop.cancel();
        let Some(to) = to.take() else { continue };
        intake.finish(&to).await;
        if let DictateOrder::Lost { why } = order {
            let _ = to.send(Sound::Lost(why)).await;
        }
    };
    stop.cancel();
    if let Some(to) = to {
        intake.finish(&to).await;
    }
    closed
}

/// Tells all that comes; whether all of it could be sent.
async fn tell(mut to: SplitSink<WebSocket, Message>, mut voices: mpsc::Receiver<Voice>) -> bool {
    loop {
        let message = match timeout(KEEP_ALIVE, voices.recv()).await {
            Err(_) => Message::Ping(Vec::new().into()),
            Ok(Some(voice)) => match serde_json::to_string(&voice) {
                Ok(text) => Message::Text(text.into()),
                Err(error) => {
                    tracing::error!(%error, "what was heard could not be written");
                    continue;
                }
            },
            Ok(None) => break,
        };
        if to.send(message).await.is_err() {
            return false;
        }
    }
    let end = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    to.send(Message::Close(Some(end))).await.is_ok()
}
