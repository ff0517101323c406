//! The file that is on its way to the node, and how many come after it.

use leptos::prelude::*;

use crate::browser;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::notebook::{OnItsWay, open_notebook};
use crate::contexts::words::words;
use crate::strings::count;

/// What is sent quicker than this is not spoken of: it is there already.
const PATIENCE_MS: i32 = 400;

#[component]
pub fn SendingRow() -> impl IntoView {
    let open = open_notebook();
    let is_long = RwSignal::new(false);
    let is_sending = Memo::new(move |_| open.sending.with(Option::is_some));
    Effect::new(move |_| {
        if is_sending.get() {
            browser::after(PATIENCE_MS, move || {
                is_long.try_set(is_sending.try_get_untracked().unwrap_or(false));
            });
        } else {
            is_long.set(false);
        }
    });
    move || open.sending.get().filter(|_| is_long.get()).map(|file| view! { <Row file/> })
}

#[component]
fn Row(file: OnItsWay) -> impl IntoView {
    let words = words();
    let OnItsWay { name, share, waiting, sending } = file;
    let share = RwSignal::from(share);
    let percent = move || format!("{:.0}", share.get() * 100.0);
    let label = name.clone();
    view! {
        <div class="source sending">
            <Icon name="arrow-up"/>
            <span class="source-name">
                <span class="name" title=label.clone()>{name}</span>
                <span class="meta">
                    {words.sending}" "{percent}" %"{(waiting > 0).then(|| format!(" · {}", count(words.more_to_send, waiting)))}
                </span>
                <span class="bar" role="progressbar" aria-label=label aria-valuenow=percent aria-valuemin="0" aria-valuemax="100">
                    <i style:width=move || format!("{}%", share.get() * 100.0)></i>
                </span>
            </span>
            <IconButton name="x" label=words.stop on_click=move || sending.stop()/>
        </div>
    }
}
