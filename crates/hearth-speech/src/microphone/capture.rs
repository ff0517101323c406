//! The capture thread: opens the microphone, delivers its samples, reopens it when it fails.

use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use cpal::DeviceId;
use hearth_domain::CaptureEvent;

use super::device::{InputDevices, OpenStream, StreamOpener};
use super::sample_ring::PreRoll;
use super::{ActiveCapture, CaptureCommand, MicrophoneError, StandbyError};

/// Interval between polls of the stream.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Time that the stream stays open after a capture: another dictation often follows.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of a stream without samples: it is dead, whatever it reports.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(2);
/// Time that a capture goes on after its stop: speech up to the release of the key arrives a little later;
/// with rare buffers, later than that.
const MAX_TAIL: Duration = Duration::from_millis(500);
const MIN_TAIL: Duration = Duration::from_millis(30);
/// Age of the last samples up to which a stream counts as live, although the next ones are still to come.
const LIVE_WINDOW: Duration = Duration::from_millis(100);
/// Timeout of opening a microphone: some sound servers never answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// Attempts to open a failed microphone before it is given up, and the delay between them.
const MAX_OPEN_ATTEMPTS: u32 = 4;
const RETRY_DELAY: Duration = Duration::from_millis(250);
/// Interval between checks of the system's default device, which may change.
const DEFAULT_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// An attempt to open the microphone, on a thread of its own: the system may be slow, or never answer.
struct PendingOpen {
    started_at: Instant,
    outcome: Receiver<(StreamOpener, Result<OpenStream, MicrophoneError>)>,
}

/// Drops a stream on another thread, as that may block.
fn drop_in_background(stream: Option<OpenStream>) {
    if let Some(stream) = stream {
        // If no thread can be started, it is dropped here.
        let _ = std::thread::Builder::new().name("microphone-end".into()).spawn(move || drop(stream));
    }
}

/// State of the capture thread.
pub(super) struct CaptureThread {
    commands: Receiver<CaptureCommand>,
    /// `None` while an attempt to open has it.
    opener: Option<StreamOpener>,
    opening: Option<PendingOpen>,
    stream: Option<OpenStream>,
    /// Id of the selected device, or `None` for the system's default.
    device_id: Option<String>,
    capture: Option<ActiveCapture>,
    is_standby: bool,
    pre_roll: PreRoll,
    /// Time of the last samples, or of opening the stream.
    last_samples_at: Instant,
    /// Time of the last capture.
    last_used_at: Instant,
    failures: u32,
    /// Time of the next attempt to open.
    retry_at: Option<Instant>,
    /// Recent interval between buffers.
    buffer_interval: Duration,
    /// New samples of the stream.
    block: Vec<f32>,
    standby_error: StandbyError,
    devices: InputDevices,
    /// Time of the last query for the system's default device, and its answer to come.
    default_queried_at: Instant,
    default_device: Option<Receiver<Option<DeviceId>>>,
}

impl CaptureThread {
    pub(super) fn new(
        commands: Receiver<CaptureCommand>,
        standby_error: StandbyError,
        devices: InputDevices,
    ) -> Self {
        let now = Instant::now();
        Self {
            commands,
            opener: Some(StreamOpener::default()),
            opening: None,
            stream: None,
            device_id: None,
            capture: None,
            is_standby: false,
            pre_roll: PreRoll::default(),
            last_samples_at: now,
            last_used_at: now,
            failures: 0,
            retry_at: None,
            buffer_interval: Duration::ZERO,
            block: Vec::new(),
            standby_error,
            devices,
            default_queried_at: now,
            default_device: None,
        }
    }

    /// Runs until the command sender is dropped.
    pub(super) fn run(mut self) {
        loop {
            let is_idle =
                self.stream.is_none() && self.opening.is_none() && self.capture.is_none() && !self.is_standby;
            let command = if is_idle {
                self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.commands.recv_timeout(POLL_INTERVAL)
            };
            match command {
                Ok(command) => self.handle_command(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.poll_stream();
        }
    }

    fn handle_command(&mut self, command: CaptureCommand) {
        self.failures = 0;
        match command {
            CaptureCommand::StartCapture(capture) => {
                self.select_device(capture.device_id.clone());
                self.capture = Some(capture);
            }
            CaptureCommand::SetStandby(is_standby, device_id) => {
                self.is_standby = is_standby;
                self.set_standby_error(None);
                // A running capture keeps its device.
                if is_standby && self.capture.is_none() {
                    self.select_device(device_id);
                }
            }
        }
        self.retry_at = None;
    }

    /// Selects a device by its id; closes the stream of another one.
    fn select_device(&mut self, device_id: Option<String>) {
        if self.device_id == device_id {
            return;
        }
        self.close_stream();
        // The device that is being opened is another one.
        if self.opening.take().is_some() {
            self.opener = Some(StreamOpener::default());
        }
        self.device_id = device_id;
    }

    /// One poll: delivers new samples, and opens, closes or reopens the stream as needed.
    fn poll_stream(&mut self) {
        if self.capture.as_ref().is_some_and(|capture| capture.sender.is_closed()) {
            self.capture = None;
            // The capture was cancelled: the stream need not stay open for another one.
            self.last_used_at = self
                .last_used_at
                .checked_sub(IDLE_TIMEOUT.saturating_sub(RETRY_DELAY))
                .unwrap_or(self.last_used_at);
        }
        match &self.capture {
            Some(_) => self.last_used_at = Instant::now(),
            None if self.is_standby => {}
            None if self.last_used_at.elapsed() > IDLE_TIMEOUT => self.close_stream(),
            None => {}
        }
        let is_delayed = self.retry_at.is_some_and(|retry_at| Instant::now() < retry_at);
        let is_wanted = (self.capture.is_some() || self.is_standby) && !is_delayed;
        if self.stream.is_none() {
            if self.opening.is_some() || is_wanted {
                self.continue_opening();
            }
            return;
        }
        self.follow_default_device();
        // If the receiver is far behind, samples stay in the ring buffer, which holds half a minute.
        if self.capture.as_ref().is_some_and(|capture| capture.sender.capacity() < 8) {
            return;
        }
        let Some(stream) = &mut self.stream else { return };
        self.block.clear();
        if stream.reader.read_samples(&mut self.block) {
            self.buffer_interval =
                self.last_samples_at.elapsed().max(self.buffer_interval.mul_f32(0.9)).min(MAX_TAIL);
            self.last_samples_at = Instant::now();
            self.failures = 0;
            let lost_count = stream.reader.take_lost_count();
            if lost_count > 0 {
                tracing::warn!(
                    lost_count,
                    "samples of the microphone were lost because they were not read in time"
                );
            }
        }
        let failure = stream.failure_reason();
        let name = stream.name.clone();
        self.deliver_samples(&name);
        let failure = failure.or_else(|| {
            (self.last_samples_at.elapsed() > SILENCE_TIMEOUT)
                .then(|| "it delivers no sound; it may have been disconnected".to_owned())
        });
        if let Some(reason) = failure {
            tracing::warn!(%reason, "the microphone failed");
            self.deliver_rest();
            drop_in_background(self.stream.take());
            self.opener = Some(StreamOpener::default());
            self.handle_failure(reason);
        }
    }

    /// Delivers the new samples to the capture, or to the pre-roll if there is none.
    fn deliver_samples(&mut self, name: &str) {
        let Some(capture) = &mut self.capture else {
            return self.pre_roll.push(&self.block);
        };
        // Sending fails only if the receiver is gone: capacity was checked before.
        let send = |event| drop(capture.sender.try_send(event));
        let is_live = self.last_samples_at.elapsed() < LIVE_WINDOW.max(self.buffer_interval * 2)
            && !self.pre_roll.is_empty();
        if !capture.has_begun && (is_live || !self.block.is_empty()) {
            capture.has_begun = true;
            send(CaptureEvent::Started { microphone: name.to_owned() });
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
        if !is_over {
            return;
        }
        self.deliver_rest();
        self.capture = None;
    }

    /// Delivers the samples that the resampler still holds to the capture.
    fn deliver_rest(&mut self) {
        if let (Some(stream), Some(capture)) = (&mut self.stream, &self.capture)
            && capture.has_begun
        {
            let mut rest = Vec::new();
            stream.reader.finish(&mut rest);
            // Fails only if the receiver is gone, as above.
            drop(capture.sender.try_send(CaptureEvent::Samples(rest)));
        }
    }

    /// Begins to open the stream, or checks on the attempt that runs.
    fn continue_opening(&mut self) {
        let Some(opening) = &self.opening else { return self.begin_opening() };
        let outcome = match opening.outcome.try_recv() {
            Ok((opener, outcome)) => {
                self.opener = Some(opener);
                outcome
            }
            Err(TryRecvError::Empty) if opening.started_at.elapsed() < OPEN_TIMEOUT => return,
            // The thread that hangs is abandoned.
            Err(_) => Err(MicrophoneError::Failed("the system does not respond".into())),
        };
        self.opening = None;
        match outcome {
            Ok(stream) => {
                self.last_samples_at = Instant::now();
                // Samples of another stream do not show that this one is live.
                self.pre_roll = PreRoll::default();
                // Another device may have taken over: the capture is sent its name.
                if let Some(capture) = &mut self.capture {
                    capture.has_begun = false;
                }
                self.stream = Some(stream);
                self.set_standby_error(None);
            }
            Err(error) => {
                self.opener = Some(StreamOpener::default());
                self.handle_failure(error.to_string());
            }
        }
    }

    fn begin_opening(&mut self) {
        let mut opener = self.opener.take().unwrap_or_default();
        let (device_id, (sender, outcome)) = (self.device_id.clone(), channel());
        let open_device = move || {
            let result = opener.open(device_id.as_deref());
            // The capture thread may have abandoned the attempt.
            let _ = sender.send((opener, result));
        };
        match std::thread::Builder::new().name("microphone-open".into()).spawn(open_device) {
            Ok(_) => self.opening = Some(PendingOpen { started_at: Instant::now(), outcome }),
            Err(error) => self.handle_failure(error.to_string()),
        }
    }

    /// Schedules another attempt, a few times; then reports the failure to the capture.
    fn handle_failure(&mut self, reason: String) {
        self.failures += 1;
        let is_stopped = self.capture.as_ref().is_some_and(|capture| capture.stop.is_cancelled());
        if self.failures < MAX_OPEN_ATTEMPTS && !is_stopped {
            self.retry_at = Some(Instant::now() + RETRY_DELAY);
            return;
        }
        match self.capture.take() {
            Some(capture) => drop(capture.sender.try_send(CaptureEvent::Lost(reason))),
            None => self.set_standby_error(Some(reason)),
        }
        // No capture waits: the next attempt is made for the next capture, or later.
        self.retry_at = Some(Instant::now() + IDLE_TIMEOUT);
        self.failures = 0;
    }

    /// Sets the reason that standby failed; `None` clears it.
    fn set_standby_error(&self, reason: Option<String>) {
        *self.standby_error.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// Switches to the system's default device if that has changed, unless a device is selected or a capture
    /// runs.
    fn follow_default_device(&mut self) {
        if self.device_id.is_some() || self.capture.is_some() {
            return;
        }
        match self.default_device.as_ref().map(Receiver::try_recv) {
            Some(Ok(default_id)) => {
                self.default_device = None;
                let open_id = self.stream.as_ref().and_then(|stream| stream.id.as_ref());
                // Ids of different sound systems cannot be compared.
                let is_other = open_id.zip(default_id.as_ref()).is_some_and(|(open_id, default_id)| {
                    open_id.host() == default_id.host() && open_id != default_id
                });
                if is_other {
                    self.close_stream();
                }
            }
            // The device thread has ended.
            Some(Err(TryRecvError::Disconnected)) => self.default_device = None,
            // The answer is still to come.
            Some(Err(TryRecvError::Empty)) => {}
            None if self.default_queried_at.elapsed() >= DEFAULT_CHECK_INTERVAL => {
                self.default_queried_at = Instant::now();
                self.default_device = Some(self.devices.query_default());
            }
            None => {}
        }
    }

    /// Closes the stream and clears the pre-roll.
    fn close_stream(&mut self) {
        drop_in_background(self.stream.take());
        self.pre_roll = PreRoll::default();
    }
}
