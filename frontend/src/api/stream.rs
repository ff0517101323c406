//! A connection for server-sent events; its owner decides about reconnecting.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Delay before reconnecting, in milliseconds. Browsers' own delays grow, or they give up: they are not
/// relied on.
pub(super) const RETRY_DELAY_MS: i32 = 800;

/// Open connection for server-sent events; closed when dropped.
pub(super) struct EventStream {
    source: EventSource,
    // The closures live as long as the browser may call them.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_open: Closure<dyn Fn()>,
    _on_error: Closure<dyn Fn()>,
}

impl EventStream {
    /// Opens a connection for events of the given names. `on_data` gets each event's data.
    pub(super) fn open(
        path: &str,
        names: &[&str],
        on_data: impl Fn(String) + 'static,
        on_open: impl Fn() + 'static,
        on_failure: impl Fn() + 'static,
    ) -> Option<Self> {
        let source = EventSource::new(path).ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            on_data(message.data().as_string().unwrap_or_default());
        });
        for name in names {
            // Fails only for names that are no strings.
            let _ = source.add_event_listener_with_callback(name, on_message.as_ref().unchecked_ref());
        }
        let on_open = Closure::<dyn Fn()>::new(on_open);
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        let on_failure = Closure::<dyn Fn()>::new(on_failure);
        source.set_onerror(Some(on_failure.as_ref().unchecked_ref()));
        Some(Self { source, _on_message: on_message, _on_open: on_open, _on_error: on_failure })
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
    }
}
