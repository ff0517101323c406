//! A connection that brings server-sent events; whoever holds it decides what happens when it breaks.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Until the next try. Browsers wait longer and longer, or give up; so they are not left to it.
pub(super) const RETRY_MS: i32 = 800;

/// An open connection; closed when dropped.
pub(super) struct Stream {
    source: EventSource,
    // They live as long as the browser may call them.
    _heard: Closure<dyn Fn(MessageEvent)>,
    _opened: Closure<dyn Fn()>,
    _failed: Closure<dyn Fn()>,
}

impl Stream {
    /// Listens to events of some names. `on_data` is given each event's data.
    pub(super) fn open(
        path: &str,
        names: &[&str],
        on_data: impl Fn(String) + 'static,
        on_open: impl Fn() + 'static,
        on_failure: impl Fn() + 'static,
    ) -> Option<Self> {
        let source = EventSource::new(path).ok()?;
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            on_data(message.data().as_string().unwrap_or_default());
        });
        for name in names {
            // It fails for names that are no strings only.
            let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
        }
        let opened = Closure::<dyn Fn()>::new(on_open);
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        let failed = Closure::<dyn Fn()>::new(on_failure);
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Self { source, _heard: heard, _opened: opened, _failed: failed })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
    }
}
