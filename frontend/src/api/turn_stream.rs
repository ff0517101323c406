//! The events of one turn, from first to last; replayed from the start after a broken connection.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::operation::Operation;
use hearth_wire::operations::StreamTurnEvents;

use super::stream::{EventStream, RETRY_DELAY_MS};
use crate::browser;

const EVENT_NAMES: [&str; 10] = [
    "progress",
    "retrieved",
    "reasoning",
    "text",
    "citation",
    "unsupported",
    "done",
    "failed",
    "cancelled",
    "interrupted",
];

/// Item of a turn's stream.
pub enum TurnStreamItem {
    /// The stream begins, perhaps again: all earlier events follow once more.
    Start,
    Event(Box<TurnEvent>),
}

/// Subscription to one turn's events; dropping it ends the subscription, not the turn.
pub struct TurnStream(#[expect(dead_code, reason = "held for its drop")] Rc<Inner>);

struct Inner {
    path: String,
    stream: RefCell<Option<EventStream>>,
    on_item: Box<dyn Fn(TurnStreamItem)>,
}

impl TurnStream {
    /// Subscribes to a turn; `on_item` gets every item.
    pub fn open(turn: TurnId, on_item: impl Fn(TurnStreamItem) + 'static) -> Self {
        let inner = Rc::new(Inner {
            path: StreamTurnEvents::INFO.format_path(&[&turn.to_string()]),
            stream: RefCell::new(None),
            on_item: Box::new(on_item),
        });
        connect_stream(&inner);
        Self(inner)
    }
}

fn connect_stream(inner: &Rc<Inner>) {
    (inner.on_item)(TurnStreamItem::Start);
    let [data, failed] = [(); 2].map(|()| Rc::downgrade(inner));
    let stream = EventStream::open(
        &inner.path,
        &EVENT_NAMES,
        move |text| handle_event(&data, &text),
        || (),
        move || schedule_reconnect(&failed),
    );
    inner.stream.replace(stream);
}

fn handle_event(inner: &Weak<Inner>, text: &str) {
    let (Some(inner), Ok(event)) = (inner.upgrade(), serde_json::from_str::<TurnEvent>(text)) else { return };
    // The node closes a stream that has ended, which is no failure.
    if event.is_last() {
        inner.stream.take();
    }
    (inner.on_item)(TurnStreamItem::Event(Box::new(event)));
}

fn schedule_reconnect(inner: &Weak<Inner>) {
    let Some(broken) = inner.upgrade().filter(|inner| inner.stream.take().is_some()) else { return };
    let inner = Rc::downgrade(&broken);
    browser::run_after(RETRY_DELAY_MS, move || {
        if let Some(inner) = inner.upgrade() {
            connect_stream(&inner);
        }
    });
}
