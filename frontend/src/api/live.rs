//! The node's events while the page is open; connected again by itself when the node comes back.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_wire::NodeEvent;
use hearth_wire::operation::Operation;
use hearth_wire::operations::NodeEvents;

use super::stream::{RETRY_MS, Stream};
use crate::browser;

/// How the page stands with its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Open,
    Lost,
}

/// A stream of the node's events.
pub struct Feed(Rc<Inner>);

struct Inner {
    stream: RefCell<Option<Stream>>,
    on_event: Box<dyn Fn(NodeEvent)>,
    on_connection: Box<dyn Fn(Connection)>,
}

impl Feed {
    /// Begins to listen, until it is dropped.
    pub fn open(
        on_event: impl Fn(NodeEvent) + 'static,
        on_connection: impl Fn(Connection) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            stream: RefCell::new(None),
            on_event: Box::new(on_event),
            on_connection: Box::new(on_connection),
        });
        connect(&inner);
        Self(inner)
    }

    /// Ends it; nothing is heard any more.
    pub fn close(&self) {
        self.0.stream.take();
    }
}

fn connect(inner: &Rc<Inner>) {
    let [data, opened, failed] = [(); 3].map(|()| Rc::downgrade(inner));
    let stream = Stream::open(
        NodeEvents::INFO.path,
        &NodeEvent::NAMES,
        move |text| {
            if let (Some(inner), Ok(event)) = (data.upgrade(), serde_json::from_str(&text)) {
                (inner.on_event)(event);
            }
        },
        move || {
            if let Some(inner) = opened.upgrade() {
                (inner.on_connection)(Connection::Open);
            }
        },
        move || {
            let Some(inner) = failed.upgrade().filter(|inner| inner.stream.take().is_some()) else { return };
            (inner.on_connection)(Connection::Lost);
            browser::after(RETRY_MS, move || connect(&inner));
        },
    );
    inner.stream.replace(stream);
}
