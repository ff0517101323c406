//! Days of the week in cells and sentences.

/// Names of the days of the week, from Monday, by their beginnings; in the languages of the interface and its neighbours.
const WEEKDAY_NAMES: [&[&str]; 7] = [
    &["monday", "montag", "lundi", "lunes", "lunedì", "maandag"],
    &["tuesday", "dienstag", "mardi", "martes", "martedì", "dinsdag"],
    &["wednesday", "mittwoch", "mercredi", "miércoles", "mercoledì", "woensdag"],
    &["thursday", "donnerstag", "jeudi", "jueves", "giovedì", "donderdag"],
    &["friday", "freitag", "vendredi", "viernes", "venerdì", "vrijdag", "sexta"],
    &["saturday", "samstag", "sonnabend", "samedi", "sábado", "sabato", "zaterdag"],
    &["sunday", "sonntag", "dimanche", "domingo", "domenica", "zondag"],
];
/// Short names of the days of the week, from Monday, and those that are other words in a sentence.
const SHORT_WEEKDAYS: [&[&str]; 7] = [
    &["mon", "mo", "lun", "lu", "segunda"],
    &["tue", "tues", "di", "mar", "ma", "terça"],
    &["wed", "mi", "mer", "me", "mié", "quarta"],
    &["thu", "thur", "thurs", "do", "jeu", "je", "jue", "quinta"],
    &["fri", "fr", "ven", "ve", "vie"],
    &["sat", "sa", "sam", "sáb"],
    &["sun", "so", "dim", "dom"],
];
/// Words for several days of the week: the first and the last of them, from Monday.
const DAY_GROUPS: &[(&str, usize, usize)] = &[
    ("daily", 0, 6),
    ("every day", 0, 6),
    ("täglich", 0, 6),
    ("tous les jours", 0, 6),
    ("quotidien", 0, 6),
    ("todos los días", 0, 6),
    ("diario", 0, 6),
    ("ogni giorno", 0, 6),
    ("tutti i giorni", 0, 6),
    ("dagelijks", 0, 6),
    ("weekday", 0, 4),
    ("workday", 0, 4),
    ("working day", 0, 4),
    ("werktag", 0, 5),
    ("en semaine", 0, 4),
    ("laborables", 0, 4),
    ("weekend", 5, 6),
    ("wochenende", 5, 6),
    ("week-end", 5, 6),
    ("fin de semana", 5, 6),
];
/// Words between the first and the last of several days.
const RANGE_WORDS: &[&str] = &["to", "through", "until", "bis", "à", "au", "a", "tot", "t/m"];

/// Days of the week, from Monday.
pub(super) type Weekdays = [bool; 7];

/// The days of the week that a cell names, in full or short; `None` if it names none.
pub(super) fn parse_weekdays(cell: &str) -> Option<Weekdays> {
    parse_days(cell, &weekday_of_word)
}

/// The days of the week that a text names in full; `None` if it names none.
pub(super) fn parse_full_weekdays(text: &str) -> Option<Weekdays> {
    parse_days(text, &weekday_of_full_name)
}

fn parse_days(cell: &str, day_of_word: &dyn Fn(&str) -> Option<usize>) -> Option<Weekdays> {
    let lower = cell.to_lowercase();
    let mut days = [false; 7];
    for (_, first, last) in DAY_GROUPS.iter().filter(|(words, ..)| lower.contains(words)) {
        days[*first..=*last].fill(true);
    }
    let spaced = lower.replace(['–', '—', '-'], " bis ");
    let words: Vec<&str> = spaced.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut before: Option<usize> = None;
    let mut is_range = false;
    for word in words {
        match day_of_word(word) {
            Some(day) => {
                let first = before.filter(|_| is_range).unwrap_or(day);
                let count = (day + 7 - first) % 7;
                (0..=count).for_each(|step| days[(first + step) % 7] = true);
                before = Some(day);
                is_range = false;
            }
            None => is_range = before.is_some() && RANGE_WORDS.contains(&word),
        }
    }
    days.contains(&true).then_some(days)
}

/// Day of the week that a word names in full, from Monday; plurals count.
fn weekday_of_full_name(word: &str) -> Option<usize> {
    let lower = word.to_lowercase();
    let is_full = |names: &&'static [&'static str]| {
        names.iter().any(|name| lower.strip_prefix(name).is_some_and(|rest| rest.chars().count() <= 1))
    };
    WEEKDAY_NAMES.iter().position(is_full)
}

/// Day of the week that a word names, from Monday; plurals count.
pub(super) fn weekday_of_word(word: &str) -> Option<usize> {
    let lower = word.to_lowercase();
    let short = || SHORT_WEEKDAYS.iter().position(|names| names.contains(&lower.as_str()));
    weekday_of_full_name(word).or_else(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_are_read_in_ranges_lists_and_groups() {
        let check = |cell: &str, expected: &str| {
            let days = parse_weekdays(cell).map_or_else(String::new, |days| {
                (0..7).filter(|day| days[*day]).map(|day| char::from(b'1' + day as u8)).collect()
            });
            assert_eq!(days, expected, "{cell}");
        };
        check("Monday to Friday", "12345");
        check("daily", "1234567");
        check("Friday and Sunday", "57");
        check("Mo–Sa", "123456");
        check("Fr - Mo", "1567");
        check("sonntags", "7");
        check("lundi au jeudi, samedi", "12346");
        check("not on public holidays", "");
        check("", "");
    }

    #[test]
    fn in_a_sentence_only_full_names_are_days() {
        assert!(parse_full_weekdays("So we do it on the second, la segunda vez.").is_none());
        assert_eq!(parse_full_weekdays("It is open on Sundays.").map(|days| days[6]), Some(true));
    }
}
