//! Messages, as they come up.

use leptos::prelude::*;

use crate::components::shared::{ExplanationView, Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::{Notice, use_notices};

/// Visible messages.
#[component]
pub fn Toasts() -> impl IntoView {
    let notices = use_notices();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For
                each=move || notices.visible.get()
                key=|notice| notice.id
                children=move |notice| view! { <Toast notice /> }
            />
        </div>
    }
}

#[component]
fn Toast(notice: Notice) -> impl IntoView {
    let notices = use_notices();
    let strings = use_strings();
    let id = notice.id;
    let undo = notice.undo.map(|undo| {
        let on_click = move |_| {
            undo.run(());
            notices.dismiss_notice(id);
        };
        view! {
            <button class="btn quiet" type="button" on:click=on_click>
                {strings.undo}
            </button>
        }
    });
    view! {
        <div class="toast" class:bad=notice.is_failure>
            <Icon name=if notice.is_failure { "circle-alert" } else { "circle-check" } />
            <ExplanationView explanation=notice.text />
            {undo}
            <IconButton name="x" label=strings.close on_click=move || notices.dismiss_notice(id) />
        </div>
    }
}
