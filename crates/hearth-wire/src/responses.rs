//! Bodies of responses.

use hearth_domain::{
    CharRange, Conversation, GraphicsProblem, Job, KeyId, ModelTask, Note, Notebook, NotebookId, Passage,
    Place, RevisionId, Section, Source,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, KeyScope};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $item:ty })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            pub $field: Vec<$item>,
            /// Cursor of the list's next part; absent at its end.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_cursor: Option<String>,
        }
    )*};
}

lists! {
    /// Notebooks, or a part of them.
    NotebookList { notebooks: Notebook }
    /// Sources, or a part of them.
    SourceList { sources: Source }
    /// Notes, or a part of them.
    NoteList { notes: Note }
    /// Conversations, or a part of them.
    ConversationList { conversations: Conversation }
    /// Jobs, or a part of them.
    JobList { jobs: Job }
}

/// Result of adding sources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AddedSources {
    pub sources: Vec<Source>,
    pub jobs: Vec<Job>,
    pub refused: Vec<RefusedSource>,
}

/// A source that was not added, with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedSource {
    pub name: String,
    pub error: ApiError,
}

/// The text of a source's revision, with its sections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceText {
    pub revision: RevisionId,
    pub text: String,
    pub sections: Vec<Section>,
}

/// The places of a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceList {
    pub places: Vec<Place>,
}

/// The passages of a revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PassageList {
    pub passages: Vec<Passage>,
}

/// Result of a search, best hit first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchResult {
    pub hits: Vec<SearchHit>,
    pub took_ms: u32,
}

/// Kind of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchHitKind {
    Passage,
    Note,
}

/// A passage or a note that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    pub kind: SearchHitKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    pub source_title: String,
    /// The notebooks that hold the hit.
    #[serde(default)]
    pub notebook_ids: Vec<NotebookId>,
    /// 0 to 1; comparable within one result only.
    pub score: f32,
    /// Rank by words alone, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical_rank: Option<u32>,
    /// Rank by meaning alone, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector_rank: Option<u32>,
    /// Ranges of the passage's text that match words of the query.
    pub matches: Vec<CharRange>,
}

/// Kind of an item in the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrashedItemKind {
    Notebook,
    Source,
    Note,
}

/// An item in the trash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrashedItem {
    pub id: String,
    pub kind: TrashedItemKind,
    pub title: String,
    pub deleted_at: Timestamp,
}

/// The items in the trash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrashList {
    pub things: Vec<TrashedItem>,
}

/// The models of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelList {
    pub models: Vec<Model>,
}

/// State of a model on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    Absent,
    Downloading,
    Ready,
    Loaded,
}

/// A model that this node can use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    pub id: String,
    pub task: ModelTask,
    pub name: String,
    pub size_mb: u32,
    pub state: ModelState,
    /// Location of the model: `this node`, or the server's address.
    #[serde(rename = "where")]
    pub location: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
}

/// Identity and state of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    pub version: String,
    pub uptime_seconds: u64,
    pub node: NodeIdentity,
    pub shell: bool,
    pub engines: Vec<EngineStatus>,
    pub models_loaded: Vec<String>,
    /// Reason why a speech model runs on the processor though the program was built for a graphics card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphics_problem: Option<GraphicsProblem>,
    pub jobs: JobCounts,
    pub library: LibraryStatus,
    pub memory_bytes: u64,
}

/// Name and id of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeIdentity {
    pub name: String,
    pub id: String,
}

/// The engine chosen for a task, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineStatus {
    pub task: ModelTask,
    pub chosen: Option<String>,
    #[serde(rename = "where")]
    pub location: String,
    pub reachable: bool,
    pub why: String,
}

/// Number of jobs in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobCounts {
    pub queued: u32,
    pub running: u32,
    pub failed: u32,
}

/// Size and location of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryStatus {
    pub notebooks: u32,
    pub sources: u32,
    pub passages: u32,
    pub bytes: u64,
    #[serde(rename = "where")]
    pub location: String,
}

/// Result of the liveness check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    pub status: String,
}

/// Result of the readiness check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadyReport {
    pub ready: bool,
    /// Reasons for not being ready; empty if ready.
    pub reasons: Vec<String>,
    /// Missing parts that are not required.
    pub notes: Vec<String>,
}

/// A setting with its present value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// `section.key`.
    pub key: String,
    /// Description in one sentence.
    pub about: String,
    /// A secret's value is never sent: `"…"` if there is one.
    pub value: serde_json::Value,
    pub default: serde_json::Value,
    /// `default`, a file, an environment variable, `flag`.
    pub origin: String,
    /// The allowed values, if they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<serde_json::Value>,
    /// True if a change takes effect only after a restart.
    pub needs_restart: bool,
    /// True if the setting was changed since the node started and waits for a restart.
    pub waits_for_restart: bool,
}

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingList {
    pub settings: Vec<Setting>,
}

/// Result of testing a section's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsTestResult {
    pub reached: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub models: Vec<String>,
    /// Problem and remedy; empty if all is well.
    pub message: String,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    pub id: KeyId,
    pub name: String,
    pub scopes: Vec<KeyScope>,
    pub per_minute: u32,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// All keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyList {
    pub keys: Vec<Key>,
}

/// A new key, with its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatedKey {
    #[serde(flatten)]
    pub key: Key,
    /// Shown only this once; the node stores its digest only.
    pub secret: String,
}

/// A backup: one file with a whole library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    pub id: String,
    pub bytes: u64,
    pub created_at: Timestamp,
    /// Path of the file on the node's machine.
    pub path: String,
}

/// All backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupList {
    pub backups: Vec<Backup>,
}

/// Contents of a backup, after every part of it was read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupCheck {
    pub id: String,
    pub notebooks: u32,
    pub sources: u32,
    pub originals: u32,
    /// Next step; empty after a mere check.
    pub message: String,
}

/// Result of one check of the doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Good,
    /// Works, with a part missing.
    Limited,
    Bad,
}

/// One check of the doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub about: String,
    pub health: Health,
    pub found: String,
    /// Remedy; empty if all is well.
    pub remedy: String,
}

/// All checks of the doctor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorReport {
    pub findings: Vec<Finding>,
}

/// An address that signs a browser in, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginAddress {
    pub address: String,
}
