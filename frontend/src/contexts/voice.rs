//! Speaking instead of typing: the keys that are held, the microphone of the desktop program, and what was said.

mod held;

use std::collections::VecDeque;

use hearth_domain::NotebookId;
use hearth_wire::operations::{DropListening, ListenAgain, StartListening, StopListening};
use hearth_wire::{ApiError, ErrorCode, ListenRequest, NodeEvent, ShellEvent, Voice as Told};
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, web_sys};

use self::held::{Act, Held};
use super::live::live;
use super::shell::{self, Shell, shell};
use crate::api::call;
use crate::browser;

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

/// Why nothing came of it, and whether it can be tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Unheard {
    pub error: ApiError,
    pub is_kept: bool,
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
    /// The last levels, the latest at the end.
    pub levels: RwSignal<[f32; BARS]>,
    pub committed: RwSignal<String>,
    pub tentative: RwSignal<String>,
    /// What was said, until somebody takes it.
    pub said: RwSignal<Option<String>>,
    pub unheard: RwSignal<Option<Unheard>>,
    /// Somebody tapped who has to hold.
    pub hint: RwSignal<bool>,
    /// The notebook that is asked.
    pub notebook: RwSignal<Option<NotebookId>>,
    is_here: Signal<bool>,
    shell: Shell,
    held: StoredValue<(Held, From)>,
    /// Whether something is being asked for, and what comes after it.
    acts: StoredValue<(bool, VecDeque<Act>)>,
}

pub fn voice() -> Voice {
    expect_context()
}

/// Hears the keys, on every page; inside of what hears the desktop program.
pub fn provide() {
    let is_here = shell::is_here();
    let voice = Voice {
        now: RwSignal::new(Now::Idle),
        hands_free: RwSignal::new(false),
        levels: RwSignal::new([0.0; BARS]),
        committed: RwSignal::new(String::new()),
        tentative: RwSignal::new(String::new()),
        said: RwSignal::new(None),
        unheard: RwSignal::new(None),
        hint: RwSignal::new(false),
        notebook: RwSignal::new(None),
        is_here: Signal::derive(is_here),
        shell: shell(),
        held: StoredValue::new((Held::default(), From::Page)),
        acts: StoredValue::new((false, VecDeque::new())),
    };
    provide_context(voice);
    live().listen(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Voice { voice: told } } => voice.heard(told),
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: true } } => voice.down(From::Anywhere),
        NodeEvent::Shell { event: ShellEvent::Talk { is_down: false } } => voice.up(),
        // What became of it was not told.
        NodeEvent::Reset {} => voice.rest(),
        _ => {}
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
    /// Whether there is a microphone to be asked for.
    pub fn is_here(self) -> bool {
        self.is_here.get()
    }

    fn key_down(self, event: &web_sys::KeyboardEvent) {
        if event.key() == "Escape" && self.now.get_untracked() != Now::Idle {
            event.prevent_default();
            event.stop_propagation();
            return self.drop_it();
        }
        let is_plain = !event.shift_key() && !event.alt_key() && !event.meta_key();
        if event.code() == "Space" && event.ctrl_key() && is_plain && self.may_ask() {
            event.prevent_default();
            self.down(From::Page);
        }
    }

    fn key_up(self, event: &web_sys::KeyboardEvent) {
        if (event.code() == "Space" || event.key() == "Control") && self.held.get_value().1 == From::Page {
            self.up();
        }
    }

    /// There is a microphone, and a notebook to be asked.
    fn may_ask(self) -> bool {
        self.is_here.get_untracked() && self.notebook.get_untracked().is_some()
    }

    fn down(self, from: From) {
        let now = browser::now();
        let act = self.held.try_update_value(|(held, whose)| {
            *whose = from;
            held.down(now)
        });
        self.act(act.flatten());
    }

    fn up(self) {
        let now = browser::now();
        self.act(self.held.try_update_value(|(held, _)| held.up(now)).flatten());
    }

    /// The button of the microphone is pressed by a pointer, or let go.
    pub fn press(self, is_down: bool) {
        if is_down { self.down(From::Button) } else { self.up() }
    }

    /// Begins without hands, or ends it.
    pub fn toggle(self) {
        self.act(self.held.try_update_value(|(held, _)| held.toggle()));
    }

    /// What was said is gone.
    pub fn drop_it(self) {
        self.act(Some(Act::Drop));
    }

    /// Tries again with what was kept.
    pub fn again(self) {
        self.unheard.set(None);
        spawn_local(async move {
            let request = ListenRequest { notebook_id: self.notebook.get_untracked(), hands_free: false };
            if let Err(error) = call::<ListenAgain>(&[], &(), &request).await {
                self.fail(error, true);
            }
        });
    }

    /// Asks for one thing after the other, in the order of the keys.
    fn act(self, act: Option<Act>) {
        let Some(act) = act else { return };
        let is_first = self.acts.try_update_value(|(is_busy, waiting)| {
            waiting.push_back(act);
            !std::mem::replace(is_busy, true)
        });
        if is_first != Some(true) {
            return;
        }
        spawn_local(async move {
            while let Some(Some(act)) = self.acts.try_update_value(|(_, waiting)| waiting.pop_front()) {
                self.ask_for(act).await;
            }
            self.acts.try_update_value(|(is_busy, _)| *is_busy = false);
        });
    }

    async fn ask_for(self, act: Act) {
        let done = match act {
            Act::Start { hands_free } => {
                self.unheard.set(None);
                self.hint.set(false);
                self.hands_free.set(hands_free);
                let request = ListenRequest { notebook_id: self.notebook.get_untracked(), hands_free };
                call::<StartListening>(&[], &(), &request).await
            }
            Act::Stop => call::<StopListening>(&[], &(), &()).await,
            Act::Drop | Act::Tap => call::<DropListening>(&[], &(), &()).await,
        };
        if let Err(error) = done {
            self.fail(error, false);
        }
        if act == Act::Tap {
            self.tapped();
        }
    }

    /// Somebody pressed only briefly.
    fn tapped(self) {
        match self.held.get_value().1 {
            // A click: it goes on until nobody speaks, or until the next one.
            From::Button => self.toggle(),
            From::Page => self.hint.set(self.unheard.with_untracked(Option::is_none)),
            // The keyboard is wanted, and no failure to hear.
            From::Anywhere => {
                self.unheard.set(None);
                self.shell.wants_ask.set(true);
            }
        }
    }

    fn heard(self, told: &Told) {
        match told {
            Told::Opening {} => {
                self.committed.set(String::new());
                self.tentative.set(String::new());
                self.levels.set([0.0; BARS]);
                self.now.set(Now::Opening);
            }
            Told::Listening { .. } => self.now.set(Now::Listening),
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
                self.rest();
                if let Some(why) = lost {
                    self.fail(ApiError::new(ErrorCode::Internal, why.clone()), false);
                }
                self.said.set(Some(text.clone()));
            }
            Told::Failed { error, is_kept } => {
                self.rest();
                self.fail(error.clone(), *is_kept);
            }
            Told::Dropped {} => self.rest(),
        }
    }

    fn fail(self, error: ApiError, is_kept: bool) {
        self.held.try_update_value(|(held, _)| held.ended());
        self.unheard.try_set(Some(Unheard { error, is_kept }));
    }

    fn rest(self) {
        self.held.try_update_value(|(held, _)| held.ended());
        self.now.set(Now::Idle);
    }
}
