//! Tests of both state machines, gesture by gesture.

use std::time::Duration;

use super::{
    DictationEffect as Effect, DictationInput as Input, DictationLife, DictationPhase, DictationState,
    PushToTalk, StartResult, TalkEffect, TalkInput, TriggerSource,
};

/// Push-to-talk whose starts succeed at once, with the next number, and whose other commands are answered.
#[derive(Default)]
struct Keys {
    talk: PushToTalk,
    last_number: u64,
}

impl Keys {
    /// Handles an input without answering its commands.
    fn handle(&mut self, input: TalkInput) -> Vec<TalkEffect> {
        let (talk, effects) = std::mem::take(&mut self.talk).handle(input);
        self.talk = talk;
        effects
    }

    /// Handles an input and answers all commands; returns all effects.
    fn handle_all(&mut self, input: TalkInput) -> Vec<TalkEffect> {
        let (mut inputs, mut all) = (vec![input], Vec::new());
        while let Some(input) = inputs.pop() {
            for effect in self.handle(input) {
                all.push(effect);
                match effect {
                    TalkEffect::Start { .. } => {
                        self.last_number += 1;
                        let number = self.last_number;
                        inputs.push(TalkInput::StartAnswered(StartResult::Started { number }));
                    }
                    TalkEffect::ShowHoldHint | TalkEffect::FocusAskBar => {}
                    _ => inputs.push(TalkInput::Answered),
                }
            }
        }
        all
    }

    fn press(&mut self, source: TriggerSource, at: u64) -> Vec<TalkEffect> {
        self.handle_all(TalkInput::Press { source, at: Duration::from_millis(at) })
    }

    fn release(&mut self, source: TriggerSource, at: u64) -> Vec<TalkEffect> {
        self.handle_all(TalkInput::Release { source, at: Duration::from_millis(at) })
    }
}

const PAGE: TriggerSource = TriggerSource::PageHotkey;
const BUTTON: TriggerSource = TriggerSource::Button;
const GLOBAL: TriggerSource = TriggerSource::GlobalHotkey;

fn start(source: TriggerSource) -> TalkEffect {
    TalkEffect::Start { hands_free: false, source }
}

fn start_hands_free(source: TriggerSource) -> TalkEffect {
    TalkEffect::Start { hands_free: true, source }
}

fn finish(number: u64) -> TalkEffect {
    TalkEffect::Finish { number: Some(number) }
}

#[test]
fn held_keys_dictate_however_often_the_keyboard_repeats_them() {
    let mut keys = Keys::default();
    assert_eq!(keys.press(PAGE, 0), [start(PAGE)]);
    assert_eq!((keys.press(PAGE, 30), keys.press(PAGE, 60)), (vec![], vec![]));
    assert_eq!((keys.release(PAGE, 2000), keys.release(PAGE, 2001)), (vec![finish(1)], vec![]));
    assert_eq!(keys.press(PAGE, 2002), [start(PAGE)], "at once again");
}

#[test]
fn a_tap_discards_and_two_of_them_are_hands_free() {
    let mut keys = Keys::default();
    assert_eq!(keys.press(PAGE, 0), [start(PAGE)]);
    assert_eq!(keys.release(PAGE, 100), [TalkEffect::DiscardTap { number: 1 }, TalkEffect::ShowHoldHint]);
    assert_eq!(keys.handle_all(TalkInput::Ended { number: 1 }), []);
    assert_eq!(keys.press(PAGE, 300), [start_hands_free(PAGE)]);
    assert_eq!(keys.release(PAGE, 380), [], "it goes on");
    assert_eq!((keys.press(PAGE, 5000), keys.release(PAGE, 5050)), (vec![finish(2)], vec![]));
    // Too slow for a double press.
    keys.press(PAGE, 9000);
    keys.release(PAGE, 9100);
    assert_eq!(keys.press(PAGE, 9600), [start(PAGE)]);
}

#[test]
fn a_tap_of_the_button_is_hands_free_and_one_of_the_global_hotkey_focuses_the_ask_bar() {
    let mut keys = Keys::default();
    keys.press(BUTTON, 0);
    assert_eq!(keys.release(BUTTON, 100), [TalkEffect::DiscardTap { number: 1 }, start_hands_free(BUTTON)]);
    assert_eq!((keys.press(BUTTON, 3000), keys.release(BUTTON, 3100)), (vec![finish(2)], vec![]));
    keys.press(GLOBAL, 9000);
    assert_eq!(keys.release(GLOBAL, 9100), [TalkEffect::DiscardTap { number: 3 }, TalkEffect::FocusAskBar]);
    // A click without a pointer.
    assert_eq!(keys.handle_all(TalkInput::Toggle), [start_hands_free(BUTTON)]);
    assert_eq!(keys.talk.source(), BUTTON, "it has nothing to do with the hotkey before");
    assert_eq!(keys.handle_all(TalkInput::Toggle), [finish(4)]);
}

#[test]
fn a_release_counts_for_the_press_of_the_same_source() {
    let mut keys = Keys::default();
    keys.press(PAGE, 0);
    assert_eq!((keys.press(BUTTON, 500), keys.release(BUTTON, 700)), (vec![], vec![]));
    assert_eq!(keys.release(PAGE, 900), [finish(1)]);
    // The window loses the focus while the global hotkey or the button is held.
    keys.press(GLOBAL, 2000);
    assert_eq!(keys.release(PAGE, 2500), []);
    assert_eq!(keys.release(GLOBAL, 3000), [finish(2)]);
}

#[test]
fn a_dictation_that_ended_by_itself_needs_no_release() {
    let mut keys = Keys::default();
    keys.press(PAGE, 0);
    keys.handle(TalkInput::Ended { number: 1 });
    assert_eq!((keys.release(PAGE, 5000), keys.press(PAGE, 5010)), (vec![], vec![start(PAGE)]));
    keys.handle(TalkInput::Ended { number: 2 });
    assert_eq!(keys.handle_all(TalkInput::Toggle), [start_hands_free(BUTTON)]);
    // The end of an earlier dictation does not concern this press.
    keys.handle(TalkInput::Ended { number: 2 });
    assert_eq!(keys.handle_all(TalkInput::Toggle), [finish(3)]);
}

#[test]
fn an_end_before_the_answer_of_the_start_frees_the_keys() {
    let mut keys = Keys::default();
    keys.handle(TalkInput::Press { source: PAGE, at: Duration::ZERO });
    keys.handle(TalkInput::Ended { number: 1 });
    assert!(keys.talk.is_talking());
    keys.handle(TalkInput::StartAnswered(StartResult::Started { number: 1 }));
    assert!(!keys.talk.is_talking() && !keys.talk.is_busy());
}

#[test]
fn commands_wait_for_the_answer_of_the_start() {
    let mut keys = Keys::default();
    let press = |at| TalkInput::Press { source: PAGE, at: Duration::from_millis(at) };
    let release = |at| TalkInput::Release { source: PAGE, at: Duration::from_millis(at) };
    assert_eq!(keys.handle(press(0)), [start(PAGE)]);
    assert_eq!((keys.handle(release(900)), keys.handle(press(1000))), (vec![], vec![]));
    let answer = TalkInput::StartAnswered(StartResult::Started { number: 7 });
    assert_eq!(keys.handle(answer), [finish(7)]);
    assert_eq!(keys.handle(TalkInput::Answered), [start(PAGE)]);
    // This one fails, and the release after it finishes nothing.
    assert_eq!(keys.handle(TalkInput::StartAnswered(StartResult::Failed)), []);
    assert_eq!(keys.handle(release(2000)), []);
    assert!(!keys.talk.is_busy());
}

#[test]
fn a_failed_start_frees_only_its_own_press() {
    let mut keys = Keys::default();
    keys.handle(TalkInput::Toggle);
    keys.handle(TalkInput::Toggle);
    keys.handle(TalkInput::Press { source: PAGE, at: Duration::ZERO });
    // The hands-free dictation fails late; the keys that are held by now are another press.
    assert_eq!(keys.handle(TalkInput::StartAnswered(StartResult::Failed)), [start(PAGE)]);
    assert!(keys.talk.is_talking());
    keys.handle(TalkInput::StartAnswered(StartResult::Started { number: 1 }));
    assert_eq!(keys.release(PAGE, 3000), [finish(1)]);
    // Before it is known which microphone is used, a press counts for nothing.
    keys.handle(TalkInput::Press { source: PAGE, at: Duration::from_secs(9) });
    keys.handle(TalkInput::StartAnswered(StartResult::NotReady));
    assert!(!keys.talk.is_talking());
    assert_eq!(keys.release(PAGE, 9100), []);
}

#[test]
fn escape_cancels_and_a_reset_finishes_what_runs() {
    let mut keys = Keys::default();
    keys.press(PAGE, 0);
    assert_eq!(keys.handle_all(TalkInput::Cancel), [TalkEffect::Cancel]);
    keys.handle(TalkInput::Ended { number: 1 });
    assert_eq!(keys.release(PAGE, 2000), []);
    keys.handle_all(TalkInput::Toggle);
    assert_eq!(keys.handle_all(TalkInput::Reset), [TalkEffect::Finish { number: None }]);
    // Another node counts from the beginning.
    keys.last_number = 0;
    assert_eq!(keys.press(PAGE, 3000), [start(PAGE)]);
    assert!(keys.talk.is_talking(), "the ends of before do not count");
    assert_eq!(keys.release(PAGE, 4000), [finish(1)]);
}

/// A life after these inputs, and the effects of the last one.
fn live(inputs: &[Input]) -> (DictationLife, Vec<Effect>) {
    inputs.iter().fold((DictationLife::default(), Vec::new()), |(life, _), input| life.handle(*input))
}

#[test]
fn a_dictation_goes_from_the_microphone_to_the_end() {
    let (life, effects) = live(&[Input::Start]);
    assert_eq!(effects, [Effect::OpenMicrophone { number: 1 }]);
    let (life, effects) = life.handle(Input::Started { number: 1 });
    assert_eq!((life.phase(), effects), (DictationPhase::Capturing, vec![Effect::Announce { number: 1 }]));
    let (life, effects) = life.handle(Input::Start);
    assert_eq!(effects, [Effect::RefuseStart]);
    let (life, effects) = life.handle(Input::Finish { number: Some(1) });
    assert_eq!(effects, [Effect::StopCapture { number: 1 }]);
    assert_eq!(life.handle(Input::Finish { number: None }), (life, vec![]), "once is enough");
    let (life, effects) = life.handle(Input::Transcribing { number: 1 });
    assert_eq!(effects, [Effect::CloseMicrophone { number: 1 }, Effect::Announce { number: 1 }]);
    assert_eq!(life.handle(Input::Transcribing { number: 1 }), (life, vec![]));
    let (life, effects) = life.handle(Input::Ended { number: 1 });
    assert_eq!(effects, [Effect::Release { number: 1 }, Effect::Announce { number: 1 }]);
    assert_eq!((life.state(), life.latest_number()), (DictationState::Idle, 1));
}

#[test]
fn a_finish_before_the_microphone_is_open_takes_effect_then() {
    let finish = Input::Finish { number: Some(1) };
    let (life, effects) = live(&[Input::Start, finish, Input::Opened { number: 1 }]);
    assert_eq!(effects, [Effect::StopCapture { number: 1 }]);
    assert_eq!(life.phase(), DictationPhase::Opening);
    let (life, _) = life.handle(Input::Started { number: 1 });
    assert_eq!(life.state(), DictationState::Finishing { number: 1 });
    let (_, effects) = live(&[Input::Start, Input::Opened { number: 1 }]);
    assert_eq!(effects, []);
}

#[test]
fn cancelling_discards_in_each_state_and_facts_after_it_change_nothing() {
    let (started, finish) = (Input::Started { number: 1 }, Input::Finish { number: None });
    let transcribing = Input::Transcribing { number: 1 };
    for count in 1..=4 {
        let (life, _) = live(&[Input::Start, started, finish, transcribing][..count]);
        assert_eq!(life.handle(Input::Cancel { number: Some(7) }), (life, vec![]), "another dictation");
        let (life, effects) = life.handle(Input::Cancel { number: Some(1) });
        assert_eq!(effects, [Effect::Discard { number: 1 }]);
        let late = [started, transcribing, Input::Progress { number: 1 }, Input::Ended { number: 1 }];
        for fact in late.into_iter().chain([Input::Opened { number: 1 }, Input::MicrophoneLost { number: 1 }])
        {
            assert_eq!(life.handle(fact), (life, vec![]));
        }
    }
}

#[test]
fn the_loss_of_the_microphone_ends_the_capture_and_the_text_follows() {
    let loss = Input::MicrophoneLost { number: 1 };
    let (life, effects) = live(&[Input::Start, Input::Started { number: 1 }, loss]);
    assert_eq!(effects, [Effect::ReportLoss { number: 1 }]);
    assert_eq!(life.handle(Input::Finish { number: Some(1) }), (life, vec![]), "the release comes too late");
    let (life, _) = life.handle(Input::Transcribing { number: 1 });
    assert_eq!(life.handle(loss), (life, vec![]));
    let (_, effects) = life.handle(Input::Ended { number: 1 });
    assert!(effects.contains(&Effect::Announce { number: 1 }));
}

#[test]
fn late_events_of_an_earlier_dictation_are_not_taken_for_the_next() {
    let (life, _) = live(&[Input::Opening { number: 4 }, Input::Ended { number: 4 }]);
    let (life, effects) = life.handle(Input::Opening { number: 5 });
    assert_eq!(effects, [Effect::Announce { number: 5 }]);
    for late in [Input::Ended { number: 4 }, Input::Started { number: 4 }, Input::Progress { number: 4 }] {
        assert_eq!(life.handle(late), (life, vec![]));
    }
}

#[test]
fn a_follower_that_missed_events_goes_on_with_the_later_dictation() {
    let (life, _) = live(&[Input::Opening { number: 1 }, Input::Started { number: 1 }]);
    let (life, effects) = life.handle(Input::Transcribing { number: 3 });
    assert_eq!(effects, [Effect::Release { number: 1 }, Effect::Announce { number: 3 }]);
    assert_eq!(life.phase(), DictationPhase::Transcribing);
    // A page that was opened during a dictation is sent its text all the same.
    let (_, effects) = live(&[Input::Progress { number: 9 }, Input::Ended { number: 9 }]);
    assert_eq!(effects, [Effect::Announce { number: 9 }]);
    let (life, effects) = life.handle(Input::Reset);
    assert_eq!((life, effects), (DictationLife::default(), vec![Effect::Release { number: 3 }]));
}
