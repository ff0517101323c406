//! Times of day with words after them.

use super::clock::half_day_time;
use super::item::Kind;
use super::reading::{Fact, Reading};
use super::scan::{Found, Scan, fact};

/// Words for the hour after a number that may be a time or a duration.
const HOURS: [&str; 12] =
    ["h", "heure", "heures", "hora", "horas", "uur", "ore", "timer", "klokken", "часов", "часа", "godz"];

/// Time that begins at an item.
pub(crate) fn time_at(scan: &Scan, at: usize) -> Option<Found> {
    exact(scan, at)
        .map(|(next, time)| (next, vec![only(time)]))
        .or_else(|| range(scan, at))
        .or_else(|| hour(scan, at))
}

/// Fact of one time.
fn only(time: Reading) -> Fact {
    Fact { readings: vec![time], required: true }
}

/// Time that its words leave no doubt of: "6:30 pm", "18 Uhr 30", "18 h 30".
fn exact(scan: &Scan, at: usize) -> Option<(usize, Reading)> {
    let (hour, minute) = clock(scan, at)?;
    if let Some((next, afternoon)) = half_after(scan, at) {
        return Some((next, half_day_time(hour, minute, afternoon)?));
    }
    if !scan.is_spaced(at) {
        return None;
    }
    let minutes =
        scan.number(at + 2).filter(|n| n.digits == 2 && scan.is_spaced(at + 1)).and_then(|n| n.plain);
    let minutes = minutes.filter(|m| *m < 60 && minute == 0);
    match (scan.word(at + 1), minutes) {
        ("uhr" | "h" | "heure" | "heures" | "horas" | "uur", Some(minutes)) => {
            Some((at + 3, Reading::time(hour, minutes)?))
        }
        ("uhr", None) => Some((at + 2, Reading::time(hour, minute)?)),
        _ => None,
    }
}

/// Hour and minute of the item: a whole hour, "18.30" or "18:30".
fn clock(scan: &Scan, at: usize) -> Option<(u32, u32)> {
    let readings = match &scan.items.get(at)?.kind {
        Kind::Number(number) => match number.plain {
            Some(hour) => return (hour <= 24).then_some((hour, 0)),
            None => &number.readings,
        },
        Kind::Fixed(readings) => readings,
        Kind::Word { .. } => return None,
    };
    readings.iter().find_map(|r| match r {
        Reading::Time { minute, .. } => Some((u32::from(minute / 60), u32::from(minute % 60))),
        _ => None,
    })
}

/// "am" or "pm" after an item: index after it, and true for pm. In German "am" is a preposition.
fn half_after(scan: &Scan, at: usize) -> Option<(usize, bool)> {
    if !scan.is_spaced(at) {
        return None;
    }
    match scan.word(at + 1) {
        "pm" => Some((at + 2, true)),
        "am" if scan.language != Some("de") => Some((at + 2, false)),
        word @ ("a" | "p") if scan.word(at + 2) == "m" => {
            let pointed = scan.gap(at + 1).contains(&'.') && scan.gap_has_only(at + 1, ".");
            pointed.then_some((at + 3, word == "p"))
        }
        _ => None,
    }
}

/// Start of a range whose end is a time, as in "7-9 pm" and "18 bis 20 Uhr"; the end is left to the next
/// step.
fn range(scan: &Scan, at: usize) -> Option<Found> {
    let (hour, minute) = clock(scan, at)?;
    let end_at = scan.range_end(at)?;
    let (_, end) = exact(scan, end_at)?;
    let Reading::Time { minute: end, half_day } = end else {
        return None;
    };
    let start = if half_day && hour <= 12 {
        let afternoon = (end >= 720) == (hour % 12 * 60 + minute <= u32::from(end) % 720);
        half_day_time(hour, minute, afternoon)?
    } else {
        Reading::time(hour, minute)?
    };
    Some((at + 1, vec![only(start)]))
}

/// Number of hours that may be a time: "18 heures", "6 o'clock", "ore 18", "kl. 18".
fn hour(scan: &Scan, at: usize) -> Option<Found> {
    let number = scan.number(at)?;
    let (hour, minute) = clock(scan, at)?;
    let o_clock = scan.word(at + 1) == "o" && scan.word(at + 2) == "clock" && scan.gap(at + 1) == ['\''];
    let named = scan.is_spaced(at) && HOURS.contains(&scan.word(at + 1));
    let before =
        at > 0 && matches!(scan.word(at - 1), "ore" | "kl" | "klokken") && scan.gap_has_only(at - 1, ".");
    if !(o_clock || named || before) {
        return None;
    }
    let mut fact = fact(number);
    fact.readings.extend(Reading::time(hour, minute));
    if o_clock && hour <= 12 {
        fact.readings.extend(Reading::time(hour % 12 + 12, minute));
        fact.required = true;
    }
    let next = at + 1 + if o_clock { 2 } else { usize::from(named) };
    Some((next, vec![fact]))
}
