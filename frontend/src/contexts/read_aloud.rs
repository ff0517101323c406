//! Answers that the desktop program reads aloud.

use hearth_domain::TurnId;
use hearth_wire::operations::{ReadAloud, StopReading};
use hearth_wire::{NodeEvent, ReadAloudReason, ReadAloudRequest, ShellEvent};
use leptos::ev;
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::localisation::use_strings;
use super::node::use_node;
use super::notices::{NoticesContext, use_notices};
use super::shell;
use crate::api::call_operation;

/// Content that is being read aloud: an answer, or a sample to try a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAloudItem {
    Answer(TurnId),
    Sample,
}

/// Reading aloud by the desktop program.
#[derive(Clone, Copy)]
pub struct ReadAloudContext {
    pub current: RwSignal<Option<ReadAloudItem>>,
    can_read: Memo<bool>,
    notices: NoticesContext,
}

/// Reading aloud's context.
pub fn use_read_aloud() -> ReadAloudContext {
    expect_context()
}

/// Provides reading aloud; below the shell's context.
pub fn provide_read_aloud_context() {
    let (has_shell, strings) = (shell::use_has_shell(), use_strings());
    let reading = ReadAloudContext {
        current: RwSignal::new(None),
        can_read: Memo::new(move |_| has_shell()),
        notices: use_notices(),
    };
    provide_context(reading);
    use_node().subscribe_to_events(move |event| match event {
        NodeEvent::Shell { event: ShellEvent::Reading { turn_id, is_on, problem } } => {
            let item = turn_id.map_or(ReadAloudItem::Sample, ReadAloudItem::Answer);
            reading.current.update(|current| match is_on {
                true => *current = Some(item),
                // Another item may have taken its place.
                false => drop(current.take_if(|current| *current == item)),
            });
            if let Some(why) = problem {
                reading.notices.show_explained_failure(strings.explain(strings.reading_failed, why));
            }
        }
        // The end of reading may have been missed.
        NodeEvent::Reset {} => reading.stop_stale_reading(),
        _ => {}
    });
    // An earlier page may have started reading.
    Effect::new(move |_| {
        if reading.can_read.get() {
            reading.stop_stale_reading();
        }
    });
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && reading.current.get_untracked().is_some() {
            event.prevent_default();
            reading.stop_reading();
        }
    });
    on_cleanup(move || listener.remove());
}

impl ReadAloudContext {
    /// True if the desktop program can read aloud.
    pub fn is_available(self) -> bool {
        self.can_read.get()
    }

    /// Reads an answer aloud, if the settings provide for that for this reason.
    pub fn read_answer(self, turn_id: TurnId, reason: ReadAloudReason) {
        if self.can_read.get_untracked() {
            self.start_reading(ReadAloudRequest::Answer { turn_id, reason });
        }
    }

    /// Reads a short text aloud.
    pub fn read_text(self, text: &str) {
        self.start_reading(ReadAloudRequest::Text { text: text.to_owned() });
    }

    fn start_reading(self, request: ReadAloudRequest) {
        spawn_local(async move {
            if let Err(error) = call_operation::<ReadAloud>(&[], &(), &request).await {
                self.notices.show_error(&error);
            }
        });
    }

    /// Stops reading that an earlier page started.
    fn stop_stale_reading(self) {
        self.current.set(None);
        if self.can_read.get_untracked() {
            self.stop_reading();
        }
    }

    /// Stops reading at once.
    pub fn stop_reading(self) {
        spawn_local(async move {
            if let Err(error) = call_operation::<StopReading>(&[], &(), &()).await {
                self.notices.show_error(&error);
            }
        });
    }
}
