//! Conversations: listing, renaming, deleting.

use hearth_domain::{Conversation, ConversationId, NotebookId};

use crate::{Library, LibraryError, LibraryEvent};

impl Library {
    /// Conversations of a notebook without their turns, most recently changed first.
    pub async fn list_conversations(&self, notebook: NotebookId) -> Result<Vec<Conversation>, LibraryError> {
        Ok(self.0.store.list_conversations(notebook).await?)
    }

    /// A conversation with its turns, oldest first.
    pub async fn get_conversation(&self, id: ConversationId) -> Result<Conversation, LibraryError> {
        Ok(self.0.store.get_conversation(id).await?)
    }

    /// Renames a conversation.
    pub async fn rename_conversation(
        &self,
        id: ConversationId,
        title: &str,
    ) -> Result<Conversation, LibraryError> {
        let title = title.trim();
        if title.is_empty() {
            return Err(LibraryError::Invalid("the title is empty; give it one".into()));
        }
        let conversation = self.0.store.rename_conversation(id, title).await?;
        self.0.publish(LibraryEvent::Notebook(conversation.notebook_id));
        Ok(conversation)
    }

    /// Deletes a conversation with its turns, for good.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), LibraryError> {
        let notebook = self.0.store.delete_conversation(id).await?;
        self.0.publish(LibraryEvent::Notebook(notebook));
        Ok(())
    }
}
