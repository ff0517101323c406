//! Drop zone over the whole window; it shows what the drop will do.

use hearth_wire::MAX_ADDED_FILES;
use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::DragEvent;

use crate::browser::files::{self, has_files};
use crate::components::shared::Icon;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::IncomingFiles;
use crate::contexts::notices::use_notices;
use crate::contexts::shell::use_shell;

/// Drop zone for files.
#[component]
pub fn DropZone(
    #[prop(into)] message: Signal<String>,
    on_files: impl Fn(IncomingFiles) + Clone + 'static,
) -> impl IntoView {
    let notices = use_notices();
    let shell = use_shell();
    // Files dropped on the desktop program's window wait there until they are taken.
    let add_waiting_files = on_files.clone();
    Effect::new(move |_| {
        if shell.has_waiting_files.get() {
            shell.has_waiting_files.set(false);
            add_waiting_files(IncomingFiles::Shell);
        }
    });
    let strings = use_strings();
    // The event for entering a child comes before that for leaving its parent.
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
        // The drop's content is readable only now: the entries are read before anything is awaited.
        let dropped = files::read_dropped_items(&data);
        let on_files = on_files.clone();
        spawn_local(async move {
            let (found, were_more) = files::collect_dropped_files(dropped).await;
            if were_more {
                notices.show_info(strings.too_many_files(MAX_ADDED_FILES));
            }
            if !found.is_empty() {
                on_files(IncomingFiles::Files(found));
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
        <Show when=move || { depth.get() > 0 || shell.has_hovering_files.get() }>
            <div class="drop-zone">
                <div>
                    <Icon name="upload" />
                    <p>{message}</p>
                </div>
            </div>
        </Show>
    }
}
