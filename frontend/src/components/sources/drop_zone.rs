//! Files may be dropped anywhere in the window; the whole window says what will happen.

use leptos::ev;
use leptos::leptos_dom::helpers::{WindowListenerHandle, window_event_listener};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{DataTransfer, DragEvent, File};

use crate::browser::files;
use crate::components::shared::Icon;

#[component]
pub fn DropZone(
    #[prop(into)] message: Signal<String>,
    on_files: impl Fn(Vec<File>) + Clone + 'static,
) -> impl IntoView {
    // Entering a child is told before leaving its parent is.
    let depth = RwSignal::new(0_i32);
    let has_files = |event: &DragEvent| {
        event.data_transfer().is_some_and(|data: DataTransfer| data.types().includes(&"Files".into(), 0))
    };
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
            let found = files::all_of(dropped).await;
            if !found.is_empty() {
                on_files(found);
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
        <Show when=move || { depth.get() > 0 }>
            <div class="drop-zone"><div><Icon name="upload"/><p>{message}</p></div></div>
        </Show>
    }
}
