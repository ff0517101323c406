//! The few things that are asked of the browser itself.

pub mod files;
pub mod microphone;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, HtmlElement, Storage, Window};

/// The window.
///
/// # Panics
/// Outside of a page, where nothing of this runs.
pub fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

pub fn document() -> Document {
    window().document().expect("a window of a page has a document")
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What this browser keeps under a name; nothing where it keeps nothing.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(&format!("hearth.{name}")).ok().flatten()
}

/// Keeps a text, or forgets it when it is empty. A browser that keeps nothing is no failure.
pub fn keep(name: &str, value: &str) {
    let Some(storage) = storage() else { return };
    let name = format!("hearth.{name}");
    let _ = if value.is_empty() { storage.remove_item(&name) } else { storage.set_item(&name, value) };
}

/// Milliseconds, to tell how long something took.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// What a pointer does is told to where it was pressed, wherever it is let go.
pub fn hold_pointer(event: &web_sys::PointerEvent) {
    if let Some(element) =
        event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    {
        // It fails for a pointer that is gone.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Calls something after a while.
pub fn after(milliseconds: i32, what: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(what);
    let callback = callback.unchecked_ref();
    // It fails where there is no page.
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds);
}

/// Calls something before the next frame is drawn.
pub fn next_frame(what: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(what);
    let _ = window().request_animation_frame(callback.unchecked_ref());
}

/// Puts a text on the clipboard; whether that went well.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // Pages that come over the network without TLS have none.
    if clipboard.is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Gives the keyboard to the first element that a selector finds.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // It fails for elements that are gone.
        let _ = element.focus();
    }
}

/// The languages of whoever sits here say German first.
pub fn prefers_german() -> bool {
    window().navigator().language().is_some_and(|language| language.starts_with("de"))
}

/// Downloads from an address under a name.
pub fn download(address: &str, name: &str) {
    let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    // These fail for names that are no attribute names only.
    let _ = link.set_attribute("href", address);
    let _ = link.set_attribute("download", name);
    link.click();
}

/// A time (since 1970, UTC) as clocks show it where the browser is: `2026-11-27 20:05`.
pub fn local(milliseconds: i64) -> String {
    let date = js_sys::Date::new(&(milliseconds as f64).into());
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// A number that no other call gets: for ids in the page.
pub fn number() -> u32 {
    thread_local! {
        static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    NEXT.with(|next| next.replace(next.get() + 1))
}

/// Calls a method that `web-sys` has no name for yet; browsers without it do nothing.
pub fn call(object: &wasm_bindgen::JsValue, method: &str) {
    let function = js_sys::Reflect::get(object, &method.into()).ok();
    let function = function.and_then(|function| function.dyn_into::<js_sys::Function>().ok());
    if let Some(function) = function {
        // Hiding what is hidden already is no failure.
        let _ = function.call0(object);
    }
}

/// Saves a text as a file.
pub fn save(text: &str, name: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    download(&address, name);
    // It fails for what is no address of a blob.
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// Scrolls what is around an element so that it stands in the middle.
pub fn to_the_middle(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Center);
    options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Whether keys belong to something else than the page: to a field, a dialog or a menu.
pub fn is_busy_with_keys() -> bool {
    let active = document().active_element();
    let is_field =
        |active: web_sys::Element| matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    let above = document().query_selector("dialog[open], :popover-open").ok().flatten();
    active.is_some_and(is_field) || above.is_some()
}
