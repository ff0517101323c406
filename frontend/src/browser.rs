//! Functions over the browser's own interfaces: storage, time, clipboard, focus, files, scrolling.

pub mod files;
pub mod microphone;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, HtmlElement, Storage, Window};

/// The page's window.
///
/// # Panics
/// Outside of a page, where none of this code runs.
pub fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The page's document.
pub fn document() -> Document {
    window().document().expect("a window of a page has a document")
}

fn local_storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Value that this browser stores under a name, or `None`.
pub fn get_stored_item(name: &str) -> Option<String> {
    local_storage()?.get_item(&format!("hearth.{name}")).ok().flatten()
}

/// Stores a value in this browser, or removes it if empty. A browser without storage is no failure.
pub fn set_stored_item(name: &str, value: &str) {
    let Some(storage) = local_storage() else { return };
    let name = format!("hearth.{name}");
    let _ = if value.is_empty() { storage.remove_item(&name) } else { storage.set_item(&name, value) };
}

/// Current time in milliseconds, for measuring durations.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Captures the pointer: later pointer events go to the pressed element, wherever the pointer is released.
pub fn capture_pointer(event: &web_sys::PointerEvent) {
    if let Some(element) =
        event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    {
        // Fails for a pointer that is gone.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Calls a function after a delay in milliseconds.
pub fn run_after(milliseconds: i32, function: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(function);
    let callback = callback.unchecked_ref();
    // Fails only outside of a page.
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds);
}

/// Calls a function before the next frame is drawn.
pub fn run_on_next_frame(function: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(function);
    let _ = window().request_animation_frame(callback.unchecked_ref());
}

/// Copies a text to the clipboard; true if that succeeded.
pub async fn copy_to_clipboard(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // Pages that come over the network without TLS have no clipboard.
    if clipboard.is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Focuses the first element that matches a selector.
pub fn focus_element(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Fails for elements that are gone.
        let _ = element.focus();
    }
}

/// Tags of the browser's languages; the preferred one comes first.
pub fn preferred_languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|language| language.as_string()).collect()
}

/// Downloads an address as a file of the given name.
pub fn download_file(address: &str, name: &str) {
    let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    // These fail only for invalid attribute names.
    let _ = link.set_attribute("href", address);
    let _ = link.set_attribute("download", name);
    link.click();
}

/// Formats a time (milliseconds since 1970, UTC) in the browser's time zone: `2026-11-27 20:05`.
pub fn format_local_time(milliseconds: i64) -> String {
    let date = js_sys::Date::new(&(milliseconds as f64).into());
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// Number that no other call returns: for ids in the page.
pub fn next_unique_id() -> u32 {
    thread_local! {
        static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    NEXT.with(|next| next.replace(next.get() + 1))
}

/// Calls a method that `web-sys` has no binding for yet; does nothing in browsers without it.
pub fn call_method(object: &wasm_bindgen::JsValue, method: &str) {
    let function = js_sys::Reflect::get(object, &method.into()).ok();
    let function = function.and_then(|function| function.dyn_into::<js_sys::Function>().ok());
    if let Some(function) = function {
        // Hiding a hidden popover is no failure.
        let _ = function.call0(object);
    }
}

/// Saves a text as a file.
pub fn save_text_file(text: &str, name: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    download_file(&address, name);
    // Fails only for an address that is no blob's.
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// Scrolls an element into the middle of its scrolling ancestors.
pub fn scroll_to_center(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Center);
    options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// True if the keyboard belongs to a field, a dialog or a menu rather than to the page.
pub fn is_keyboard_in_use() -> bool {
    let active = document().active_element();
    let is_field =
        |active: web_sys::Element| matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    let overlay = document().query_selector("dialog[open], :popover-open").ok().flatten();
    active.is_some_and(is_field) || overlay.is_some()
}
