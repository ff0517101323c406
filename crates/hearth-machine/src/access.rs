//! The node's identity, keys of programs and sessions of pages.

use hearth_domain::{AccessRecords, KeyId, PageSession, ProgramKey};
use jiff::SignedDuration;

use crate::{Machine, MachineError};

impl Machine {
    /// True if this machine has no access records yet, and takes those of an earlier version.
    pub fn needs_access_records(&self) -> bool {
        self.0.access.is_new()
    }

    /// Takes over the access records of an earlier version.
    pub fn adopt_access_records(&self, former: AccessRecords) -> Result<(), MachineError> {
        self.0.access.change(|records| {
            *records = former;
            Ok(())
        })
    }

    /// Stable id of this machine's node; made by `create_id` at the first start.
    pub fn ensure_node_id(&self, create_id: impl FnOnce() -> String) -> Result<String, MachineError> {
        let known = self.0.access.lock().node_id.clone();
        if !known.is_empty() {
            return Ok(known);
        }
        self.0.access.change(|records| {
            records.node_id = create_id();
            Ok(records.node_id.clone())
        })
    }

    /// Keys of programs, oldest first.
    pub fn list_keys(&self) -> Vec<ProgramKey> {
        self.0.access.lock().keys.clone()
    }

    /// Stores a key.
    pub fn add_key(&self, key: ProgramKey) -> Result<(), MachineError> {
        self.0.access.change(|records| {
            records.keys.push(key);
            Ok(())
        })
    }

    /// Removes a key; [`MachineError::NotFound`] if it is missing.
    pub fn remove_key(&self, id: KeyId) -> Result<(), MachineError> {
        self.0.access.change(|records| {
            let count = records.keys.len();
            records.keys.retain(|key| key.id != id);
            if records.keys.len() == count { Err(MachineError::NotFound("key")) } else { Ok(()) }
        })
    }

    /// Records that a key was used now; a key that was removed meanwhile is passed over.
    pub fn record_key_use(&self, id: KeyId) -> Result<(), MachineError> {
        let now = self.0.clock.now();
        self.0.access.change(|records| {
            if let Some(key) = records.keys.iter_mut().find(|key| key.id == id) {
                key.last_used_at = Some(now);
            }
            Ok(())
        })
    }

    /// Stores the session of a page by the digest of its secret.
    pub fn add_session(&self, digest: String) -> Result<(), MachineError> {
        let created_at = self.0.clock.now();
        self.0.access.change(|records| {
            records.sessions.push(PageSession { digest, created_at });
            Ok(())
        })
    }

    /// Sessions that are younger than `max_age`; older ones are deleted.
    pub fn list_sessions(&self, max_age: SignedDuration) -> Result<Vec<PageSession>, MachineError> {
        let oldest = self.0.clock.now() - max_age;
        let is_expired = |session: &PageSession| session.created_at < oldest;
        if self.0.access.lock().sessions.iter().any(is_expired) {
            self.0.access.change(|records| {
                records.sessions.retain(|session| !is_expired(session));
                Ok(())
            })?;
        }
        Ok(self.0.access.lock().sessions.clone())
    }
}
