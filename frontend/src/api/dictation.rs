//! A dictation over a socket: samples and orders go to the node, and it tells what it hears.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_wire::operation::Operation;
use hearth_wire::operations::Dictate;
use hearth_wire::{ApiError, DictateOrder, DictateQuery, Voice};
use js_sys::ArrayBuffer;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, WebSocket};

use super::call::{away, pairs, unexpected};
use crate::browser;

/// What waits until the connection is there.
enum Waiting {
    Piece(ArrayBuffer),
    Order(String),
}

/// An open connection; closed when dropped.
pub struct Dictation {
    socket: WebSocket,
    waiting: Rc<RefCell<Vec<Waiting>>>,
    // They live as long as the browser may call them.
    _told: Closure<dyn Fn(MessageEvent)>,
    _opened: Closure<dyn Fn()>,
    _closed: Closure<dyn Fn()>,
}

impl Dictation {
    /// Begins; `on_told` is given what the node tells, and none when it tells no more.
    pub fn open(
        query: &DictateQuery,
        on_told: impl Fn(Option<Voice>) + Clone + 'static,
    ) -> Result<Self, ApiError> {
        let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
        let query: Vec<String> =
            pairs(query).iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let origin = browser::window().location().origin().map_err(|_| away(""))?;
        let address =
            format!("{}{}?{}", origin.replacen("http", "ws", 1), Dictate::INFO.path, query.join("&"));
        let socket = WebSocket::new(&address).map_err(|error| unexpected(format!("{error:?}")))?;
        let waiting = Rc::new(RefCell::new(Vec::new()));
        let closed = on_told.clone();
        let told = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let Ok(voice) = serde_json::from_str(&text) {
                on_told(Some(voice));
            }
        });
        socket.set_onmessage(Some(told.as_ref().unchecked_ref()));
        let (to, first) = (socket.clone(), Rc::clone(&waiting));
        let opened = Closure::<dyn Fn()>::new(move || {
            for what in first.take() {
                send(&to, &what);
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        let closed = Closure::<dyn Fn()>::new(move || closed(None));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self { socket, waiting, _told: told, _opened: opened, _closed: closed })
    }

    /// Samples of 16 bits.
    pub fn piece(&self, piece: ArrayBuffer) {
        self.put(Waiting::Piece(piece));
    }

    pub fn order(&self, order: &DictateOrder) {
        // An order of ours is always JSON.
        if let Ok(order) = serde_json::to_string(order) {
            self.put(Waiting::Order(order));
        }
    }

    fn put(&self, what: Waiting) {
        if self.socket.ready_state() == WebSocket::CONNECTING {
            self.waiting.borrow_mut().push(what);
        } else {
            send(&self.socket, &what);
        }
    }
}

/// What does not arrive was for a connection that is gone, which is told.
fn send(socket: &WebSocket, what: &Waiting) {
    let _ = match what {
        Waiting::Piece(piece) => socket.send_with_array_buffer(piece),
        Waiting::Order(order) => socket.send_with_str(order),
    };
}

impl Drop for Dictation {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        // Closing twice is no failure.
        let _ = self.socket.close();
    }
}
