//! The capture thread: opens the microphone, delivers its samples, reopens it when it fails.

use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use hearth_domain::CaptureEvent;

use super::capture_command::{ActiveCapture, CaptureCommand, StandbyError};
use super::device::{InputDevices, OpenStream, StreamOpener};
use super::error::MicrophoneError;
use super::open_microphone::OpenMicrophone;

/// Interval between polls of the stream.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Time that the stream stays open after a capture: another dictation often follows.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of opening a microphone: some sound servers never answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// Attempts to open a failed microphone before it is given up, and the delay between them.
const MAX_OPEN_ATTEMPTS: u32 = 4;
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// An attempt to open the microphone, on a thread of its own: the system may be slow, or never answer.
struct PendingOpen {
    started_at: Instant,
    outcome: Receiver<(Box<StreamOpener>, Result<OpenStream, MicrophoneError>)>,
}

/// State of the microphone.
enum MicrophoneState {
    /// Opened as soon as a capture or standby needs it.
    Closed(Box<StreamOpener>),
    Opening(PendingOpen),
    Open(Box<OpenMicrophone>),
    /// It could not be opened, or its stream has ended: the next attempt is made at this time.
    Failed {
        retry_at: Instant,
    },
}

impl MicrophoneState {
    /// Takes the state, and leaves a closed microphone.
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Closed(Box::default()))
    }
}

/// Drops a stream on another thread, as that may block.
fn drop_in_background(stream: OpenStream) {
    // If no thread can be started, it is dropped here.
    let _ = std::thread::Builder::new().name("microphone-end".into()).spawn(move || drop(stream));
}

/// The capture thread: the microphone, and what it is needed for.
pub(super) struct CaptureThread {
    commands: Receiver<CaptureCommand>,
    state: MicrophoneState,
    /// Id of the selected device, or `None` for the system's default.
    device_id: Option<String>,
    capture: Option<ActiveCapture>,
    is_standby: bool,
    /// Time of the last capture.
    last_used_at: Instant,
    /// Failed attempts in a row.
    failures: u32,
    standby_error: StandbyError,
    devices: InputDevices,
}

impl CaptureThread {
    pub(super) fn new(
        commands: Receiver<CaptureCommand>,
        standby_error: StandbyError,
        devices: InputDevices,
    ) -> Self {
        Self {
            commands,
            state: MicrophoneState::Closed(Box::default()),
            device_id: None,
            capture: None,
            is_standby: false,
            last_used_at: Instant::now(),
            failures: 0,
            standby_error,
            devices,
        }
    }

    /// Runs until the command sender is dropped.
    pub(super) fn run(mut self) {
        loop {
            let is_closed = matches!(self.state, MicrophoneState::Closed(_) | MicrophoneState::Failed { .. });
            let command = if is_closed && !self.is_wanted() {
                self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.commands.recv_timeout(POLL_INTERVAL)
            };
            match command {
                Ok(command) => self.handle_command(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.poll_microphone();
        }
    }

    /// True if a capture or standby needs the microphone.
    fn is_wanted(&self) -> bool {
        self.capture.is_some() || self.is_standby
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
        // The next attempt is made at once.
        if matches!(self.state, MicrophoneState::Failed { .. }) {
            self.state.take();
        }
    }

    /// Selects a device by its id; closes the stream of another one, or abandons the attempt to open it.
    fn select_device(&mut self, device_id: Option<String>) {
        if self.device_id == device_id {
            return;
        }
        self.device_id = device_id;
        match self.state {
            MicrophoneState::Open(_) => self.close_stream(),
            MicrophoneState::Opening(_) => drop(self.state.take()),
            MicrophoneState::Closed(_) | MicrophoneState::Failed { .. } => {}
        }
    }

    /// One poll: delivers new samples, and opens, closes or reopens the stream as needed.
    fn poll_microphone(&mut self) {
        if self.capture.as_ref().is_some_and(|capture| capture.sender.is_closed()) {
            self.capture = None;
            // The capture was cancelled: the stream need not stay open for another one.
            self.last_used_at = self
                .last_used_at
                .checked_sub(IDLE_TIMEOUT.saturating_sub(RETRY_DELAY))
                .unwrap_or(self.last_used_at);
        }
        if self.capture.is_some() {
            self.last_used_at = Instant::now();
        } else if !self.is_standby && self.last_used_at.elapsed() > IDLE_TIMEOUT {
            self.close_stream();
        }
        match &self.state {
            MicrophoneState::Closed(_) if self.is_wanted() => self.begin_opening(),
            MicrophoneState::Failed { retry_at } if self.is_wanted() && Instant::now() >= *retry_at => {
                self.begin_opening();
            }
            MicrophoneState::Closed(_) | MicrophoneState::Failed { .. } => {}
            MicrophoneState::Opening(_) => self.continue_opening(),
            MicrophoneState::Open(_) => {
                self.follow_default_device();
                self.read_stream();
            }
        }
    }

    /// Delivers the new samples of the stream to the capture, or to the pre-roll if there is none.
    fn read_stream(&mut self) {
        // If the receiver is far behind, samples stay in the ring buffer, which holds half a minute.
        if self.capture.as_ref().is_some_and(|capture| capture.sender.capacity() < 8) {
            return;
        }
        let MicrophoneState::Open(microphone) = &mut self.state else { return };
        if microphone.read_samples() {
            self.failures = 0;
        }
        // Read before the samples are delivered, and acted upon after it.
        let failure = microphone.failure_reason();
        match &mut self.capture {
            None => microphone.store_samples(),
            Some(capture) => {
                if microphone.deliver_samples(capture) {
                    self.capture = None;
                }
            }
        }
        if let Some(reason) = failure.or_else(|| microphone.silence_reason()) {
            tracing::warn!(%reason, "the microphone failed");
            if let Some(capture) = &self.capture {
                microphone.deliver_rest(capture);
            }
            self.handle_failure(reason);
        }
    }

    fn begin_opening(&mut self) {
        let mut opener = match self.state.take() {
            MicrophoneState::Closed(opener) => opener,
            _ => Box::default(),
        };
        let (device_id, (sender, outcome)) = (self.device_id.clone(), channel());
        let open_device = move || {
            let result = opener.open(device_id.as_deref());
            // The capture thread may have abandoned the attempt.
            let _ = sender.send((opener, result));
        };
        match std::thread::Builder::new().name("microphone-open".into()).spawn(open_device) {
            Ok(_) => {
                self.state = MicrophoneState::Opening(PendingOpen { started_at: Instant::now(), outcome });
            }
            Err(error) => self.handle_failure(error.to_string()),
        }
    }

    /// Checks on the attempt to open that runs.
    fn continue_opening(&mut self) {
        let MicrophoneState::Opening(opening) = &self.state else { return };
        let outcome = match opening.outcome.try_recv() {
            Ok((opener, outcome)) => outcome.map(|stream| (opener, stream)),
            Err(TryRecvError::Empty) if opening.started_at.elapsed() < OPEN_TIMEOUT => return,
            // The thread that hangs is abandoned.
            Err(_) => Err(MicrophoneError::Failed("the system does not respond".into())),
        };
        match outcome {
            Ok((opener, stream)) => {
                // Another device may have taken over: the capture is sent its name.
                if let Some(capture) = &mut self.capture {
                    capture.has_begun = false;
                }
                self.state = MicrophoneState::Open(Box::new(OpenMicrophone::new(opener, stream)));
                self.set_standby_error(None);
            }
            Err(error) => self.handle_failure(error.to_string()),
        }
    }

    /// Schedules another attempt, a few times; then reports the failure to the capture.
    fn handle_failure(&mut self, reason: String) {
        self.failures += 1;
        let is_stopped = self.capture.as_ref().is_some_and(|capture| capture.stop.is_cancelled());
        let delay = if self.failures < MAX_OPEN_ATTEMPTS && !is_stopped {
            RETRY_DELAY
        } else {
            match self.capture.take() {
                Some(capture) => drop(capture.sender.try_send(CaptureEvent::Lost(reason))),
                None => self.set_standby_error(Some(reason)),
            }
            self.failures = 0;
            // No capture waits: the next attempt is made for the next capture, or later.
            IDLE_TIMEOUT
        };
        let failed = MicrophoneState::Failed { retry_at: Instant::now() + delay };
        if let MicrophoneState::Open(microphone) = std::mem::replace(&mut self.state, failed) {
            drop_in_background(microphone.stream);
        }
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
        if let MicrophoneState::Open(microphone) = &mut self.state
            && microphone.check_default_device(&self.devices)
        {
            self.close_stream();
        }
    }

    /// Closes the stream, if it is open; its device opens faster the next time.
    fn close_stream(&mut self) {
        if !matches!(self.state, MicrophoneState::Open(_)) {
            return;
        }
        if let MicrophoneState::Open(microphone) = self.state.take() {
            drop_in_background(microphone.stream);
            self.state = MicrophoneState::Closed(microphone.opener);
        }
    }
}
