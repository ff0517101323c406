//! Push-to-talk, as a state machine: a hold dictates, a double press dictates hands-free, a tap does neither.
//! All keys and the button go through it, in order. Its commands run one after the other: the next one is an
//! effect once the one before is answered, so that a command never overtakes the start that it follows.
//!
//! | keys | `Press` | `Release` after a tap | `Release` after a hold | `Toggle` | `Ended`, `Reset`, failed start |
//! |---|---|---|---|---|---|
//! | `Free` | `Held`: start | – | – | `HandsFree`: start hands-free | – |
//! | `Held` | – (a key repeats) | `Tapped`: discard, then tap | `Free`: finish | `Free`: finish | `Free` |
//! | `Tapped` | within 400 ms `HandsFree`: start hands-free; later `Held`: start | – | – | `HandsFree`: start hands-free | – (may be the first of two) |
//! | `HandsFree` | `Free`: finish | – | – | `Free`: finish | `Free` |
//!
//! `Cancel` cancels in each state, and the end that follows frees the keys. Only the end of the dictation that
//! the present press has started frees them, and only a failed start of a hands-free dictation does. A release
//! counts if it is of the same source as the press. A tap then shows a hint (keys in the page), focuses the ask
//! bar (global hotkey) or toggles hands-free (button). `Reset` also finishes the dictation that may be running
//! unknown to this page.

use std::collections::VecDeque;
use std::time::Duration;

/// Hold time below which a press is a tap.
pub(super) const MIN_HOLD: Duration = Duration::from_millis(250);
/// Interval within which two presses are a double press.
pub(super) const DOUBLE_PRESS_INTERVAL: Duration = Duration::from_millis(400);

/// Origin of a push-to-talk press: keys in this page, keys in any program, or the microphone button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TriggerSource {
    #[default]
    PageHotkey,
    GlobalHotkey,
    Button,
}

/// Result of starting a dictation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartResult {
    Started {
        number: u64,
    },
    Failed,
    /// It is not known yet which microphone is used: the press counts for nothing.
    NotReady,
}

/// Input of push-to-talk. Times have any common origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkInput {
    Press {
        source: TriggerSource,
        at: Duration,
    },
    /// A release, or the loss of the focus, after which no release is seen.
    Release {
        source: TriggerSource,
        at: Duration,
    },
    /// The button was pressed without a pointer: starts a hands-free dictation, or finishes the running one.
    Toggle,
    Cancel,
    /// An earlier page may have started a dictation, or its end was missed: it becomes text now.
    Reset,
    /// The running [`TalkEffect::Start`] was answered.
    StartAnswered(StartResult),
    /// Any other running command was answered.
    Answered,
    /// A dictation has ended, for any reason.
    Ended {
        number: u64,
    },
}

/// Effect of an input. All but the last two are commands, of which one runs at a time, until its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkEffect {
    Start {
        hands_free: bool,
        source: TriggerSource,
    },
    /// The dictation becomes text; any one without a number.
    Finish {
        number: Option<u64>,
    },
    /// The press was a tap: the dictation that it started is cancelled.
    DiscardTap {
        number: u64,
    },
    /// The dictation that is running is cancelled.
    Cancel,
    ShowHoldHint,
    FocusAskBar,
}

/// A command that runs or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Start { press: u64, hands_free: bool, source: TriggerSource },
    Finish,
    FinishAny,
    DiscardTap { source: TriggerSource },
    Cancel,
}

/// What the keys do. A press has a number, by which it knows its dictation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum KeyState {
    #[default]
    Free,
    /// Down since this time.
    Held { press: u64, since: Duration },
    /// Released after a tap, at this time.
    Tapped { at: Duration },
    /// A hands-free dictation is running, with no key held.
    HandsFree { press: u64 },
}

impl KeyState {
    fn press(self) -> Option<u64> {
        match self {
            Self::Held { press, .. } | Self::HandsFree { press } => Some(press),
            Self::Free | Self::Tapped { .. } => None,
        }
    }
}

/// State machine of push-to-talk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushToTalk {
    keys: KeyState,
    /// Source of the last press.
    source: TriggerSource,
    /// Number of the last press that started a dictation.
    last_press: u64,
    running: Option<Command>,
    queue: VecDeque<Command>,
    /// Number of the press that was last answered, and of its dictation; `None` if there is none.
    started: Option<(u64, u64)>,
    /// The largest number of a dictation that has ended.
    ended: u64,
}

impl PushToTalk {
    /// Handles an input; returns the next state and the effects, in order.
    #[must_use]
    pub fn handle(mut self, input: TalkInput) -> (Self, Vec<TalkEffect>) {
        let mut effects = Vec::new();
        match input {
            TalkInput::Press { source, at } => self.press_key(source, at),
            TalkInput::Release { source, at } if source == self.source => self.release_key(at),
            TalkInput::Release { .. } => {}
            TalkInput::Toggle => self.toggle_hands_free(),
            TalkInput::Cancel => self.queue.push_back(Command::Cancel),
            TalkInput::Reset => {
                (self.started, self.ended) = (None, 0);
                self.free_keys(self.keys.press());
                self.queue.push_back(Command::FinishAny);
            }
            TalkInput::StartAnswered(result) => self.handle_start_answer(result),
            TalkInput::Answered => {
                if let Some(Command::DiscardTap { source }) = self.running.take() {
                    self.handle_tap(source, &mut effects);
                }
            }
            TalkInput::Ended { number } => {
                self.ended = self.ended.max(number);
                self.free_keys(
                    self.started.filter(|(_, started)| *started == number).map(|(press, _)| press),
                );
            }
        }
        self.run_next(&mut effects);
        (self, effects)
    }

    /// Source of the last press.
    pub fn source(&self) -> TriggerSource {
        self.source
    }

    /// True while a command runs or waits.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || !self.queue.is_empty()
    }

    /// Number of the dictation that was started last, or `None` if that failed.
    pub fn started_number(&self) -> Option<u64> {
        self.started.map(|(_, number)| number)
    }

    /// True while a key is held, or a hands-free dictation is running.
    pub fn is_talking(&self) -> bool {
        self.keys.press().is_some()
    }

    fn press_key(&mut self, source: TriggerSource, at: Duration) {
        match self.keys {
            // A held key repeats its event; another key beside it has no effect.
            KeyState::Held { .. } => return,
            KeyState::HandsFree { .. } => {
                self.keys = KeyState::Free;
                self.queue.push_back(Command::Finish);
            }
            KeyState::Tapped { at: tapped } if at.saturating_sub(tapped) <= DOUBLE_PRESS_INTERVAL => {
                self.start_hands_free(source);
            }
            KeyState::Free | KeyState::Tapped { .. } => {
                let press = self.queue_start(false, source);
                self.keys = KeyState::Held { press, since: at };
            }
        }
        self.source = source;
    }

    fn release_key(&mut self, at: Duration) {
        let KeyState::Held { since, .. } = self.keys else { return };
        if at.saturating_sub(since) < MIN_HOLD {
            self.keys = KeyState::Tapped { at };
            self.queue.push_back(Command::DiscardTap { source: self.source });
        } else {
            self.keys = KeyState::Free;
            self.queue.push_back(Command::Finish);
        }
    }

    fn toggle_hands_free(&mut self) {
        self.source = TriggerSource::Button;
        match self.keys {
            KeyState::Free | KeyState::Tapped { .. } => self.start_hands_free(TriggerSource::Button),
            KeyState::Held { .. } | KeyState::HandsFree { .. } => {
                self.keys = KeyState::Free;
                self.queue.push_back(Command::Finish);
            }
        }
    }

    fn start_hands_free(&mut self, source: TriggerSource) {
        let press = self.queue_start(true, source);
        self.keys = KeyState::HandsFree { press };
    }

    fn queue_start(&mut self, hands_free: bool, source: TriggerSource) -> u64 {
        self.last_press += 1;
        self.queue.push_back(Command::Start { press: self.last_press, hands_free, source });
        self.last_press
    }

    /// Frees the keys if this press holds them: a key that is still down starts nothing when it is released.
    fn free_keys(&mut self, press: Option<u64>) {
        if press.is_some() && self.keys.press() == press {
            self.keys = KeyState::Free;
        }
    }

    fn handle_start_answer(&mut self, result: StartResult) {
        let Some(Command::Start { press, hands_free, .. }) = self.running.take() else { return };
        self.started = None;
        let is_over = match result {
            StartResult::Started { number } => {
                self.started = Some((press, number));
                self.ended >= number
            }
            // The release of a held key is still to come.
            StartResult::Failed => hands_free,
            StartResult::NotReady => true,
        };
        if is_over {
            self.free_keys(Some(press));
        }
    }

    /// Handles a press that was too short for a dictation.
    fn handle_tap(&mut self, source: TriggerSource, effects: &mut Vec<TalkEffect>) {
        match source {
            // A click: hands-free dictation until a pause, or until the next click.
            TriggerSource::Button => match self.keys {
                KeyState::Tapped { .. } | KeyState::HandsFree { .. } => self.toggle_hands_free(),
                KeyState::Free | KeyState::Held { .. } => {}
            },
            TriggerSource::PageHotkey => effects.push(TalkEffect::ShowHoldHint),
            TriggerSource::GlobalHotkey => effects.push(TalkEffect::FocusAskBar),
        }
    }

    /// Runs the next command if none is running; commands for a dictation that did not start are skipped.
    fn run_next(&mut self, effects: &mut Vec<TalkEffect>) {
        while self.running.is_none()
            && let Some(command) = self.queue.pop_front()
        {
            let number = self.started_number();
            let effect = match command {
                Command::Start { hands_free, source, .. } => TalkEffect::Start { hands_free, source },
                Command::FinishAny => TalkEffect::Finish { number: None },
                Command::Cancel => TalkEffect::Cancel,
                Command::Finish if number.is_none() => continue,
                Command::Finish => TalkEffect::Finish { number },
                Command::DiscardTap { source } => match number {
                    Some(number) => TalkEffect::DiscardTap { number },
                    None => {
                        self.handle_tap(source, effects);
                        continue;
                    }
                },
            };
            self.running = Some(command);
            effects.push(effect);
        }
    }
}
