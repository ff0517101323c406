//! The open microphone: its stream, the pre-roll, and the delivery of samples to a capture.

use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use cpal::DeviceId;
use hearth_domain::CaptureEvent;

use super::capture_command::ActiveCapture;
use super::device::{InputDevices, OpenStream, StreamOpener};
use super::sample_ring::PreRoll;

/// Timeout of a stream without samples: it is dead, whatever it reports.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(2);
/// Time that a capture goes on after its stop: speech up to the release of the key arrives a little later;
/// with rare buffers, later than that.
const MAX_TAIL: Duration = Duration::from_millis(500);
const MIN_TAIL: Duration = Duration::from_millis(30);
/// Age of the last samples up to which a stream counts as live, although the next ones are still to come.
const LIVE_WINDOW: Duration = Duration::from_millis(100);
/// Interval between checks of the system's default device, which may change.
const DEFAULT_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Check of the system's default device.
enum DefaultDeviceCheck {
    /// The next query is due some time after this one.
    Waiting { since: Instant },
    /// The answer is still to come.
    Asked(Receiver<Option<DeviceId>>),
}

/// A microphone with a running stream.
pub(super) struct OpenMicrophone {
    /// Opens the same device faster, the next time.
    pub(super) opener: Box<StreamOpener>,
    pub(super) stream: OpenStream,
    pre_roll: PreRoll,
    /// Time of the last samples, or of opening the stream.
    last_samples_at: Instant,
    /// Recent interval between buffers.
    buffer_interval: Duration,
    /// New samples of the stream.
    block: Vec<f32>,
    default_check: DefaultDeviceCheck,
}

impl OpenMicrophone {
    pub(super) fn new(opener: Box<StreamOpener>, stream: OpenStream) -> Self {
        let now = Instant::now();
        Self {
            opener,
            stream,
            pre_roll: PreRoll::default(),
            last_samples_at: now,
            buffer_interval: Duration::ZERO,
            block: Vec::new(),
            default_check: DefaultDeviceCheck::Waiting { since: now },
        }
    }

    /// Reads the new samples of the stream; true if there are any.
    pub(super) fn read_samples(&mut self) -> bool {
        self.block.clear();
        if !self.stream.reader.read_samples(&mut self.block) {
            return false;
        }
        self.buffer_interval =
            self.last_samples_at.elapsed().max(self.buffer_interval.mul_f32(0.9)).min(MAX_TAIL);
        self.last_samples_at = Instant::now();
        let lost_count = self.stream.reader.take_lost_count();
        if lost_count > 0 {
            tracing::warn!(
                lost_count,
                "samples of the microphone were lost because they were not read in time"
            );
        }
        true
    }

    /// Reason for which the stream has ended, or `None` while it runs.
    pub(super) fn failure_reason(&self) -> Option<String> {
        self.stream.failure_reason()
    }

    /// Reason for which a stream without samples counts as dead, or `None` if it lives.
    pub(super) fn silence_reason(&self) -> Option<String> {
        (self.last_samples_at.elapsed() > SILENCE_TIMEOUT)
            .then(|| "it delivers no sound; it may have been disconnected".to_owned())
    }

    /// Stores the new samples in the pre-roll, as no capture takes them.
    pub(super) fn store_samples(&mut self) {
        self.pre_roll.push(&self.block);
    }

    /// Delivers the new samples to a capture; true if that is over.
    pub(super) fn deliver_samples(&mut self, capture: &mut ActiveCapture) -> bool {
        // Sending fails only if the receiver is gone: capacity was checked before.
        let send = |event| drop(capture.sender.try_send(event));
        let is_live = self.last_samples_at.elapsed() < LIVE_WINDOW.max(self.buffer_interval * 2)
            && !self.pre_roll.is_empty();
        if !capture.has_begun && (is_live || !self.block.is_empty()) {
            capture.has_begun = true;
            send(CaptureEvent::Started { microphone: self.stream.name.clone() });
            let pre_roll = self.pre_roll.take_samples();
            if !pre_roll.is_empty() {
                send(CaptureEvent::Samples(pre_roll));
            }
        }
        if !self.block.is_empty() {
            send(CaptureEvent::Samples(self.block.clone()));
            // Some levels may be dropped where many samples come at once.
            capture.meter.push(&self.block, |level| send(CaptureEvent::Level(level)));
        }
        let is_over = capture.stop.is_cancelled()
            && capture.stopped_at.get_or_insert_with(Instant::now).elapsed()
                >= MIN_TAIL.max(self.buffer_interval * 2).min(MAX_TAIL);
        if is_over {
            self.deliver_rest(capture);
        }
        is_over
    }

    /// Delivers the samples that the resampler still holds to a capture.
    pub(super) fn deliver_rest(&mut self, capture: &ActiveCapture) {
        if capture.has_begun {
            let mut rest = Vec::new();
            self.stream.reader.finish(&mut rest);
            // Fails only if the receiver is gone, as above.
            drop(capture.sender.try_send(CaptureEvent::Samples(rest)));
        }
    }

    /// Checks the system's default device, now and then; true if that is another one than this by now.
    pub(super) fn check_default_device(&mut self, devices: &InputDevices) -> bool {
        match &self.default_check {
            DefaultDeviceCheck::Waiting { since } => {
                if since.elapsed() >= DEFAULT_CHECK_INTERVAL {
                    self.default_check = DefaultDeviceCheck::Asked(devices.query_default());
                }
                false
            }
            DefaultDeviceCheck::Asked(answer) => {
                let answer = answer.try_recv();
                // Without an answer the device thread has ended.
                if !matches!(answer, Err(TryRecvError::Empty)) {
                    self.default_check = DefaultDeviceCheck::Waiting { since: Instant::now() };
                }
                // Ids of different sound systems cannot be compared.
                self.stream
                    .id
                    .as_ref()
                    .zip(answer.ok().flatten().as_ref())
                    .is_some_and(|(open_id, id)| open_id.host() == id.host() && open_id != id)
            }
        }
    }
}
