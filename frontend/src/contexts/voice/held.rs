//! What pressing and letting go of keys means: held, one speaks; pressed twice, one speaks without hands; tapped, one
//! wanted something else. All keys come through here, in their order.

/// Shorter than this nobody speaks, in milliseconds.
const TAP: f64 = 250.0;
/// Two presses within this are one wish.
const DOUBLE: f64 = 400.0;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Start {
        hands_free: bool,
    },
    /// What was said becomes text.
    Stop,
    /// What was said is gone.
    Drop,
    /// It was no speech: what was begun is dropped, and whoever tapped wants something else.
    Tap,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Hand {
    #[default]
    Free,
    /// Down since.
    Held(f64),
    /// Let go at once.
    Tapped(f64),
    /// It goes on without.
    HandsFree,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Held(Hand);

impl Held {
    /// At a time in milliseconds.
    pub fn down(&mut self, now: f64) -> Option<Act> {
        let (hand, act) = match self.0 {
            // The keyboard repeats itself.
            Hand::Held(_) => return None,
            Hand::HandsFree => (Hand::Free, Act::Stop),
            Hand::Tapped(at) if now - at <= DOUBLE => (Hand::HandsFree, Act::Start { hands_free: true }),
            Hand::Free | Hand::Tapped(_) => (Hand::Held(now), Act::Start { hands_free: false }),
        };
        self.0 = hand;
        Some(act)
    }

    pub fn up(&mut self, now: f64) -> Option<Act> {
        let Hand::Held(since) = self.0 else { return None };
        let (hand, act) =
            if now - since < TAP { (Hand::Tapped(now), Act::Tap) } else { (Hand::Free, Act::Stop) };
        self.0 = hand;
        Some(act)
    }

    /// Begins without hands, or ends that.
    pub fn toggle(&mut self) -> Act {
        match self.0 {
            Hand::Free | Hand::Tapped(_) => {
                self.0 = Hand::HandsFree;
                Act::Start { hands_free: true }
            }
            Hand::Held(_) | Hand::HandsFree => {
                self.0 = Hand::Free;
                Act::Stop
            }
        }
    }

    /// It has ended, however that came.
    pub fn ended(&mut self) {
        // Keys that are still down begin nothing when they are let go; a tap may yet be the first of two.
        if !matches!(self.0, Hand::Tapped(_)) {
            self.0 = Hand::Free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Option<Act> = Some(Act::Start { hands_free: false });

    #[test]
    fn held_keys_speak_however_often_the_keyboard_repeats_them() {
        let mut held = Held::default();
        assert_eq!(held.down(0.0), START);
        assert_eq!((held.down(30.0), held.down(60.0)), (None, None));
        assert_eq!((held.up(2000.0), held.up(2001.0)), (Some(Act::Stop), None));
        assert_eq!(held.down(2002.0), START, "at once again");
    }

    #[test]
    fn a_tap_is_no_speech_and_two_of_them_need_no_hands() {
        let mut held = Held::default();
        assert_eq!((held.down(0.0), held.up(100.0)), (START, Some(Act::Tap)));
        held.ended();
        assert_eq!(held.down(300.0), Some(Act::Start { hands_free: true }));
        assert_eq!(held.up(380.0), None, "it goes on");
        assert_eq!((held.down(5000.0), held.up(5050.0)), (Some(Act::Stop), None));
        // Too slow for a double press.
        assert_eq!((held.down(9000.0), held.up(9100.0)), (START, Some(Act::Tap)));
        assert_eq!(held.down(9600.0), START);
    }

    #[test]
    fn what_ended_by_itself_needs_no_letting_go() {
        let mut held = Held::default();
        held.down(0.0);
        held.ended();
        assert_eq!((held.up(5000.0), held.down(5010.0)), (None, START));
        held.ended();
        assert_eq!(held.toggle(), Act::Start { hands_free: true });
        assert_eq!(held.toggle(), Act::Stop);
    }
}
