//! Dictation in the page: push-to-talk, the capturing microphone, and the transcript.

mod browser_capture;
mod capture;
mod push_to_talk;

use std::collections::BTreeMap;

use hearth_domain::{
    DictationId, DictationInput, DictationLife, DictationPhase, NotebookId, PushToTalk, TalkInput,
    TriggerSource,
};
use hearth_texts::Strings;
use hearth_wire::{ApiError, DictationEvent, ErrorCode, NodeEvent, ShellEvent};
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;

use self::browser_capture::BrowserCapture;
use super::localisation::{localised_error, use_strings};
use super::node::use_node;
use super::notices::use_notices;
use super::shell::{self, ShellContext, use_shell};
use crate::browser;

pub use self::capture::{choose_microphone, chosen_microphone, microphone_api_error};

/// Number of levels in the meter.
pub const LEVEL_BARS: usize = 8;

/// Failure of a dictation, with the pending dictation that can be tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct DictationFailure {
    pub error: ApiError,
    pub pending_dictation: Option<DictationId>,
}

/// Dictation in the page. What follows from keys and events is decided by the two state machines of the domain;
/// the page feeds them and runs their effects.
#[derive(Clone, Copy)]
pub struct VoiceContext {
    pub phase: Memo<DictationPhase>,
    pub hands_free: RwSignal<bool>,
    /// Name of the capturing microphone.
    pub microphone: RwSignal<String>,
    /// The last levels, the latest at the end.
    pub levels: RwSignal<[f32; LEVEL_BARS]>,
    pub committed: RwSignal<String>,
    pub tentative: RwSignal<String>,
    /// Finished transcript and its notebook (`None`: a test), until a component takes it.
    pub transcript: RwSignal<Option<(Option<NotebookId>, String)>>,
    pub failure: RwSignal<Option<DictationFailure>>,
    /// A tap was too short for a dictation: a hint to hold is shown.
    pub shows_hold_hint: RwSignal<bool>,
    /// Notebook of the open page, which its questions go to.
    pub notebook: RwSignal<Option<NotebookId>>,
    /// True if the desktop program's microphone is used, else the browser's.
    has_shell: Memo<bool>,
    /// True once the node's status is known.
    is_node_known: Memo<bool>,
    shell: ShellContext,
    strings: &'static Strings,
    /// Follows the node's dictations, or decides about those with the browser's microphone.
    life: RwSignal<DictationLife>,
    talk: StoredValue<PushToTalk>,
    capture: StoredValue<BrowserCapture, LocalStorage>,
    /// True while a pending dictation is being transcribed again.
    is_retrying: RwSignal<bool>,
    /// Notebooks that the questions of started dictations go to, by number.
    targets: StoredValue<BTreeMap<u64, Option<NotebookId>>>,
}

/// Dictation's context.
pub fn use_voice() -> VoiceContext {
    expect_context()
}

/// Provides dictation by keys on every page; below the shell's context.
pub fn provide_voice_context() {
    let (has_shell, status, notices) = (shell::use_has_shell(), use_node().status, use_notices());
    let (life, is_retrying) = (RwSignal::new(DictationLife::default()), RwSignal::new(false));
    let phase = Memo::new(move |_| match life.get().phase() {
        DictationPhase::Idle if is_retrying.get() => DictationPhase::Transcribing,
        phase => phase,
    });
    let voice = VoiceContext {
        phase,
        hands_free: RwSignal::new(false),
        microphone: RwSignal::new(String::new()),
        levels: RwSignal::new([0.0; LEVEL_BARS]),
        committed: RwSignal::new(String::new()),
        tentative: RwSignal::new(String::new()),
        transcript: RwSignal::new(None),
        failure: RwSignal::new(None),
        shows_hold_hint: RwSignal::new(false),
        notebook: RwSignal::new(None),
        has_shell: Memo::new(move |_| has_shell()),
        is_node_known: Memo::new(move |_| status.with(Option::is_some)),
        shell: use_shell(),
        strings: use_strings(),
        life,
        talk: StoredValue::new(PushToTalk::default()),
        capture: StoredValue::new_local(BrowserCapture::Closed),
        is_retrying,
        targets: StoredValue::new(BTreeMap::new()),
    };
    provide_context(voice);
    use_node().subscribe_to_events(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Dictation { number, event } } => {
            voice.handle_event(*number, event);
        }
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: true } } => {
            voice.press_trigger(TriggerSource::GlobalHotkey);
        }
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: false } } => {
            voice.release_trigger(TriggerSource::GlobalHotkey);
        }
        // The end of the dictation may have been missed.
        NodeEvent::Reset {} if voice.has_shell.get_untracked() => voice.finish_stale_dictation(),
        _ => {}
    });
    // Transcription is slower than intended.
    let problem =
        Memo::new(move |_| status.with(|status| status.as_ref().and_then(|status| status.graphics_problem)));
    Effect::new(move |_| {
        if let Some(problem) = problem.get() {
            notices.show_warning(voice.strings.describe_graphics_problem(problem));
        }
    });
    // An earlier page may have started a dictation.
    Effect::new(move |_| {
        if voice.has_shell.get() {
            voice.finish_stale_dictation();
        }
    });
    let listeners = [
        window_event_listener(ev::keydown, move |event| voice.handle_key_down(&event)),
        window_event_listener(ev::keyup, move |event| voice.handle_key_up(&event)),
        // Keys that are released in another window send no event here.
        window_event_listener(ev::blur, move |_| voice.release_trigger(TriggerSource::PageHotkey)),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

impl VoiceContext {
    /// Handles an event of a dictation, unless it is late.
    fn handle_event(self, number: u64, event: &DictationEvent) {
        let input = event.to_input(number);
        let is_news = self.change_life(input);
        if matches!(input, DictationInput::Ended { .. }) {
            self.change_talk(TalkInput::Ended { number });
        }
        if is_news {
            self.show_event(number, event);
        }
    }

    /// Changes the dictation's life, and runs the effects on the microphone; true if the input is news to show.
    fn change_life(self, input: DictationInput) -> bool {
        let (life, effects) = self.life.get_untracked().handle(input);
        // Levels change nothing, thirty times a second.
        if life != self.life.get_untracked() {
            self.life.set(life);
        }
        let mut is_news = false;
        for effect in effects {
            is_news |= self.run_effect(effect);
        }
        is_news
    }

    /// Shows an event of the current dictation.
    fn show_event(self, number: u64, event: &DictationEvent) {
        match event {
            DictationEvent::Opening { .. } => {
                self.committed.set(String::new());
                self.tentative.set(String::new());
                self.levels.set([0.0; LEVEL_BARS]);
            }
            DictationEvent::Started { microphone } => self.microphone.set(microphone.clone()),
            DictationEvent::Level { level } => self.levels.update(|levels| {
                levels.rotate_left(1);
                levels[LEVEL_BARS - 1] = *level;
            }),
            DictationEvent::Partial { committed, tentative } => {
                self.committed.set(committed.clone());
                self.tentative.set(tentative.clone());
            }
            DictationEvent::Transcribing {} => {}
            DictationEvent::Finished { text, microphone_error: lost } => {
                let target = self.take_target(number);
                if let Some(why) = lost {
                    let text = self.strings.explain(self.strings.microphone_lost, why).into_line();
                    self.set_failure(localised_error(ErrorCode::MicrophoneUnavailable, text), None);
                }
                self.deliver_text(target, text);
                if !text.is_empty() {
                    self.show_window();
                }
            }
            DictationEvent::Failed { error, recording_id: pending_dictation } => {
                self.take_target(number);
                self.set_failure(error.clone(), *pending_dictation);
            }
            DictationEvent::Cancelled {} => {
                self.take_target(number);
            }
        }
    }

    /// Takes the notebook of a dictation that has ended; one that an earlier page started is for the open one.
    fn take_target(self, number: u64) -> Option<NotebookId> {
        let target = self.targets.try_update_value(|targets| {
            let target = targets.remove(&number);
            targets.retain(|later, _| *later > number);
            target
        });
        target.flatten().unwrap_or_else(|| self.notebook.get_untracked())
    }

    /// Delivers a transcript to its notebook; if that is not open any more, it goes to its ask bar's draft.
    fn deliver_text(self, target: Option<NotebookId>, text: &str) {
        match target {
            Some(id) if self.notebook.get_untracked() != target && !text.is_empty() => {
                let name = format!("draft.{id}");
                let draft = browser::get_stored_item(&name).unwrap_or_default();
                browser::set_stored_item(&name, format!("{draft} {text}").trim());
            }
            _ => self.transcript.set(Some((target, text.to_owned()))),
        }
    }

    fn set_failure(self, error: ApiError, pending_dictation: Option<DictationId>) {
        self.show_window();
        self.failure.try_set(Some(DictationFailure { error, pending_dictation }));
    }

    /// True if a dictation is running or about to start.
    pub fn is_busy(self) -> bool {
        self.phase.get_untracked() != DictationPhase::Idle || self.talk.with_value(PushToTalk::is_busy)
    }
}
