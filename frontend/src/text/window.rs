//! Which rows of a long list are in sight: only these are in the page.

use std::ops::Range;

/// Rows beside those in sight, so that scrolling shows no gaps.
const MARGIN: usize = 8;

/// Rows of a height that a window of a height shows when it is scrolled so far; all in pixels.
pub fn in_sight(rows: usize, row: f64, scrolled: f64, height: f64) -> Range<usize> {
    let first = (scrolled.max(0.0) / row) as usize;
    let last = ((scrolled.max(0.0) + height.max(0.0)) / row).ceil() as usize;
    first.saturating_sub(MARGIN).min(rows)..(last + MARGIN).min(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_sight() {
        assert_eq!(in_sight(500, 44.0, 0.0, 440.0), 0..18);
        assert_eq!(in_sight(500, 44.0, 4400.0, 440.0), 92..118);
        assert_eq!(in_sight(500, 44.0, 99_999.0, 440.0), 500..500);
        assert_eq!(in_sight(3, 44.0, -5.0, 440.0), 0..3);
        assert!(in_sight(500, 44.0, 4411.0, 1200.0).len() <= 60);
    }
}
