//! The events of one turn, from its start, until its end; started over when the connection breaks.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::operation::Operation;
use hearth_wire::operations::TurnEvents;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::browser;

const NAMES: [&str; 9] =
    ["progress", "retrieved", "reasoning", "text", "citation", "unsupported", "done", "failed", "cancelled"];
const RETRY_MS: i32 = 800;

/// What a listener is told.
pub enum Told {
    /// The stream begins, again perhaps: all that was told before comes once more.
    Start,
    Event(Box<TurnEvent>),
}

/// A turn being listened to; dropping it ends that, not the turn.
pub struct TurnStream(Rc<Inner>);

struct Inner {
    path: String,
    source: RefCell<Option<EventSource>>,
    on_told: Box<dyn Fn(Told)>,
}

impl TurnStream {
    pub fn open(turn: TurnId, on_told: impl Fn(Told) + 'static) -> Self {
        let inner = Rc::new(Inner {
            path: TurnEvents::INFO.path_with(&[&turn.to_string()]),
            source: RefCell::new(None),
            on_told: Box::new(on_told),
        });
        connect(&inner);
        Self(inner)
    }
}

impl Drop for TurnStream {
    fn drop(&mut self) {
        close(&self.0);
    }
}

fn close(inner: &Inner) -> bool {
    let source = inner.source.borrow_mut().take();
    source.inspect(EventSource::close).is_some()
}

fn connect(inner: &Rc<Inner>) {
    let Ok(source) = EventSource::new(&inner.path) else { return };
    (inner.on_told)(Told::Start);
    let heard = {
        let inner = inner.clone();
        Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let data = message.data().as_string().unwrap_or_default();
            let Ok(event) = serde_json::from_str::<TurnEvent>(&data) else { return };
            if event.is_last() {
                close(&inner);
            }
            (inner.on_told)(Told::Event(Box::new(event)));
        })
    };
    for name in NAMES {
        // It fails for names that are no strings only.
        let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    }
    heard.forget();
    let failed = {
        let inner = inner.clone();
        Closure::<dyn Fn()>::new(move || {
            if close(&inner) {
                let inner = inner.clone();
                browser::after(RETRY_MS, move || connect(&inner));
            }
        })
    };
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
    *inner.source.borrow_mut() = Some(source);
}
