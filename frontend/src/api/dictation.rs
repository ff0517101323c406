//! The socket of a dictation: samples and commands go to the node, dictation events come back.

use std::cell::RefCell;
use std::rc::Rc;

use hearth_wire::operation::Operation;
use hearth_wire::operations::StreamDictation;
use hearth_wire::{ApiError, DictationCommand, DictationEvent, StreamDictationQuery};
use js_sys::ArrayBuffer;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, WebSocket};

use super::call::{internal_error, query_pairs, unreachable_error};
use crate::browser;

/// A message queued until the connection is open.
enum QueuedMessage {
    Samples(ArrayBuffer),
    Command(String),
}

/// Open WebSocket of one dictation; closed when dropped.
pub struct DictationSocket {
    socket: WebSocket,
    queue: Rc<RefCell<Vec<QueuedMessage>>>,
    // The closures live as long as the browser may call them.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_open: Closure<dyn Fn()>,
    _on_close: Closure<dyn Fn()>,
}

impl DictationSocket {
    /// Opens the socket. `on_event` gets each event of the node, and `None` when the connection is closed.
    pub fn open(
        query: &StreamDictationQuery,
        on_event: impl Fn(Option<DictationEvent>) + Clone + 'static,
    ) -> Result<Self, ApiError> {
        let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
        let query: Vec<String> =
            query_pairs(query).iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let origin = browser::window().location().origin().map_err(|_| unreachable_error(""))?;
        let address =
            format!("{}{}?{}", origin.replacen("http", "ws", 1), StreamDictation::INFO.path, query.join("&"));
        let socket = WebSocket::new(&address).map_err(|error| internal_error(format!("{error:?}")))?;
        let queue = Rc::new(RefCell::new(Vec::new()));
        let on_close = on_event.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let Ok(event) = serde_json::from_str(&text) {
                on_event(Some(event));
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let (open_socket, queued) = (socket.clone(), Rc::clone(&queue));
        let on_open = Closure::<dyn Fn()>::new(move || {
            for message in queued.take() {
                send_message(&open_socket, &message);
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        let on_close = Closure::<dyn Fn()>::new(move || on_close(None));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, queue, _on_message: on_message, _on_open: on_open, _on_close: on_close })
    }

    /// Sends samples: 16-bit integers of one channel.
    pub fn send_samples(&self, samples: ArrayBuffer) {
        self.send_or_queue(QueuedMessage::Samples(samples));
    }

    /// Sends a command as JSON.
    pub fn send_command(&self, command: &DictationCommand) {
        // A command always serialises to JSON.
        if let Ok(command) = serde_json::to_string(command) {
            self.send_or_queue(QueuedMessage::Command(command));
        }
    }

    fn send_or_queue(&self, message: QueuedMessage) {
        if self.socket.ready_state() == WebSocket::CONNECTING {
            self.queue.borrow_mut().push(message);
        } else {
            send_message(&self.socket, &message);
        }
    }
}

/// Sends one message. A send fails only on a closed connection, which `onclose` reports.
fn send_message(socket: &WebSocket, message: &QueuedMessage) {
    let _ = match message {
        QueuedMessage::Samples(samples) => socket.send_with_array_buffer(samples),
        QueuedMessage::Command(command) => socket.send_with_str(command),
    };
}

impl Drop for DictationSocket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        // Closing twice is no failure.
        let _ = self.socket.close();
    }
}
