//! Dictation in the page: push-to-talk, the capturing microphone, and the transcript.

mod capture;
mod key_gesture;
mod push_to_talk;

use std::collections::VecDeque;

use hearth_domain::{DictationId, GraphicsProblem, NotebookId};
use hearth_wire::{ApiError, DictationEvent, ErrorCode, NodeEvent, ShellEvent};
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;

use self::capture::BrowserCapture;
use self::key_gesture::{PushToTalk, VoiceCommand};
use super::localisation::use_strings;
use super::node::use_node;
use super::notices::use_notices;
use super::shell::{self, ShellContext, use_shell};
use crate::browser;
use crate::strings::Strings;

pub use self::capture::{choose_microphone, chosen_microphone, microphone_api_error};

/// Number of levels in the meter.
pub const LEVEL_BARS: usize = 8;

/// Phase of a dictation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoicePhase {
    Idle,
    /// The microphone is being opened: no samples are captured yet.
    Opening,
    Capturing,
    Transcribing,
}

/// Failure of a dictation, with the pending dictation that can be tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct DictationFailure {
    pub error: ApiError,
    pub pending_dictation: Option<DictationId>,
}

/// Origin of a push-to-talk press: keys in this page, keys in any program, or the microphone button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TriggerSource {
    PageHotkey,
    GlobalHotkey,
    Button,
}

/// Dictation in the page.
#[derive(Clone, Copy)]
pub struct VoiceContext {
    pub phase: RwSignal<VoicePhase>,
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
    capture: StoredValue<Option<BrowserCapture>, LocalStorage>,
    /// True while a pending dictation is being transcribed again.
    is_retrying: StoredValue<bool>,
    push_to_talk: StoredValue<(PushToTalk, TriggerSource)>,
    /// True while a command is running, and the commands queued after it.
    commands: StoredValue<(bool, VecDeque<VoiceCommand>)>,
    numbers: StoredValue<DictationNumbers>,
}

/// Numbers that distinguish dictations: late events of one are not taken for the next.
#[derive(Clone, Copy, Debug, Default)]
struct DictationNumbers {
    /// The latest dictation with any event, and the latest that has ended.
    latest: u64,
    ended: u64,
    /// The dictation that was started last; `None` if that failed.
    started: Option<u64>,
    /// The dictation of the key that is held now.
    held: Option<u64>,
    /// Notebook that a dictation's question goes to.
    target: Option<(u64, Option<NotebookId>)>,
}

/// Dictation's context.
pub fn use_voice() -> VoiceContext {
    expect_context()
}

/// Provides dictation by keys on every page; below the shell's context.
pub fn provide_voice_context() {
    let (has_shell, status, notices) = (shell::use_has_shell(), use_node().status, use_notices());
    let voice = VoiceContext {
        phase: RwSignal::new(VoicePhase::Idle),
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
        capture: StoredValue::new_local(None),
        is_retrying: StoredValue::new(false),
        push_to_talk: StoredValue::new((PushToTalk::default(), TriggerSource::PageHotkey)),
        commands: StoredValue::new((false, VecDeque::new())),
        numbers: StoredValue::new(DictationNumbers::default()),
    };
    provide_context(voice);
    use_node().subscribe_to_events(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Dictation { number, event } } => {
            voice.handle_event(*number, event);
        }
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: true } } => {
            voice.press_trigger(TriggerSource::GlobalHotkey);
        }
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: false } } => voice.release_trigger(),
        // The end of the dictation may have been missed.
        NodeEvent::Reset {} if voice.has_shell.get_untracked() => voice.finish_stale_dictation(),
        _ => {}
    });
    // Transcription is slower than intended.
    let problem =
        Memo::new(move |_| status.with(|status| status.as_ref().and_then(|status| status.graphics_problem)));
    Effect::new(move |_| match problem.get() {
        Some(GraphicsProblem::Missing) => notices.show_warning(voice.strings.graphics_card_missing),
        Some(GraphicsProblem::Failed) => notices.show_warning(voice.strings.graphics_card_failed),
        None => {}
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
        window_event_listener(ev::blur, move |_| {
            if voice.push_to_talk.get_value().1 == TriggerSource::PageHotkey {
                voice.release_trigger();
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

impl VoiceContext {
    fn handle_event(self, number: u64, event: &DictationEvent) {
        let is_late = self.numbers.try_update_value(|numbers| {
            let is_late = number < numbers.latest;
            numbers.latest = numbers.latest.max(number);
            is_late
        });
        if is_late != Some(false) {
            return;
        }
        match event {
            DictationEvent::Opening { .. } => {
                self.committed.set(String::new());
                self.tentative.set(String::new());
                self.levels.set([0.0; LEVEL_BARS]);
                self.phase.set(VoicePhase::Opening);
            }
            DictationEvent::Started { microphone } => {
                self.microphone.set(microphone.clone());
                self.phase.set(VoicePhase::Capturing);
            }
            DictationEvent::Level { level } => self.levels.update(|levels| {
                levels.rotate_left(1);
                levels[LEVEL_BARS - 1] = *level;
            }),
            DictationEvent::Partial { committed, tentative } => {
                self.committed.set(committed.clone());
                self.tentative.set(tentative.clone());
            }
            DictationEvent::Transcribing {} => self.phase.set(VoicePhase::Transcribing),
            DictationEvent::Finished { text, microphone_error: lost } => {
                self.handle_end(number);
                if let Some(why) = lost {
                    self.set_failure(ApiError::new(ErrorCode::Internal, why.clone()), None);
                }
                // A dictation that an earlier page started is for the open notebook.
                let target = self.numbers.get_value().target.filter(|(dictation, _)| *dictation == number);
                let open_notebook = self.notebook.get_untracked();
                self.deliver_text(target.map_or(open_notebook, |(_, notebook)| notebook), text);
                if !text.is_empty() {
                    self.show_window();
                }
            }
            DictationEvent::Failed { error, recording_id: pending_dictation } => {
                self.handle_end(number);
                self.set_failure(error.clone(), *pending_dictation);
            }
            DictationEvent::Cancelled {} => self.handle_end(number),
        }
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

    /// Handles the end of a dictation; releases push-to-talk if it holds that one.
    fn handle_end(self, number: u64) {
        let is_held = self.numbers.try_update_value(|numbers| {
            numbers.ended = number;
            numbers.held.take_if(|held| *held == number).is_some()
        });
        if is_held == Some(true) {
            self.release_push_to_talk();
        }
        self.phase.set(VoicePhase::Idle);
    }

    fn release_push_to_talk(self) {
        self.push_to_talk.try_update_value(|(push_to_talk, _)| push_to_talk.handle_end());
    }

    /// True if a dictation is running or about to start.
    pub fn is_busy(self) -> bool {
        self.phase.get_untracked() != VoicePhase::Idle || self.commands.with_value(|(is_busy, _)| *is_busy)
    }
}
