//! Speaking instead of typing: the keys that are held, whose microphone hears, and what was said.

mod ears;
mod hands;
mod held;

use std::collections::VecDeque;

use hearth_domain::{DictationId, GraphicsProblem, NotebookId};
use hearth_wire::{ApiError, ErrorCode, NodeEvent, ShellEvent, Voice as Told};
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;

use self::ears::Ears;
use self::held::{Act, Held};
use super::live::live;
use super::notices::notices;
use super::shell::{self, Shell, shell};
use super::words::words;
use crate::browser;
use crate::strings::Strings;

pub use self::ears::{choose, chosen, why};

/// Levels that are shown beside each other.
pub const BARS: usize = 8;

/// How it stands with what somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    Idle,
    /// The microphone is being opened: nobody is heard yet.
    Opening,
    Listening,
    Writing,
}

/// Why nothing came of it, and what can be tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Unheard {
    pub error: ApiError,
    pub kept: Option<DictationId>,
}

/// Where the hands are that speak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Page,
    Anywhere,
    Button,
}

#[derive(Clone, Copy)]
pub struct Voice {
    pub now: RwSignal<Now>,
    pub hands_free: RwSignal<bool>,
    /// The microphone that hears.
    pub microphone: RwSignal<String>,
    /// The last levels, the latest at the end.
    pub levels: RwSignal<[f32; BARS]>,
    pub committed: RwSignal<String>,
    pub tentative: RwSignal<String>,
    /// What was said to which notebook (none: a test), until somebody takes it.
    pub said: RwSignal<Option<(Option<NotebookId>, String)>>,
    pub unheard: RwSignal<Option<Unheard>>,
    /// Somebody tapped who has to hold.
    pub hint: RwSignal<bool>,
    /// The notebook that is asked.
    pub notebook: RwSignal<Option<NotebookId>>,
    /// Whether the desktop program's microphone hears; else it is the browser's.
    has_shell: Memo<bool>,
    /// Whether the node has said what it is.
    is_known: Memo<bool>,
    shell: Shell,
    words: &'static Strings,
    ears: StoredValue<Option<Ears>, LocalStorage>,
    /// Whether what was kept is being tried again.
    retrying: StoredValue<bool>,
    held: StoredValue<(Held, From)>,
    /// Whether something is being asked for, and what comes after it.
    acts: StoredValue<(bool, VecDeque<Act>)>,
    numbers: StoredValue<Numbers>,
}

/// Which dictation is which: what comes late of one is not taken for the next.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    /// The latest that anything was heard of, and the latest that has ended.
    latest: u64,
    ended: u64,
    /// The one that was begun last; none where that failed.
    begun: Option<u64>,
    /// The one that the hand holds that is down now.
    held: Option<u64>,
    /// Whom it asks.
    asked: Option<(u64, Option<NotebookId>)>,
}

pub fn voice() -> Voice {
    expect_context()
}

/// Hears the keys, on every page; inside of what hears the desktop program.
pub fn provide() {
    let (has_shell, status, notices) = (shell::is_here(), live().status, notices());
    let voice = Voice {
        now: RwSignal::new(Now::Idle),
        hands_free: RwSignal::new(false),
        microphone: RwSignal::new(String::new()),
        levels: RwSignal::new([0.0; BARS]),
        committed: RwSignal::new(String::new()),
        tentative: RwSignal::new(String::new()),
        said: RwSignal::new(None),
        unheard: RwSignal::new(None),
        hint: RwSignal::new(false),
        notebook: RwSignal::new(None),
        has_shell: Memo::new(move |_| has_shell()),
        is_known: Memo::new(move |_| status.with(Option::is_some)),
        shell: shell(),
        words: words(),
        ears: StoredValue::new_local(None),
        retrying: StoredValue::new(false),
        held: StoredValue::new((Held::default(), From::Page)),
        acts: StoredValue::new((false, VecDeque::new())),
        numbers: StoredValue::new(Numbers::default()),
    };
    provide_context(voice);
    live().listen(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Voice { number, voice: told } } => voice.heard(*number, told),
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: true } } => voice.down(From::Anywhere),
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: false } } => voice.up(),
        // What became of it was not told.
        NodeEvent::Reset {} if voice.has_shell.get_untracked() => voice.come_back(),
        _ => {}
    });
    // Hearing takes longer than it was meant to.
    let problem =
        Memo::new(move |_| status.with(|status| status.as_ref().and_then(|status| status.graphics_problem)));
    Effect::new(move |_| match problem.get() {
        Some(GraphicsProblem::Missing) => notices.warn(voice.words.no_card),
        Some(GraphicsProblem::Failed) => notices.warn(voice.words.card_failed),
        None => {}
    });
    // A page before this one may have been heard.
    Effect::new(move |_| {
        if voice.has_shell.get() {
            voice.come_back();
        }
    });
    let listeners = [
        window_event_listener(ev::keydown, move |event| voice.key_down(&event)),
        window_event_listener(ev::keyup, move |event| voice.key_up(&event)),
        // The keys are let go elsewhere, and nobody tells.
        window_event_listener(ev::blur, move |_| {
            if voice.held.get_value().1 == From::Page {
                voice.up();
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

impl Voice {
    fn heard(self, number: u64, told: &Told) {
        let is_late = self.numbers.try_update_value(|numbers| {
            let is_late = number < numbers.latest;
            numbers.latest = numbers.latest.max(number);
            is_late
        });
        if is_late != Some(false) {
            return;
        }
        match told {
            Told::Opening { .. } => {
                self.committed.set(String::new());
                self.tentative.set(String::new());
                self.levels.set([0.0; BARS]);
                self.now.set(Now::Opening);
            }
            Told::Listening { microphone } => {
                self.microphone.set(microphone.clone());
                self.now.set(Now::Listening);
            }
            Told::Level { level } => self.levels.update(|levels| {
                levels.rotate_left(1);
                levels[BARS - 1] = *level;
            }),
            Told::Partial { committed, tentative } => {
                self.committed.set(committed.clone());
                self.tentative.set(tentative.clone());
            }
            Told::Writing {} => self.now.set(Now::Writing),
            Told::Said { text, lost } => {
                self.ended(number);
                if let Some(why) = lost {
                    self.fail(ApiError::new(ErrorCode::Internal, why.clone()), None);
                }
                // One that a page before this one began is for the notebook that is open.
                let asked = self.numbers.get_value().asked.filter(|(asked, _)| *asked == number);
                let open = self.notebook.get_untracked();
                self.hand_on(asked.map_or(open, |(_, notebook)| notebook), text);
                if !text.is_empty() {
                    self.come_to_front();
                }
            }
            Told::Failed { error, kept } => {
                self.ended(number);
                self.fail(error.clone(), *kept);
            }
            Told::Dropped {} => self.ended(number),
        }
    }

    /// What was said goes to whom it was said; where that notebook is not open any more, it waits in its ask bar.
    fn hand_on(self, asked: Option<NotebookId>, text: &str) {
        match asked {
            Some(id) if self.notebook.get_untracked() != asked && !text.is_empty() => {
                let name = format!("draft.{id}");
                let draft = browser::kept(&name).unwrap_or_default();
                browser::keep(&name, format!("{draft} {text}").trim());
            }
            _ => self.said.set(Some((asked, text.to_owned()))),
        }
    }

    fn fail(self, error: ApiError, kept: Option<DictationId>) {
        self.come_to_front();
        self.unheard.try_set(Some(Unheard { error, kept }));
    }

    /// A dictation has ended; the hand is free where it held that one.
    fn ended(self, number: u64) {
        let is_held = self.numbers.try_update_value(|numbers| {
            numbers.ended = number;
            numbers.held.take_if(|held| *held == number).is_some()
        });
        if is_held == Some(true) {
            self.free_hand();
        }
        self.now.set(Now::Idle);
    }

    fn free_hand(self) {
        self.held.try_update_value(|(held, _)| held.ended());
    }

    /// Whether somebody is heard, or soon will be.
    pub fn is_busy(self) -> bool {
        self.now.get_untracked() != Now::Idle || self.acts.with_value(|(is_busy, _)| *is_busy)
    }
}
