//! The open conversation: its turns, and the event streams of those that are running.

use std::collections::HashMap;

use hearth_domain::{Conversation, ConversationId, Turn, TurnId, TurnState};
use hearth_wire::operations::{AskQuestion, CancelTurn, GetConversation, ListConversations};
use hearth_wire::{ApiError, NewQuestion, NodeEvent, ReadAloudReason};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{TurnStream, TurnStreamItem, call_operation, page_query};
use crate::contexts::node::use_node;
use crate::contexts::notebook::{NotebookContext, use_notebook};
use crate::contexts::notices::{NoticesContext, use_notices};
use crate::contexts::read_aloud::{ReadAloudContext, use_read_aloud};
use crate::text::turn_projection::TurnProjection;

/// The open conversation of the open notebook.
#[derive(Clone, Copy)]
pub struct ChatContext {
    notebook: NotebookContext,
    notices: NoticesContext,
    read_aloud: ReadAloudContext,
    pub conversation: RwSignal<Option<ConversationId>>,
    pub conversations: RwSignal<Vec<Conversation>>,
    pub turns: RwSignal<Vec<(TurnId, ArcRwSignal<TurnProjection>)>>,
    pub failure: RwSignal<Option<ApiError>>,
    pub is_loading: RwSignal<bool>,
    /// A question is being sent to the node.
    pub is_asking: RwSignal<bool>,
    /// Notified when the node has accepted a question.
    pub question_accepted: Trigger,
    streams: StoredValue<HashMap<TurnId, TurnStream>, LocalStorage>,
}

/// The chat's context.
pub fn use_chat() -> ChatContext {
    expect_context()
}

/// Provides the chat with the latest conversation of the open notebook.
pub fn provide_chat_context() -> ChatContext {
    let chat = ChatContext {
        notebook: use_notebook(),
        notices: use_notices(),
        read_aloud: use_read_aloud(),
        conversation: RwSignal::new(None),
        conversations: RwSignal::new(Vec::new()),
        turns: RwSignal::new(Vec::new()),
        failure: RwSignal::new(None),
        is_loading: RwSignal::new(true),
        is_asking: RwSignal::new(false),
        question_accepted: Trigger::new(),
        streams: StoredValue::new_local(HashMap::new()),
    };
    provide_context(chat);
    chat.load_conversation(None);
    use_node().subscribe_to_events(move |event| match event {
        NodeEvent::Turn { turn } => chat.handle_turn(turn),
        NodeEvent::Reset {} => chat.reload_missed(),
        _ => {}
    });
    chat
}

impl ChatContext {
    /// Loads a conversation, or the latest for `None`.
    pub fn load_conversation(self, conversation_id: Option<ConversationId>) {
        spawn_local(async move {
            let loaded = self.fetch_conversation(conversation_id).await;
            self.is_loading.try_set(false);
            self.failure.try_set(loaded.err());
        });
    }

    /// Fetches missed turns after a reset; a new, empty conversation stays.
    fn reload_missed(self) {
        let shown = self.conversation.get_untracked();
        let was_loaded = !self.is_loading.get_untracked() && self.failure.with_untracked(Option::is_none);
        if shown.is_none() && was_loaded {
            self.refresh_conversations();
        } else {
            self.load_conversation(shown);
        }
    }

    async fn fetch_conversation(self, conversation_id: Option<ConversationId>) -> Result<(), ApiError> {
        let list =
            call_operation::<ListConversations>(&[&self.notebook.id.to_string()], &page_query(None), &())
                .await?;
        let id = conversation_id.or_else(|| list.conversations.first().map(|latest| latest.id));
        self.conversations.try_set(list.conversations);
        let Some(id) = id else { return Ok(()) };
        let conversation = call_operation::<GetConversation>(&[&id.to_string()], &(), &()).await?;
        // The page may be gone by now.
        if self.turns.try_get_untracked().is_none() {
            return Ok(());
        }
        if self.conversation.get_untracked() != Some(id) {
            self.clear_turns();
            self.conversation.set(Some(id));
        }
        for turn in conversation.turns {
            self.upsert_turn(turn);
        }
        Ok(())
    }

    fn clear_turns(self) {
        self.streams.update_value(HashMap::clear);
        self.turns.set(Vec::new());
    }

    /// Starts an empty conversation; the node creates it with the next question.
    pub fn start_conversation(self) {
        self.clear_turns();
        self.conversation.set(None);
    }

    /// Handles a turn event, of this window or another.
    fn handle_turn(self, turn: &Turn) {
        if turn.notebook_id == self.notebook.id
            && self.conversation.get_untracked() == Some(turn.conversation_id)
        {
            self.upsert_turn(turn.clone());
        }
    }

    fn upsert_turn(self, turn: Turn) {
        let id = turn.id;
        let is_running = turn.state == TurnState::Running;
        let known = self.turns.with_untracked(|turns| turns.iter().find(|(other, _)| *other == id).cloned());
        match known {
            // Until a turn ends, its own stream is newer than the node's events.
            Some((_, projection)) if !is_running => projection.set(TurnProjection::new(turn)),
            Some(_) => {}
            None => self.turns.update(|turns| turns.push((id, ArcRwSignal::new(TurnProjection::new(turn))))),
        }
        if is_running {
            self.follow_turn(id);
        }
    }

    /// Subscribes to a turn's events, unless subscribed already.
    fn follow_turn(self, id: TurnId) {
        let is_followed = self.streams.with_value(|streams| streams.contains_key(&id));
        let projection =
            self.turns.with_untracked(|turns| turns.iter().find(|(other, _)| *other == id).cloned());
        let (false, Some((_, projection))) = (is_followed, projection) else { return };
        let stream = TurnStream::open(id, move |item| match item {
            TurnStreamItem::Start => projection.update(TurnProjection::reset),
            TurnStreamItem::Event(event) => projection.update(|projection| projection.apply_event(*event)),
        });
        self.streams.update_value(|streams| {
            streams.insert(id, stream);
        });
    }

    /// True if a question has to wait for another one.
    pub fn is_busy(self) -> bool {
        self.is_asking.get() || self.running_turn().is_some()
    }

    /// Asks a question, unless an answer is being written; `on_accepted` is called once the node has accepted
    /// it.
    pub fn ask_question(
        self,
        question: String,
        reason: ReadAloudReason,
        on_accepted: impl FnOnce() + 'static,
    ) {
        if untrack(|| self.is_busy()) {
            return;
        }
        self.is_asking.set(true);
        let new_question = NewQuestion {
            question,
            conversation_id: self.conversation.get_untracked(),
            ..NewQuestion::default()
        };
        spawn_local(async move {
            let turn =
                call_operation::<AskQuestion>(&[&self.notebook.id.to_string()], &(), &new_question).await;
            self.is_asking.try_set(false);
            match turn {
                Ok(turn) => {
                    on_accepted();
                    self.question_accepted.notify();
                    self.notebook.chat_requested.notify();
                    let is_first = self.conversation.get_untracked().is_none();
                    self.conversation.set(Some(turn.conversation_id));
                    self.read_aloud.read_answer(turn.id, reason);
                    self.upsert_turn(turn);
                    if is_first {
                        self.refresh_conversations();
                    }
                }
                Err(error) => self.notices.show_error(&error),
            }
        });
    }

    /// Fetches the list of conversations again.
    pub fn refresh_conversations(self) {
        spawn_local(async move {
            let list =
                call_operation::<ListConversations>(&[&self.notebook.id.to_string()], &page_query(None), &())
                    .await;
            if let Ok(list) = list {
                self.conversations.try_set(list.conversations);
            }
        });
    }

    /// The running turn, or `None`.
    pub fn running_turn(self) -> Option<TurnId> {
        self.turns.with(|turns| {
            turns
                .iter()
                .rev()
                .find(|(_, projection)| projection.with(TurnProjection::is_running))
                .map(|(id, _)| *id)
        })
    }

    /// Cancels a running turn.
    pub fn cancel_turn(self, turn: TurnId) {
        spawn_local(async move {
            if let Err(error) = call_operation::<CancelTurn>(&[&turn.to_string()], &(), &()).await {
                self.notices.show_error(&error);
            }
        });
    }
}
