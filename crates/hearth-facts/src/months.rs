//! Month names in several languages.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names and short forms of the months, one line a month, without the forms that are other words as well.
const MONTHS: [&str; 12] = [
    "january jan januar jänner januari janvier janv enero ene gennaio janeiro stycznia styczeń январь января \
     янв leden ledna",
    "february feb februar februari février fevrier févr fév febrero febbraio febr febbr fevereiro fev \
    lutego luty \
     февраль февраля фев únor února",
    "märz mär mrz maart mrt mars marzo março marts marca marzec март марта мар březen března",
    "april apr avril avr abril abr aprile kwietnia kwiecień апрель апреля апр duben dubna",
    "mai mayo maggio magg maio mei maj maja май мая květen května",
    "june jun juni juin junio giugno giu junho czerwca czerwiec июнь июня июн červen června",
    "july jul juli juillet juil julio luglio lugl julho lipca lipiec июль июля июл červenec července",
    "august aug augustus août aout agosto augusti sierpnia sierpień август августа авг srpen srpna",
    "september sept sep septembre septiembre setiembre settembre sett setembro września wrzesień сентябрь \
     сентября сен сент září",
    "october oct oktober okt octobre octubre ottobre outubro października październik oktobra октябрь \
    октября \
     окт říjen října",
    "november nov novembre noviembre novembro listopada listopad ноябрь ноября ноя нояб listopadu",
    "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro desember \
     grudnia grudzień декабрь декабря дек prosinec prosince",
];

/// Month names that are other words when written without a capital letter.
const CAPITAL_ONLY: [(&str, u8); 3] = [("may", 5), ("march", 3), ("mar", 3)];

/// Short forms that are months only in some languages.
const LOCAL: [(&str, u8, &[&str]); 9] = [
    ("mar", 3, &["it", "es", "pt"]),
    ("may", 5, &["es"]),
    ("set", 9, &["it", "pt"]),
    ("out", 10, &["pt"]),
    ("ago", 8, &["it", "es", "pt"]),
    ("gen", 1, &["it"]),
    ("mag", 5, &["it"]),
    ("lug", 7, &["it"]),
    ("ott", 10, &["it"]),
];

/// Month of a word in lower case; `capital` tells if it was written with a capital letter.
pub(crate) fn month_of(word: &str, capital: bool, language: Option<&str>) -> Option<u8> {
    if word.len() < 3 {
        return None;
    }
    let capital_only =
        CAPITAL_ONLY.iter().find(|(name, _)| capital && *name == word).map(|(_, month)| *month);
    let local = || {
        let in_language = |languages: &[&str]| language.is_some_and(|l| languages.contains(&l));
        LOCAL.iter().find(|(name, _, languages)| *name == word && in_language(languages)).map(|entry| entry.1)
    };
    capital_only.or_else(local).or_else(|| plain_month(word))
}

/// Months by name, built once.
static BY_NAME: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let lines = (1..=12_u8).zip(MONTHS);
    lines.flat_map(|(month, line)| line.split_ascii_whitespace().map(move |name| (name, month))).collect()
});

/// Month of a word that is a month in any writing.
fn plain_month(word: &str) -> Option<u8> {
    BY_NAME.get(word).copied()
}
