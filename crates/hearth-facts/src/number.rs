//! Readings of a written number as canonical decimals.

/// Space that a writer put between thousands: plain space, marked by `normal::mark_groups`.
pub(crate) const PLAIN_GROUP: char = '\u{2005}';

/// Space that a writer put between thousands: no-break or thin space, marked by `normal::mark_groups`.
pub(crate) const HARD_GROUP: char = '\u{a0}';

/// Canonical decimal: no leading zeros, no trailing zeros, "0.5", "12", "-3".
pub(crate) fn canonical(int: &str, frac: &str) -> String {
    let int = int.trim_start_matches('0');
    let frac = frac.trim_end_matches('0');
    let int = if int.is_empty() { "0" } else { int };
    if frac.is_empty() { int.to_string() } else { format!("{int}.{frac}") }
}

/// Canonical negative of a canonical decimal.
pub(crate) fn negated(value: &str) -> String {
    match value {
        "0" => value.to_string(),
        _ => format!("-{value}"),
    }
}

/// True for a character that may stand within a number between two digits.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | PLAIN_GROUP | HARD_GROUP)
}

/// All values of a writing with decimal marks or thousands separators; empty if it is no single number.
pub(crate) fn readings(text: &str) -> Vec<String> {
    let groups: Vec<&str> = text.split(is_separator).collect();
    let marks: Vec<char> = text.chars().filter(|c| is_separator(*c)).collect();
    if groups.iter().any(|g| g.is_empty() || !g.bytes().all(|b| b.is_ascii_digit())) {
        return Vec::new();
    }
    let Some(&last) = marks.last() else {
        return vec![canonical(text, "")];
    };
    let decimal_mark = last == '.' || last == ',';
    let split = groups.len() - 1;
    if marks.iter().all(|m| *m == last) {
        let mut values = Vec::new();
        if is_grouped(&groups, last) {
            values.push(canonical(&groups.concat(), ""));
        }
        let thousands = !values.is_empty() && groups[split] == "000";
        if split == 1 && decimal_mark && !thousands {
            values.push(canonical(groups[0], groups[1]));
        }
        return values;
    }
    let first = marks[0];
    let head_uniform = marks[..split - 1].iter().all(|m| *m == first);
    if decimal_mark && first != last && head_uniform && is_grouped(&groups[..split], first) {
        return vec![canonical(&groups[..split].concat(), groups[split])];
    }
    Vec::new()
}

/// True if the groups are thousands: three digits each after the first; Indian groups of two with commas.
fn is_grouped(groups: &[&str], mark: char) -> bool {
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
        return false;
    };
    if first.starts_with('0') || first.len() > 3 || groups.len() < 2 || last.len() != 3 {
        return false;
    }
    let middle = &groups[1..groups.len() - 1];
    let indian = mark == ',' && !middle.is_empty() && first.len() <= 2;
    middle.iter().all(|g| g.len() == 3) || (indian && middle.iter().all(|g| g.len() == 2))
}

/// Value times ten to the power `places`.
pub(crate) fn shifted(value: &str, places: usize) -> String {
    let (sign, value) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    let (int, frac) = value.split_once('.').unwrap_or((value, ""));
    let mut frac = frac.to_string();
    while frac.len() < places {
        frac.push('0');
    }
    let (moved, rest) = frac.split_at(places);
    format!("{sign}{}", canonical(&format!("{int}{moved}"), rest))
}

/// Value of a fraction, six decimals at most; none for a zero denominator.
pub(crate) fn fraction(numerator: u32, denominator: u32) -> Option<String> {
    (denominator != 0).then(|| from_float(f64::from(numerator) / f64::from(denominator)))
}

/// Canonical decimal of a float, six decimals at most.
pub(crate) fn from_float(value: f64) -> String {
    let text = format!("{value:.6}");
    let (int, frac) = text.split_once('.').unwrap_or((&text, ""));
    canonical(int, frac)
}

/// Power of ten in digits for an exponent writing such as "10^6"; none for another base or a high exponent.
pub(crate) fn power_of_ten(text: &str) -> Option<String> {
    let exponent: usize = text.strip_prefix("10^")?.parse().ok()?;
    (exponent <= 18).then(|| shifted("1", exponent))
}
