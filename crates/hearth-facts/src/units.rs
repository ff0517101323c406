//! Units and endings that stand directly after a number.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Units whose case counts.
const EXACT: [&str; 15] = ["g", "l", "L", "m", "h", "s", "x", "W", "V", "A", "t", "J", "N", "mW", "MW"];

/// Units in any case.
const ANY_CASE: &str = " kg mg ml cl dl hl km cm mm µm μm nm kw kwh wh mwh gwh gw hz khz mhz ghz bar mbar \
    nm pa kpa hpa \
    mpa psi kn kj mj kcal cal eur usd chf gbp min sec sek std std. ms ha ft lb lbs oz mph kmh rpm px dpi db \
    lm lx ppm \
    fps kr gb mb tb kb ma ah mah va kva kv mv µg μg inch zoll cc ccm qm ст кг г м км см мм л мл ч мин с в \
    вт квт гц руб т ";

/// Endings of ordinals and of decades and kinds, after digits.
const ORDINALS: &str = " st nd rd th er ère re e eme ème è nde de ste º ª ro ra do da to ta vo va mo \
    te ten ter tes tem ern ers s ième й я е го му м х ой ая ";

/// Units that have squares and cubes.
const WITH_EXPONENT: &str = " m cm mm km dm µm nm ft in yd s м см мм км ";

/// Words that multiply the number before them, with their power of ten.
const MULTIPLIERS: [(&str, usize); 41] = [
    ("hundred", 2),
    ("thousand", 3),
    ("tausend", 3),
    ("tsd", 3),
    ("mille", 3),
    ("mil", 3),
    ("mila", 3),
    ("duizend", 3),
    ("tusind", 3),
    ("тысяч", 3),
    ("тысячи", 3),
    ("тыс", 3),
    ("million", 6),
    ("millions", 6),
    ("millionen", 6),
    ("mio", 6),
    ("mln", 6),
    ("millón", 6),
    ("millones", 6),
    ("milione", 6),
    ("milioni", 6),
    ("miljoen", 6),
    ("milhão", 6),
    ("milhões", 6),
    ("millioner", 6),
    ("миллион", 6),
    ("миллиона", 6),
    ("миллионов", 6),
    ("млн", 6),
    ("milliarde", 9),
    ("milliarden", 9),
    ("milliard", 9),
    ("milliards", 9),
    ("mrd", 9),
    ("miliardo", 9),
    ("miliardi", 9),
    ("miljard", 9),
    ("bn", 9),
    ("млрд", 9),
    ("milliarder", 9),
    ("миллиардов", 9),
];

/// True for a unit, with an exponent or as quotient of units.
pub(crate) fn is_unit(text: &str) -> bool {
    text.split('/').all(|part| match part.strip_suffix(['2', '3']) {
        Some(base) => listed(WITH_EXPONENT, base.strip_suffix(['^', '-']).unwrap_or(base)),
        None => is_simple_unit(part),
    })
}

/// True for a unit without exponent.
fn is_simple_unit(text: &str) -> bool {
    EXACT.contains(&text) || listed(ANY_CASE, &text.to_lowercase())
}

/// True for an ending of an ordinal in digits.
pub(crate) fn is_ordinal_ending(text: &str) -> bool {
    listed(ORDINALS, text)
}

/// True if the word stands in a list of words separated by spaces.
pub(crate) fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|entry| entry == word)
}

/// Power of ten of a multiplying word; "billion" counts by language.
pub(crate) fn multiplier(word: &str, language: Option<&str>) -> Option<usize> {
    let long_scale = language.is_some_and(|l| l != "en" && l != "pt");
    match word {
        "billion" | "billions" => Some(if long_scale { 12 } else { 9 }),
        "billionen" | "billón" | "billones" | "bilioni" => Some(12),
        _ => MULTIPLIERS.iter().find(|(name, _)| *name == word).map(|(_, places)| *places),
    }
}

/// Denominator in words.
#[derive(Clone, Copy)]
pub(crate) struct Denominator {
    /// Its number: 3 for a third.
    pub(crate) value: u32,
    /// It is no ordinal and no other word, so that it always is a denominator.
    pub(crate) plural: bool,
}

/// Denominators in words that always are such, after their number.
const PLURALS: [(u32, &str); 5] = [
    (3, " thirds drittel tiers tercio tercios terzi terços "),
    (4, " quarters viertel kwart quarts cuartos quarti quartos "),
    (5, " fifths fünftel cinquièmes quintos quinti "),
    (8, " eighths achtel huitièmes octavos ottavi "),
    (10, " tenths zehntel dixièmes décimos decimi "),
];

/// Denominators in words that are ordinals or nouns as well.
const SINGULARS: [(u32, &str); 5] = [
    (3, " third terzo terço derde "),
    (4, " quarter quart cuarto quarto "),
    (5, " fifth cinquième quinto vijfde "),
    (8, " eighth huitième octavo ottavo "),
    (10, " tenth dixième décimo decimo "),
];

/// Denominators by word, built once.
static BY_WORD: LazyLock<HashMap<&'static str, Denominator>> = LazyLock::new(|| {
    let tables = [(&PLURALS, true), (&SINGULARS, false)];
    let entries =
        tables.into_iter().flat_map(|(table, plural)| table.iter().map(move |entry| (entry, plural)));
    entries
        .flat_map(|((value, list), plural)| {
            list.split_ascii_whitespace().map(move |word| (word, Denominator { value: *value, plural }))
        })
        .collect()
});

/// Denominator that a word may say after a number.
pub(crate) fn denominator(word: &str) -> Option<Denominator> {
    BY_WORD.get(word).copied()
}
