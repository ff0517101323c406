//! Input devices of this machine, and a stream of one of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, DeviceId, ErrorKind, FromSample, Host, Sample, SampleFormat, SizedSample, Stream,
    StreamConfig,
};

use super::error::MicrophoneError;
use super::sample_ring::{RingReader, RingWriter, create_ring};

/// Timeout of starting a stream, and of listing devices.
const DEVICE_TIMEOUT: Duration = Duration::from_secs(4);

/// Buffers a second that are requested of a device: ten milliseconds each.
const BUFFERS_PER_SECOND: u32 = 100;

/// A microphone that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrophoneInfo {
    /// Stable over restarts, as far as the system supports that.
    pub id: String,
    pub name: String,
    /// True for the device that the system uses by default.
    pub is_default: bool,
}

/// A query to the device thread, with the sender for its answer.
enum DeviceQuery {
    All(Sender<Result<Vec<MicrophoneInfo>, MicrophoneError>>),
    SystemDefault(Sender<Option<DeviceId>>),
}

/// The input devices of this machine, listed on a thread of their own that keeps its connection to the sound
/// server: some servers never answer, and each new connection leaks something.
#[derive(Clone)]
pub struct InputDevices(Sender<DeviceQuery>);

impl Default for InputDevices {
    fn default() -> Self {
        let (sender, queries) = channel();
        if let Err(error) =
            std::thread::Builder::new().name("microphones".into()).spawn(move || answer_queries(&queries))
        {
            tracing::error!(%error, "the thread that lists microphones could not be started");
        }
        Self(sender)
    }
}

impl InputDevices {
    /// Lists the microphones that are connected now; blocks until the system has answered, some seconds at
    /// most.
    pub fn list(&self) -> Result<Vec<MicrophoneInfo>, MicrophoneError> {
        let (sender, answer) = channel();
        let no_answer = || {
            MicrophoneError::Failed("the sound system does not respond; restart it, or the computer".into())
        };
        self.0.send(DeviceQuery::All(sender)).map_err(|_| no_answer())?;
        answer.recv_timeout(DEVICE_TIMEOUT).map_err(|_| no_answer())?
    }

    /// Queries the system's default device; the receiver yields its id.
    pub(super) fn query_default(&self) -> Receiver<Option<DeviceId>> {
        let (sender, answer) = channel();
        // Without the device thread the receiver only disconnects.
        let _ = self.0.send(DeviceQuery::SystemDefault(sender));
        answer
    }
}

/// Loop of the device thread: answers queries until all senders are gone.
fn answer_queries(queries: &Receiver<DeviceQuery>) {
    let mut cached_host = None;
    while let Ok(query) = queries.recv() {
        let host = cached_host.get_or_insert_with(cpal::default_host);
        // The caller may have gone; and a sound server that ended may come back as another process.
        let is_working = match query {
            DeviceQuery::All(sender) => {
                let microphones = list_devices(host);
                let is_working = microphones.as_ref().is_ok_and(|microphones| !microphones.is_empty());
                let _ = sender.send(microphones);
                is_working
            }
            DeviceQuery::SystemDefault(sender) => {
                let default_id = host.default_input_device().and_then(|device| device.id().ok());
                let is_working = default_id.is_some();
                let _ = sender.send(default_id);
                is_working
            }
        };
        if !is_working {
            cached_host = None;
        }
    }
}

/// All input devices of a host.
fn list_devices(host: &Host) -> Result<Vec<MicrophoneInfo>, MicrophoneError> {
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let devices = host.input_devices().map_err(MicrophoneError::from)?;
    let mut microphones: Vec<MicrophoneInfo> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            Some(MicrophoneInfo {
                is_default: Some(&id) == default.as_ref(),
                id: id.to_string(),
                name: device_name(&device),
            })
        })
        .collect();
    // A monitor of a loudspeaker is no microphone; but if there is nothing else, it is better than nothing.
    if microphones.iter().any(|device| !is_monitor(device)) {
        microphones.retain(|device| device.is_default || !is_monitor(device));
    }
    Ok(microphones)
}

/// True if a device plays back what a loudspeaker plays (a PulseAudio monitor).
fn is_monitor(device: &MicrophoneInfo) -> bool {
    device.id.ends_with(".monitor")
}

fn device_name(device: &Device) -> String {
    device
        .description()
        .map_or_else(|_| "a microphone".to_owned(), |description| description.name().to_owned())
}

/// A device with its configuration; finding that out takes longer than opening the device.
#[derive(Clone)]
struct ConfiguredDevice {
    requested_id: Option<String>,
    device: Device,
    config: StreamConfig,
    format: SampleFormat,
    name: String,
}

/// Opener of input streams; caches the configuration of the last device, so that it opens at once.
#[derive(Default)]
pub(super) struct StreamOpener {
    host: Option<Host>,
    last_device: Option<ConfiguredDevice>,
}

/// A running input stream; stops when dropped.
pub(super) struct OpenStream {
    pub(super) reader: RingReader,
    pub(super) name: String,
    /// Id of the device, or `None` if the system gives none.
    pub(super) id: Option<DeviceId>,
    /// Reason for the end of the stream, once it has ended.
    pub(super) failure: Arc<Mutex<Option<String>>>,
    _stream: Stream,
}

impl OpenStream {
    /// The reason for the end of the stream, or `None` while it runs.
    pub(super) fn failure_reason(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl StreamOpener {
    /// Opens the microphone of this id; the system's default if there is no id, or no such device.
    pub(super) fn open(&mut self, device_id: Option<&str>) -> Result<OpenStream, MicrophoneError> {
        let cached = self.last_device.take();
        let configured = match cached.filter(|cached| cached.requested_id.as_deref() == device_id) {
            Some(configured) => configured,
            None => self.find_device(device_id)?,
        };
        let stream = open_stream(&configured)?;
        // The system's default may be another device the next time, and so may a stand-in for a missing one.
        self.last_device = Some(configured).filter(|configured| {
            configured.requested_id.is_some()
                && configured.requested_id == configured.device.id().ok().map(|id| id.to_string())
        });
        Ok(stream)
    }

    fn find_device(&mut self, device_id: Option<&str>) -> Result<ConfiguredDevice, MicrophoneError> {
        let host = self.host.get_or_insert_with(cpal::default_host);
        let selected = device_id.and_then(|id| host.device_by_id(&id.parse::<DeviceId>().ok()?));
        let device = selected.or_else(|| host.default_input_device()).ok_or(MicrophoneError::NotFound)?;
        let config = device.default_input_config()?;
        Ok(ConfiguredDevice {
            requested_id: device_id.map(str::to_owned),
            name: device_name(&device),
            format: config.sample_format(),
            config: config.config(),
            device,
        })
    }
}

/// Opens a stream with small buffers where the system supports them: some systems default to two seconds.
fn open_stream(configured: &ConfiguredDevice) -> Result<OpenStream, MicrophoneError> {
    let small_buffer = BufferSize::Fixed(configured.config.sample_rate / BUFFERS_PER_SECOND);
    open_with_buffer(configured, small_buffer).or_else(|_| open_with_buffer(configured, BufferSize::Default))
}

fn open_with_buffer(
    configured: &ConfiguredDevice,
    buffer_size: BufferSize,
) -> Result<OpenStream, MicrophoneError> {
    let config = StreamConfig { buffer_size, ..configured.config };
    let (writer, reader) = create_ring(config.sample_rate, config.channels)
        .map_err(|error| MicrophoneError::Failed(error.to_string()))?;
    let failure = Arc::new(Mutex::new(None));
    let stream = build_stream(configured, config, writer, &failure)?;
    stream.play()?;
    Ok(OpenStream {
        reader,
        name: configured.name.clone(),
        id: configured.device.id().ok(),
        failure,
        _stream: stream,
    })
}

fn build_stream(
    configured: &ConfiguredDevice,
    config: StreamConfig,
    writer: RingWriter,
    failure: &Arc<Mutex<Option<String>>>,
) -> Result<Stream, MicrophoneError> {
    match configured.format {
        SampleFormat::I8 => build_typed_stream::<i8>(configured, config, writer, failure),
        SampleFormat::I16 => build_typed_stream::<i16>(configured, config, writer, failure),
        SampleFormat::I24 => build_typed_stream::<cpal::I24>(configured, config, writer, failure),
        SampleFormat::I32 => build_typed_stream::<i32>(configured, config, writer, failure),
        SampleFormat::I64 => build_typed_stream::<i64>(configured, config, writer, failure),
        SampleFormat::U8 => build_typed_stream::<u8>(configured, config, writer, failure),
        SampleFormat::U16 => build_typed_stream::<u16>(configured, config, writer, failure),
        SampleFormat::U24 => build_typed_stream::<cpal::U24>(configured, config, writer, failure),
        SampleFormat::U32 => build_typed_stream::<u32>(configured, config, writer, failure),
        SampleFormat::U64 => build_typed_stream::<u64>(configured, config, writer, failure),
        SampleFormat::F32 => build_typed_stream::<f32>(configured, config, writer, failure),
        SampleFormat::F64 => build_typed_stream::<f64>(configured, config, writer, failure),
        format => Err(MicrophoneError::Failed(format!(
            "{} uses the sample format {format}, which is not supported",
            configured.name
        ))),
    }
}

fn build_typed_stream<T: SizedSample>(
    configured: &ConfiguredDevice,
    config: StreamConfig,
    mut writer: RingWriter,
    failure: &Arc<Mutex<Option<String>>>,
) -> Result<Stream, MicrophoneError>
where
    f32: FromSample<T>,
{
    let failure = Arc::clone(failure);
    let stream = configured.device.build_input_stream::<T, _, _>(
        config,
        move |samples, _| writer.write_frames(samples, f32::from_sample),
        move |error| {
            // Notices only; the stream goes on.
            if matches!(error.kind(), ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied | ErrorKind::Xrun)
            {
                return;
            }
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        },
        Some(DEVICE_TIMEOUT),
    )?;
    Ok(stream)
}

/// Hint at the system's setting that lets programs use the microphone.
const PERMISSION_HINT: &str = if cfg!(windows) {
    "Windows does not let Hearth use the microphone: allow it under Settings, Privacy & security, Microphone, \"Let desktop apps access your microphone\""
} else if cfg!(target_os = "macos") {
    "macOS does not let Hearth use the microphone: allow it under System Settings, Privacy & Security, Microphone"
} else {
    "the system does not let Hearth use the microphone: add your user account to the group audio, or start the sound server"
};

impl From<cpal::Error> for MicrophoneError {
    fn from(error: cpal::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Denied(PERMISSION_HINT),
            ErrorKind::DeviceNotAvailable => Self::NotFound,
            ErrorKind::DeviceBusy => Self::Busy,
            _ => Self::Failed(error.to_string()),
        }
    }
}
