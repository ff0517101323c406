//! The microphone: on a thread of its own, opened when somebody listens, kept open for a while after, and opened again
//! when it fails. Of what is heard while nobody listens only the last moments are kept, in memory.

mod device;
mod ears;
mod intake;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hearth_domain::Sound;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::meter::Meter;
use ears::Ears;

pub use device::{Devices, MicrophoneInfo};

/// Messages that a listener may be behind: some ten seconds, then the ring fills.
const BEHIND: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MicrophoneError {
    #[error("no microphone was found; connect one and try again")]
    None,
    #[error("{0}")]
    Denied(&'static str),
    #[error("another program holds the microphone; close it there and try again")]
    Busy,
    #[error("the microphone could not be opened: {0}")]
    Failed(String),
}

enum Command {
    Listen(Listening),
    /// Whether it runs on while nobody listens, and which one.
    StayReady(bool, Option<String>),
}

struct Listening {
    wanted: Option<String>,
    to: mpsc::Sender<Sound>,
    stop: CancellationToken,
    has_begun: bool,
    /// When it was asked to stop.
    stopped: Option<Instant>,
    meter: Meter,
}

/// The machine's microphone; ends when dropped.
pub struct Microphone {
    commands: Sender<Command>,
    trouble: Trouble,
    devices: Devices,
}

/// Why it is not open though it is to be, while nobody listens who would be told.
type Trouble = Arc<Mutex<Option<String>>>;

impl Default for Microphone {
    fn default() -> Self {
        Self::new()
    }
}

impl Microphone {
    pub fn new() -> Self {
        let (sender, commands) = channel();
        let trouble = Trouble::default();
        let devices = Devices::default();
        let ears = Ears::new(commands, Arc::clone(&trouble), devices.clone());
        if let Err(error) = std::thread::Builder::new().name("microphone".into()).spawn(move || ears.run()) {
            tracing::error!(%error, "the microphone's thread could not be started");
        }
        Self { commands: sender, trouble, devices }
    }

    /// Listens until `stop`, or until the receiver is dropped, to a microphone by its id, or the system's own. The receiver
    /// ends when all that was heard until then is in it.
    pub fn listen(&self, wanted: Option<String>, stop: CancellationToken) -> mpsc::Receiver<Sound> {
        let (to, heard) = mpsc::channel(BEHIND);
        let listening =
            Listening { wanted, to, stop, has_begun: false, stopped: None, meter: Meter::default() };
        if let Err(lost) = self.commands.send(Command::Listen(listening))
            && let Command::Listen(listening) = lost.0
        {
            let _ = listening.to.try_send(Sound::Lost("the microphone's thread has ended".into()));
        }
        heard
    }

    /// Whether it is open while nobody listens, so that it begins without delay: a microphone by its id, or the system's own.
    pub fn stay_ready(&self, is_wanted: bool, wanted: Option<String>) {
        // It is lost only where the thread is.
        let _ = self.commands.send(Command::StayReady(is_wanted, wanted));
    }

    /// Those that there are.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }

    /// Why it is not open though it is to be.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
