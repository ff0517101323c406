//! Contradictions between a claim and a quote that vectors and shared words miss: denials, opposites,
//! and the roles of names. (Numbers: `facts.rs`.)
//!
//! A claim that contradicts a quote is as near to it as one that repeats it. These rules are for citations
//! without a marker: in doubt they reject, as a wrong citation costs more trust than a missing one. Measured
//! on `tests/fixtures/alignment.jsonl`.

use std::collections::HashSet;

/// Words of denial or exception, in the languages that are stemmed best.
const DENIAL_WORDS: &[&str] = &[
    "not",
    "no",
    "never",
    "cannot",
    "except",
    "without",
    "neither",
    "nor",
    "none",
    "only",
    "hardly",
    "unless",
    "nobody",
    "nothing",
    "barely",
    "fails",
    "lacks",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keiner",
    "nie",
    "niemals",
    "außer",
    "ohne",
    "weder",
    "nur",
    "kaum",
    "ne",
    "pas",
    "jamais",
    "sans",
    "sauf",
    "aucun",
    "aucune",
    "seulement",
    "nunca",
    "sin",
    "excepto",
    "salvo",
    "ningún",
    "ninguna",
    "solo",
    "non",
    "mai",
    "senza",
    "niet",
    "geen",
    "nooit",
    "zonder",
    "não",
    "sem",
    "exceto",
];

/// Opposites: a claim must not have one of the words if its quote has the other.
const OPPOSITE_WORDS: &[(&str, &[&str])] = &[
    ("more", &["less", "fewer"]),
    ("most", &["least", "few"]),
    ("higher", &["lower"]),
    ("high", &["low"]),
    ("heavier", &["lighter"]),
    ("larger", &["smaller"]),
    ("large", &["small"]),
    ("bigger", &["smaller"]),
    ("faster", &["slower"]),
    ("fast", &["slow"]),
    ("increase", &["decrease"]),
    ("increased", &["decreased"]),
    ("increases", &["decreases"]),
    ("before", &["after"]),
    ("above", &["below"]),
    ("first", &["last"]),
    ("all", &["none"]),
    ("always", &["never"]),
    ("any", &["only"]),
    ("include", &["exclude"]),
    ("north", &["south"]),
    ("east", &["west"]),
    ("early", &["late"]),
    ("earlier", &["later"]),
    ("best", &["worst"]),
    ("better", &["worse"]),
    ("longer", &["shorter"]),
    ("long", &["short"]),
    ("older", &["younger"]),
    ("male", &["female"]),
    ("men", &["women"]),
    ("million", &["billion", "trillion", "thousand"]),
    ("billion", &["trillion", "thousand"]),
    ("allow", &["deny"]),
    ("positive", &["negative"]),
    ("maximum", &["minimum"]),
    ("upper", &["lower"]),
    ("left", &["right"]),
    ("inside", &["outside"]),
    ("mehr", &["weniger"]),
    ("höher", &["niedriger"]),
    ("größer", &["kleiner"]),
    ("schneller", &["langsamer"]),
    ("vor", &["nach"]),
    ("millionen", &["milliarden"]),
    ("plus", &["moins"]),
    ("avant", &["après"]),
];

/// Share of common words from which a claim is a near copy, whose words must be in the same order.
const NEAR_COPY_RATIO: f32 = 0.8;
/// Maximum share of inverted word pairs in a near copy.
const MAX_INVERSION_RATIO: f32 = 0.08;
/// Maximum share of inverted pairs of names, in any claim.
const MAX_NAME_INVERSION_RATIO: f32 = 0.4;

/// True if nothing in a quote contradicts a claim. `claim_stems` and `quote_stems` are the stems of their
/// content words, in order.
pub(super) fn is_consistent(
    claim: &str,
    quote: &str,
    claim_stems: &[String],
    quote_stems: &[String],
) -> bool {
    let (claim_words, quote_words) = (split_words(claim), split_words(quote));
    has_denial(&claim_words) == has_denial(&quote_words)
        && !has_opposites(&claim_words, &quote_words)
        && !has_reordered_names(claim, quote)
        && !has_longer_name(claim, quote)
        && !has_reordered_words(claim_stems, quote_stems)
}

fn split_words(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase().replace('’', "'");
    lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn has_denial(words: &HashSet<String>) -> bool {
    words.iter().any(|word| word.ends_with("n't") || DENIAL_WORDS.contains(&word.as_str()))
}

fn has_opposites(claim_words: &HashSet<String>, quote_words: &HashSet<String>) -> bool {
    let only = |own: &HashSet<String>, other: &HashSet<String>, word: &str| {
        own.contains(word) && !other.contains(word)
    };
    OPPOSITE_WORDS.iter().any(|(word, others)| {
        others.iter().any(|other| {
            (only(claim_words, quote_words, word) && quote_words.contains(*other))
                || (only(claim_words, quote_words, other) && quote_words.contains(*word))
        })
    })
}

/// Capitalised words, each once, in order.
fn capitalised_words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if word.starts_with(char::is_uppercase) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Share of pairs in inverted order.
fn inversion_ratio(places: &[usize]) -> f32 {
    let pairs = places.len() * places.len().saturating_sub(1) / 2;
    let mut inverted = 0;
    for (at, first) in places.iter().enumerate() {
        inverted += places[at + 1..].iter().filter(|second| first > *second).count();
    }
    inverted as f32 / pairs.max(1) as f32
}

/// True if the names are in another order: "A beats B" is not "B beats A".
fn has_reordered_names(claim: &str, quote: &str) -> bool {
    let quoted = capitalised_words(quote);
    let places: Vec<usize> = capitalised_words(claim)
        .iter()
        .filter_map(|name| quoted.iter().position(|other| other == name))
        .collect();
    places.len() > 1 && inversion_ratio(&places) > MAX_NAME_INVERSION_RATIO
}

/// True if a name is part of a longer one in the quote: USER is not CURRENT USER.
fn has_longer_name(claim: &str, quote: &str) -> bool {
    let is_capital = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_uppercase() || c == '_');
    let claim_words: Vec<&str> = claim.split_whitespace().collect();
    let quote_words: Vec<&str> = quote.split_whitespace().collect();
    claim_words.iter().filter(|word| is_capital(word)).any(|name| {
        let mut places = quote_words.iter().enumerate().filter(|(_, word)| *word == name).peekable();
        places.peek().is_some()
            && places.all(|(at, _)| {
                let beside = [at.checked_sub(1), Some(at + 1)];
                let beside = beside.into_iter().flatten().filter_map(|at| quote_words.get(at));
                beside.clone().any(|word| is_capital(word) && !claim_words.contains(word))
            })
    })
}

fn has_reordered_words(claim: &[String], quote: &[String]) -> bool {
    // A year may come first or last.
    let words = claim.iter().filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let places: Vec<usize> = words.filter_map(|word| quote.iter().position(|other| other == word)).collect();
    let share = places.len() as f32 / claim.len().max(1) as f32;
    places.len() > 2 && share >= NEAR_COPY_RATIO && inversion_ratio(&places) > MAX_INVERSION_RATIO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_consistency(claim: &str, quote: &str, expected: bool) {
        let stems = |text: &str| -> Vec<String> {
            let mut found: Vec<String> = Vec::new();
            for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2) {
                if !found.iter().any(|known| known == word) {
                    found.push(word.to_owned());
                }
            }
            found
        };
        assert_eq!(is_consistent(claim, quote, &stems(claim), &stems(quote)), expected, "{claim} / {quote}");
    }

    #[test]
    fn what_says_the_opposite_does_not_agree() {
        let quote = "Ducks are found on every continent except Antarctica.";
        check_consistency("Ducks are found on every continent except Antarctica.", quote, true);
        check_consistency("Ducks are found on every continent, including Antarctica.", quote, false);
        check_consistency("3 million ducks are eaten.", "3 billion ducks are eaten.", false);
        check_consistency(
            "Diving ducks are lighter than others.",
            "Diving ducks are heavier than others.",
            false,
        );
        check_consistency(
            "HTML outperforms OTSL across the board.",
            "OTSL outperforms HTML across the board.",
            false,
        );
        check_consistency("The register USER holds JOE.", "The register CURRENT USER holds JOE.", false);
        check_consistency(
            "Israel launched an attack on Syria and Egypt.",
            "Syria and Egypt launched an attack on Israel.",
            false,
        );
        check_consistency("Die Pumpe darf nicht trocken laufen.", "Die Pumpe darf trocken laufen.", false);
        check_consistency(
            "In 1960 the unit was named after Tesla.",
            "The unit was named after Tesla in 1960.",
            true,
        );
    }
}
