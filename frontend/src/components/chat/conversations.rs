//! The list of the notebook's conversations, in a dialog.

use hearth_domain::Conversation;
use hearth_wire::ConversationChange;
use hearth_wire::operations::{ChangeConversation, DeleteConversation};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::chat_context::use_chat;
use crate::api::call_operation;
use crate::components::shared::{Dialog, Icon, IconButton, RenameField};
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;

/// Button and dialog of the conversations.
#[component]
pub fn Conversations() -> impl IntoView {
    let strings = use_strings();
    let chat = use_chat();
    let is_open = RwSignal::new(false);
    let show = move || {
        chat.refresh_conversations();
        is_open.set(true);
    };
    view! {
        <IconButton name="clock" label=strings.conversations on_click=show />
        <Dialog is_open title=strings.conversations>
            <Show
                when=move || !chat.conversations.with(Vec::is_empty)
                fallback=move || view! { <p class="empty">{strings.no_conversations}</p> }
            >
                <ul class="plain-list">
                    <For
                        each=move || chat.conversations.get()
                        key=|conversation| (conversation.id, conversation.title.clone())
                        children=move |conversation| view! { <Row conversation is_open /> }
                    />
                </ul>
            </Show>
        </Dialog>
    }
}

#[component]
fn Row(conversation: Conversation, is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let chat = use_chat();
    let notices = use_notices();
    let id = conversation.id;
    let delete = move || {
        spawn_local(async move {
            match call_operation::<DeleteConversation>(&[&id.to_string()], &(), &()).await {
                Ok(()) if chat.conversation.get_untracked() == Some(id) => {
                    chat.start_conversation();
                    chat.refresh_conversations();
                }
                Ok(()) => chat.refresh_conversations(),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let choose = move |_| {
        is_open.set(false);
        chat.load_conversation(Some(id));
    };
    let is_renaming = RwSignal::new(false);
    let title = StoredValue::new(conversation.title);
    let rename = move |new_title: String| {
        spawn_local(async move {
            let change = ConversationChange { title: Some(new_title) };
            match call_operation::<ChangeConversation>(&[&id.to_string()], &(), &change).await {
                Ok(_) => chat.refresh_conversations(),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let date = conversation.updated_at.strftime("%Y-%m-%d").to_string();
    view! {
        <li class="row" class:on=move || chat.conversation.get() == Some(id)>
            <Show
                when=move || !is_renaming.get()
                fallback=move || view! { <RenameField title=title.get_value() is_renaming on_rename=rename /> }
            >
                <button class="row-name" type="button" on:click=choose>
                    <Icon name="message-square" />
                    <span class="name">{title.get_value()}</span>
                    <span class="meta">{date.clone()}</span>
                </button>
            </Show>
            <IconButton name="pencil" label=strings.rename on_click=move || is_renaming.set(true) />
            <IconButton name="trash-2" label=strings.delete on_click=delete />
        </li>
    }
}
