//! The order in which a page is read: columns one after the other.
//!
//! A recursive cut of the page along white space (Nagy & Seth 1984, "XY-cut"): first between
//! columns, where a gutter runs through text on both sides, else between blocks. What is not cut
//! stays in the order in which it was drawn, which is right for most programs that write PDFs.

use super::lines::Line;

/// Lines that a side must have to be a column.
const COLUMN_LINES: usize = 4;

pub(super) fn reading_order(lines: Vec<Line>) -> Vec<Line> {
    if !has_columns(&lines) {
        return lines;
    }
    let mut out = Vec::with_capacity(lines.len());
    let mut work = vec![lines];
    while let Some(part) = work.pop() {
        match split(part) {
            Cut::Whole(lines) => out.extend(lines),
            // The first half is to be read first: it goes on top.
            Cut::Halves(first, second) => work.extend([second, first]),
        }
    }
    out
}

/// Whether pieces stand beside each other at all, often enough to be columns.
fn has_columns(lines: &[Line]) -> bool {
    lines.len() >= 2 * COLUMN_LINES
}

enum Cut {
    Whole(Vec<Line>),
    Halves(Vec<Line>, Vec<Line>),
}

fn split(lines: Vec<Line>) -> Cut {
    if lines.len() < 2 * COLUMN_LINES {
        return Cut::Whole(lines);
    }
    if let Some(x) = gutter(&lines) {
        let (left, right) = lines.into_iter().partition(|line| center(line) < x);
        return Cut::Halves(left, right);
    }
    match block_gap(&lines) {
        Some(y) => {
            let (above, below) = lines.into_iter().partition(|line| middle(line) < y);
            Cut::Halves(above, below)
        }
        None => Cut::Whole(lines),
    }
}

fn center(line: &Line) -> f32 {
    f32::midpoint(line.rect[0], line.rect[2])
}

fn middle(line: &Line) -> f32 {
    f32::midpoint(line.rect[1], line.rect[3])
}

fn body_size(lines: &[Line]) -> f32 {
    let mut sizes: Vec<f32> = lines.iter().map(|line| line.size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes[sizes.len() / 2].max(1.0)
}

/// A vertical strip of white that no line crosses, with running text on both sides.
fn gutter(lines: &[Line]) -> Option<f32> {
    let em = body_size(lines);
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
            let (left, right): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| center(line) < x);
            if is_column(&left, width, em) && is_column(&right, width, em) && side_by_side(&left, &right) {
                best = Some((gap, x));
            }
        }
        reach = reach.max(end);
    }
    best.map(|(_, x)| x)
}

/// Running text: several lines, most of them long for a table's cell.
fn is_column(lines: &[&Line], width: f32, em: f32) -> bool {
    if lines.len() < COLUMN_LINES {
        return false;
    }
    let mut widths: Vec<f32> = lines.iter().map(|line| line.rect[2] - line.rect[0]).collect();
    widths.sort_by(f32::total_cmp);
    let typical = widths[widths.len() * 2 / 3];
    typical > width * 0.2 && typical > 9.0 * em
}

/// Whether two groups share most of their height; blocks one above the other are no columns.
fn side_by_side(left: &[&Line], right: &[&Line]) -> bool {
    let extent = |lines: &[&Line]| {
        lines.iter().fold((f32::MAX, f32::MIN), |(top, bottom), line| {
            (top.min(line.rect[1]), bottom.max(line.rect[3]))
        })
    };
    let (a, b) = (extent(left), extent(right));
    let shared = a.1.min(b.1) - a.0.max(b.0);
    shared > 0.3 * (a.1 - a.0).min(b.1 - b.0)
}

/// The widest horizontal strip of white, when a cut there lets columns appear.
fn block_gap(lines: &[Line]) -> Option<f32> {
    let mut spans: Vec<(f32, f32)> = lines.iter().map(|line| (line.rect[1], line.rect[3])).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut cuts = Vec::new();
    let mut reach = spans[0].1;
    for &(top, bottom) in &spans[1..] {
        // Loose boxes of neighbouring lines overlap a little.
        if top > reach - 0.3 * (bottom - top) {
            cuts.push(f32::midpoint(reach, top));
        }
        reach = reach.max(bottom);
    }
    let reveals = |y: &f32| {
        let (above, below): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| middle(line) < *y);
        [above, below].into_iter().any(|part| {
            let part: Vec<Line> = part.into_iter().cloned().collect();
            part.len() >= 2 * COLUMN_LINES && gutter(&part).is_some()
        })
    };
    // At the ends first: titles above and notes below columns are the usual case.
    let mut order: Vec<(usize, f32)> = cuts.iter().copied().enumerate().collect();
    order.sort_by_key(|(at, _)| (*at).min(cuts.len() - 1 - at));
    order.truncate(40);
    order.into_iter().map(|(_, y)| y).find(|y| reveals(y))
}
