//! The client of the language model server.

use std::sync::Arc;
use std::time::Duration;

use hearth_chat::{Ollama, OpenAi};
use hearth_domain::{ChatError, ChatModel};
use hearth_host::{ChatServer, Settings};

/// Client of the language model server in the settings.
pub fn create_chat_model(settings: &Settings) -> Result<Arc<dyn ChatModel>, ChatError> {
    let chat = &settings.chat;
    let idle_timeout = Duration::from_secs(chat.patience_seconds);
    Ok(match chat.server {
        ChatServer::Ollama => Arc::new(Ollama::new(&chat.address, &chat.keep_alive, idle_timeout)?),
        ChatServer::OpenAi => Arc::new(OpenAi::new(&chat.address, &chat.key, idle_timeout)?),
    })
}
