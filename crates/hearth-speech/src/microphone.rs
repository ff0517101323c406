//! The microphone: captured on a thread of its own, opened for a capture, kept open for a while after it, and
//! reopened when it fails. Without a capture only a short pre-roll is kept, in memory.

mod capture;
mod capture_command;
mod device;
mod error;
mod open_microphone;
mod sample_ring;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};

use hearth_domain::CaptureEvent;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::level_meter::LevelMeter;
use capture::CaptureThread;
use capture_command::{ActiveCapture, CaptureCommand, StandbyError};

pub use device::{InputDevices, MicrophoneInfo};
pub use error::MicrophoneError;

/// Capacity of a capture's channel, in messages: some ten seconds, then the ring buffer fills.
const CHANNEL_CAPACITY: usize = 1024;

/// The microphone of this machine; its thread ends when dropped.
pub struct Microphone {
    commands: Sender<CaptureCommand>,
    standby_error: StandbyError,
    devices: InputDevices,
}

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
