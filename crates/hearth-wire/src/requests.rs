//! Bodies and queries of requests. Unknown fields are refused, so that typing errors are reported.

use std::collections::BTreeMap;

use hearth_domain::{
    AnswerLength, ConversationId, KeyScope, ModelTask, NotebookId, RevisionId, SourceId, TurnId, TurnMode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Part of a list to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Maximum number of items: 100 by default, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A notebook to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNotebook {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

/// Changes to a notebook; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotebookChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Sources that are not files: addresses, or one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum NewSources {
    Urls { urls: Vec<String> },
    Text { title: String, text: String },
}

/// Changes to a source; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The sources of a notebook that questions use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub source_ids: Vec<SourceId>,
}

/// Revision to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevisionQuery {
    /// The current revision by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionId>,
}

/// Range of characters to find the places of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesQuery {
    pub start: u32,
    pub end: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionId>,
}

/// Size of a page's image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageImageQuery {
    /// Pixels: 1,200 by default, at most 2,400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
}

/// A note to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub body: String,
    /// Turn to make the note from: the text and citations of its answer become the note's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_turn: Option<TurnId>,
}

/// Changes to a note; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Method of searching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    #[default]
    Hybrid,
    Lexical,
    Vector,
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    pub q: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// Maximum number of hits: 20 by default, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<SearchMode>,
}

/// A question to ask a notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuestion {
    pub question: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Sources to use; the notebook's selection by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ids: Option<Vec<SourceId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<AnswerLength>,
    /// By default `chat` if a language model is reachable, else `extracts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<TurnMode>,
}

/// Changes to a conversation; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Filter of the list of models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelQuery {
    /// `embed`, `chat`, …; all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<ModelTask>,
}

/// A model of the catalogue whose files are in a folder of this machine, or one's own model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewModel {
    /// Id of the catalogue, or a name for one's own file.
    pub id: String,
    /// Folder on the node's machine with the model's files, or one's own file.
    pub path: String,
    /// Task of one's own file: `transcribe`. Left out for models of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<ModelTask>,
}

/// A model to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelDownload {
    /// Id of the catalogue, or a name that the language model server knows.
    pub id: String,
    /// `chat` if the language model server is to download the model; the catalogue's task by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<ModelTask>,
}

/// `section.key` → value; null restores the default.
pub type SettingChanges = BTreeMap<String, serde_json::Value>;

/// Section whose settings are tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsTestRequest {
    /// `chat` or `embed`.
    pub section: String,
}

/// A key to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Purpose of the key.
    pub name: String,
    /// `read`, `write`, `models`, `admin`; `read` and `write` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<KeyScope>>,
    /// Maximum number of requests a minute; 600 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_sources_are_addresses_or_one_text_and_nothing_between() {
        let parse = |value: serde_json::Value| serde_json::from_value::<NewSources>(value).ok();
        let urls = vec!["https://example.org".to_owned()];
        assert_eq!(parse(json!({"urls": urls})), Some(NewSources::Urls { urls }));
        let text = NewSources::Text { title: "A".to_owned(), text: "B".to_owned() };
        assert_eq!(parse(json!({"title": "A", "text": "B"})), Some(text));
        for wrong in [
            json!({}),
            json!({"title": "A"}),
            json!({"title": "A", "text": "B", "emoji": "C"}),
            json!({"urls": [], "title": "A", "text": "B"}),
        ] {
            assert_eq!(parse(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn an_absent_field_is_left_out_and_an_empty_one_is_sent() {
        // An absent title stays as it is; an empty description is set.
        let change = NotebookChange { description: Some(String::new()), ..NotebookChange::default() };
        assert_eq!(serde_json::to_value(change).ok(), Some(json!({"description": ""})));
    }
}
