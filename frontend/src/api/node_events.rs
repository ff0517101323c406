//! The node's events while the page is open, with reconnection when the node comes back.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_wire::NodeEvent;
use hearth_wire::operation::Operation;
use hearth_wire::operations::StreamNodeEvents;

use super::stream::{EventStream, RETRY_DELAY_MS};
use crate::browser;

/// State of the page's connection to its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    Connecting,
    Open,
    Lost,
}

/// Stream of the node's events; reconnects by itself.
pub struct NodeEventFeed(Rc<Inner>);

struct Inner {
    stream: RefCell<Option<EventStream>>,
    on_event: Box<dyn Fn(NodeEvent)>,
    on_connection: Box<dyn Fn(ConnectionState)>,
}

impl NodeEventFeed {
    /// Opens the stream; events come until it is closed or dropped.
    pub fn open(
        on_event: impl Fn(NodeEvent) + 'static,
        on_connection: impl Fn(ConnectionState) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            stream: RefCell::new(None),
            on_event: Box::new(on_event),
            on_connection: Box::new(on_connection),
        });
        connect_feed(&inner);
        Self(inner)
    }

    /// Closes the stream; no event comes after that.
    pub fn close(&self) {
        self.0.stream.take();
    }
}

fn connect_feed(inner: &Rc<Inner>) {
    let [data, opened, failed] = [(); 3].map(|()| Rc::downgrade(inner));
    let stream = EventStream::open(
        StreamNodeEvents::INFO.path,
        &NodeEvent::EVENT_NAMES,
        move |text| {
            if let (Some(inner), Ok(event)) = (data.upgrade(), serde_json::from_str(&text)) {
                (inner.on_event)(event);
            }
        },
        move || {
            if let Some(inner) = opened.upgrade() {
                (inner.on_connection)(ConnectionState::Open);
            }
        },
        move || {
            let Some(inner) = failed.upgrade().filter(|inner| inner.stream.take().is_some()) else { return };
            (inner.on_connection)(ConnectionState::Lost);
            browser::run_after(RETRY_DELAY_MS, move || connect_feed(&inner));
        },
    );
    inner.stream.replace(stream);
}
