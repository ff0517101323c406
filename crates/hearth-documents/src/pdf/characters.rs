//! Characters of a page, directly from PDFium's text interface.
//!
//! The only unsafe code of this crate: the crate `pdfium-render` iterates characters an order of
//! magnitude slower. Reviewed points: every call gets the handle of an open text page, an index below
//! its count, and pointers to locals of the type that the header names; the text page borrows the page,
//! so that neither outlives its owner.
#![allow(unsafe_code)]

use pdfium_render::prelude::{
    FPDF_PAGEOBJECT, FPDF_TEXTPAGE, FS_MATRIX, FS_RECTF, PdfPage, PdfiumLibraryBindings,
    PdfiumLibraryBindingsAccessor,
};

/// Box on the displayed page: left, top, right, bottom; in points, y downwards.
pub(super) type Rect = [f32; 4];

/// Character of a page with its position and font size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Character {
    /// UTF-16 unit or scalar value, as PDFium returns it.
    pub(super) code: u32,
    pub(super) rect: Rect,
    /// Displayed font size in points.
    pub(super) size: f32,
    /// True if PDFium inserted the character: a space between words, the end of a line.
    pub(super) generated: bool,
    /// True for a hyphen at the end of a line.
    pub(super) hyphen: bool,
    /// True if the font has no Unicode mapping for the character.
    pub(super) unmapped: bool,
}

/// All characters of a page, with the displayed page size in points.
#[derive(Debug)]
pub(super) struct PageCharacters {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) characters: Vec<Character>,
}

/// Open text page of PDFium; closed when dropped.
struct TextPage<'p> {
    bindings: &'p dyn PdfiumLibraryBindings,
    handle: FPDF_TEXTPAGE,
    _page: &'p PdfPage<'p>,
}

impl<'p> TextPage<'p> {
    fn open(page: &'p PdfPage<'p>) -> Option<Self> {
        let bindings = page.bindings();
        // SAFETY: the page handle is valid as long as `page` is, which is borrowed here.
        let handle = unsafe { bindings.FPDFText_LoadPage(bindings.get_handle_from_page(page)) };
        (!handle.is_null()).then_some(Self { bindings, handle, _page: page })
    }
}

impl Drop for TextPage<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle came from FPDFText_LoadPage and is closed once.
        unsafe { self.bindings.FPDFText_ClosePage(self.handle) }
    }
}

impl PageCharacters {
    /// Reads a page, or `None` if PDFium cannot extract its text.
    pub(super) fn read(page: &PdfPage<'_>) -> Option<Self> {
        let bounds = page.boundaries().bounding().ok()?.bounds;
        let frame = PageFrame {
            left: bounds.left().value,
            bottom: bounds.bottom().value,
            right: bounds.right().value,
            top: bounds.top().value,
            quarter_turns: page.rotation().map_or(0, |rotation| rotation as i32) & 3,
        };
        let text = TextPage::open(page)?;
        let (width, height) = frame.displayed_size();
        Some(Self { width, height, characters: read_characters(&text, &frame) })
    }
}

/// Visible part of a page in page coordinates, and its rotation in quarter turns.
struct PageFrame {
    left: f32,
    bottom: f32,
    right: f32,
    top: f32,
    quarter_turns: i32,
}

impl PageFrame {
    /// Displayed width and height in points.
    fn displayed_size(&self) -> (f32, f32) {
        let (w, h) = (self.right - self.left, self.top - self.bottom);
        if self.quarter_turns % 2 == 0 { (w, h) } else { (h, w) }
    }

    /// Converts a box (left, bottom, right, top in page coordinates) to the displayed page.
    fn to_displayed(&self, page_box: [f32; 4]) -> Rect {
        let (width, height) = (self.right - self.left, self.top - self.bottom);
        let (left, right) = (page_box[0] - self.left, page_box[2] - self.left);
        let (bottom, top) = (page_box[1] - self.bottom, page_box[3] - self.bottom);
        match self.quarter_turns {
            0 => [left, height - top, right, height - bottom],
            1 => [bottom, left, top, right],
            2 => [width - right, bottom, width - left, top],
            _ => [height - top, width - right, height - bottom, width - left],
        }
    }
}

/// Characters of a text page in drawing order.
fn read_characters(text: &TextPage<'_>, frame: &PageFrame) -> Vec<Character> {
    let (bindings, page) = (text.bindings, text.handle);
    // SAFETY: the handle is open.
    let count = unsafe { bindings.FPDFText_CountChars(page) }.max(0);
    let mut found = Vec::with_capacity(count as usize);
    // The font size is the same for a run of text: it is read once per run.
    let mut run: FPDF_PAGEOBJECT = std::ptr::null_mut();
    let mut size = 0.0;
    for at in 0..count {
        let mut loose = FS_RECTF { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
        // SAFETY: `at` is below the count; the pointer is to a local of the right type.
        let (code, generated, hyphen) = unsafe {
            let code = bindings.FPDFText_GetUnicode(page, at);
            // Only these can be generated, and only 2 can be a hyphen at a line's end.
            let generated =
                matches!(code, 0x20 | 0x0d | 0x0a) && bindings.FPDFText_IsGenerated(page, at) == 1;
            let hyphen = code == 2 && bindings.FPDFText_IsHyphen(page, at) == 1;
            bindings.FPDFText_GetLooseCharBox(page, at, &raw mut loose);
            (code, generated, hyphen)
        };
        let mut unmapped = false;
        if !generated {
            // SAFETY: as above; the object is only compared, never read.
            unsafe {
                let object = bindings.FPDFText_GetTextObject(page, at);
                if object != run {
                    run = object;
                    let mut matrix = FS_MATRIX { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };
                    bindings.FPDFText_GetMatrix(page, at, &raw mut matrix);
                    size = bindings.FPDFText_GetFontSize(page, at) as f32 * matrix.c.hypot(matrix.d);
                }
                unmapped = bindings.FPDFText_HasUnicodeMapError(page, at) == 1;
            }
        }
        found.push(Character {
            code,
            rect: frame.to_displayed([loose.left, loose.bottom, loose.right, loose.top]),
            size,
            generated,
            hyphen,
            unmapped,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_placed_on_the_page_as_it_is_displayed() {
        // A visible part of 100 by 200 points that starts at (10, 20), and a box in its upper left corner.
        let page_box = [12.0, 210.0, 22.0, 217.0];
        for (quarter_turns, size, displayed) in [
            (0, (100.0, 200.0), [2.0, 3.0, 12.0, 10.0]),
            // Turned clockwise: the upper left corner is at the upper right, the lower right, the lower left.
            (1, (200.0, 100.0), [190.0, 2.0, 197.0, 12.0]),
            (2, (100.0, 200.0), [88.0, 190.0, 98.0, 197.0]),
            (3, (200.0, 100.0), [3.0, 88.0, 10.0, 98.0]),
        ] {
            let frame = PageFrame { left: 10.0, bottom: 20.0, right: 110.0, top: 220.0, quarter_turns };
            assert_eq!(frame.displayed_size(), size);
            let found = frame.to_displayed(page_box);
            assert!(
                found.iter().zip(displayed).all(|(a, b)| (a - b).abs() < 0.001),
                "{quarter_turns}: {found:?}"
            );
        }
    }
}
