//! The notebook's conversations, behind a button.

use hearth_domain::Conversation;
use hearth_wire::operations::DeleteConversation;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::talk::talk;
use crate::api::call;
use crate::components::shared::{Dialog, Icon, IconButton};
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
    view! {
        <li class="row" class:on=move || talk.conversation.get() == Some(id)>
            <button class="row-name" type="button" on:click=choose>
                <Icon name="message-square"/>
                <span class="name">{conversation.title}</span>
                <span class="meta">{conversation.updated_at.strftime("%Y-%m-%d").to_string()}</span>
            </button>
            <IconButton name="trash-2" label=words.delete on_click=delete/>
        </li>
    }
}
