//! The microphone: captured on a thread of its own, opened for a capture, kept open for a while after it, and
//! reopened when it fails. Without a capture only a short pre-roll is kept, in memory.

mod capture;
mod device;
mod open_microphone;
mod sample_ring;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hearth_domain::CaptureEvent;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::level_meter::LevelMeter;
use capture::CaptureThread;

pub use device::{InputDevices, MicrophoneInfo};

/// Capacity of a capture's channel, in messages: some ten seconds, then the ring buffer fills.
const CHANNEL_CAPACITY: usize = 1024;

/// Error of opening or listing microphones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MicrophoneError {
    #[error("no microphone was found; connect one and try again")]
    NotFound,
    #[error("{0}")]
    Denied(&'static str),
    #[error("another program uses the microphone; close it there and try again")]
    Busy,
    #[error("the microphone could not be opened: {0}")]
    Failed(String),
}

/// A command to the capture thread.
enum CaptureCommand {
    StartCapture(ActiveCapture),
    /// True to stay open without a capture, and the id of the device.
    SetStandby(bool, Option<String>),
}

/// A capture in progress.
struct ActiveCapture {
    device_id: Option<String>,
    sender: mpsc::Sender<CaptureEvent>,
    stop: CancellationToken,
    has_begun: bool,
    /// Time of the request to stop.
    stopped_at: Option<Instant>,
    meter: LevelMeter,
}

/// The microphone of this machine; its thread ends when dropped.
pub struct Microphone {
    commands: Sender<CaptureCommand>,
    standby_error: StandbyError,
    devices: InputDevices,
}

/// Reason for a failed standby: the stream is not open, and no capture runs that would get the error.
type StandbyError = Arc<Mutex<Option<String>>>;

impl Default for Microphone {
    fn default() -> Self {
        Self::new()
    }
}

impl Microphone {
    /// Starts the capture thread; opens no device yet.
    pub fn new() -> Self {
        let (sender, commands) = channel();
        let standby_error = StandbyError::default();
        let devices = InputDevices::default();
        let thread = CaptureThread::new(commands, Arc::clone(&standby_error), devices.clone());
        let builder = std::thread::Builder::new().name("microphone".into());
        if let Err(error) = builder.spawn(move || thread.run()) {
            tracing::error!(%error, "the microphone's thread could not be started");
        }
        Self { commands: sender, standby_error, devices }
    }

    /// Captures from a microphone by its id, or the system's default, until `stop` or until the receiver is
    /// dropped. The receiver ends after the last sample that was captured until then.
    pub fn start_capture(
        &self,
        device_id: Option<String>,
        stop: CancellationToken,
    ) -> mpsc::Receiver<CaptureEvent> {
        let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
        let capture = ActiveCapture {
            device_id,
            sender,
            stop,
            has_begun: false,
            stopped_at: None,
            meter: LevelMeter::default(),
        };
        if let Err(unsent) = self.commands.send(CaptureCommand::StartCapture(capture))
            && let CaptureCommand::StartCapture(capture) = unsent.0
        {
            let _ = capture.sender.try_send(CaptureEvent::Lost("the microphone's thread has ended".into()));
        }
        receiver
    }

    /// Keeps a microphone (by its id, or the system's default) open without a capture, so that the next
    /// capture begins without delay; or stops doing so.
    pub fn set_standby(&self, is_standby: bool, device_id: Option<String>) {
        // The command is lost only if the thread has ended.
        let _ = self.commands.send(CaptureCommand::SetStandby(is_standby, device_id));
    }

    /// The microphones of this machine.
    pub fn input_devices(&self) -> &InputDevices {
        &self.devices
    }

    /// The reason that standby failed, or `None` if the stream is open or not wanted.
    pub fn standby_error(&self) -> Option<String> {
        self.standby_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
