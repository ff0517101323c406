//! Messages, as they come up.

use leptos::prelude::*;

use crate::components::shared::{Icon, IconButton};
use crate::contexts::notices::{Notice, notices};
use crate::contexts::words::words;

#[component]
pub fn Toasts() -> impl IntoView {
    let notices = notices();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || notices.shown.get() key=|notice| notice.id children=move |notice| view! { <Toast notice/> }/>
        </div>
    }
}

#[component]
fn Toast(notice: Notice) -> impl IntoView {
    let notices = notices();
    let words = words();
    let id = notice.id;
    let undo = notice.undo.map(|undo| {
        let on_click = move |_| {
            undo.run(());
            notices.put_away(id);
        };
        view! { <button class="btn quiet" type="button" on:click=on_click>{words.undo}</button> }
    });
    view! {
        <div class="toast" class:bad=notice.is_failure>
            <Icon name=if notice.is_failure { "circle-alert" } else { "circle-check" }/>
            <span>{notice.text}</span>
            {undo}
            <IconButton name="x" label=words.close on_click=move || notices.put_away(id)/>
        </div>
    }
}
