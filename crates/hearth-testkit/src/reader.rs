//! A reader of documents in the test's own process; PDFs and pages are left to the tests of the confined one.

use async_trait::async_trait;
use hearth_documents::{Document, DocumentReader, ReadFailure, ReadOptions, read_document};
use hearth_domain::{ErrorCode, SourceKind};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Reader without a process of its own.
pub struct InProcessReader;

fn refused(message: String) -> ReadFailure {
    ReadFailure::Refused { code: ErrorCode::InvalidRequest, message }
}

#[async_trait]
impl DocumentReader for InProcessReader {
    fn can_read_pdf(&self) -> bool {
        false
    }

    async fn read_file(
        &self,
        kind: SourceKind,
        mut original: File,
        options: ReadOptions,
    ) -> Result<Document, ReadFailure> {
        let mut bytes = Vec::new();
        original.read_to_end(&mut bytes).await.map_err(|error| refused(error.to_string()))?;
        read_document(kind, bytes, &options, None).map_err(|error| refused(error.to_string()))
    }

    async fn render_page(
        &self,
        _kind: SourceKind,
        _original: File,
        _page: u32,
        _width: u32,
    ) -> Result<Vec<u8>, ReadFailure> {
        Err(refused("this reader renders no pages".into()))
    }
}
