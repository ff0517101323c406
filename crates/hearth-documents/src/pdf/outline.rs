//! What a document says of itself.

use pdfium_render::prelude::{PdfDocument, PdfDocumentMetadataTagType, Pdfium};

/// The title in the document's metadata, unless a program made it up from a file name.
pub(super) fn title(_library: &Pdfium, document: &PdfDocument<'_>) -> Option<String> {
    let tag = document.metadata().get(PdfDocumentMetadataTagType::Title)?;
    let title = tag.value().trim();
    let lower = title.to_lowercase();
    let made_up = title.chars().count() < 4
        || lower.starts_with("microsoft word")
        || lower.starts_with("untitled")
        || [".doc", ".docx", ".pdf", ".tex", ".dvi", ".indd", ".qxd"]
            .iter()
            .any(|ending| lower.ends_with(ending));
    (!made_up).then(|| title.to_owned())
}
