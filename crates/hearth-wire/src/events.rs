//! Events that a node publishes to its listeners.

use hearth_domain::{Job, Note, NotebookId, Source, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Model, ShellEvent};

/// A change, for user interfaces that show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NodeEvent {
    Job {
        job: Job,
    },
    Source {
        source: Box<Source>,
    },
    Notebook {
        notebook_id: NotebookId,
    },
    Note {
        note: Box<Note>,
    },
    Turn {
        turn: Box<Turn>,
    },
    /// A model was added, removed or loaded, or continues without the graphics card.
    Model {
        model: Box<Model>,
    },
    /// Settings changed; listeners read them again.
    Settings {},
    /// A source or a note was deleted.
    Gone {
        id: String,
    },
    /// A message from the desktop program to the page in its window.
    Shell {
        event: ShellEvent,
    },
    /// Events were missed; listeners reload everything that they show.
    Reset {},
}

impl NodeEvent {
    /// Names of all events in a stream, for listeners that subscribe by name.
    pub const EVENT_NAMES: [&str; 10] =
        ["job", "source", "notebook", "note", "turn", "model", "settings", "gone", "shell", "reset"];

    /// The event's name in a stream.
    pub fn event_name(&self) -> &'static str {
        match self {
            Self::Job { .. } => "job",
            Self::Source { .. } => "source",
            Self::Notebook { .. } => "notebook",
            Self::Note { .. } => "note",
            Self::Turn { .. } => "turn",
            Self::Model { .. } => "model",
            Self::Settings {} => "settings",
            Self::Gone { .. } => "gone",
            Self::Shell { .. } => "shell",
            Self::Reset {} => "reset",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_an_event_is_missing() {
        let unknown = serde_json::from_str::<NodeEvent>(r#"{"type":"nothing"}"#).unwrap_err().to_string();
        let (_, known) = unknown.split_once("expected one of ").unwrap();
        let (known, _) = known.split_once(" at line").unwrap();
        let known: Vec<&str> = known.split(", ").map(|name| name.trim_matches('`')).collect();
        assert_eq!(known, NodeEvent::EVENT_NAMES);
        assert_eq!(NodeEvent::Settings {}.event_name(), "settings");
    }
}
