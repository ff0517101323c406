//! Chosen and dropped files, including those in folders.

use hearth_wire::MAX_ADDED_FILES;
use js_sys::{Array, Promise};
use leptos::ev;
use leptos::leptos_dom::helpers::window_event_listener;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DragEvent, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};

/// Content of a drop: entries (files and folders) or, in browsers without entries, files.
pub enum DroppedItems {
    Entries(Vec<FileSystemEntry>),
    Files(Vec<File>),
}

/// True if files are being dragged, rather than a text.
pub fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Reads the content of a drop; works only while the event is handled.
pub fn read_dropped_items(data: &DataTransfer) -> DroppedItems {
    let items = data.items();
    let entries: Vec<FileSystemEntry> =
        (0..items.length()).filter_map(|at| items.get(at)?.webkit_get_as_entry().ok().flatten()).collect();
    if entries.is_empty() {
        return DroppedItems::Files(data.files().as_ref().map(collect_files).unwrap_or_default());
    }
    DroppedItems::Entries(entries)
}

/// Collects a browser's file list into a vector.
pub fn collect_files(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// All files, those in folders too, and true if there were more than [`MAX_ADDED_FILES`]; hidden ones are left
/// out.
pub async fn collect_dropped_files(dropped: DroppedItems) -> (Vec<File>, bool) {
    let mut pending = match dropped {
        DroppedItems::Files(files) => return (files, false),
        DroppedItems::Entries(entries) => entries,
    };
    pending.reverse();
    let mut collected = Vec::new();
    while let Some(entry) = pending.pop() {
        if entry.name().starts_with('.') {
            continue;
        }
        if collected.len() >= MAX_ADDED_FILES {
            return (collected, true);
        }
        if entry.is_directory() {
            let mut children = list_folder_entries(entry.unchecked_ref()).await;
            children.sort_by_key(FileSystemEntry::name);
            children.reverse();
            pending.extend(children);
        } else if let Some(file) = file_from_entry(entry.unchecked_ref()).await {
            collected.push(file);
        }
    }
    (collected, false)
}

/// Prevents the browser from opening a file in place of this page when it is dropped where no drop zone is.
pub fn prevent_file_navigation() {
    let ignore_drop = |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
        }
    };
    // The listeners live as long as the page: none is removed.
    window_event_listener(ev::dragover, ignore_drop);
    window_event_listener(ev::drop, ignore_drop);
}

async fn file_from_entry(entry: &FileSystemFileEntry) -> Option<File> {
    let promise = promise_from_callbacks(|on_success, on_failure| {
        entry.file_with_callback_and_callback(on_success, on_failure);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

async fn list_folder_entries(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut all = Vec::new();
    // A reader returns a batch of entries per call, and an empty one at the end.
    loop {
        let promise = promise_from_callbacks(|on_success, on_failure| {
            reader.read_entries_with_callback_and_callback(on_success, on_failure).is_ok()
        });
        let Ok(batch) = JsFuture::from(promise).await else { return all };
        let batch: Array = batch.unchecked_into();
        if batch.length() == 0 {
            return all;
        }
        all.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

/// Makes a promise of a call with two callbacks, for success and failure.
fn promise_from_callbacks<T>(start_call: impl FnOnce(&js_sys::Function, &js_sys::Function) -> T) -> Promise {
    let mut start_call = Some(start_call);
    Promise::new(&mut |resolve, reject| {
        let on_success = Closure::once_into_js(move |value: JsValue| resolve.call1(&JsValue::NULL, &value));
        let on_failure = Closure::once_into_js(move |value: JsValue| reject.call1(&JsValue::NULL, &value));
        if let Some(start_call) = start_call.take() {
            start_call(on_success.unchecked_ref(), on_failure.unchecked_ref());
        }
    })
}
