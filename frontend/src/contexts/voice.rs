//! Speaking instead of typing: the keys that are held, the microphone of the desktop program, and what was said.

mod held;

use std::collections::VecDeque;

use hearth_domain::NotebookId;
use hearth_wire::operations::{DropListening, ListenAgain, StartListening, StopListening};
use hearth_wire::{ApiError, ErrorCode, ListenRequest, NodeEvent, ShellEvent, Voice as Told, WhichListening};
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
    /// What was said to which notebook (none: a test), until somebody takes it.
    pub said: RwSignal<Option<(Option<NotebookId>, String)>>,
    pub unheard: RwSignal<Option<Unheard>>,
    /// Somebody tapped who has to hold.
    pub hint: RwSignal<bool>,
    /// The notebook that is asked.
    pub notebook: RwSignal<Option<NotebookId>>,
    is_here: Memo<bool>,
    shell: Shell,
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
        is_here: Memo::new(move |_| is_here()),
        shell: shell(),
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
        NodeEvent::Reset {} => voice.come_back(),
        _ => {}
    });
    // A page before this one may have been heard.
    Effect::new(move |_| {
        if voice.is_here.get() {
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
        let is_ours = event.code() == "Space" && event.ctrl_key();
        let is_plain = !event.shift_key() && !event.alt_key() && !event.meta_key();
        if is_ours && is_plain && self.may_ask() {
            event.prevent_default();
            // The keyboard repeats itself while a key is held.
            if !event.repeat() {
                self.down(From::Page);
            }
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
        if from == From::Anywhere && self.asks(from).is_none() {
            return;
        }
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
            let notebook_id = self.notebook.get_untracked();
            let request = ListenRequest { notebook_id, hands_free: false };
            let started = call::<ListenAgain>(&[], &(), &request).await;
            self.begun(&started, notebook_id);
            if let Err(error) = started {
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
        if matches!(act, Act::Start { .. }) {
            // Whatever comes now of the one before says nothing of this hand.
            self.numbers.update_value(|numbers| numbers.held = None);
        }
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
        let Numbers { latest, begun, .. } = self.numbers.get_value();
        let done = match act {
            Act::Start { hands_free } => return self.start(hands_free).await,
            Act::Stop | Act::Tap if begun.is_none() => Ok(()),
            Act::Stop => call::<StopListening>(&[], &(), &WhichListening { number: begun }).await,
            Act::Tap => call::<DropListening>(&[], &(), &WhichListening { number: begun }).await,
            Act::Drop => {
                let number = Some(latest).filter(|latest| *latest > 0);
                call::<DropListening>(&[], &(), &WhichListening { number }).await
            }
        };
        if let Err(error) = done {
            self.fail(error, false);
        }
        if act == Act::Tap {
            self.tapped();
        }
    }

    async fn start(self, hands_free: bool) {
        self.unheard.set(None);
        self.hint.set(false);
        self.said.set(None);
        self.hands_free.set(hands_free);
        let notebook_id = self.asks(self.held.get_value().1);
        let started = call::<StartListening>(&[], &(), &ListenRequest { notebook_id, hands_free }).await;
        self.begun(&started, notebook_id);
        if let Err(error) = started {
            self.fail(error, false);
            if hands_free {
                self.free_hand();
            }
        }
    }

    /// Remembers which one it is that was begun.
    fn begun(self, started: &Result<WhichListening, ApiError>, notebook: Option<NotebookId>) {
        let number = started.as_ref().ok().and_then(|which| which.number);
        let has_next =
            self.acts.with_value(|(_, waiting)| waiting.iter().any(|act| matches!(act, Act::Start { .. })));
        let has_ended = self.numbers.try_update_value(|numbers| {
            numbers.begun = number;
            let number = number?;
            numbers.latest = numbers.latest.max(number);
            numbers.asked = Some((number, notebook));
            if !has_next {
                numbers.held = Some(number);
            }
            Some(!has_next && numbers.ended >= number)
        });
        if has_ended.flatten() == Some(true) {
            self.free_hand();
        }
    }

    /// The notebook that is asked: the one that is open, or, from anywhere, the one that was open last.
    fn asks(self, from: From) -> Option<NotebookId> {
        self.notebook.get_untracked().or_else(|| shell::last().filter(|_| from == From::Anywhere))
    }

    /// What goes on was begun by nobody who is still here, or what became of it was missed: it becomes text now.
    fn come_back(self) {
        self.now.set(Now::Idle);
        spawn_local(async move {
            if let Err(error) = call::<StopListening>(&[], &(), &WhichListening::default()).await {
                // Where there is no microphone any more, nobody listens.
                leptos::logging::debug_warn!("{error:?}");
            }
        });
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
                self.ended(number);
                if let Some(why) = lost {
                    self.fail(ApiError::new(ErrorCode::Internal, why.clone()), false);
                }
                self.hand_on(number, text);
            }
            Told::Failed { error, is_kept } => {
                self.ended(number);
                self.fail(error.clone(), *is_kept);
            }
            Told::Dropped {} => self.ended(number),
        }
    }

    /// What was said goes to whom it was said; where that notebook is not open any more, it waits in its ask bar.
    fn hand_on(self, number: u64, text: &str) {
        let open = self.notebook.get_untracked();
        let asked = self.numbers.get_value().asked.filter(|(asked, _)| *asked == number);
        // One that a page before this one began is for the notebook that is open.
        let asked = asked.map_or(open, |(_, notebook)| notebook);
        match asked {
            Some(id) if open != asked && !text.is_empty() => {
                let name = format!("draft.{id}");
                let draft = browser::kept(&name).unwrap_or_default();
                browser::keep(&name, format!("{draft} {text}").trim());
            }
            _ => self.said.set(Some((asked, text.to_owned()))),
        }
    }

    fn fail(self, error: ApiError, is_kept: bool) {
        self.unheard.try_set(Some(Unheard { error, is_kept }));
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
