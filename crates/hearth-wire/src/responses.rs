//! Bodies of responses and of the node's events.

use hearth_domain::{
    CharRange, Conversation, GraphicsProblem, Job, KeyId, Note, Notebook, NotebookId, Passage, Place,
    RevisionId, Section, Source,
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
            /// Where the list goes on; absent at its end.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_cursor: Option<String>,
        }
    )*};
}

lists! {
    NotebookList { notebooks: Notebook }
    SourceList { sources: Source }
    NoteList { notes: Note }
    ConversationList { conversations: Conversation }
    JobList { jobs: Job }
}

/// What became of the things that were to be added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AddedSources {
    pub sources: Vec<Source>,
    pub jobs: Vec<Job>,
    pub refused: Vec<Refused>,
}

/// One thing that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    pub name: String,
    pub error: ApiError,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceText {
    pub revision: RevisionId,
    pub text: String,
    pub sections: Vec<Section>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceList {
    pub places: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PassageList {
    pub passages: Vec<Passage>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchResult {
    pub hits: Vec<Hit>,
    pub took_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    Passage,
    Note,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    pub kind: HitKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    pub source_title: String,
    /// The notebooks that hold it.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrashedKind {
    Notebook,
    Source,
    Note,
}

/// A thing in the trash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrashedThing {
    pub id: String,
    pub kind: TrashedKind,
    pub title: String,
    pub deleted_at: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrashList {
    pub things: Vec<TrashedThing>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelList {
    pub models: Vec<Model>,
}

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
    pub task: String,
    pub name: String,
    pub size_mb: u32,
    pub state: ModelState,
    /// Where it runs: `this node`, or the server's address.
    #[serde(rename = "where")]
    pub location: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    pub version: String,
    pub uptime_seconds: u64,
    pub node: NodeName,
    pub shell: bool,
    pub engines: Vec<EngineStatus>,
    pub models_loaded: Vec<String>,
    /// Why a speech model is on the processor though the program was built for a graphics card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphics_problem: Option<GraphicsProblem>,
    pub jobs: JobCounts,
    pub library: LibraryStatus,
    pub memory_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeName {
    pub name: String,
    pub id: String,
}

/// Which engine does a task, and why that one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineStatus {
    pub task: String,
    pub chosen: Option<String>,
    #[serde(rename = "where")]
    pub location: String,
    pub reachable: bool,
    pub why: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobCounts {
    pub queued: u32,
    pub running: u32,
    pub failed: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryStatus {
    pub notebooks: u32,
    pub sources: u32,
    pub passages: u32,
    pub bytes: u64,
    #[serde(rename = "where")]
    pub location: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadyReport {
    pub ready: bool,
    /// Why not; empty when ready.
    pub reasons: Vec<String>,
    /// What is missing without being needed.
    pub notes: Vec<String>,
}

/// One setting as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// `section.key`.
    pub key: String,
    /// What it does, in a sentence.
    pub about: String,
    /// A secret's value is never told: `"…"` when there is one.
    pub value: serde_json::Value,
    pub default: serde_json::Value,
    /// `default`, a file, an environment variable, `flag`.
    pub origin: String,
    /// The values that it may have, where they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<serde_json::Value>,
    /// Whether a change counts only after a restart.
    pub needs_restart: bool,
    /// Whether it was changed since the node was started, and waits for a restart.
    pub waits_for_restart: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingList {
    pub settings: Vec<Setting>,
}

/// Whether a section's settings work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsTest {
    pub reached: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub models: Vec<String>,
    /// What is wrong and what to do; empty when all is well.
    pub message: String,
}

/// A key, without the key itself.
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyList {
    pub keys: Vec<Key>,
}

/// A key that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatedKey {
    #[serde(flatten)]
    pub key: Key,
    /// Shown this once; only its digest is kept.
    pub secret: String,
}

/// A file that holds a whole library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    pub id: String,
    pub bytes: u64,
    pub created_at: Timestamp,
    /// Where the file is, for whoever sits at the node's machine.
    pub path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupList {
    pub backups: Vec<Backup>,
}

/// What a backup holds, after every part of it was read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupCheck {
    pub id: String,
    pub notebooks: u32,
    pub sources: u32,
    pub originals: u32,
    /// What happens next; empty after a mere check.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Good,
    /// Works, with something missing.
    Limited,
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub about: String,
    pub health: Health,
    pub found: String,
    /// How to mend it; empty when it is good.
    pub remedy: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorReport {
    pub findings: Vec<Finding>,
}

/// An address that lets a browser in, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageAddress {
    pub address: String,
}
