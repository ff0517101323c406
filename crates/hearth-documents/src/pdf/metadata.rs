//! Metadata of a PDF.

use pdfium_render::prelude::{PdfDocument, PdfDocumentMetadataTagType, Pdfium};

/// Title in the document's metadata, or `None` if it is missing or generated from a file name.
pub(super) fn metadata_title(_library: &Pdfium, document: &PdfDocument<'_>) -> Option<String> {
    let tag = document.metadata().get(PdfDocumentMetadataTagType::Title)?;
    let title = tag.value().trim();
    let lower = title.to_lowercase();
    let is_generated = title.chars().count() < 4
        || lower.starts_with("microsoft word")
        || lower.starts_with("untitled")
        || [".doc", ".docx", ".pdf", ".tex", ".dvi", ".indd", ".qxd"]
            .iter()
            .any(|ending| lower.ends_with(ending));
    (!is_generated).then(|| title.to_owned())
}
