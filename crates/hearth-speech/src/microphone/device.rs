//! The machine's microphones, and a stream of one of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, DeviceId, ErrorKind, FromSample, Host, Sample, SampleFormat, SizedSample, Stream,
    StreamConfig,
};

use super::MicrophoneError;
use super::intake::{Feed, Intake, ring};

/// How long a device may take to begin, and the system to say which there are.
const PATIENCE: Duration = Duration::from_secs(4);

/// Pieces a second in which sound is wanted: each is a hundredth of a second.
const PIECES: u32 = 100;

/// A microphone that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MicrophoneInfo {
    /// The same after a restart, as far as the system can say so.
    pub id: String,
    pub name: String,
    /// The one that the system uses where none is chosen.
    pub is_default: bool,
}

/// What is asked of the system, and who waits for it.
enum Ask {
    All(Sender<Result<Vec<MicrophoneInfo>, MicrophoneError>>),
    OfSystem(Sender<Option<DeviceId>>),
}

/// The microphones of this machine, as the system tells them now. Asked on a thread of its own, which keeps its connection to
/// the sound server: some servers answer never, and each connection that is made anew leaves something behind.
#[derive(Clone)]
pub struct Devices(Sender<Ask>);

impl Default for Devices {
    fn default() -> Self {
        let (sender, asks) = channel();
        if let Err(error) =
            std::thread::Builder::new().name("microphones".into()).spawn(move || answer(&asks))
        {
            tracing::error!(%error, "the system cannot be asked for its microphones");
        }
        Self(sender)
    }
}

impl Devices {
    /// Those that are there now; waits until the system has answered, some seconds at most.
    pub fn all(&self) -> Result<Vec<MicrophoneInfo>, MicrophoneError> {
        let (sender, answer) = channel();
        let silent =
            || MicrophoneError::Failed("the sound system does not answer; restart it, or the machine".into());
        self.0.send(Ask::All(sender)).map_err(|_| silent())?;
        answer.recv_timeout(PATIENCE).map_err(|_| silent())?
    }

    /// Asks which one is the system's own.
    pub(super) fn of_system(&self) -> Receiver<Option<DeviceId>> {
        let (sender, answer) = channel();
        // Without its thread nothing is answered.
        let _ = self.0.send(Ask::OfSystem(sender));
        answer
    }
}

fn answer(asks: &Receiver<Ask>) {
    let mut host = None;
    while let Ok(ask) = asks.recv() {
        let known = host.get_or_insert_with(cpal::default_host);
        // Whoever asked may have gone; and a server that is gone may come again, as another.
        let is_well = match ask {
            Ask::All(to) => {
                let found = all(known);
                let is_well = found.as_ref().is_ok_and(|found| !found.is_empty());
                let _ = to.send(found);
                is_well
            }
            Ask::OfSystem(to) => {
                let own = known.default_input_device().and_then(|device| device.id().ok());
                let is_well = own.is_some();
                let _ = to.send(own);
                is_well
            }
        };
        if !is_well {
            host = None;
        }
    }
}

fn all(host: &Host) -> Result<Vec<MicrophoneInfo>, MicrophoneError> {
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let devices = host.input_devices().map_err(MicrophoneError::from)?;
    let mut all: Vec<MicrophoneInfo> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            Some(MicrophoneInfo {
                is_default: Some(&id) == default.as_ref(),
                id: id.to_string(),
                name: name(&device),
            })
        })
        .collect();
    // What a loudspeaker plays is no microphone; but where nothing else is there, it is better than nothing.
    if all.iter().any(|device| !is_monitor(device)) {
        all.retain(|device| device.is_default || !is_monitor(device));
    }
    Ok(all)
}

fn is_monitor(device: &MicrophoneInfo) -> bool {
    device.id.ends_with(".monitor")
}

fn name(device: &Device) -> String {
    device
        .description()
        .map_or_else(|_| "a microphone".to_owned(), |description| description.name().to_owned())
}

/// What was found out about a device, which takes longer than to open it.
#[derive(Clone)]
struct Known {
    wanted: Option<String>,
    device: Device,
    config: StreamConfig,
    format: SampleFormat,
    name: String,
}

/// Opens microphones; what it knows of the last one is kept, so that it opens at once.
#[derive(Default)]
pub(super) struct Opener {
    host: Option<Host>,
    known: Option<Known>,
}

/// A stream that runs as long as this is kept.
pub(super) struct Open {
    pub(super) intake: Intake,
    pub(super) name: String,
    /// None where the system does not tell it from others.
    pub(super) id: Option<DeviceId>,
    /// Why it ended, once it has.
    pub(super) failed: Arc<Mutex<Option<String>>>,
    _stream: Stream,
}

impl Open {
    pub(super) fn has_failed(&self) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Opener {
    /// Opens the wanted microphone; the system's own where none is wanted, or that one is not there.
    pub(super) fn open(&mut self, wanted: Option<&str>) -> Result<Open, MicrophoneError> {
        let known = match self.known.take().filter(|known| known.wanted.as_deref() == wanted) {
            Some(known) => known,
            None => self.find(wanted)?,
        };
        let opened = open(&known)?;
        // The system's own may be another one the next time, and so may one that stood in for what was not there.
        self.known = Some(known).filter(|known| {
            known.wanted.is_some() && known.wanted == known.device.id().ok().map(|id| id.to_string())
        });
        Ok(opened)
    }

    fn find(&mut self, wanted: Option<&str>) -> Result<Known, MicrophoneError> {
        let host = self.host.get_or_insert_with(cpal::default_host);
        let chosen = wanted.and_then(|id| host.device_by_id(&id.parse::<DeviceId>().ok()?));
        let device = chosen.or_else(|| host.default_input_device()).ok_or(MicrophoneError::None)?;
        let config = device.default_input_config()?;
        Ok(Known {
            wanted: wanted.map(str::to_owned),
            name: name(&device),
            format: config.sample_format(),
            config: config.config(),
            device,
        })
    }
}

/// With small pieces where the system gives them: some hand out two seconds at once where nobody says what is wanted.
fn open(known: &Known) -> Result<Open, MicrophoneError> {
    let quick = BufferSize::Fixed(known.config.sample_rate / PIECES);
    open_with(known, quick).or_else(|_| open_with(known, BufferSize::Default))
}

fn open_with(known: &Known, buffer_size: BufferSize) -> Result<Open, MicrophoneError> {
    let config = StreamConfig { buffer_size, ..known.config };
    let (feed, intake) = ring(config.sample_rate, config.channels)
        .map_err(|error| MicrophoneError::Failed(error.to_string()))?;
    let failed = Arc::new(Mutex::new(None));
    let stream = stream(known, config, feed, &failed)?;
    stream.play()?;
    Ok(Open { intake, name: known.name.clone(), id: known.device.id().ok(), failed, _stream: stream })
}

fn stream(
    known: &Known,
    config: StreamConfig,
    feed: Feed,
    failed: &Arc<Mutex<Option<String>>>,
) -> Result<Stream, MicrophoneError> {
    match known.format {
        SampleFormat::I8 => build::<i8>(known, config, feed, failed),
        SampleFormat::I16 => build::<i16>(known, config, feed, failed),
        SampleFormat::I24 => build::<cpal::I24>(known, config, feed, failed),
        SampleFormat::I32 => build::<i32>(known, config, feed, failed),
        SampleFormat::I64 => build::<i64>(known, config, feed, failed),
        SampleFormat::U8 => build::<u8>(known, config, feed, failed),
        SampleFormat::U16 => build::<u16>(known, config, feed, failed),
        SampleFormat::U24 => build::<cpal::U24>(known, config, feed, failed),
        SampleFormat::U32 => build::<u32>(known, config, feed, failed),
        SampleFormat::U64 => build::<u64>(known, config, feed, failed),
        SampleFormat::F32 => build::<f32>(known, config, feed, failed),
        SampleFormat::F64 => build::<f64>(known, config, feed, failed),
        other => {
            Err(MicrophoneError::Failed(format!("{} speaks {other}, which is no sound we know", known.name)))
        }
    }
}

fn build<T: SizedSample>(
    known: &Known,
    config: StreamConfig,
    mut feed: Feed,
    failed: &Arc<Mutex<Option<String>>>,
) -> Result<Stream, MicrophoneError>
where
    f32: FromSample<T>,
{
    let failed = Arc::clone(failed);
    let stream = known.device.build_input_stream::<T, _, _>(
        config,
        move |samples, _| feed.take(samples, f32::from_sample),
        move |error| {
            // These tell something; the stream goes on.
            if matches!(error.kind(), ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied | ErrorKind::Xrun)
            {
                return;
            }
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        },
        Some(PATIENCE),
    )?;
    Ok(stream)
}

/// Where a system's settings let programs hear.
const PERMISSION: &str = if cfg!(windows) {
    "Windows does not let Hearth use the microphone: allow it under Settings, Privacy & security, Microphone, \"Let desktop apps access your microphone\""
} else if cfg!(target_os = "macos") {
    "macOS does not let Hearth use the microphone: allow it under System Settings, Privacy & Security, Microphone"
} else {
    "the system does not let Hearth use the microphone: whoever uses it must be in the group audio, or the sound server must run"
};

impl From<cpal::Error> for MicrophoneError {
    fn from(error: cpal::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Denied(PERMISSION),
            ErrorKind::DeviceNotAvailable => Self::None,
            ErrorKind::DeviceBusy => Self::Busy,
            _ => Self::Failed(error.to_string()),
        }
    }
}
