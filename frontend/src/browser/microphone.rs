//! The browser's microphone, which whoever sits there lets the page hear.

use hearth_domain::SPEECH_RATE;
use hearth_wire::Microphone as Found;
use js_sys::{Array, ArrayBuffer, JSON};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioContext, AudioContextOptions, AudioNode, AudioWorkletNode, DomException, MediaDeviceInfo,
    MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack, MessageEvent,
    MessagePort,
};

use super::window;

/// What runs where the browser handles sound.
const PROCESSOR: &str = "microphone";
const FILE: &str = "/microphone.js";

/// Why nobody can be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMicrophone {
    /// Browsers let only pages hear that come over TLS, or from the same machine.
    Insecure,
    Denied,
    None,
    Busy,
    Failed(String),
}

impl From<JsValue> for NoMicrophone {
    fn from(error: JsValue) -> Self {
        let Some(error) = error.dyn_ref::<DomException>() else { return Self::Failed(format!("{error:?}")) };
        match error.name().as_str() {
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" | "OverconstrainedError" => Self::None,
            "NotReadableError" | "AbortError" => Self::Busy,
            _ => Self::Failed(error.message()),
        }
    }
}

fn devices() -> Result<MediaDevices, NoMicrophone> {
    let window = window();
    let devices = window.navigator().media_devices();
    devices.ok().filter(|_| window.is_secure_context()).ok_or(NoMicrophone::Insecure)
}

/// The microphones that there are, where the page was let hear one before.
pub async fn microphones() -> Result<Vec<Found>, NoMicrophone> {
    let all: Array = JsFuture::from(devices()?.enumerate_devices()?).await?.unchecked_into();
    let all = all.iter().map(JsCast::unchecked_into::<MediaDeviceInfo>);
    Ok(all
        .filter(|device| device.kind() == MediaDeviceKind::Audioinput && !device.label().is_empty())
        .map(|device| Found { id: device.device_id(), name: device.label(), is_default: false })
        // Some browsers list their own choices once more.
        .filter(|device| !matches!(device.id.as_str(), "default" | "communications"))
        .collect())
}

/// What the browser gives; the page hears nothing any more when it is dropped.
struct Heard(MediaStream);

impl Drop for Heard {
    fn drop(&mut self) {
        for track in self.0.get_tracks().iter() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
    }
}

/// Where the browser handles sound; ends when dropped.
struct Context(AudioContext);

impl Drop for Context {
    fn drop(&mut self) {
        // It fails for one that is closed.
        let _ = self.0.close();
    }
}

/// An open microphone; closed when dropped.
pub struct Microphone {
    heard: Heard,
    context: Context,
    port: MessagePort,
    // Some browsers let go of what nobody holds, and it hears no more.
    _nodes: [AudioNode; 2],
    // They live as long as the browser may call them.
    _on_piece: Closure<dyn Fn(MessageEvent)>,
    _on_end: Closure<dyn Fn()>,
}

impl Microphone {
    /// Opens one by its id, or the browser's own. `on_piece` is given samples of 16 bits of one channel as they come;
    /// `on_lost` is called when it is gone.
    pub async fn open(
        wanted: &str,
        on_piece: impl Fn(ArrayBuffer) + 'static,
        on_lost: impl Fn() + 'static,
    ) -> Result<Self, NoMicrophone> {
        // Another one is taken where that is not there.
        let wanted = serde_json::json!({"audio": {"channelCount": 1, "deviceId": wanted}}).to_string();
        let wanted: MediaStreamConstraints = JSON::parse(&wanted)?.unchecked_into();
        let stream = JsFuture::from(devices()?.get_user_media_with_constraints(&wanted)?).await?;
        let heard = Heard(stream.unchecked_into());
        let (context, source) = connect(&heard.0)?;
        JsFuture::from(context.0.audio_worklet()?.add_module(FILE)?).await?;
        let node = AudioWorkletNode::new(&context.0, PROCESSOR)?;
        let on_piece = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            on_piece(message.data().unchecked_into());
        });
        let port = node.port()?;
        port.set_onmessage(Some(on_piece.as_ref().unchecked_ref()));
        source.connect_with_audio_node(&node)?;
        // It gives silence; but what leads nowhere some browsers do not run.
        node.connect_with_audio_node(&context.0.destination())?;
        // One that was made without a hand on the keys waits; its promise does too.
        let _ = context.0.resume()?;
        let on_end = Closure::<dyn Fn()>::new(on_lost);
        if let Some(track) = heard.track() {
            track.set_onended(Some(on_end.as_ref().unchecked_ref()));
        }
        Ok(Self { heard, context, port, _nodes: [source, node.into()], _on_piece: on_piece, _on_end: on_end })
    }

    /// As the browser calls it.
    pub fn name(&self) -> String {
        self.heard.track().map(|track| track.label()).unwrap_or_default()
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.context.0.sample_rate() as u32
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        if let Some(track) = self.heard.track() {
            track.set_onended(None);
        }
    }
}

impl Heard {
    fn track(&self) -> Option<MediaStreamTrack> {
        let first = self.0.get_audio_tracks().get(0);
        (!first.is_undefined()).then(|| first.unchecked_into())
    }
}

/// At the rate of the recognisers, where the browser makes that of what it hears; else at its own.
fn connect(stream: &MediaStream) -> Result<(Context, AudioNode), JsValue> {
    let options = AudioContextOptions::new();
    options.set_sample_rate(SPEECH_RATE as f32);
    let wanted = AudioContext::new_with_context_options(&options).map(Context);
    let connected = wanted.and_then(|context| {
        let source = context.0.create_media_stream_source(stream)?;
        Ok((context, source.into()))
    });
    connected.or_else(|_| {
        let context = Context(AudioContext::new()?);
        let source = context.0.create_media_stream_source(stream)?;
        Ok((context, source.into()))
    })
}
