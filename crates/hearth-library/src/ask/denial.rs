//! Denials: a claim must not affirm what its quote denies, nor deny what it affirms.
//!
//! Compared are the two clauses that share most words, as a sentence may deny one thing and affirm another.

use std::collections::HashSet;

/// Words that deny a statement, by themselves or by their meaning. "Without" denies a thing, not the statement.
const DENIAL_WORDS: &[&str] = &[
    "not",
    "no",
    "never",
    "cannot",
    "neither",
    "nor",
    "none",
    "nobody",
    "nothing",
    "forbidden",
    "prohibited",
    "rejected",
    "refused",
    "excluded",
    "excludes",
    "nicht",
    "nie",
    "niemals",
    "weder",
    "nichts",
    "niemand",
    "verboten",
    "untersagt",
    "abgelehnt",
    "ausgeschlossen",
    "unzulässig",
    "pas",
    "jamais",
    "aucun",
    "aucune",
    "rien",
    "ni",
    "interdit",
    "interdite",
    "interdits",
    "interdites",
    "nunca",
    "jamás",
    "ningún",
    "ninguna",
    "ninguno",
    "nada",
    "prohibido",
    "prohibida",
    "non",
    "nessun",
    "nessuno",
    "nessuna",
    "vietato",
    "vietata",
    "niet",
    "geen",
    "nooit",
    "verboden",
    "não",
    "nenhum",
    "nenhuma",
    "proibido",
    "proibida",
    "inte",
    "ikke",
    "aldrig",
    "aldri",
    "ingen",
    "не",
    "нет",
    "никогда",
    "запрещено",
    "nie",
];
/// Beginnings of words that deny a statement.
const DENIAL_STEMS: &[&str] = &["kein"];
/// Separators of clauses beside punctuation.
const CONJUNCTIONS: &[&str] = &[
    "and", "but", "while", "whereas", "und", "aber", "sondern", "während", "et", "mais", "tandis", "y",
    "pero", "e", "ma", "en", "maar",
];
/// Openings of the further items of an enumeration, which a denial before them covers, too.
const ITEM_OPENINGS: &[&str] = &[
    "by", "with", "in", "on", "at", "for", "from", "of", "to", "or", "nor", "during", "through", "von",
    "mit", "bei", "durch", "für", "auf", "an", "aus", "zu", "oder", "noch", "par", "avec", "dans", "sur",
    "pour", "de", "des", "du", "à", "ou", "ni", "por", "con", "para", "o", "da", "per", "door", "met", "of",
];
/// Verbs that make an item a clause of its own.
const CLAUSE_VERBS: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "may", "must", "can", "will", "does", "do", "ist", "sind",
    "war", "hat", "haben", "darf", "dürfen", "kann", "können", "muss", "müssen", "wird", "werden", "est",
    "sont", "a", "ont", "peut", "peuvent", "doit", "es", "son", "está", "están", "ha", "puede", "debe",
    "sono",
];
/// Maximum content words of a denial without a verb: "not on Sundays".
const MAX_ELLIPSIS_WORDS: usize = 2;
/// Minimum share of the claim's words that both clauses have.
const MIN_SHARED_RATIO: f32 = 0.5;
/// Minimum words that both clauses have.
const MIN_SHARED_WORDS: usize = 2;

/// True if a claim affirms what a quote denies, or denies what it affirms. `content_words` gives the stems of a text's
/// content words.
pub(super) fn has_opposite_denial(
    claim: &str,
    quote: &str,
    content_words: &dyn Fn(&str) -> HashSet<String>,
) -> bool {
    let claim_clauses = split_clauses(claim);
    let mut best: Option<(f32, bool)> = None;
    for quoted in split_clauses(quote) {
        let quote_words = content_words(&quoted);
        for clause in &claim_clauses {
            let words = content_words(clause);
            // "…, not on Sundays" denies what the clause before it says, for Sundays.
            let is_ellipsis = has_denial(&quoted)
                && (1..=MAX_ELLIPSIS_WORDS).contains(&quote_words.len())
                && quote_words.is_subset(&words);
            if is_ellipsis {
                return !has_denial(clause);
            }
            let shared = words.intersection(&quote_words).count();
            let ratio = shared as f32 / words.len().max(1) as f32;
            if shared < MIN_SHARED_WORDS || ratio < MIN_SHARED_RATIO {
                continue;
            }
            // Of clauses that share equally much, one that agrees counts.
            let is_opposite = has_denial(clause) != has_denial(&quoted);
            let rank = ratio * shared as f32;
            if best
                .is_none_or(|(known, opposite)| rank > known || (rank >= known && opposite && !is_opposite))
            {
                best = Some((rank, is_opposite));
            }
        }
    }
    best.is_some_and(|(_, is_opposite)| is_opposite)
}

/// True if all clauses of a quote deny something, and a claim in another language denies nothing.
pub(super) fn is_denied_completely(claim: &str, quote: &str) -> bool {
    let clauses = split_clauses(quote);
    !clauses.is_empty() && clauses.iter().all(|clause| has_denial(clause)) && !has_denial(claim)
}

/// Clauses of a sentence: its parts between punctuation and conjunctions. The items of an enumeration that is denied
/// are one clause.
fn split_clauses(sentence: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in split_at_marks(sentence) {
        match clauses.last_mut() {
            Some(before) if has_denial(before) && is_item(&part) => before.push_str(&part),
            _ => clauses.push(part),
        }
    }
    clauses
}

/// True for a further item of an enumeration.
fn is_item(part: &str) -> bool {
    let lower = part.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let opens = words.peek().is_some_and(|word| ITEM_OPENINGS.contains(word));
    opens && !has_denial(part) && !words.any(|word| CLAUSE_VERBS.contains(&word))
}

/// Parts of a sentence between punctuation and conjunctions.
pub(super) fn split_at_marks(sentence: &str) -> Vec<String> {
    let mut clauses = vec![String::new()];
    for word in sentence.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let is_conjunction = CONJUNCTIONS.contains(&bare.as_str());
        if is_conjunction {
            clauses.push(String::new());
            continue;
        }
        if let Some(clause) = clauses.last_mut() {
            clause.push_str(word);
            clause.push(' ');
        }
        if word.ends_with([',', ';', ':', '.', '!', '?', '。', '；', '，', '،']) {
            clauses.push(String::new());
        }
    }
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// True if a clause denies something.
pub(super) fn has_denial(clause: &str) -> bool {
    let lower = clause.to_lowercase().replace('’', "'");
    lower.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| {
        word.ends_with("n't")
            || DENIAL_WORDS.contains(&word)
            || DENIAL_STEMS.iter().any(|stem| word.starts_with(stem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of more than three letters, cut after five.
    fn stems(text: &str) -> HashSet<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3);
        words.filter(|word| !has_denial(word)).map(|word| word.chars().take(5).collect()).collect()
    }

    fn check(claim: &str, quote: &str, is_opposite: bool) {
        assert_eq!(has_opposite_denial(claim, quote, &stems), is_opposite, "{claim} / {quote}");
    }

    #[test]
    fn an_affirmation_of_what_is_denied_is_found() {
        check("The tank may be filled with rainwater.", "The tank must not be filled with rainwater.", true);
        check("Der Balkon darf vermietet werden.", "Der Balkon darf nicht vermietet werden.", true);
        check("Le garage est compris dans le loyer.", "Le garage n'est pas compris dans le loyer.", true);
        check("Smoking is allowed inside the garage.", "Smoking is forbidden inside the garage.", true);
        check("Haustiere sind erlaubt im Haus.", "Es sind keine Haustiere im Haus erlaubt.", true);
    }

    #[test]
    fn two_denials_agree() {
        check("The tank must never be filled with rainwater.", "Do not fill the tank with rainwater.", false);
        check(
            "Les vélos ne sont pas admis au sous-sol.",
            "Vélos interdits au sous-sol, admis dans la cour.",
            false,
        );
    }

    #[test]
    fn each_clause_is_compared_with_its_own() {
        let quote = "Dogs may not enter the garden, but cats may enter the garden.";
        check("Cats may enter the garden.", quote, false);
        check("Dogs may enter the garden.", quote, true);
    }

    #[test]
    fn a_denial_covers_the_items_of_an_enumeration() {
        let quote =
            "The cover does not include damage by storm, by frozen pipes, or from rodents in cellars.";
        check("The cover includes damage by frozen pipes.", quote, true);
        check("The cover does not include damage from rodents.", quote, false);
    }

    #[test]
    fn a_denial_without_a_verb_is_about_its_words() {
        let quote = "Der Garten darf werktags betreten werden, feiertags nicht.";
        check("Der Garten darf auch feiertags betreten werden.", quote, true);
        check("Der Garten darf feiertags nicht betreten werden.", quote, false);
        check("Der Garten darf werktags betreten werden.", quote, false);
    }

    #[test]
    fn a_quote_that_denies_everything_supports_no_affirmation() {
        assert!(is_denied_completely("Die Bahn fährt bei Sturm.", "The train does not run in storms."));
        assert!(!is_denied_completely(
            "Die Bahn fährt bei Sturm nicht.",
            "The train does not run in storms."
        ));
        assert!(!is_denied_completely("Die Bahn fährt täglich.", "The train runs daily, but not in storms."));
    }

    #[test]
    fn a_denial_about_something_else_is_none() {
        check("The rent is paid monthly.", "The rent is paid monthly and is not refunded.", false);
        check("The pump weighs twelve kilograms.", "It is not suitable for ponds.", false);
    }
}
