//! The table of `life.rs`, cell by cell.

use super::{DictationEffect as Effect, DictationInput as Input, DictationLife, DictationState as State};

const START: Input = Input::Start;
const FINISH: Input = Input::Finish { number: None };
const CANCEL: Input = Input::Cancel { number: None };
const OPENED: Input = Input::Opened { number: 1 };
const STARTED: Input = Input::Started { number: 1 };
const LOST: Input = Input::MicrophoneLost { number: 1 };
const TRANSCRIBING: Input = Input::Transcribing { number: 1 };
const ENDED: Input = Input::Ended { number: 1 };

const ANNOUNCE: Effect = Effect::Announce { number: 1 };
const STOP: Effect = Effect::StopCapture { number: 1 };
const DISCARD: Effect = Effect::Discard { number: 1 };
const REPORT: Effect = Effect::ReportLoss { number: 1 };
const CLOSE: Effect = Effect::CloseMicrophone { number: 1 };
const RELEASE: Effect = Effect::Release { number: 1 };

const OPENING: State = State::Opening { number: 1, is_finishing: false };
const OPENING_FINISHING: State = State::Opening { number: 1, is_finishing: true };
const CAPTURING: State = State::Capturing { number: 1 };
const FINISHING: State = State::Finishing { number: 1 };
const TRANSCRIBING_STATE: State = State::Transcribing { number: 1 };

/// Checks each cell of a row: the input, the state after it, and the effects.
#[track_caller]
fn check_row(to_the_state: &[Input], state: State, cells: &[(Input, State, &[Effect])]) {
    let life = to_the_state.iter().fold(DictationLife::default(), |life, input| life.handle(*input).0);
    assert_eq!(life.state(), state);
    for (input, expect_state, expect_effects) in cells {
        let (after, effects) = life.handle(*input);
        assert_eq!((after.state(), &effects[..]), (*expect_state, *expect_effects), "{state:?}, {input:?}");
    }
}

#[test]
fn idle_starts_and_nothing_else_concerns_it() {
    let second = State::Opening { number: 2, is_finishing: false };
    check_row(
        &[START, ENDED],
        State::Idle,
        &[
            (START, second, &[Effect::OpenMicrophone { number: 2 }]),
            (FINISH, State::Idle, &[]),
            (CANCEL, State::Idle, &[]),
            (OPENED, State::Idle, &[]),
            (STARTED, State::Idle, &[]),
            (LOST, State::Idle, &[]),
            (TRANSCRIBING, State::Idle, &[]),
            (ENDED, State::Idle, &[]),
        ],
    );
}

#[test]
fn opening_remembers_what_is_to_come_once_the_microphone_is_open() {
    check_row(
        &[START],
        OPENING,
        &[
            (START, OPENING, &[Effect::RefuseStart]),
            (FINISH, OPENING_FINISHING, &[STOP]),
            (CANCEL, State::Idle, &[DISCARD]),
            (Input::Opening { number: 1 }, OPENING, &[ANNOUNCE]),
            (OPENED, OPENING, &[]),
            (STARTED, CAPTURING, &[ANNOUNCE]),
            (LOST, OPENING_FINISHING, &[REPORT]),
            (TRANSCRIBING, TRANSCRIBING_STATE, &[CLOSE, ANNOUNCE]),
            (ENDED, State::Idle, &[RELEASE, ANNOUNCE]),
        ],
    );
    check_row(
        &[START, FINISH],
        OPENING_FINISHING,
        &[
            (START, OPENING_FINISHING, &[Effect::RefuseStart]),
            (CANCEL, State::Idle, &[DISCARD]),
            (OPENED, OPENING_FINISHING, &[STOP]),
            (STARTED, FINISHING, &[ANNOUNCE]),
            (LOST, OPENING_FINISHING, &[REPORT]),
            (TRANSCRIBING, TRANSCRIBING_STATE, &[CLOSE, ANNOUNCE]),
            (ENDED, State::Idle, &[RELEASE, ANNOUNCE]),
        ],
    );
}

#[test]
fn capturing_and_finishing_end_by_the_transcription() {
    check_row(
        &[START, STARTED],
        CAPTURING,
        &[
            (START, CAPTURING, &[Effect::RefuseStart]),
            (FINISH, FINISHING, &[STOP]),
            (CANCEL, State::Idle, &[DISCARD]),
            (OPENED, CAPTURING, &[]),
            (STARTED, CAPTURING, &[ANNOUNCE]),
            (LOST, FINISHING, &[REPORT]),
            (TRANSCRIBING, TRANSCRIBING_STATE, &[CLOSE, ANNOUNCE]),
            (ENDED, State::Idle, &[RELEASE, ANNOUNCE]),
        ],
    );
    check_row(
        &[START, STARTED, FINISH],
        FINISHING,
        &[
            (START, FINISHING, &[Effect::RefuseStart]),
            (FINISH, FINISHING, &[]),
            (CANCEL, State::Idle, &[DISCARD]),
            (OPENED, FINISHING, &[]),
            (STARTED, FINISHING, &[ANNOUNCE]),
            (LOST, FINISHING, &[REPORT]),
            (TRANSCRIBING, TRANSCRIBING_STATE, &[CLOSE, ANNOUNCE]),
            (ENDED, State::Idle, &[RELEASE, ANNOUNCE]),
        ],
    );
}

#[test]
fn transcribing_is_left_by_its_end_or_a_cancel_only() {
    check_row(
        &[START, STARTED, FINISH, TRANSCRIBING],
        TRANSCRIBING_STATE,
        &[
            (START, TRANSCRIBING_STATE, &[Effect::RefuseStart]),
            (FINISH, TRANSCRIBING_STATE, &[]),
            (CANCEL, State::Idle, &[DISCARD]),
            (OPENED, TRANSCRIBING_STATE, &[]),
            (STARTED, TRANSCRIBING_STATE, &[]),
            (Input::Progress { number: 1 }, TRANSCRIBING_STATE, &[ANNOUNCE]),
            (LOST, TRANSCRIBING_STATE, &[]),
            (TRANSCRIBING, TRANSCRIBING_STATE, &[]),
            (ENDED, State::Idle, &[RELEASE, ANNOUNCE]),
        ],
    );
}
