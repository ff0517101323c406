//! The conversation that is open: its turns, and the streams of those that run.

use std::collections::HashMap;

use hearth_domain::{Conversation, ConversationId, Turn, TurnId, TurnState};
use hearth_wire::operations::{Ask, CancelTurn, GetConversation, ListConversations};
use hearth_wire::{ApiError, NodeEvent, Occasion, Question};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Told, TurnStream, call, page_of};
use crate::contexts::live::live;
use crate::contexts::notebook::{Open, open_notebook};
use crate::contexts::notices::{Notices, notices};
use crate::contexts::reading::{Reading, reading};
use crate::text::said::Said;

#[derive(Clone, Copy)]
pub struct Talk {
    open: Open,
    notices: Notices,
    reading: Reading,
    pub conversation: RwSignal<Option<ConversationId>>,
    pub conversations: RwSignal<Vec<Conversation>>,
    pub turns: RwSignal<Vec<(TurnId, ArcRwSignal<Said>)>>,
    pub failure: RwSignal<Option<ApiError>>,
    pub is_loading: RwSignal<bool>,
    /// A question is on its way to the node.
    pub is_asking: RwSignal<bool>,
    /// The node has taken a question.
    pub taken: Trigger,
    streams: StoredValue<HashMap<TurnId, TurnStream>, LocalStorage>,
}

pub fn talk() -> Talk {
    expect_context()
}

/// Opens the latest conversation of the open notebook for the components below.
pub fn provide() -> Talk {
    let talk = Talk {
        open: open_notebook(),
        notices: notices(),
        reading: reading(),
        conversation: RwSignal::new(None),
        conversations: RwSignal::new(Vec::new()),
        turns: RwSignal::new(Vec::new()),
        failure: RwSignal::new(None),
        is_loading: RwSignal::new(true),
        is_asking: RwSignal::new(false),
        taken: Trigger::new(),
        streams: StoredValue::new_local(HashMap::new()),
    };
    provide_context(talk);
    talk.load(None);
    live().listen(move |event| match event {
        NodeEvent::Turn { turn } => talk.heard(turn),
        NodeEvent::Reset {} => talk.read_again(),
        _ => {}
    });
    talk
}

impl Talk {
    /// Shows a conversation, or the latest.
    pub fn load(self, which: Option<ConversationId>) {
        spawn_local(async move {
            let loaded = self.read(which).await;
            self.is_loading.try_set(false);
            self.failure.try_set(loaded.err());
        });
    }

    /// What was missed is read; an empty conversation that someone began stays.
    fn read_again(self) {
        let shown = self.conversation.get_untracked();
        let was_read = !self.is_loading.get_untracked() && self.failure.with_untracked(Option::is_none);
        if shown.is_none() && was_read { self.list() } else { self.load(shown) }
    }

    async fn read(self, which: Option<ConversationId>) -> Result<(), ApiError> {
        let list = call::<ListConversations>(&[&self.open.id.to_string()], &page_of(None), &()).await?;
        let id = which.or_else(|| list.conversations.first().map(|latest| latest.id));
        self.conversations.try_set(list.conversations);
        let Some(id) = id else { return Ok(()) };
        let whole = call::<GetConversation>(&[&id.to_string()], &(), &()).await?;
        // The page may be gone by now.
        if self.turns.try_get_untracked().is_none() {
            return Ok(());
        }
        if self.conversation.get_untracked() != Some(id) {
            self.clear();
            self.conversation.set(Some(id));
        }
        for turn in whole.turns {
            self.put(turn);
        }
        Ok(())
    }

    fn clear(self) {
        self.streams.update_value(HashMap::clear);
        self.turns.set(Vec::new());
    }

    /// An empty conversation; the next question begins it.
    pub fn begin(self) {
        self.clear();
        self.conversation.set(None);
    }

    /// A turn of another window, or of this one.
    fn heard(self, turn: &Turn) {
        if turn.notebook_id == self.open.id && self.conversation.get_untracked() == Some(turn.conversation_id)
        {
            self.put(turn.clone());
        }
    }

    fn put(self, turn: Turn) {
        let id = turn.id;
        let is_running = turn.state == TurnState::Running;
        let known = self.turns.with_untracked(|turns| turns.iter().find(|(other, _)| *other == id).cloned());
        match known {
            // What is streamed is newer than what is told of it, until the end.
            Some((_, said)) if !is_running => said.set(Said::new(turn)),
            Some(_) => {}
            None => self.turns.update(|turns| turns.push((id, ArcRwSignal::new(Said::new(turn))))),
        }
        if is_running {
            self.follow(id);
        }
    }

    /// Listens to a turn, unless that is done already.
    fn follow(self, id: TurnId) {
        let is_followed = self.streams.with_value(|streams| streams.contains_key(&id));
        let said = self.turns.with_untracked(|turns| turns.iter().find(|(other, _)| *other == id).cloned());
        let (false, Some((_, said))) = (is_followed, said) else { return };
        let stream = TurnStream::open(id, move |told| match told {
            Told::Start => said.update(Said::again),
            Told::Event(event) => said.update(|said| said.take(*event)),
        });
        self.streams.update_value(|streams| {
            streams.insert(id, stream);
        });
    }

    /// Whether a question has to wait for another one.
    pub fn is_busy(self) -> bool {
        self.is_asking.get() || self.running().is_some()
    }

    /// Asks, unless an answer is on its way; `on_taken` is called once the node has the question.
    pub fn ask(self, question: String, occasion: Occasion, on_taken: impl FnOnce() + 'static) {
        if untrack(|| self.is_busy()) {
            return;
        }
        self.is_asking.set(true);
        let asked =
            Question { question, conversation_id: self.conversation.get_untracked(), ..Question::default() };
        spawn_local(async move {
            let turn = call::<Ask>(&[&self.open.id.to_string()], &(), &asked).await;
            self.is_asking.try_set(false);
            match turn {
                Ok(turn) => {
                    on_taken();
                    self.taken.notify();
                    self.open.chat_wanted.notify();
                    let is_first = self.conversation.get_untracked().is_none();
                    self.conversation.set(Some(turn.conversation_id));
                    self.reading.answer(turn.id, occasion);
                    self.put(turn);
                    if is_first {
                        self.list();
                    }
                }
                Err(error) => self.notices.fail(&error),
            }
        });
    }

    /// Reads the list of conversations anew.
    pub fn list(self) {
        spawn_local(async move {
            let list = call::<ListConversations>(&[&self.open.id.to_string()], &page_of(None), &()).await;
            if let Ok(list) = list {
                self.conversations.try_set(list.conversations);
            }
        });
    }

    /// The turn that is being answered.
    pub fn running(self) -> Option<TurnId> {
        self.turns
            .with(|turns| turns.iter().rev().find(|(_, said)| said.with(Said::is_running)).map(|(id, _)| *id))
    }

    pub fn stop(self, turn: TurnId) {
        spawn_local(async move {
            if let Err(error) = call::<CancelTurn>(&[&turn.to_string()], &(), &()).await {
                self.notices.fail(&error);
            }
        });
    }
}
