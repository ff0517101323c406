//! The node's events while the page is open; connected again by itself when the node comes back.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_wire::NodeEvent;
use hearth_wire::operation::Operation;
use hearth_wire::operations::NodeEvents;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::browser;

/// How the page stands with its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Open,
    Lost,
}

/// Names of the events in the stream.
const NAMES: [&str; 9] = ["job", "source", "notebook", "note", "turn", "model", "settings", "gone", "reset"];
/// Until the next try, when the browser has given up by itself.
const RETRY_MS: i32 = 800;

/// A stream of the node's events.
pub struct Feed(Rc<Inner>);

struct Inner {
    source: RefCell<Option<EventSource>>,
    on_event: Box<dyn Fn(NodeEvent)>,
    on_connection: Box<dyn Fn(Connection)>,
}

impl Feed {
    /// Begins to listen, for as long as the page is open.
    pub fn open(
        on_event: impl Fn(NodeEvent) + 'static,
        on_connection: impl Fn(Connection) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            source: RefCell::new(None),
            on_event: Box::new(on_event),
            on_connection: Box::new(on_connection),
        });
        connect(&inner);
        Self(inner)
    }

    /// Ends it; nothing is heard any more.
    pub fn close(&self) {
        if let Some(source) = self.0.source.borrow_mut().take() {
            source.close();
        }
    }
}

fn connect(inner: &Rc<Inner>) {
    let Ok(source) = EventSource::new(NodeEvents::INFO.path) else { return };
    let heard = {
        let inner = inner.clone();
        Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let data = message.data().as_string().unwrap_or_default();
            if let Ok(event) = serde_json::from_str(&data) {
                (inner.on_event)(event);
            }
        })
    };
    for name in NAMES {
        // It fails for names that are no strings only.
        let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    }
    heard.forget();
    let opened = {
        let inner = inner.clone();
        Closure::<dyn Fn()>::new(move || (inner.on_connection)(Connection::Open))
    };
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    opened.forget();
    let failed = {
        let inner = inner.clone();
        Closure::<dyn Fn()>::new(move || {
            (inner.on_connection)(Connection::Lost);
            again(&inner);
        })
    };
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
    *inner.source.borrow_mut() = Some(source);
}

/// After a pause, by a connection of our own: browsers wait longer and longer, or give up.
fn again(inner: &Rc<Inner>) {
    let Some(source) = inner.source.borrow_mut().take() else { return };
    source.close();
    let inner = inner.clone();
    browser::after(RETRY_MS, move || connect(&inner));
}
