//! The interface of Hearth: pages and components for the browser and the desktop window, built to WebAssembly
//! and served by the node itself. Data comes only through the node's HTTP API.
//!
//! Invariants: all content of documents and answers is rendered as text nodes, never as markup; no request
//! goes anywhere but to the node that served the page.
#![allow(clippy::needless_pass_by_value, reason = "components own their properties")]
#![allow(unreachable_pub, reason = "the modules are private; `pub` marks what a module offers")]

mod api;
mod app;
mod browser;
mod components;
mod contexts;
mod pages;
mod text;

/// Starts the interface in the page.
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
    if let Some(first) = browser::document().get_element_by_id("first") {
        first.remove();
    }
}
