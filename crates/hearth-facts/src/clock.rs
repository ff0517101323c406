//! Times of day and ratios within one piece of digits and letters.

use super::item::{Kind, Number, number};
use super::number::readings;
use super::reading::Reading;

/// Time or ratio from digits with colons and an ending.
pub(crate) fn clock(numeric: &str, suffix: &str) -> Option<Vec<Kind>> {
    let fields: Vec<&str> = numeric.split(':').collect();
    let small = suffix.to_lowercase();
    let fits = matches!(small.as_str(), "" | "h" | "uhr" | "z");
    if let Some(time) = half_day(numeric, &small) {
        return Some(vec![Kind::Fixed(vec![time])]);
    }
    let seconds = fields.len() == 3 && fields[2] == "00";
    let time = match (fields[0].parse(), fields[1].parse()) {
        (Ok(h), Ok(m)) if fields[1].len() == 2 && (fields.len() == 2 || seconds) => Reading::time(h, m),
        _ => None,
    };
    if !fits {
        return None;
    }
    if let Some(time) = time {
        return Some(vec![Kind::Fixed(vec![time])]);
    }
    // A ratio, whose numbers may satisfy a claim such as "three parts to one".
    let mut kinds = vec![Kind::Fixed(vec![Reading::Code(numeric.to_string())])];
    for field in fields {
        kinds.push(Kind::Number(Number { offered: true, ..number(readings(field), false) }));
    }
    Some(kinds)
}

/// Time of day with "am" or "pm" after it.
pub(crate) fn half_day(numeric: &str, suffix: &str) -> Option<Reading> {
    let afternoon = match suffix {
        "am" => false,
        "pm" => true,
        _ => return None,
    };
    let (hour, minute) = numeric.split_once([':', '.']).unwrap_or((numeric, "0"));
    half_day_time(hour.parse().ok()?, minute.parse().ok()?, afternoon)
}

/// Time from the twelve-hour clock; hours above twelve are taken as they are.
pub(crate) fn half_day_time(hour: u32, minute: u32, afternoon: bool) -> Option<Reading> {
    let hour = if hour > 12 { hour } else { hour % 12 + if afternoon { 12 } else { 0 } };
    match Reading::time(hour, minute)? {
        Reading::Time { minute, .. } => Some(Reading::Time { minute, half_day: true }),
        _ => None,
    }
}

/// Time written as "18h30".
pub(crate) fn hour_minute(numeric: &str, suffix: &str) -> Option<Reading> {
    let minute = suffix.strip_prefix('h')?.trim_end_matches("min");
    if minute.len() != 2 {
        return None;
    }
    Reading::time(numeric.parse().ok()?, minute.parse().ok()?)
}
