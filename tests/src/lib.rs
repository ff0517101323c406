//! Support of the tests: a node as a process, small documents, a scripted Ollama, a browser, a screen.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests")]

pub mod browser;
pub mod desktop;
pub mod documents;
pub mod node;
pub mod ollama;
pub mod page;
pub mod random;
pub mod session_bus;
pub mod shell;
pub mod sound;
pub mod speakers;
pub mod waiting;
pub mod whisper;

pub use browser::Browser;
pub use desktop::{Desktop, Screen};
pub use node::NodeProcess;
pub use ollama::{Script, ScriptedOllama};
pub use session_bus::SessionBus;
pub use waiting::{WAIT_TIMEOUT, wait_for, wait_for_end, wait_until};
