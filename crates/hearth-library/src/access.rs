//! Access records of earlier versions, on their way to the machine.

use hearth_domain::AccessRecords;

use crate::{Library, LibraryError};

impl Library {
    /// Identity, keys and sessions that a library of 0.1.0 holds; all empty in a library of this version.
    pub async fn read_former_access(&self) -> Result<AccessRecords, LibraryError> {
        Ok(self.0.store.read_former_access().await?)
    }

    /// Deletes them, once the machine has them.
    pub async fn delete_former_access(&self) -> Result<(), LibraryError> {
        Ok(self.0.store.delete_former_access().await?)
    }
}
