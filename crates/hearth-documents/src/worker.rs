//! Reading in a confined process.

use std::io;
use std::path::PathBuf;

use hearth_domain::{Problem, Revision, Section, SourceKind};
pub use hearth_worker::Input;
use hearth_worker::{Limits, Refusal, Worker, WorkerError, serve};
use serde::{Deserialize, Serialize};

use crate::document::{Document, ReadError, ReadOptions};
use crate::pdf::PdfLibrary;
use crate::readers::{draw, read};

/// What a worker is asked to do with the bytes that follow.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    Read {
        kind: SourceKind,
        options: ReadOptions,
        pdfium: Option<PathBuf>,
    },
    /// A page, from 1, as a PNG of this width.
    Page {
        kind: SourceKind,
        page: u32,
        width: u32,
        pdfium: Option<PathBuf>,
    },
}

impl Job {
    fn pdfium(&self) -> Option<&PathBuf> {
        match self {
            Self::Read { kind: SourceKind::Pdf, pdfium, .. }
            | Self::Page { kind: SourceKind::Pdf, pdfium, .. } => pdfium.as_ref(),
            Self::Read { .. } | Self::Page { .. } => None,
        }
    }
}

/// A document without its layout, which travels beside it in a compact form.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    text: String,
    sections: Vec<Section>,
    title: Option<String>,
    pages: Option<u32>,
    problems: Vec<Problem>,
}

fn packed(document: Document) -> Result<(serde_json::Value, Vec<u8>), ReadError> {
    let Revision { text, sections, layout } = document.revision;
    let head =
        Head { text, sections, title: document.title, pages: document.pages, problems: document.problems };
    let broken = |error: String| ReadError::Broken(error);
    let head = serde_json::to_value(head).map_err(|error| broken(error.to_string()))?;
    let layout = postcard::to_stdvec(&layout).map_err(|error| broken(error.to_string()))?;
    Ok((head, layout))
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    #[error("{message}")]
    Refused { code: String, message: String },
    #[error("it could not be read within the limits: {0}")]
    Limit(WorkerError),
    #[error("the reader crashed on it; nothing else was affected")]
    Crashed,
    #[error("the reader could not be started: {0}")]
    Unavailable(WorkerError),
}

impl From<WorkerError> for ReadFailure {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Refused(Refusal { code, message }) => Self::Refused { code, message },
            WorkerError::TimedOut(_) => Self::Limit(error),
            WorkerError::Died(_) | WorkerError::Protocol(_) => Self::Crashed,
            WorkerError::Spawn(_) => Self::Unavailable(error),
        }
    }
}

/// Reads documents, each in a process of its own.
#[derive(Clone, Debug)]
pub struct Reader {
    worker: Worker,
    pdfium: Option<PathBuf>,
}

impl Reader {
    /// A reader whose processes are `program` with `arguments`, which must end in
    /// [`serve_worker`]; PDFs need the PDFium library.
    pub fn new(program: PathBuf, arguments: &[&str], limits: Limits, pdfium: Option<PathBuf>) -> Self {
        Self { worker: Worker::new(program, arguments, limits), pdfium }
    }

    /// Whether PDFs can be read.
    pub fn reads_pdf(&self) -> bool {
        self.pdfium.is_some()
    }

    /// Reads one document.
    pub async fn read(
        &self,
        kind: SourceKind,
        input: Input<'_>,
        options: ReadOptions,
    ) -> Result<Document, ReadFailure> {
        let job = Job::Read { kind, options, pdfium: self.pdfium.clone() };
        let outcome = self.worker.run::<_, Head>(&job, input).await?;
        let layout = postcard::from_bytes(&outcome.bytes).map_err(|_| ReadFailure::Crashed)?;
        let Head { text, sections, title, pages, problems } = outcome.reply;
        let revision = Revision { text, sections, layout };
        // A parser that was taken over may answer anything.
        if !revision.is_sound() {
            return Err(ReadFailure::Crashed);
        }
        Ok(Document { revision, title, pages, problems })
    }

    /// A page of a PDF or a picture, from 1, as a PNG of the given width in pixels; of a picture no wider than it is.
    pub async fn page_image(
        &self,
        kind: SourceKind,
        input: Input<'_>,
        page: u32,
        width: u32,
    ) -> Result<Vec<u8>, ReadFailure> {
        let job = Job::Page { kind, page, width, pdfium: self.pdfium.clone() };
        let outcome = self.worker.run::<_, serde_json::Value>(&job, input).await?;
        Ok(outcome.bytes)
    }
}

fn refusal(error: &ReadError) -> Refusal {
    let code = match error {
        ReadError::Password | ReadError::Broken(_) => "INVALID_REQUEST",
        ReadError::TooLarge(_) => "TOO_LARGE",
        ReadError::Unsupported(_) => "UNSUPPORTED_MEDIA",
    };
    Refusal { code: code.to_owned(), message: error.to_string() }
}

/// The child's side: serves one job on the standard pipes.
pub fn serve_worker() -> io::Result<()> {
    serve(
        |job: &Job| match job.pdfium() {
            Some(path) => PdfLibrary::load(path).map(Some).map_err(|error| refusal(&error)),
            None => Ok(None),
        },
        |library, job, bytes| {
            let done = match job {
                Job::Read { kind, options, .. } => {
                    read(kind, bytes, &options, library.as_ref()).and_then(packed)
                }
                Job::Page { kind, page, width, .. } => draw(kind, bytes, page, width, library.as_ref())
                    .map(|image| (serde_json::Value::Null, image)),
            };
            done.map_err(|error| refusal(&error))
        },
    )
}
