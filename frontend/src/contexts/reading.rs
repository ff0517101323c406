//! Answers that the desktop program reads aloud.

use hearth_domain::TurnId;
use hearth_wire::operations::{Hush, ReadAloud};
use hearth_wire::{NodeEvent, Occasion, ReadRequest, ShellEvent};
use leptos::ev;
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::live::live;
use super::notices::{Notices, notices};
use super::shell;
use crate::api::call;

/// What is read aloud now: an answer, or a few words to try a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aloud {
    Answer(TurnId),
    Text,
}

#[derive(Clone, Copy)]
pub struct Reading {
    pub now: RwSignal<Option<Aloud>>,
    is_here: Memo<bool>,
    notices: Notices,
}

pub fn reading() -> Reading {
    expect_context()
}

/// Inside of what hears the desktop program.
pub fn provide() {
    let is_here = shell::is_here();
    let reading =
        Reading { now: RwSignal::new(None), is_here: Memo::new(move |_| is_here()), notices: notices() };
    provide_context(reading);
    live().listen(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Reading { turn_id, is_on, problem } } => {
            let what = turn_id.map_or(Aloud::Text, Aloud::Answer);
            reading.now.update(|now| match is_on {
                true => *now = Some(what),
                // Another may have taken its place.
                false => drop(now.take_if(|now| *now == what)),
            });
            if let Some(why) = problem {
                reading.notices.complain(why);
            }
        }
        // What became of it was not told.
        NodeEvent::Reset {} => reading.come_back(),
        _ => {}
    });
    // A page before this one may have had something read.
    Effect::new(move |_| {
        if reading.is_here.get() {
            reading.come_back();
        }
    });
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && reading.now.get_untracked().is_some() {
            event.prevent_default();
            reading.hush();
        }
    });
    on_cleanup(move || listener.remove());
}

impl Reading {
    /// Whether there is a voice to be asked for.
    pub fn is_here(self) -> bool {
        self.is_here.get()
    }

    /// Reads an answer, where it is wanted on this occasion.
    pub fn answer(self, turn_id: TurnId, occasion: Occasion) {
        if self.is_here.get_untracked() {
            self.begin(ReadRequest::Answer { turn_id, occasion });
        }
    }

    /// Reads a few words.
    pub fn text(self, text: &str) {
        self.begin(ReadRequest::Text { text: text.to_owned() });
    }

    fn begin(self, what: ReadRequest) {
        spawn_local(async move {
            if let Err(error) = call::<ReadAloud>(&[], &(), &what).await {
                self.notices.fail(&error);
            }
        });
    }

    /// What is read was wanted by nobody who is still here.
    fn come_back(self) {
        self.now.set(None);
        if self.is_here.get_untracked() {
            self.hush();
        }
    }

    /// Ends it at once.
    pub fn hush(self) {
        spawn_local(async move {
            if let Err(error) = call::<Hush>(&[], &(), &()).await {
                self.notices.fail(&error);
            }
        });
    }
}
