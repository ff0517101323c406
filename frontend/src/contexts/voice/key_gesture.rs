//! Push-to-talk as a state machine: a hold dictates, a double press dictates hands-free, a tap does neither.
//! All keys and the button go through it, in order.

/// Hold time below which a press is a tap, in milliseconds.
const MIN_HOLD_MS: f64 = 250.0;
/// Interval within which two presses are a double press, in milliseconds.
const DOUBLE_PRESS_MS: f64 = 400.0;

/// Command that follows from a key event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceCommand {
    Start {
        hands_free: bool,
    },
    /// The dictation becomes text.
    Finish,
    /// The dictation is discarded.
    Cancel,
    /// The press was a tap: the dictation that it started is discarded.
    DiscardTap,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum KeyState {
    #[default]
    Free,
    /// Down since this time.
    Held(f64),
    /// Released after a tap, at this time.
    Tapped(f64),
    /// A hands-free dictation is running, with no key held.
    HandsFree,
}

/// State machine of push-to-talk.
#[derive(Clone, Copy, Debug, Default)]
pub struct PushToTalk(KeyState);

impl PushToTalk {
    /// Handles a press, at a time in milliseconds.
    pub fn press_key(&mut self, now: f64) -> Option<VoiceCommand> {
        let (state, command) = match self.0 {
            // A held key repeats its event.
            KeyState::Held(_) => return None,
            KeyState::HandsFree => (KeyState::Free, VoiceCommand::Finish),
            KeyState::Tapped(at) if now - at <= DOUBLE_PRESS_MS => {
                (KeyState::HandsFree, VoiceCommand::Start { hands_free: true })
            }
            KeyState::Free | KeyState::Tapped(_) => {
                (KeyState::Held(now), VoiceCommand::Start { hands_free: false })
            }
        };
        self.0 = state;
        Some(command)
    }

    /// Handles a release, at a time in milliseconds.
    pub fn release_key(&mut self, now: f64) -> Option<VoiceCommand> {
        let KeyState::Held(since) = self.0 else { return None };
        let (state, command) = if now - since < MIN_HOLD_MS {
            (KeyState::Tapped(now), VoiceCommand::DiscardTap)
        } else {
            (KeyState::Free, VoiceCommand::Finish)
        };
        self.0 = state;
        Some(command)
    }

    /// Starts a hands-free dictation, or finishes the running one.
    pub fn toggle_hands_free(&mut self) -> VoiceCommand {
        match self.0 {
            KeyState::Free | KeyState::Tapped(_) => {
                self.0 = KeyState::HandsFree;
                VoiceCommand::Start { hands_free: true }
            }
            KeyState::Held(_) | KeyState::HandsFree => {
                self.0 = KeyState::Free;
                VoiceCommand::Finish
            }
        }
    }

    /// Handles the end of a dictation, for any reason.
    pub fn handle_end(&mut self) {
        // A key that is still down starts nothing when it is released; a tap may yet be the first of two.
        if !matches!(self.0, KeyState::Tapped(_)) {
            self.0 = KeyState::Free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Option<VoiceCommand> = Some(VoiceCommand::Start { hands_free: false });

    #[test]
    fn held_keys_speak_however_often_the_keyboard_repeats_them() {
        let mut push_to_talk = PushToTalk::default();
        assert_eq!(push_to_talk.press_key(0.0), START);
        assert_eq!((push_to_talk.press_key(30.0), push_to_talk.press_key(60.0)), (None, None));
        assert_eq!(
            (push_to_talk.release_key(2000.0), push_to_talk.release_key(2001.0)),
            (Some(VoiceCommand::Finish), None)
        );
        assert_eq!(push_to_talk.press_key(2002.0), START, "at once again");
    }

    #[test]
    fn a_tap_is_no_speech_and_two_of_them_need_no_hands() {
        let mut push_to_talk = PushToTalk::default();
        assert_eq!(
            (push_to_talk.press_key(0.0), push_to_talk.release_key(100.0)),
            (START, Some(VoiceCommand::DiscardTap))
        );
        push_to_talk.handle_end();
        assert_eq!(push_to_talk.press_key(300.0), Some(VoiceCommand::Start { hands_free: true }));
        assert_eq!(push_to_talk.release_key(380.0), None, "it goes on");
        assert_eq!(
            (push_to_talk.press_key(5000.0), push_to_talk.release_key(5050.0)),
            (Some(VoiceCommand::Finish), None)
        );
        // Too slow for a double press.
        assert_eq!(
            (push_to_talk.press_key(9000.0), push_to_talk.release_key(9100.0)),
            (START, Some(VoiceCommand::DiscardTap))
        );
        assert_eq!(push_to_talk.press_key(9600.0), START);
    }

    #[test]
    fn what_ended_by_itself_needs_no_letting_go() {
        let mut push_to_talk = PushToTalk::default();
        push_to_talk.press_key(0.0);
        push_to_talk.handle_end();
        assert_eq!((push_to_talk.release_key(5000.0), push_to_talk.press_key(5010.0)), (None, START));
        push_to_talk.handle_end();
        assert_eq!(push_to_talk.toggle_hands_free(), VoiceCommand::Start { hands_free: true });
        assert_eq!(push_to_talk.toggle_hands_free(), VoiceCommand::Finish);
    }
}
