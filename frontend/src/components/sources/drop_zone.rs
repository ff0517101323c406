//! Files may be dropped anywhere in the window; the whole window says what will happen.

use hearth_wire::MOST_FILES;
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::DragEvent;

use crate::browser::files::{self, has_files};
use crate::components::shared::Icon;
use crate::contexts::notebook::Incoming;
use crate::contexts::notices::notices;
use crate::contexts::shell::shell;
use crate::contexts::words::words;
use crate::strings::fill;

#[component]
pub fn DropZone(
    #[prop(into)] message: Signal<String>,
    on_files: impl Fn(Incoming) + Clone + 'static,
) -> impl IntoView {
    let notices = notices();
    let shell = shell();
    // What was dropped on the desktop program's window waits there.
    let take = on_files.clone();
    Effect::new(move |_| {
        if shell.is_waiting.get() {
            shell.is_waiting.set(false);
            take(Incoming::Shell);
        }
    });
    let words = words();
    // Entering a child is told before leaving its parent is.
    let depth = RwSignal::new(0_i32);
    let on_enter = move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
            depth.update(|depth| *depth += 1);
        }
    };
    let on_over = move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
        }
    };
    let on_leave = move |event: DragEvent| {
        if has_files(&event) {
            depth.update(|depth| *depth = (*depth - 1).max(0));
        }
    };
    let on_drop = move |event: DragEvent| {
        if !has_files(&event) {
            return;
        }
        event.prevent_default();
        depth.set(0);
        let Some(data) = event.data_transfer() else { return };
        // What was dropped may be looked at now only: the entries are taken before anything waits.
        let dropped = files::dropped(&data);
        let on_files = on_files.clone();
        spawn_local(async move {
            let (found, were_more) = files::all_of(dropped).await;
            if were_more {
                notices.tell(fill(words.too_many_files, &[("n", &MOST_FILES.to_string())]));
            }
            if !found.is_empty() {
                on_files(Incoming::Files(found));
            }
        });
    };
    let handles = [
        window_event_listener(ev::dragenter, on_enter),
        window_event_listener(ev::dragover, on_over),
        window_event_listener(ev::dragleave, on_leave),
        window_event_listener(ev::drop, on_drop),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        <Show when=move || { depth.get() > 0 || shell.is_hovered.get() }>
            <div class="drop-zone"><div><Icon name="upload"/><p>{message}</p></div></div>
        </Show>
    }
}
