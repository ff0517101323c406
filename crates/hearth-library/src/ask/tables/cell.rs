//! Values of cells: numbers and times of day.

/// Maximum characters of a unit or a currency beside a number.
const MAX_UNIT_CHARS: usize = 6;
/// Minutes since midnight of a time of day such as "16:05", "7.30 Uhr" or "8 pm".
pub(super) fn parse_time(text: &str) -> Option<f64> {
    let lower = text.trim().to_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let hour: u32 = lower[..digits].parse().ok().filter(|hour| *hour < 25)?;
    let rest = &lower[digits..];
    let minutes = rest.strip_prefix([':', '.', 'h']).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        (&rest[..end], &rest[end..])
    });
    // A point stands before decimals, too: only what follows says that it is a time.
    let has_minutes = minutes.is_some_and(|(minute, _)| minute.len() == 2) && !rest.starts_with('.');
    let (minute, rest) = match minutes {
        Some((minute, rest)) if minute.len() == 2 => (minute.parse::<u32>().ok().filter(|m| *m < 60)?, rest),
        _ => (0, rest),
    };
    let (hour, has_suffix) = match rest.trim().trim_end_matches('.') {
        "pm" | "p.m" if hour < 12 => (hour + 12, true),
        "am" | "a.m" | "pm" | "p.m" | "uhr" | "h" | "o'clock" => (hour, true),
        "" => (hour, has_minutes),
        _ => return None,
    };
    has_suffix.then(|| f64::from(hour * 60 + minute))
}

/// A number of a cell, with its separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecimalSign {
    Point,
    Comma,
}

/// The number part of a cell: digits with separators; a sign, a currency or a unit may stand beside it.
fn find_number(cell: &str) -> Option<(bool, &str)> {
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let rest = &cell[start..];
    let end = rest
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}')))
        .map_or(rest.len(), |(at, _)| at);
    let number = rest[..end].trim_end_matches(['.', ',', '\u{a0}', '\u{202f}']);
    let (before, after) = (&cell[..start], &rest[end..]);
    // A letter or a hyphen that touches the number makes it a part of a name.
    let is_code = before.ends_with(char::is_alphabetic)
        || before.strip_suffix(['-', '−']).is_some_and(|rest| rest.ends_with(char::is_alphanumeric))
        || after.starts_with(['-', '/']);
    let is_unit = |text: &str| {
        text.trim().chars().count() <= MAX_UNIT_CHARS && !text.contains(|c: char| c.is_ascii_digit())
    };
    let negative = before.trim_end().ends_with(['-', '−']);
    (!is_code && is_unit(before) && is_unit(after)).then_some((negative, number))
}

/// Sign before the decimals of a column: that of the cells that leave no doubt, else a point.
pub(super) fn find_decimal_sign<'a>(cells: impl Iterator<Item = &'a str>) -> DecimalSign {
    for cell in cells {
        let Some((_, number)) = find_number(cell) else { continue };
        let last = number.rfind(['.', ',']);
        let Some(last) = last else { continue };
        let sign = if number[last..].starts_with(',') { DecimalSign::Comma } else { DecimalSign::Point };
        let has_both = number.contains('.') && number.contains(',');
        let is_single = number.matches(['.', ',']).count() == 1;
        if has_both || (is_single && (number.len() - last - 1 != 3 || number.starts_with('0'))) {
            return sign;
        }
        if !is_single {
            return if sign == DecimalSign::Comma { DecimalSign::Point } else { DecimalSign::Comma };
        }
    }
    DecimalSign::Point
}

/// Number of a cell, and the number of its decimals.
pub(super) fn parse_number(cell: &str, sign: DecimalSign) -> Option<(f64, usize)> {
    let (negative, number) = find_number(cell)?;
    let decimal = if sign == DecimalSign::Comma { ',' } else { '.' };
    let plain: String = number.chars().filter(|c| c.is_ascii_digit() || *c == decimal).collect();
    let decimals = plain.find(decimal).map_or(0, |at| plain.len() - at - 1);
    let value: f64 = plain.replace(decimal, ".").parse().ok()?;
    Some((if negative { -value } else { value }, decimals))
}

/// True for a cell that says that there is none: 0, "-", "no".
pub(super) fn is_absent(cell: &str) -> bool {
    const WORDS: &[&str] = &[
        "-",
        "–",
        "—",
        "no",
        "none",
        "nein",
        "kein",
        "keine",
        "non",
        "aucun",
        "false",
        "sold out",
        "ausverkauft",
    ];
    let lower = cell.trim().to_lowercase();
    lower.is_empty()
        || WORDS.contains(&lower.as_str())
        || parse_number(&lower, DecimalSign::Point).is_some_and(|(value, _)| value == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes() {
        for (text, minutes) in [("16:05", 965.0), ("7.30 Uhr", 450.0), ("8 pm", 1200.0), ("18 h", 1080.0)] {
            assert_eq!(parse_time(text), Some(minutes), "{text}");
        }
        for text in ["", "7", "12 kg", "25:70", "1987", "pm"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_says_which_sign_stands_before_decimals() {
        let sign = |cells: &[&str]| find_decimal_sign(cells.iter().copied());
        assert_eq!(sign(&["1.200", "3,95"]), DecimalSign::Comma);
        assert_eq!(sign(&["1,200", "3.95"]), DecimalSign::Point);
        assert_eq!(sign(&["1,200", "860"]), DecimalSign::Point);
        assert_eq!(sign(&["1.200.000"]), DecimalSign::Comma);
        assert_eq!(parse_number("€ 1.234,50", DecimalSign::Comma), Some((1234.5, 2)));
        assert_eq!(parse_number("36 kg", DecimalSign::Point), Some((36.0, 0)));
        assert_eq!(parse_number("-4.5 °C", DecimalSign::Point), Some((-4.5, 1)));
        for cell in ["", "AX-1042-K", "M8x40, A2", "3/4", "about ninety"] {
            assert_eq!(parse_number(cell, DecimalSign::Point), None, "{cell}");
        }
        assert!(is_absent("0") && is_absent("–") && is_absent("0,00") && !is_absent("10"));
    }
}
