//! The events of one turn, from its start, until its end; started over when the connection breaks.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::operation::Operation;
use hearth_wire::operations::TurnEvents;

use super::stream::{RETRY_MS, Stream};
use crate::browser;

const NAMES: [&str; 9] =
    ["progress", "retrieved", "reasoning", "text", "citation", "unsupported", "done", "failed", "cancelled"];

/// What a listener is told.
pub enum Told {
    /// The stream begins, again perhaps: all that was told before comes once more.
    Start,
    Event(Box<TurnEvent>),
}

/// A turn being listened to; dropping it ends that, not the turn.
pub struct TurnStream(#[expect(dead_code, reason = "held for its drop")] Rc<Inner>);

struct Inner {
    path: String,
    stream: RefCell<Option<Stream>>,
    on_told: Box<dyn Fn(Told)>,
}

impl TurnStream {
    pub fn open(turn: TurnId, on_told: impl Fn(Told) + 'static) -> Self {
        let inner = Rc::new(Inner {
            path: TurnEvents::INFO.path_with(&[&turn.to_string()]),
            stream: RefCell::new(None),
            on_told: Box::new(on_told),
        });
        connect(&inner);
        Self(inner)
    }
}

fn connect(inner: &Rc<Inner>) {
    (inner.on_told)(Told::Start);
    let [data, failed] = [(); 2].map(|()| Rc::downgrade(inner));
    let stream =
        Stream::open(&inner.path, &NAMES, move |text| heard(&data, &text), || (), move || again(&failed));
    inner.stream.replace(stream);
}

fn heard(inner: &Weak<Inner>, text: &str) {
    let (Some(inner), Ok(event)) = (inner.upgrade(), serde_json::from_str::<TurnEvent>(text)) else { return };
    // The node closes a stream that has ended, which is no failure.
    if event.is_last() {
        inner.stream.take();
    }
    (inner.on_told)(Told::Event(Box::new(event)));
}

fn again(inner: &Weak<Inner>) {
    let Some(broken) = inner.upgrade().filter(|inner| inner.stream.take().is_some()) else { return };
    let inner = Rc::downgrade(&broken);
    browser::after(RETRY_MS, move || {
        if let Some(inner) = inner.upgrade() {
            connect(&inner);
        }
    });
}
