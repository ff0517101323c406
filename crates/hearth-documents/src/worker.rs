//! Reading of documents in a confined worker process.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use hearth_domain::{ErrorCode, Problem, Revision, Section, SourceKind};
pub use hearth_worker::Input;
use hearth_worker::{Limits, Refusal, Worker, WorkerError, serve_request};
use serde::{Deserialize, Serialize};
use tokio::fs::File;

use crate::document::{Document, ReadError, ReadOptions};
use crate::pdf::PdfiumLibrary;
use crate::readers::{read_document, render_page};

/// Request to the worker; the document's bytes follow it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkerRequest {
    Read {
        kind: SourceKind,
        options: ReadOptions,
        pdfium: Option<PathBuf>,
    },
    /// Render a page, counted from 1, as a PNG of this width in pixels.
    Page {
        kind: SourceKind,
        page: u32,
        width: u32,
        pdfium: Option<PathBuf>,
    },
}

impl WorkerRequest {
    /// Path of the PDFium library, or `None` if the request needs none.
    fn pdfium_path(&self) -> Option<&PathBuf> {
        match self {
            Self::Read { kind: SourceKind::Pdf, pdfium, .. }
            | Self::Page { kind: SourceKind::Pdf, pdfium, .. } => pdfium.as_ref(),
            Self::Read { .. } | Self::Page { .. } => None,
        }
    }
}

/// Response to a read request: the document without its layout, which follows as postcard bytes.
#[derive(Debug, Serialize, Deserialize)]
struct ReadResponse {
    text: String,
    sections: Vec<Section>,
    title: Option<String>,
    pages: Option<u32>,
    problems: Vec<Problem>,
}

/// Encodes a document as JSON and its layout as postcard bytes.
fn encode_document(document: Document) -> Result<(serde_json::Value, Vec<u8>), ReadError> {
    let Revision { text, sections, layout } = document.revision;
    let head = ReadResponse {
        text,
        sections,
        title: document.title,
        pages: document.pages,
        problems: document.problems,
    };
    let broken = |error: String| ReadError::Broken(error);
    let head = serde_json::to_value(head).map_err(|error| broken(error.to_string()))?;
    let layout = postcard::to_stdvec(&layout).map_err(|error| broken(error.to_string()))?;
    Ok((head, layout))
}

/// Reason for which a document could not be read, as the parent process sees it.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    #[error("{message}")]
    Refused { code: ErrorCode, message: String },
    #[error("it could not be read within the limits: {0}")]
    Limit(WorkerError),
    #[error("the document reader crashed while reading it; nothing else was affected")]
    Crashed,
    #[error("the document reader could not be started: {0}")]
    Unavailable(WorkerError),
}

impl From<WorkerError> for ReadFailure {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Refused(refusal) => {
                // A parser that was taken over may answer anything.
                let code = match refusal.code() {
                    code @ (ErrorCode::TooLarge | ErrorCode::UnsupportedMedia) => code,
                    _ => ErrorCode::InvalidRequest,
                };
                Self::Refused { code, message: refusal.to_string() }
            }
            WorkerError::TimedOut(_) => Self::Limit(error),
            WorkerError::Died(_) | WorkerError::Protocol(_) => Self::Crashed,
            WorkerError::Spawn(_) => Self::Unavailable(error),
        }
    }
}

/// The contract of a reader of documents.
#[async_trait]
pub trait DocumentReader: Send + Sync {
    /// True if PDFs can be read.
    fn can_read_pdf(&self) -> bool;

    /// Reads one document.
    async fn read_file(
        &self,
        kind: SourceKind,
        original: File,
        options: ReadOptions,
    ) -> Result<Document, ReadFailure>;

    /// Renders a page (counted from 1) of a PDF or an image as a PNG of the given width in pixels; an image
    /// is not enlarged.
    async fn render_page(
        &self,
        kind: SourceKind,
        original: File,
        page: u32,
        width: u32,
    ) -> Result<Vec<u8>, ReadFailure>;
}

/// Reader of documents; each is read in a confined process of its own.
#[derive(Clone, Debug)]
pub struct ConfinedReader {
    worker: Worker,
    pdfium: Option<PathBuf>,
}

impl ConfinedReader {
    /// Reader that starts `program` with `arguments`; that call must end in [`serve_worker`]. `pdfium` is the
    /// path of the PDFium library, or `None` if PDFs cannot be read.
    pub fn new(program: PathBuf, arguments: &[&str], limits: Limits, pdfium: Option<PathBuf>) -> Self {
        Self { worker: Worker::new(program, arguments, limits), pdfium }
    }

    /// Reads one document.
    pub async fn read(
        &self,
        kind: SourceKind,
        input: Input<'_>,
        options: ReadOptions,
    ) -> Result<Document, ReadFailure> {
        let request = WorkerRequest::Read { kind, options, pdfium: self.pdfium.clone() };
        let response = self.worker.run::<_, ReadResponse>(&request, input).await?;
        let layout = postcard::from_bytes(&response.bytes).map_err(|_| ReadFailure::Crashed)?;
        let ReadResponse { text, sections, title, pages, problems } = response.reply;
        let revision = Revision { text, sections, layout };
        // A compromised parser may return anything.
        if !revision.is_valid() {
            return Err(ReadFailure::Crashed);
        }
        Ok(Document { revision, title, pages, problems })
    }
}

#[async_trait]
impl DocumentReader for ConfinedReader {
    fn can_read_pdf(&self) -> bool {
        self.pdfium.is_some()
    }

    async fn read_file(
        &self,
        kind: SourceKind,
        original: File,
        options: ReadOptions,
    ) -> Result<Document, ReadFailure> {
        self.read(kind, Input::File(original), options).await
    }

    async fn render_page(
        &self,
        kind: SourceKind,
        original: File,
        page: u32,
        width: u32,
    ) -> Result<Vec<u8>, ReadFailure> {
        let request = WorkerRequest::Page { kind, page, width, pdfium: self.pdfium.clone() };
        let response = self.worker.run::<_, serde_json::Value>(&request, Input::File(original)).await?;
        Ok(response.bytes)
    }
}

/// Refusal with an error code for the parent process.
fn to_refusal(error: &ReadError) -> Refusal {
    let code = match error {
        ReadError::Password | ReadError::Broken(_) => ErrorCode::InvalidRequest,
        ReadError::TooLarge(_) => ErrorCode::TooLarge,
        ReadError::Unsupported(_) => ErrorCode::UnsupportedMedia,
    };
    Refusal::new(code, error.to_string())
}

/// Serves one request on the standard pipes; the child process's side of [`ConfinedReader`].
pub fn serve_worker() -> io::Result<()> {
    serve_request(
        |request: &WorkerRequest| match request.pdfium_path() {
            Some(path) => PdfiumLibrary::load(path).map(Some).map_err(|error| to_refusal(&error)),
            None => Ok(None),
        },
        |pdfium, request, bytes| {
            let result = match request {
                WorkerRequest::Read { kind, options, .. } => {
                    read_document(kind, bytes, &options, pdfium.as_ref()).and_then(encode_document)
                }
                WorkerRequest::Page { kind, page, width, .. } => {
                    render_page(kind, bytes, page, width, pdfium.as_ref())
                        .map(|image| (serde_json::Value::Null, image))
                }
            };
            result.map_err(|error| to_refusal(&error))
        },
    )
}
