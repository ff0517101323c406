//! The status of the language model: the one in use, and the reason for it.

use hearth_domain::ChatModel;

use crate::Machine;
use crate::router::Route;

/// The language model in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatStatus {
    /// Name of the model, or `None` without one.
    pub chosen: Option<String>,
    pub address: String,
    pub is_reachable: bool,
    /// Reason for the choice, or for there being none.
    pub reason: String,
}

impl Machine {
    /// Asks the servers for their models; `configured` is the model in the settings.
    pub async fn chat_status(&self, configured: Option<String>) -> ChatStatus {
        let servers = self.chat_servers();
        let result = match &configured {
            Some(_) => servers.list_models().await.map(|_| None),
            None => servers.find_chat_model().await,
        };
        let Route { name: address, passed_over } = servers.route();
        let mut status = match result {
            Ok(found) => {
                let first = found.map(|model| model.name);
                let reason = match (&configured, &first) {
                    (Some(_), _) => "chosen in the settings",
                    (None, Some(_)) => "the first model on the server that can chat",
                    (None, None) => {
                        "the server has no model that can chat; get one, for example with `ollama pull llama3.1:8b`"
                    }
                };
                ChatStatus {
                    chosen: configured.or(first),
                    address,
                    is_reachable: true,
                    reason: reason.to_owned(),
                }
            }
            Err(error) => ChatStatus {
                chosen: None,
                address,
                is_reachable: false,
                reason: format!("{error}; until then, answers are extracts from the sources"),
            },
        };
        if status.is_reachable {
            for (_, error) in passed_over {
                status.reason.push_str(&format!("; {error}"));
            }
        }
        status
    }
}
