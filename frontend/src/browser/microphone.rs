//! The browser's microphone, for which the user gives the page permission.

use hearth_domain::SPEECH_SAMPLE_RATE;
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

/// Name and file of the audio worklet's processor.
const PROCESSOR_NAME: &str = "microphone";
const PROCESSOR_PATH: &str = "/microphone.js";

/// Reason for which the microphone cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MicrophoneError {
    /// Browsers give the microphone only to pages that come over TLS or from the same machine.
    Insecure,
    Denied,
    NotFound,
    Busy,
    Failed(String),
}

impl From<JsValue> for MicrophoneError {
    fn from(error: JsValue) -> Self {
        let Some(error) = error.dyn_ref::<DomException>() else { return Self::Failed(format!("{error:?}")) };
        match error.name().as_str() {
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" | "OverconstrainedError" => Self::NotFound,
            "NotReadableError" | "AbortError" => Self::Busy,
            _ => Self::Failed(error.message()),
        }
    }
}

fn media_devices() -> Result<MediaDevices, MicrophoneError> {
    let window = window();
    let devices = window.navigator().media_devices();
    devices.ok().filter(|_| window.is_secure_context()).ok_or(MicrophoneError::Insecure)
}

/// Lists the microphones; empty until the page was allowed to use one.
pub async fn list_microphones() -> Result<Vec<hearth_wire::Microphone>, MicrophoneError> {
    let all: Array = JsFuture::from(media_devices()?.enumerate_devices()?).await?.unchecked_into();
    let all = all.iter().map(JsCast::unchecked_into::<MediaDeviceInfo>);
    Ok(all
        .filter(|device| device.kind() == MediaDeviceKind::Audioinput && !device.label().is_empty())
        .map(|device| hearth_wire::Microphone {
            id: device.device_id(),
            name: device.label(),
            is_default: false,
        })
        // Some browsers list the default device a second time.
        .filter(|device| !matches!(device.id.as_str(), "default" | "communications"))
        .collect())
}

/// The microphone's stream; stops its tracks when dropped.
struct StreamGuard(MediaStream);

impl Drop for StreamGuard {
    fn drop(&mut self) {
        for track in self.0.get_tracks().iter() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
    }
}

/// An audio context; closed when dropped.
struct AudioContextGuard(AudioContext);

impl Drop for AudioContextGuard {
    fn drop(&mut self) {
        // Fails for a context that is closed.
        let _ = self.0.close();
    }
}

/// An open microphone; closed when dropped.
pub struct Microphone {
    stream: StreamGuard,
    context: AudioContextGuard,
    port: MessagePort,
    // Some browsers collect unreferenced nodes, which ends the samples.
    _nodes: [AudioNode; 2],
    // The closures live as long as the browser may call them.
    _on_samples: Closure<dyn Fn(MessageEvent)>,
    _on_end: Closure<dyn Fn()>,
}

impl Microphone {
    /// Opens a microphone by its id, or the browser's default for an empty one. `on_piece` gets samples (16
    /// bits, one channel) as they come; `on_lost` is called when the device is gone.
    pub async fn open(
        device_id: &str,
        on_samples: impl Fn(ArrayBuffer) + 'static,
        on_lost: impl Fn() + 'static,
    ) -> Result<Self, MicrophoneError> {
        // The browser takes another microphone if this one is missing.
        let constraints =
            serde_json::json!({"audio": {"channelCount": 1, "deviceId": device_id}}).to_string();
        let constraints: MediaStreamConstraints = JSON::parse(&constraints)?.unchecked_into();
        let stream = JsFuture::from(media_devices()?.get_user_media_with_constraints(&constraints)?).await?;
        let stream = StreamGuard(stream.unchecked_into());
        let (context, source) = connect_source(&stream.0)?;
        JsFuture::from(context.0.audio_worklet()?.add_module(PROCESSOR_PATH)?).await?;
        let node = AudioWorkletNode::new(&context.0, PROCESSOR_NAME)?;
        let on_samples = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            on_samples(message.data().unchecked_into());
        });
        let port = node.port()?;
        port.set_onmessage(Some(on_samples.as_ref().unchecked_ref()));
        source.connect_with_audio_node(&node)?;
        // The node outputs silence; but some browsers do not run a node without a destination.
        node.connect_with_audio_node(&context.0.destination())?;
        // A context made without a user's gesture stays suspended, and so does this promise.
        let _ = context.0.resume()?;
        let on_end = Closure::<dyn Fn()>::new(on_lost);
        if let Some(track) = stream.audio_track() {
            track.set_onended(Some(on_end.as_ref().unchecked_ref()));
        }
        Ok(Self {
            stream,
            context,
            port,
            _nodes: [source, node.into()],
            _on_samples: on_samples,
            _on_end: on_end,
        })
    }

    /// The browser's name of the microphone.
    pub fn name(&self) -> String {
        self.stream.audio_track().map(|track| track.label()).unwrap_or_default()
    }

    /// Sample rate in hertz.
    pub fn sample_rate(&self) -> u32 {
        self.context.0.sample_rate() as u32
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        if let Some(track) = self.stream.audio_track() {
            track.set_onended(None);
        }
    }
}

impl StreamGuard {
    fn audio_track(&self) -> Option<MediaStreamTrack> {
        let first = self.0.get_audio_tracks().get(0);
        (!first.is_undefined()).then(|| first.unchecked_into())
    }
}

/// Connects a stream to an audio context of the recognisers' sample rate, or of the browser's own rate where
/// it does not resample.
fn connect_source(stream: &MediaStream) -> Result<(AudioContextGuard, AudioNode), JsValue> {
    let options = AudioContextOptions::new();
    options.set_sample_rate(SPEECH_SAMPLE_RATE as f32);
    let context = AudioContext::new_with_context_options(&options).map(AudioContextGuard);
    let connected = context.and_then(|context| {
        let source = context.0.create_media_stream_source(stream)?;
        Ok((context, source.into()))
    });
    connected.or_else(|_| {
        let context = AudioContextGuard(AudioContext::new()?);
        let source = context.0.create_media_stream_source(stream)?;
        Ok((context, source.into()))
    })
}
