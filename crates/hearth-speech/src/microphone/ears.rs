//! The thread of the microphone: opens it, hands on what it hears, opens it again when it fails.

use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use cpal::DeviceId;
use hearth_domain::Sound;

use super::device::{Devices, Open, Opener};
use super::intake::PreRoll;
use super::{Command, Listening, MicrophoneError, Trouble};

/// How often it is looked what has come.
const TICK: Duration = Duration::from_millis(10);
/// How long the stream runs on after it was listened to: whoever asked will ask again.
const KEEP: Duration = Duration::from_secs(30);
/// A stream that gives nothing for so long is dead, whatever it says of itself.
const SILENCE: Duration = Duration::from_secs(2);
/// What was said until the key was let go arrives a little later; where pieces come rarely, later than that.
const LONGEST_TAIL: Duration = Duration::from_millis(500);
const TAIL: Duration = Duration::from_millis(30);
/// A stream that gave something so short ago hears, though its next piece is still to come.
const LIVE: Duration = Duration::from_millis(100);
/// How long a microphone may take to be opened: some sound servers answer never.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a failed microphone is opened again before it is given up, and what is waited in between.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
/// How often it is looked whether the system's own is another one by now.
const AGAIN: Duration = Duration::from_secs(5);

/// A microphone that is being opened, on a thread of its own: the system may take its time, or never answer.
struct Opening {
    since: Instant,
    outcome: Receiver<(Opener, Result<Open, MicrophoneError>)>,
}

/// Lets go of a stream where nobody waits for it.
fn let_go(open: Option<Open>) {
    if let Some(open) = open {
        // Without another thread it is done here.
        let _ = std::thread::Builder::new().name("microphone-end".into()).spawn(move || drop(open));
    }
}

pub(super) struct Ears {
    commands: Receiver<Command>,
    /// None while it opens something.
    opener: Option<Opener>,
    opening: Option<Opening>,
    open: Option<Open>,
    /// Which microphone it is.
    wanted: Option<String>,
    listening: Option<Listening>,
    stays_ready: bool,
    before: PreRoll,
    /// When something came last, or the stream was opened.
    alive: Instant,
    /// When somebody listened last.
    used: Instant,
    failures: u32,
    /// When it is tried again.
    not_before: Option<Instant>,
    /// How far apart pieces come.
    gap: Duration,
    chunk: Vec<f32>,
    trouble: Trouble,
    devices: Devices,
    /// When the system was asked last for its own, and what it answers.
    asked: Instant,
    of_system: Option<Receiver<Option<DeviceId>>>,
}

impl Ears {
    pub(super) fn new(commands: Receiver<Command>, trouble: Trouble, devices: Devices) -> Self {
        let now = Instant::now();
        Self {
            commands,
            opener: Some(Opener::default()),
            opening: None,
            open: None,
            wanted: None,
            listening: None,
            stays_ready: false,
            before: PreRoll::default(),
            alive: now,
            used: now,
            failures: 0,
            not_before: None,
            gap: Duration::ZERO,
            chunk: Vec::new(),
            trouble,
            devices,
            asked: now,
            of_system: None,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let is_idle = self.open.is_none()
                && self.opening.is_none()
                && self.listening.is_none()
                && !self.stays_ready;
            let command = if is_idle {
                self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.commands.recv_timeout(TICK)
            };
            match command {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look();
        }
    }

    fn obey(&mut self, command: Command) {
        self.failures = 0;
        match command {
            Command::Listen(listening) => {
                self.want(listening.wanted.clone());
                self.listening = Some(listening);
            }
            Command::StayReady(is_wanted, wanted) => {
                self.stays_ready = is_wanted;
                self.is_in_trouble(None);
                // Whoever listens keeps the one that it has.
                if is_wanted && self.listening.is_none() {
                    self.want(wanted);
                }
            }
        }
        self.not_before = None;
    }

    /// From now on it is this one.
    fn want(&mut self, wanted: Option<String>) {
        if self.wanted == wanted {
            return;
        }
        self.close();
        // What is being opened is another one.
        if self.opening.take().is_some() {
            self.opener = Some(Opener::default());
        }
        self.wanted = wanted;
    }

    /// Takes what has come to whoever listens, and looks after the stream.
    fn look(&mut self) {
        if self.listening.as_ref().is_some_and(|listening| listening.to.is_closed()) {
            self.listening = None;
            // It was dropped: nobody wanted to speak, and it need not stay open.
            self.used = self.used.checked_sub(KEEP.saturating_sub(PAUSE)).unwrap_or(self.used);
        }
        match &self.listening {
            Some(_) => self.used = Instant::now(),
            None if self.stays_ready => {}
            None if self.used.elapsed() > KEEP => self.close(),
            None => {}
        }
        let is_early = self.not_before.is_some_and(|then| Instant::now() < then);
        let is_wanted = (self.listening.is_some() || self.stays_ready) && !is_early;
        if self.open.is_none() {
            if self.opening.is_some() || is_wanted {
                self.go_on_opening();
            }
            return;
        }
        self.follow_system();
        // Who is far behind leaves it in the ring, which has room for half a minute.
        if self.listening.as_ref().is_some_and(|listening| listening.to.capacity() < 8) {
            return;
        }
        let Some(open) = &mut self.open else { return };
        self.chunk.clear();
        if open.intake.drain(&mut self.chunk) {
            self.gap = self.alive.elapsed().max(self.gap.mul_f32(0.9)).min(LONGEST_TAIL);
            self.alive = Instant::now();
            self.failures = 0;
            let lost = open.intake.lost();
            if lost > 0 {
                tracing::warn!(lost, "samples of the microphone were lost, as nobody took them");
            }
        }
        let failed = open.has_failed();
        let name = open.name.clone();
        self.hand_over(&name);
        let failed = failed.or_else(|| {
            (self.alive.elapsed() > SILENCE)
                .then(|| "it gives no sound; it may have been disconnected".to_owned())
        });
        if let Some(why) = failed {
            tracing::warn!(%why, "the microphone failed");
            self.hand_over_rest();
            let_go(self.open.take());
            self.opener = Some(Opener::default());
            self.failed(why);
        }
    }

    /// To whoever listens, or to the last moments before.
    fn hand_over(&mut self, name: &str) {
        let Some(listening) = &mut self.listening else {
            return self.before.push(&self.chunk);
        };
        // What does not arrive has a receiver that is gone; there is room, as was seen.
        let tell = |heard| drop(listening.to.try_send(heard));
        let is_live = self.alive.elapsed() < LIVE.max(self.gap * 2) && !self.before.is_empty();
        if !listening.has_begun && (is_live || !self.chunk.is_empty()) {
            listening.has_begun = true;
            tell(Sound::Began { microphone: name.to_owned() });
            let before = self.before.take();
            if !before.is_empty() {
                tell(Sound::Samples(before));
            }
        }
        if !self.chunk.is_empty() {
            tell(Sound::Samples(self.chunk.clone()));
            // Of levels some may be missing, where much comes at once.
            listening.meter.push(&self.chunk, |level| tell(Sound::Level(level)));
        }
        let is_over = listening.stop.is_cancelled()
            && listening.stopped.get_or_insert_with(Instant::now).elapsed()
                >= TAIL.max(self.gap * 2).min(LONGEST_TAIL);
        if !is_over {
            return;
        }
        self.hand_over_rest();
        self.listening = None;
    }

    /// What is still being resampled, to whoever was listening.
    fn hand_over_rest(&mut self) {
        if let (Some(open), Some(listening)) = (&mut self.open, &self.listening)
            && listening.has_begun
        {
            let mut rest = Vec::new();
            open.intake.finish(&mut rest);
            // As above.
            drop(listening.to.try_send(Sound::Samples(rest)));
        }
    }

    /// Begins to open it, or sees how far that is.
    fn go_on_opening(&mut self) {
        let Some(opening) = &self.opening else { return self.begin_opening() };
        let outcome = match opening.outcome.try_recv() {
            Ok((opener, outcome)) => {
                self.opener = Some(opener);
                outcome
            }
            Err(TryRecvError::Empty) if opening.since.elapsed() < PATIENCE => return,
            // Whatever still hangs there is left to itself.
            Err(_) => Err(MicrophoneError::Failed("the system does not answer".into())),
        };
        self.opening = None;
        match outcome {
            Ok(open) => {
                self.alive = Instant::now();
                // What another stream heard is no sign that this one does.
                self.before = PreRoll::default();
                // Another may have taken over: whoever listens is told which.
                if let Some(listening) = &mut self.listening {
                    listening.has_begun = false;
                }
                self.open = Some(open);
                self.is_in_trouble(None);
            }
            Err(error) => {
                self.opener = Some(Opener::default());
                self.failed(error.to_string());
            }
        }
    }

    fn begin_opening(&mut self) {
        let mut opener = self.opener.take().unwrap_or_default();
        let (wanted, (sender, outcome)) = (self.wanted.clone(), channel());
        let open = move || {
            let opened = opener.open(wanted.as_deref());
            // Nobody may wait any more.
            let _ = sender.send((opener, opened));
        };
        match std::thread::Builder::new().name("microphone-open".into()).spawn(open) {
            Ok(_) => self.opening = Some(Opening { since: Instant::now(), outcome }),
            Err(error) => self.failed(error.to_string()),
        }
    }

    /// It is tried again a few times; then whoever listens is told.
    fn failed(&mut self, why: String) {
        self.failures += 1;
        let is_over = self.listening.as_ref().is_some_and(|listening| listening.stop.is_cancelled());
        if self.failures < TRIES && !is_over {
            self.not_before = Some(Instant::now() + PAUSE);
            return;
        }
        match self.listening.take() {
            Some(listening) => drop(listening.to.try_send(Sound::Lost(why))),
            None => self.is_in_trouble(Some(why)),
        }
        // Nobody waits for it: it is tried again when somebody does, or later.
        self.not_before = Some(Instant::now() + KEEP);
        self.failures = 0;
    }

    fn is_in_trouble(&self, why: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Where the system's own is wanted and that is another one by now, it is opened instead, once nobody listens.
    fn follow_system(&mut self) {
        if self.wanted.is_some() || self.listening.is_some() {
            return;
        }
        match self.of_system.as_ref().map(Receiver::try_recv) {
            Some(Ok(now)) => {
                self.of_system = None;
                let open = self.open.as_ref().and_then(|open| open.id.as_ref());
                // Of another sound system's devices nothing is known of those of this one.
                let is_other = open
                    .zip(now.as_ref())
                    .is_some_and(|(open, now)| open.host() == now.host() && open != now);
                if is_other {
                    self.close();
                }
            }
            // Whoever was to ask it is gone.
            Some(Err(TryRecvError::Disconnected)) => self.of_system = None,
            // It may take its time.
            Some(Err(TryRecvError::Empty)) => {}
            None if self.asked.elapsed() >= AGAIN => {
                self.asked = Instant::now();
                self.of_system = Some(self.devices.of_system());
            }
            None => {}
        }
    }

    fn close(&mut self) {
        let_go(self.open.take());
        self.before = PreRoll::default();
    }
}
