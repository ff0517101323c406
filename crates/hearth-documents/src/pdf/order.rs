//! Reading order of a page: columns one after the other.
//!
//! Recursive XY-cut of the page along white space (Nagy & Seth 1984): first between columns, where a gutter
//! separates text on both sides, else between blocks. Parts that are not split stay in drawing order, which
//! is right for most programs that write PDFs.

use super::lines::Line;

/// Minimum number of lines of a column.
const MIN_COLUMN_LINES: usize = 4;

/// Lines of a page sorted into reading order.
pub(super) fn sort_reading_order(lines: Vec<Line>) -> Vec<Line> {
    if !can_have_columns(&lines) {
        return lines;
    }
    let mut out = Vec::with_capacity(lines.len());
    let mut stack = vec![lines];
    while let Some(part) = stack.pop() {
        match split_lines(part) {
            Split::Whole(lines) => out.extend(lines),
            // A stack: the first half goes on top, because it is read first.
            Split::Halves(first, second) => stack.extend([second, first]),
        }
    }
    out
}

/// True if a page has enough lines for two columns.
fn can_have_columns(lines: &[Line]) -> bool {
    lines.len() >= 2 * MIN_COLUMN_LINES
}

/// Result of one split of the page.
enum Split {
    Whole(Vec<Line>),
    Halves(Vec<Line>, Vec<Line>),
}

/// Splits lines at a gutter, else between blocks; not at all if neither is found.
fn split_lines(lines: Vec<Line>) -> Split {
    if lines.len() < 2 * MIN_COLUMN_LINES {
        return Split::Whole(lines);
    }
    if let Some(x) = find_gutter(&lines) {
        let (left, right) = lines.into_iter().partition(|line| center_x(line) < x);
        return Split::Halves(left, right);
    }
    match find_block_gap(&lines) {
        Some(y) => {
            let (above, below) = lines.into_iter().partition(|line| center_y(line) < y);
            Split::Halves(above, below)
        }
        None => Split::Whole(lines),
    }
}

fn center_x(line: &Line) -> f32 {
    f32::midpoint(line.rect[0], line.rect[2])
}

fn center_y(line: &Line) -> f32 {
    f32::midpoint(line.rect[1], line.rect[3])
}

/// Median font size of lines, in points, at least 1.
fn median_size(lines: &[Line]) -> f32 {
    let mut sizes: Vec<f32> = lines.iter().map(|line| line.size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes[sizes.len() / 2].max(1.0)
}

/// Horizontal position of the widest vertical strip of white space that no line crosses, with a column on
/// both sides; `None` if there is none.
fn find_gutter(lines: &[Line]) -> Option<f32> {
    let em = median_size(lines);
    let mut spans: Vec<(f32, f32)> = lines.iter().map(|line| (line.rect[0], line.rect[2])).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let left_edge = spans[0].0;
    let right_edge = spans.iter().map(|span| span.1).fold(f32::MIN, f32::max);
    let width = right_edge - left_edge;
    let mut reach = spans[0].1;
    let mut best: Option<(f32, f32)> = None;
    for &(start, end) in &spans[1..] {
        let gap = start - reach;
        if gap > 0.6 * em && best.is_none_or(|(widest, _)| gap > widest) {
            let x = reach + gap / 2.0;
            let (left, right): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| center_x(line) < x);
            if is_column(&left, width, em) && is_column(&right, width, em) && is_side_by_side(&left, &right) {
                best = Some((gap, x));
            }
        }
        reach = reach.max(end);
    }
    best.map(|(_, x)| x)
}

/// True for running text: several lines, a third of them longer than a table's cell.
fn is_column(lines: &[&Line], width: f32, em: f32) -> bool {
    if lines.len() < MIN_COLUMN_LINES {
        return false;
    }
    let mut widths: Vec<f32> = lines.iter().map(|line| line.rect[2] - line.rect[0]).collect();
    widths.sort_by(f32::total_cmp);
    let typical_width = widths[widths.len() * 2 / 3];
    typical_width > width * 0.2 && typical_width > 9.0 * em
}

/// True if two groups overlap in more than 30 % of the smaller height; stacked blocks are not columns.
fn is_side_by_side(left: &[&Line], right: &[&Line]) -> bool {
    let extent = |lines: &[&Line]| {
        lines.iter().fold((f32::MAX, f32::MIN), |(top, bottom), line| {
            (top.min(line.rect[1]), bottom.max(line.rect[3]))
        })
    };
    let (a, b) = (extent(left), extent(right));
    let shared = a.1.min(b.1) - a.0.max(b.0);
    shared > 0.3 * (a.1 - a.0).min(b.1 - b.0)
}

/// Vertical position of a horizontal strip of white space at which a split reveals columns, or `None`.
fn find_block_gap(lines: &[Line]) -> Option<f32> {
    let mut spans: Vec<(f32, f32)> = lines.iter().map(|line| (line.rect[1], line.rect[3])).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut gaps = Vec::new();
    let mut reach = spans[0].1;
    for &(top, bottom) in &spans[1..] {
        // Loose character boxes of neighbouring lines overlap a little.
        if top > reach - 0.3 * (bottom - top) {
            gaps.push(f32::midpoint(reach, top));
        }
        reach = reach.max(bottom);
    }
    let reveals_columns = |y: &f32| {
        let (above, below): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| center_y(line) < *y);
        [above, below].into_iter().any(|part| {
            let part: Vec<Line> = part.into_iter().cloned().collect();
            part.len() >= 2 * MIN_COLUMN_LINES && find_gutter(&part).is_some()
        })
    };
    // Outermost gaps first: titles above and notes below columns are the usual case.
    let mut order: Vec<(usize, f32)> = gaps.iter().copied().enumerate().collect();
    order.sort_by_key(|(at, _)| (*at).min(gaps.len() - 1 - at));
    order.truncate(40);
    order.into_iter().map(|(_, y)| y).find(|y| reveals_columns(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of lines of ten points (text, left, top) in reading order.
    fn sort_texts(lines: &[(String, f32, f32)]) -> Vec<String> {
        let lines = lines.iter().map(|(text, left, top)| Line::new(1, text, (*left, *top), 10.0)).collect();
        sort_reading_order(lines).into_iter().map(|line| line.text).collect()
    }

    /// Rows of two columns of running text, drawn row by row: `left 0`, `right 0`, `left 1` and so on.
    fn draw_columns(rows: usize) -> Vec<(String, f32, f32)> {
        let column = |name: &str, row: usize, left: f32| {
            (format!("{name} {row} {}", "x".repeat(32)), left, 100.0 + 12.0 * row as f32)
        };
        (0..rows).flat_map(|row| [column("left", row, 50.0), column("right", row, 320.0)]).collect()
    }

    fn first_words(texts: &[String]) -> Vec<&str> {
        texts.iter().map(|text| text.split(' ').next().unwrap()).collect()
    }

    #[test]
    fn columns_are_read_one_after_the_other() {
        let texts = sort_texts(&draw_columns(5));
        assert_eq!(first_words(&texts), [["left"; 5], ["right"; 5]].concat());
        assert!(texts[..5].is_sorted() && texts[5..].is_sorted(), "{texts:?}");
    }

    #[test]
    fn a_title_above_or_a_note_below_columns_stays_there() {
        // Both cross the gutter, which is between 245 and 320 points.
        let across = |name: &str, top: f32| (format!("{name} {}", "x".repeat(60)), 150.0, top);
        let columns = [["left"; 5], ["right"; 5]].concat();
        let texts = sort_texts(&[vec![across("title", 40.0)], draw_columns(5)].concat());
        assert_eq!(first_words(&texts), [&["title"][..], &columns].concat());
        let texts = sort_texts(&[draw_columns(5), vec![across("note", 200.0)]].concat());
        assert_eq!(first_words(&texts), [&columns[..], &["note"]].concat());
    }

    #[test]
    fn the_cells_of_a_table_are_read_row_by_row() {
        let cell = |row: usize, column: usize| {
            (format!("{row}.{column}"), 50.0 + 120.0 * column as f32, 100.0 + 12.0 * row as f32)
        };
        let lines: Vec<_> = (0..6).flat_map(|row| (0..4).map(move |column| cell(row, column))).collect();
        let drawn: Vec<_> = lines.iter().map(|(text, ..)| text.clone()).collect();
        assert_eq!(sort_texts(&lines), drawn);
    }
}
