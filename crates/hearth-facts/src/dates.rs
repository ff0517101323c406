//! Dates with month names.

use super::item::Kind;
use super::months::month_of;
use super::piece::date;
use super::reading::{Fact, Reading};
use super::scan::{Found, Scan};

/// Words between day, month and year.
const OF: [&str; 9] = ["of", "de", "del", "di", "do", "da", "des", "d", "den"];

/// Date that begins at an item.
pub(crate) fn date_at(scan: &Scan, at: usize) -> Option<Found> {
    day_first(scan, at).or_else(|| month_first(scan, at)).or_else(|| east_asian(scan, at))
}

/// "13 January 2030", "13. bis 15. Januar".
fn day_first(scan: &Scan, at: usize) -> Option<Found> {
    let day = day(scan, at)?;
    let mut days = vec![day];
    if let Some(fact) = start_of_range(scan, at, day) {
        return Some((at + 1, vec![fact]));
    }
    let (month_at, month) = if let Some(found) = month_after(scan, at) {
        found
    } else {
        let second = scan.range_end(at)?;
        days.push(self::day(scan, second)?);
        month_after(scan, second)?
    };
    Some(finish(scan, month_at, month, &days))
}

/// First day of "10.-12.5.2025"; its end is left to the next step.
fn start_of_range(scan: &Scan, at: usize, day: u32) -> Option<Fact> {
    let pointed = scan.gap(at).first() == Some(&'.');
    let end = scan.range_end(at).filter(|_| pointed)?;
    let Kind::Fixed(readings) = &scan.items.get(end)?.kind else {
        return None;
    };
    let readings: Vec<Reading> = readings.iter().filter_map(|r| with_day(r, day)).collect();
    (!readings.is_empty()).then_some(Fact { readings, required: true })
}

/// Date of another day of the same month.
fn with_day(reading: &Reading, day: u32) -> Option<Reading> {
    match reading {
        Reading::Date(end) => date(end.year.map(u32::from), u32::from(end.month), Some(day)),
        _ => None,
    }
}

/// "January 13th, 2030", "January 13-15, 2030", "July 2026", and a lone month.
fn month_first(scan: &Scan, at: usize) -> Option<Found> {
    let month = month(scan, at)?;
    if year_after(scan, at).is_some() {
        return Some(finish(scan, at, month, &[]));
    }
    let spaced = scan.gap_has_only(at, ".");
    let Some(first) = day(scan, at + 1).filter(|_| spaced) else {
        let lone = date(None, month, None).map(|r| Fact { readings: vec![r], required: false });
        return Some((at + 1, lone.into_iter().collect()));
    };
    let mut days = vec![first];
    let mut last = at + 1;
    if let Some(second) = scan.range_end(last)
        && second == last + 1
        && !scan.gap(last).contains(&',')
        && let Some(end) = day(scan, second)
    {
        days.push(end);
        last = second;
    }
    Some(finish(scan, last, month, &days))
}

/// Facts of the days of one month with the year after the item `last`, and the index after them.
fn finish(scan: &Scan, last: usize, month: u32, days: &[u32]) -> Found {
    let (next, year) = match year_after(scan, last) {
        Some((at, year)) => (at + 1, Some(year)),
        None => (last + 1, None),
    };
    let days: Vec<Option<u32>> =
        if days.is_empty() { vec![None] } else { days.iter().copied().map(Some).collect() };
    let readings = days.into_iter().filter_map(|day| date(year, month, day));
    (next, readings.map(|r| Fact { readings: vec![r], required: true }).collect())
}

/// Month name at an index.
fn month(scan: &Scan, at: usize) -> Option<u32> {
    match &scan.items.get(at)?.kind {
        Kind::Word { text, capital } => month_of(text, *capital, scan.language).map(u32::from),
        _ => None,
    }
}

/// Day of the month at an index.
fn day(scan: &Scan, at: usize) -> Option<u32> {
    let number = scan.number(at).filter(|n| n.digits <= 2)?;
    number.plain.filter(|day| (1..=31).contains(day))
}

/// Month after a day, directly or after "of", with its index.
fn month_after(scan: &Scan, at: usize) -> Option<(usize, u32)> {
    if !scan.gap_has_only(at, ".-") {
        return None;
    }
    if let Some(month) = month(scan, at + 1) {
        return Some((at + 1, month));
    }
    let linked = OF.contains(&scan.word(at + 1)) && scan.gap_has_only(at + 1, "'");
    month(scan, at + 2).filter(|_| linked).map(|month| (at + 2, month))
}

/// Year after an item, directly or after "of", with its index.
fn year_after(scan: &Scan, at: usize) -> Option<(usize, u32)> {
    let year = |index: usize| {
        let number = scan.number(index).filter(|n| n.digits == 4)?;
        number.plain.filter(|y| (1000..3000).contains(y))
    };
    if !scan.gap_has_only(at, ".,-") {
        return None;
    }
    if let Some(found) = year(at + 1) {
        return Some((at + 1, found));
    }
    let linked = OF.contains(&scan.word(at + 1)) && scan.is_spaced(at + 1);
    year(at + 2).filter(|_| linked).map(|found| (at + 2, found))
}

/// "2030年1月13日", with or without its year.
fn east_asian(scan: &Scan, at: usize) -> Option<Found> {
    let plain = |index: usize| scan.number(index).and_then(|n| n.plain);
    let followed = |index: usize, mark: char| {
        scan.items.get(index).and_then(|item| scan.chars.get(item.end)) == Some(&mark)
    };
    let (year, month_at) = if followed(at, '年') { (Some(plain(at)?), at + 1) } else { (None, at) };
    if !followed(month_at, '月') {
        return None;
    }
    let month = plain(month_at)?;
    let day = plain(month_at + 1).filter(|_| followed(month_at + 1, '日') && scan.gap(month_at).len() <= 2);
    let next = month_at + 1 + usize::from(day.is_some());
    let required = year.is_some() || day.is_some();
    date(year, month, day).map(|r| (next, vec![Fact { readings: vec![r], required }]))
}
