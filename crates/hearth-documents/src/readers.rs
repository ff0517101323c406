//! Readers, one per format.

mod calendar;
mod csv;
mod docx;
mod formula;
mod html;
mod image;
mod markdown;
mod package;
mod pptx;
mod text;
mod web_page;
mod xlsx;

use hearth_domain::SourceKind;
#[cfg(test)]
pub(crate) use package::build_package;

use crate::document::{Document, ReadError, ReadOptions};
use crate::pdf::PdfiumLibrary;

/// Reads a document of a known kind; a PDF needs the PDFium library.
pub fn read_document(
    kind: SourceKind,
    bytes: Vec<u8>,
    options: &ReadOptions,
    pdf: Option<&PdfiumLibrary>,
) -> Result<Document, ReadError> {
    match kind {
        SourceKind::Text => Ok(text::read_text(&bytes, options)),
        SourceKind::Markdown => Ok(markdown::read_markdown(&bytes, options)),
        SourceKind::Html => Ok(html::read_html(&bytes, options)),
        SourceKind::Csv => csv::read_csv(&bytes, options),
        SourceKind::Calendar => calendar::read_calendar(&bytes, options),
        SourceKind::Docx => docx::read_docx(&bytes, options),
        SourceKind::Pptx => pptx::read_pptx(&bytes, options),
        SourceKind::Xlsx => xlsx::read_xlsx(&bytes, options),
        SourceKind::Pdf => pdf.ok_or_else(PdfiumLibrary::unavailable_error)?.read_document(bytes, options),
        SourceKind::Image => image::read_image(&bytes, options),
        SourceKind::Audio => Err(ReadError::Unsupported("recordings".into())),
    }
}

/// Renders a page (counted from 1) of a PDF or an image as a PNG of at most this width in pixels; other kinds
/// have no pages and are `Unsupported`.
pub(crate) fn render_page(
    kind: SourceKind,
    bytes: Vec<u8>,
    page: u32,
    width: u32,
    pdf: Option<&PdfiumLibrary>,
) -> Result<Vec<u8>, ReadError> {
    match kind {
        SourceKind::Pdf => pdf.ok_or_else(PdfiumLibrary::unavailable_error)?.render_page(bytes, page, width),
        SourceKind::Image => image::render_image(&bytes, width),
        _ => Err(ReadError::Unsupported("pages of this format".into())),
    }
}
