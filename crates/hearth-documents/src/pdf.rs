//! Reader of PDFs through PDFium: text in reading order with a box per line, and pages as images.

mod characters;
mod lines;
mod metadata;
mod order;
mod paragraphs;

use std::io::Cursor;
use std::path::Path;

use hearth_domain::ProblemCode;
use pdfium_render::prelude::{
    PdfDocument, PdfPage, PdfRenderConfig, Pdfium, PdfiumError, PdfiumInternalError,
};

use crate::document::{Document, DocumentBuilder, ReadError, ReadOptions};
use lines::Line;

/// Maximum number of pages that are read of one document.
const MAX_PAGES: i32 = 20_000;

/// Loaded PDFium library. One per process, used by one thread.
pub struct PdfiumLibrary(Pdfium);

impl PdfiumLibrary {
    /// Loads the library; must happen before the process is confined.
    pub fn load(path: &Path) -> Result<Self, ReadError> {
        Pdfium::bind_to_library(path).map(|bindings| Self(Pdfium::new(bindings))).map_err(|error| {
            ReadError::Unsupported(format!(
                "PDFs without the PDFium library ({} could not be loaded: {error:?})",
                path.display()
            ))
        })
    }

    /// Error for a machine without the library.
    pub(crate) fn unavailable_error() -> ReadError {
        ReadError::Unsupported("PDFs without the PDFium library (install it with `cargo xtask setup`)".into())
    }

    /// Opens a document with at least one page; `Password` if it is encrypted with one.
    fn open_document(&self, bytes: Vec<u8>) -> Result<PdfDocument<'_>, ReadError> {
        let document = self.0.load_pdf_from_byte_vec(bytes, None).map_err(|error| match error {
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => {
                ReadError::Password
            }
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => {
                ReadError::Unsupported("PDFs with this kind of encryption".into())
            }
            PdfiumError::PdfiumLibraryInternalError(_) => {
                ReadError::Broken("it is not a complete PDF file".into())
            }
            other => ReadError::Broken(format!("{other:?}")),
        })?;
        if document.pages().is_empty() {
            return Err(ReadError::Broken("it has no pages".into()));
        }
        Ok(document)
    }

    /// Reads a document's text, title and layout; damaged pages become problems.
    pub(crate) fn read_document(&self, bytes: Vec<u8>, options: &ReadOptions) -> Result<Document, ReadError> {
        let document = self.open_document(bytes)?;
        let count = document.pages().len();
        let mut builder = DocumentBuilder::new(options);
        let mut pages = Vec::new();
        for index in 0..count.min(MAX_PAGES) {
            let number = index as u32 + 1;
            match document.pages().get(index) {
                Ok(page) => pages.push(read_page(&page, number, &mut builder)),
                Err(_) => {
                    builder.add_problem(
                        ProblemCode::PartUnreadable,
                        format!("page {number} is damaged"),
                        Some(number),
                    );
                    pages.push(Vec::new());
                }
            }
        }
        if count > MAX_PAGES {
            builder.add_problem(
                ProblemCode::Truncated,
                format!("only {MAX_PAGES} of {count} pages were read"),
                None,
            );
        }
        lines::remove_running_heads(&mut pages);
        let title = metadata::metadata_title(&self.0, &document);
        paragraphs::write_pages(&mut builder, &pages);
        Ok(builder.finish(title, Some(count as u32)))
    }

    /// Renders a page (counted from 1) as a PNG of the given width in pixels, clamped to 16 to 2400.
    pub(crate) fn render_page(&self, bytes: Vec<u8>, page: u32, width: u32) -> Result<Vec<u8>, ReadError> {
        let document = self.open_document(bytes)?;
        let broken = |error: PdfiumError| ReadError::Broken(format!("page {page}: {error:?}"));
        let index = i32::try_from(page).unwrap_or(i32::MAX) - 1;
        let page = document.pages().get(index).map_err(broken)?;
        let width = width.clamp(16, 2400) as i32;
        let config = PdfRenderConfig::new()
            .set_target_width(width)
            // The height is limited, because a page may be a thousand times as high as wide.
            .set_maximum_height(4 * width)
            .render_form_data(true);
        let image = page
            .render_with_config(&config)
            .and_then(|bitmap| bitmap.as_image())
            .map_err(broken)?
            .into_rgb8();
        let mut png = Cursor::new(Vec::new());
        image
            .write_to(&mut png, image::ImageFormat::Png)
            .map_err(|error| ReadError::Broken(error.to_string()))?;
        Ok(png.into_inner())
    }
}

/// Lines of a page in reading order; a page without text records a problem.
fn read_page(page: &PdfPage<'_>, number: u32, builder: &mut DocumentBuilder) -> Vec<Line> {
    let Some(page_characters) = characters::PageCharacters::read(page) else {
        builder.add_problem(
            ProblemCode::PartUnreadable,
            format!("page {number} has no readable text"),
            Some(number),
        );
        return Vec::new();
    };
    let unmapped_count = page_characters.characters.iter().filter(|c| c.unmapped).count();
    let pieces = lines::extract_lines(&page_characters, number);
    if pieces.is_empty() {
        builder.add_problem(
            ProblemCode::PageWithoutText,
            format!("page {number} has no text, only images"),
            Some(number),
        );
    } else if unmapped_count * 2 > page_characters.characters.len() {
        builder.add_problem(
            ProblemCode::PartUnreadable,
            format!("the fonts of page {number} do not map to characters, so its text may be wrong"),
            Some(number),
        );
    }
    order::sort_reading_order(pieces)
}
