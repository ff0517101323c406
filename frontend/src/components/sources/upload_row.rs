//! Progress of the running upload, and the number of files queued after it.

use leptos::prelude::*;

use crate::browser;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{ActiveUpload, use_notebook};

/// Delay before an upload is shown, in milliseconds: shorter ones are over before.
const SHOW_DELAY_MS: i32 = 400;

/// Row of the running upload.
#[component]
pub fn UploadRow() -> impl IntoView {
    let notebook = use_notebook();
    let is_long = RwSignal::new(false);
    let is_sending = Memo::new(move |_| notebook.upload.with(Option::is_some));
    Effect::new(move |_| {
        if is_sending.get() {
            browser::run_after(SHOW_DELAY_MS, move || {
                is_long.try_set(is_sending.try_get_untracked().unwrap_or(false));
            });
        } else {
            is_long.set(false);
        }
    });
    move || notebook.upload.get().filter(|_| is_long.get()).map(|file| view! { <Row file /> })
}

#[component]
fn Row(file: ActiveUpload) -> impl IntoView {
    let strings = use_strings();
    let ActiveUpload { name, sent_share, queued_files, upload } = file;
    let share = RwSignal::from(sent_share);
    let percent = move || format!("{:.0}", share.get() * 100.0);
    let label = name.clone();
    view! {
        <div class="source sending">
            <Icon name="arrow-up" />
            <span class="source-name">
                <span class="name" title=label.clone()>
                    {name}
                </span>
                <span class="meta">
                    {strings.sending}" "{percent}" %"
                    {(queued_files > 0).then(|| format!(" · {}", strings.more_to_send(queued_files)))}
                </span>
                <span
                    class="bar"
                    role="progressbar"
                    aria-label=label
                    aria-valuenow=percent
                    aria-valuemin="0"
                    aria-valuemax="100"
                >
                    <i style:width=move || format!("{}%", share.get() * 100.0)></i>
                </span>
            </span>
            <IconButton name="x" label=strings.stop on_click=move || upload.stop() />
        </div>
    }
}
