//! The notebook's conversations, behind a button.

use hearth_domain::Conversation;
use hearth_wire::ConversationChange;
use hearth_wire::operations::{ChangeConversation, DeleteConversation};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::talk::talk;
use crate::api::call;
use crate::components::shared::{Dialog, Icon, IconButton, RenameField};
use crate::contexts::notices::notices;
use crate::contexts::words::words;

#[component]
pub fn Conversations() -> impl IntoView {
    let words = words();
    let talk = talk();
    let is_open = RwSignal::new(false);
    let show = move || {
        talk.list();
        is_open.set(true);
    };
    view! {
        <IconButton name="clock" label=words.conversations on_click=show/>
        <Dialog is_open title=words.conversations>
            <Show when=move || !talk.conversations.with(Vec::is_empty) fallback=move || view! { <p class="empty">{words.no_conversations}</p> }>
                <ul class="plain-list">
                    <For each=move || talk.conversations.get() key=|one| (one.id, one.title.clone()) children=move |conversation| view! { <Row conversation is_open/> }/>
                </ul>
            </Show>
        </Dialog>
    }
}

#[component]
fn Row(conversation: Conversation, is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let talk = talk();
    let notices = notices();
    let id = conversation.id;
    let delete = move || {
        spawn_local(async move {
            match call::<DeleteConversation>(&[&id.to_string()], &(), &()).await {
                Ok(()) if talk.conversation.get_untracked() == Some(id) => {
                    talk.begin();
                    talk.list();
                }
                Ok(()) => talk.list(),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let choose = move |_| {
        is_open.set(false);
        talk.load(Some(id));
    };
    let is_renaming = RwSignal::new(false);
    let title = StoredValue::new(conversation.title);
    let rename = move |fresh: String| {
        spawn_local(async move {
            let change = ConversationChange { title: Some(fresh) };
            match call::<ChangeConversation>(&[&id.to_string()], &(), &change).await {
                Ok(_) => talk.list(),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let date = conversation.updated_at.strftime("%Y-%m-%d").to_string();
    view! {
        <li class="row" class:on=move || talk.conversation.get() == Some(id)>
            <Show when=move || !is_renaming.get() fallback=move || view! { <RenameField title=title.get_value() is_renaming on_rename=rename/> }>
                <button class="row-name" type="button" on:click=choose>
                    <Icon name="message-square"/>
                    <span class="name">{title.get_value()}</span>
                    <span class="meta">{date.clone()}</span>
                </button>
            </Show>
            <IconButton name="pencil" label=words.rename on_click=move || is_renaming.set(true)/>
            <IconButton name="trash-2" label=words.delete on_click=delete/>
        </li>
    }
}
