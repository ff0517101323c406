//! Values with a unit, and days of the week: "30 minutes" is no quote for "30 seconds", nor "Tuesday to Sunday" for Monday.

use super::weekdays::parse_full_weekdays;

/// Units that are compared: what they measure, and their names in the languages of the answers.
const UNITS: &[(Dimension, &[&str])] = &[
    (
        Dimension::Time,
        &["second", "seconds", "sekunde", "sekunden", "seconde", "secondes", "segundo", "segundos"],
    ),
    (Dimension::Time, &["minute", "minutes", "minuten", "minuto", "minutos"]),
    (Dimension::Time, &["hour", "hours", "stunde", "stunden", "heure", "heures", "hora", "horas"]),
    (Dimension::Time, &["day", "days", "tag", "tage", "tagen", "jour", "jours", "día", "días"]),
    (Dimension::Time, &["week", "weeks", "woche", "wochen", "semaine", "semaines", "semana", "semanas"]),
    (Dimension::Time, &["month", "months", "monat", "monate", "monaten", "mois", "mes", "meses"]),
    (
        Dimension::Time,
        &["year", "years", "jahr", "jahre", "jahren", "an", "ans", "année", "années", "año", "años"],
    ),
    (Dimension::Length, &["mm", "millimetres", "millimeters", "millimeter"]),
    (Dimension::Length, &["cm", "centimetres", "centimeters", "zentimeter"]),
    (
        Dimension::Length,
        &["m", "metre", "metres", "meter", "meters", "metern", "mètre", "mètres", "metro", "metros"],
    ),
    (Dimension::Length, &["km", "kilometres", "kilometers", "kilometer", "kilomètres", "kilómetros"]),
    (Dimension::Mass, &["mg", "milligrams", "milligramm"]),
    (Dimension::Mass, &["g", "gram", "grams", "gramm", "grammes", "gramos"]),
    (Dimension::Mass, &["kg", "kilo", "kilos", "kilograms", "kilogramm"]),
    (Dimension::Money, &["euro", "euros", "eur", "€"]),
    (Dimension::Money, &["dollar", "dollars", "usd", "$"]),
    (Dimension::Money, &["pound", "pounds", "pfund", "gbp", "£"]),
    (Dimension::Money, &["franken", "francs", "chf"]),
];

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Time,
    Length,
    Mass,
    Money,
}

/// A value with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Measure {
    number: f64,
    dimension: Dimension,
    /// Index into [`UNITS`].
    unit: usize,
}

/// True if a claim has a number of a quote with another unit, or a day of the week that the quote's days leave out.
pub(super) fn has_other_measure(claim: &str, quote: &str) -> bool {
    has_other_unit(claim, quote) || has_other_day(claim, quote)
}

fn has_other_unit(claim: &str, quote: &str) -> bool {
    let quoted = list_measures(quote);
    list_measures(claim).iter().any(|own| {
        let same_number: Vec<&Measure> = quoted
            .iter()
            .filter(|other| other.dimension == own.dimension && other.number.total_cmp(&own.number).is_eq())
            .collect();
        !same_number.is_empty() && !same_number.iter().any(|other| other.unit == own.unit)
    })
}

fn has_other_day(claim: &str, quote: &str) -> bool {
    let (Some(own), Some(quoted)) = (parse_full_weekdays(claim), parse_full_weekdays(quote)) else {
        return false;
    };
    own.iter().zip(quoted).any(|(own, quoted)| *own && !quoted)
}

/// Numbers in digits with the unit that follows them.
fn list_measures(text: &str) -> Vec<Measure> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut measures = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_start_matches(['(', '"', '„', '“']);
        let digits = word.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(word.len());
        let number = word[..digits].trim_end_matches(['.', ',']).replace(',', ".");
        let Ok(number) = number.parse::<f64>() else { continue };
        let attached = word[digits..].trim_end_matches(|c: char| !c.is_alphabetic() && !"€$£".contains(c));
        let unit =
            if attached.is_empty() { words.get(at + 1).copied().unwrap_or_default() } else { attached };
        let unit = unit.trim_matches(|c: char| !c.is_alphabetic() && !"€$£".contains(c)).to_lowercase();
        let known = UNITS.iter().position(|(_, names)| names.contains(&unit.as_str()));
        measures.extend(known.map(|unit| Measure { number, dimension: UNITS[unit].0, unit }));
    }
    measures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_with_another_unit_disagrees() {
        for (claim, quote) in [
            ("Let it soak for 20 hours.", "Soak it for 20 minutes."),
            ("Die Frist beträgt 14 Wochen.", "The period is 14 days."),
            ("It costs 45 dollars.", "It costs 45 euros."),
            ("The path is 3 km long.", "The path is 3 m wide."),
        ] {
            assert!(has_other_measure(claim, quote), "{claim} / {quote}");
        }
        for (claim, quote) in [
            ("Let it soak for 20 minutes.", "Soak it for 20 minutes, then wait 20 hours."),
            ("Die Frist beträgt 14 Tage.", "The period is 14 days."),
            ("It costs 45 euros.", "The price is €45."),
            ("It takes 20 minutes.", "There are 20 rooms."),
        ] {
            assert!(!has_other_measure(claim, quote), "{claim} / {quote}");
        }
    }

    #[test]
    fn a_day_that_is_left_out_disagrees() {
        assert!(has_other_measure("It is open on Monday.", "It is open from Tuesday to Sunday."));
        assert!(!has_other_measure("It is open on Sunday.", "Elle est ouverte du mardi au dimanche."));
        assert!(!has_other_measure("It is open on Monday.", "It is open so we go."));
        assert!(!has_other_measure("Samstags ist offen.", "Open daily."));
    }
}
