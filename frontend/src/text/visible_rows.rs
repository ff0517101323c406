//! Visible rows of a long list: only these are rendered.

use std::ops::Range;

/// Rows rendered beyond the visible ones, so that scrolling shows no gaps.
const MARGIN_ROWS: usize = 8;

/// Range of the rows that are visible, by row height, scroll offset and view height in pixels.
pub fn visible_rows(row_count: usize, row_height: f64, scroll_top: f64, view_height: f64) -> Range<usize> {
    let first = (scroll_top.max(0.0) / row_height) as usize;
    let last = ((scroll_top.max(0.0) + view_height.max(0.0)) / row_height).ceil() as usize;
    first.saturating_sub(MARGIN_ROWS).min(row_count)..(last + MARGIN_ROWS).min(row_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_sight() {
        assert_eq!(visible_rows(500, 44.0, 0.0, 440.0), 0..18);
        assert_eq!(visible_rows(500, 44.0, 4400.0, 440.0), 92..118);
        assert_eq!(visible_rows(500, 44.0, 99_999.0, 440.0), 500..500);
        assert_eq!(visible_rows(3, 44.0, -5.0, 440.0), 0..3);
        assert!(visible_rows(500, 44.0, 4411.0, 1200.0).len() <= 60);
    }
}
