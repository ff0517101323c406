//! One reader a format.

mod calendar;
mod csv;
mod docx;
mod formula;
mod html;
mod markdown;
mod package;
mod page;
mod picture;
mod pptx;
mod text;
mod xlsx;

use hearth_domain::SourceKind;

use crate::document::{Document, ReadError, ReadOptions};
use crate::pdf::PdfLibrary;

/// Reads a document of a known kind. PDFs need the library.
pub fn read(
    kind: SourceKind,
    bytes: Vec<u8>,
    options: &ReadOptions,
    pdf: Option<&PdfLibrary>,
) -> Result<Document, ReadError> {
    match kind {
        SourceKind::Text => Ok(text::read(&bytes, options)),
        SourceKind::Markdown => Ok(markdown::read(&bytes, options)),
        SourceKind::Html => Ok(html::read(&bytes, options)),
        SourceKind::Csv => csv::read(&bytes, options),
        SourceKind::Calendar => calendar::read(&bytes, options),
        SourceKind::Docx => docx::read(&bytes, options),
        SourceKind::Pptx => pptx::read(&bytes, options),
        SourceKind::Xlsx => xlsx::read(&bytes, options),
        SourceKind::Pdf => pdf.ok_or_else(PdfLibrary::missing)?.read(bytes, options),
        SourceKind::Image => picture::read(&bytes, options),
        SourceKind::Audio => Err(ReadError::Unsupported("recordings".into())),
    }
}

/// A page of a document of a known kind, from 1, as a PNG of at most this width in pixels; only what has pages can be drawn.
pub(crate) fn draw(
    kind: SourceKind,
    bytes: Vec<u8>,
    page: u32,
    width: u32,
    pdf: Option<&PdfLibrary>,
) -> Result<Vec<u8>, ReadError> {
    match kind {
        SourceKind::Pdf => pdf.ok_or_else(PdfLibrary::missing)?.page_image(bytes, page, width),
        SourceKind::Image => picture::draw(&bytes, width),
        _ => Err(ReadError::Unsupported("pages of it".into())),
    }
}
