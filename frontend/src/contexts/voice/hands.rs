//! What hands do: keys and the button, and what the node is asked for, one thing after the other.

use hearth_domain::NotebookId;
use hearth_wire::operations::{
    DeleteDictation, DropListening, Show, StartListening, StopListening, WriteDictation,
};
use hearth_wire::{ApiError, ListenRequest, ShowRequest, WhichListening, WriteRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys;

use super::held::Act;
use super::{From, Now, Numbers, Voice};
use crate::api::call;
use crate::browser;
use crate::contexts::shell;

impl Voice {
    pub(super) fn key_down(self, event: &web_sys::KeyboardEvent) {
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

    pub(super) fn key_up(self, event: &web_sys::KeyboardEvent) {
        if (event.code() == "Space" || event.key() == "Control") && self.held.get_value().1 == From::Page {
            self.up();
        }
    }

    /// There is a notebook to be asked.
    fn may_ask(self) -> bool {
        self.notebook.get_untracked().is_some()
    }

    pub(super) fn down(self, from: From) {
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

    pub(super) fn up(self) {
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
        if self.retrying.try_update_value(|retrying| std::mem::replace(retrying, false)) == Some(true) {
            self.now.set(Now::Idle);
        }
        self.act(Some(Act::Drop));
    }

    /// Tries again with what was kept, until it is dropped.
    pub fn again(self) {
        let Some(id) = self.unheard.get_untracked().and_then(|unheard| unheard.kept) else { return };
        self.unheard.set(None);
        self.retrying.set_value(true);
        self.now.set(Now::Writing);
        spawn_local(async move {
            let notebook_id = self.notebook.get_untracked();
            let (name, latest) = (id.to_string(), self.numbers.get_value().latest);
            let written = call::<WriteDictation>(&[&name], &(), &WriteRequest { notebook_id }).await;
            if self.retrying.try_update_value(|retrying| std::mem::replace(retrying, false)) != Some(true) {
                return;
            }
            // Somebody may speak again by now.
            if self.numbers.get_value().latest == latest {
                self.now.try_set(Now::Idle);
            }
            let text = match written {
                Ok(written) => written.text,
                Err(error) => return self.fail(error, Some(id)),
            };
            self.hand_on(notebook_id, &text);
            // One in which nobody was heard stays in the list of the settings, as what cannot be deleted does.
            if !text.is_empty()
                && let Err(error) = call::<DeleteDictation>(&[&name], &(), &()).await
            {
                leptos::logging::debug_warn!("{error:?}");
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
            Act::Stop if !self.has_shell.get_untracked() => {
                self.stop_here(begun);
                Ok(())
            }
            Act::Tap | Act::Drop if !self.has_shell.get_untracked() => {
                self.drop_here(begun.filter(|_| act == Act::Tap));
                Ok(())
            }
            Act::Stop => call::<StopListening>(&[], &(), &WhichListening { number: begun }).await,
            Act::Tap => call::<DropListening>(&[], &(), &WhichListening { number: begun }).await,
            Act::Drop => {
                let number = Some(latest).filter(|latest| *latest > 0);
                call::<DropListening>(&[], &(), &WhichListening { number }).await
            }
        };
        if let Err(error) = done {
            self.fail(error, None);
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
        if !self.is_known.get_untracked() {
            // Whose microphone it is will be known in a moment.
            self.numbers.update_value(|numbers| numbers.begun = None);
            return self.free_hand();
        }
        let started = if self.has_shell.get_untracked() {
            call::<StartListening>(&[], &(), &ListenRequest { notebook_id, hands_free }).await
        } else {
            self.listen_here(notebook_id, hands_free)
        };
        self.begun(&started, notebook_id);
        if let Err(error) = started {
            self.fail(error, None);
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
    pub(super) fn come_back(self) {
        self.now.set(Now::Idle);
        // The node may be another process, which counts from the beginning.
        self.numbers.update_value(|numbers| (numbers.latest, numbers.ended) = (0, 0));
        spawn_local(async move {
            if let Err(error) = call::<StopListening>(&[], &(), &WhichListening::default()).await {
                // Where there is no microphone any more, nobody listens.
                leptos::logging::debug_warn!("{error:?}");
            }
        });
    }

    /// Whoever speaks from another program sees what became of it.
    pub(super) fn come_to_front(self) {
        if self.held.get_value().1 != From::Anywhere {
            return;
        }
        spawn_local(async move {
            if let Err(error) = call::<Show>(&[], &(), &ShowRequest::default()).await {
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
                self.come_to_front();
            }
        }
    }
}
