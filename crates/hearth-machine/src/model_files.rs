//! Model files: adding them from a folder, deleting them.

use std::path::PathBuf;
use std::sync::Arc;

use hearth_domain::{EmbedError, ModelTask};

use crate::{Machine, MachineError, add_own_model};

impl Machine {
    /// Adds a model's files from a folder of this machine: of a model of the catalogue, or a user's own file for
    /// a task.
    pub async fn add_model(
        &self,
        id: &str,
        path: PathBuf,
        task: Option<ModelTask>,
    ) -> Result<(), MachineError> {
        let (models, owned_id) = (Arc::clone(&self.0.models), id.to_owned());
        let adding = match task {
            Some(task) => tokio::task::spawn_blocking(move || {
                let added = add_own_model(&models.cache, &owned_id, task, &path);
                added.map(drop).map_err(|error| MachineError::Invalid(error.to_string()))
            }),
            None => {
                let entry = models.find_entry(id).ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
                tokio::task::spawn_blocking(move || {
                    models.cache.import_model(&entry, &path).map(drop).map_err(|error| {
                        let message = format!("the folder does not contain the files of {owned_id}: {error}");
                        MachineError::Invalid(message)
                    })
                })
            }
        };
        adding.await??;
        self.publish_model_change(id);
        Ok(())
    }

    /// Deletes a model's files from this machine.
    pub fn delete_model(&self, id: &str) -> Result<(), MachineError> {
        let entry = self.0.models.find_entry(id).ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        self.0.speech.unload_model(id);
        if !self.0.models.remove_files(&entry)? {
            return Err(MachineError::NotFound("model on this machine"));
        }
        self.publish_model_change(id);
        Ok(())
    }
}
