//! The life of a dictation, as a state machine. Each dictation has a number, larger than those before, so that
//! late events of one are not taken for the next.
//!
//! Inputs are requests (`Start`, `Finish`, `Cancel`) and facts with the number of their dictation. A request
//! without a number means the current dictation; one with another number changes nothing.
//!
//! | state | `Start` | `Finish` | `Cancel` | `Opened` | `Started` | `MicrophoneLost` | `Transcribing` | `Ended` |
//! |---|---|---|---|---|---|---|---|---|
//! | `Idle` | `Opening`: open microphone | – | – | – | – | – | – | – |
//! | `Opening` | refuse | `Opening`, finishing: stop capture | `Idle`: discard | stop capture if finishing | `Capturing`, or `Finishing` if finishing: announce | finishing: report loss | `Transcribing`: close microphone, announce | `Idle`: release, announce |
//! | `Capturing` | refuse | `Finishing`: stop capture | `Idle`: discard | – | announce | `Finishing`: report loss | `Transcribing`: close microphone, announce | `Idle`: release, announce |
//! | `Finishing` | refuse | – | `Idle`: discard | – | announce | report loss | `Transcribing`: close microphone, announce | `Idle`: release, announce |
//! | `Transcribing` | refuse | – | `Idle`: discard | – | – | – | – | `Idle`: release, announce |
//!
//! `Opening` in the state `Opening` and `Progress` of the current dictation are announced. Facts of a dictation
//! that has ended, or that a later one has followed, change nothing. `Opening`, `Started`, `Transcribing` and
//! `Ended` of a later number are new to a follower: the current dictation, whose end was missed, is released, and
//! the later one is followed. `Reset` releases the current dictation and forgets all numbers.

/// State of the dictation that runs, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DictationState {
    #[default]
    Idle,
    /// The microphone is being opened: no samples are captured yet.
    Opening {
        number: u64,
        /// True if the capture is to end as soon as the microphone is open.
        is_finishing: bool,
    },
    Capturing {
        number: u64,
    },
    /// The end of the capture was requested; its last samples are on their way.
    Finishing {
        number: u64,
    },
    Transcribing {
        number: u64,
    },
}

/// Phase of a dictation, as users see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DictationPhase {
    #[default]
    Idle,
    Opening,
    Capturing,
    Transcribing,
}

/// Input of a dictation's life: a request, or a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DictationInput {
    /// A dictation is to start.
    Start,
    /// The capture is to end, and the speech until then becomes text.
    Finish { number: Option<u64> },
    /// The dictation is to end without a text.
    Cancel { number: Option<u64> },
    /// A dictation has been started, here or elsewhere.
    Opening { number: u64 },
    /// The microphone is open, and the samples have a destination.
    Opened { number: u64 },
    /// The first samples have arrived.
    Started { number: u64 },
    /// A level or a partial transcript has arrived.
    Progress { number: u64 },
    /// The microphone is gone.
    MicrophoneLost { number: u64 },
    /// The capture has ended; the rest is being transcribed.
    Transcribing { number: u64 },
    /// The dictation has become text, has failed, or was cancelled.
    Ended { number: u64 },
    /// Events were missed, or the numbers begin anew.
    Reset,
}

/// Effect of an input, for the place that holds the microphone or shows the dictation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DictationEffect {
    /// Open the microphone for a new dictation.
    OpenMicrophone { number: u64 },
    /// Another dictation is running: the start is refused.
    RefuseStart,
    /// End the capture once its last samples have arrived. Without effect before the microphone is open, after
    /// which it comes again.
    StopCapture { number: u64 },
    /// Report the loss of the microphone to the transcribing side.
    ReportLoss { number: u64 },
    /// Close the microphone: the capture has ended.
    CloseMicrophone { number: u64 },
    /// End everything of the dictation, and delete its recording.
    Discard { number: u64 },
    /// Release what the dictation still holds: it has ended.
    Release { number: u64 },
    /// Publish or show the input: it is news of the current dictation.
    Announce { number: u64 },
}

/// The life of dictations, one at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DictationLife {
    state: DictationState,
    /// The largest number so far.
    latest: u64,
}

impl DictationLife {
    /// Handles an input; returns the next state and the effects, in order.
    #[must_use]
    pub fn handle(self, input: DictationInput) -> (Self, Vec<DictationEffect>) {
        match input {
            DictationInput::Start => self.handle_start(),
            DictationInput::Finish { number } => self.handle_finish(number),
            DictationInput::Cancel { number } => match self.current_number(number) {
                Some(number) => (self.with(DictationState::Idle), vec![DictationEffect::Discard { number }]),
                None => (self, Vec::new()),
            },
            DictationInput::MicrophoneLost { number } => self.handle_loss(number),
            DictationInput::Opened { number } => {
                let is_due = self.state == DictationState::Opening { number, is_finishing: true };
                (self, is_due.then_some(DictationEffect::StopCapture { number }).into_iter().collect())
            }
            DictationInput::Progress { number } => {
                let is_current = self.current_number(Some(number)).is_some();
                (self, is_current.then_some(DictationEffect::Announce { number }).into_iter().collect())
            }
            DictationInput::Opening { number }
            | DictationInput::Started { number }
            | DictationInput::Transcribing { number }
            | DictationInput::Ended { number } => self.handle_fact(number, input),
            DictationInput::Reset => {
                let release = self.number().map(|number| DictationEffect::Release { number });
                (Self::default(), release.into_iter().collect())
            }
        }
    }

    /// The state.
    pub fn state(self) -> DictationState {
        self.state
    }

    /// The largest number of a dictation so far; 0 before the first.
    pub fn latest_number(self) -> u64 {
        self.latest
    }

    /// Number of the current dictation, or `None` if there is none.
    pub fn number(self) -> Option<u64> {
        match self.state {
            DictationState::Idle => None,
            DictationState::Opening { number, .. }
            | DictationState::Capturing { number }
            | DictationState::Finishing { number }
            | DictationState::Transcribing { number } => Some(number),
        }
    }

    /// The phase that is shown.
    pub fn phase(self) -> DictationPhase {
        match self.state {
            DictationState::Idle => DictationPhase::Idle,
            DictationState::Opening { .. } => DictationPhase::Opening,
            DictationState::Capturing { .. } | DictationState::Finishing { .. } => DictationPhase::Capturing,
            DictationState::Transcribing { .. } => DictationPhase::Transcribing,
        }
    }

    fn with(self, state: DictationState) -> Self {
        Self { state, ..self }
    }

    /// Number of the current dictation if a request or fact with this number concerns it.
    fn current_number(self, number: Option<u64>) -> Option<u64> {
        self.number().filter(|current| number.is_none_or(|number| number == *current))
    }

    fn handle_start(self) -> (Self, Vec<DictationEffect>) {
        if self.state != DictationState::Idle {
            return (self, vec![DictationEffect::RefuseStart]);
        }
        let number = self.latest + 1;
        let state = DictationState::Opening { number, is_finishing: false };
        (Self { state, latest: number }, vec![DictationEffect::OpenMicrophone { number }])
    }

    fn handle_finish(self, number: Option<u64>) -> (Self, Vec<DictationEffect>) {
        if self.current_number(number).is_none() {
            return (self, Vec::new());
        }
        match self.state {
            DictationState::Opening { number, is_finishing: false } => (
                self.with(DictationState::Opening { number, is_finishing: true }),
                vec![DictationEffect::StopCapture { number }],
            ),
            DictationState::Capturing { number } => (
                self.with(DictationState::Finishing { number }),
                vec![DictationEffect::StopCapture { number }],
            ),
            _ => (self, Vec::new()),
        }
    }

    fn handle_loss(self, number: u64) -> (Self, Vec<DictationEffect>) {
        if self.current_number(Some(number)).is_none() {
            return (self, Vec::new());
        }
        let state = match self.state {
            DictationState::Opening { .. } => DictationState::Opening { number, is_finishing: true },
            DictationState::Capturing { .. } | DictationState::Finishing { .. } => {
                DictationState::Finishing { number }
            }
            DictationState::Idle | DictationState::Transcribing { .. } => return (self, Vec::new()),
        };
        (self.with(state), vec![DictationEffect::ReportLoss { number }])
    }

    /// Handles a fact that starts or moves a dictation: the current one, or a later one that is followed.
    fn handle_fact(self, number: u64, fact: DictationInput) -> (Self, Vec<DictationEffect>) {
        let is_later = number > self.latest;
        if !is_later && self.number() != Some(number) {
            return (self, Vec::new());
        }
        let mut effects = Vec::new();
        // The end of a dictation before a later one was missed.
        if let Some(number) = self.number().filter(|_| is_later) {
            effects.push(DictationEffect::Release { number });
        }
        let before = if is_later { DictationState::Idle } else { self.state };
        let Some(state) = next_state(before, number, fact) else { return (self, Vec::new()) };
        match state {
            DictationState::Transcribing { .. } if !is_later => {
                effects.push(DictationEffect::CloseMicrophone { number });
            }
            DictationState::Idle if !is_later => effects.push(DictationEffect::Release { number }),
            _ => {}
        }
        effects.push(DictationEffect::Announce { number });
        (Self { state, latest: self.latest.max(number) }, effects)
    }
}

/// State that follows from a fact about a dictation, from `Idle` if it is new; `None` if the fact is no news.
fn next_state(before: DictationState, number: u64, fact: DictationInput) -> Option<DictationState> {
    match (before, fact) {
        (_, DictationInput::Ended { .. }) => Some(DictationState::Idle),
        (DictationState::Transcribing { .. }, _) => None,
        (_, DictationInput::Transcribing { .. }) => Some(DictationState::Transcribing { number }),
        (DictationState::Idle, DictationInput::Opening { .. }) => {
            Some(DictationState::Opening { number, is_finishing: false })
        }
        // The one who started it announces it.
        (DictationState::Opening { .. }, DictationInput::Opening { .. }) => Some(before),
        (
            DictationState::Opening { is_finishing: true, .. } | DictationState::Finishing { .. },
            DictationInput::Started { .. },
        ) => Some(DictationState::Finishing { number }),
        (_, DictationInput::Started { .. }) => Some(DictationState::Capturing { number }),
        _ => None,
    }
}
