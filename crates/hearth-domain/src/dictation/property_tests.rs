//! Property test of both state machines together: keys and a page on one side, a node with the microphone on
//! the other, with commands, answers and events that take their time in between.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;

use super::push_to_talk::MIN_HOLD;
use super::{
    DictationEffect, DictationInput, DictationLife, DictationState, PushToTalk, StartResult, TalkEffect,
    TalkInput, TriggerSource,
};

const SOURCES: [TriggerSource; 3] =
    [TriggerSource::PageHotkey, TriggerSource::GlobalHotkey, TriggerSource::Button];

/// One step of a random run.
#[derive(Clone, Copy, Debug)]
enum Step {
    Press(usize),
    Release(usize),
    Toggle,
    Cancel,
    /// The page misses events, or is opened anew.
    Reset,
    Wait(u64),
    /// The node runs the command that is under way to it.
    RunCommand,
    DeliverAnswer,
    DeliverEvent,
    /// The dictation goes on in the node by itself: first samples, a level, a pause, the text.
    Progress(usize),
    /// A late fact of an earlier dictation.
    LateFact(usize),
    /// No page is connected any more.
    PageGone,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize).prop_map(Step::Press),
        4 => (0..3_usize).prop_map(Step::Release),
        1 => Just(Step::Toggle),
        1 => Just(Step::Cancel),
        4 => (1..600_u64).prop_map(Step::Wait),
        8 => Just(Step::RunCommand),
        8 => Just(Step::DeliverAnswer),
        8 => Just(Step::DeliverEvent),
        6 => (0..5_usize).prop_map(Step::Progress),
        2 => (0..5_usize).prop_map(Step::LateFact),
        1 => Just(Step::PageGone),
    ]
}

/// End of a dictation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Text,
    Discarded,
}

#[derive(Default)]
struct World {
    now: Duration,
    talk: PushToTalk,
    page: DictationLife,
    node: DictationLife,
    /// The command that is under way to the node, and the answer that is under way back.
    command: Option<TalkEffect>,
    answer: Option<TalkInput>,
    events: VecDeque<DictationInput>,
    /// Dictations whose microphone is open.
    listeners: Vec<u64>,
    ends: BTreeMap<u64, End>,
    opened: u64,
    /// Dictations whose end the page was announced.
    delivered: Vec<u64>,
}

impl World {
    fn take_step(&mut self, step: Step) {
        match step {
            Step::Press(source) => self.talk(TalkInput::Press { source: SOURCES[source], at: self.now }),
            Step::Release(source) => self.talk(TalkInput::Release { source: SOURCES[source], at: self.now }),
            Step::Toggle => self.talk(TalkInput::Toggle),
            Step::Cancel => self.talk(TalkInput::Cancel),
            Step::Reset => {
                self.page = self.page.handle(DictationInput::Reset).0;
                self.talk(TalkInput::Reset);
            }
            Step::Wait(time) => self.now += Duration::from_millis(time),
            Step::RunCommand => self.run_command(),
            Step::DeliverAnswer => {
                if let Some(answer) = self.answer.take() {
                    self.talk(answer);
                }
            }
            Step::DeliverEvent => self.deliver_event(),
            Step::Progress(kind) => {
                if let Some(number) = self.node.number() {
                    self.change_node(make_fact(kind, number));
                }
            }
            Step::LateFact(kind) => {
                let latest = self.node.latest_number();
                if latest > 0 && self.node.number() != Some(latest) {
                    self.change_node(make_fact(kind, latest));
                } else if latest > 1 {
                    self.change_node(make_fact(kind, latest - 1));
                }
            }
            Step::PageGone => self.change_node(DictationInput::Finish { number: None }),
        }
    }

    fn talk(&mut self, input: TalkInput) {
        let (talk, effects) = std::mem::take(&mut self.talk).handle(input);
        self.talk = talk;
        for effect in effects {
            if !matches!(effect, TalkEffect::ShowHoldHint | TalkEffect::FocusAskBar) {
                assert_eq!(self.command.replace(effect), None, "one command at a time");
                assert_eq!(self.answer, None);
            }
        }
    }

    fn run_command(&mut self) {
        let Some(command) = self.command.take() else { return };
        self.answer = Some(TalkInput::Answered);
        match command {
            TalkEffect::Start { .. } => {
                let before = self.node.latest_number();
                self.change_node(DictationInput::Start);
                let number = self.node.latest_number();
                let result = if number > before {
                    self.change_node(DictationInput::Opening { number });
                    StartResult::Started { number }
                } else {
                    StartResult::Failed
                };
                self.answer = Some(TalkInput::StartAnswered(result));
            }
            TalkEffect::Finish { number } => self.change_node(DictationInput::Finish { number }),
            TalkEffect::DiscardTap { number } => self.cancel(Some(number)),
            TalkEffect::Cancel => {
                let latest = self.page.latest_number().max(self.talk.started_number().unwrap_or(0));
                self.cancel(Some(latest).filter(|latest| *latest > 0));
            }
            TalkEffect::ShowHoldHint | TalkEffect::FocusAskBar => {}
        }
    }

    fn cancel(&mut self, number: Option<u64>) {
        self.change_node(DictationInput::Cancel { number });
        // Published in any case: the page may have missed the end.
        let number = number.unwrap_or(self.node.latest_number());
        self.events.push_back(DictationInput::Ended { number });
    }

    fn change_node(&mut self, input: DictationInput) {
        let (node, effects) = self.node.handle(input);
        self.node = node;
        for effect in effects {
            match effect {
                DictationEffect::OpenMicrophone { number } => {
                    assert!(self.listeners.is_empty(), "one listener at a time");
                    self.listeners.push(number);
                    self.opened += 1;
                }
                DictationEffect::CloseMicrophone { number } => self.close_microphone(number),
                DictationEffect::Release { number } => self.end_dictation(number, End::Text),
                DictationEffect::Discard { number } => {
                    assert!(matches!(input, DictationInput::Cancel { .. }), "only a cancel loses speech");
                    self.end_dictation(number, End::Discarded);
                }
                DictationEffect::Announce { .. } => self.events.push_back(input),
                DictationEffect::StopCapture { .. }
                | DictationEffect::ReportLoss { .. }
                | DictationEffect::RefuseStart => {}
            }
        }
    }

    fn close_microphone(&mut self, number: u64) {
        self.listeners.retain(|listener| *listener != number);
    }

    fn end_dictation(&mut self, number: u64, end: End) {
        self.close_microphone(number);
        assert_eq!(self.ends.insert(number, end), None, "a dictation ends once");
    }

    fn deliver_event(&mut self) {
        let Some(event) = self.events.pop_front() else { return };
        let before = self.page.latest_number();
        let (page, effects) = self.page.handle(event);
        self.page = page;
        assert!(page.latest_number() >= before);
        if let DictationInput::Ended { number } = event {
            if effects.contains(&DictationEffect::Announce { number }) {
                self.delivered.push(number);
            }
            self.talk(TalkInput::Ended { number });
        }
    }

    /// Delivers everything that is under way.
    fn settle(&mut self) {
        while self.command.is_some() || self.answer.is_some() || !self.events.is_empty() {
            self.run_command();
            self.take_step(Step::DeliverAnswer);
            self.deliver_event();
        }
    }

    /// Releases all keys and lets the dictation that runs become text.
    fn close(&mut self) {
        self.settle();
        self.now += MIN_HOLD;
        for source in SOURCES {
            self.talk(TalkInput::Release { source, at: self.now });
        }
        self.settle();
        assert!(!self.talk.is_busy());
        if !self.talk.is_talking() {
            let state = self.node.state();
            let is_listening = matches!(
                state,
                DictationState::Capturing { .. } | DictationState::Opening { is_finishing: false, .. }
            );
            assert!(!is_listening, "no key is held, and the microphone is open: {state:?}");
        }
        // A hands-free dictation ends at a pause.
        for kind in [PAUSE, TEXT] {
            self.take_step(Step::Progress(kind));
        }
        self.settle();
    }
}

/// Kinds of facts.
const PAUSE: usize = 2;
const TEXT: usize = 4;

fn make_fact(kind: usize, number: u64) -> DictationInput {
    match kind {
        0 => DictationInput::Started { number },
        1 => DictationInput::Progress { number },
        PAUSE => DictationInput::Transcribing { number },
        3 => DictationInput::MicrophoneLost { number },
        _ => DictationInput::Ended { number },
    }
}

fn check_closed(world: &World) {
    assert!(world.listeners.is_empty());
    assert_eq!((world.node.number(), world.page.number()), (None, None));
    assert!(!world.talk.is_talking() && !world.talk.is_busy());
    assert_eq!(world.ends.len() as u64, world.opened, "each dictation ended, as text or by a cancel");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn there_is_one_listener_no_lost_speech_and_always_a_way_back(
        steps in prop::collection::vec(any_step(), 0..120),
    ) {
        let mut world = World::default();
        for step in steps {
            world.take_step(step);
        }
        world.close();
        check_closed(&world);
        // Each text was delivered, once, in order.
        let texts = world.ends.iter().filter(|(_, end)| **end == End::Text).map(|(number, _)| *number);
        let delivered = world.delivered.iter().copied().filter(|number| world.ends[number] == End::Text);
        prop_assert_eq!(texts.collect::<Vec<_>>(), delivered.collect::<Vec<_>>());
    }

    #[test]
    fn a_page_that_misses_events_finds_its_way_back(
        steps in prop::collection::vec(prop_oneof![15 => any_step(), 1 => Just(Step::Reset)], 0..120),
    ) {
        let mut world = World::default();
        for step in steps {
            world.take_step(step);
        }
        world.close();
        check_closed(&world);
    }

    #[test]
    fn a_follower_announces_each_end_once_whatever_it_is_sent(
        facts in prop::collection::vec((0..5_usize, 1..6_u64), 0..60),
    ) {
        let (mut life, mut ended) = (DictationLife::default(), Vec::new());
        for (kind, number) in facts {
            let latest = life.latest_number();
            let (next, effects) = life.handle(make_fact(kind, number));
            prop_assert!(next.latest_number() >= latest);
            if effects.contains(&DictationEffect::Announce { number }) {
                prop_assert!(number >= latest && !ended.contains(&number), "{} after {:?}", number, ended);
                if kind == TEXT {
                    ended.push(number);
                }
            }
            life = next;
        }
        let (life, _) = life.handle(DictationInput::Ended { number: life.latest_number() });
        prop_assert_eq!(life.state(), DictationState::Idle);
    }
}
