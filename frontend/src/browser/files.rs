//! Files that were chosen or dropped, folders included.

use hearth_wire::MOST_FILES;
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

/// What was dropped: files and folders by entry, or, in browsers without entries, files.
pub enum Dropped {
    Entries(Vec<FileSystemEntry>),
    Files(Vec<File>),
}

/// Whether files are being dragged, rather than a text.
pub fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// What a drop carries; may be asked while the event is handled only.
pub fn dropped(data: &DataTransfer) -> Dropped {
    let items = data.items();
    let entries: Vec<FileSystemEntry> =
        (0..items.length()).filter_map(|at| items.get(at)?.webkit_get_as_entry().ok().flatten()).collect();
    if entries.is_empty() {
        return Dropped::Files(data.files().as_ref().map(listed).unwrap_or_default());
    }
    Dropped::Entries(entries)
}

/// The files of a list of the browser's.
pub fn listed(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// All files, those in folders too, and whether there were more than [`MOST_FILES`]; hidden ones are left out.
pub async fn all_of(dropped: Dropped) -> (Vec<File>, bool) {
    let mut waiting = match dropped {
        Dropped::Files(files) => return (files, false),
        Dropped::Entries(entries) => entries,
    };
    waiting.reverse();
    let mut found = Vec::new();
    while let Some(entry) = waiting.pop() {
        if entry.name().starts_with('.') {
            continue;
        }
        if found.len() >= MOST_FILES {
            return (found, true);
        }
        if entry.is_directory() {
            let mut inside = children(entry.unchecked_ref()).await;
            inside.sort_by_key(FileSystemEntry::name);
            inside.reverse();
            waiting.extend(inside);
        } else if let Some(file) = file(entry.unchecked_ref()).await {
            found.push(file);
        }
    }
    (found, false)
}

/// A file that is dropped where nothing takes it would be opened instead of this page.
pub fn keep_the_page() {
    let stay = |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
        }
    };
    // As long as the page: nobody takes them away.
    window_event_listener(ev::dragover, stay);
    window_event_listener(ev::drop, stay);
}

async fn file(entry: &FileSystemFileEntry) -> Option<File> {
    let promise = promise(|good, bad| entry.file_with_callback_and_callback(good, bad));
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

async fn children(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut all = Vec::new();
    // A reader gives some at a time, and none at the end.
    loop {
        let promise = promise(|good, bad| reader.read_entries_with_callback_and_callback(good, bad).is_ok());
        let Ok(part) = JsFuture::from(promise).await else { return all };
        let part: Array = part.unchecked_into();
        if part.length() == 0 {
            return all;
        }
        all.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

/// A promise out of a call with two callbacks.
fn promise<T>(begin: impl FnOnce(&js_sys::Function, &js_sys::Function) -> T) -> Promise {
    let mut begin = Some(begin);
    Promise::new(&mut |resolve, reject| {
        let good = Closure::once_into_js(move |value: JsValue| resolve.call1(&JsValue::NULL, &value));
        let bad = Closure::once_into_js(move |value: JsValue| reject.call1(&JsValue::NULL, &value));
        if let Some(begin) = begin.take() {
            begin(good.unchecked_ref(), bad.unchecked_ref());
        }
    })
}
