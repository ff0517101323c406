//! PDF through PDFium: text in reading order with a box a line, and pages as images.

mod characters;
mod lines;
mod order;
mod outline;
mod paragraphs;

use std::io::Cursor;
use std::path::Path;

use hearth_domain::ProblemCode;
use pdfium_render::prelude::{
    PdfDocument, PdfPage, PdfRenderConfig, Pdfium, PdfiumError, PdfiumInternalError,
};

use crate::document::{Builder, Document, ReadError, ReadOptions};
use lines::Line;

/// Pages that are read of one document.
const MAX_PAGES: i32 = 20_000;

/// The PDFium library, loaded. One a process, used by one thread.
pub struct PdfLibrary(Pdfium);

impl PdfLibrary {
    /// Loads the library; do it before the process is confined.
    pub fn load(path: &Path) -> Result<Self, ReadError> {
        Pdfium::bind_to_library(path).map(|bindings| Self(Pdfium::new(bindings))).map_err(|error| {
            ReadError::Unsupported(format!("PDF ({} could not be loaded: {error:?})", path.display()))
        })
    }

    /// What to say where there is none.
    pub(crate) fn missing() -> ReadError {
        ReadError::Unsupported("PDF without the PDFium library; run `cargo xtask setup`".into())
    }

    fn open(&self, bytes: Vec<u8>) -> Result<PdfDocument<'_>, ReadError> {
        let document = self.0.load_pdf_from_byte_vec(bytes, None).map_err(|error| match error {
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => {
                ReadError::Password
            }
            PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => {
                ReadError::Unsupported("this way of encrypting PDFs".into())
            }
            PdfiumError::PdfiumLibraryInternalError(_) => ReadError::Broken("it is not a whole PDF".into()),
            other => ReadError::Broken(format!("{other:?}")),
        })?;
        if document.pages().is_empty() {
            return Err(ReadError::Broken("it has no pages".into()));
        }
        Ok(document)
    }

    /// Reads a document.
    pub(crate) fn read(&self, bytes: Vec<u8>, options: &ReadOptions) -> Result<Document, ReadError> {
        let document = self.open(bytes)?;
        let count = document.pages().len();
        let mut builder = Builder::new(options);
        let mut pages = Vec::new();
        for index in 0..count.min(MAX_PAGES) {
            let number = index as u32 + 1;
            match document.pages().get(index) {
                Ok(page) => pages.push(read_page(&page, number, &mut builder)),
                Err(_) => {
                    builder.problem(
                        ProblemCode::PartUnreadable,
                        format!("page {number} is damaged"),
                        Some(number),
                    );
                    pages.push(Vec::new());
                }
            }
        }
        if count > MAX_PAGES {
            builder.problem(
                ProblemCode::Truncated,
                format!("only {MAX_PAGES} of {count} pages were read"),
                None,
            );
        }
        lines::drop_running_heads(&mut pages);
        let title = outline::title(&self.0, &document);
        paragraphs::write(&mut builder, &pages);
        Ok(builder.finish(title, Some(count as u32)))
    }

    /// A page, from 1, as a PNG of the given width in pixels.
    pub(crate) fn page_image(&self, bytes: Vec<u8>, page: u32, width: u32) -> Result<Vec<u8>, ReadError> {
        let document = self.open(bytes)?;
        let broken = |error: PdfiumError| ReadError::Broken(format!("page {page}: {error:?}"));
        let index = i32::try_from(page).unwrap_or(i32::MAX) - 1;
        let page = document.pages().get(index).map_err(broken)?;
        let width = width.clamp(16, 2400) as i32;
        let config = PdfRenderConfig::new()
            .set_target_width(width)
            // A page may be a thousand times as high as wide.
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

/// The lines of a page in reading order.
fn read_page(page: &PdfPage<'_>, number: u32, builder: &mut Builder) -> Vec<Line> {
    let Some(sheet) = characters::Sheet::read(page) else {
        builder.problem(
            ProblemCode::PartUnreadable,
            format!("page {number} has no readable text"),
            Some(number),
        );
        return Vec::new();
    };
    let unmapped = sheet.characters.iter().filter(|c| c.unmapped).count();
    let pieces = lines::lines(&sheet, number);
    if pieces.is_empty() {
        builder.problem(
            ProblemCode::PageWithoutText,
            format!("page {number} has no text, only pictures"),
            Some(number),
        );
    } else if unmapped * 2 > sheet.characters.len() {
        builder.problem(
            ProblemCode::PartUnreadable,
            format!("page {number} is in fonts that do not say which letters they show"),
            Some(number),
        );
    }
    order::reading_order(pieces)
}
