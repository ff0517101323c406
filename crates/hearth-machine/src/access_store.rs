//! Access records in memory and in `access.json`.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_domain::AccessRecords;

use crate::MachineError;
use crate::state_file::{StateContent, StateFile};

const ACCESS_FILE: &str = "access.json";

/// Access records in memory and on disk.
pub(crate) struct AccessStore {
    file: StateFile,
    records: Mutex<AccessRecords>,
    is_new: bool,
}

impl AccessStore {
    /// Opens the records of a folder. Damaged ones are put aside: all keys and sessions then have to be made anew.
    pub(crate) fn open(folder: &Path) -> Result<Self, MachineError> {
        let file = StateFile::new(folder, ACCESS_FILE);
        let (records, is_new) = match file.read()? {
            StateContent::Present(records) => (records, false),
            StateContent::Absent => (AccessRecords::default(), true),
            StateContent::Damaged => (AccessRecords::default(), false),
        };
        Ok(Self { file, records: Mutex::new(records), is_new })
    }

    /// True if the file was missing, as before the first start of version 0.2.0.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The current records.
    pub(crate) fn lock(&self) -> MutexGuard<'_, AccessRecords> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the records and writes them; an error leaves both as they were.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut AccessRecords) -> Result<T, MachineError>,
    ) -> Result<T, MachineError> {
        let mut records = self.lock();
        let mut changed = records.clone();
        let result = change(&mut changed)?;
        self.file.write(&changed)?;
        *records = changed;
        Ok(result)
    }
}
