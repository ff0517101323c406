//! Access to a node: keys of programs and sessions of pages. Of their secrets only digests are kept.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::KeyId;

/// Permission of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyScope {
    Read,
    Write,
    Models,
    Admin,
}

impl KeyScope {
    /// The serialised name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Models => "models",
            Self::Admin => "admin",
        }
    }
}

/// Key of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramKey {
    pub id: KeyId,
    pub name: String,
    /// SHA-256 of the key, as hexadecimal digits.
    pub digest: String,
    pub scopes: Vec<KeyScope>,
    /// Limit of requests per minute.
    pub per_minute: u32,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// Session of a page in a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSession {
    /// SHA-256 of the cookie, as hexadecimal digits.
    pub digest: String,
    pub created_at: Timestamp,
}

/// Identity of a node, and what it grants access to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecords {
    /// Stable id of the node; empty before its first start.
    #[serde(default)]
    pub node_id: String,
    /// Oldest first.
    #[serde(default)]
    pub keys: Vec<ProgramKey>,
    #[serde(default)]
    pub sessions: Vec<PageSession>,
}
