//! Commands to the capture thread, and the state that it shares with those who give them.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use hearth_domain::CaptureEvent;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::level_meter::LevelMeter;

/// A command to the capture thread.
pub(super) enum CaptureCommand {
    StartCapture(ActiveCapture),
    /// True to stay open without a capture, and the id of the device.
    SetStandby(bool, Option<String>),
}

/// A capture in progress.
pub(super) struct ActiveCapture {
    pub(super) device_id: Option<String>,
    pub(super) sender: mpsc::Sender<CaptureEvent>,
    pub(super) stop: CancellationToken,
    pub(super) has_begun: bool,
    /// Time of the request to stop.
    pub(super) stopped_at: Option<Instant>,
    pub(super) meter: LevelMeter,
}

/// Reason for a failed standby: the stream is not open, and no capture runs that would get the error.
pub(super) type StandbyError = Arc<Mutex<Option<String>>>;
